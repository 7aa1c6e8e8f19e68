package sqldedupe_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

// A refresh that fails leaves the entry to its age and is tried again after a
// pause, not by every reader.
func TestRefreshFails(t *testing.T) {
	faults := map[string]func(){"error": func() {}, "panic": func() { panic("driver") }, "Goexit": runtime.Goexit}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var srv fakedb.Server
				var told atomic.Int64
				cfg := cached()
				cfg.Stale = time.Minute
				cfg.OnError = func(error) { told.Add(1) }
				db := open(t, &srv, cfg)
				number(t, db, items)
				time.Sleep(61 * time.Second)
				srv.On(func(c fakedb.Call) error {
					if c.Op == fakedb.Query {
						fault()
						return errDown
					}
					return nil
				})
				for range 10 {
					_, o := outcome(t, t.Context(), db, items)
					expectKind(t, o, sqldedupe.Stale)
					synctest.Wait()
				}
				expect(t, "refreshes", srv.Queries(items), 2)
				expect(t, "errors counted", sqldedupe.Of(db).Stats().RefreshErrors, 1)
				expect(t, "panics told", told.Load() == 1, name == "panic")
				srv.On(nil)
				time.Sleep(2 * time.Second)
				number(t, db, items)
				synctest.Wait()
				expect(t, "after the pause", number(t, db, items), 3)
			})
		})
	}
}

// Background refreshes are few, however many entries are due.
func TestRefreshesAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.Stale = time.Minute
		db := open(t, &srv, cfg)
		for i := range 30 {
			number(t, db, itemByID, i)
		}
		time.Sleep(61 * time.Second)
		srv.Forget()
		release := hold(&srv, fakedb.Query, "")
		for i := range 30 {
			_, o := outcome(t, t.Context(), db, itemByID, i)
			expectKind(t, o, sqldedupe.Stale)
		}
		synctest.Wait()
		expect(t, "refreshes at a time", srv.Count(fakedb.Query), 8)
		expect(t, "shed", sqldedupe.Of(db).Stats().RefreshesShed, 22)
		release()
		synctest.Wait()
		for i := range 30 {
			number(t, db, itemByID, i)
			synctest.Wait()
		}
		expect(t, "refreshes in the end", srv.Count(fakedb.Query), 30)
	})
}

// slow makes every query take a second.
func slow(srv *fakedb.Server) {
	srv.On(func(c fakedb.Call) error {
		if c.Op == fakedb.Query {
			time.Sleep(time.Second)
		}
		return nil
	})
}

// XFetch: shortly before its end an entry that was slow to compute is renewed
// behind a hit, once; without beta never.
func TestEarlyRefresh(t *testing.T) {
	for _, beta := range []float64{1, -1} {
		t.Run(fmt.Sprint("beta=", beta), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var srv fakedb.Server
				db := open(t, &srv, sqldedupe.Config{TTL: time.Minute, Beta: beta})
				slow(&srv)
				number(t, db, items)
				time.Sleep(20 * time.Second) // far from the end nothing fires
				for range 100 {
					_, o := outcome(t, t.Context(), db, items)
					expectKind(t, o, sqldedupe.Hit)
				}
				time.Sleep(39*time.Second - time.Microsecond) // delta is a million times what remains
				refreshed := 0
				for range 100 {
					n, o := outcome(t, t.Context(), db, items)
					expect(t, "answer", n, 1)
					if o.Kind == sqldedupe.Refreshed {
						refreshed++
					}
				}
				time.Sleep(2 * time.Second)
				n := number(t, db, items)
				if beta > 0 && (refreshed != 1 || n != 2 || srv.Queries(items) != 2) {
					t.Errorf("%d hits began a refresh, the answer is from execution %d of %d", refreshed, n, srv.Queries(items))
				}
				if beta < 0 && refreshed != 0 {
					t.Error("renewed early without beta")
				}
			})
		})
	}
}

// dedupe_wait: a slow query is helped by one more per interval.
func TestWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.Wait = 2 * time.Second
		db := open(t, &srv, cfg)
		must(t, db.Ping())
		var sent atomic.Int64
		srv.On(func(c fakedb.Call) error {
			if c.Op == fakedb.Query && sent.Add(1) < 3 {
				<-c.Ctx.Done()
				return c.Ctx.Err()
			}
			return nil
		})
		began := time.Now()
		var callers sync.WaitGroup
		for range 50 {
			callers.Go(func() { number(t, db, items) })
		}
		callers.Wait()
		expect(t, "took", time.Since(began), 4*time.Second)
		expect(t, "queries", srv.Queries(items), 3)
	})
}
