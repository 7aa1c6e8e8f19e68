package resultcache

import (
	"fmt"
	"testing"
)

// Entries that share their columns pay for them together: never less than they cost, and not once each.
func TestColumnsAreChargedOnce(t *testing.T) {
	m := NewMemory(1 << 20)
	cols := NewColumns(0, make([]Column, 50))
	set := NewRecorder(cols, Limits{}).Publish()
	for n := 1; n <= 100; n++ {
		m.Set(fmt.Sprint(n), &Entry{Set: set})
		charged := m.Bytes() - int64(n)*(&Entry{Set: set}).Weight("key")
		if charged < cols.Bytes()-int64(n) || charged > 6*cols.Bytes() {
			t.Fatalf("%d entries are charged %d for columns of %d bytes", n, charged, cols.Bytes())
		}
	}
	m.Set("1", &Entry{Set: set})
	m.Set("2", &Entry{Set: set, Gens: make([]uint64, 1<<20)})
	m.Invalidate("3")
	if users := cols.users.Load(); users != 99 {
		t.Errorf("%d users, want 99", users)
	}
	m.Close()
	if users := cols.users.Load(); users != 0 {
		t.Errorf("%d users after Close", users)
	}
}
