package sqldedupe_test

import (
	"database/sql"
	"database/sql/driver"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

// hazard H1: a query that was sent before a write is shared by nobody who came
// after it, and under strict by nobody who came during it.
func TestJoinsAroundAWrite(t *testing.T) {
	for level, shares := range map[sqldedupe.Consistency]bool{sqldedupe.Strict: false, sqldedupe.RYW: true} {
		t.Run(string(level), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var srv fakedb.Server
				db := open(t, &srv, with(level))
				must(t, db.Ping())
				reads, writes := make(chan struct{}), make(chan struct{})
				srv.On(func(c fakedb.Call) error {
					switch c.Op {
					case fakedb.Query:
						<-reads
					case fakedb.Exec:
						<-writes
					}
					return nil
				})
				var all sync.WaitGroup
				read := func() { all.Go(func() { number(t, db, items) }); synctest.Wait() }
				read()
				expect(t, "queries before the write", srv.Queries(items), 1)
				read()
				expect(t, "joined", srv.Queries(items), 1)
				all.Go(func() { exec(t, db, setItems) })
				synctest.Wait()
				read()
				expect(t, "shared during the write", srv.Queries(items) == 1, shares)
				close(writes)
				synctest.Wait()
				sent := srv.Queries(items)
				read() // under strict it waits for its turn: two are under way
				close(reads)
				all.Wait()
				expect(t, "queries in the end", srv.Queries(items), sent+1)
			})
		})
	}
}

// hazard H2: what was sent before a write is not kept for after it.
func TestFillOvertakenByAWrite(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		must(t, db.Ping())
		during(&srv, fakedb.Query, func() { expect(t, "old", number(t, db, items), 1) }, func() { exec(t, db, setItems) })
		expect(t, "new", number(t, db, items), 2)
	})
}

// Two databases of one cache see each other's writes; with namespaces of their
// own they do not see each other's answers.
func TestSharedCache(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv, same, other fakedb.Server
		cfg := cached()
		cfg.Cache = "shared"
		cfg.Namespace = "a"
		a, a2 := open(t, &srv, cfg), open(t, &same, cfg)
		cfg.Namespace = "b"
		b := open(t, &other, cfg)
		expect(t, "first", number(t, a, items), 1)
		must(t, a2.Ping())
		_, o := outcome(t, t.Context(), a2, items)
		expectKind(t, o, sqldedupe.Hit)
		_, o = outcome(t, t.Context(), b, items)
		expectKind(t, o, sqldedupe.Miss)
		exec(t, b, setItems)
		_, o = outcome(t, t.Context(), a2, items)
		expectKind(t, o, sqldedupe.Miss)

		cfg.MemoryBytes = 1 << 10
		odd := sql.OpenDB(sqldedupe.NewConnector(srv.Connector(), cfg))
		defer odd.Close()
		if err := odd.Ping(); err == nil {
			t.Error("one cache has two sizes")
		}
	})
}

// hazards H1, H2, H3, H10, H111: many readers and writers of one value. Nobody
// reads less than what was acknowledged before, and nobody reads new, then old.
func TestLinearizable(t *testing.T) {
	for _, level := range []sqldedupe.Consistency{sqldedupe.Strict, sqldedupe.RYW} {
		t.Run(string(level), func(t *testing.T) { linearizable(t, level) })
	}
}

func linearizable(t *testing.T, level sqldedupe.Consistency) {
	var srv fakedb.Server
	var value, acknowledged atomic.Int64
	var scripting sync.Mutex
	srv.On(func(c fakedb.Call) error {
		switch c.Op {
		case fakedb.Exec:
			value.Add(1)
		case fakedb.Query: // the snapshot is taken here, under one lock with the script
			scripting.Lock()
			defer scripting.Unlock()
			srv.Set(items, fakedb.Result{
				Columns: []fakedb.Column{{Name: "n"}}, Rows: [][]driver.Value{{value.Load()}},
			})
		}
		return nil
	})
	db := open(t, &srv, with(level))
	var crowd sync.WaitGroup
	for range 2 {
		crowd.Go(func() {
			for range 150 {
				exec(t, db, setItems)
				for {
					old, now := acknowledged.Load(), value.Load()
					if now <= old || acknowledged.CompareAndSwap(old, min(now, old+1)) {
						break
					}
				}
				time.Sleep(200 * time.Microsecond)
			}
		})
	}
	var newest atomic.Int64 // that anybody has read to the end
	for range 6 {
		crowd.Go(func() {
			for range 600 {
				least, seen := acknowledged.Load(), newest.Load()
				n := int64(number(t, db, items))
				if n < least {
					t.Errorf("read %d after %d was acknowledged", n, least)
				}
				if level == sqldedupe.Strict && n < seen {
					t.Errorf("read %d after somebody had read %d", n, seen)
				}
				for old := newest.Load(); n > old && !newest.CompareAndSwap(old, n); old = newest.Load() {
				}
			}
		})
	}
	crowd.Wait()
	expect(t, "in the end", int64(number(t, db, items)), value.Load())
	if s := sqldedupe.Of(db).Stats(); s.Hits == 0 || s.Misses == 0 {
		t.Errorf("no test: %+v", s)
	}
}
