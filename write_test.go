package sqldedupe_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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

// hazard H1: a query that was sent before a write is shared by nobody who came
// after it, and under strict by nobody who came during it.
func TestJoinsAroundAWrite(t *testing.T) {
	for level, shares := range map[sqldedupe.Consistency]bool{sqldedupe.Strict: false, sqldedupe.RYW: true} {
		t.Run(string(level), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var srv fakedb.Server
				db := open(t, &srv, with(level))
				must(t, db.Ping())
				reads, writes := make(chan struct{}), make(chan struct{})
				srv.On(func(c fakedb.Call) error {
					switch c.Op {
					case fakedb.Query:
						<-reads
					case fakedb.Exec:
						<-writes
					}
					return nil
				})
				var all sync.WaitGroup
				read := func() { all.Go(func() { number(t, db, items) }); synctest.Wait() }
				read()
				expect(t, "queries before the write", srv.Queries(items), 1)
				read()
				expect(t, "joined", srv.Queries(items), 1)
				all.Go(func() { exec(t, db, setItems) })
				synctest.Wait()
				read()
				expect(t, "shared during the write", srv.Queries(items) == 1, shares)
				close(writes)
				synctest.Wait()
				sent := srv.Queries(items)
				read() // under strict it waits for its turn: two are under way
				close(reads)
				all.Wait()
				expect(t, "queries in the end", srv.Queries(items), sent+1)
			})
		})
	}
}

// hazard H2: what was sent before a write is not kept for after it.
func TestFillOvertakenByAWrite(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		must(t, db.Ping())
		during(&srv, fakedb.Query, func() { expect(t, "old", number(t, db, items), 1) }, func() { exec(t, db, setItems) })
		expect(t, "new", number(t, db, items), 2)
	})
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

// Two databases of one cache see each other's writes; with namespaces of their
// own they do not see each other's answers.
func TestSharedCache(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv, same, other fakedb.Server
		cfg := cached()
		cfg.Cache = "shared"
		cfg.Namespace = "a"
		a, a2 := open(t, &srv, cfg), open(t, &same, cfg)
		cfg.Namespace = "b"
		b := open(t, &other, cfg)
		expect(t, "first", number(t, a, items), 1)
		must(t, a2.Ping())
		_, o := outcome(t, t.Context(), a2, items)
		expectKind(t, o, sqldedupe.Hit)
		_, o = outcome(t, t.Context(), b, items)
		expectKind(t, o, sqldedupe.Miss)
		exec(t, b, setItems)
		_, o = outcome(t, t.Context(), a2, items)
		expectKind(t, o, sqldedupe.Miss)

		cfg.MemoryBytes = 1 << 10
		odd := sql.OpenDB(sqldedupe.NewConnector(srv.Connector(), cfg))
		defer odd.Close()
		if err := odd.Ping(); err == nil {
			t.Error("one cache has two sizes")
		}
	})
}

// hazards H1, H2, H3, H10, H111: many readers and writers of one value. Nobody
// reads less than what was acknowledged before, and nobody reads new, then old.
func TestLinearizable(t *testing.T) {
	for _, level := range []sqldedupe.Consistency{sqldedupe.Strict, sqldedupe.RYW} {
		t.Run(string(level), func(t *testing.T) { linearizable(t, level) })
	}
}

func linearizable(t *testing.T, level sqldedupe.Consistency) {
	var srv fakedb.Server
	var value, acknowledged atomic.Int64
	var scripting sync.Mutex
	srv.On(func(c fakedb.Call) error {
		switch c.Op {
		case fakedb.Exec:
			value.Add(1)
		case fakedb.Query: // the snapshot is taken here, under one lock with the script
			scripting.Lock()
			defer scripting.Unlock()
			srv.Set(items, fakedb.Result{
				Columns: []fakedb.Column{{Name: "n"}}, Rows: [][]driver.Value{{value.Load()}},
			})
		}
		return nil
	})
	db := open(t, &srv, with(level))
	var crowd sync.WaitGroup
	for range 2 {
		crowd.Go(func() {
			for range 150 {
				exec(t, db, setItems)
				for {
					old, now := acknowledged.Load(), value.Load()
					if now <= old || acknowledged.CompareAndSwap(old, min(now, old+1)) {
						break
					}
				}
				time.Sleep(200 * time.Microsecond)
			}
		})
	}
	var newest atomic.Int64 // that anybody has read to the end
	for range 6 {
		crowd.Go(func() {
			for range 600 {
				least, seen := acknowledged.Load(), newest.Load()
				n := int64(number(t, db, items))
				if n < least {
					t.Errorf("read %d after %d was acknowledged", n, least)
				}
				if level == sqldedupe.Strict && n < seen {
					t.Errorf("read %d after somebody had read %d", n, seen)
				}
				for old := newest.Load(); n > old && !newest.CompareAndSwap(old, n); old = newest.Load() {
				}
			}
		})
	}
	crowd.Wait()
	expect(t, "in the end", int64(number(t, db, items)), value.Load())
	if s := sqldedupe.Of(db).Stats(); s.Hits == 0 || s.Misses == 0 {
		t.Errorf("no test: %+v", s)
	}
}
