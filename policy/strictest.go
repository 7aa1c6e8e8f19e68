package policy

import "slices"

// strictest is what holds for a statement over a table with a and one with b:
// of every option the value with which no answer is older, larger or more
// widely kept than either allows. The package comment has the table.
func strictest(a, b, common Options) Options {
	o := Options{
		TTL:          min(a.TTL, b.TTL),
		Stale:        min(a.Stale, b.Stale),
		StaleIfError: min(a.StaleIfError, b.StaleIfError),
		Wait:         smallerBound(a.Wait, b.Wait),
		Beta:         max(a.Beta, b.Beta),
		Jitter:       max(a.Jitter, b.Jitter),
		MaxRows:      smallerBound(a.MaxRows, b.MaxRows),
		MaxBytes:     smallerBound(a.MaxBytes, b.MaxBytes),
		Strategy:     stricterStrategy(a.Strategy, b.Strategy),
		Cache:        common.Cache,
		Shared:       a.Shared && b.Shared,
		Feed:         a.Feed || b.Feed,
		Off:          a.Off || b.Off,
	}
	if a.Cache == b.Cache {
		o.Cache = a.Cache
	}
	return o
}

func smallerBound[T ~int | ~int64](a, b T) T {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// strategies are the names that are accepted, the strictest first. None keeps
// an answer past its ttl but swr; none is last because it demands nothing.
func strategies() []string {
	return []string{"coalesce", "lock", "xfetch", "refresh", "swr", ""}
}

func stricterStrategy(a, b string) string {
	if a == b {
		return a
	}
	order := strategies()
	if slices.Index(order, a) < slices.Index(order, b) {
		return a
	}
	return b
}
