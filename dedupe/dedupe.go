// Package dedupe runs identical work once: callers that ask for the same key
// while an execution is in progress wait for it and share what it returns.
//
// It differs from golang.org/x/sync/singleflight where a database needs it to:
// the work has a context of its own that ends when the last caller has left; a
// caller leaves with its own context and disturbs nobody; a failure that
// concerns one execution alone is never handed to others; work that was
// dispatched before a write is not joined by callers that came after it; and a
// slow execution is helped by one more per interval.
package dedupe

import (
	"context"
	"errors"
	"sync"
	"time"
)

// maxRunning bounds the executions of one key that are dispatched at a time,
// helpers apart. A key whose version changes faster than its work ends would
// otherwise start one execution per version; with the bound, late callers
// gather on the one flight that waits for its turn.
const maxRunning = 2

// maxFollows bounds how often a caller follows flights that fail privately
// before it runs the work for itself alone.
const maxFollows = 3

// A Task is work that several callers may want at the same time.
type Task[V any] struct {
	// Key identifies the work: callers with equal keys want the same value.
	Key string

	// Version is the state of the world as this caller saw it after it
	// started. A flight that has been dispatched may be joined only by callers
	// with the version it was dispatched at.
	Version string

	// Fresh forbids joining flights that have been dispatched already: what
	// the caller saw is about to change.
	Fresh bool

	// Wait is how long callers wait for an execution before one more is
	// started beside it, and again after each further Wait: whichever
	// succeeds first answers everybody. 0 never starts a second one.
	Wait time.Duration

	// Run does the work. It must call dispatch with the current version right
	// before it commits itself to a state of the world (sends its query), and
	// must not be affected by versions loaded earlier. It may call dispatch
	// again when it starts over. ctx ends when nobody waits any more.
	Run func(ctx context.Context, dispatch func(version string)) (V, error)

	// Private reports whether an error of Run concerns that execution alone
	// (a broken connection, an ended context) and says nothing about the work.
	// Followers then start over. nil: only panics are private.
	Private func(error) bool

	// Linger makes the last caller to leave wait for the end of the execution
	// that it cancels, where that is quick and its remains disturb what the
	// caller does next.
	Linger bool

	// Drop, if not nil, is called once with a value that Run returned and
	// nobody can receive any more.
	Drop func(V)
}

// A Group is a set of keys with work in progress. The zero value is ready to
// use; it must not be copied. All methods may be called concurrently.
type Group[V any] struct {
	mu    sync.Mutex
	lanes map[string]*lane[V] // by key; only keys with a flight
	runs  int                 // executions in progress
	idle  chan struct{}       // closed when runs is 0 again; made by who waits
}

// lane holds the flights of one key.
type lane[V any] struct {
	gathering *flight[V]   // not dispatched: anybody may join
	running   []*flight[V] // dispatched, oldest first
}

// ErrExited is the error of a flight whose work ended its goroutine
// (runtime.Goexit) instead of returning.
var ErrExited = errors.New("dedupe: the work called runtime.Goexit")

// Do returns the value of t.Run, executed once for all callers of t.Key that
// may share it. shared reports whether another caller's execution answered.
//
// A caller whose ctx ends leaves at once with ctx's error; the execution goes
// on for the others and is cancelled when the last one has left. Errors of the
// work are shared with everybody who waits, except those that t.Private names:
// the caller that started the flight gets them, the others start over. When the
// work panics, Do panics with a *Panic in the caller that started the flight.
func (g *Group[V]) Do(ctx context.Context, t Task[V]) (v V, shared bool, err error) {
	for follows := 0; ; follows++ {
		f, led := g.enter(&t, follows < maxFollows)
		select {
		case <-f.done:
		case <-ctx.Done():
			if left, last := g.leave(f); left {
				if last && t.Linger {
					<-f.ended
				}
				return v, !led, ctx.Err()
			}
		}
		if led {
			v, err = f.lead()
			return v, false, err
		}
		if !f.private {
			return f.value, true, f.err
		}
		if ctx.Err() != nil {
			return v, true, ctx.Err()
		}
	}
}

// Flying returns how many flights are in progress.
func (g *Group[V]) Flying() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for _, l := range g.lanes {
		n += len(l.running)
		if l.gathering != nil {
			n++
		}
	}
	return n
}

// Wait returns when no execution is in progress, or with ctx's error. A Do that
// begins meanwhile may be waited for or not.
func (g *Group[V]) Wait(ctx context.Context) error {
	g.mu.Lock()
	if g.runs == 0 {
		g.mu.Unlock()
		return nil
	}
	if g.idle == nil {
		g.idle = make(chan struct{})
	}
	idle := g.idle
	g.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// enter joins a flight that may answer t, or makes one that t's caller leads.
// Without share it makes one that nobody else can join.
func (g *Group[V]) enter(t *Task[V], share bool) (f *flight[V], led bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !share {
		f = newFlight(t)
		g.executeLocked(f)
		return f, true
	}
	l := g.lanes[t.Key]
	if l == nil {
		l = &lane[V]{}
		if g.lanes == nil {
			g.lanes = make(map[string]*lane[V])
		}
		g.lanes[t.Key] = l
	}
	if f := l.joinable(t); f != nil {
		f.waiters++
		return f, false
	}
	f = newFlight(t)
	if t.Wait > 0 {
		f.helper = time.AfterFunc(t.Wait, func() { g.help(f) })
	}
	l.gathering = f
	if len(l.running) < maxRunning {
		g.executeLocked(f)
	}
	return f, true
}

// joinable returns a flight whose value may answer t, or nil.
//
// Flight A was dispatched, then a write was acknowledged, then caller C came:
// A's rows are older than C's start, so C may not have them. Before its
// dispatch a flight has read nothing yet, so anybody may join it.
func (l *lane[V]) joinable(t *Task[V]) *flight[V] {
	if !t.Fresh {
		for _, f := range l.running {
			if f.version == t.Version {
				return f
			}
		}
	}
	return l.gathering
}
