package analyze_test

import (
	"strings"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

var dialects = []analyze.Dialect{analyze.Postgres, analyze.MySQL, analyze.MariaDB, analyze.SQLite}

func neverCacheable(t *testing.T, d analyze.Dialect, queries ...string) {
	t.Helper()
	for _, q := range queries {
		if f := analyze.Analyze(d, 0, q); f.Cacheable || f.Reason == "" {
			t.Errorf("%s: %s is cacheable", d, q)
		}
	}
}

func tied(t *testing.T, d analyze.Dialect, queries ...string) {
	t.Helper()
	for _, q := range queries {
		if f := analyze.Analyze(d, 0, q); !f.Ties || f.Cacheable {
			t.Errorf("%s: %s leaves nothing behind", d, q)
		}
	}
}

// hazard H15
func TestUnknownFunctions(t *testing.T) {
	for _, d := range dialects {
		f := analyze.Analyze(d, 0, "SELECT zz_unheard_of(a) FROM t1")
		if f.Cacheable || f.Flags&analyze.UserFunc == 0 || f.Everything != (d != analyze.SQLite) || f.Ties != (d != analyze.SQLite) {
			t.Errorf("%s: %+v", d, f)
		}
	}
	for query, want := range map[string][2]bool{ // everything, ties
		"SELECT now() FROM t1":                      {false, false},
		"SELECT currval('s') FROM t1":               {false, false},
		"SELECT current_setting('x') FROM t1":       {false, false},
		"SELECT pg_sleep(1) FROM t1":                {false, false},
		"SELECT nextval('s') FROM t1":               {false, false},
		"SELECT pg_advisory_lock(1) FROM t1":        {false, true},
		"SELECT set_config('a','b',true) FROM t1":   {false, true},
		"SELECT query_to_xml('x', true, true, '')":  {true, true},
		"SELECT dblink('x') FROM t1":                {true, true},
		"SELECT lo_unlink(5)":                       {true, true},
		"SELECT pg_try_advisory_xact_lock(1) AS ok": {false, false},
	} {
		f := analyze.Analyze(analyze.Postgres, 0, query)
		if f.Cacheable || f.Everything != want[0] || f.Ties != want[1] {
			t.Errorf("%s: %+v", query, f)
		}
	}
}

// hazard H16
func TestLockingReads(t *testing.T) {
	for _, lock := range []string{
		"FOR UPDATE", "for share", "FOR/**/UPDATE SKIP LOCKED", "FOR UPDATE OF t1 NOWAIT", "FOR\nUPDATE",
	} {
		for _, q := range []string{
			"SELECT * FROM t1 " + lock, "SELECT * FROM (SELECT * FROM t1 " + lock + ") x",
			"WITH c AS (SELECT * FROM t1 " + lock + ") SELECT * FROM c", "SELECT (SELECT a FROM t1 " + lock + ") FROM t2",
		} {
			neverCacheable(t, analyze.Postgres, q)
			neverCacheable(t, analyze.MySQL, q)
		}
	}
	neverCacheable(t, analyze.MySQL, "SELECT * FROM t1 LOCK IN SHARE MODE", "SELECT * FROM t1 lock/**/in share mode")
}

// hazard H17
func TestVolatileValues(t *testing.T) {
	neverCacheable(t, analyze.Postgres, "SELECT Current_Date FROM t1", "SELECT LOCALTIME(2) FROM t1",
		"SELECT a FROM t1 WHERE u = USER", "SELECT version() FROM t1", "SELECT * FROM t1 TABLESAMPLE system(1)",
		"SELECT * FROM pg_stat_user_tables", "SELECT a FROM t1 ORDER BY random()", "SELECT pg_catalog.random() FROM t1",
		`SELECT "now"() FROM t1`, "SELECT a FROM t1 LIMIT (random() * 5)::int")
	neverCacheable(t, analyze.MySQL, "SELECT uuid() FROM t1", "SELECT @@version FROM t1", "SELECT @a FROM t1",
		"SELECT a FROM t1 WHERE b > CURRENT_DATE", "SELECT a FROM t1 GROUP BY RAND()", "SELECT ENCRYPT('x') FROM t1",
		"SELECT LOAD_FILE('x') FROM t1", "SELECT RANDOM_BYTES(5) FROM t1", "SELECT MASTER_POS_WAIT('x', 1) FROM t1")
	neverCacheable(t, analyze.SQLite, "SELECT datetime('now') FROM t1", "SELECT datetime(' NOW') FROM t1",
		"SELECT a FROM t1 WHERE b < CURRENT_TIMESTAMP", "SELECT strftime('%s', ?) FROM t1")
	for _, d := range dialects {
		neverCacheable(t, d, "SELECT 1", "SELECT now()", "SELECT CURRENT_TIMESTAMP", "SELECT random() FROM t1")
	}
}

// hazard H22
func TestNotOnlySelect(t *testing.T) {
	neverCacheable(t, analyze.Postgres, "EXPLAIN ANALYZE SELECT * FROM t1", "EXPLAIN SELECT * FROM t1", "SHOW x", "EXECUTE p",
		"FETCH c", "COPY t1 TO STDOUT", "CALL p()", "DO 'x'", "PREPARE p AS SELECT * FROM t1",
		"DECLARE c CURSOR FOR SELECT * FROM t1", "MERGE INTO t1 USING t2 ON true WHEN MATCHED THEN DELETE")
	neverCacheable(t, analyze.MySQL, "HANDLER t1 READ FIRST", "DO 1", "CALL p()", "REPLACE INTO t1 VALUES (1)", "DESC t1",
		"LOAD DATA INFILE 'x' INTO TABLE t1", "EXPLAIN SELECT * FROM t1", "CHECKSUM TABLE t1")
	neverCacheable(t, analyze.SQLite, "EXPLAIN SELECT * FROM t1", "EXPLAIN QUERY PLAN SELECT * FROM t1", "PRAGMA x")
}

// hazard H23
func TestSeveralStatements(t *testing.T) {
	for _, d := range dialects {
		f := analyze.Analyze(d, 0, "SELECT a FROM t1; DELETE FROM t2")
		if f.Class != analyze.Write || f.Cacheable || !f.Ties || len(f.Writes) != 1 || f.Flags != analyze.Multi {
			t.Errorf("%s: %+v", d, f)
		}
		if f := analyze.Analyze(d, 0, "SELECT a FROM t1; ; "); !f.Cacheable {
			t.Errorf("%s: trailing semicolons: %+v", d, f)
		}
		if f := analyze.Analyze(d, 0, "SELECT a FROM t1; what is this"); f.Class != analyze.Unknown || !f.Everything {
			t.Errorf("%s: %+v", d, f)
		}
	}
}

// hazard H24, H25
func TestServersOwnTables(t *testing.T) {
	neverCacheable(t, analyze.Postgres, "SELECT * FROM PG_CLASS", "SELECT * FROM information_schema.tables, t1",
		"SELECT * FROM t1 WHERE a = (SELECT 1 FROM pg_settings)", "SELECT t1.xmax FROM t1", "SELECT * FROM pg_temp_3.t1",
		"SELECT * FROM t1 WHERE CTID = '(0,1)'")
	neverCacheable(t, analyze.MySQL, "SELECT * FROM Mysql.user", "SELECT * FROM `SYS`.x", "SELECT * FROM performance_schema.x")
	neverCacheable(t, analyze.SQLite, "SELECT * FROM SQLITE_MASTER", "SELECT * FROM main.'sqlite_schema'",
		"SELECT * FROM pragma_database_list", "SELECT * FROM temp.t1")
}

// hazard H27, H29
func TestSessionState(t *testing.T) {
	tied(t, analyze.Postgres, "SET search_path = x", "SET LOCAL x = 1", "SET SESSION AUTHORIZATION x", "SET ROLE x", "RESET ALL",
		"DISCARD ALL", "LISTEN x", "PREPARE p AS SELECT 1", "DEALLOCATE p", "LOCK TABLE t1", "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
		"CREATE TEMP TABLE x (a int)", "SELECT 1 INTO TEMP x", "SELECT set_config('a', 'b', false)", "LOAD 'x'", "what",
		"SELECT my_func()", "DO 'x'", "BEGIN; SET x = 1", "DROP TABLE pg_temp.x", "SELECT pg_advisory_lock(1)", "CALL p()")
	tied(t, analyze.MySQL, "USE x", "SET NAMES utf8mb4", "SET sql_mode = ''", "SET @x = 1", "SET time_zone = '+00:00'",
		"SELECT @x := 1", "SELECT 1 INTO @x", "SELECT GET_LOCK('x', 1)", "CREATE TEMPORARY TABLE x (a int)", "LOCK TABLES t1 READ",
		"HANDLER t1 OPEN", "PREPARE s FROM 'x'", "SELECT my_func()", "DO GET_LOCK('x', 1)", "SELECT LAST_INSERT_ID(5)",
		"SET TRANSACTION READ ONLY", "COMMIT RELEASE", "XA START 'x'", "/*!40101 SET NAMES x */")
	tied(t, analyze.SQLite, "PRAGMA foreign_keys = 1", "ATTACH 'x' AS y", "DETACH y", "CREATE TEMP TABLE x (a)",
		"PRAGMA case_sensitive_like(1)")
	for _, d := range dialects {
		for _, q := range []string{"SELECT a FROM t1", "INSERT INTO t1 VALUES (1)", "BEGIN", "COMMIT", "DROP TABLE t1", "SAVEPOINT x"} {
			if f := analyze.Analyze(d, 0, q); f.Ties {
				t.Errorf("%s: %s ties: %+v", d, q, f)
			}
		}
	}
}

// hazard H28: what row security may look at.
func TestIdentity(t *testing.T) {
	neverCacheable(t, analyze.Postgres, "SELECT a FROM t1 WHERE tenant = current_setting('app.tenant')",
		"SELECT a FROM t1 WHERE o = session_user", "SELECT a FROM t1 WHERE pg_has_role('x', 'member')")
}

// hazard H30
func TestDiagnostics(t *testing.T) {
	neverCacheable(t, analyze.MySQL, "SELECT a FROM t1 WHERE id = last_insert_id()", "SELECT FOUND_ROWS() FROM t1",
		"SELECT SQL_CALC_FOUND_ROWS a FROM t1", "SELECT ROW_COUNT() FROM t1", "SHOW WARNINGS")
	neverCacheable(t, analyze.Postgres, "SELECT lastval() FROM t1", "SELECT currval('s') FROM t1")
	neverCacheable(t, analyze.SQLite, "SELECT changes() FROM t1", "SELECT a FROM t1 WHERE id = last_insert_rowid()")
}

func TestLimits(t *testing.T) {
	for _, d := range dialects {
		for _, q := range []string{
			"", " ", ";", "\x00", "SELECT a FROM t1\x00; DELETE FROM t2", "SELECT '\xff' FROM t1", "(", ")", "SELECT (((", "'",
			"SELECT a FROM t1 WHERE " + strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300),
			"SELECT a FROM t1 WHERE " + strings.Repeat("NOT ", 20000) + "x" + strings.Repeat(" ", 60000),
			"SELECT a FROM t1 WHERE x = '" + strings.Repeat("x", 1<<16) + "'",
		} {
			f := analyze.Analyze(d, 0, q)
			if f.Class != analyze.Unknown || !f.Everything || !f.Ties || f.Cacheable || f.Reason == "" {
				t.Errorf("%s: %.40q: %+v", d, q, f)
			}
		}
		for _, m := range []analyze.Mode{analyze.Oracle, analyze.NonStandardStrings} {
			if f := analyze.Analyze(d, m, "SELECT a FROM t1"); f.Class != analyze.Unknown || f.Reason != analyze.ReasonMode {
				t.Errorf("%s %s: %+v", d, m, f)
			}
		}
	}
}

func TestTransactionVerbs(t *testing.T) {
	for query, want := range map[string]analyze.TxVerb{
		"BEGIN": analyze.Begin, "START TRANSACTION": analyze.Begin, "COMMIT": analyze.Commit, "ROLLBACK": analyze.Rollback,
		"SAVEPOINT a": analyze.Savepoint, "ROLLBACK TO a": analyze.RollbackTo, "RELEASE SAVEPOINT a": analyze.Release,
		"COMMIT AND CHAIN": analyze.CommitChain, "ROLLBACK AND CHAIN": analyze.RollbackChain,
		"SET TRANSACTION READ ONLY": analyze.OtherTx, "SELECT 1": analyze.NoTx, "BEGIN; SELECT 1": analyze.OtherTx,
	} {
		for _, d := range []analyze.Dialect{analyze.Postgres, analyze.MySQL} {
			if f := analyze.Analyze(d, 0, query); f.Tx != want {
				t.Errorf("%s: %s is %q", d, query, f.Tx)
			}
		}
	}
	for _, q := range []string{"PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'", "ROLLBACK PREPARED 'x'"} {
		if f := analyze.Analyze(analyze.Postgres, 0, q); f.Tx != analyze.TwoPhase {
			t.Errorf("%s is %q", q, f.Tx)
		}
	}
	for q, want := range map[string]analyze.TxVerb{"END": analyze.Commit, "ABORT": analyze.Rollback} {
		if f := analyze.Analyze(analyze.Postgres, 0, q); f.Tx != want {
			t.Errorf("%s is %q", q, f.Tx)
		}
	}
}

// Texts that would take long if any part of the work were quadratic; the bound is for slow machines.
func TestLongTexts(t *testing.T) {
	fill := func(head, piece, tail string) string {
		return head + strings.Repeat(piece, (64<<10-len(head)-len(tail))/len(piece)) + tail
	}
	for _, q := range []string{
		fill("SELECT x", "::date", " FROM t1"), fill("WITH a AS (SELECT 1)", ",b AS(SELECT 1 FROM a)", " SELECT * FROM a"),
		fill("SELECT * FROM t1 WHERE a = 1", " AND b = 2", ""), fill("SELECT 'a'", "\n'b'", " FROM t1"),
		fill("UPDATE t1 SET a = 1", ", b = 2", " WHERE c = 3"), fill("SELECT a", ".b", " FROM t1"),
		fill("UPDATE t1 SET a=1", ",b=2", " WHERE c=3")[:30000] + fill(" WHERE c=1", " AND c=1", "")[:30000],
		fill("SELECT * FROM t1", ", db.t2", ""), fill("DELETE t1", ",t2", " FROM t1, t2"), fill("SELECT ", "- ", "1 FROM t1"),
		fill("UPDATE t1", ",t2", " SET t1.a = 1"), fill("SELECT 1", "/* a */", ""), fill("SELECT ", "/*", ""), fill("", ";", ""),
		fill("SELECT 1", ";SELECT 1", ""), fill("SELECT ", "((1)),", "1 FROM t1"), fill("", "(", ""), fill("SELECT ", "CASE ", ""),
		fill("SELECT 1", " UNION SELECT 1", ""), fill("SELECT ", "f(", ""), fill("SELECT ", "a$", ""), fill("SELECT ", "$a", ""),
		fill("SELECT * FROM "+strings.Repeat("(", 150)+"t1"+strings.Repeat(")", 150), " JOIN t2 ON a", ""),
	} {
		for _, d := range dialects {
			start := time.Now()
			analyze.Analyze(d, 0, q)
			analyze.Canonical(d, 0, q)
			analyze.Fingerprint(d, 0, q)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("%s: %v for %.60s...", d, took, q)
			}
		}
	}
}

// What a definition calls runs on the rows that are there.
func TestDefinitionsThatCall(t *testing.T) {
	for query, want := range map[string]bool{
		"ALTER TABLE a ADD COLUMN b int DEFAULT my_func()":            true,
		"ALTER TABLE a ALTER COLUMN b TYPE int USING my_func(b)":      true,
		"ALTER TABLE a ADD COLUMN b timestamptz DEFAULT now()":        true,
		"ALTER TABLE a ADD COLUMN b int DEFAULT abs(-1)":              false,
		"ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES c (d)":          false,
		"ALTER TABLE a ADD COLUMN b varchar(10), ADD UNIQUE (c)":      false,
		"CREATE INDEX ON a USING gin (to_tsvector('english', body))":  false,
		"CREATE INDEX ON a (my_func(b))":                              true,
		"CREATE TABLE a (b int REFERENCES c (d), CHECK (my_func(b)))": false,
	} {
		if f := analyze.Analyze(analyze.Postgres, 0, query); f.Everything != want || f.Class != analyze.DDL {
			t.Errorf("%s: %+v", query, f)
		}
	}
}
