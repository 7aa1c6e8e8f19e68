package policy_test

import (
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/policy"
)

func mustTables(t testing.TB, spec string) *policy.Policy {
	t.Helper()
	p, err := policy.New(policy.Options{}).WithTables(spec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWithTables(t *testing.T) {
	p, err := policy.New(policy.Options{TTL: time.Second, Beta: 1}).WithTables(
		" products=5m, orders = off ,shop.x=1h ; stale=1m;beta=2,none=false,long=48h;allow_long=true,o=off;wait=1s")
	if err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]string{
		"products": "5m;beta=1",
		"orders":   "off;beta=1",
		"shop.x":   "1h;stale=1m;beta=2",
		"x":        "1h;stale=1m;beta=2",
		"none":     "off;beta=1",
		"long":     "48h;beta=1;allow_long=true",
		"o":        "off;wait=1s;beta=1",
		"other":    "1s;beta=1",
	} {
		if d := p.Decide(policy.Statement{Tables: []string{table}}); d.Options.String() != want {
			t.Errorf("%s: %s, want %s", table, d.Options, want)
		}
	}
}

func TestWithTablesNothing(t *testing.T) {
	p := policy.New(policy.Options{})
	if q, err := p.WithTables(" "); err != nil || q != p {
		t.Errorf("%v %v", q, err)
	}
}

func TestWithTablesLeavesTheFileAlone(t *testing.T) {
	p := mustParse(t, `{defaults: {beta: 2}, tables: {orders: off, shop.x: 1m}}`)
	q, err := p.WithTables("Orders=5m,x=1s,new=3m")
	if err != nil {
		t.Fatal(err)
	}
	for table, want := range map[string]string{
		"orders": "off;beta=2",
		"x":      "1s;beta=2",
		"shop.x": "1m;beta=2",
		"new":    "3m;beta=2",
	} {
		if d := q.Decide(policy.Statement{Tables: []string{table}}); d.Options.String() != want {
			t.Errorf("%s: %s, want %s", table, d.Options, want)
		}
	}
	if d := p.Decide(policy.Statement{Tables: []string{"new"}}); d.Rule != "defaults" {
		t.Error("the old policy has changed")
	}
}

func TestWithTablesErrors(t *testing.T) {
	tests := []struct{ spec, want string }{
		{"products", `sqldedupe: tables: "products" is not table=ttl or table=off`},
		{"a=1s,", `sqldedupe: tables: "" is not table=ttl or table=off`},
		{"a=", `sqldedupe: tables: a: ttl: "" is no duration such as 500ms, 30s or 1h30m`},
		{"=1s", `sqldedupe: tables: : a table name is table or schema.table`},
		{".a=1s", `sqldedupe: tables: .a: a table name is table or schema.table`},
		{"log_*=off", `sqldedupe: tables: log_*: a table name has no wildcards; name each table, or match the text by a rule`},
		{"a=1s,A=2s", `sqldedupe: tables: A: given twice`},
		{"a=1s;beta=1;beta=2", `sqldedupe: tables: a: beta: given twice`},
		{"a=1s;ttl=2s", `sqldedupe: tables: a: ttl: given twice`},
		{"a=48h;stale=-1s;jitter=1;beta=NaN", `sqldedupe: tables: a: ttl: "48h" is over 24h; if it is meant, put allow_long: true beside it in a policy
sqldedupe: tables: a: stale: "-1s" is negative
sqldedupe: tables: a: jitter: "1" is not a number from 0 to below 1
sqldedupe: tables: a: beta: "NaN" is not a finite number, 0 or more`},
		{"a=1s;x,b=1s;", `sqldedupe: tables: a: x: unknown; the options are ttl, stale, stale_if_error, wait, beta, jitter, max_rows, max_bytes, strategy, cache, shared, feed, off, allow_long
sqldedupe: tables: b: : unknown; the options are ttl, stale, stale_if_error, wait, beta, jitter, max_rows, max_bytes, strategy, cache, shared, feed, off, allow_long`},
	}
	for _, tt := range tests {
		if _, err := policy.New(policy.Options{}).WithTables(tt.spec); err == nil || err.Error() != tt.want {
			t.Errorf("%s\ngot  %v\nwant %s", tt.spec, err, tt.want)
		}
	}
}
