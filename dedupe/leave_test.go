package dedupe_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe/dedupe"
)

// hazard H59: who leaves leaves alone, leader or follower, at the very instant
// its own context says.
func TestLeavingDisturbsNobody(t *testing.T) {
	for _, who := range []string{"leader", "follower"} {
		t.Run(who, func(t *testing.T) {
			test(t, func(t *testing.T, g *dedupe.Group[int64]) {
				var w work
				short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
				defer cancel()
				first, second := short, t.Context()
				if who == "follower" {
					first, second = second, first
				}
				_, leader := ask(g, first, w.takes(time.Second))
				synctest.Wait()
				_, follower := ask(g, second, w.takes(time.Second))
				gone, stays := leader(), follower()
				if who == "follower" {
					gone, stays = stays, gone
				}
				if gone.err != context.DeadlineExceeded || gone.after != 300*time.Millisecond {
					t.Errorf("who left got %+v", gone)
				}
				if stays.value != 1 || stays.err != nil || stays.after != time.Second {
					t.Errorf("who stayed got %+v", stays)
				}
				expect(t, "executions", w.runs.Load(), int64(1))
			})
		})
	}
}

// hazard H59: the last one to leave cancels the work, and a caller that comes
// while it still winds down gets work of its own.
func TestLastToLeaveCancels(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		var cancelled atomic.Int64
		start := time.Now()
		task := w.task(func(ctx context.Context, n int64) (int64, error) {
			if n > 1 {
				return n, nil
			}
			<-ctx.Done()
			cancelled.Store(int64(time.Since(start)))
			time.Sleep(time.Minute) // winding down
			return 1, nil
		})
		for i := range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i+1)*time.Second)
			defer cancel()
			ask(g, ctx, task)
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		expect(t, "cancelled after", time.Duration(cancelled.Load()), 3*time.Second)
		expect(t, "flights", g.Flying(), 0)
		_, late := ask(g, t.Context(), task)
		if a := late(); a.value != 2 || a.shared {
			t.Errorf("a late caller got %+v", a)
		}
		g.Wait(context.Background())
		expect(t, "drops", w.drops.Load(), int64(1))
	})
}

// A leader's context has no say in the work: not its values, not its deadline.
func TestWorkHasAContextOfItsOwn(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		type key struct{}
		var w work
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "tenant"), time.Minute)
		defer cancel()
		_, wait := ask(g, ctx, w.task(func(ctx context.Context, _ int64) (int64, error) {
			_, limited := ctx.Deadline()
			if ctx.Value(key{}) != nil || limited {
				t.Error("the leader's context reaches the work")
			}
			return 1, nil
		}))
		wait()
	})
}

// A follower whose context has ended while its flight failed privately leaves
// with its own error, and does not start over.
func TestEndedFollowerDoesNotStartOver(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		ctx, cancel := context.WithCancel(t.Context())
		task := w.task(func(context.Context, int64) (int64, error) {
			time.Sleep(time.Second)
			cancel()
			return 0, errPrivate
		})
		_, leader := ask(g, t.Context(), task)
		synctest.Wait()
		_, follower := ask(g, ctx, task)
		leader()
		if f := follower(); f.err != context.Canceled {
			t.Errorf("got %+v", f)
		}
		expect(t, "executions", w.runs.Load(), int64(1))
	})
}

// A value that is there is taken, even by a caller whose context has ended at
// the same instant; one that nobody takes is dropped, once.
func TestValuesAreTakenOrDropped(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		taken := int64(0)
		var w work
		for range 200 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, wait := ask(g, ctx, w.task(func(context.Context, int64) (int64, error) {
				time.Sleep(time.Second)
				return 1, nil
			}))
			if a := wait(); a.err == nil {
				taken++
			}
			g.Wait(context.Background())
			cancel()
		}
		expect(t, "taken or dropped", taken+w.drops.Load(), int64(200))
	})
}
