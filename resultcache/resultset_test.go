package resultcache_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

// hazards H50, H57: a driver reuses its buffer for the next row, a program writes into and beyond what it scanned:
// neither is seen by the next reader.
func TestCopyInCopyOut(t *testing.T) {
	for _, n := range []int{1, 3, 200} {
		short, long := make([]byte, 10), make([]byte, 100)
		r := resultcache.NewRecorder(columns(3), resultcache.Limits{})
		var want [][]value
		for i := range n {
			fill(short, byte(i))
			fill(long, byte(i))
			if err := resultcache.Append(r, []value{short, long, short[:5]}); err != nil {
				t.Fatal(err)
			}
			want = append(want, []value{clone(short), clone(long), clone(short[:5])})
		}
		fill(short, 'x')
		fill(long, 'x')
		set := r.Publish()
		sum := set.Checksum()
		for range 3 {
			got := replay(t, set.Cursor(), 3)
			if d := difference(got, want); d != "" {
				t.Fatalf("%d rows: %s", n, d)
			}
			vandalize(got)
			if set.Checksum() != sum {
				t.Fatalf("%d rows: a reader changed the set", n)
			}
		}
	}
}

// Values of one row share an allocation: appending to one must not run into its neighbour.
func TestAppendToOneValueLeavesTheOthers(t *testing.T) {
	for _, n := range []int{1, 50} {
		rows := make([][]value, n)
		for i := range rows {
			rows[i] = []value{[]byte("first"), []byte("second"), []byte(nil), []byte{}}
		}
		got := replay(t, record(t, 4, rows).Cursor(), 4)
		for _, row := range got {
			_ = append(row[0].([]byte), "overrun"...)
		}
		if d := difference(got, rows); d != "" {
			t.Errorf("%d rows: %s", n, d)
		}
	}
}

func TestChecksumSeesEveryValue(t *testing.T) {
	for _, n := range []int{2, 50} {
		seen := map[uint64]value{}
		for _, v := range corners() {
			rows := make([][]value, n)
			for i := range rows {
				rows[i] = []value{int64(7), "x"}
			}
			rows[n-1][1] = v
			sum := record(t, 2, rows).Checksum()
			if other, ok := seen[sum]; ok && !same(other, v) {
				t.Errorf("%d rows: %T(%v) and %T(%v) have one checksum", n, v, v, other, other)
			}
			seen[sum] = v
		}
	}
}

// hazard H57: any number of readers at a time, each writing into its copies.
func TestConcurrentReaders(t *testing.T) {
	for _, n := range []int{5, 500} {
		rows := sampleRows(n)
		set := record(t, 5, rows)
		sum := set.Checksum()
		var readers sync.WaitGroup
		for range 8 {
			readers.Go(func() {
				for range 20 {
					got := replay(t, set.Cursor(), 5)
					if d := difference(got, rows); d != "" {
						t.Error(d)
					}
					vandalize(got)
				}
			})
		}
		readers.Wait()
		if set.Checksum() != sum {
			t.Errorf("%d rows: the set changed", n)
		}
	}
}

// hazard H106: a result of some size is kept in at most 1.25 bytes per byte of its values.
func TestBytesPerByteOfResult(t *testing.T) {
	for _, n := range []int{100, 1000, 10000} {
		rows, payload := productRows(n)
		set := record(t, len(rows[0]), rows)
		ratio := float64(set.Bytes()) / float64(payload)
		t.Logf("%5d rows: %d bytes for %d of values: %.2f", n, set.Bytes(), payload, ratio)
		if ratio > 1.25 {
			t.Errorf("%d rows: %.2f bytes kept per byte of result", n, ratio)
		}
	}
}

// productRows are rows of an everyday table, with the bytes their values have on their own.
func productRows(n int) (rows [][]value, payload int) {
	for i := range n {
		name, sku := fmt.Sprintf("Product number %d", i), fmt.Sprintf("SKU-%06d", i)
		description := strings.Repeat("description ", i%10)
		rows = append(rows, []value{
			int64(i + 100000), name, []byte(sku), float64(i) * 1.25, i%2 == 0, corners()[len(corners())-7], nil, description,
		})
		payload += 8 + len(name) + len(sku) + 8 + 1 + 12 + len(description)
	}
	return rows, payload
}

func fill(b []byte, v byte) {
	for i := range b {
		b[i] = v
	}
}

func clone(b []byte) []byte { return append([]byte{}, b...) }

// vandalize writes into every []byte it finds, up to its capacity.
func vandalize(rows [][]value) {
	for _, row := range rows {
		for i := range row {
			if b, ok := row[i].([]byte); ok {
				fill(b[:cap(b)], 0xee)
			}
			row[i] = nil
		}
	}
}
