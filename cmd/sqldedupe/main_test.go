package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestDispatch(t *testing.T) {
	const use = "Usage: sqldedupe <command>"
	for _, c := range []struct {
		args     string
		code     int
		out, err string // begin with
	}{
		{"", 2, "", use},
		{"help", 0, use, ""},
		{"-h", 0, use, ""},
		{"--help", 0, use, ""},
		{"nonsense", 2, "", "sqldedupe: unknown command \"nonsense\"\n\n" + use},
		{"simulate", 1, "", "sqldedupe simulate: not available yet\n"},
		{"check -x", 1, "", "sqldedupe check: not available yet\n"},
		{"bench", 1, "", "sqldedupe bench: not available yet\n"},
		{"explain -dialect sqlite", 0, `{"class":"read"`, ""},
		{"explain -h", 0, "", "Usage: sqldedupe explain"},
		{"demo -h", 0, "", "Usage: sqldedupe demo"},
		{"demo -callers 0", 2, "", "sqldedupe demo: -callers: not in 1 to 100000"},
	} {
		var out, err bytes.Buffer
		code := run(t.Context(), strings.Fields(c.args), streams{strings.NewReader("select 1"), &out, &err})
		if code != c.code || !begins(out.String(), c.out) || !begins(err.String(), c.err) {
			t.Errorf("%q: exit code %d, out %q, err %q", c.args, code, &out, &err)
		}
	}
}

// begins also wants nothing where nothing is expected.
func begins(got, want string) bool {
	return strings.HasPrefix(got, want) && (want != "" || got == "")
}

func TestUsageNamesEveryCommand(t *testing.T) {
	var out bytes.Buffer
	usage(&out)
	for _, name := range []string{"demo", "explain", "simulate", "check", "bench"} {
		if !strings.Contains(out.String(), "\n  "+name+" ") {
			t.Errorf("%s is missing in:\n%s", name, &out)
		}
	}
}
