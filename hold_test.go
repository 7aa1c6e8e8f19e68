package sqldedupe_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

var errLost = errors.New("connection lost")

// unknown makes a write whose outcome nobody knows, and whose connection
// answers nothing more.
func unknown(t *testing.T, srv *fakedb.Server, db *sql.DB, op fakedb.Op) {
	t.Helper()
	var lost atomic.Int64
	srv.On(func(c fakedb.Call) error {
		switch {
		case c.Op == op:
			lost.Store(int64(c.Conn))
			return errLost
		case lost.Load() == int64(c.Conn) && c.Conn != 0 && c.Op != fakedb.ConnClose:
			return errLost
		}
		return nil
	})
	var err error
	if op == fakedb.Commit {
		tx := begin(t, db)
		exec(t, tx, setItems)
		err = tx.Commit()
	} else {
		_, err = db.Exec(setItems)
	}
	if !errors.Is(err, errLost) {
		t.Errorf("the program got %v", err)
	}
}

// hazard H6: after a write of unknown outcome nothing that depends on it is
// answered from memory until it is settled, and then nothing older.
func TestUnknownOutcomeHolds(t *testing.T) {
	for _, op := range []fakedb.Op{fakedb.Exec, fakedb.Commit} {
		t.Run(string(op), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var srv fakedb.Server
				db := open(t, &srv, cached())
				number(t, db, items)
				number(t, db, orders)
				unknown(t, &srv, db, op)
				expect(t, "held", sqldedupe.Of(db).Stats().Held, 1)
				for range 5 {
					_, o := outcome(t, t.Context(), db, items)
					expectKind(t, o, sqldedupe.Miss)
					_, o = outcome(t, t.Context(), db, orders)
					expectKind(t, o, sqldedupe.Hit)
					time.Sleep(11 * time.Second)
				}
				time.Sleep(6 * time.Second)
				_, o := outcome(t, t.Context(), db, items)
				expectKind(t, o, sqldedupe.Miss) // bumped when the hold ended
				_, o = outcome(t, t.Context(), db, items)
				expectKind(t, o, sqldedupe.Hit)
			})
		})
	}
}

// hazard H6: with a server that tells, the hold ends with the server's session.
func TestUnknownOutcomeUntilGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		var gone atomic.Bool
		cfg := cached()
		cfg.Adapter.Inspect = func(context.Context, driver.Conn) (sqldedupe.Server, error) {
			return sqldedupe.Server{Session: "session 7"}, nil
		}
		cfg.Adapter.Gone = func(_ context.Context, _ driver.Conn, session string) (bool, error) {
			expect(t, "asked for", session, "session 7")
			return gone.Load(), nil
		}
		db := open(t, &srv, cfg)
		number(t, db, items)
		unknown(t, &srv, db, fakedb.Commit)
		time.Sleep(3 * time.Minute) // longer than a hold that cannot be asked for
		number(t, db, items)
		_, o := outcome(t, t.Context(), db, items)
		expectKind(t, o, sqldedupe.Miss)
		gone.Store(true)
		time.Sleep(2 * time.Second)
		number(t, db, items)
		_, o = outcome(t, t.Context(), db, items)
		expectKind(t, o, sqldedupe.Hit)
	})
}

// A database that is closed while it waits for that leaves the words open for
// others that share its cache, and for no longer than a hold lasts.
func TestUnknownOutcomeOutlivesItsDatabase(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv, same fakedb.Server
		cfg := cached()
		cfg.Cache, cfg.Namespace = "held", "one"
		other := open(t, &same, cfg)
		cfg.Adapter.Inspect = func(context.Context, driver.Conn) (sqldedupe.Server, error) {
			return sqldedupe.Server{Session: "7"}, nil
		}
		cfg.Adapter.Gone = func(context.Context, driver.Conn, string) (bool, error) { return false, nil }
		db := open(t, &srv, cfg)
		number(t, other, items)
		unknown(t, &srv, db, fakedb.Exec)
		must(t, db.Close())
		number(t, other, items)
		_, o := outcome(t, t.Context(), other, items)
		expectKind(t, o, sqldedupe.Miss)
		time.Sleep(61 * time.Second)
		number(t, other, items)
		_, o = outcome(t, t.Context(), other, items)
		expectKind(t, o, sqldedupe.Hit)
	})
}

// The server's own answer, and a connection that still answers, settle a
// failed write at once: nothing older is given, and nothing is held.
func TestFailedWriteIsSettled(t *testing.T) {
	refused := errors.New("unique constraint")
	for name, answered := range map[string]func(error) bool{"answered": func(error) bool { return true }, "pinged": nil} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var srv fakedb.Server
				cfg := cached()
				cfg.Adapter.Answered = answered
				db := open(t, &srv, cfg)
				number(t, db, items)
				srv.Forget()
				fail(&srv, refused, fakedb.Exec)
				if _, err := db.Exec(setItems); err != refused {
					t.Errorf("got %v", err)
				}
				expect(t, "pinged", srv.Count(fakedb.Ping) > 0, name == "pinged")
				expect(t, "held", sqldedupe.Of(db).Stats().Held, 0)
				number(t, db, items)
				_, o := outcome(t, t.Context(), db, items)
				expectKind(t, o, sqldedupe.Hit)
			})
		})
	}
}

// A driver that panics in a write leaves its outcome unknown.
func TestPanicInAWrite(t *testing.T) {
	writes := map[fakedb.Op]func(db *sql.DB){
		fakedb.Exec: func(db *sql.DB) { db.Exec(setItems) },
		fakedb.Query: func(db *sql.DB) {
			rows, err := db.Query(returning)
			if err == nil {
				rows.Close()
			}
		},
		fakedb.Next: func(db *sql.DB) {
			rows, err := db.Query(returning)
			if err == nil {
				defer rows.Close()
				rows.Next()
			}
		},
		fakedb.RowsClose: func(db *sql.DB) {
			rows, err := db.Query(returning)
			if err == nil {
				rows.Close()
			}
		},
		fakedb.Commit: func(db *sql.DB) {
			tx, _ := db.Begin()
			tx.Exec(setItems)
			tx.Commit()
		},
	}
	for op, write := range writes {
		t.Run(string(op), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var srv fakedb.Server
				db := sql.OpenDB(sqldedupe.NewConnector(srv.Connector(), sqldedupe.Config{Dialect: "postgres", TTL: time.Hour, Beta: -1}))
				defer db.Close() // the connection is lost, as with the plain driver
				number(t, db, items)
				srv.On(func(c fakedb.Call) error {
					if c.Op == op {
						panic("driver")
					}
					return nil
				})
				func() {
					defer func() {
						if recover() == nil {
							t.Error("the program saw no panic")
						}
					}()
					write(db)
				}()
				srv.On(nil)
				expect(t, "held", sqldedupe.Of(db).Stats().Held, 1)
				if op == fakedb.Next { // the program has closed its rows
					expect(t, "connections closed", srv.Count(fakedb.ConnClose), 1)
				}
				number(t, db, items)
				_, o := outcome(t, t.Context(), db, items)
				expectKind(t, o, sqldedupe.Miss)
				time.Sleep(61 * time.Second)
				number(t, db, items)
				_, o = outcome(t, t.Context(), db, items)
				expectKind(t, o, sqldedupe.Hit)
			})
		})
	}
}
