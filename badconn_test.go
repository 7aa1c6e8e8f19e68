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

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

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

// hazard H60: a follower without a pool behind it, which would try again, does
// not meet the broken connections of its leader.
func TestBadConnStaysWithTheLeader(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		leader, follower := conn(t, db), conn(t, db)
		gate := make(chan struct{})
		var mu sync.Mutex
		bad := 3
		srv.On(func(c fakedb.Call) error {
			if c.Op != fakedb.Query {
				return nil
			}
			<-gate
			mu.Lock()
			defer mu.Unlock()
			if bad--; bad >= 0 {
				return driver.ErrBadConn
			}
			return nil
		})
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := numberOf(t.Context(), leader, items); !errors.Is(err, driver.ErrBadConn) {
				t.Errorf("the leader got %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() { expect(t, "the follower got", number(t, follower, items), 4) })
		synctest.Wait()
		close(gate)
		all.Wait()
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
