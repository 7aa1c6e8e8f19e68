package sqldedupe_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

// A ttl ends at its instant, counted from before the query was sent.
func TestTTL(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		srv.On(func(c fakedb.Call) error {
			if c.Op == fakedb.Query {
				time.Sleep(10 * time.Second)
			}
			return nil
		})
		number(t, db, items)
		time.Sleep(50*time.Second - 1)
		n, o := outcome(t, t.Context(), db, items)
		expect(t, "at the last instant", n, 1)
		expect(t, "age", o.Age, time.Minute-1)
		time.Sleep(time.Nanosecond)
		expect(t, "after it", number(t, db, items), 2)
	})
}

// hazard H104: a ttl of 0 keeps nothing.
func TestNoTTL(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, sqldedupe.Config{})
		number(t, db, items)
		expect(t, "second", number(t, db, items), 2)
		expect(t, "entries", sqldedupe.Of(db).Stats().Entries, 0)
	})
}

// hazard H105: jitter only ever shortens a ttl, by its fraction at the most.
func TestJitter(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.Jitter = 0.5
		db := open(t, &srv, cfg)
		early := 0
		for i := range 50 {
			number(t, db, itemByID, i)
			time.Sleep(30*time.Second - 1)
			_, o := outcome(t, t.Context(), db, itemByID, i)
			expectKind(t, o, sqldedupe.Hit)
			time.Sleep(15 * time.Second)
			if _, o = outcome(t, t.Context(), db, itemByID, i); o.Kind == sqldedupe.Miss {
				early++
			}
		}
		if early == 0 || early == 50 {
			t.Errorf("%d of 50 ended early", early)
		}
	})
}

// After its ttl an entry still answers at once for the stale time, while one
// refresh runs behind; after that it does not.
func TestStale(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.Stale = time.Minute
		db := open(t, &srv, cfg)
		number(t, db, items)
		time.Sleep(90 * time.Second)
		release := hold(&srv, fakedb.Query, items)
		for range 20 {
			n, o := outcome(t, t.Context(), db, items)
			expect(t, "stale answer", n, 1)
			expectKind(t, o, sqldedupe.Stale)
			expect(t, "age", o.Age, 90*time.Second)
		}
		synctest.Wait()
		expect(t, "refreshes at a time", srv.Queries(items), 2)
		release()
		synctest.Wait()
		n, o := outcome(t, t.Context(), db, items)
		expect(t, "refreshed answer", n, 2)
		expectKind(t, o, sqldedupe.Hit)

		time.Sleep(2*time.Minute + 1)
		n, o = outcome(t, t.Context(), db, items)
		expect(t, "too old", n, 3)
		expectKind(t, o, sqldedupe.Miss)
	})
}

// hazard H11: stale means old by time, never void by a write.
func TestStaleNeverAfterAWrite(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.Stale, cfg.StaleIfError = time.Hour, time.Hour
		db := open(t, &srv, cfg)
		number(t, db, items)
		time.Sleep(90 * time.Second)
		exec(t, db, setItems)
		_, o := outcome(t, t.Context(), db, items)
		expectKind(t, o, sqldedupe.Miss)

		exec(t, db, setItems)
		fail(&srv, errDown, fakedb.Query)
		if _, err := numberOf(t.Context(), db, items); err != errDown {
			t.Errorf("got %v", err)
		}
	})
}

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

// stale_if_error answers for a database that does not, for so long, and never
// in place of its own answer.
func TestStaleIfError(t *testing.T) {
	syntax := errors.New("syntax error")
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.StaleIfError = time.Minute
		cfg.Adapter.Answered = func(err error) bool { return err == syntax }
		db := open(t, &srv, cfg)
		number(t, db, items)
		time.Sleep(90 * time.Second)

		fail(&srv, syntax, fakedb.Query)
		if _, err := numberOf(t.Context(), db, items); err != syntax {
			t.Errorf("in place of the database's own answer: %v", err)
		}
		fail(&srv, errDown, fakedb.Query)
		n, o := outcome(t, t.Context(), db, items)
		expect(t, "answer", n, 1)
		expectKind(t, o, sqldedupe.Stale)
		expect(t, "age", o.Age, 90*time.Second)
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() { expect(t, "answer for many", number(t, db, items), 1) })
		}
		all.Wait()

		time.Sleep(30 * time.Second)
		if _, err := numberOf(t.Context(), db, items); err != errDown {
			t.Errorf("beyond its time: %v", err)
		}
		srv.On(nil)
		_, o = outcome(t, t.Context(), db, items)
		expectKind(t, o, sqldedupe.Miss)
	})
}

// A write that comes between the look at the entry and the failure of the
// query voids what stale_if_error would give.
func TestStaleIfErrorOvertakenByAWrite(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.StaleIfError = time.Hour
		db := open(t, &srv, cfg)
		number(t, db, items)
		time.Sleep(90 * time.Second)
		gate := make(chan struct{})
		srv.On(func(c fakedb.Call) error {
			if c.Op == fakedb.Query {
				<-gate
				return errDown
			}
			return nil
		})
		var reader sync.WaitGroup
		reader.Go(func() {
			if _, err := numberOf(t.Context(), db, items); err != errDown {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		exec(t, db, setItems)
		close(gate)
		reader.Wait()
	})
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

// Per table: the strictest of the tables decides, off on one turns keeping off.
func TestTables(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := sqldedupe.Config{Beta: -1, Tables: "items=10m,orders=off,short=1s"}
		db := open(t, &srv, cfg)
		join := "SELECT n FROM items JOIN short ON true"
		for _, q := range []string{items, orders, join, "SELECT n FROM others"} {
			number(t, db, q)
		}
		_, o := outcome(t, t.Context(), db, items)
		expectKind(t, o, sqldedupe.Hit)
		_, o = outcome(t, t.Context(), db, orders)
		expectKind(t, o, sqldedupe.Bypass)
		_, o = outcome(t, t.Context(), db, join)
		expectKind(t, o, sqldedupe.Hit)
		_, o = outcome(t, t.Context(), db, "SELECT n FROM others")
		expectKind(t, o, sqldedupe.Miss)
		time.Sleep(2 * time.Second)
		_, o = outcome(t, t.Context(), db, join)
		expectKind(t, o, sqldedupe.Miss)
		_, o = outcome(t, t.Context(), db, items)
		expectKind(t, o, sqldedupe.Hit)
		if !strings.Contains(sqldedupe.Of(db).Explain(items).Rule, "items") {
			t.Errorf("rule %q", sqldedupe.Of(db).Explain(items).Rule)
		}
	})
}
