package readpath

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
	"github.com/sqldedupe/sqldedupe/integration/servers"
)

const (
	readers = 1000
	latency = 300 * time.Millisecond
)

// hazard H64: a thousand callers who wait for one query hold one connection.
// hazard H67: also through a prepared statement.
// hazard H72: also through QueryRow.
func TestConcurrentReadsRunOnce(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		for _, w := range ways {
			t.Run(w.name, func(t *testing.T) {
				p := e.Shared(t)
				fixture(t, p)
				db := p.Open(t)
				ask := w.asker(t, p, db)
				if _, err := ask(t.Context()); err != nil { // the texts are known, the password is proved
					t.Fatal(err)
				}
				before := p.Server.CountStatements(w.marker())
				watch := p.Proxy.Watch(w.marker())
				statsBefore := sqldedupe.Of(db).Stats()
				p.Proxy.Delay(servers.ToClient, latency)
				p.Proxy.Pause() // until all are in: the machine may be slow
				start := time.Now()
				crowd := ask1000(t, ask, func() {
					lab.Eventually(t, "all readers wait in the driver", func() bool { return db.Stats().InUse == readers })
					p.Proxy.Resume()
				})
				took := time.Since(start)
				runs, logged := watch.Counts().Runs(), p.Server.CountStatements(w.marker())-before
				peak := p.Proxy.Stats().Peak
				s := sqldedupe.Of(db).Stats()
				t.Logf("%d readers: %d statement by the proxy, %d by the server's log, at most %d connections, %v in all, slowest %v",
					readers, runs, logged, peak, took, crowd)
				if runs != 1 || logged != 1 || peak > 4 {
					t.Errorf("%d readers: %d statements by the proxy, %d by the server, at most %d connections", readers, runs, logged, peak)
				}
				if s.Misses-statsBefore.Misses != 1 || s.Shared-statsBefore.Shared != readers-1 {
					t.Errorf("misses %d, shared %d", s.Misses-statsBefore.Misses, s.Shared-statsBefore.Shared)
				}
			})
		}
	})
}

// ask1000 asks from as many goroutines, calls meanwhile, and returns the longest time one took.
func ask1000(t *testing.T, ask func(context.Context) (int64, error), meanwhile func()) (slowest time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	var mu sync.Mutex
	wrong := make(map[string]int)
	for range readers {
		wg.Go(func() {
			start := time.Now()
			v, err := ask(ctx)
			took := time.Since(start)
			mu.Lock()
			defer mu.Unlock()
			slowest = max(slowest, took)
			if err != nil || v != 70 {
				wrong[fmt.Sprintf("%d, %v", v, err)]++
			}
		})
	}
	meanwhile()
	wg.Wait()
	for what, n := range wrong {
		t.Errorf("%d readers got %s", n, what)
	}
	return slowest
}

// With no ttl nothing is kept: reads that do not overlap all run.
func TestSequentialReadsAllRun(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		p := e.Shared(t)
		fixture(t, p)
		db := p.Open(t)
		for _, w := range ways {
			ask := w.asker(t, p, db)
			watch := p.Proxy.Watch(w.marker())
			for range 5 {
				if v, err := ask(t.Context()); v != 70 || err != nil {
					t.Fatalf("%s: got %d, %v", w.name, v, err)
				}
			}
			if n := watch.Counts().Runs(); n != 5 {
				t.Errorf("%s: 5 reads ran %d statements", w.name, n)
			}
		}
	})
}

func TestHitsRunNothing(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		p := e.Shared(t)
		fixture(t, p)
		db := p.Open(t, "dedupe_ttl=1m", "dedupe_beta=0")
		for _, w := range ways {
			t.Run(w.name, func(t *testing.T) {
				ask := w.asker(t, p, db)
				p.Proxy.Delay(servers.ToClient, 0)
				if _, err := ask(t.Context()); err != nil {
					t.Fatal(err)
				}
				if err := db.PingContext(t.Context()); err != nil { // behind MySQL's notice that a statement is closed
					t.Fatal(err)
				}
				p.Proxy.Delay(servers.ToClient, latency)
				before, sent := p.Server.CountStatements(w.marker()), p.Proxy.Stats().ToServerBytes
				opened := p.Proxy.Stats().Total
				var times []time.Duration
				for range 200 {
					start := time.Now()
					var o sqldedupe.Outcome
					v, err := ask(sqldedupe.WithOutcome(t.Context(), &o))
					times = append(times, time.Since(start))
					if v != 70 || err != nil || o.Kind != sqldedupe.Hit {
						t.Fatalf("got %d, %v by %v %s", v, err, o.Kind, o.Reason)
					}
				}
				slowest := ask1000(t, ask, func() {})
				s := p.Proxy.Stats()
				t.Logf("hits: median %v, slowest of a thousand at once %v", median(times), slowest)
				if median(times) > latency/10 {
					t.Errorf("the median hit took %v", median(times))
				}
				if s.ToServerBytes != sent || s.Total != opened || p.Server.CountStatements(w.marker()) != before {
					t.Errorf("1,200 hits sent %d bytes and opened %d connections", s.ToServerBytes-sent, s.Total-opened)
				}
			})
		}
	})
}
