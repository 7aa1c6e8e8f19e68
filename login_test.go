package sqldedupe_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

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
