package sqldedupe_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

// Each hint, in a context and as a comment, on an entry ten seconds old.
func TestHints(t *testing.T) {
	bypass := func(ctx context.Context) context.Context { return sqldedupe.WithBypass(ctx) }
	ttl := func(d time.Duration) func(context.Context) context.Context {
		return func(ctx context.Context) context.Context { return sqldedupe.WithTTL(ctx, d) }
	}
	age := func(d time.Duration) func(context.Context) context.Context {
		return func(ctx context.Context) context.Context { return sqldedupe.WithMaxAge(ctx, d) }
	}
	cases := []struct {
		name    string
		hint    func(context.Context) context.Context
		comment string
		kind    sqldedupe.Kind
		kept    bool // the next read without a hint finds what this one read
	}{
		{"none", nil, "", sqldedupe.Hit, false},
		{"bypass", bypass, "", sqldedupe.Bypass, false},
		{"refresh", sqldedupe.WithRefresh, "", sqldedupe.Miss, true},
		{"ttl longer", ttl(time.Hour), "", sqldedupe.Hit, false},
		{"ttl shorter", ttl(5 * time.Second), "", sqldedupe.Miss, true},
		{"ttl 0", ttl(0), "", sqldedupe.Miss, false},
		{"ttl below 0", ttl(-1), "", sqldedupe.Miss, false},
		{"age enough", age(10 * time.Second), "", sqldedupe.Hit, false},
		{"age not enough", age(10*time.Second - 1), "", sqldedupe.Miss, true},
		{"age 0", age(0), "", sqldedupe.Miss, true},
		{"comment off", nil, "off", sqldedupe.Bypass, false},
		{"comment refresh", nil, "refresh", sqldedupe.Miss, true},
		{"comment ttl", nil, "ttl=5s", sqldedupe.Miss, true},
		{"comment age", nil, "max_age=1s", sqldedupe.Miss, true},
		{"comment two", nil, "ttl=1h, max_age=1s", sqldedupe.Miss, true},
		{"comment not understood", nil, "tll=5s", sqldedupe.Bypass, false},
		{"comment bad value", nil, "ttl=5", sqldedupe.Bypass, false},
		{"comment below 0", nil, "ttl=-5s", sqldedupe.Bypass, false},
		{"context and comment", bypass, "ttl=1h", sqldedupe.Bypass, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				var srv fakedb.Server
				db := open(t, &srv, cached())
				number(t, db, items)
				time.Sleep(10 * time.Second)
				ctx, query := t.Context(), items
				if c.hint != nil {
					ctx = c.hint(ctx)
				}
				if c.comment != "" {
					query = "/* dedupe: " + c.comment + " */ " + items
				}
				_, o := outcome(t, ctx, db, query)
				expectKind(t, o, c.kind)
				before := srv.Count(fakedb.Query)
				_, o = outcome(t, t.Context(), db, items)
				expectKind(t, o, sqldedupe.Hit)
				expect(t, "kept", o.Age == 0, c.kept)
				expect(t, "queries", srv.Count(fakedb.Query), before)
			})
		})
	}
}

// WithMaxAge of 0 accepts no entry, not even one that is no older than that.
func TestMaxAgeZeroAtOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		number(t, db, items)
		for _, age := range []time.Duration{0, -time.Second} {
			_, o := outcome(t, sqldedupe.WithMaxAge(t.Context(), age), db, items)
			expectKind(t, o, sqldedupe.Miss)
		}
	})
}

// Hints add up, and the context they are added to stays as it was.
func TestHintsAddUp(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		number(t, db, items)
		base := sqldedupe.WithMaxAge(t.Context(), time.Hour)
		_, o := outcome(t, sqldedupe.WithTTL(base, 0), db, items)
		expectKind(t, o, sqldedupe.Miss)
		_, o = outcome(t, base, db, items)
		expectKind(t, o, sqldedupe.Hit)
	})
}

// hazard H113: every read has an outcome, and every bypass a reason.
func TestOutcomes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		must(t, db.Ping())
		for query, reason := range map[string]bool{
			"SELECT n FROM items FOR UPDATE": true, "SELECT nextval('s')": true, "SELECT now()": true, items: false,
		} {
			_, o := outcome(t, t.Context(), db, query)
			if (o.Kind == sqldedupe.Bypass) != reason || (o.Reason != "") != reason {
				t.Errorf("%s: %v, %q", query, o.Kind, o.Reason)
			}
		}
		release := hold(&srv, fakedb.Query, orders)
		outcomes := make([]sqldedupe.Outcome, 10)
		var all sync.WaitGroup
		for i := range outcomes {
			all.Go(func() { _, outcomes[i] = outcome(t, t.Context(), db, orders) })
		}
		synctest.Wait()
		release()
		all.Wait()
		counts := map[sqldedupe.Kind]int{}
		for _, o := range outcomes {
			counts[o.Kind]++
		}
		expect(t, "misses", counts[sqldedupe.Miss], 1)
		expect(t, "shared", counts[sqldedupe.Shared], 9)
		s := sqldedupe.Of(db).Stats()
		if s.Reads != 14 || s.Bypassed != 3 || s.Shared != 9 || s.Misses != 2 {
			t.Errorf("counted %+v", s)
		}
	})
}

// hazard H20: comments that make each text unique make no difference.
func TestCommentsAreNotPartOfTheKey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		number(t, db, items+" /* traceparent=1 */")
		for _, query := range []string{items + " /* traceparent=2 */", items, "-- three\n" + items} {
			_, o := outcome(t, t.Context(), db, query)
			expectKind(t, o, sqldedupe.Hit)
		}
		expect(t, "sent as written", srv.Calls(fakedb.Query)[0].Text, items+" /* traceparent=1 */")
	})
}

// dedupe=observe: every query runs, and what would have happened is counted.
func TestObserve(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.Mode = sqldedupe.Observe
		db := open(t, &srv, cfg)
		for i := range 5 {
			n, o := outcome(t, t.Context(), db, items)
			expect(t, "answer", n, i+1)
			expectKind(t, o, sqldedupe.Bypass)
			expect(t, "reason", o.Reason, "observe")
		}
		exec(t, db, setItems)
		number(t, db, items)
		time.Sleep(2 * time.Minute)
		number(t, db, items)
		release := hold(&srv, fakedb.Query, orders)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() { number(t, db, orders) })
		}
		synctest.Wait()
		expect(t, "queries at a time", srv.Queries(orders), 3)
		release()
		all.Wait()
		s := sqldedupe.Of(db).Stats()
		if s.WouldHit != 4 || s.WouldMiss != 4 || s.WouldShare != 2 {
			t.Errorf("would have: %d hits, %d misses, %d shared", s.WouldHit, s.WouldMiss, s.WouldShare)
		}
	})
}
