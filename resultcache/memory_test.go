package resultcache_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe/resultcache"
	"go.uber.org/goleak"
)

var start = time.Now()

// entry holds one row with n, filled under these generations.
func entry(t testing.TB, n int, gens ...uint64) *resultcache.Entry {
	return &resultcache.Entry{Set: record(t, 1, [][]value{{int64(n)}}), Gens: gens, Created: start}
}

func content(t testing.TB, e *resultcache.Entry) int {
	t.Helper()
	return int(replay(t, e.Set.Cursor(), 1)[0][0].(int64))
}

func expect(t *testing.T, m *resultcache.Memory, key string, want int) {
	t.Helper()
	e, ok := m.Get(key)
	if !ok || content(t, e) != want {
		t.Errorf("%s: found %v, want %d", key, ok, want)
	}
}

func TestMemorySetGetInvalidatePurge(t *testing.T) {
	m := resultcache.NewMemory(1 << 20)
	defer m.Close()
	for i := range 10 {
		if !m.Set(fmt.Sprint(i), entry(t, i)) {
			t.Fatalf("refused %d", i)
		}
	}
	expect(t, m, "3", 3)
	if e, ok := m.GetBytes([]byte("4")); !ok || content(t, e) != 4 {
		t.Error("not found by bytes")
	}
	if _, ok := m.GetBytes(nil); ok {
		t.Error("found by no bytes")
	}
	m.Invalidate("3")
	if _, ok := m.Get("3"); ok || m.Len() != 9 {
		t.Errorf("invalidated and still there, %d entries", m.Len())
	}
	m.Purge()
	s := m.Stats()
	if s.Entries != 0 || s.Bytes != 0 || s.Invalidated != 10 || s.Evicted != 0 {
		t.Errorf("after a purge: %+v", s)
	}
}

// hazard H2: a fill that began before a write, or before another fill, must not push out what is fresher.
func TestSetKeepsTheFresherEntry(t *testing.T) {
	later := func(e *resultcache.Entry) *resultcache.Entry { e.Created = e.Created.Add(time.Second); return e }
	for _, c := range []struct {
		name          string
		present, late *resultcache.Entry
		kept          bool
	}{
		{"older in one word", entry(t, 1, 5, 7), entry(t, 2, 5, 6), true},
		{"older in one word, newer in another", entry(t, 1, 5, 7), entry(t, 2, 6, 6), true},
		{"older, though created later", entry(t, 1, 5, 7), later(entry(t, 2, 5, 6)), true},
		{"newer in one word", entry(t, 1, 5, 7), entry(t, 2, 5, 8), false},
		{"newer, though created earlier", later(entry(t, 1, 5, 7)), entry(t, 2, 5, 8), false},
		{"same words, sent earlier", later(entry(t, 1, 5, 7)), entry(t, 2, 5, 7), true},
		{"same words, sent later", entry(t, 1, 5, 7), later(entry(t, 2, 5, 7)), false},
		{"no words", entry(t, 1), entry(t, 2), false},
		{"another number of words", entry(t, 1, 5, 7), entry(t, 2, 1), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := resultcache.NewMemory(1 << 20)
			defer m.Close()
			m.Set("k", c.present)
			if stored := m.Set("k", c.late); stored == c.kept {
				t.Errorf("stored: %v", stored)
			}
			want, s := 2, m.Stats()
			if c.kept {
				want = 1
			}
			expect(t, m, "k", want)
			if (s.RefusedOutdated == 1) != c.kept || (s.Replaced == 1) == c.kept || s.Entries != 1 {
				t.Errorf("%+v", s)
			}
		})
	}
}

// hazard H40: keys are compared in full. With 20,000 of them in buckets of five and seven bits of hash beside each, many
// lookups meet another key with the same bits first.
func TestKeysAreComparedInFull(t *testing.T) {
	m := resultcache.NewMemory(1 << 30)
	defer m.Close()
	prefix := string(bytes.Repeat([]byte("SELECT * FROM t WHERE id = "), 4))
	const n = 20_000
	for i := range n {
		m.Set(fmt.Sprint(prefix, i), entry(t, i))
	}
	for i := range n {
		expect(t, m, fmt.Sprint(prefix, i), i)
		if _, ok := m.Get(fmt.Sprint(prefix, i, " ")); ok {
			t.Fatalf("%d: an absent key was found", i)
		}
	}
}

// GetBytes lends the caller's buffer to the cache for the time of the call only.
func TestGetBytesKeepsNothingOfTheKey(t *testing.T) {
	m := resultcache.NewMemory(40_000)
	defer m.Close()
	buffer := make([]byte, 0, 32)
	for round := range 200 {
		for i := range 100 {
			buffer = fmt.Appendf(buffer[:0], "key %d", i)
			if e, ok := m.GetBytes(buffer); ok && content(t, e) != i {
				t.Fatalf("round %d: %s has the entry of another key", round, buffer)
			} else if !ok {
				m.Set(string(buffer), entry(t, i))
			}
			fill(buffer, '?')
		}
	}
	m.Range(func(key string, e *resultcache.Entry) bool {
		if key != fmt.Sprintf("key %d", content(t, e)) {
			t.Errorf("the key became %q", key)
		}
		return true
	})
}

func TestBoundIsKept(t *testing.T) {
	const maxBytes = 1 << 20
	m := resultcache.NewMemory(maxBytes)
	defer m.Close()
	for i := range 20_000 {
		m.Set(fmt.Sprint(i), entry(t, i))
		if m.Bytes() > maxBytes {
			t.Fatalf("%d bytes after %d entries", m.Bytes(), i)
		}
	}
	if s := m.Stats(); s.Evicted == 0 || s.EvictedBytes == 0 || s.Bytes < maxBytes*9/10 {
		t.Errorf("%+v", s)
	}
	m.Resize(maxBytes / 4)
	if s := m.Stats(); s.Bytes > maxBytes/4 || s.MaxBytes != maxBytes/4 || s.Entries == 0 {
		t.Errorf("after Resize: %+v", s)
	}
}

func TestEntryLargerThanTheBoundIsRefused(t *testing.T) {
	m := resultcache.NewMemory(10_000)
	defer m.Close()
	m.Set("small", entry(t, 1))
	large := &resultcache.Entry{Set: record(t, 1, [][]value{{make([]byte, 20_000)}}), Created: start}
	if m.Set("large", large) || m.Stats().RefusedTooLarge != 1 {
		t.Error("stored more than the bound")
	}
	expect(t, m, "small", 1)
	nothing := resultcache.NewMemory(0)
	defer nothing.Close()
	if nothing.Set("k", entry(t, 1)) || nothing.Len() != 0 {
		t.Error("a tier of no bytes stored something")
	}
}

func TestRangePurgesByPredicate(t *testing.T) {
	m := resultcache.NewMemory(1 << 20)
	defer m.Close()
	for i := range 1000 {
		m.Set(fmt.Sprint(i), entry(t, i))
	}
	m.Range(func(key string, e *resultcache.Entry) bool {
		if content(t, e)%2 == 0 {
			m.Invalidate(key)
		}
		return true
	})
	if m.Len() != 500 {
		t.Errorf("%d entries left", m.Len())
	}
	seen := 0
	m.Range(func(string, *resultcache.Entry) bool { seen++; return seen < 10 })
	if seen != 10 {
		t.Errorf("went on after false: %d", seen)
	}
}

// Closing leaves no entry and no goroutine, and nothing is stored afterwards.
func TestCloseLeavesNothing(t *testing.T) {
	defer goleak.VerifyNone(t)
	m := resultcache.NewMemory(1 << 20)
	for i := range 5000 {
		m.Set(fmt.Sprint(i), entry(t, i))
		m.Get(fmt.Sprint(i / 2))
	}
	m.Close()
	if m.Set("late", entry(t, 1)) || m.Len() != 0 || m.Bytes() != 0 {
		t.Errorf("%d entries after Close", m.Len())
	}
}

// The tier has no clock and no goroutine of its own, so it works in a bubble with virtual time.
func TestMemoryInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := resultcache.NewMemory(20_000)
		for i := range 500 {
			m.Set(fmt.Sprint(i), entry(t, i))
			m.Get("0")
		}
		expect(t, m, "0", 0)
	})
}

func TestMemoryConcurrently(t *testing.T) {
	m := resultcache.NewMemory(200_000)
	var users sync.WaitGroup
	for u := range 8 {
		users.Go(func() {
			for i := range 2000 {
				n := (i*7 + u) % 500
				key := fmt.Sprint(n)
				if e, ok := m.Get(key); ok && content(t, e) != n {
					t.Errorf("%d: another key's entry", n)
				}
				switch i % 97 {
				case 0:
					m.Invalidate(key)
				case 1:
					m.Resize(int64(100_000 + 1000*u))
				case 2:
					m.Stats()
				case 3:
					m.Range(func(string, *resultcache.Entry) bool { return true })
				case 4:
					if i > 1800 {
						m.Purge()
					}
				default:
					m.Set(key, entry(t, n, uint64(i)))
				}
			}
		})
	}
	users.Wait()
	m.Close()
	if m.Len() != 0 || m.Bytes() != 0 {
		t.Errorf("%d entries, %d bytes after Close", m.Len(), m.Bytes())
	}
}
