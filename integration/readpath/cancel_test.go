package readpath

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
)

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

type answer struct {
	v    int64
	err  error
	kind sqldedupe.Kind
	took time.Duration
}

// askLater asks in a goroutine of its own.
func askLater(ctx context.Context, ask func(context.Context) (int64, error)) <-chan answer {
	out := make(chan answer, 1)
	go func() {
		var o sqldedupe.Outcome
		start := time.Now()
		v, err := ask(sqldedupe.WithOutcome(ctx, &o))
		out <- answer{v, err, o.Kind, time.Since(start)}
	}()
	return out
}

// hazard H59: a follower's deadline is its own.
func TestFollowerLeavesAtItsDeadline(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		for _, w := range ways {
			t.Run(w.name, func(t *testing.T) {
				p := e.Shared(t)
				fixture(t, p)
				db := p.Open(t)
				ask := w.asker(t, p, db)
				if _, err := ask(t.Context()); err != nil {
					t.Fatal(err)
				}
				watch := p.Proxy.Watch(w.marker())
				p.Proxy.Pause()
				leader := askLater(t.Context(), ask)
				lab.Eventually(t, "the leader waits", func() bool { return db.Stats().InUse == 1 })
				var over []time.Duration
				for range 8 {
					const patience = 50 * time.Millisecond
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					a := <-askLater(ctx, ask)
					cancel()
					if !errors.Is(a.err, context.DeadlineExceeded) {
						t.Errorf("a follower got %d, %v", a.v, a.err)
					}
					over = append(over, a.took-patience)
				}
				p.Proxy.Resume()
				if a := <-leader; a.v != 70 || a.err != nil {
					t.Errorf("the leader got %d, %v", a.v, a.err)
				}
				m := median(over)
				t.Logf("followers left %v after their deadline in the median, %v at most", m, over[len(over)-1])
				if m > 25*time.Millisecond || over[len(over)-1] > 250*time.Millisecond {
					t.Errorf("followers left %v after their deadline, %v at most", m, over[len(over)-1])
				}
				if n := watch.Counts().Runs(); n != 1 {
					t.Errorf("%d statements ran", n)
				}
			})
		}
	})
}

// hazard H59: the leader's end is not the followers'.
func TestLeaderCancelled(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		for _, w := range ways {
			t.Run(w.name, func(t *testing.T) {
				p := e.Shared(t)
				fixture(t, p)
				db := p.Open(t)
				ask := w.asker(t, p, db)
				if _, err := ask(t.Context()); err != nil {
					t.Fatal(err)
				}
				watch := p.Proxy.Watch(w.marker())
				p.Proxy.Pause()
				ctx, cancel := context.WithCancel(t.Context())
				leader := askLater(ctx, ask)
				lab.Eventually(t, "the leader waits", func() bool { return sqldedupe.Of(db).Stats().Flights == 1 })
				var followers []<-chan answer
				for range 10 {
					followers = append(followers, askLater(t.Context(), ask))
				}
				lab.Eventually(t, "the followers wait", func() bool { return db.Stats().InUse == 11 })
				time.Sleep(300 * time.Millisecond) // from their session to the flight; nothing outside tells
				cancel()
				if a := <-leader; !errors.Is(a.err, context.Canceled) {
					t.Errorf("the leader got %d, %v", a.v, a.err)
				}
				p.Proxy.Resume()
				for _, f := range followers {
					if a := <-f; a.v != 70 || a.err != nil || a.kind != sqldedupe.Shared {
						t.Errorf("a follower got %d, %v by %v", a.v, a.err, a.kind)
					}
				}
				if n := watch.Counts().Runs(); n != 1 {
					t.Errorf("%d statements ran", n)
				}
			})
		}
	})
}

// slow takes minutes, and may be kept as any other read.
const slow = "select count(*) from items a, items b, items c, items d, items e"

// hazard H59: when the last caller has left the query ends. PostgreSQL is asked to cancel it; MariaDB's driver has no such
// request and closes the connection, as the plain driver does.
func TestLastLeaverCancels(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		p := e.Shared(t)
		fixture(t, p)
		db, side := p.Open(t), p.Side(t)
		ask := func(ctx context.Context) (v int64, err error) {
			err = db.QueryRowContext(ctx, slow).Scan(&v)
			return v, err
		}
		lab.Exec(t, db, "select 1")
		open := p.Proxy.Stats().Open
		var answers []<-chan answer
		var cancels []context.CancelFunc
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			answers, cancels = append(answers, askLater(ctx, ask)), append(cancels, cancel)
		}
		lab.Eventually(t, "the query runs on the server", func() bool { return running(t, e, side) == 1 })
		lab.Eventually(t, "all wait", func() bool { return db.Stats().InUse == 3 })
		for i, cancel := range cancels {
			if n := running(t, e, side); n != 1 {
				t.Fatalf("%d queries run while %d callers wait", n, 3-i)
			}
			cancel()
			if a := <-answers[i]; !errors.Is(a.err, context.Canceled) {
				t.Errorf("caller %d got %d, %v", i, a.v, a.err)
			}
		}
		start := time.Now()
		if e == lab.MariaDB {
			lab.Eventually(t, "the connection is closed", func() bool { return p.Proxy.Stats().Open <= open })
			kill(t, side)
		}
		lab.Eventually(t, "the query is gone from the server", func() bool { return running(t, e, side) == 0 })
		t.Logf("gone %v after the last caller left", time.Since(start))
		if f := sqldedupe.Of(db).Stats().Flights; f != 0 {
			t.Errorf("%d flights are left", f)
		}
	})
}
