package policy_test

import (
	"fmt"

	"github.com/sqldedupe/sqldedupe/policy"
)

// The file of the package comment.
func ExampleParse() {
	p, err := policy.Parse([]byte(`
defaults: {ttl: 30s, beta: 1}       # for tables not named below

tables:
  products: {ttl: 5m, stale: 1m}
  countries: 12h                    # short for {ttl: 12h}
  orders: off                       # short for {off: true}
  shop.prices: {ttl: 10s, max_rows: 1000, max_bytes: 64KiB}
  "odd name": {ttl: 720h, allow_long: true}

rules:                              # the first that matches
  - tag: report
    ttl: 1h
    stale_if_error: 2h
  - match: '(?i)^select .* from audit'
    off: true
  - fingerprint: select * from users where id = ?
    strategy: lock
  - tables: {any: [a, b]}           # or all, or only
    ttl: 5s
`), policy.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	show := func(st policy.Statement) {
		d := p.Decide(st)
		fmt.Printf("%s: %s\n", d.Rule, d.Options)
	}
	show(policy.Statement{Tables: []string{"public.products"}})
	show(policy.Statement{Tables: []string{"products", "countries"}})
	show(policy.Statement{Tables: []string{"products", "orders"}})
	show(policy.Statement{Tables: []string{"users"}})
	show(policy.Statement{Tables: []string{"products"}, Tag: "report"})
	show(policy.Statement{Text: "SELECT * FROM audit"})
	// Output:
	// table products: 5m;stale=1m;beta=1
	// table products, table countries: 5m;beta=1
	// table orders: off;beta=1
	// defaults: 30s;beta=1
	// rule 1 (tag=report) over table products: 1h;stale=1m;stale_if_error=2h;beta=1
	// rule 2 (match=(?i)^select .* from audit) over defaults: off;beta=1
}

func ExampleParse_errors() {
	_, err := policy.Parse([]byte("tables:\n  products: {ttl: -5m}\n  orders: 48h\n"), policy.Options{})
	fmt.Println(err)
	// Output:
	// sqldedupe: policy:2:19: tables.products.ttl: "-5m" is negative
	// sqldedupe: policy:3:11: tables.orders: "48h" is over 24h; if it is meant, put allow_long: true beside it in a policy
}

func ExamplePolicy_WithTables() {
	p, err := policy.New(policy.Options{Beta: 1}).WithTables("products=5m,orders=off,sessions=30s;stale=1m;beta=2")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Tables())
	fmt.Println(p.Decide(policy.Statement{Tables: []string{"sessions"}}).Options)
	// Output:
	// [orders products sessions]
	// 30s;stale=1m;beta=2
}

func ExampleParseSize() {
	n, err := policy.ParseSize("64MiB")
	fmt.Println(n, err, policy.FormatSize(n))
	// Output: 67108864 <nil> 64MiB
}
