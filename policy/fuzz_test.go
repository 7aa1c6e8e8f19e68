package policy_test

import (
	"testing"

	"github.com/sqldedupe/sqldedupe/policy"
)

func FuzzTables(f *testing.F) {
	f.Add("products=5m,orders=off,sessions=30s;stale=1m;beta=2")
	f.Add("a=1s;jitter=.5;max_bytes=64MiB;strategy=swr;cache=x;shared=true;feed=on,b.c=48h;allow_long=true")
	f.Add("a=,=b,;")
	f.Fuzz(func(t *testing.T, spec string) {
		p, err := policy.New(policy.Options{}).WithTables(spec)
		if err != nil {
			return
		}
		for _, table := range p.Tables() {
			checkWritten(t, p, table)
		}
	})
}

// checkWritten writes the table's options as a spec and reads them again.
func checkWritten(t *testing.T, p *policy.Policy, table string) {
	t.Helper()
	d := p.Decide(policy.Statement{Tables: []string{table}})
	q, err := policy.New(policy.Options{}).WithTables("t=" + d.Options.String())
	if err != nil {
		t.Fatalf("%s: %s: %v", table, d.Options, err)
	}
	if back := q.Decide(policy.Statement{Tables: []string{"t"}}); back.Options.String() != d.Options.String() {
		t.Errorf("%s: %s, read again %s", table, d.Options, back.Options)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(full, "products")
	f.Add("defaults: off\ntables: {a: false, b: [x], c: {ttl: .nan}}\nrules: [{match: '('}]", "a")
	f.Add("a: &x [*x, <<: *x]\n? b\n: !!int c\n---\n", "")
	f.Fuzz(func(t *testing.T, yaml, table string) {
		p, err := policy.Parse([]byte(yaml), policy.Options{})
		q, again := policy.Parse([]byte(yaml), policy.Options{})
		if (err == nil) != (again == nil) || err != nil && err.Error() != again.Error() {
			t.Fatalf("first %v, then %v", err, again)
		}
		if err != nil {
			return
		}
		st := policy.Statement{Tables: append(p.Tables(), table), Tag: table, Text: table}
		if d := p.Decide(st); d != q.Decide(st) {
			t.Errorf("%+v, then %+v", d, q.Decide(st))
		}
		for _, table := range p.Tables() {
			checkWritten(t, p, table)
		}
	})
}
