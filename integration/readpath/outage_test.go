package readpath

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
)

// hazard H64: hits need none of the connections that transactions hold.
func TestHitsGoOnWhileAllConnectionsAreHeld(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		for _, w := range ways {
			t.Run(w.name, func(t *testing.T) {
				p := e.Shared(t)
				fixture(t, p)
				db := p.Open(t, "dedupe_ttl=1m", "dedupe_beta=0", "dedupe_max_conns=2")
				ask := w.asker(t, p, db)
				if _, err := ask(t.Context()); err != nil {
					t.Fatal(err)
				}
				var held []*sql.Tx
				for range 2 {
					tx, err := db.BeginTx(t.Context(), nil)
					if err != nil {
						t.Fatal(err)
					}
					defer tx.Rollback()
					held = append(held, tx)
				}
				ask1000(t, ask, func() {})
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				if _, err := db.ExecContext(ctx, "update items set v = 0"); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("a write got %v", err)
				}
				// A write that was never sent has changed nothing.
				hitUntil(t, []func(context.Context) (int64, error){ask}, time.Now().Add(10*time.Millisecond))
				ctx, cancel = context.WithTimeout(t.Context(), 100*time.Millisecond)
				defer cancel()
				var n int64
				if err := db.QueryRowContext(ctx, "select v from items where id = 8").Scan(&n); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("a miss got %d, %v", n, err)
				}
				miss := askLater(t.Context(), func(ctx context.Context) (v int64, err error) {
					err = db.QueryRowContext(ctx, "select v from items where id = 9").Scan(&v)
					return v, err
				})
				if err := held[0].Rollback(); err != nil {
					t.Fatal(err)
				}
				if a := <-miss; a.v != 90 || a.err != nil {
					t.Errorf("a miss got %d, %v after a transaction ended", a.v, a.err)
				}
				if peak := p.Proxy.Stats().Peak; peak > 2 {
					t.Errorf("%d connections", peak)
				}
			})
		}
	})
}

// Hits go on until their ttl; then the driver says what it has to say.
func TestServerFrozen(t *testing.T) {
	t.Parallel()
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		t.Parallel()
		p := e.Private(t)
		fixture(t, p)
		const ttl = 3 * time.Second
		db := p.Open(t, "dedupe_ttl="+ttl.String(), "dedupe_beta=0")
		var asks []func(context.Context) (int64, error)
		for _, w := range ways {
			asks = append(asks, w.asker(t, p, db))
		}
		warm(t, asks)
		start := time.Now()
		p.Server.Freeze()
		hits := hitUntil(t, asks, start.Add(ttl/2))
		t.Logf("%d hits while the server was frozen", hits)
		lab.Eventually(t, "the ttl has passed", func() bool { return time.Since(start) > ttl })
		for i, ask := range asks {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			a := <-askLater(ctx, ask)
			cancel()
			if !errors.Is(a.err, context.DeadlineExceeded) || a.took > 3*time.Second {
				t.Errorf("%s: a miss got %d, %v after %v", ways[i].name, a.v, a.err, a.took)
			}
		}
		p.Server.Thaw()
		warm(t, asks)
	})
}

// warm asks until each answer has come from the database; connections that broke may cost an attempt each, as they do
// with the plain driver.
func warm(t *testing.T, asks []func(context.Context) (int64, error)) (attempts int) {
	t.Helper()
	for i, ask := range asks {
		var last error
		lab.Eventually(t, ways[i].name+" answers", func() bool {
			attempts++
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			a := <-askLater(ctx, ask)
			if a.err != nil && (last == nil || a.err.Error() != last.Error()) {
				last = a.err
				t.Logf("%s, attempt %d: %v", ways[i].name, attempts, a.err)
			}
			return a.err == nil && a.v == 70
		})
	}
	return attempts
}

// hitUntil asks again and again; every answer must be a hit.
func hitUntil(t *testing.T, asks []func(context.Context) (int64, error), end time.Time) (hits int) {
	t.Helper()
	for time.Now().Before(end) {
		for i, ask := range asks {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			a := <-askLater(ctx, ask)
			cancel()
			if a.v != 70 || a.err != nil || a.kind != sqldedupe.Hit {
				t.Fatalf("%s: got %d, %v by %v", ways[i].name, a.v, a.err, a.kind)
			}
			hits++
		}
	}
	return hits
}

func TestServerKilledAndRestarted(t *testing.T) {
	t.Parallel()
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		t.Parallel()
		p := e.Private(t)
		fixture(t, p)
		const ttl = 3 * time.Second
		db := p.Open(t, "dedupe_ttl="+ttl.String(), "dedupe_beta=0")
		var asks []func(context.Context) (int64, error)
		for _, w := range ways {
			asks = append(asks, w.asker(t, p, db))
		}
		warm(t, asks)
		start := time.Now()
		p.Server.Kill()
		p.Proxy.Refuse()
		t.Logf("%d hits while the server was dead", hitUntil(t, asks, start.Add(ttl/2)))
		lab.Eventually(t, "the ttl has passed", func() bool { return time.Since(start) > ttl })
		plain := sqlError(t, lab.Open(t, p.Plain, p.Proxy.Via(p.DSN)))
		for i, ask := range asks {
			a := <-askLater(t.Context(), ask)
			var op *net.OpError
			if !errors.As(a.err, &op) && a.err != nil {
				a = <-askLater(t.Context(), ask) // the first one may have met a connection that broke
			}
			if a.err == nil || a.err.Error() != plain.Error() {
				t.Errorf("%s: a miss got %d, %v; the plain driver says %v", ways[i].name, a.v, a.err, plain)
			}
		}
		p.Server.Restart()
		p.Proxy.Admit()
		t.Logf("%d attempts for %d reads after the restart", warm(t, asks), len(asks))
		if _, err := db.ExecContext(t.Context(), "update items set v = v where id = 1"); err != nil {
			t.Errorf("a write after the restart: %v", err)
		}
		warm(t, asks)
		t.Logf("%d hits again", hitUntil(t, asks, time.Now().Add(ttl/4)))
	})
}

// sqlError is what the plain driver says about a server that is not there.
func sqlError(t testing.TB, db *sql.DB) error {
	t.Helper()
	err := db.PingContext(t.Context())
	if err == nil {
		t.Fatal("the server is there")
	}
	return err
}

func TestStaleIfError(t *testing.T) {
	t.Parallel()
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		t.Parallel()
		p := e.Private(t)
		fixture(t, p)
		const ttl = 500 * time.Millisecond
		db := p.Open(t, "dedupe_ttl="+ttl.String(), "dedupe_beta=0", "dedupe_stale_if_error=1m")
		var asks []func(context.Context) (int64, error)
		for _, w := range ways {
			asks = append(asks, w.asker(t, p, db))
		}
		warm(t, asks)
		start := time.Now()
		p.Server.Kill()
		p.Proxy.Refuse()
		lab.Eventually(t, "the ttl has passed", func() bool { return time.Since(start) > ttl })
		for i, ask := range asks {
			a := <-askLater(t.Context(), ask)
			if a.v != 70 || a.err != nil || a.kind != sqldedupe.Stale {
				t.Errorf("%s: got %d, %v by %v", ways[i].name, a.v, a.err, a.kind)
			}
		}
		// The database's own answer is the answer, stale or not.
		p.Server.Restart()
		p.Proxy.Admit()
		lab.Eventually(t, "the server answers", func() bool { return db.PingContext(t.Context()) == nil })
		lab.Exec(t, p.Side(t), "drop table items")
		for i, ask := range asks {
			a := <-askLater(t.Context(), ask)
			if a.err == nil || !strings.Contains(a.err.Error(), "items") {
				t.Errorf("%s: got %d, %v by %v of a table that is gone", ways[i].name, a.v, a.err, a.kind)
			}
		}
	})
}
