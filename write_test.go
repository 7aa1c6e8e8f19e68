package sqldedupe_test

import (
	"database/sql"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

const returning = "INSERT INTO items VALUES (1) RETURNING n"

func with(level sqldedupe.Consistency) sqldedupe.Config {
	cfg := cached()
	cfg.Consistency = level
	return cfg
}

// during runs f while call is under way at the driver.
func during(srv *fakedb.Server, op fakedb.Op, call, f func()) {
	release := hold(srv, op, "")
	var busy sync.WaitGroup
	busy.Go(call)
	synctest.Wait()
	f()
	release()
	busy.Wait()
}

// hazards H3, H10: while a write is in doubt nothing remembered is given under
// strict; under ryw it is. After it nothing older is.
func TestHitsWhileAWriteIsInDoubt(t *testing.T) {
	for level, want := range map[sqldedupe.Consistency]sqldedupe.Kind{sqldedupe.Strict: sqldedupe.Miss, sqldedupe.RYW: sqldedupe.Hit} {
		t.Run(string(level), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var srv fakedb.Server
				db := open(t, &srv, with(level))
				number(t, db, items)
				number(t, db, orders)
				during(&srv, fakedb.Exec, func() { exec(t, db, setItems) }, func() {
					_, o := outcome(t, t.Context(), db, items)
					expectKind(t, o, want)
					_, o = outcome(t, t.Context(), db, orders)
					expectKind(t, o, sqldedupe.Hit)
				})
				before := srv.Queries(items)
				n, o := outcome(t, t.Context(), db, items)
				expectKind(t, o, sqldedupe.Miss)
				expect(t, "answer", n, before+1)
				_, o = outcome(t, t.Context(), db, items)
				expectKind(t, o, sqldedupe.Hit)
				_, o = outcome(t, t.Context(), db, orders)
				expectKind(t, o, sqldedupe.Hit)
			})
		})
	}
}

// transactions are ways to change items in a transaction of the given end.
var transactions = map[string]func(t *testing.T, db *sql.DB, statement string) (end func(end string) error){
	"database/sql": func(t *testing.T, db *sql.DB, statement string) func(string) error {
		tx := begin(t, db)
		exec(t, tx, statement)
		return func(end string) error {
			if end == "COMMIT" {
				return tx.Commit()
			}
			return tx.Rollback()
		}
	},
	"text": func(t *testing.T, db *sql.DB, statement string) func(string) error {
		c := conn(t, db)
		exec(t, c, "BEGIN")
		exec(t, c, statement)
		return func(end string) error {
			_, err := c.ExecContext(t.Context(), end)
			return errors.Join(err, c.Close())
		}
	},
	"savepoint": func(t *testing.T, db *sql.DB, statement string) func(string) error {
		c := conn(t, db)
		exec(t, c, "BEGIN")
		exec(t, c, "SAVEPOINT s")
		exec(t, c, statement)
		exec(t, c, "ROLLBACK TO SAVEPOINT s")
		return func(end string) error {
			_, err := c.ExecContext(t.Context(), end)
			return errors.Join(err, c.Close())
		}
	},
	"prepared": func(t *testing.T, db *sql.DB, statement string) func(string) error {
		tx := begin(t, db)
		_, err := prepare(t, tx, statement).Exec()
		must(t, err)
		return func(end string) error {
			if end == "COMMIT" {
				return tx.Commit()
			}
			return tx.Rollback()
		}
	},
}

// hazards H3, H4, H7: a write in a transaction changes nothing for others until
// its commit, and nothing at all when it is rolled back.
func TestTransactionEnds(t *testing.T) {
	for name, start := range transactions {
		for end, op := range map[string]fakedb.Op{"COMMIT": fakedb.Commit, "ROLLBACK": fakedb.Rollback} {
			t.Run(name+"/"+end, func(t *testing.T) {
				bubble(t, func(t *testing.T) {
					var srv fakedb.Server
					db := open(t, &srv, cached())
					number(t, db, items)
					finish := start(t, db, setItems)
					_, o := outcome(t, t.Context(), db, items)
					expectKind(t, o, sqldedupe.Hit)
					if name == "text" || name == "savepoint" {
						op = fakedb.Exec
					}
					want := sqldedupe.Hit
					during(&srv, op, func() { must(t, finish(end)) }, func() {
						if end == "COMMIT" {
							want = sqldedupe.Miss
						}
						_, o := outcome(t, t.Context(), db, items)
						expectKind(t, o, want)
					})
					_, o = outcome(t, t.Context(), db, items)
					expectKind(t, o, want)
				})
			})
		}
	}
}

// A write that is not understood, and DDL, invalidate everything.
func TestEverything(t *testing.T) {
	for _, text := range []string{"CALL something()", "nonsense", "DROP TABLE other", "TRUNCATE items", "DO $$ BEGIN END $$"} {
		bubble(t, func(t *testing.T) {
			var srv fakedb.Server
			db := open(t, &srv, cached())
			number(t, db, items)
			exec(t, db, text)
			if n := number(t, db, items); n == 1 {
				t.Errorf("a hit after %s", text)
			}
		})
	}
}

// hazard H9: the words of a write with rows stay open until its rows have ended.
func TestReturningKeepsWordsOpen(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		number(t, db, items)
		rows, err := db.Query(returning)
		must(t, err)
		for i := range 3 {
			n, o := outcome(t, t.Context(), db, items)
			expectKind(t, o, sqldedupe.Miss)
			expect(t, "answer", n, i+2)
		}
		must(t, rows.Close())
		_, o := outcome(t, t.Context(), db, items)
		expectKind(t, o, sqldedupe.Miss)
		_, o = outcome(t, t.Context(), db, items)
		expectKind(t, o, sqldedupe.Hit)
	})
}

// hazards H15, H27, H78: a SELECT may write through a function, or change the
// session: then it is no read.
func TestSelectThatIsNoRead(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		number(t, db, items)
		c, other := conn(t, db), conn(t, db)
		number(t, c, "SELECT do_something()")
		_, o := outcome(t, t.Context(), other, items)
		expectKind(t, o, sqldedupe.Miss)
		c = conn(t, db)
		number(t, c, "SELECT set_config('search_path', 'other', false)")
		_, o = outcome(t, t.Context(), c, items)
		expectKind(t, o, sqldedupe.Bypass)
	})
}
