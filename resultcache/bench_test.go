package resultcache_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

// table is rows of a mix of types: int64, string, []byte, time, nil, float64, bool in turn.
func table(rows, width int) [][]value {
	at := time.Date(2024, 7, 1, 12, 0, 0, 0, time.Local)
	out := make([][]value, rows)
	for i := range out {
		mix := []value{int64(i + 1000), fmt.Sprintf("name of %d", i), []byte("twelve bytes"), at, nil, 1.5, true}
		for j := range width {
			out[i] = append(out[i], mix[j%len(mix)])
		}
	}
	return out
}

func eachSize(b *testing.B, run func(b *testing.B, rows [][]value, width int)) {
	for _, rows := range []int{1, 100} {
		for _, width := range []int{4, 20} {
			b.Run(fmt.Sprintf("rows=%d/columns=%d", rows, width), func(b *testing.B) {
				b.ReportAllocs()
				run(b, table(rows, width), width)
			})
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	eachSize(b, func(b *testing.B, rows [][]value, width int) {
		cols := columns(width)
		for b.Loop() {
			r := resultcache.NewRecorder(cols, resultcache.Limits{MaxBytes: 1 << 20, MaxRows: 10_000})
			for _, row := range rows {
				if err := resultcache.Append(r, row); err != nil {
					b.Fatal(err)
				}
			}
			if r.Publish() == nil {
				b.Fatal("not published")
			}
		}
	})
}

func BenchmarkReplay(b *testing.B) {
	eachSize(b, func(b *testing.B, rows [][]value, width int) {
		set, dest := record(b, width, rows), make([]value, width)
		b.ReportMetric(float64(set.Bytes()), "bytes/set")
		for b.Loop() {
			cur := set.Cursor()
			for resultcache.Next(&cur, dest) {
			}
		}
		b.ReportMetric(float64(set.Bytes()), "bytes/set")
	})
}

func BenchmarkMemoryGet(b *testing.B) {
	m := resultcache.NewMemory(1 << 20)
	defer m.Close()
	for i := range 3000 { // more than half of the bound: otter counts reads from there on
		m.Set(fmt.Sprintf("SELECT * FROM product WHERE id = %d", i), entry(b, i))
	}
	key := []byte("SELECT * FROM product WHERE id = 2999")
	m.Set(string(key), entry(b, 2999))
	b.Run("one goroutine", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m.GetBytes(key)
		}
	})
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				m.GetBytes(key)
			}
		})
	})
}

func BenchmarkMemorySet(b *testing.B) {
	m := resultcache.NewMemory(1 << 20)
	defer m.Close()
	keys := make([]string, 10_000)
	for i := range keys {
		keys[i] = fmt.Sprint("key ", i)
	}
	set, i := record(b, 1, [][]value{{int64(1)}}), 0
	b.ReportAllocs()
	for b.Loop() {
		m.Set(keys[i%len(keys)], &resultcache.Entry{Set: set, Created: start})
		i++
	}
}
