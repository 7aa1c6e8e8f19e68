package dsn_test

import (
	"reflect"
	"testing"

	"github.com/sqldedupe/sqldedupe/internal/dsn"
)

type parse func(string) (string, []dsn.Param, error)

type cut struct {
	name, dsn, rest string
	params          []dsn.Param
}

func checkCuts(t *testing.T, f parse, cuts []cut) {
	t.Helper()
	for _, c := range cuts {
		t.Run(c.name, func(t *testing.T) {
			rest, params, err := f(c.dsn)
			if err != nil || rest != c.rest || !reflect.DeepEqual(params, c.params) {
				t.Errorf("%s\ngot  %q %q %v\nwant %q %q", c.dsn, rest, params, err, c.rest, c.params)
			}
		})
	}
}

func ttl(value string) []dsn.Param { return []dsn.Param{{Name: "dedupe_ttl", Value: value}} }

func TestQueryMySQL(t *testing.T) {
	checkCuts(t, dsn.Query, []cut{
		{"alone", "u:p@tcp(h)/db?dedupe_ttl=1s", "u:p@tcp(h)/db", ttl("1s")},
		{"first", "u:p@tcp(h)/db?dedupe_ttl=1s&x=y", "u:p@tcp(h)/db?x=y", ttl("1s")},
		{"last", "u:p@tcp(h)/db?x=y&dedupe_ttl=1s", "u:p@tcp(h)/db?x=y", ttl("1s")},
		{"between", "u:p@tcp(h)/db?b=%2f&dedupe_ttl=1s&a=+", "u:p@tcp(h)/db?b=%2f&a=+", ttl("1s")},
		{"? in the password", "u:p@ss?w@tcp(h)/db?x=y&dedupe_ttl=1s", "u:p@ss?w@tcp(h)/db?x=y", ttl("1s")},
		{"?, / and @ in the password", "u:p?/@?@tcp(h)/db?dedupe_ttl=1s", "u:p?/@?@tcp(h)/db", ttl("1s")},
		{"ours in the password", "u:p?dedupe_ttl=9@tcp(h)/db?x=y", "u:p?dedupe_ttl=9@tcp(h)/db?x=y", nil},
		{"ours in the password after a /", "u:/?dedupe_ttl=9@tcp(h)/db?dedupe_ttl=1s", "u:/?dedupe_ttl=9@tcp(h)/db", ttl("1s")},
		{"unix socket", "u@unix(/tmp/my.sock)/db?dedupe_ttl=1s", "u@unix(/tmp/my.sock)/db", ttl("1s")},
		{"empty parameters stay", "/?&dedupe_ttl=1s&&a", "/?&&a", ttl("1s")},
		{"? in a value", "/db?a=b?c&dedupe_ttl=1s", "/db?a=b?c", ttl("1s")},
		{"@ in a value", "tcp(h)/db?dedupe_ttl=a@b", "tcp(h)/db", ttl("a@b")},
		{"% broken elsewhere", "/db?a=%zz&dedupe_ttl=1s", "/db?a=%zz", ttl("1s")},
		{"escaped", "/db?dedupe_tables=a%3D5m%2Cb%3Doff", "/db", []dsn.Param{{"dedupe_tables", "a=5m,b=off"}}},
		{"unescaped", "/db?dedupe_tables=a=5m,b=off;beta=2&x=y", "/db?x=y", []dsn.Param{{"dedupe_tables", "a=5m,b=off;beta=2"}}},
		{"unescaped path", "u:p@tcp(h)/db?x=y&dedupe_policy=/etc/p.yaml", "u:p@tcp(h)/db?x=y", []dsn.Param{{"dedupe_policy", "/etc/p.yaml"}}},
		{"unescaped address", "u:p@tcp(h)/db?dedupe_store=redis://:q@r/0?x=1&y=z", "u:p@tcp(h)/db?y=z", []dsn.Param{{"dedupe_store", "redis://:q@r/0?x=1"}}},
		{"twice", "/?dedupe_ttl=1s&dedupe_ttl=2s", "/", append(ttl("1s"), ttl("2s")...)},
		{"dotted", "/?dedupe.ttl=1s", "/", ttl("1s")},
		{"escaped name", "/?dedupe%5fttl=1s", "/", ttl("1s")},
		{"no value", "/?dedupe_ttl&dedupe=", "/", append(ttl(""), dsn.Param{Name: "dedupe"})},
		{"unknown", "/?dedupe_=1&dedupe_no.such=2", "/", []dsn.Param{{"dedupe_", "1"}, {"dedupe_no.such", "2"}}},
		{"not ours", "/?deduped=1&dedupe-x=2&xdedupe=3&Dedupe=4&dedupe_é=5", "/?deduped=1&dedupe-x=2&xdedupe=3&Dedupe=4&dedupe_é=5", nil},
		{"none", "u:p@tcp(h)/db", "u:p@tcp(h)/db", nil},
		{"dangling", "/db?", "/db?", nil},
		{"empty", "", "", nil},
		{"for the driver to refuse", "u:p@tcp(h)/db?loc=US/Pacific&dedupe_ttl=1s", "u:p@tcp(h)/db?loc=US/Pacific&dedupe_ttl=1s", nil},
	})
}

func TestQueryFiles(t *testing.T) {
	cuts := []cut{
		{"bare", "x.db?dedupe_ttl=1s", "x.db", ttl("1s")},
		{"bare, unescaped path", "x.db?dedupe_policy=/etc/p.yaml", "x.db", []dsn.Param{{"dedupe_policy", "/etc/p.yaml"}}},
		{"absolute", "/a/x.db?dedupe_ttl=1s&mode=ro", "/a/x.db?mode=ro", ttl("1s")},
		{"/ in another value", "/a/x.db?vfs=/v&dedupe_ttl=1s", "/a/x.db?vfs=/v", ttl("1s")},
		{"URI", "file:x.db?_pragma=f('/')&dedupe_ttl=1s", "file:x.db?_pragma=f('/')", ttl("1s")},
		{"memory", ":memory:?dedupe_ttl=1s", ":memory:", ttl("1s")},
		{"empty", "", "", nil},
	}
	checkCuts(t, dsn.Query, cuts)
	checkCuts(t, dsn.SQLite, cuts)
	checkCuts(t, dsn.SQLite, []cut{
		{"@ in a path", "/a@b/x.db?vfs=/v&dedupe_ttl=1s", "/a@b/x.db?vfs=/v", ttl("1s")},
		{"? is the file name", "?dedupe_ttl=1s", "?dedupe_ttl=1s", nil},
	})
}

func TestURL(t *testing.T) {
	cuts := []cut{
		{"alone", "postgres://u:p%3Fw@h:1,g/db?dedupe.ttl=1s", "postgres://u:p%3Fw@h:1,g/db", ttl("1s")},
		{"among others", "postgresql://h/db?a=b&dedupe_ttl=1s&c=%20", "postgresql://h/db?a=b&c=%20", ttl("1s")},
		{"fragment", "postgres://h/db?dedupe_ttl=1s#f?dedupe_ttl=2s", "postgres://h/db#f?dedupe_ttl=2s", ttl("1s")},
		{"unescaped path", "postgres://h?dedupe_policy=/etc/p&host=/tmp", "postgres://h?host=/tmp", []dsn.Param{{"dedupe_policy", "/etc/p"}}},
		{"plus is a blank", "postgres://h?dedupe_ttl=1+s", "postgres://h", ttl("1 s")},
		{"none", "postgres://h/db#?", "postgres://h/db#?", nil},
	}
	checkCuts(t, dsn.URL, cuts)
	checkCuts(t, dsn.Postgres, cuts)
}
