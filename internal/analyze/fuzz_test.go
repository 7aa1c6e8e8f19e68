package analyze_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

func addSeeds(f *testing.F) {
	for _, s := range []string{
		pointSelect, report, "SELECT 'a' /* b */\n'c' FROM t1", "/*! x */", "SELECT 5--1", "WITH a AS (SELECT 1) DELETE FROM b",
		"SELECT a FROM t1 WHERE b IN ((SELECT 1) UNION (SELECT 2))", "E'\\'", "$a$ b $a$", "SELECT [a] FROM `b`.\"c\"",
		"UPDATE a, b SET a.x = 1", "INSERT INTO t VALUES (1) ON DUPLICATE KEY UPDATE a = (VALUES(a))", "EXPLAIN (ANALYZE) SELECT 1",
		"CREATE TABLE a (b int) AS SELECT 1", "PRAGMA a.b(c)", "SELECT JSON_TABLE(a, '$' COLUMNS (b int))", "x::y[1]:z",
		"SELECT a FROM t1 WHERE a BETWEEN 1 AND b = 2 AND c = 3", "GRANT a ON b.c TO d", "SELECT $x::y(z)", "@'a'", "1e", "0x",
	} {
		f.Add(uint8(0), uint8(0), s)
		f.Add(uint8(1), uint8(0), s)
		f.Add(uint8(3), uint8(0), s)
	}
}

func FuzzAnalyze(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, dialect, mode uint8, query string) {
		d, m := analyze.Dialect(dialect%4), analyze.Mode(mode%8)
		facts := analyze.Analyze(d, m, query)
		consistent(t, facts, query)
		if mysql := d == analyze.MySQL || d == analyze.MariaDB; !mysql || !strings.Contains(query, "/*!") && !strings.Contains(query, "/*M!") {
			text, _ := analyze.Canonical(d, m, query)
			if again := analyze.Analyze(d, m, text); !reflect.DeepEqual(again, facts) {
				t.Errorf("%q: %+v\n%q: %+v", query, facts, text, again)
			}
		}
		wrapped := analyze.Analyze(d, m, " /* SELECT */\n"+query)
		if !reflect.DeepEqual(wrapped, facts) && len(query) < 60000 {
			t.Errorf("%q: %+v behind a comment, %+v without", query, wrapped, facts)
		}
		behind := analyze.Analyze(d, m, "DELETE FROM zz; "+query)
		if behind.Class == analyze.Read || behind.Class == analyze.Session || behind.Class == analyze.Tx || behind.Cacheable {
			t.Errorf("%q behind a write: %+v", query, behind)
		}
		if first := firstWord(query); writes[first] && (facts.Class == analyze.Read || facts.Cacheable) {
			t.Errorf("%q: %+v", query, facts)
		}
		analyze.Fingerprint(d, m, query)
		if moving := analyze.VolatileText(query); moving != analyze.VolatileText(" "+query+" ") {
			t.Errorf("VolatileText(%q) = %v, and not with blanks around it", query, moving)
		}
	})
}

var writes = map[string]bool{"insert": true, "update": true, "delete": true, "merge": true, "drop": true, "create": true, "truncate": true, "replace": true}

func firstWord(query string) string {
	query = strings.ToLower(strings.TrimLeft(query, " \n\t"))
	i := 0
	for i < len(query) && 'a' <= query[i] && query[i] <= 'z' {
		i++
	}
	return query[:i]
}

// consistent checks what must hold for every answer.
func consistent(t *testing.T, f analyze.Facts, query string) {
	if f.Cacheable != (f.Reason == "") {
		t.Errorf("%q: cacheable %v, reason %q", query, f.Cacheable, f.Reason)
	}
	if f.Cacheable && (f.Class != analyze.Read || len(f.Reads) == 0 || f.Everything || f.Ties || f.Writes != nil ||
		f.Flags&^(analyze.Cascade|analyze.ImplicitCommit) != 0 || f.Tx != analyze.NoTx) {
		t.Errorf("%q: %+v", query, f)
	}
	if f.Class == analyze.Unknown && (!f.Everything || !f.Ties || f.Reads != nil || f.Equalities != nil) {
		t.Errorf("%q: %+v", query, f)
	}
	if f.Class == analyze.Read && f.Writes != nil || f.Class == analyze.Session && !f.Ties {
		t.Errorf("%q: %+v", query, f)
	}
	for _, n := range append(f.Reads, f.Writes...) {
		if n.Table == "" && f.Class != analyze.Unknown {
			t.Errorf("%q: a name without table in %+v", query, f)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	addSeeds(f)
	f.Fuzz(func(t *testing.T, dialect, mode uint8, query string) {
		d, m := analyze.Dialect(dialect%4), analyze.Mode(mode%8)
		text, _ := analyze.Canonical(d, m, query)
		again, hint := analyze.Canonical(d, m, text)
		if again != text {
			t.Errorf("%q becomes %q becomes %q", query, text, again)
		}
		if hint != "" && text != query {
			t.Errorf("%q keeps its hint in %q", query, text)
		}
		if len(text) > len(query) {
			t.Errorf("%q grows to %q", query, text)
		}
	})
}
