package dsn_test

import (
	"testing"

	"github.com/sqldedupe/sqldedupe/internal/dsn"
)

func TestKeyValue(t *testing.T) {
	cuts := []cut{
		{"between", `host=x user='a b' dedupe_ttl=1s password='it\'s'`, `host=x user='a b' password='it\'s'`, ttl("1s")},
		{"alone", `dedupe_ttl=1s`, ``, ttl("1s")},
		{"first", `dedupe_ttl=1s host=x`, `host=x`, ttl("1s")},
		{"last", `host=x dedupe_ttl=1s`, `host=x`, ttl("1s")},
		{"both ends", `dedupe_ttl=1s host=x dedupe=on`, `host=x`, append(ttl("1s"), dsn.Param{Name: "dedupe", Value: "on"})},
		{"first two", `dedupe_ttl=1s dedupe=on host=x`, ` host=x`, append(ttl("1s"), dsn.Param{Name: "dedupe", Value: "on"})},
		{"after a quote", `user='a'dedupe_ttl=1s host=x`, `user='a' host=x`, ttl("1s")},
		{"blanks stay", "  host=x\t\n dedupe_ttl=1s  user=y ", "  host=x\t\n  user=y ", ttl("1s")},
		{"blanks around =", "host = x dedupe_ttl =\t1s user = y", "host = x user = y", ttl("1s")},
		{"quoted", `dedupe_ttl='1\\ \'s'`, ``, ttl(`1\ 's`)},
		{"backslash", `dedupe_ttl=1\ s\\`, ``, ttl(`1 s\`)},
		{"empty", `dedupe_ttl='' host=x`, `host=x`, ttl("")},
		{"empty at the end", `host=x dedupe_ttl=`, `host=x`, ttl("")},
		{"= in a value", `dedupe_tables=a=5m,b=off`, ``, []dsn.Param{{"dedupe_tables", "a=5m,b=off"}}},
		{"twice", `dedupe_ttl=1s dedupe.ttl=2s`, ``, append(ttl("1s"), ttl("2s")...)},
		{"in a value", `password='x dedupe_ttl=1s' user=\ dedupe_ttl=1s`, `password='x dedupe_ttl=1s' user=\ dedupe_ttl=1s`, nil},
		{"value of an empty one", `user= dedupe_ttl=1s`, `user= dedupe_ttl=1s`, nil},
		{"open quote", `dedupe_ttl=1s password='x dedupe=on`, `password='x dedupe=on`, ttl("1s")},
		{"no =", `host dedupe_ttl=1s`, `host dedupe_ttl=1s`, nil},
		{"no key", `=x dedupe_ttl=1s`, `=x dedupe_ttl=1s`, nil},
		{"nothing", ``, ``, nil},
		{"blank", ` `, ` `, nil},
	}
	checkCuts(t, dsn.KeyValue, cuts)
	checkCuts(t, dsn.Postgres, cuts)
}

// H34: an error names the parameter and shows nothing of the DSN.
func TestErrors(t *testing.T) {
	tests := []struct {
		name string
		f    parse
		dsn  string
		want string
	}{
		{"escape", dsn.Query, "u:canary@/db?dedupe_ttl=%zzcanary",
			"sqldedupe: parameter dedupe_ttl: malformed % escape"},
		{"all at once", dsn.URL, "postgres://u:canary@h?dedupe.ttl=%&dedupe=%1",
			"sqldedupe: parameter dedupe_ttl: malformed % escape\nsqldedupe: parameter dedupe: malformed % escape"},
		{"open quote", dsn.KeyValue, "dedupe_ttl='1s password=canary",
			"sqldedupe: parameter dedupe_ttl: the quote does not end"},
		{"quote ends too late", dsn.KeyValue, "dedupe_ttl='1s password='canary'",
			"sqldedupe: parameter dedupe_ttl: no blank after the closing quote"},
		{"open backslash", dsn.KeyValue, `password=canary dedupe_ttl=1s\`,
			"sqldedupe: parameter dedupe_ttl: a backslash with nothing after it"},
		{"empty value", dsn.KeyValue, "dedupe_ttl= password=canary",
			"sqldedupe: parameter dedupe_ttl: a blank after the =; give an empty value as '', and quote one that holds ="},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, params, err := tt.f(tt.dsn)
			if err == nil || err.Error() != tt.want || params != nil {
				t.Errorf("%v %q, want error %s", err, params, tt.want)
			}
		})
	}
}
