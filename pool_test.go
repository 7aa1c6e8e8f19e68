package sqldedupe_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

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

// hazard H65: a lifetime set on the database ends real connections.
func TestLifetimeEndsRealConnections(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		db.SetConnMaxLifetime(time.Minute)
		conn(t, db) // a session that stays, so that the pool inside is never given up
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
