package sqldedupe_test

import (
	"context"
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
