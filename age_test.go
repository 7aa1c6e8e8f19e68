package sqldedupe_test

import (
	"strings"
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
