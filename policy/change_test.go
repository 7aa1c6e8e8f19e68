package policy_test

import (
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/policy"
)

func TestSet(t *testing.T) {
	var o policy.Options
	for _, s := range [][2]string{
		{"off", "true"}, {"ttl", "1m30s"}, {"stale", "24h"}, {"stale_if_error", "0"}, {"wait", "5s"},
		{"beta", "1.5"}, {"jitter", "0.25"}, {"max_rows", "10"}, {"max_bytes", "1MiB"},
		{"strategy", "swr"}, {"cache", "hot-1"}, {"shared", "on"}, {"feed", "True"},
	} {
		if err := o.Set(s[0], s[1]); err != nil {
			t.Errorf("%s: %v", s[0], err)
		}
	}
	want := policy.Options{
		TTL: 90 * time.Second, Stale: 24 * time.Hour, Wait: 5 * time.Second, Beta: 1.5, Jitter: 0.25,
		MaxRows: 10, MaxBytes: 1 << 20, Strategy: "swr", Cache: "hot-1", Shared: true, Feed: true,
	}
	if o != want {
		t.Errorf("%+v", o)
	}
}

// H104: no negative, overflowing or endless durations, no numbers that are none.
func TestSetRefuses(t *testing.T) {
	for name, values := range map[string][]string{
		"ttl":            {"", "30", "5x", "-1s", "24h1ns", "9223372036854775808ns", "10000000000h", "inf"},
		"stale":          {"-1ns", "25h"},
		"stale_if_error": {"x"},
		"wait":           {"48h"},
		"beta":           {"", "-1", "NaN", "Inf", "+Inf", "-Inf", "1e999", "x"},
		"jitter":         {"1", "1.5", "-0.1", "NaN", "Inf"},
		"max_rows":       {"-1", "1.5", "99999999999999999999", "many"},
		"max_bytes":      {"-1", "9223372036854775807KiB"},
		"strategy":       {"lease", "SWR"},
		"cache":          {"a b", "a/b", "a:b"},
		"shared":         {"1", "yes", ""},
		"off":            {"maybe"},
		"":               {"x"},
		"allow_long":     {"true"},
	} {
		for _, value := range values {
			o := policy.Options{TTL: 1, Off: true}
			if err := o.Set(name, value); err == nil || o != (policy.Options{TTL: 1, Off: true}) {
				t.Errorf("%s=%q: %v, %+v", name, value, err, o)
			}
		}
	}
}

func TestSizes(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "17": 17, "17B": 17, "1kB": 1000, "1KB": 1000, "1KiB": 1024, "64MiB": 64 << 20,
		"64 mib": 64 << 20, "2MB": 2e6, "3GB": 3e9, "3GiB": 3 << 30, "9223372036854775807": 1<<63 - 1,
	} {
		if got, err := policy.ParseSize(s); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "B", "-1", "+1", "1.5MiB", "1TB", "1 k", "1M", "0x10", "1_000", "9223372036854775808", "8589934592GiB"} {
		if got, err := policy.ParseSize(s); err == nil {
			t.Errorf("ParseSize(%q) = %d", s, got)
		}
	}
	for n, want := range map[int64]string{0: "0", 17: "17", 1000: "1kB", 64 << 20: "64MiB", 1 << 30: "1GiB", 3e9: "3GB", 1025: "1025"} {
		got := policy.FormatSize(n)
		if back, err := policy.ParseSize(got); got != want || err != nil || back != n {
			t.Errorf("FormatSize(%d) = %s, and back %d, %v", n, got, back, err)
		}
	}
}
