package sqldedupe_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

// hazard H69: db.Close ends every real connection and goroutine, closes the
// real connector, once, and leaves nothing of the cache.
func TestClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.Cache, cfg.Namespace, cfg.Stale = "closed", "one", time.Hour
		db := open(t, &srv, cfg)
		for i := range 20 {
			number(t, db, itemByID, i)
		}
		must(t, prepare(t, db, orders).Close())
		must(t, db.Close())
		must(t, db.Close())
		expect(t, "connections", openConns(&srv), 0)
		expect(t, "connectors closed", srv.Count(fakedb.Close), 1)
		if _, err := numberOf(t.Context(), db, itemByID, 1); err == nil || err.Error() != "sql: database is closed" {
			t.Errorf("got %v", err)
		}
		again := open(t, &srv, cfg)
		must(t, again.Ping())
		expect(t, "entries of the next one", sqldedupe.Of(again).Stats().Entries, 0)
		expect(t, "its answer", number(t, again, itemByID, 1), 21)
	})
}

// hazard H69: a query that runs is waited for, its callers get their answer,
// and nobody gets one after it.
func TestCloseWhileAQueryRuns(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		must(t, db.Ping())
		release := hold(&srv, fakedb.Query, items)
		var callers, closing sync.WaitGroup
		for range 5 {
			callers.Go(func() { expect(t, "answer", number(t, db, items), 1) })
		}
		synctest.Wait()
		closing.Go(func() { must(t, db.Close()) })
		synctest.Wait()
		release()
		callers.Wait()
		closing.Wait()
		expect(t, "connections", openConns(&srv), 0)
	})
}

// A refresh nobody waits for is cancelled by db.Close.
func TestCloseCancelsRefreshes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.Stale = time.Hour
		db := open(t, &srv, cfg)
		number(t, db, items)
		time.Sleep(2 * time.Minute)
		hold(&srv, fakedb.Query, items) // for ever
		number(t, db, items)
		synctest.Wait()
		expect(t, "refreshes", srv.Queries(items), 2)
		must(t, db.Close())
		expect(t, "connections", openConns(&srv), 0)
	})
}

// db.Close waits for what works in the background, however deaf it is.
func TestCloseWaitsForWorkers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		var asking, asked atomic.Int64
		cfg := cached()
		cfg.Adapter.Inspect = func(context.Context, driver.Conn) (sqldedupe.Server, error) {
			return sqldedupe.Server{Session: "7"}, nil
		}
		cfg.Adapter.Gone = func(context.Context, driver.Conn, string) (bool, error) {
			asking.Add(1)
			time.Sleep(5 * time.Second)
			asked.Add(1)
			return false, nil
		}
		db := open(t, &srv, cfg)
		number(t, db, items)
		unknown(t, &srv, db, fakedb.Exec)
		synctest.Wait()
		must(t, db.Close())
		if asking.Load() == 0 || asked.Load() != asking.Load() {
			t.Errorf("%d questions, %d answers", asking.Load(), asked.Load())
		}
	})
}

// What is open when the database is closed stays usable, as with the plain
// driver: rows, transactions, statements in them.
func TestOpenThingsSurviveClose(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := &fakedb.Server{}
		srv.Set(blobs, blobRows())
		cfg := cached()
		cfg.MaxBytes = 40 // the rest of the rows comes from the driver
		db := open(t, srv, cfg)
		tx := begin(t, db)
		rows, err := db.Query(blobs)
		must(t, err)
		must(t, db.Close())
		n := 0
		for rows.Next() {
			n++
		}
		must(t, rows.Close())
		expect(t, "rows", n, 3)
		exec(t, tx, setItems)
		must(t, tx.Commit())
		expect(t, "connections", openConns(srv), 0)
	})
}

// db.Close amid a crowd: every caller ends with an answer or an error, and
// nothing is left.
func TestCloseAmidACrowd(t *testing.T) {
	for range 30 {
		var srv fakedb.Server
		cfg := cached()
		cfg.Stale, cfg.Wait = time.Minute, time.Millisecond
		db := sql.OpenDB(sqldedupe.NewConnector(srv.Connector(), cfg))
		var crowd sync.WaitGroup
		for i := range 8 {
			crowd.Go(func() {
				for j := range 30 {
					numberOf(context.Background(), db, itemByID, j%7)
					if i == 0 {
						db.Exec(setItems)
					}
				}
			})
		}
		time.Sleep(time.Millisecond)
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		crowd.Wait()
		if n := openConns(&srv); n != 0 {
			t.Fatalf("%d connections are left", n)
		}
	}
}

// An error of the real connector's Close is db.Close's.
func TestCloseError(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		must(t, db.Ping())
		fail(&srv, errDown, fakedb.Close)
		if err := db.Close(); !errors.Is(err, errDown) {
			t.Errorf("got %v", err)
		}
	})
}

// A configuration that makes no sense is told at the first use, and the real
// connector is closed all the same.
func TestBadConfig(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, sqldedupe.Config{TTL: -1, Jitter: 2, MaxConns: -1})
		err := db.Ping()
		if err == nil {
			t.Fatal("it works")
		}
		for _, name := range []string{"dedupe_ttl", "dedupe_jitter", "dedupe_max_conns"} {
			if !strings.Contains(err.Error(), name) {
				t.Errorf("%q does not name %s", err, name)
			}
		}
		must(t, db.Close())
		expect(t, "connectors closed", srv.Count(fakedb.Close), 1)
	})
}

// hazard H106: memory stays within its bound, whatever is read.
func TestMemoryIsBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.MemoryBytes = 64 << 10
		db := open(t, &srv, cfg)
		for i := range 2000 {
			number(t, db, itemByID, fmt.Sprintf("%0100d", i))
		}
		s := sqldedupe.Of(db).Stats()
		if s.Bytes > cfg.MemoryBytes || s.Entries < 20 {
			t.Errorf("%d entries of %d bytes", s.Entries, s.Bytes)
		}
		sqldedupe.Of(db).Purge()
		expect(t, "entries after a purge", sqldedupe.Of(db).Stats().Entries, 0)
	})
}
