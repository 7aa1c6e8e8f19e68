package dedupe_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe/dedupe"
)

func TestOneExecutionForAll(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		var waits []func() *answer
		for range 100 {
			_, wait := ask(g, t.Context(), w.takes(time.Second))
			waits = append(waits, wait)
		}
		synctest.Wait()
		expect(t, "flights", g.Flying(), 1)
		led := 0
		for _, wait := range waits {
			a := wait()
			if a.value != 1 || a.err != nil || a.after != time.Second {
				t.Fatalf("got %+v", a)
			}
			if !a.shared {
				led++
			}
		}
		expect(t, "executions", w.runs.Load(), int64(1))
		expect(t, "leaders", led, 1)
		expect(t, "drops", w.drops.Load(), int64(0))
	})
}

func TestKeysAreApart(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		a, b := w.takes(time.Second), w.takes(time.Second)
		b.Key = "other"
		_, first := ask(g, t.Context(), a)
		_, second := ask(g, t.Context(), b)
		if first().value == second().value {
			t.Error("two keys had one execution")
		}
	})
}

// The key is free before anybody learns the value: whoever comes after a
// caller has returned gets work that began later.
func TestKeyIsFreeBeforeTheValueIsOut(t *testing.T) {
	var g dedupe.Group[int64]
	var w work
	for i := int64(1); i <= 2000; i++ {
		v, shared, err := g.Do(t.Context(), w.takes(0))
		if v != i || shared || err != nil {
			t.Fatalf("call %d got %d, shared %v, %v", i, v, shared, err)
		}
	}
	g.Wait(context.Background())
}

// hazard H60: what the database itself says is said to everybody who waits.
func TestErrorsOfTheWorkAreShared(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		broken := errors.New("syntax error")
		task := w.task(func(context.Context, int64) (int64, error) {
			time.Sleep(time.Second)
			return 7, broken
		})
		_, leader := ask(g, t.Context(), task)
		_, follower := ask(g, t.Context(), task)
		if l, f := leader(), follower(); l.err != broken || f.err != broken {
			t.Errorf("got %v and %v", l.err, f.err)
		}
		expect(t, "executions", w.runs.Load(), int64(1))
	})
}

// hazard H60: what concerns one execution alone is for its leader alone; the
// others start over, and one of them leads.
func TestPrivateErrorsAreTheLeaders(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		task := w.task(func(_ context.Context, n int64) (int64, error) {
			time.Sleep(time.Second)
			if n == 1 {
				return 0, errPrivate
			}
			return n, nil
		})
		_, leader := ask(g, t.Context(), task)
		synctest.Wait()
		var followers []func() *answer
		for range 10 {
			_, wait := ask(g, t.Context(), task)
			followers = append(followers, wait)
		}
		if l := leader(); l.err != errPrivate || l.shared {
			t.Errorf("leader got %+v", l)
		}
		for _, follower := range followers {
			if f := follower(); f.err != nil || f.value != 2 {
				t.Errorf("follower got %+v", f)
			}
		}
		expect(t, "executions", w.runs.Load(), int64(2))
	})
}

// Work that always fails privately is not followed for ever: after a few
// rounds each caller runs it for itself, and gets its own error.
func TestFollowingIsBounded(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		task := w.task(func(context.Context, int64) (int64, error) {
			time.Sleep(time.Second)
			return 0, errPrivate
		})
		var waits []func() *answer
		for range 20 {
			_, wait := ask(g, t.Context(), task)
			waits = append(waits, wait)
		}
		for _, wait := range waits {
			if a := wait(); a.err != errPrivate || a.shared || a.after > 4*time.Second {
				t.Errorf("got %+v", a)
			}
		}
		// Three flights with one leader each, then 17 callers alone at once.
		expect(t, "executions", w.runs.Load(), int64(20))
		expect(t, "at a time", w.most.Load(), int64(17))
	})
}

// follow returns a follower that has followed as often as it will: what it
// does next it does for itself alone.
func follow(t *testing.T, g *dedupe.Group[int64], ctx context.Context, alone func(context.Context) (int64, error)) (wait func() *answer) {
	var w work
	task := w.task(func(ctx context.Context, n int64) (int64, error) {
		if n <= 3 {
			time.Sleep(time.Second)
			return 0, errPrivate
		}
		return alone(ctx)
	})
	// Four callers: each round one leads and fails, and the last is alone. Its
	// context is theirs, but only it lives long enough to notice.
	var waits []func() *answer
	for range 4 {
		_, wait := ask(g, ctx, task)
		waits = append(waits, wait)
	}
	return func() *answer {
		var last *answer
		for _, wait := range waits {
			if a := wait(); last == nil || a.after > last.after || a.raised != nil || a.exited || a.err == nil {
				last = a
			}
		}
		return last
	}
}

// What holds for a flight holds for the caller that ended up alone: its own
// deadline to the instant, even when the work does not listen, its own values
// kept from the work, and a panic with the stack it came from.
func TestAloneIsAFlightToo(t *testing.T) {
	t.Run("deadline", func(t *testing.T) {
		test(t, func(t *testing.T, g *dedupe.Group[int64]) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			a := follow(t, g, ctx, func(context.Context) (int64, error) {
				time.Sleep(time.Minute) // deaf
				return 1, nil
			})()
			if a.err != context.DeadlineExceeded || a.after != 5*time.Second {
				t.Errorf("got %+v", a)
			}
		})
	})
	t.Run("values", func(t *testing.T) {
		test(t, func(t *testing.T, g *dedupe.Group[int64]) {
			type key struct{}
			a := follow(t, g, context.WithValue(t.Context(), key{}, 1), func(ctx context.Context) (int64, error) {
				if ctx.Value(key{}) != nil {
					t.Error("the work sees values of a caller's context")
				}
				return 42, nil
			})()
			if a.value != 42 || a.shared || a.err != nil {
				t.Errorf("got %+v", a)
			}
		})
	})
	t.Run("panic", func(t *testing.T) {
		test(t, func(t *testing.T, g *dedupe.Group[int64]) {
			a := follow(t, g, t.Context(), func(context.Context) (int64, error) { return raise() })()
			if p, ok := a.raised.(*dedupe.Panic); !ok || !strings.Contains(string(p.Stack), "raise") {
				t.Errorf("got %+v", a)
			}
		})
	})
}

//go:noinline
func raise() (int64, error) { panic("raised") }

// hazard H61: a panic is the leader's, with the stack it came from; the
// followers start over.
func TestPanicIsTheLeaders(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		task := w.task(func(_ context.Context, n int64) (int64, error) {
			time.Sleep(time.Second)
			if n == 1 {
				return raise()
			}
			return n, nil
		})
		_, leader := ask(g, t.Context(), task)
		synctest.Wait()
		_, follower := ask(g, t.Context(), task)
		p, ok := leader().raised.(*dedupe.Panic)
		if !ok || p.Value != "raised" || !strings.Contains(string(p.Stack), "raise") {
			t.Fatalf("leader got %v", p)
		}
		if !strings.HasPrefix(p.String(), "raised\n\n") {
			t.Errorf("printed as %q", p.String())
		}
		if f := follower(); f.value != 2 || f.err != nil {
			t.Errorf("follower got %+v", f)
		}
	})
}

// hazard H61: work that ends its goroutine ends the leader's, and nobody else's.
func TestGoexitIsTheLeaders(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		task := w.task(func(_ context.Context, n int64) (int64, error) {
			time.Sleep(time.Second)
			if n == 1 {
				runtime.Goexit()
			}
			return n, nil
		})
		_, leader := ask(g, t.Context(), task)
		synctest.Wait()
		_, follower := ask(g, t.Context(), task)
		if l := leader(); !l.exited {
			t.Errorf("leader got %+v", l)
		}
		if f := follower(); f.value != 2 || f.err != nil {
			t.Errorf("follower got %+v", f)
		}
	})
}

// Without a judge of errors only panics are private.
func TestNilPrivateSharesEveryError(t *testing.T) {
	test(t, func(t *testing.T, g *dedupe.Group[int64]) {
		var w work
		task := w.task(func(context.Context, int64) (int64, error) {
			time.Sleep(time.Second)
			return 0, context.Canceled
		})
		task.Private = nil
		_, leader := ask(g, t.Context(), task)
		synctest.Wait()
		_, follower := ask(g, t.Context(), task)
		leader()
		if f := follower(); f.err != context.Canceled || !f.shared {
			t.Errorf("follower got %+v", f)
		}
	})
}
