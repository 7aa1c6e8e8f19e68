package dedupe_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/sqldedupe/sqldedupe/dedupe"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errPrivate = errors.New("of one execution alone")

func private(err error) bool { return errors.Is(err, errPrivate) || errors.Is(err, context.Canceled) }

// work is something to run: it counts executions, and each may be held until
// the test lets it end.
type work struct {
	runs, running, most atomic.Int64
	drops               atomic.Int64
}

// takes returns a task whose nth execution gives n after d.
func (w *work) takes(d time.Duration) dedupe.Task[int64] {
	return w.task(func(ctx context.Context, n int64) (int64, error) {
		select {
		case <-time.After(d):
			return n, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	})
}

// task runs f with the number of the execution, dispatched at the version "".
func (w *work) task(f func(ctx context.Context, n int64) (int64, error)) dedupe.Task[int64] {
	return dedupe.Task[int64]{
		Key: "key", Private: private, Drop: func(int64) { w.drops.Add(1) },
		Run: func(ctx context.Context, dispatch func(string)) (int64, error) {
			n := w.runs.Add(1)
			dispatch("")
			w.most.Store(max(w.most.Load(), w.running.Add(1)))
			defer w.running.Add(-1)
			return f(ctx, n)
		},
	}
}

// answer is what a caller got, and when.
type answer struct {
	value  int64
	shared bool
	err    error
	raised any
	exited bool
	after  time.Duration
}

// ask calls Do in a goroutine of its own; the answer is there when wait returns.
func ask(g *dedupe.Group[int64], ctx context.Context, t dedupe.Task[int64]) (a *answer, wait func() *answer) {
	a = &answer{exited: true}
	var done sync.WaitGroup
	start := time.Now()
	done.Go(func() {
		defer func() {
			a.after = time.Since(start)
			if r := recover(); r != nil {
				a.raised, a.exited = r, false
			}
		}()
		a.value, a.shared, a.err = g.Do(ctx, t)
		a.exited = false
	})
	return a, func() *answer { done.Wait(); return a }
}

// test runs f in a bubble with a group that must be empty in the end.
func test(t *testing.T, f func(t *testing.T, g *dedupe.Group[int64])) {
	synctest.Test(t, func(t *testing.T) {
		var g dedupe.Group[int64]
		f(t, &g)
		g.Wait(context.Background())
		if n := g.Flying(); n != 0 {
			t.Errorf("%d flights left", n)
		}
	})
}

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
