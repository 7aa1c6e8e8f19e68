package dsn

import (
	"errors"
	"strings"
)

// Postgres takes ours out of either form of PostgreSQL's connection strings.
func Postgres(dsn string) (rest string, params []Param, err error) {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return URL(dsn)
	}
	return KeyValue(dsn)
}

// KeyValue takes ours out of PostgreSQL's keyword/value form,
// host=x user='a b' password='it\'s', by libpq's rules: blanks may stand around
// the =, a value with blanks is quoted, a backslash takes the next byte as it
// is. With a parameter goes one blank, the one before it if there is one. From
// the first malformed setting on, the rest stays as it is.
//
// Ours are read more strictly, so that no slip turns a password into a value
// that the caller shows: a blank after a quoted value, as in dedupe_ttl='1s
// password='x', whose quote ends too late; no = in an unquoted value after a
// blank, as in dedupe_ttl= password=x.
func KeyValue(dsn string) (rest string, params []Param, err error) {
	var kept strings.Builder
	var errs []error
	done := 0 // dsn[:done] is dealt with
	for at := 0; at < len(dsn); {
		s, ok := scanSetting(dsn, at)
		at = s.end
		if name, mine := ours(s.key); mine {
			from, to := s.withBlank(dsn)
			kept.WriteString(dsn[done:max(from, done)])
			done = to
			if s.why != "" {
				errs = append(errs, malformed(name, s.why))
			} else {
				params = append(params, Param{name, s.value})
			}
		}
		if !ok {
			break
		}
	}
	kept.WriteString(dsn[done:])
	return kept.String(), params, errors.Join(errs...)
}

// setting is one key = value in a string: its place, and why its value would
// be refused if it were ours.
type setting struct {
	start, end int
	key, value string
	why        string
}

// withBlank is the place of s with the one blank that goes with it.
func (s setting) withBlank(dsn string) (from, to int) {
	switch {
	case s.start > 0 && blank(dsn[s.start-1]):
		return s.start - 1, s.end
	case s.start == 0 && s.end < len(dsn) && blank(dsn[s.end]):
		return s.start, s.end + 1
	}
	return s.start, s.end
}

// scanSetting reads the setting at or after at. It is not ok when nothing
// after it can be told apart: at the end, without an =, in an open quote.
func scanSetting(dsn string, at int) (s setting, ok bool) {
	s.start = skip(dsn, at, blank)
	keyEnd := skip(dsn, s.start, func(c byte) bool { return c != '=' && !blank(c) })
	equals := skip(dsn, keyEnd, blank)
	if equals == len(dsn) || dsn[equals] != '=' || keyEnd == s.start {
		return s, false
	}
	s.key = dsn[s.start:keyEnd]
	valueAt := skip(dsn, equals+1, blank)
	if valueAt < len(dsn) && dsn[valueAt] == '\'' {
		return s.quoted(dsn, valueAt+1)
	}
	return s.plain(dsn, valueAt, valueAt > equals+1)
}

func (s setting) quoted(dsn string, at int) (setting, bool) {
	value, end := unescape(dsn, at, func(c byte) bool { return c == '\'' })
	if end >= len(dsn) {
		s.end, s.why = len(dsn), "the quote does not end"
		return s, false
	}
	s.value, s.end = value, end+1
	if s.end < len(dsn) && !blank(dsn[s.end]) {
		s.why = "no blank after the closing quote"
	}
	return s, true
}

func (s setting) plain(dsn string, at int, blankBefore bool) (setting, bool) {
	value, end := unescape(dsn, at, blank)
	s.value, s.end = value, min(end, len(dsn))
	switch {
	case end > len(dsn):
		s.why = "a backslash with nothing after it"
	case blankBefore && strings.Contains(value, "="):
		s.why = "a blank after the =; give an empty value as '', and quote one that holds ="
	}
	return s, end <= len(dsn)
}

// unescape reads up to the first byte that ends the value and gives its place:
// len(dsn) at the end, beyond it after a backslash with nothing behind.
func unescape(dsn string, at int, ends func(byte) bool) (value string, end int) {
	var b strings.Builder
	for ; at < len(dsn) && !ends(dsn[at]); at++ {
		if dsn[at] == '\\' {
			at++
		}
		if at < len(dsn) {
			b.WriteByte(dsn[at])
		}
	}
	return b.String(), at
}

func skip(s string, at int, while func(byte) bool) int {
	for at < len(s) && while(s[at]) {
		at++
	}
	return at
}

// blank is isspace of the C locale, as libpq uses it.
func blank(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
