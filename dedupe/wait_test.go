package dedupe_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe/dedupe"
)

// helped asks twice for a task with Wait of one second.
func helped(t *testing.T, g *dedupe.Group[int64], task dedupe.Task[int64]) (leader, follower func() *answer) {
	task.Wait = time.Second
	_, leader = ask(g, t.Context(), task)
	synctest.Wait()
	_, follower = ask(g, t.Context(), task)
	return leader, follower
}

// A slow execution is helped by one more per interval, never by a herd, and
// the first success answers everybody.
func TestSlowExecutionIsHelped(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		leader, follower := helped(t, g, w.task(func(ctx context.Context, n int64) (int64, error) {
			if n == 4 {
				time.Sleep(100 * time.Millisecond)
				return n, nil
			}
			<-ctx.Done()
			return 0, ctx.Err()
		}))
		for _, wait := range []func() *answer{leader, follower} {
			if a := wait(); a.value != 4 || a.err != nil || a.after != 3100*time.Millisecond {
				t.Errorf("got %+v", a)
			}
		}
		time.Sleep(time.Minute)
		expect(t, "executions", w.runs.Load(), int64(4))
	})
}

// A helper that comes later than the first execution loses, and its value is dropped.
func TestLateHelperIsDropped(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		leader, follower := helped(t, g, w.task(func(_ context.Context, n int64) (int64, error) {
			time.Sleep(1500 * time.Millisecond) // deaf: it is not ended by the success of the other
			return n, nil
		}))
		expect(t, "leader's value", leader().value, int64(1))
		expect(t, "follower's value", follower().value, int64(1))
		g.Wait(context.Background())
		expect(t, "executions", w.runs.Load(), int64(2))
		expect(t, "drops", w.drops.Load(), int64(1))
	})
}

// A failure is not the flight's while another execution may still succeed.
func TestFailureWaitsForTheOtherExecution(t *testing.T) {
	failures := map[string]func() (int64, error){
		"error":   func() (int64, error) { return 0, errors.New("deadlock detected") },
		"private": func() (int64, error) { return 0, errPrivate },
		"panic":   raise,
	}
	for name, fail := range failures {
		for failing := int64(1); failing <= 2; failing++ {
			t.Run(name, func(t *testing.T) {
				test(t, func(t *testing.T, g *dedupe.Group[int64]) {
					var w work
					leader, follower := helped(t, g, w.task(func(_ context.Context, n int64) (int64, error) {
						if n == failing {
							time.Sleep(1200*time.Millisecond - time.Duration(n-1)*time.Second)
							return fail()
						}
						time.Sleep(1800 * time.Millisecond)
						return n, nil
					}))
					for _, wait := range []func() *answer{leader, follower} {
						if a := wait(); a.value != 3-failing || a.err != nil || a.raised != nil {
							t.Errorf("got %+v", a)
						}
					}
				})
			})
		}
	}
}

// When all executions fail, the last failure is the answer.
func TestAllExecutionsFail(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		last := errors.New("last")
		leader, follower := helped(t, g, w.task(func(_ context.Context, n int64) (int64, error) {
			time.Sleep(1500 * time.Millisecond)
			if n == 1 {
				return 0, errPrivate
			}
			return 0, last
		}))
		expect(t, "leader's error", leader().err, last)
		expect(t, "follower's error", follower().err, last)
	})
}

// With nobody but its leader waiting, a slow execution is left alone, as is
// one that still waits for a connection.
func TestNoHelpWithoutNeed(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		task := w.takes(10 * time.Second)
		task.Wait = time.Second
		_, wait := ask(g, t.Context(), task)
		wait()
		expect(t, "executions of one caller", w.runs.Load(), int64(1))

		ready := make(chan struct{})
		waiting := w.at("1", ready, always("1"))
		waiting.Wait = 1500 * time.Millisecond // less than it waits, more than it runs
		_, leader := ask(g, t.Context(), waiting)
		synctest.Wait()
		_, follower := ask(g, t.Context(), waiting)
		time.Sleep(10 * time.Second)
		close(ready)
		leader()
		follower()
		expect(t, "executions in all", w.runs.Load(), int64(2))
	})
}

// Work that takes longer than its Wait and always fails does fail: executions
// that overlap must not hide each other's failures for ever.
func TestFailureIsNotPutOffForEver(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		broken := errors.New("statement timeout")
		leader, follower := helped(t, g, w.task(func(context.Context, int64) (int64, error) {
			time.Sleep(2500 * time.Millisecond)
			return 0, broken
		}))
		for _, wait := range []func() *answer{leader, follower} {
			if a := wait(); a.err != broken || a.after != 4500*time.Millisecond {
				t.Errorf("got %+v", a)
			}
		}
		expect(t, "executions", w.runs.Load(), int64(3))
	})
}
