package sqldedupe_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

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
