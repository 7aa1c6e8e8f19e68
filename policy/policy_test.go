package policy_test

import (
	"slices"
	"testing"

	"github.com/sqldedupe/sqldedupe/policy"
)

const full = `
defaults: {ttl: 30s, beta: 1}

tables:
  products: {ttl: 5m, stale: 1m}
  countries: 12h
  orders: off
  shop.prices: {ttl: 10s, max_rows: 1000, max_bytes: 64KiB}
  stock.prices: {ttl: 1m}
  "odd name": {ttl: 720h, allow_long: true}

rules:
  - tag: report
    ttl: 1h
    stale_if_error: 2h
  - match: '(?i)^select .* from audit'
    off: true
  - fingerprint: select * from users where id = ?
    strategy: lock
  - tables: {any: [a, b]}
    ttl: 5s
  - tables: {all: [c, d]}
    ttl: 6s
  - tables: {only: e}
    ttl: 7s
`

func mustParse(t testing.TB, yaml string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(yaml), policy.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestDecide(t *testing.T) {
	p := mustParse(t, full)
	type st = policy.Statement
	tests := []struct {
		name    string
		st      st
		options string
		rule    string
	}{
		{"no table", st{}, "30s;beta=1", "defaults"},
		{"no policy", st{Tables: []string{"x"}}, "30s;beta=1", "defaults"},
		{"table", st{Tables: []string{"products"}}, "5m;stale=1m;beta=1", "table products"},
		{"any schema", st{Tables: []string{"public.products"}}, "5m;stale=1m;beta=1", "table products"},
		{"other case", st{Tables: []string{"Public.Products"}}, "5m;stale=1m;beta=1", "table products"},
		{"no part of a word", st{Tables: []string{"myproducts"}}, "30s;beta=1", "defaults"},
		{"short", st{Tables: []string{"countries"}}, "12h;beta=1", "table countries"},
		{"odd", st{Tables: []string{"odd name"}}, "720h;beta=1;allow_long=true", "table odd name"},
		{"qualified", st{Tables: []string{"shop.prices"}}, "10s;beta=1;max_rows=1000;max_bytes=64KiB", "table shop.prices"},
		{"of another schema", st{Tables: []string{"a.prices"}}, "30s;beta=1", "defaults"},
		{"unqualified", st{Tables: []string{"prices"}}, "10s;beta=1;max_rows=1000;max_bytes=64KiB", "table stock.prices, table shop.prices"},
		{"off", st{Tables: []string{"orders"}}, "off;beta=1", "table orders"},
		{"two", st{Tables: []string{"products", "countries"}}, "5m;beta=1", "table products, table countries"},
		{"twice", st{Tables: []string{"products", "a.products"}}, "5m;stale=1m;beta=1", "table products"},
		{"with defaults", st{Tables: []string{"x", "products"}}, "30s;beta=1", "table products, defaults"},
		{"one off", st{Tables: []string{"products", "orders", "x"}}, "off;beta=1", "table orders"},
		{"tag", st{Tag: "report"}, "1h;stale_if_error=2h;beta=1", "rule 1 (tag=report) over defaults"},
		{"the first wins", st{Tag: "report", Text: "select 1 from audit"}, "1h;stale_if_error=2h;beta=1", "rule 1 (tag=report) over defaults"},
		{"what a rule does not set", st{Tag: "report", Tables: []string{"products"}}, "1h;stale=1m;stale_if_error=2h;beta=1", "rule 1 (tag=report) over table products"},
		{"a ttl overrules off", st{Tag: "report", Tables: []string{"orders"}}, "1h;stale_if_error=2h;beta=1", "rule 1 (tag=report) over table orders"},
		{"text", st{Text: "SELECT a FROM audit"}, "off;beta=1", "rule 2 (match=(?i)^select .* from audit) over defaults"},
		{"fingerprint", st{Fingerprint: "select * from users where id = ?"}, "30s;beta=1;strategy=lock", "rule 3 (fingerprint=select * from users where id = ?) over defaults"},
		{"off stays", st{Fingerprint: "select * from users where id = ?", Tables: []string{"orders"}}, "off;beta=1;strategy=lock", "rule 3 (fingerprint=select * from users where id = ?) over table orders"},
		{"any", st{Tables: []string{"x", "s.B"}}, "5s;beta=1", "rule 4 (any=a|b) over defaults"},
		{"all", st{Tables: []string{"d", "x", "c"}}, "6s;beta=1", "rule 5 (all=c|d) over defaults"},
		{"not all", st{Tables: []string{"d"}}, "30s;beta=1", "defaults"},
		{"only", st{Tables: []string{"e", "s.e"}}, "7s;beta=1", "rule 6 (only=e) over defaults"},
		{"not only", st{Tables: []string{"e", "x"}}, "30s;beta=1", "defaults"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := p.Decide(tt.st)
			if d.Options.String() != tt.options || d.Rule != tt.rule {
				t.Errorf("got  %s, %s\nwant %s, %s", d.Options, d.Rule, tt.options, tt.rule)
			}
		})
	}
}

func TestQualifiedNames(t *testing.T) {
	p := mustParse(t, `tables: {products: 5m, shop.products: 1h, old.products: off, x.old.products: 2m}`)
	tests := []struct{ table, options, rule string }{
		{"shop.products", "1h", "table shop.products"},
		{"any.products", "5m", "table products"},
		{"x.shop.products", "1h", "table shop.products"},
		{"x.old.products", "2m", "table x.old.products"},
		{"old.products", "off", "table old.products"},
		{"products", "off", "table old.products"},
	}
	for _, tt := range tests {
		d := p.Decide(policy.Statement{Tables: []string{tt.table}})
		if d.Options.String() != tt.options || d.Rule != tt.rule {
			t.Errorf("%s: %s, %s", tt.table, d.Options, d.Rule)
		}
	}
}

func TestLists(t *testing.T) {
	p := mustParse(t, full)
	tables := []string{"countries", "odd name", "orders", "products", "shop.prices", "stock.prices"}
	if !slices.Equal(p.Tables(), tables) {
		t.Errorf("Tables: %q", p.Tables())
	}
	if rules := p.Rules(); len(rules) != 6 || rules[0] != "rule 1 (tag=report)" {
		t.Errorf("Rules: %q", rules)
	}
	if p.Defaults().String() != "30s;beta=1" {
		t.Errorf("Defaults: %s", p.Defaults())
	}
}

func TestZeroOptionsKeepNothing(t *testing.T) {
	d := policy.New(policy.Options{}).Decide(policy.Statement{Tables: []string{"a"}})
	if d.Options != (policy.Options{}) || d.Rule != "defaults" {
		t.Errorf("%+v", d)
	}
}

func TestDecideAllocations(t *testing.T) {
	p := mustParse(t, `tables: {products: 5m}`)
	st := policy.Statement{Tables: []string{"shop.products"}}
	if n := testing.AllocsPerRun(100, func() { p.Decide(st) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecide(b *testing.B) {
	for _, bm := range []struct {
		name string
		st   policy.Statement
	}{
		{"table", policy.Statement{Tables: []string{"products"}, Text: "select * from products"}},
		{"tables", policy.Statement{Tables: []string{"products", "orders", "x"}, Text: "select * from products"}},
		{"rule", policy.Statement{Tables: []string{"products"}, Tag: "report"}},
	} {
		b.Run(bm.name, func(b *testing.B) {
			p := mustParse(b, full)
			b.ReportAllocs()
			for b.Loop() {
				p.Decide(bm.st)
			}
		})
	}
}
