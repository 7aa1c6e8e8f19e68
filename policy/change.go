package policy

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxDuration is the longest a duration may be without allow_long.
const maxDuration = 24 * time.Hour

// Set gives the option of that name, spelled as in a policy file, the value
// written in s. An error, which does not name the option, leaves o as it was.
// Durations over 24h are errors here.
func (o *Options) Set(name, s string) error {
	set, err := parseOption(name, s, false)
	if err != nil {
		return err
	}
	set(o)
	return nil
}

// change is what one place of a policy sets, in the order in which to set it.
type change []func(*Options)

func (c change) over(o Options) Options {
	for _, set := range c {
		set(&o)
	}
	return o
}

// pair is an option as written.
type pair struct{ name, value string }

// parsePairs reads the options of one place. long allows durations over 24h,
// as does allow_long among pairs. fail is told the index of each bad pair.
func parsePairs(pairs []pair, long bool, fail func(int, error)) (change, bool) {
	long = parseAllowLong(pairs, long, fail)
	var c, last change
	for i, p := range pairs {
		first := slices.IndexFunc(pairs, func(q pair) bool { return q.name == p.name })
		if first < i {
			fail(i, errors.New("given twice"))
			continue
		}
		if p.name == "allow_long" {
			continue
		}
		set, err := parseOption(p.name, p.value, long)
		switch {
		case err != nil:
			fail(i, err)
		case p.name == "off":
			// A ttl turns an inherited off off, but not the one beside it.
			last = append(last, set)
		default:
			c = append(c, set)
		}
	}
	return append(c, last...), long
}

func parseAllowLong(pairs []pair, long bool, fail func(int, error)) bool {
	for i, p := range pairs {
		if p.name != "allow_long" {
			continue
		}
		b, err := parseBool(p.value)
		if err != nil {
			fail(i, err)
		}
		long = b
	}
	return long
}

// parseShort reads the one word that may stand for a place's options: off (or
// false, which older YAML makes of it) or a ttl.
func parseShort(value string) pair {
	switch strings.ToLower(value) {
	case "off", "false":
		return pair{"off", "true"}
	}
	return pair{"ttl", value}
}

func parseOption(name, s string, long bool) (func(*Options), error) {
	switch name {
	case "ttl", "stale", "stale_if_error", "wait":
		d, err := parseDuration(s, long)
		return setDuration(name, d), err
	case "beta":
		f, err := parseFloat(s, math.Inf(1), "a finite number, 0 or more")
		return func(o *Options) { o.Beta = f }, err
	case "jitter":
		f, err := parseFloat(s, 1, "a number from 0 to below 1")
		return func(o *Options) { o.Jitter = f }, err
	case "max_rows":
		n, err := parseCount(s)
		return func(o *Options) { o.MaxRows = n }, err
	case "max_bytes":
		n, err := ParseSize(s)
		return func(o *Options) { o.MaxBytes = n }, err
	case "strategy":
		return func(o *Options) { o.Strategy = s }, checkStrategy(s)
	case "cache":
		return func(o *Options) { o.Cache = s }, checkCache(s)
	case "shared", "feed", "off":
		b, err := parseBool(s)
		return setBool(name, b), err
	}
	return nil, errors.New("unknown; the options are ttl, stale, stale_if_error, wait, beta, jitter, " +
		"max_rows, max_bytes, strategy, cache, shared, feed, off, allow_long")
}

func setDuration(name string, d time.Duration) func(*Options) {
	switch name {
	case "stale":
		return func(o *Options) { o.Stale = d }
	case "stale_if_error":
		return func(o *Options) { o.StaleIfError = d }
	case "wait":
		return func(o *Options) { o.Wait = d }
	}
	return func(o *Options) { o.TTL, o.Off = d, false }
}

func setBool(name string, b bool) func(*Options) {
	switch name {
	case "shared":
		return func(o *Options) { o.Shared = b }
	case "feed":
		return func(o *Options) { o.Feed = b }
	}
	return func(o *Options) { o.Off = b }
}

func parseDuration(s string, long bool) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return 0, fmt.Errorf("%q is no duration such as 500ms, 30s or 1h30m", s)
	case d < 0:
		return 0, fmt.Errorf("%q is negative", s)
	case d > maxDuration && !long:
		return 0, fmt.Errorf("%q is over 24h; if it is meant, put allow_long: true beside it in a policy", s)
	}
	return d, nil
}

func parseFloat(s string, below float64, want string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	// NaN fails both comparisons.
	if err != nil || !(f >= 0) || !(f < below) {
		return 0, fmt.Errorf("%q is not %s", s, want)
	}
	return math.Abs(f), nil // -0 is 0
}

func parseCount(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, strconv.IntSize-1)
	if err != nil {
		return 0, fmt.Errorf("%q is no whole number, 0 or more, that fits", s)
	}
	return int(n), nil
}

func parseBool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "true", "on":
		return true, nil
	case "false", "off":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", s)
}

func checkStrategy(s string) error {
	if known := strategies(); !slices.Contains(known, s) {
		return fmt.Errorf("%q is unknown; the strategies are %s", s, strings.Join(known[:len(known)-1], ", "))
	}
	return nil
}

// checkCache keeps names that can go into keys, metrics and DSNs unescaped.
func checkCache(s string) error {
	if !regexp.MustCompile(`^[A-Za-z0-9_.-]*$`).MatchString(s) {
		return fmt.Errorf("%q: a name has only letters, digits, dots, _ and -", s)
	}
	return nil
}

func isRange(err error) bool { return errors.Is(err, strconv.ErrRange) }
