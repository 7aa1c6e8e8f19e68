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

// exclusive is a server on which a running read keeps others from committing,
// with an entry that is due for a refresh.
func exclusive(t *testing.T, srv *fakedb.Server) *sql.DB {
	t.Helper()
	cfg := cached()
	cfg.Stale, cfg.MaxConns = time.Hour, 1
	cfg.Adapter.Inspect = func(context.Context, driver.Conn) (sqldedupe.Server, error) {
		return sqldedupe.Server{Exclusive: true}, nil
	}
	db := open(t, srv, cfg)
	number(t, db, items)
	time.Sleep(2 * time.Minute)
	return db
}

// A transaction that has the only connection commits, although a refresh waits
// for that connection.
func TestRefreshThatWaitsBlocksNoCommit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := exclusive(t, &srv)
		tx := begin(t, db)
		exec(t, tx, "UPDATE orders SET n = 1")
		n, o := outcome(t, t.Context(), db, items)
		expect(t, "stale", n, 1)
		expectKind(t, o, sqldedupe.Stale)
		synctest.Wait()
		committed := make(chan error, 1)
		go func() { committed <- tx.Commit() }()
		select {
		case err := <-committed:
			must(t, err)
		case <-time.After(time.Minute):
			t.Fatal("the commit waits for a refresh that waits for the commit")
		}
		synctest.Wait()
		expect(t, "refreshed", number(t, db, items), 2)
	})
}

// A write cancels a refresh that reads, waits for its end, and none begins while
// the write runs.
func TestRefreshAndWriteAreApart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := exclusive(t, &srv)
		release := hold(&srv, fakedb.Query, items)
		number(t, db, items)
		synctest.Wait()
		expect(t, "refreshes", srv.Queries(items), 2)
		exec(t, db, "UPDATE orders SET n = 1")
		expect(t, "writes", srv.Count(fakedb.Exec), 1)
		synctest.Wait()
		expect(t, "refreshes left out", sqldedupe.Of(db).Stats().RefreshesShed, 1)
		release()
		var write sync.WaitGroup

		time.Sleep(2 * time.Minute)
		release = hold(&srv, fakedb.Exec, "")
		write.Go(func() { exec(t, db, "UPDATE orders SET n = 2") })
		synctest.Wait()
		number(t, db, items)
		synctest.Wait()
		expect(t, "refreshes while a write runs", srv.Queries(items), 2)
		release()
		write.Wait()
	})
}
