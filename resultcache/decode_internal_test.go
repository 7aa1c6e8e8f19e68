package resultcache

import (
	"testing"
	"time"
)

// FuzzDecode reads arbitrary bytes as a set: it may end early with an error, it may not panic or run away.
func FuzzDecode(f *testing.F) {
	r := NewRecorder(NewColumns(0, make([]Column, 4)), Limits{})
	row := []any{"short", make([]byte, 100), time.Now(), int64(-5)}
	for range 3 {
		if err := Append(r, row); err != nil {
			f.Fatal(err)
		}
	}
	f.Add(uint8(4), uint8(3), r.set.data)
	f.Add(uint8(1), uint8(1), []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0})
	f.Fuzz(func(t *testing.T, width, rows uint8, data []byte) {
		if data == nil {
			data = []byte{}
		}
		set := &ResultSet{
			cols: NewColumns(0, make([]Column, width)), rows: int(rows), data: data, locs: []*time.Location{time.Local},
		}
		cur, n := set.Cursor(), 0
		for dest := make([]any, width); Next(&cur, dest); n++ {
		}
		if n != int(rows) && cur.Err() == nil {
			t.Errorf("%d of %d rows and no error", n, rows)
		}
	})
}

// Every truncation of a set is noticed.
func TestDamagedSetIsNotComplete(t *testing.T) {
	r := NewRecorder(NewColumns(0, make([]Column, 5)), Limits{})
	for range 10 {
		if err := Append(r, []any{"short", make([]byte, 100), time.Now(), 1.5, float32(1)}); err != nil {
			t.Fatal(err)
		}
	}
	for n := range r.set.data {
		set := *r.set
		set.data = set.data[:n]
		cur := set.Cursor()
		for dest := make([]any, 5); Next(&cur, dest); {
		}
		if cur.Err() == nil {
			t.Errorf("%d of %d bytes pass for a whole set", n, len(r.set.data))
		}
	}
}

func TestHeapBytesIsCloseToTheAllocator(t *testing.T) {
	for n := 1; n < 200_000; n += 1 + n/50 {
		got, want := heapBytes(n), int64(cap(append([]byte(nil), make([]byte, n)...)))
		if diff := float64(got-want) / float64(want); diff > 0.13 || diff < -0.13 {
			t.Errorf("%d bytes: estimated %d, allocated %d", n, got, want)
		}
	}
}
