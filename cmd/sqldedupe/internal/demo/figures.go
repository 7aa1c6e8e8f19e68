package demo

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// figures are what a run comes down to.
type figures struct {
	callers, failed, slow int
	broken                int // of failed
	queries               int64
	hitRate               float64 // of all callers, 0 to 1
	p50, p99              wait
}

// figuresOf sums up waits, which it sorts. Slow is who waited for longer than
// slowAfter.
func figuresOf(waits []wait, queries int64, slowAfter time.Duration) figures {
	slices.SortFunc(waits, func(a, b wait) int { return cmp.Compare(a.took, b.took) })
	f := figures{callers: len(waits), queries: queries, p50: percentile(waits, 50), p99: percentile(waits, 99)}
	hits := 0
	for _, w := range waits {
		if w.failed {
			f.failed++
		}
		if w.broken {
			f.broken++
		}
		if w.took > slowAfter {
			f.slow++
		}
		if w.hit {
			hits++
		}
	}
	if len(waits) > 0 {
		f.hitRate = float64(hits) / float64(len(waits))
	}
	return f
}

// percentile returns the shortest wait that p percent of sorted do not exceed
// (the nearest rank), and the zero wait of none.
func percentile(sorted []wait, p float64) wait {
	if len(sorted) == 0 {
		return wait{}
	}
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
