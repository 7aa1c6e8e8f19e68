package sqldedupe_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

// hazard H64: a hit needs no connection, so it comes while the pool is
// exhausted and while the database is down.
func TestHitNeedsNoConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.MaxConns = 1
		db := open(t, &srv, cfg)
		expect(t, "first", number(t, db, itemByID, 1), 1)

		tx := begin(t, db) // the only connection
		n, o := outcome(t, t.Context(), db, itemByID, 1)
		expect(t, "while the pool is exhausted", n, 1)
		expectKind(t, o, sqldedupe.Hit)
		must(t, tx.Rollback())

		fail(&srv, errDown, fakedb.Connect, fakedb.Query, fakedb.Reset, fakedb.Ping)
		srv.Restart()
		expect(t, "while the database is down", number(t, db, itemByID, 1), 1)
		expect(t, "connections", srv.Count(fakedb.Connect), 1)
	})
}

// hazard H64: callers that wait for somebody else's query hold no connection,
// and a write gets through between them.
func TestFollowersNeedNoConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, sqldedupe.Config{MaxConns: 2})
		must(t, db.Ping())
		release := hold(&srv, fakedb.Query, items)
		var readers sync.WaitGroup
		for range 1000 {
			readers.Go(func() {
				if n := number(t, db, items); n != 1 {
					t.Errorf("got %d", n)
				}
			})
		}
		synctest.Wait()
		exec(t, db, "UPDATE orders SET n = 1")
		release()
		readers.Wait()
		expect(t, "queries", srv.Queries(items), 1)
		expect(t, "connections", srv.Count(fakedb.Connect), 2)
	})
}

// dedupe_max_conns is a cap on real connections, whoever takes them.
func TestMaxConns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, sqldedupe.Config{MaxConns: 3})
		release := hold(&srv, fakedb.Query, "")
		var readers sync.WaitGroup
		for i := range 50 {
			readers.Go(func() { number(t, db, itemByID, i) })
			readers.Go(func() { numberOf(sqldedupe.WithBypass(t.Context()), db, itemByID, i) })
		}
		synctest.Wait()
		expect(t, "connections in use", openConns(&srv), 3)
		release()
		readers.Wait()
		expect(t, "connections made", srv.Count(fakedb.Connect), 3)
	})
}

// A session that has the only connection must not wait for another one.
func TestOnlyConnectionIsEnough(t *testing.T) {
	kinds := map[string]fakedb.Kind{
		"modern": fakedb.Modern, "checking": fakedb.Checking, "statement checking": fakedb.StmtChecking,
		"careless": fakedb.Careless, "legacy": fakedb.Legacy, "bare": fakedb.Bare, "converting": fakedb.Converting,
	}
	for name, kind := range kinds {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := fakedb.Server{Kind: kind}
				cfg := cached()
				cfg.MaxConns = 1
				db := open(t, &srv, cfg)
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				try := func(what string, err error) {
					if err != nil {
						t.Errorf("%s: %v", what, err)
					}
				}
				read := func(what string, q querier, id int) {
					_, err := numberOf(ctx, q, itemByID, id)
					try(what, err)
				}
				read("database", db, 1)
				c := conn(t, db)
				try("ping", c.PingContext(ctx))
				read("connection after ping", c, 2)
				_, err := c.ExecContext(ctx, setItems)
				try("exec", err)
				read("connection after exec", c, 3)
				st, err := c.PrepareContext(ctx, itemByID)
				try("prepare", err)
				if st != nil {
					var n int
					try("statement", st.QueryRowContext(ctx, 4).Scan(&n))
					try("close", st.Close())
				}
				try("close", c.Close())
				expect(t, "connections", srv.Count(fakedb.Connect), 1)
			})
		})
	}
}

// hazard H66: a ping reaches the server each time.
func TestPingReaches(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		for range 3 {
			must(t, db.Ping())
		}
		expect(t, "pings", srv.Count(fakedb.Ping), 3)
		fail(&srv, errDown, fakedb.Ping)
		expect(t, "error", db.Ping(), errDown)
	})
}

// hazard H35: nothing is answered before this process has logged in, also when
// another database of the same cache knows the answer.
func TestNothingBeforeLogin(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var good, bad fakedb.Server
		cfg := cached()
		cfg.Cache, cfg.Namespace = "login", "one user"
		expect(t, "first", number(t, open(t, &good, cfg), items), 1)

		refused := errors.New("password authentication failed")
		fail(&bad, refused, fakedb.Connect)
		db := open(t, &bad, cfg)
		if _, err := numberOf(t.Context(), db, items); err != refused {
			t.Errorf("got %v", err)
		}
		if _, err := db.Prepare(items); err != refused {
			t.Errorf("got %v", err)
		}
		bad.On(nil)
		expect(t, "after the login", number(t, db, items), 1)
		expect(t, "queries", bad.Count(fakedb.Query), 0)
	})
}

// The first login is one for all who come at the same time, and so is its error.
func TestOneLoginForMany(t *testing.T) {
	for _, want := range []error{nil, errDown} {
		bubble(t, func(t *testing.T) {
			var srv fakedb.Server
			db := open(t, &srv, cached())
			gate := make(chan struct{})
			srv.On(func(c fakedb.Call) error {
				if c.Op == fakedb.Connect {
					<-gate
					return want
				}
				return nil
			})
			var callers sync.WaitGroup
			for range 100 {
				callers.Go(func() {
					if _, err := numberOf(t.Context(), db, items); err != want {
						t.Errorf("got %v, want %v", err, want)
					}
				})
			}
			synctest.Wait()
			expect(t, "logins at a time", srv.Count(fakedb.Connect), 1)
			close(gate)
			callers.Wait()
			expect(t, "connections", srv.Count(fakedb.Connect), 1)
		})
	}
}

// A caller that gives up during the login disturbs nobody else who waits for it.
func TestLoginSurvivesItsFirstCaller(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		release := hold(&srv, fakedb.Connect, "")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var callers sync.WaitGroup
		callers.Go(func() {
			if _, err := numberOf(ctx, db, items); err != context.DeadlineExceeded {
				t.Errorf("who gave up got %v", err)
			}
		})
		synctest.Wait()
		callers.Go(func() { expect(t, "who stayed got", number(t, db, items), 1) })
		time.Sleep(2 * time.Second)
		release()
		callers.Wait()
		expect(t, "connections", srv.Count(fakedb.Connect), 1)
	})
}

// hazard H63: a program sees a broken connection exactly when it does with the
// plain driver, and no statement that is not a read is sent more often.
func TestBadConnAsPlain(t *testing.T) {
	operations := []struct {
		name string
		op   fakedb.Op
		do   func(db *sql.DB) error
	}{
		{"connect", fakedb.Connect, func(db *sql.DB) error { return db.Ping() }},
		{"exec", fakedb.Exec, func(db *sql.DB) error { _, err := db.Exec(setItems); return err }},
		{"begin", fakedb.Begin, func(db *sql.DB) error {
			tx, err := db.Begin()
			if err == nil {
				err = tx.Rollback()
			}
			return err
		}},
		{"ping", fakedb.Ping, func(db *sql.DB) error { return db.Ping() }},
		{"prepare", fakedb.Prepare, func(db *sql.DB) error {
			st, err := db.Prepare(setItems)
			if err == nil {
				err = st.Close()
			}
			return err
		}},
		{"bypass", fakedb.Query, func(db *sql.DB) error {
			_, err := numberOf(sqldedupe.WithBypass(context.Background()), db, items)
			return err
		}},
		{"commit", fakedb.Commit, func(db *sql.DB) error {
			tx, err := db.Begin()
			if err == nil {
				err = tx.Commit()
			}
			return err
		}},
	}
	for _, o := range operations {
		for bad := range 5 {
			t.Run(fmt.Sprint(o.name, bad), func(t *testing.T) {
				run := func(db *sql.DB, srv *fakedb.Server) (calls int, err error) {
					badTimes(srv, bad, o.op)
					err = o.do(db)
					return srv.Count(o.op), err
				}
				var plain, wrapped fakedb.Server
				plainDB := sql.OpenDB(plain.Connector())
				defer plainDB.Close()
				want, wantErr := run(plainDB, &plain)
				got, gotErr := run(open(t, &wrapped, cached()), &wrapped)
				if gotErr != wantErr || got != want {
					t.Errorf("got %v after %d calls, want %v after %d", gotErr, got, wantErr, want)
				}
			})
		}
	}
}

// hazard H63: a read is tried on other connections for as long as the plain
// driver would, for the leader and for everybody who waits with it.
func TestBadConnInFlight(t *testing.T) {
	for bad := range 3 {
		bubble(t, func(t *testing.T) {
			var srv fakedb.Server
			db := open(t, &srv, cached())
			must(t, db.Ping())
			release := hold(&srv, fakedb.Query, items)
			var callers sync.WaitGroup
			for range 20 {
				callers.Go(func() { number(t, db, items) })
			}
			synctest.Wait() // all have joined
			badTimes(&srv, max(bad-1, 0), fakedb.Query)
			if bad > 0 {
				srv.Restart()
			}
			release()
			callers.Wait()
			expect(t, "queries", srv.Queries(items), bad+1)
		})
	}
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		fail(&srv, driver.ErrBadConn, fakedb.Query)
		if _, err := numberOf(t.Context(), db, items); !errors.Is(err, driver.ErrBadConn) {
			t.Errorf("got %v", err)
		}
	})
}

// hazard H65: after a restart of the server every pooled connection is stale;
// no program sees that, however many there are.
func TestRestart(t *testing.T) {
	var srv fakedb.Server
	db := open(t, &srv, sqldedupe.Config{})
	db.SetMaxIdleConns(20)
	var held []*sql.Conn
	for range 20 {
		c := conn(t, db)
		must(t, c.PingContext(t.Context()))
		held = append(held, c)
	}
	for _, c := range held {
		must(t, c.Close())
	}
	expect(t, "idle connections", openConns(&srv), 20)
	srv.Restart()
	srv.Forget()
	number(t, db, items)
	expect(t, "queries for the first read", srv.Count(fakedb.Query), 2)
	for i := range 20 {
		if _, err := numberOf(t.Context(), db, itemByID, i); err != nil {
			t.Errorf("read %d: %v", i, err)
		}
		exec(t, db, setItems)
	}
}

// hazard H65: a lifetime set on the database ends real connections.
func TestLifetimeEndsRealConnections(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		db.SetConnMaxLifetime(time.Minute)
		for range 20 {
			exec(t, db, setItems)
			time.Sleep(30 * time.Second)
		}
		// Ten minutes: with the plain driver 7 to 10 connections lived a minute each.
		if made := srv.Count(fakedb.Connect); made < 4 || made > 11 {
			t.Errorf("%d connections were made", made)
		}
		expect(t, "connections open", openConns(&srv), 1)
	})
}

// As many real connections stay as the pool outside lets idle, and none when
// it lets none.
func TestIdleConnectionsFollowThePool(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, sqldedupe.Config{})
		db.SetConnMaxIdleTime(time.Minute)
		db.SetMaxIdleConns(5)
		var held []*sql.Conn
		for range 8 {
			c := conn(t, db)
			must(t, c.PingContext(t.Context()))
			held = append(held, c)
		}
		for _, c := range held {
			must(t, c.Close())
		}
		expect(t, "idle", openConns(&srv), 5)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		expect(t, "after the idle time", openConns(&srv), 0)
		number(t, db, items)
	})
}

// hazard H64: sessions that come and go at the same time leave the pool inside
// at the right size.
func TestIdleConnectionsUnderChurn(t *testing.T) {
	var srv fakedb.Server
	db := open(t, &srv, sqldedupe.Config{})
	db.SetMaxIdleConns(-1)
	for range 200 {
		var crowd sync.WaitGroup
		for range 8 {
			crowd.Go(func() { must(t, db.Ping()) })
		}
		crowd.Wait()
		if n := openConns(&srv); n != 0 {
			t.Fatalf("%d real connections stay behind no session", n)
		}
	}
}

// Statements and transactions of one connection run on one real connection,
// and what a session has set stays with it.
func TestSessionStatePins(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		number(t, db, items)
		c := conn(t, db)
		exec(t, c, "SET search_path = other")
		srv.Forget()
		for range 2 {
			n, o := outcome(t, t.Context(), c, items)
			expectKind(t, o, sqldedupe.Bypass)
			expect(t, "reason", o.Reason, "session state")
			expect(t, "answer", n, srv.Queries(items))
		}
		set := srv.Calls(fakedb.Query)[0].Conn
		must(t, c.Close())
		// The pool outside hands it out again, state and all, as the plain one does.
		again := conn(t, db)
		_, o := outcome(t, t.Context(), again, items)
		expectKind(t, o, sqldedupe.Bypass)
		for _, call := range srv.Calls(fakedb.Query) {
			expect(t, "connection", call.Conn, set)
		}
		// Nobody else gets that connection.
		_, o = outcome(t, t.Context(), db, items)
		if o.Kind == sqldedupe.Bypass {
			t.Error("another session is pinned too")
		}
	})
}

// hazards H4, H5, H8: reads in a transaction run in it.
func TestTransactionBypasses(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		number(t, db, items)
		srv.Forget()
		tx := begin(t, db)
		for i := range 3 {
			n, o := outcome(t, t.Context(), tx, items)
			expectKind(t, o, sqldedupe.Bypass)
			expect(t, "reason", o.Reason, "in a transaction")
			expect(t, "answer", n, i+1)
		}
		must(t, tx.Commit())
		own := srv.Calls(fakedb.Begin)[0].Conn
		for _, c := range srv.Calls(fakedb.Query, fakedb.Commit) {
			expect(t, "connection of "+c.String(), c.Conn, own)
		}
		_, o := outcome(t, t.Context(), db, items)
		expectKind(t, o, sqldedupe.Hit)
	})
}

// A cancelled transaction takes its connection with it on drivers that have
// not opted in to reuse, and leaves it on those that have.
func TestCancelledTransaction(t *testing.T) {
	for kind, want := range map[fakedb.Kind]int{fakedb.Modern: 0, fakedb.Careless: 1, fakedb.Legacy: 1} {
		bubble(t, func(t *testing.T) {
			closed := func(db *sql.DB, srv *fakedb.Server) int {
				ctx, cancel := context.WithCancel(t.Context())
				_, err := db.BeginTx(ctx, nil)
				must(t, err)
				cancel()
				time.Sleep(time.Second)
				expect(t, "rollbacks", srv.Count(fakedb.Rollback), 1)
				return srv.Count(fakedb.ConnClose)
			}
			plain := fakedb.Server{Kind: kind}
			db := sql.OpenDB(plain.Connector())
			defer db.Close()
			expect(t, "plain", closed(db, &plain), want)
			wrapped := fakedb.Server{Kind: kind}
			expect(t, "wrapped", closed(open(t, &wrapped, cached()), &wrapped), want)
		})
	}
}

// hazard H65: the driver is asked about a connection whenever it changes hands,
// and not for a hit; one that it calls invalid is not used again.
func TestResetAndValid(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		number(t, db, items)
		resets, valid := srv.Count(fakedb.Reset), srv.Count(fakedb.Valid)
		for range 5 {
			number(t, db, items)
		}
		expect(t, "resets for hits", srv.Count(fakedb.Reset), resets)
		expect(t, "questions for hits", srv.Count(fakedb.Valid), valid)
		exec(t, db, setItems)
		expect(t, "resets for a write", srv.Count(fakedb.Reset), resets+1)

		fail(&srv, errDown, fakedb.Valid)
		exec(t, db, setItems)
		expect(t, "connections left", openConns(&srv), 0)
		fail(&srv, driver.ErrBadConn, fakedb.Reset)
		exec(t, db, setItems)
		exec(t, db, setItems)
		expect(t, "connections", srv.Count(fakedb.Connect), 3)
	})
}

// hazard H59: what the caller's context carries does not reach a query that
// may be for many, and does where the query is the caller's own.
func TestContextValues(t *testing.T) {
	bubble(t, func(t *testing.T) {
		type tenant struct{}
		var srv fakedb.Server
		db := open(t, &srv, sqldedupe.Config{})
		ctx := context.WithValue(t.Context(), tenant{}, "a")
		for _, own := range []bool{false, true} {
			srv.On(func(c fakedb.Call) error {
				if c.Op == fakedb.Query && (c.Ctx.Value(tenant{}) != nil) != own {
					t.Errorf("the query sees %v", c.Ctx.Value(tenant{}))
				}
				return nil
			})
			if own {
				ctx = sqldedupe.WithBypass(ctx)
			}
			outcome(t, ctx, db, items)
		}
	})
}

// hazard H111: readers between many writes start two queries at a time, not
// one per write.
func TestInvalidationStorm(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		release := hold(&srv, fakedb.Query, items)
		var readers sync.WaitGroup
		for range 50 {
			exec(t, db, setItems)
			readers.Go(func() { number(t, db, items) })
			synctest.Wait()
		}
		expect(t, "queries at a time", srv.Queries(items), 2)
		release()
		readers.Wait()
		expect(t, "queries", srv.Queries(items), 3)
	})
}

// hazard H59: a caller's deadline holds to the instant, whoever runs the query
// and however deaf the driver is.
func TestDeadlines(t *testing.T) {
	for _, kind := range []fakedb.Kind{fakedb.Modern, fakedb.Legacy} {
		bubble(t, func(t *testing.T) {
			srv := &fakedb.Server{Kind: kind}
			db := open(t, srv, cached())
			must(t, db.Ping())
			slow := make(chan struct{})
			srv.On(func(c fakedb.Call) error {
				if c.Op == fakedb.Query {
					<-slow // hears nothing
				}
				return nil
			})
			began := time.Now()
			var all sync.WaitGroup
			for i := range 3 {
				all.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*time.Second)
					defer cancel()
					_, err := numberOf(ctx, db, items)
					if err != context.DeadlineExceeded || time.Since(began) != time.Duration(i+1)*time.Second {
						t.Errorf("caller %d got %v after %v", i, err, time.Since(began))
					}
				})
			}
			all.Wait()
			close(slow)
		})
	}
}
