package analyze_test

import (
	"testing"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

// hazard H19, H20, H21: comments that are code stay, trace comments go, literals are left alone.
func TestCanonical(t *testing.T) {
	for _, c := range []struct {
		dialect     analyze.Dialect
		query, want string
	}{
		{analyze.Postgres, "/* traceparent=00-1 */ SELECT a FROM t1", "SELECT a FROM t1"},
		{analyze.Postgres, "SELECT a FROM t1 /*traceparent='00-1'*/", "SELECT a FROM t1"},
		{analyze.Postgres, "SELECT/* a */1", "SELECT 1"},
		{analyze.Postgres, "SELECT a/**//**/FROM t1", "SELECT a FROM t1"},
		{analyze.Postgres, "SELECT 1 -- x\nFROM t1", "SELECT 1 \nFROM t1"},
		{analyze.Postgres, "SELECT 1-- x\rFROM t1", "SELECT 1\rFROM t1"},
		{analyze.Postgres, "SELECT '/* x */', \"-- y\", $$/* z */$$ FROM t1", "SELECT '/* x */', \"-- y\", $$/* z */$$ FROM t1"},
		{analyze.Postgres, "SELECT E'\\'/* x */' /* y */", "SELECT E'\\'/* x */'"},
		{analyze.Postgres, "SELECT /* a /* b */ c */ 1", "SELECT  1"},
		{analyze.Postgres, "SELECT a  ,   b FROM t1", "SELECT a  ,   b FROM t1"},
		{analyze.Postgres, "SELECT 'a' /* x */\n'b'", "SELECT 'a' /* x */\n'b'"},
		{analyze.Postgres, "SELECT a /*+ SeqScan(t1) */ FROM t1", "SELECT a /*+ SeqScan(t1) */ FROM t1"},
		{analyze.Postgres, "SELECT a /* open", "SELECT a /* open"},
		{analyze.Postgres, "SELECT a+/**/-b FROM t1", "SELECT a+ -b FROM t1"},
		{analyze.MySQL, "SELECT /* x */ a FROM t1 # y", "SELECT  a FROM t1"},
		{analyze.MySQL, "SELECT a FROM t1 WHERE b=5--1", "SELECT a FROM t1 WHERE b=5--1"},
		{analyze.MySQL, "SELECT count/**/(a) FROM t1/* x */", "SELECT count/**/(a) FROM t1"},
		{analyze.MySQL, "/* x */ SELECT /*! SQL_NO_CACHE */ a FROM t1 /* y */", "SELECT /*! SQL_NO_CACHE */ a FROM t1 /* y */"},
		{analyze.MariaDB, "/* x */ SELECT a /*M! + 1 */ FROM t1", "SELECT a /*M! + 1 */ FROM t1"},
		{analyze.MySQL, "/* x */ SELECT /*+ BKA(t1) */ a FROM t1", "SELECT /*+ BKA(t1) */ a FROM t1"},
		{analyze.MySQL, "SELECT 'a\\'/* x */' FROM t1/* y */", "SELECT 'a\\'/* x */' FROM t1"},
		{analyze.MySQL, "UPDATE t1 SET a=/* x */1", "UPDATE t1 SET a= 1"},
		{analyze.SQLite, "SELECT /* a /* b */ 1 FROM t1", "SELECT  1 FROM t1"},
		{analyze.SQLite, "SELECT [/* x */] FROM t1 /* open", "SELECT [/* x */] FROM t1"},
	} {
		if got, _ := analyze.Canonical(c.dialect, 0, c.query); got != c.want {
			t.Errorf("%s: %q\n\tbecomes %q\n\tnot     %q", c.dialect, c.query, got, c.want)
		}
	}
}

// MySQL and SQLite name a result column by the text of its expression, comments included: texts that differ there have
// different answers.
func TestCanonicalKeepsColumnNames(t *testing.T) {
	for _, query := range []string{
		"SELECT 1/* x */+a FROM t1", "SELECT (SELECT b FROM t2)/* x */+1 FROM t1", "SELECT a, /* x */ -b FROM t1",
		"SELECT max(a /* x */) FROM t1", "INSERT INTO t1 VALUES (1) RETURNING 1/* x */+a",
	} {
		for _, d := range []analyze.Dialect{analyze.MySQL, analyze.MariaDB, analyze.SQLite} {
			if got, _ := analyze.Canonical(d, 0, query); got != query {
				t.Errorf("%s: %s becomes %s", d, query, got)
			}
		}
	}
}

func TestHint(t *testing.T) {
	for query, want := range map[string]string{
		"/* dedupe: ttl=30s */ SELECT 1":           "ttl=30s",
		"/*dedupe:off*/SELECT 1":                   "off",
		"/* trace */ /* dedupe: off */ SELECT 1":   "off",
		"SELECT /* dedupe: off */ 1":               "",
		"SELECT '/* dedupe: off */'":               "",
		"-- dedupe: off\nSELECT 1":                 "",
		"/* x dedupe: off */ SELECT 1":             "",
		"SELECT 1":                                 "",
		"/* dedupe: a */ /* dedupe: b */ SELECT 1": "a",
	} {
		for _, d := range []analyze.Dialect{analyze.Postgres, analyze.MySQL, analyze.SQLite} {
			text, got := analyze.Canonical(d, 0, query)
			if got != want {
				t.Errorf("%s: hint %q of %q, not %q", d, got, query, want)
			}
			if want != "" && text != "SELECT 1" {
				t.Errorf("%s: %q becomes %q", d, query, text)
			}
		}
	}
}

func TestCanonicalWithoutComment(t *testing.T) {
	query := "  SELECT a - b FROM t1 WHERE c = '--' "
	if n := testing.AllocsPerRun(100, func() { analyze.Canonical(analyze.Postgres, 0, pointSelect) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if got, _ := analyze.Canonical(analyze.Postgres, 0, query); got != query {
		t.Errorf("%q becomes %q", query, got)
	}
}

func TestFingerprint(t *testing.T) {
	for query, want := range map[string]string{
		"SELECT  a\nFROM t1 WHERE b = 'x' AND c=5 -- y": "SELECT a FROM t1 WHERE b = ? AND c=?",
		"/* x */ select $1, 1.5e3, E'a'":                "select ?, ?, ?",
		"SELECT 'open":                                  "SELECT 'open",
	} {
		if got := analyze.Fingerprint(analyze.Postgres, 0, query); got != want {
			t.Errorf("%q becomes %q, not %q", query, got, want)
		}
	}
}

// hazard H17
func TestVolatileText(t *testing.T) {
	for _, s := range []string{
		"now", "NOW", " Today ", "tomorrow", "yesterday", "today 10:00", "now+1", "[today,tomorrow)", "{now}", "10now",
		"2020-01-01 now", "today/10",
	} {
		if !analyze.VolatileText(s) {
			t.Errorf("%q moves", s)
		}
	}
	for _, s := range []string{
		"", "nowhere", "know", "2020-01-01", "infinity", "epoch", "allballs", "todays", "J2451187", "10:00 America/New_York",
	} {
		if analyze.VolatileText(s) {
			t.Errorf("%q does not move", s)
		}
	}
}

// Found by fuzzing: a comment that goes must not turn the minus signs before it into a comment.
func TestCanonicalMinusSigns(t *testing.T) {
	for _, query := range []string{"SELECT a FROM t1 WHERE b = 5--/* x */1", "SELECT a FROM t1 WHERE b = 5--#x\n1"} {
		text, _ := analyze.Canonical(analyze.MySQL, 0, query)
		if f := analyze.Analyze(analyze.MySQL, 0, text); text != query || !f.Cacheable {
			t.Errorf("%q becomes %q: %+v", query, text, f)
		}
	}
}
