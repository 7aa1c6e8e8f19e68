package demo

import (
	"testing"
	"time"
)

const ms = time.Millisecond

func TestFiguresOf(t *testing.T) {
	waits := []wait{{took: 50 * ms, failed: true}, {took: 10 * ms}, {took: 1 * ms, hit: true}, {took: 20 * ms, hit: true}}
	got := figuresOf(waits, 3, 10*ms)
	want := figures{callers: 4, failed: 1, slow: 2, queries: 3, hitRate: 0.5,
		p50: wait{took: 10 * ms}, p99: wait{took: 50 * ms, failed: true}}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := figuresOf(nil, 0, ms); got != (figures{}) {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestPercentile(t *testing.T) {
	var waits []wait
	for i := range 200 {
		waits = append(waits, wait{took: time.Duration(i + 1)})
	}
	for p, want := range map[float64]time.Duration{0: 1, 0.5: 1, 50: 100, 99: 198, 99.9: 200, 100: 200} {
		if got := percentile(waits, p).took; got != want {
			t.Errorf("percentile %v is %d, want %d", p, got, want)
		}
	}
	if got := percentile(waits[:1], 50).took; got != 1 {
		t.Errorf("of one: %d", got)
	}
}
