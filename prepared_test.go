package sqldedupe_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

func stmtNumber(t *testing.T, st *sql.Stmt, args ...any) (n int) {
	t.Helper()
	must(t, st.QueryRowContext(t.Context(), args...).Scan(&n))
	return n
}

// hazard H67: a text is prepared at once when it is new, so that its errors
// come when the plain driver gives them; after that only where it runs.
func TestPreparedOnceThenLazily(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		first := prepare(t, db, itemByID)
		expect(t, "prepared at once", srv.Count(fakedb.Prepare), 1)
		expect(t, "answer", stmtNumber(t, first, 1), 1)
		for range 5 {
			st := prepare(t, db, itemByID)
			expect(t, "hit", stmtNumber(t, st, 1), 1)
			must(t, st.Close())
		}
		expect(t, "preparations", srv.Count(fakedb.Prepare), 1)
		expect(t, "queries", srv.Count(fakedb.Query), 1)

		srv.On(func(fakedb.Call) error { t.Error("a hit came to the driver"); return nil })
		c := conn(t, db)
		st := prepare(t, c, itemByID)
		expect(t, "hit on a connection", stmtNumber(t, st, 1), 1)
		must(t, st.Close())
		srv.On(nil)
		must(t, first.Close())
	})
}

// hazard H67: what the driver says about a text is said at Prepare.
func TestPrepareErrors(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		broken := errors.New("syntax error at or near FORM")
		fail(&srv, broken, fakedb.Prepare)
		for range 2 {
			if _, err := db.Prepare("SELECT n FORM items"); err != broken {
				t.Errorf("got %v", err)
			}
			if _, err := db.Prepare(items); err != broken {
				t.Errorf("got %v", err)
			}
		}
		srv.On(nil)
		must(t, prepare(t, db, items).Close())
		// After DDL the text must be tried again.
		exec(t, db, "ALTER TABLE items DROP COLUMN n")
		fail(&srv, broken, fakedb.Prepare)
		if _, err := db.Prepare(items); err != broken {
			t.Errorf("after DDL: %v", err)
		}
	})
}

// The number of arguments is checked as the plain driver checks it, whether
// the statement is prepared for real or not.
func TestPreparedNumInput(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		for range 2 {
			st := prepare(t, db, itemByID)
			for _, args := range [][]any{nil, {1, 2}} {
				_, err := st.Query(args...)
				want := fmt.Sprintf("sql: expected 1 arguments, got %d", len(args))
				if err == nil || err.Error() != want {
					t.Errorf("got %v, want %s", err, want)
				}
			}
			must(t, st.Close())
		}
		expect(t, "queries", srv.Count(fakedb.Query), 0)
	})
}

// Closing statements closes those of the driver, by the next use of their
// connection; whoever still has the text open keeps his.
func TestPreparedStatementsAreClosed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, sqldedupe.Config{})
		a, b := prepare(t, db, itemByID), prepare(t, db, itemByID)
		stmtNumber(t, a, 1)
		must(t, a.Close())
		stmtNumber(t, b, 2)
		expect(t, "open while in use", openStmts(&srv), 1)
		must(t, b.Close())
		exec(t, db, setItems)
		number(t, db, items)
		expect(t, "open afterwards", openStmts(&srv), 0)

		c := conn(t, db)
		st := prepare(t, c, "UPDATE items SET n = $1")
		_, err := st.Exec(1)
		must(t, err)
		must(t, st.Close())
		expect(t, "open on a connection", openStmts(&srv), 0)
	})
}

// However many texts are prepared and however many callers run them, no
// connection keeps more statements than texts are open.
func TestPreparedStatementsDoNotPileUp(t *testing.T) {
	var srv fakedb.Server
	db := open(t, &srv, sqldedupe.Config{MaxConns: 3})
	var crowd sync.WaitGroup
	for i := range 8 {
		crowd.Go(func() {
			for j := range 40 {
				text := fmt.Sprintf("SELECT n FROM items WHERE id = $1 AND kind = %d", (i+j)%10)
				st := prepare(t, db, text)
				stmtNumber(t, st, j%3)
				must(t, st.Close())
			}
		})
	}
	crowd.Wait()
	// Each connection closes what nobody has open any more at its next use.
	var all []*sql.Conn
	for range 3 {
		c := conn(t, db)
		must(t, c.PingContext(t.Context()))
		all = append(all, c)
	}
	for _, c := range all {
		must(t, c.Close())
	}
	expect(t, "open statements", openStmts(&srv), 0)
}

// A prepared statement of the program follows it from connection to connection.
func TestPreparedAcrossTransactionsAndConnections(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		st := prepare(t, db, itemByID)
		defer st.Close()
		stmtNumber(t, st, 1)
		tx := begin(t, db)
		inTx := tx.Stmt(st)
		expect(t, "in the transaction", stmtNumber(t, inTx, 1), 2)
		expect(t, "again", stmtNumber(t, inTx, 1), 3)
		must(t, tx.Commit())
		expect(t, "outside", stmtNumber(t, st, 1), 1)
		c := conn(t, db)
		exec(t, c, "SET search_path = other")
		own := prepare(t, c, itemByID)
		expect(t, "on a pinned connection", stmtNumber(t, own, 1), 4)
		must(t, own.Close())
	})
}

// hazard H62: with ErrSkip a query comes back prepared. It is one query, one
// outcome and one key, with or without the promise that PreparesSkipped makes.
func TestErrSkip(t *testing.T) {
	for _, promised := range []bool{false, true} {
		t.Run(fmt.Sprint("promised=", promised), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := fakedb.Server{Skips: true}
				cfg := cached()
				cfg.Adapter.PreparesSkipped = promised
				db := open(t, &srv, cfg)
				n, o := outcome(t, t.Context(), db, itemByID, 1)
				expect(t, "first", n, 1)
				expectKind(t, o, sqldedupe.Miss)
				n, o = outcome(t, t.Context(), db, itemByID, 1)
				expect(t, "second", n, 1)
				expectKind(t, o, sqldedupe.Hit)
				exec(t, db, "UPDATE items SET n = $1", 1)
				_, o = outcome(t, t.Context(), db, itemByID, 1)
				expectKind(t, o, sqldedupe.Miss)
				release := hold(&srv, fakedb.Query, itemByID)
				var callers sync.WaitGroup
				for range 10 {
					callers.Go(func() { expect(t, "shared", number(t, db, itemByID, 2), 3) })
				}
				synctest.Wait()
				release()
				callers.Wait()
				stats := sqldedupe.Of(db).Stats()
				expect(t, "reads", stats.Reads, 13)
				expect(t, "errors of arguments", argumentError(db), "sql: expected 1 arguments, got 2")
			})
		})
	}
}

func argumentError(db *sql.DB) string {
	_, err := db.Query(itemByID, 1, 2)
	if err == nil {
		return ""
	}
	return err.Error()
}

// hazard H44: arguments are converted as with the plain driver, by whatever it
// has for that, and each is converted once.
func TestArgumentsAsPlain(t *testing.T) {
	kinds := map[string]fakedb.Kind{
		"modern": fakedb.Modern, "checking": fakedb.Checking, "statement checking": fakedb.StmtChecking,
		"legacy": fakedb.Legacy, "bare": fakedb.Bare, "converting": fakedb.Converting,
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				run := func(srv *fakedb.Server, db *sql.DB) string {
					var out strings.Builder
					note := func(_ any, err error) { fmt.Fprintln(&out, "error:", err) }
					for _, arg := range []any{7, int64(7), "x", []byte("x"), time.Unix(0, 0).UTC(), nil, uint64(1 << 63), struct{}{}, counted{new(int)}} {
						note(numberOf(t.Context(), db, itemByID, arg))
						note(db.Exec("UPDATE items SET n = $1", arg))
						st, err := db.Prepare(itemByID)
						must(t, err)
						var n int
						note(nil, st.QueryRow(arg).Scan(&n))
						must(t, st.Close())
						if c, ok := arg.(counted); ok {
							fmt.Fprintln(&out, "valued", *c.n, "times")
						}
					}
					note(numberOf(t.Context(), db, itemByID, sql.Named("id", 1)))
					for _, c := range srv.Calls(fakedb.Check, fakedb.Convert, fakedb.Query, fakedb.Exec) {
						fmt.Fprintln(&out, c)
					}
					return out.String()
				}
				plain, wrapped := fakedb.Server{Kind: kind}, fakedb.Server{Kind: kind}
				plainDB := sql.OpenDB(plain.Connector())
				defer plainDB.Close()
				want := run(&plain, plainDB)
				expectLines(t, run(&wrapped, open(t, &wrapped, sqldedupe.Config{})), want)
			})
		})
	}
}

// counted is a Valuer that counts its calls.
type counted struct{ n *int }

func (counted) String() string { return "counted" }

func (c counted) Value() (driver.Value, error) { *c.n++; return int64(*c.n), nil }

// hazard H45: a text and its prepared form may give other Go types, so they
// never answer for each other.
func TestPathsAreApart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		expect(t, "direct", number(t, db, itemByID, 1), 1)
		st := prepare(t, db, itemByID)
		defer st.Close()
		expect(t, "prepared", stmtNumber(t, st, 1), 2)
		expect(t, "direct again", number(t, db, itemByID, 1), 1)
		expect(t, "prepared again", stmtNumber(t, st, 1), 2)
	})
}

// A checker that needs no connection is asked without one.
func TestStatelessCheckerNeedsNoConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := fakedb.Server{Kind: fakedb.Checking}
		cfg := cached()
		cfg.MaxConns = 1
		cfg.Adapter.StatelessChecker = true
		db := open(t, &srv, cfg)
		number(t, db, itemByID, 1)
		tx := begin(t, db)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		n, err := numberOf(ctx, db, itemByID, 1)
		if n != 1 || err != nil {
			t.Errorf("got %d, %v", n, err)
		}
		must(t, tx.Rollback())
	})
}
