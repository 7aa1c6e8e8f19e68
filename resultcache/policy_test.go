package resultcache_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

// hazard H107: reading many keys once each does not push out the ones that are read again and again.
func TestScanDoesNotEvictTheHotSet(t *testing.T) {
	const hot, scanned = 500, 50_000
	weight := entry(t, 1).Weight("hot 100") + 40
	m := resultcache.NewMemory(2 * hot * weight)
	defer m.Close()
	read := func(key string, n int) bool {
		if _, ok := m.Get(key); ok {
			return true
		}
		m.Set(key, entry(t, n))
		return false
	}
	for i := range 20 * hot {
		read(fmt.Sprint("hot ", i%hot), i%hot)
	}
	random, hits, reads := rand.New(rand.NewPCG(1, 2)), 0, 0
	for i := range scanned {
		read(fmt.Sprint("once ", i), i)
		if i%10 == 0 {
			reads++
			n := random.IntN(hot)
			if read(fmt.Sprint("hot ", n), n) {
				hits++
			}
		}
	}
	rate := float64(hits) / float64(reads)
	t.Logf("%d one-time keys, one hot read in ten: %.1f %% of the hot reads hit, %d evictions",
		scanned, 100*rate, m.Stats().Evicted)
	if rate < 0.95 {
		t.Errorf("hot set hit rate %.3f", rate)
	}
}

// hazard H106: what the tier says it occupies is what the heap grew by.
func TestBytesMatchTheHeap(t *testing.T) {
	shared := columns(4)
	for _, c := range []struct {
		name    string
		entries int
		rows    func(i int) [][]value
		columns func() *resultcache.Columns
	}{
		{"one row, shared columns", 40_000, oneRow, func() *resultcache.Columns { return shared }},
		{"one row, columns of their own", 20_000, oneRow, func() *resultcache.Columns { return columns(4) }},
		{"no row", 40_000, func(int) [][]value { return nil }, func() *resultcache.Columns { return shared }},
		{"100 rows", 1000, func(i int) [][]value { return manyRows(i, 100) }, func() *resultcache.Columns { return shared }},
		{"a large value", 300, largeRow, func() *resultcache.Columns { return shared }},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := resultcache.NewMemory(1 << 30)
			defer m.Close()
			before := heap()
			for i := range c.entries {
				r := resultcache.NewRecorder(c.columns(), resultcache.Limits{})
				for _, row := range c.rows(i) {
					if err := resultcache.Append(r, row); err != nil {
						t.Fatal(err)
					}
				}
				e := &resultcache.Entry{Set: r.Publish(), Gens: []uint64{1, 2}, Created: start}
				m.Set(fmt.Sprintf("SELECT id, name, note, at FROM product WHERE id = ? /* %d */", i), e)
			}
			grown := heap() - before
			ratio := float64(m.Bytes()) / float64(grown)
			t.Logf("%d entries: the tier counts %d bytes each, the heap grew by %d: %.2f",
				m.Len(), m.Bytes()/int64(m.Len()), grown/int64(m.Len()), ratio)
			if ratio < 0.87 || ratio > 1.15 {
				t.Errorf("counted %d, the heap grew by %d", m.Bytes(), grown)
			}
		})
	}
}

func oneRow(i int) [][]value { return manyRows(i, 1) }

func manyRows(i, n int) [][]value {
	rows := make([][]value, n)
	for j := range rows {
		rows[j] = []value{int64(i + 1000), fmt.Sprintf("Product number %d", i+j), []byte(fmt.Sprintf("note %d", i)), start}
	}
	return rows
}

func largeRow(i int) [][]value {
	return [][]value{{int64(i), strings.Repeat("x", 50_000+i), make([]byte, 20_000+i), nil}}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
