package dsn

import "strings"

// Any takes our parameters out of a DSN of a driver nobody knows: a URL, a
// string of key=value pairs, or anything that ends in ?a=b.
func Any(dsn string) (rest string, params []Param, err error) {
	if !strings.Contains(dsn, prefix) {
		return dsn, nil, nil
	}
	if scheme, _, ok := strings.Cut(dsn, "://"); ok && !strings.ContainsFunc(scheme, notScheme) {
		return URL(dsn)
	}
	if at := strings.IndexAny(dsn, "=?/:@"); at >= 0 && dsn[at] == '=' {
		return KeyValue(dsn)
	}
	return Query(dsn)
}

func notScheme(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	return !letter && !('0' <= r && r <= '9') && r != '+' && r != '-' && r != '.'
}
