package dsn_test

import (
	"strings"
	"testing"

	"github.com/sqldedupe/sqldedupe/internal/dsn"
)

// canary holds bytes that no parameter name has.
const canary = "!c@n'ry!"

// checkParse holds for whatever comes: no change without ours, none left behind
// and no password shown.
func checkParse(t *testing.T, f parse, s string) {
	t.Helper()
	rest, params, err := f(s)
	if len(params) == 0 && err == nil && rest != s {
		t.Errorf("%q became %q without parameters of ours", s, rest)
	}
	if again, more, err2 := f(rest); err == nil && (len(more) > 0 || err2 != nil || again != rest) {
		t.Errorf("%q: %q left behind (%v)", s, more, err2)
	}
	for _, p := range params {
		if p.Name != "dedupe" && !strings.HasPrefix(p.Name, "dedupe_") {
			t.Errorf("%q: took %q", s, p.Name)
		}
	}
	for at := range len(s) {
		_, _, err := f(s[:at] + canary + s[at:])
		if err != nil && strings.Contains(err.Error(), canary) {
			t.Errorf("%q, canary at %d: %v", s, at, err)
		}
	}
}

// checkAdded adds a parameter of ours to s, takes it out again and wants s.
func checkAdded(t *testing.T, f parse, s, added string, want dsn.Param) {
	t.Helper()
	rest, params, err := f(added)
	if err != nil || rest != s || len(params) != 1 || params[0] != want {
		t.Errorf("%q with ours is %q; taken out again: %q %q %v", s, added, rest, params, err)
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("u:p@ss?w@tcp(h)/db", "x=y&&z", 1)
	f.Add("file:x.db", "a=%2F", 0)
	f.Add("u:/?dedupe_ttl=9@tcp(h)/db", "", 2)
	f.Add("x.db?dedupe_policy=/etc/p", "dedupe=%zz", 2)
	f.Fuzz(func(t *testing.T, head, query string, at int) {
		if len(head)+len(query) > 200 {
			return
		}
		for _, parse := range []parse{dsn.Query, dsn.SQLite, dsn.URL} {
			checkParse(t, parse, head+"?"+query)
			checkParse(t, parse, head)
		}
		if strings.Contains(head+query, "dedupe") || strings.ContainsAny(query, "/#%") || query == "" {
			return
		}
		segments := strings.Split(query, "&")
		n := int(uint(at) % uint(len(segments)+1))
		ours := append(append(append([]string{}, segments[:n]...), "dedupe_ttl=%31+s"), segments[n:]...)
		added, want := "?"+strings.Join(ours, "&"), dsn.Param{Name: "dedupe_ttl", Value: "1 s"}
		if !strings.HasPrefix(head, "file:") { // there the first ? counts
			checkAdded(t, dsn.Query, head+"/db?"+query, head+"/db"+added, want)
		}
		checkAdded(t, dsn.URL, "postgres://h/db?"+query, "postgres://h/db"+added, want)
		if !strings.Contains(head, "?") {
			checkAdded(t, dsn.SQLite, "file:"+head+"?"+query, "file:"+head+added, want)
		}
	})
}

func FuzzKeyValue(f *testing.F) {
	f.Add(`host=x user='a b' password='it\'s'`, "a b", 1)
	f.Add(`dedupe_ttl=1s host = x dedupe='`, `\'`, 0)
	f.Add(`dedupe_ttl= password=x`, "", 2)
	f.Fuzz(func(t *testing.T, raw, value string, at int) {
		if len(raw) > 200 {
			return
		}
		checkParse(t, dsn.KeyValue, raw)
		checkParse(t, dsn.Postgres, raw)

		settings := []string{"host=x", "password=" + quote(value), "user = y"}
		n := int(uint(at) % uint(len(settings)+1))
		ours := append(append(append([]string{}, settings[:n]...), "dedupe.ttl="+quote(value)), settings[n:]...)
		checkAdded(t, dsn.KeyValue, strings.Join(settings, " "), strings.Join(ours, " "),
			dsn.Param{Name: "dedupe_ttl", Value: value})
	})
}

func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) + "'"
}
