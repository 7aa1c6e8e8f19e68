package sqlite_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/drivers/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	readT = "SELECT v FROM t WHERE id = 1"
	readU = "SELECT v FROM u WHERE id = 1"
)

// shop is a file with two tables of one row each, whose v is 0.
func shop(t *testing.T, params string) (file string, db *sql.DB) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "shop.db")
	db = open(t, "sqlite-dedupe", file, params)
	for _, table := range []string{"t", "u"} {
		exec(t, db, "CREATE TABLE "+table+" (id INTEGER PRIMARY KEY, v INT)")
		exec(t, db, "INSERT INTO "+table+" VALUES (1, 0)")
	}
	return file, db
}

func open(t *testing.T, name, file, params string) *sql.DB {
	t.Helper()
	db, err := sql.Open(name, "file:"+file+"?"+params)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func conn(t *testing.T, db *sql.DB) *sql.Conn {
	t.Helper()
	c, err := db.Conn(t.Context())
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type execer interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

func exec(t *testing.T, e execer, query string) {
	t.Helper()
	_, err := e.ExecContext(t.Context(), query)
	must(t, err)
}

// want reads one value, and returns what happened to the read.
func want(t *testing.T, db *sql.DB, query string, value int) sqldedupe.Kind {
	t.Helper()
	var o sqldedupe.Outcome
	var v int
	must(t, db.QueryRowContext(sqldedupe.WithOutcome(t.Context(), &o), query).Scan(&v))
	if v != value {
		t.Errorf("%s gave %d (%v), want %d", query, v, o.Kind, value)
	}
	return o.Kind
}

// kept reads until the answer comes from memory.
func kept(t *testing.T, db *sql.DB, query string, value int) {
	t.Helper()
	for range 200 {
		if want(t, db, query, value) == sqldedupe.Hit {
			return
		}
		time.Sleep(10 * time.Millisecond) // the catalog may be read again behind us
	}
	t.Fatalf("%s is never kept", query)
}

// Entries of dedupe=observe hold no rows and must not answer anybody.
func TestObserveKeepsApart(t *testing.T) {
	file, db := shop(t, "dedupe_ttl=1m")
	observer := open(t, "sqlite-dedupe", file, "dedupe_ttl=1m&dedupe=observe")
	want(t, observer, readT, 0)
	want(t, observer, readT, 0)
	if s := sqldedupe.Of(observer).Stats(); s.WouldMiss != 1 || s.WouldHit != 1 {
		t.Errorf("observed %+v", s)
	}
	want(t, db, readT, 0)
}

// hazard H7: SQLite leaves a transaction in ways that the text does not tell.
func TestTransactionEndsByItself(t *testing.T) {
	for name, statements := range map[string][]string{
		"savepoint":   {"SAVEPOINT a", "RELEASE a"},
		"or rollback": {"BEGIN", "INSERT OR ROLLBACK INTO t VALUES (1, 5)", "ROLLBACK"},
	} {
		t.Run(name, func(t *testing.T) {
			_, db := shop(t, "dedupe_ttl=1m")
			c := conn(t, db)
			for _, query := range statements {
				c.ExecContext(t.Context(), query) // some must fail
			}
			kept(t, db, readT, 0)
			exec(t, c, "UPDATE t SET v = 1")
			want(t, db, readT, 1)
		})
	}
}

// The same in a transaction that database/sql began.
func TestDriverTransactionEndsByItself(t *testing.T) {
	_, db := shop(t, "dedupe_ttl=1m")
	kept(t, db, readT, 0)
	tx, err := db.Begin()
	must(t, err)
	if _, err := tx.Exec("INSERT OR ROLLBACK INTO t VALUES (1, 5)"); err == nil {
		t.Fatal("no conflict")
	}
	exec(t, tx, "UPDATE t SET v = 1")
	tx.Rollback()
	want(t, db, readT, 1)
}

// hazard H68: what is done through Raw in a transaction shows at its commit.
func TestRawInTransaction(t *testing.T) {
	_, db := shop(t, "dedupe_ttl=1m&_pragma=journal_mode(wal)")
	c := conn(t, db)
	tx, err := c.BeginTx(t.Context(), nil)
	must(t, err)
	must(t, sqldedupe.Raw(c, func(dc any) error {
		_, err := dc.(driver.ExecerContext).ExecContext(t.Context(), "UPDATE t SET v = 1", nil)
		return err
	}))
	kept(t, db, readT, 0)
	must(t, tx.Commit())
	want(t, db, readT, 1)
}

// SQLite commits what several statements on one connection changed when the
// last of them ends.
func TestTwoChangesOnOneConnection(t *testing.T) {
	_, db := shop(t, "dedupe_ttl=1m&_pragma=journal_mode(wal)")
	want(t, db, readU, 0)
	c := conn(t, db)
	rows, err := c.QueryContext(t.Context(), "INSERT INTO t VALUES (2, 0), (3, 0) RETURNING id")
	must(t, err)
	rows.Next()
	exec(t, c, "UPDATE u SET v = 1")
	want(t, db, readU, 0)
	must(t, rows.Close())
	want(t, db, readU, 1)
}

// A transaction outlives db.Close, and its commit reaches whoever has opened
// the same database since.
func TestCommitAfterClose(t *testing.T) {
	file, db := shop(t, "dedupe_ttl=1m&_pragma=journal_mode(wal)")
	tx, err := db.Begin()
	must(t, err)
	exec(t, tx, "UPDATE t SET v = 1")
	must(t, db.Close())
	again := open(t, "sqlite-dedupe", file, "dedupe_ttl=1m&_pragma=journal_mode(wal)")
	kept(t, again, readT, 0)
	must(t, tx.Commit())
	want(t, again, readT, 1)
}

// A connection outlives db.Close, as with the plain driver.
func TestConnAfterClose(t *testing.T) {
	_, db := shop(t, "dedupe_ttl=1m")
	c := conn(t, db)
	must(t, db.Close())
	var v int
	must(t, c.QueryRowContext(t.Context(), readT).Scan(&v))
}

// hazard H74: a temporary trigger is in no catalog.
func TestTemporaryTrigger(t *testing.T) {
	_, db := shop(t, "dedupe_ttl=1m")
	c := conn(t, db)
	exec(t, c, "CREATE TEMP TRIGGER tr AFTER UPDATE ON t BEGIN UPDATE u SET v = NEW.v; END")
	kept(t, db, readU, 0)
	exec(t, c, "UPDATE t SET v = 7")
	want(t, db, readU, 7)
}

// hazard H73, H74, H75: views, triggers and cascades of the catalog.
func TestCatalog(t *testing.T) {
	_, db := shop(t, "dedupe_ttl=1m&_pragma=foreign_keys(1)")
	for _, query := range []string{
		"CREATE VIEW w AS SELECT v FROM t",
		"CREATE TABLE child (id INTEGER PRIMARY KEY, t INT REFERENCES t (id) ON DELETE CASCADE)",
		"CREATE TRIGGER tr AFTER UPDATE ON t BEGIN UPDATE u SET v = NEW.v; END",
		"INSERT INTO child VALUES (1, 1)",
	} {
		exec(t, db, query)
	}
	const readW, readChild = "SELECT v FROM w", "SELECT count(*) FROM child"
	kept(t, db, readW, 0)
	kept(t, db, readU, 0)
	exec(t, db, "UPDATE t SET v = 3")
	want(t, db, readW, 3)
	want(t, db, readU, 3)
	kept(t, db, readChild, 1)
	exec(t, db, "DELETE FROM t")
	want(t, db, readChild, 0)
}

// A driver nobody knows more of than its dialect: views are safe all the same.
func TestDialectWithoutCatalog(t *testing.T) {
	plain := open(t, "sqlite", filepath.Join(t.TempDir(), "none.db"), "")
	file, _ := shop(t, "")
	exec(t, open(t, "sqlite", file, ""), "CREATE VIEW w AS SELECT v FROM t")
	sqldedupe.Register("sqlite-unknown", plain.Driver(), sqldedupe.Config{Dialect: "sqlite", TTL: time.Minute})
	db := open(t, "sqlite-unknown", file, "")
	kept(t, db, "SELECT v FROM w", 0)
	exec(t, db, "UPDATE t SET v = 1")
	want(t, db, "SELECT v FROM w", 1)
}

// In a file without a write-ahead log a reader keeps others from committing.
// A program with one connection never meets that, whatever it gives up.
func TestNeverLocked(t *testing.T) {
	_, db := shop(t, "dedupe_ttl=1m")
	db.SetMaxOpenConns(1)
	const slow = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 100000000) SELECT count(*) FROM c, t"
	for range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		var n int
		if err := db.QueryRowContext(ctx, slow).Scan(&n); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the slow query gave %v", err)
		}
		cancel()
		exec(t, db, "UPDATE t SET v = v + 1")
	}
}

// The same for rows that are too many to be kept, and with a lock that lets
// nobody else in.
func TestOwnConnectionWhereItMatters(t *testing.T) {
	for name, params := range map[string]string{
		"large":     "dedupe_ttl=1m&dedupe_max_result=1KiB",
		"exclusive": "dedupe_ttl=1m&_pragma=locking_mode(exclusive)",
	} {
		t.Run(name, func(t *testing.T) {
			_, db := shop(t, params)
			db.SetMaxOpenConns(1)
			c := conn(t, db)
			exec(t, c, "WITH RECURSIVE c(x) AS (SELECT 10 UNION ALL SELECT x + 1 FROM c WHERE x < 500) INSERT INTO t SELECT x, x FROM c")
			rows, err := c.QueryContext(t.Context(), "SELECT id, v FROM t")
			must(t, err)
			rows.Next()
			exec(t, c, "UPDATE t SET v = 0 WHERE id = 1")
			must(t, rows.Close())
		})
	}
}

// hazard H37: a database in memory lives in its connection.
func TestMemory(t *testing.T) {
	db, err := sql.Open("sqlite-dedupe", ":memory:?dedupe_ttl=1m")
	must(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	exec(t, db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v INT)")
	exec(t, db, "INSERT INTO t VALUES (1, 0)")
	for range 3 {
		if kind := want(t, db, readT, 0); kind != sqldedupe.Bypass {
			t.Errorf("a read in memory was a %v", kind)
		}
	}
}

// hazard H34: no value that may hold more than it should is shown.
func TestBadParameters(t *testing.T) {
	_, err := sql.Open("sqlite-dedupe", "file:x.db?dedupe_ttl=1s+password%3DsEcret&dedupe_memory=x")
	if err == nil || err.Error() != "sqldedupe: dedupe_ttl: the value is not a duration such as 30s\n"+
		`sqldedupe: dedupe_memory: "x" is not a size above 0 such as 64MiB` {
		t.Errorf("got %v", err)
	}
	if sqlite.Config().Dialect != "sqlite" {
		t.Error("no dialect")
	}
}
