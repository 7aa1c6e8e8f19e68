package writes

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"
)

// A history is what was done to one register whose value only grows: each write makes a larger value, so the order of the
// values is the order of the commits, and linearizability can be checked by comparing numbers.
type history struct {
	start time.Time

	mu  sync.Mutex
	ops []op
}

// An op is a read or a write of value, which was called at start and had answered at end. A write whose outcome is unknown
// has no end.
type op struct {
	start, end time.Duration
	value      int64
	write      bool
}

const never = time.Duration(math.MaxInt64)

func newHistory() *history { return &history{start: time.Now()} }

func (h *history) now() time.Duration { return time.Since(h.start) }

func (h *history) add(o op) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, o)
}

// A verdict counts what is wrong with a history.
type verdict struct {
	writes, reads int
	stale         int // reads that miss a write acknowledged before they began
	backwards     int // reads that are older than a read that had ended before they began
	early         int // reads of a value that nobody had begun to write
	example       string
}

// check compares each read with the largest value that was certainly there when it began, and with the largest value that
// could be there when it ended.
func (h *history) check() (v verdict) {
	h.mu.Lock()
	ops := slices.Clone(h.ops)
	h.mu.Unlock()
	byEnd := slices.Clone(ops)
	slices.SortFunc(byEnd, func(a, b op) int { return cmp.Compare(a.end, b.end) })
	slices.SortFunc(ops, func(a, b op) int { return cmp.Compare(a.start, b.start) })
	begun := make(map[int64]time.Duration)
	for _, o := range ops {
		if o.write {
			begun[o.value] = o.start
		}
	}
	var acknowledged, seen op // the largest, before the present op began
	ended := 0
	for _, o := range ops {
		for ; byEnd[ended].end < o.start; ended++ {
			before := byEnd[ended]
			switch {
			case before.write && before.value > acknowledged.value:
				acknowledged = before
			case !before.write && before.value > seen.value:
				seen = before
			}
		}
		if o.write {
			v.writes++
			continue
		}
		v.reads++
		first, known := begun[o.value]
		switch {
		case o.value < acknowledged.value:
			v.stale++
			v.show("a read misses a write", o, acknowledged)
		case o.value < seen.value:
			v.backwards++
			v.show("a read is older than one before it", o, seen)
		case o.value > 0 && (!known || first > o.end):
			v.early++
			v.show("a read sees a value nobody has written", o, op{})
		}
	}
	return v
}

func (v *verdict) show(what string, o, before op) {
	if v.example == "" {
		v.example = fmt.Sprintf("%s: %+v after %+v", what, o, before)
	}
}

func (v verdict) wrong() bool { return v.stale+v.backwards+v.early > 0 }

// The checker finds what it is there to find.
func TestHistoryCheck(t *testing.T) {
	write := func(start, end time.Duration, v int64) op { return op{start, end, v, true} }
	read := func(start, end time.Duration, v int64) op { return op{start, end, v, false} }
	tests := []struct {
		name string
		ops  []op
		want verdict
	}{
		{"in turn", []op{write(1, 2, 1), read(3, 4, 1), write(5, 6, 2), read(7, 8, 2)}, verdict{}},
		{"during the write", []op{write(1, 10, 1), read(2, 3, 0), read(4, 5, 1)}, verdict{}},
		{"stale", []op{write(1, 2, 1), read(3, 4, 0)}, verdict{stale: 1}},
		{"new, then old", []op{write(1, 10, 1), read(2, 3, 1), read(4, 5, 0)}, verdict{backwards: 1}},
		{"overlapping reads", []op{write(1, 10, 1), read(2, 5, 1), read(4, 6, 0)}, verdict{}},
		{"out of nowhere", []op{write(5, 6, 1), read(1, 2, 1)}, verdict{early: 1}},
		{"unknown outcome", []op{write(1, never, 1), read(2, 3, 0), read(4, 5, 1), read(6, 7, 1)}, verdict{}},
	}
	for _, test := range tests {
		h := history{ops: test.ops}
		got := h.check()
		if got.stale != test.want.stale || got.backwards != test.want.backwards || got.early != test.want.early {
			t.Errorf("%s: %+v", test.name, got)
		}
	}
}
