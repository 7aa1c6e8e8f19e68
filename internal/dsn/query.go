package dsn

import (
	"errors"
	"net/url"
	"strings"
)

// Query takes ours out of driver DSNs that end in ?a=b&c=d: those of MySQL,
// user:p@ss?w@tcp(host)/db?x=y, where the parameters start at the first ?
// after the last /, and plain paths and file: URIs. Our values need not be
// escaped as long as they hold no &: dedupe_policy=/etc/policy.yaml is found
// where MySQL's own rule would end the database name. For SQLite prefer
// [SQLite], which needs not guess where a path ends.
func Query(dsn string) (rest string, params []Param, err error) {
	rest, params, err = queryOnce(dsn)
	// What is left may begin its parameters elsewhere, with more of ours.
	for last := dsn; err == nil && rest != last; {
		var more []Param
		last = rest
		rest, more, err = queryOnce(last)
		params = append(params, more...)
	}
	return rest, params, err
}

func queryOnce(dsn string) (rest string, params []Param, err error) {
	if strings.HasPrefix(dsn, "file:") {
		return SQLite(dsn)
	}
	for at := range marks(dsn) {
		if rest, params, err = cutQuery(dsn, at, len(dsn)); startsQuery(dsn, rest, at) {
			return rest, params, err
		}
	}
	// Without an @ there is no password a ? could be part of.
	if !strings.Contains(dsn, "@") {
		return SQLite(dsn)
	}
	return dsn, nil, nil
}

// SQLite takes ours out of a file name or file: URI as modernc.org/sqlite reads
// it: parameters start at the first ?, unless that is the first byte.
func SQLite(dsn string) (rest string, params []Param, err error) {
	at := strings.IndexByte(dsn, '?')
	if at < 1 {
		return dsn, nil, nil
	}
	return cutQuery(dsn, at, len(dsn))
}

// URL takes ours out of a postgres:// URL, whose parameters stand between the
// first ? and the fragment.
func URL(dsn string) (rest string, params []Param, err error) {
	end := strings.IndexByte(dsn, '#')
	if end < 0 {
		end = len(dsn)
	}
	at := strings.IndexByte(dsn[:end], '?')
	if at < 0 {
		return dsn, nil, nil
	}
	return cutQuery(dsn, at, end)
}

// marks yields the place of every ? in s.
func marks(s string) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for at := range len(s) {
			if s[at] == '?' && !yield(at) {
				return
			}
		}
	}
}

// startsQuery reports whether the parameters start at the ? at at, given what
// is left of the DSN without ours: MySQL's driver must come to the same place
// in it. A ? of a password fails, for a / follows it. Should that / be taken for
// part of a value of ours, the @ between them tells.
func startsQuery(dsn, rest string, at int) bool {
	slash := strings.LastIndexByte(rest, '/')
	if slash < 0 || slash > at || strings.Contains(rest[slash:min(at, len(rest))], "?") {
		return false
	}
	behind := dsn[at:]
	return !strings.Contains(behind, "/") || !strings.Contains(behind, "@") || strings.Contains(dsn[:at], "@")
}

// cutQuery takes ours out of the parameters in dsn[at+1:end], at being the
// place of the ?. It goes by whole parameters, so an empty one stays; the ?
// goes when there was nothing but ours behind it.
func cutQuery(dsn string, at, end int) (rest string, params []Param, err error) {
	var kept []string
	var errs []error
	for segment := range strings.SplitSeq(dsn[at+1:end], "&") {
		name, value, ok := querySegment(segment)
		if !ok {
			kept = append(kept, segment)
			continue
		}
		value, err := url.QueryUnescape(value)
		if err != nil {
			errs = append(errs, malformed(name, "malformed % escape"))
			continue
		}
		params = append(params, Param{name, value})
	}
	rest = dsn[:at]
	if len(kept) > 0 {
		rest += "?" + strings.Join(kept, "&")
	}
	return rest + dsn[end:], params, errors.Join(errs...)
}

// querySegment takes one parameter apart; the value is still escaped.
func querySegment(segment string) (name, value string, ok bool) {
	key, value, _ := strings.Cut(segment, "=")
	if plain, err := url.QueryUnescape(key); err == nil {
		key = plain
	}
	name, ok = ours(key)
	return name, value, ok
}
