package analyze_test

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

// row is a statement with its right answer, as in testdata/sqlcorpus.tsv.
type row struct {
	dialect analyze.Dialect
	mode    analyze.Mode
	text    string
	class   string
	reads   []string
	writes  []string
	flags   []string
	eq      []string
}

func corpus(t *testing.T, path string) []row {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var rows []row
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) < 7 || fields[0] == "dialect" || strings.HasPrefix(fields[0], "#") {
			continue
		}
		rows = append(rows, parseRow(t, fields))
	}
	return rows
}

func parseRow(t *testing.T, f []string) row {
	t.Helper()
	dialect, mode, _ := strings.Cut(f[0], ":")
	d, ok := analyze.ParseDialect(dialect)
	m, ok2 := analyze.ParseMode(mode)
	if !ok || !ok2 {
		t.Fatalf("bad dialect %q", f[0])
	}
	text := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\\`, `\`).Replace(f[1])
	return row{d, m, text, f[2], items(f[3], ","), items(f[4], ","), items(f[5], ","), items(f[6], ";")}
}

// items splits a list, not inside double quotes.
func items(s, sep string) []string {
	if s == "-" || s == "" {
		return nil
	}
	var list []string
	var b strings.Builder
	quoted := false
	for _, r := range s {
		if r == '"' {
			quoted = !quoted
		}
		if string(r) == sep && !quoted {
			list = append(list, b.String())
			b.Reset()
			continue
		}
		b.WriteRune(r)
	}
	return append(list, b.String())
}

func names(list []analyze.Name) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.String())
	}
	return out
}

func equalities(list []analyze.Equality) []string {
	var out []string
	for _, e := range list {
		out = append(out, e.String())
	}
	return out
}

// unsound lists what f claims less than r.
func (r row) unsound(f analyze.Facts) []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if f.Class == analyze.Unknown && f.Everything && f.Ties && !f.Cacheable {
		return nil
	}
	if f.Class == analyze.Read && r.class != "read" {
		fault("class read, is %s", r.class)
	}
	if f.Cacheable {
		if missing := without(r.reads, names(f.Reads)); missing != nil {
			fault("reads miss %v", missing)
		}
		for _, flag := range r.flags {
			if flag != "implicitcommit" && flag != "cascade" {
				fault("cacheable in spite of %s", flag)
			}
		}
		if r.class != "read" {
			fault("cacheable %s", r.class)
		}
	}
	if missing := without(r.writes, names(f.Writes)); missing != nil && !f.Everything {
		fault("writes miss %v", missing)
	}
	if extra := without(equalities(f.Equalities), r.eq); extra != nil {
		fault("equality %v", extra)
	}
	if slices.Contains(r.flags, "opaque") && !f.Everything {
		fault("opaque, and not everything")
	}
	return faults
}

// careful lists what f claims more than r, or otherwise.
func (r row) careful(f analyze.Facts) []string {
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if f.Class.String() != r.class {
		fault("class %s, is %s", f.Class, r.class)
	}
	same := func(what string, got, want []string) {
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			fault("%s %v, are %v", what, got, want)
		}
	}
	same("reads", names(f.Reads), r.reads)
	same("writes", names(f.Writes), r.writes)
	same("flags", items(f.Flags.String(), ","), r.flags)
	same("equalities", equalities(f.Equalities), r.eq)
	if pure := r.pure(); f.Cacheable != pure {
		fault("cacheable %v (%s), is %v", f.Cacheable, f.Reason, pure)
	}
	return faults
}

func (r row) pure() bool {
	flags := without(r.flags, []string{"implicitcommit", "cascade"})
	return r.class == "read" && flags == nil && r.reads != nil
}

func without(list, other []string) []string {
	var out []string
	for _, v := range list {
		if !slices.Contains(other, v) {
			out = append(out, v)
		}
	}
	return out
}

func TestCorpus(t *testing.T) {
	checkCorpus(t, "testdata/sqlcorpus.tsv")
}

func TestHardStatements(t *testing.T) {
	checkCorpus(t, "testdata/hard.tsv")
}

type totals struct{ rows, exact, unsound, reads, carefulReads, unknownReads int }

func checkCorpus(t *testing.T, path string) {
	var sums [4]totals
	for _, r := range corpus(t, path) {
		sums[r.dialect].count(t, r)
	}
	reads, careful := 0, 0
	for d, s := range sums {
		t.Logf("%-8s %d rows, %d exact, %d unsound; of %d reads %d unknown, %d over-careful",
			analyze.Dialect(d), s.rows, s.exact, s.unsound, s.reads, s.unknownReads, s.carefulReads)
		reads += s.reads
		careful += s.unknownReads + s.carefulReads
	}
	if 10*careful >= reads {
		t.Errorf("too careful on %d of %d reads", careful, reads)
	}
}

func (s *totals) count(t *testing.T, r row) {
	f := analyze.Analyze(r.dialect, r.mode, r.text)
	s.rows++
	if faults := r.unsound(f); faults != nil {
		s.unsound++
		t.Errorf("%s: %s\n\tunsound: %s", r.dialect, r.text, strings.Join(faults, "; "))
	}
	faults := r.careful(f)
	if faults == nil {
		s.exact++
	} else {
		t.Logf("%s: %s\n\t%s", r.dialect, r.text, strings.Join(faults, "; "))
	}
	if r.class != "read" {
		return
	}
	s.reads++
	switch {
	case f.Class == analyze.Unknown:
		s.unknownReads++
	case r.pure() && !f.Cacheable, without(names(f.Reads), r.reads) != nil:
		s.carefulReads++
	}
}
