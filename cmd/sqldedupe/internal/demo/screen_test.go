package demo

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestFormat(t *testing.T) {
	for got, want := range map[string]string{
		thousands(0): "0", thousands(999): "999", thousands(1000): "1,000", thousands(int64(-1234567)): "-1,234,567",
		plural(1, "query", "queries"): "1 query", plural(0, "query", "queries"): "0 queries",
		percent(0): "0 %", percent(1): "100 %", percent(0.9999): "99.9 %", percent(0.999): "99.9 %", percent(0.29): "29.0 %",
		short(23 * time.Microsecond): "0.02 ms", short(123456 * time.Microsecond): "123 ms", short(2 * time.Second): "2.0 s",
		wait{took: 2 * time.Second, failed: true}.String(): "> 2.0 s",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

const golden = `                 callers  no answer  queries  hit rate      p50      p99   slow
Stampede
  sqlite           1,000        988       22       0 %  > 2.0 s  > 2.0 s  1,000
  sqlite-dedupe    1,000          0        1    99.9 %   153 ms   157 ms  1,000
`

func TestTable(t *testing.T) {
	gone := wait{took: 2 * time.Second, failed: true}
	var table table
	table.add(false, columns...)
	table.add(false, "Stampede")
	table.addFigures("sqlite", false, figures{callers: 1000, failed: 988, slow: 1000, queries: 22, p50: gone, p99: gone})
	table.addFigures("sqlite-dedupe", true, figures{callers: 1000, slow: 1000, queries: 1, hitRate: 0.999,
		p50: wait{took: 153 * ms}, p99: wait{took: 157 * ms}})
	var out bytes.Buffer
	table.print(&screen{w: &out})
	if out.String() != golden {
		t.Errorf("got\n%swant\n%s", &out, golden)
	}
	out.Reset()
	table.print(&screen{w: &out, style: true})
	if !strings.Contains(out.String(), "\n\x1b[1m  sqlite-dedupe ") || !strings.HasSuffix(out.String(), "1,000\x1b[0m\n") {
		t.Errorf("our row is not bold:\n%q", &out)
	}
}

func TestChangingLine(t *testing.T) {
	var out bytes.Buffer
	s := &screen{w: &out, live: true}
	s.change("waiting")
	s.change("done")
	s.printf("over")
	if got := out.String(); got != "\rwaiting\rdone   \r      \rover\n" {
		t.Errorf("%q", got)
	}
	out.Reset()
	(&screen{w: &out}).change("never seen without a terminal")
	if out.Len() > 0 {
		t.Errorf("%q", &out)
	}
}

func TestParagraph(t *testing.T) {
	var out bytes.Buffer
	(&screen{w: &out}).paragraph(strings.Repeat("abcdefg ", 22))
	want := strings.TrimSpace(strings.Repeat("abcdefg ", 10))
	if got := strings.Split(out.String(), "\n"); len(got) != 4 || got[0] != want || got[1] != want || got[2] != "abcdefg abcdefg" {
		t.Errorf("%q", got)
	}
}
