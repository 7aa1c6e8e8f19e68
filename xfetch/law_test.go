package xfetch_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/xfetch"
)

const euler = 0.5772156649

// herd is a stream of readers, n of them per delta, none of whom knows of the
// others.
type herd struct {
	delta time.Duration
	beta  float64
	n     int
	rng   *rand.Rand
}

// expire runs the end of one answer's life: how long before the expiry the
// first reader fired, and how many fired until that one was back.
func (h herd) expire() (gap time.Duration, fired int) {
	step := h.delta / time.Duration(h.n)
	remaining := time.Duration(h.beta * float64(h.delta) * (math.Log(float64(h.n)*h.beta) + 12))
	for ; fired == 0 || remaining > gap-h.delta; remaining -= step {
		if !xfetch.Fires(remaining, h.delta, h.beta, h.rng.ExpFloat64()) {
			continue
		}
		if fired == 0 {
			gap = remaining
		}
		fired++
	}
	return gap, fired
}

func TestLaw(t *testing.T) {
	const trials = 3_000
	for _, beta := range []float64{1, 2} {
		h := herd{delta: 500 * time.Millisecond, beta: beta, n: 100, rng: rand.New(rand.NewPCG(1, 2))}
		var gaps time.Duration
		counts := make([]int, trials)
		for i := range counts {
			gap, fired := h.expire()
			gaps, counts[i] = gaps+gap, fired
		}

		total := 0
		for _, c := range counts {
			total += c
		}
		within(t, "mean early recomputations", float64(total)/trials, math.Exp(1/beta), 0.05)

		scale := beta * h.delta.Seconds()
		want := scale * (math.Log(float64(h.n)*beta) + euler)
		within(t, "mean gap in seconds", gaps.Seconds()/trials, want, 0.03)

		slices.Sort(counts)
		if p99 := counts[trials*99/100]; beta == 1 && (p99 < 10 || p99 > 12) {
			t.Errorf("99th percentile of early recomputations is %d, want about 11", p99)
		}
	}
}

func within(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if math.Abs(got-want) > share*want {
		t.Errorf("%s: %.3f, want %.3f within %.0f%%", what, got, want, 100*share)
	}
}

// rule decides for one reader.
type rule func(remaining, ttl, delta time.Duration, beta float64, rng *rand.Rand) bool

func paper(remaining, _, delta time.Duration, beta float64, rng *rand.Rand) bool {
	return xfetch.Fires(remaining, delta, beta, rng.ExpFloat64())
}

func ratio(remaining, ttl, _ time.Duration, beta float64, rng *rand.Rand) bool {
	return rng.Float64() < 1-math.Pow(float64(remaining)/float64(ttl), beta)
}

func reciprocal(remaining, _, delta time.Duration, beta float64, rng *rand.Rand) bool {
	return rng.Float64() < 1-math.Exp(-float64(delta)*beta/float64(remaining))
}

func misplacedLog(_, _, delta time.Duration, beta float64, rng *rand.Rand) bool {
	return rng.Float64() < delta.Seconds()*beta*math.Log(rng.Float64())
}

// interval is the mean time between two renewals of one answer: what it lived,
// at most its ttl, and what its query took.
func interval(fires rule, perSecond int, rng *rand.Rand) float64 {
	const (
		ttl    = time.Minute
		delta  = 500 * time.Millisecond
		cycles = 100
	)
	var lived time.Duration
	for range cycles {
		remaining := ttl
		for remaining > 0 && !fires(remaining, ttl, delta, 1, rng) {
			// Readers come by chance, as a Poisson process.
			remaining -= time.Duration(rng.ExpFloat64() * float64(time.Second) / float64(perSecond))
		}
		lived += ttl - max(remaining, 0)
	}
	return (lived/cycles + delta).Seconds()
}

// The formulas that pass for XFetch, with a query of 0.5 s, a ttl of 60 s and
// beta 1: none keeps the ttl and renews before its end.
func TestWrongFormulas(t *testing.T) {
	tests := []struct {
		name  string
		rule  rule
		loads [3]float64 // seconds between renewals at 10, 100 and 1000 readers a second
		share float64
	}{
		{"1-(remaining/ttl)^beta", ratio, [3]float64{3.5, 1.5, 0.8}, 0.08},
		{"1-exp(-delta*beta/remaining)", reciprocal, [3]float64{10.7, 1.7, 0.6}, 0.1},
		{"rand() < delta*beta*ln(rand())", misplacedLog, [3]float64{60.5, 60.5, 60.5}, 0.001},
		{"the paper's", paper, [3]float64{59.4, 58.3, 57.1}, 0.01},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 4))
			for i, perSecond := range []int{10, 100, 1000} {
				if testing.Short() && perSecond == 1000 {
					continue
				}
				within(t, "seconds between renewals", interval(tt.rule, perSecond, rng), tt.loads[i], tt.share)
			}
		})
	}
}
