package xfetch

import "time"

// ClampShare bounds beta*delta to this part of the ttl.
const ClampShare = 20

// SmoothWeight is what one new sample weighs in Smooth: alpha = 1/SmoothWeight.
const SmoothWeight = 4

// Fires reports whether a reader renews an answer now that expires in
// remaining and took delta to compute. exp is a draw of the unit exponential
// distribution, rand.ExpFloat64(), new for each call.
//
// An expired answer (remaining <= 0) always fires. Otherwise beta <= 0,
// delta <= 0 and any NaN never fire.
func Fires(remaining, delta time.Duration, beta, exp float64) bool {
	if remaining <= 0 {
		return true
	}
	if delta <= 0 || !(beta > 0) {
		return false
	}
	return exp*beta*float64(delta) >= float64(remaining)
}

// Clamp returns delta, or less, so that beta*delta is at most ttl/ClampShare.
// A query that takes as long as its ttl would otherwise be renewed by every
// reader. A negative delta or ttl gives 0; without a beta above 0 nothing is
// renewed early, and a positive delta comes back as it was.
func Clamp(delta, ttl time.Duration, beta float64) time.Duration {
	if delta <= 0 || ttl <= 0 {
		return 0
	}
	if !(beta > 0) {
		return delta
	}
	// Compared as floats: the limit does not fit a Duration when beta is tiny.
	limit := float64(ttl) / ClampShare / beta
	if float64(delta) <= limit {
		return delta
	}
	return time.Duration(limit)
}

// Smooth returns the exponentially weighted mean old + (sample-old)/SmoothWeight.
// Without an old value (old <= 0) it is the sample. A negative sample measures
// nothing and leaves old.
//
// A quarter forgets one slow run within a few, yet does not let one lucky run
// switch early expiry off for a query that is slow otherwise.
func Smooth(old, sample time.Duration) time.Duration {
	if sample < 0 {
		return max(old, 0)
	}
	if old <= 0 {
		return sample
	}
	return old + (sample-old)/SmoothWeight
}

// Jitter returns ttl shortened by u*fraction of itself, so that answers stored
// together do not expire together. u is uniform in [0,1), rand.Float64(). It
// only ever subtracts: a ttl is a promise of how old an answer can be. A
// positive ttl stays positive; a fraction or u outside [0,1) changes nothing.
func Jitter(ttl time.Duration, fraction, u float64) time.Duration {
	if ttl <= 0 || !unit(fraction) || !unit(u) {
		return ttl
	}
	cut := time.Duration(float64(ttl) * fraction * u)
	return max(ttl-cut, 1)
}

func unit(x float64) bool { return x >= 0 && x < 1 }
