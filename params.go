package sqldedupe

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/sqldedupe/sqldedupe/policy"
)

// setters holds one parser per DSN parameter of the contract.
var setters = map[string]func(*Config, string) error{
	"dedupe":                func(c *Config, v string) error { c.Mode = Mode(v); return nonEmpty(v) },
	"dedupe_ttl":            func(c *Config, v string) error { return setDuration(&c.TTL, v) },
	"dedupe_tables":         func(c *Config, v string) error { c.Tables = v; return nil },
	"dedupe_policy":         func(c *Config, v string) error { c.Policy = v; return nonEmpty(v) },
	"dedupe_beta":           setBeta,
	"dedupe_stale":          func(c *Config, v string) error { return setDuration(&c.Stale, v) },
	"dedupe_stale_if_error": func(c *Config, v string) error { return setDuration(&c.StaleIfError, v) },
	"dedupe_jitter":         func(c *Config, v string) error { return setFloat(&c.Jitter, v) },
	"dedupe_consistency":    func(c *Config, v string) error { c.Consistency = Consistency(v); return nonEmpty(v) },
	"dedupe_memory":         func(c *Config, v string) error { return setSize(&c.MemoryBytes, v) },
	"dedupe_max_result":     func(c *Config, v string) error { return setSize(&c.MaxBytes, v) },
	"dedupe_wait":           setWait,
	"dedupe_max_conns":      setMaxConns,
	"dedupe_cache":          func(c *Config, v string) error { c.Cache = v; return nonEmpty(v) },
	"dedupe_lease":          func(c *Config, v string) error { return setDuration(&c.Lease, v) },
	"dedupe_store":          func(_ *Config, v string) error { return notYet(v == "") },
	"dedupe_feed":           setFeed,
	"dedupe_verify":         setVerify,
}

// withParams returns c with the parameters of a DSN applied, or every problem
// of theirs. Messages name the parameter and never the rest of the DSN.
func (c Config) withParams(params []Param) (Config, error) {
	var errs []error
	seen := make(map[string]bool)
	for _, p := range params {
		set, known := setters[p.Name]
		switch {
		case !known:
			errs = append(errs, fmt.Errorf("sqldedupe: %s: unknown parameter", p.Name))
		case seen[p.Name]:
			errs = append(errs, fmt.Errorf("sqldedupe: %s: given more than once", p.Name))
		default:
			if err := set(&c, p.Value); err != nil {
				errs = append(errs, fmt.Errorf("sqldedupe: %s: %w", p.Name, err))
			}
		}
		seen[p.Name] = true
	}
	c, err := c.complete()
	errs = append(errs, err)
	if _, err := policy.New(c.defaults()).WithTables(c.Tables); err != nil {
		errs = append(errs, fmt.Errorf("sqldedupe: dedupe_tables: %w", err))
	}
	return c, errors.Join(errs...)
}

// shown quotes a value for an error message, unless it looks like more than one
// value: a slip in a quote may have run a password into it.
func shown(v string) string {
	if len(v) > 32 || strings.ContainsAny(v, " \t\n=@&:") {
		return "the value"
	}
	return strconv.Quote(v)
}

func nonEmpty(v string) error {
	if v == "" {
		return errors.New("empty value")
	}
	return nil
}

func setDuration(d *time.Duration, v string) (err error) {
	if v == "0" {
		*d = 0
		return nil
	}
	if *d, err = time.ParseDuration(v); err != nil {
		return fmt.Errorf("%s is not a duration such as 30s", shown(v))
	}
	return nil
}

// setWait refuses 0, which would read like "do not wait" and could only mean
// "wait for ever" or "do not coalesce".
func setWait(c *Config, v string) error {
	if err := setDuration(&c.Wait, v); err != nil {
		return err
	}
	if c.Wait == 0 {
		return errors.New("0 is not an interval; dedupe=off turns coalescing off")
	}
	return nil
}

func setFloat(f *float64, v string) (err error) {
	if *f, err = strconv.ParseFloat(v, 64); err != nil {
		return fmt.Errorf("%s is not a number", shown(v))
	}
	return nil
}

// setBeta keeps 0 (early expiry off) apart from the zero value (default 1).
func setBeta(c *Config, v string) error {
	if err := setFloat(&c.Beta, v); err != nil {
		return err
	}
	if c.Beta < 0 {
		return fmt.Errorf("%q is negative", v)
	}
	if c.Beta == 0 {
		c.Beta = -1
	}
	return nil
}

func setSize(n *int64, v string) (err error) {
	if *n, err = policy.ParseSize(v); err != nil || *n <= 0 {
		return fmt.Errorf("%s is not a size above 0 such as 64MiB", shown(v))
	}
	return nil
}

func setMaxConns(c *Config, v string) (err error) {
	if c.MaxConns, err = strconv.Atoi(v); err != nil {
		return fmt.Errorf("%s is not a whole number", shown(v))
	}
	return nil
}

func setFeed(_ *Config, v string) error {
	if v != "off" && v != "logical" && v != "binlog" {
		return fmt.Errorf("%s is not off, logical or binlog", shown(v))
	}
	return notYet(v == "off")
}

func setVerify(_ *Config, v string) error {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || !(f >= 0 && f <= 1) {
		return fmt.Errorf("%s is not a fraction from 0 to 1", shown(v))
	}
	return notYet(f == 0)
}

// notYet refuses what the contract names and this version does not do: a
// promise that is silently not kept would be worse. The value is not shown, it
// may hold a password.
func notYet(unset bool) error {
	if unset {
		return nil
	}
	return errors.New("not available yet")
}

// defaults are the options of tables without a policy.
func (c Config) defaults() policy.Options {
	return policy.Options{
		TTL: c.TTL, Stale: c.Stale, StaleIfError: c.StaleIfError, Wait: c.Wait,
		Beta: max(c.Beta, 0), Jitter: c.Jitter, MaxBytes: c.MaxBytes,
		Strategy: "", Shared: true,
	}
}
