package dsn_test

import (
	"testing"

	"github.com/sqldedupe/sqldedupe/internal/dsn"
)

func TestAny(t *testing.T) {
	for _, name := range []string{
		"postgres://u:p@h/db?dedupe_ttl=1s",
		"host=x password=redis://y dedupe_ttl=1s",
		"u:p?w@tcp(h)/db?dedupe_ttl=1s",
		"u:p://w@tcp(h)/db?dedupe_ttl=1s",
		"file:x.db?dedupe_ttl=1s",
	} {
		rest, params, err := dsn.Any(name)
		if err != nil || len(params) != 1 || params[0] != (dsn.Param{Name: "dedupe_ttl", Value: "1s"}) {
			t.Errorf("Any(%q) = %q, %v, %v", name, rest, params, err)
		}
	}
	if rest, params, err := dsn.Any("dedupe"); rest != "dedupe" || params != nil || err != nil {
		t.Errorf("a file named dedupe: %q, %v, %v", rest, params, err)
	}
}
