package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/policy"
)

func TestParseDefaults(t *testing.T) {
	dsn := policy.Options{TTL: time.Second, Wait: 5 * time.Second, Beta: 1}
	for yaml, want := range map[string]string{
		"{}":                              "1s;wait=5s;beta=1",
		"defaults:\ntables:\nrules:\n":    "1s;wait=5s;beta=1",
		"defaults: {beta: 2}":             "1s;wait=5s;beta=2",
		"defaults: 1m":                    "1m;wait=5s;beta=1",
		"defaults: off":                   "off;wait=5s;beta=1",
		"defaults: {off: true, ttl: 1m}":  "off;wait=5s;beta=1",
		"tables: {t: 1m}\ndefaults: off":  "off;wait=5s;beta=1",
		"defaults:\n  max_bytes: 1MiB\n":  "1s;wait=5s;beta=1;max_bytes=1MiB",
		"# comment\ndefaults: 'off' # c":  "off;wait=5s;beta=1",
		"---\ndefaults:\n  ttl: 0\n...\n": "0s;wait=5s;beta=1",
	} {
		p, err := policy.Parse([]byte(yaml), dsn)
		if err != nil {
			t.Errorf("%q: %v", yaml, err)
		} else if got := p.Defaults().String(); got != want {
			t.Errorf("%q: %s, want %s", yaml, got, want)
		}
	}
}

func TestParseAllowLong(t *testing.T) {
	p := mustParse(t, "defaults: {allow_long: true}\ntables: {a: 48h}\nrules: [{tag: x, stale: 72h}]")
	d := p.Decide(policy.Statement{Tables: []string{"a"}, Tag: "x"})
	if d.Options.String() != "48h;stale=72h;allow_long=true" {
		t.Error(d.Options)
	}
}

func TestParseBlockScalar(t *testing.T) {
	p := mustParse(t, "rules:\n- match: |\n    ^select 1$\n  off: true\n")
	if d := p.Decide(policy.Statement{Text: "select 1"}); !d.Off {
		t.Error(d.Rule)
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct {
		name, yaml string
		want       []string
	}{
		{"all at once", `
defaults: {ttl: -1s, ttl: 2s}
tables:
  products: {ttl: 5x, betta: 1}
  orders: on
  Products: 1m
  products: 2m
  a.: off
  log_*: off
  none:
rules:
- tag: report
  match: '('
- ttl: 1s
- tag: x
- {tables: {some: a, any: [], all: [b*, {c: d}]}, ttl: 48h}
- tag: ''
  ttl: 1s
caches: {}
`, []string{
			`19:1: caches: unknown; the sections are defaults, tables, rules`,
			`2:22: defaults: ttl is given twice`,
			`2:17: defaults.ttl: "-1s" is negative`,
			`7:3: tables: products is given twice`,
			`4:19: tables.products.ttl: "5x" is no duration such as 500ms, 30s or 1h30m`,
			`4:30: tables.products.betta: unknown; the options are ttl,`,
			`5:11: tables.orders: "on" is no duration such as 500ms, 30s or 1h30m`,
			`6:3: tables.Products: given twice, in other letters`,
			`8:3: tables.a.: a table name is table or schema.table`,
			`9:3: tables.log_*: a table name has no wildcards;`,
			`10:8: tables.none: want off, a ttl, or options as {ttl: 30s}`,
			"13:10: rule 1.match: error parsing regexp: missing closing ): `(`",
			`14:3: rule 2: no condition; what holds for every statement belongs into defaults`,
			`15:3: rule 3: sets no option`,
			`16:13: rule 4.tables.some: unknown; want any, all or only`,
			`16:27: rule 4.tables.any: no tables`,
			`16:37: rule 4.tables.all: a table name has no wildcards;`,
			`16:41: rule 4.tables.all: want a table or a list of tables`,
			`16:56: rule 4.ttl: "48h" is over 24h; if it is meant, put allow_long: true beside it`,
			`17:8: rule 5.tag: empty`,
		}},
		{"syntax", "tables: [", []string{`1:9: sequence end token ']' not found`}},
		{"no mapping", "- a", []string{`1:1: the policy: want a mapping, key: value`}},
		{"no list", "rules: {a: b}", []string{`1:8: rules: want a list`}},
		{"anchors", "tables: {a: &x 1s, b: *x}", []string{
			`1:13: tables.a: anchors, aliases and tags have no meaning here`,
			`1:23: tables.b: anchors, aliases and tags have no meaning here`}},
		{"NaN", "defaults: {beta: .nan, jitter: .inf}", []string{
			`1:18: defaults.beta: ".nan" is not a finite number, 0 or more`,
			`1:32: defaults.jitter: ".inf" is not a number from 0 to below 1`}},
		{"two documents", "{}\n---\n{}\n", []string{`3:1: a second document`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := policy.Parse([]byte(tt.yaml), policy.Options{})
			if err == nil {
				t.Fatal("accepted")
			}
			checkLines(t, strings.Split(err.Error(), "\n"), tt.want)
		})
	}
}

func checkLines(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(want):
			t.Errorf("too much: %s", got[i])
		case i >= len(got):
			t.Errorf("missing: %s", want[i])
		case !strings.HasPrefix(got[i], "sqldedupe: policy:"+want[i]):
			t.Errorf("got  %s\nwant %s", got[i], want[i])
		}
	}
}

// An editor that writes in place empties the file first: that is no policy.
func TestParseNothing(t *testing.T) {
	for _, yaml := range []string{"", "\n", "# nothing\n", "null", "---\n", "--- ~\n"} {
		_, err := policy.Parse([]byte(yaml), policy.Options{})
		if err == nil || err.Error() != "sqldedupe: policy: empty; an empty policy is {}" {
			t.Errorf("%q: %v", yaml, err)
		}
	}
}

func TestParseHuge(t *testing.T) {
	for _, yaml := range []string{"[", "{", "{a: ", "[\n", "- ", "a: ", "? ", "&a ", "!a ", "'", "|\n"} {
		huge := strings.Repeat(yaml, 128<<10/len(yaml))
		if _, err := policy.Parse([]byte(huge), policy.Options{}); err == nil {
			t.Errorf("%q many times: accepted", yaml)
		}
	}
	var steps strings.Builder
	for i := range 500 {
		steps.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	_, err := policy.Parse([]byte(steps.String()), policy.Options{})
	if err == nil || err.Error() != "sqldedupe: policy: nested more than 32 deep" {
		t.Error(err)
	}
	_, err = policy.Parse(make([]byte, 128<<10+1), policy.Options{})
	if err == nil || err.Error() != "sqldedupe: policy: larger than 128KiB" {
		t.Error(err)
	}
}
