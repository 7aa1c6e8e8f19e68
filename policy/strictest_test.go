package policy_test

import (
	"testing"

	"github.com/sqldedupe/sqldedupe/policy"
	"pgregory.net/rapid"
)

func TestStrictest(t *testing.T) {
	tests := []struct{ a, b, want string }{
		{"5m", "1m", "1m"},
		{"5m", "0", "0s"},
		{"5m", "off", "off"},
		{"1m;stale=2m", "1m;stale=3m", "1m;stale=2m"},
		{"1m;stale=2m", "1m", "1m"},
		{"1m;stale_if_error=2m", "1m;stale_if_error=1h", "1m;stale_if_error=2m"},
		{"1m;wait=2s", "1m;wait=1s", "1m;wait=1s"},
		{"1m;wait=2s", "1m", "1m;wait=2s"},
		{"1m;beta=1", "1m;beta=2", "1m;beta=2"},
		{"1m;jitter=0.1", "1m;jitter=0.2", "1m;jitter=0.2"},
		{"1m;max_rows=10", "1m;max_rows=9", "1m;max_rows=9"},
		{"1m;max_rows=10", "1m", "1m;max_rows=10"},
		{"1m;max_bytes=1MiB", "1m;max_bytes=1MB", "1m;max_bytes=1MB"},
		{"1m;strategy=lock", "1m;strategy=coalesce", "1m;strategy=coalesce"},
		{"1m;strategy=swr", "1m;strategy=refresh", "1m;strategy=refresh"},
		{"1m;strategy=swr", "1m", "1m;strategy=swr"},
		{"1m;cache=hot", "1m;cache=hot", "1m;cache=hot"},
		{"1m;cache=hot", "1m;cache=cold", "1m"},
		{"1m;shared=true", "1m;shared=true", "1m;shared=true"},
		{"1m;shared=true", "1m", "1m"},
		{"1m;feed=true", "1m", "1m;feed=true"},
	}
	for _, tt := range tests {
		for _, spec := range []string{"a=" + tt.a + ",b=" + tt.b, "b=" + tt.a + ",a=" + tt.b} {
			d := mustTables(t, spec).Decide(policy.Statement{Tables: []string{"a", "b"}})
			if got := d.Options.String(); got != tt.want {
				t.Errorf("%s: %s, want %s", spec, got, tt.want)
			}
		}
	}
}

// Neither the order of the tables in a statement nor one more of the same kind
// matters.
func TestStrictestOrder(t *testing.T) {
	options := rapid.Custom(func(t *rapid.T) policy.Options {
		return policy.Options{
			TTL:      rapid.SampledFrom([]policy.Options{{}, {TTL: 1}, {TTL: 2}}).Draw(t, "ttl").TTL,
			Wait:     rapid.SampledFrom([]policy.Options{{}, {Wait: 1}, {Wait: 2}}).Draw(t, "wait").Wait,
			Strategy: rapid.SampledFrom([]string{"", "lock", "swr", "coalesce"}).Draw(t, "strategy"),
			Cache:    rapid.SampledFrom([]string{"", "hot", "cold"}).Draw(t, "cache"),
			Shared:   rapid.Bool().Draw(t, "shared"),
			Off:      rapid.Bool().Draw(t, "off"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		common := options.Draw(t, "common")
		all := rapid.SliceOfN(options, 1, 4).Draw(t, "options")
		want := policy.Combine(common, all...)
		if got := policy.Combine(common, rapid.Permutation(all).Draw(t, "order")...); got != want {
			t.Fatalf("%+v, in another order %+v", want, got)
		}
		if got := policy.Combine(common, append(all, all[0])...); got != want {
			t.Fatalf("%+v, with one more %+v", want, got)
		}
	})
}
