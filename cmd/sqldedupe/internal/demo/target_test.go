package demo

import (
	"errors"
	"testing"
)

// Each parser accepts DSNs of the other: mysql.ParseDSN takes postgres://u:p@/x
// for one with the user "postgres", and pgx.ParseConfig takes
// u:p@tcp(host)/x?a=b for a keyword and its value.
func TestTargetOf(t *testing.T) {
	for dsn, want := range map[string]struct{ plain, rest string }{
		"postgres://u:p@/x":                            {"pgx", "postgres://u:p@/x"},
		"postgresql://u:p@h/x?dedupe_ttl=1s":           {"pgx", "postgresql://u:p@h/x"},
		"user=u password=a@/b":                         {"pgx", "user=u password=a@/b"},
		"u:p@tcp(h)/x?parseTime=true&dedupe_ttl=1s":    {"mysql", "u:p@tcp(h)/x?parseTime=true"},
		"u:p=q@unix(/run/mysql.sock)/x?interpolate=no": {"mysql", "u:p=q@unix(/run/mysql.sock)/x?interpolate=no"},
		"/x": {"mysql", "/x"},
	} {
		got, err := targetOf(dsn)
		if err != nil {
			t.Errorf("%s: %v", dsn, err)
		} else if got.plain != want.plain || got.wrapped != want.plain+"-dedupe" || got.dsn != want.rest {
			t.Errorf("%s: %s with %s", dsn, got.plain, got.dsn)
		}
	}
}

func TestSafe(t *testing.T) {
	target := &target{password: "a b/c"}
	plain := errors.New("no password")
	if target.safe(plain) != plain || target.safe(nil) != nil {
		t.Error("changed an error without the password")
	}
	got := target.safe(errors.New("x a b/c y a+b%2Fc z a%20b%2Fc")).Error()
	if got != "x *** y *** z ***" {
		t.Error(got)
	}
}
