package policy

import (
	"errors"
	"fmt"
	"maps"
	"strings"
)

// WithTables returns p with the tables of spec added, which is written like
// products=5m,orders=off,sessions=30s;stale=1m;beta=2: tables with their ttl or
// off, each with further options after semicolons. What is not set comes from
// p's defaults. A table that p has already keeps what p says: the policy file
// can be changed while the program runs, the DSN cannot. Names with , ; or =
// can only stand in the file.
//
// The error tells everything that is wrong.
func (p *Policy) WithTables(spec string) (*Policy, error) {
	if strings.TrimSpace(spec) == "" {
		return p, nil
	}
	q := &Policy{fallback: p.fallback, tables: maps.Clone(p.tables), rules: p.rules}
	seen := make(map[string]bool)
	var errs []error
	for entry := range strings.SplitSeq(spec, ",") {
		name, c, err := parseEntry(entry, seen)
		if err != nil {
			errs = append(errs, err)
		} else if !p.has(name) {
			q.add(name, c)
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return q, nil
}

func parseEntry(entry string, seen map[string]bool) (string, change, error) {
	written, rest, ok := strings.Cut(entry, "=")
	written = strings.TrimSpace(written)
	if !ok {
		return "", nil, fmt.Errorf("sqldedupe: tables: %q is not table=ttl or table=off", strings.TrimSpace(entry))
	}
	var errs []error
	fail := func(option string, err error) {
		errs = append(errs, fmt.Errorf("sqldedupe: tables: %s%s: %w", written, option, err))
	}
	name, err := tableName(written)
	if err != nil {
		fail("", err)
	} else if seen[name] {
		fail("", errors.New("given twice"))
	}
	seen[name] = true

	pairs := parseEntryPairs(rest)
	c, _ := parsePairs(pairs, false, func(i int, err error) { fail(": "+pairs[i].name, err) })
	return name, c, errors.Join(errs...)
}

// parseEntryPairs reads ttl-or-off;option=value;...
func parseEntryPairs(s string) []pair {
	first, rest, more := strings.Cut(s, ";")
	pairs := []pair{parseShort(strings.TrimSpace(first))}
	for more {
		var option string
		option, rest, more = strings.Cut(rest, ";")
		name, value, _ := strings.Cut(option, "=")
		pairs = append(pairs, pair{strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	return pairs
}
