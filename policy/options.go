package policy

import (
	"strconv"
	"strings"
	"time"
)

// Options say how answers are shared and kept. The zero value coalesces
// identical reads in flight and keeps nothing.
type Options struct {
	// TTL is how old an answer can get; 0 keeps none. It and Off are one
	// choice: whatever sets a ttl turns an inherited Off off.
	TTL time.Duration

	// Stale is how long after its ttl an answer is still given at once, while
	// it is renewed behind. 0: not at all.
	Stale time.Duration

	// StaleIfError is how long after its ttl an answer is given while the
	// database fails. 0: not at all.
	StaleIfError time.Duration

	// Wait is how long a caller waits for another's query before one more of
	// them runs it too. 0: as long as that query runs.
	Wait time.Duration

	// Beta is the eagerness of early expiry. 0: none.
	Beta float64

	// Jitter is the fraction, below 1, by which a ttl may be shortened at random.
	Jitter float64

	// MaxRows and MaxBytes bound an answer that is shared or kept. 0: no bound
	// beyond that of the whole cache.
	MaxRows  int
	MaxBytes int64

	// Strategy is how a missing or ending answer is renewed: coalesce, lock,
	// xfetch, swr, refresh; "" leaves it to the other options.
	Strategy string

	// Cache names the cache the answers are kept in; "" is the connection's own.
	Cache string

	// Shared lets answers go to the shared tier.
	Shared bool

	// Feed keeps and gives answers only while the change feed proves itself
	// alive.
	Feed bool

	// Off keeps nothing, whatever TTL says.
	Off bool
}

// String writes o as WithTables reads it, without what is zero.
func (o Options) String() string {
	var b strings.Builder
	b.WriteString(formatDuration(o.TTL))
	if o.Off {
		b.Reset()
		b.WriteString("off")
	}
	write := func(name, value string, set bool) {
		if set {
			b.WriteString(";" + name + "=" + value)
		}
	}
	durations := []time.Duration{o.Stale, o.StaleIfError, o.Wait}
	for i, name := range []string{"stale", "stale_if_error", "wait"} {
		write(name, formatDuration(durations[i]), durations[i] != 0)
	}
	write("beta", formatFloat(o.Beta), o.Beta != 0)
	write("jitter", formatFloat(o.Jitter), o.Jitter != 0)
	write("max_rows", strconv.Itoa(o.MaxRows), o.MaxRows != 0)
	write("max_bytes", FormatSize(o.MaxBytes), o.MaxBytes != 0)
	write("strategy", o.Strategy, o.Strategy != "")
	write("cache", o.Cache, o.Cache != "")
	write("shared", "true", o.Shared)
	write("feed", "true", o.Feed)
	write("allow_long", "true", max(o.TTL, o.Stale, o.StaleIfError, o.Wait) > maxDuration)
	return b.String()
}

func formatFloat(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }

// formatDuration leaves the zero units at the end of d.String() out: 5m.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
