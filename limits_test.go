package sqldedupe_test

import (
	"context"
	"database/sql/driver"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

// unkeepable are results that are neither shared nor kept.
func unkeepable() map[string]fakedb.Result {
	odd := blobRows()
	odd.Rows[1][0] = struct{ x int }{7}
	return map[string]fakedb.Result{"result too large": blobRows(), "value of unknown type": odd}
}

// readAll reads rows of any value.
func readAll(t *testing.T, q querier, o *sqldedupe.Outcome) (values []any) {
	t.Helper()
	rows, err := q.QueryContext(sqldedupe.WithOutcome(t.Context(), o), blobs)
	must(t, err)
	for rows.Next() {
		var a, b any
		must(t, rows.Scan(&a, &b))
		values = append(values, a, string(b.([]byte)))
	}
	must(t, rows.Err())
	must(t, rows.Close())
	return values
}

// hazards H53, H54: whoever waits for a result that cannot be kept gets all of
// it, the first one as it comes and the others by queries of their own; the
// statement goes straight to the database for a while, and then is tried again.
func TestUnkeepableResult(t *testing.T) {
	for reason, result := range unkeepable() {
		t.Run(reason, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				srv := &fakedb.Server{Reuses: true}
				srv.Set(blobs, result)
				cfg := cached()
				if reason == "result too large" {
					cfg.MaxBytes = 40
				}
				db := open(t, srv, cfg)
				must(t, db.Ping())
				release := hold(srv, fakedb.Query, "")
				outcomes := make([]sqldedupe.Outcome, 5)
				var all sync.WaitGroup
				for i := range outcomes {
					all.Go(func() {
						got := readAll(t, db, &outcomes[i])
						for j, row := range result.Rows {
							if len(got) != 6 || got[2*j] != row[0] || got[2*j+1] != string(row[1].([]byte)) {
								t.Errorf("got %v", got)
							}
						}
					})
				}
				synctest.Wait()
				expect(t, "queries at first", srv.Queries(blobs), 1)
				release()
				all.Wait()
				expect(t, "queries", srv.Queries(blobs), 5)
				kinds := map[sqldedupe.Kind]int{}
				for _, o := range outcomes {
					kinds[o.Kind]++
					if o.Kind == sqldedupe.Bypass {
						expect(t, "reason", o.Reason, reason)
					}
				}
				expect(t, "bypasses", kinds[sqldedupe.Bypass], 4)
				expect(t, "entries", sqldedupe.Of(db).Stats().Entries, 0)

				var o sqldedupe.Outcome
				readAll(t, db, &o)
				expectKind(t, o, sqldedupe.Bypass)
				srv.Set(blobs, fakedb.Result{Columns: blobRows().Columns})
				time.Sleep(61 * time.Second)
				readAll(t, db, &o)
				expectKind(t, o, sqldedupe.Miss)
				readAll(t, db, &o)
				expectKind(t, o, sqldedupe.Hit)
			})
		})
	}
}

// hazard H69: rows that nobody waits for any more when they come are closed.
func TestUnkeepableResultForNobody(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := &fakedb.Server{Kind: fakedb.Legacy} // it does not hear that all have left
		srv.Set(blobs, blobRows())
		cfg := cached()
		cfg.MaxBytes = 40
		db := open(t, srv, cfg)
		must(t, db.Ping())
		release := hold(srv, fakedb.Query, "")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := db.QueryContext(ctx, blobs); err != context.DeadlineExceeded {
			t.Errorf("got %v", err)
		}
		release()
		synctest.Wait()
		_, _, rows := srv.Open()
		expect(t, "rows open", rows, 0)
		expect(t, "rows closed", srv.Count(fakedb.RowsClose), 1)
	})
}

// hazard H53: a policy's bound on rows is a bound on what is kept, not on what
// the program gets.
func TestMaxRows(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := &fakedb.Server{}
		srv.Set(blobs, blobRows())
		for rows, want := range map[string]sqldedupe.Kind{"2": sqldedupe.Bypass, "3": sqldedupe.Hit} {
			db := open(t, srv, sqldedupe.Config{Tables: "blobs=1m;beta=0;max_rows=" + rows})
			var o sqldedupe.Outcome
			expect(t, "values", len(readAll(t, db, &o)), 6)
			expect(t, "values", len(readAll(t, db, &o)), 6)
			expectKind(t, o, want)
			must(t, db.Close())
		}
	})
}

// hazard H53: a huge result streams: what is held of it does not grow with it.
func TestHugeResultStreams(t *testing.T) {
	const rows, width = 2000, 16 << 10 // 32 MiB
	value := make([]byte, width)
	r := fakedb.Result{Columns: []fakedb.Column{{Name: "b"}}}
	for range rows {
		r.Rows = append(r.Rows, []driver.Value{value})
	}
	srv := &fakedb.Server{Reuses: true}
	srv.Set(blobs, r)
	cfg := cached()
	cfg.MaxBytes = 256 << 10
	db := open(t, srv, cfg)
	got, err := db.Query(blobs)
	must(t, err)
	var most, n uint64
	for got.Next() {
		if n++; n%400 == 0 {
			srv.Forget()
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	must(t, got.Close())
	expect(t, "rows", n, rows)
	if most > 8<<20 {
		t.Errorf("%d bytes are in use while it streams", most)
	}
}

// hazard H51: some drivers report at Close alone that a result is not whole.
func TestUncleanCloseIsNotKept(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := &fakedb.Server{}
		db := open(t, srv, cached())
		fail(srv, errDown, fakedb.RowsClose)
		for i := range 3 {
			rows, err := db.Query(items)
			must(t, err)
			if err := rows.Close(); err != errDown {
				t.Errorf("got %v", err)
			}
			expect(t, "queries", srv.Queries(items), i+1)
		}
	})
}

// hazard H43: arguments belong to the caller, who may change them when it has
// given up, while the query is sent for others.
func TestArgumentsAreCopied(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := &fakedb.Server{}
		cfg := cached()
		cfg.MaxConns = 1
		db := open(t, srv, cfg)
		tx := begin(t, db) // the query has to wait for the only connection
		arg := []byte("as it was")
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			numberOf(ctx, db, itemByID, arg)
			copy(arg, "changed..")
		})
		synctest.Wait()
		all.Go(func() { number(t, db, itemByID, []byte("as it was")) })
		synctest.Wait()
		cancel()
		synctest.Wait()
		must(t, tx.Rollback())
		all.Wait()
		expect(t, "queries", srv.Count(fakedb.Query), 1)
		expect(t, "sent", string(srv.Calls(fakedb.Query)[0].Args[0].Value.([]byte)), "as it was")
	})
}

// hazard H72: a program that reads one row and closes has read all for
// everybody: the result is kept whole.
func TestQueryRowKeepsAll(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := &fakedb.Server{}
		srv.Set(blobs, blobRows())
		db := open(t, srv, cached())
		var a int
		var b string
		must(t, db.QueryRow(blobs).Scan(&a, &b))
		var o sqldedupe.Outcome
		expect(t, "values", len(readAll(t, db, &o)), 6)
		expectKind(t, o, sqldedupe.Hit)
	})
}
