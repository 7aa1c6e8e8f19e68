package dedupe_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe/dedupe"
)

// at returns a task of a caller that saw version, whose execution waits for a
// connection until ready is closed, is dispatched at now() and takes a second.
func (w *work) at(version string, ready chan struct{}, now func() string) dedupe.Task[int64] {
	task := w.takes(time.Second)
	task.Version = version
	task.Run = func(ctx context.Context, dispatch func(string)) (int64, error) {
		if ready != nil {
			select {
			case <-ready:
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		n := w.runs.Add(1)
		dispatch(now())
		w.most.Store(max(w.most.Load(), w.running.Add(1)))
		defer w.running.Add(-1)
		select {
		case <-time.After(time.Second):
			return n, nil
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return task
}

func always(version string) func() string { return func() string { return version } }

// hazard H1: a flight that was dispatched before a write is not joined after
// it; with an equal version it is.
func TestDispatchedFlightIsJoinedAtItsVersionOnly(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		_, leader := ask(g, t.Context(), w.at("1", nil, always("1")))
		synctest.Wait()
		_, same := ask(g, t.Context(), w.at("1", nil, always("1")))
		_, other := ask(g, t.Context(), w.at("2", nil, always("2")))
		if a := same(); a.value != 1 || !a.shared {
			t.Errorf("at the same version: %+v", a)
		}
		if a := other(); a.value != 2 || a.shared {
			t.Errorf("at another version: %+v", a)
		}
		leader()
	})
}

// Before its dispatch a flight has read nothing: everybody may join, and its
// version is the one it is dispatched at.
func TestGatheringFlightIsJoinedByAll(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		ready := make(chan struct{})
		_, leader := ask(g, t.Context(), w.at("1", ready, always("3")))
		synctest.Wait()
		_, other := ask(g, t.Context(), w.at("2", nil, always("2")))
		fresh := w.at("2", nil, always("2"))
		fresh.Fresh = true
		_, dirty := ask(g, t.Context(), fresh)
		synctest.Wait()
		close(ready)
		synctest.Wait()
		_, late := ask(g, t.Context(), w.at("3", nil, always("3")))
		for _, wait := range []func() *answer{leader, other, dirty, late} {
			if a := wait(); a.value != 1 {
				t.Errorf("got %+v", a)
			}
		}
		expect(t, "executions", w.runs.Load(), int64(1))
	})
}

// A caller that must not have what was dispatched does not join it, whatever
// its version.
func TestFreshDoesNotJoinDispatched(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		_, leader := ask(g, t.Context(), w.at("1", nil, always("1")))
		synctest.Wait()
		task := w.at("1", nil, always("1"))
		task.Fresh = true
		_, fresh := ask(g, t.Context(), task)
		if a := fresh(); a.value != 2 || a.shared {
			t.Errorf("got %+v", a)
		}
		leader()
	})
}

// hazard H111: under a storm of versions two executions of one key are
// dispatched at a time; everybody else gathers behind them and has its turn.
func TestStormOfVersions(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		var waits []func() *answer
		for i := range 100 {
			v := fmt.Sprint(i)
			_, wait := ask(g, t.Context(), w.at(v, nil, always(v)))
			synctest.Wait()
			waits = append(waits, wait)
		}
		expect(t, "flights", g.Flying(), 3)
		for i, wait := range waits {
			a := wait()
			if a.err != nil || i < 2 && a.after != time.Second || i >= 2 && a.after != 2*time.Second {
				t.Errorf("caller %d got %+v", i, a)
			}
		}
		expect(t, "executions", w.runs.Load(), int64(3))
		expect(t, "at a time", w.most.Load(), int64(2))
	})
}

// A flight waits for its turn behind slow ones no longer than its Wait.
func TestWaitGivesTheTurnAnyway(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		for _, v := range []string{"1", "2"} {
			slow := w.takes(time.Hour)
			slow.Version = v
			ask(g, t.Context(), slow)
			synctest.Wait()
		}
		third := w.at("3", nil, always("3"))
		third.Wait = 10 * time.Second
		_, wait := ask(g, t.Context(), third)
		if a := wait(); a.value != 3 || a.after != 11*time.Second {
			t.Errorf("got %+v", a)
		}
		expect(t, "at a time", w.most.Load(), int64(3))
	})
}

// A flight that was given up while it waited for its turn is never run.
func TestGivenUpBeforeItsTurn(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		var waits []func() *answer
		for _, v := range []string{"1", "2"} {
			_, wait := ask(g, t.Context(), w.at(v, nil, always(v)))
			synctest.Wait()
			waits = append(waits, wait)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, third := ask(g, ctx, w.at("3", nil, always("3")))
		expect(t, "given up after", third().after, 100*time.Millisecond)
		for _, wait := range waits {
			wait()
		}
		expect(t, "executions", w.runs.Load(), int64(2))
	})
}
