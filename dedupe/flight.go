package dedupe

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// flight is one piece of work in progress, and everybody who waits for it. Its
// fields are guarded by the group's mu until done is closed; value, err,
// panicked and private do not change afterwards.
type flight[V any] struct {
	task    Task[V] // the leader's
	ctx     context.Context
	cancel  context.CancelFunc
	done    chan struct{} // closed when the flight has settled
	ended   chan struct{} // closed when, after that, its last execution has ended
	waiters int           // callers that wait for it, or have not taken its value yet

	started    bool
	dispatched bool
	version    string // valid once dispatched
	executing  int    // executions in progress
	alive      int    // their goroutines
	failed     bool   // one execution has failed
	helper     *time.Timer
	settled    bool

	value    V
	err      error
	panicked *Panic
	private  bool // err or panicked concern the leader alone
}

// A Panic is the value that Do panics with when the work panicked: what the
// work raised, and the stack of the goroutine that raised it, which the
// caller's own trace does not contain.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) String() string { return fmt.Sprintf("%v\n\n%s", p.Value, p.Stack) }

func newFlight[V any](t *Task[V]) *flight[V] {
	// Nothing of the leader's context may influence work done for many: not
	// its cancellation, not its values.
	ctx, cancel := context.WithCancel(context.Background())
	return &flight[V]{task: *t, ctx: ctx, cancel: cancel, done: make(chan struct{}), ended: make(chan struct{}), waiters: 1}
}

// help runs after each interval that a flight has not settled in. A flight
// that waits for its turn behind slow ones gets it now; one that takes long,
// with others than its leader waiting, gets one more execution.
func (g *Group[V]) help(f *flight[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case f.settled || f.failed:
		// After a failure the executions that still run decide. Further ones
		// would keep work that fails later than Wait from ever failing.
		return
	case !f.started:
		g.executeLocked(f)
	case f.dispatched && f.waiters > 1:
		// Before its dispatch an execution waits for a connection, and one
		// more would only wait behind it.
		g.executeLocked(f)
	}
	f.helper.Reset(f.task.Wait)
}

// executeLocked runs f's work in a goroutine of its own.
func (g *Group[V]) executeLocked(f *flight[V]) {
	f.started = true
	f.executing++
	f.alive++
	g.runs++
	go func() {
		defer g.ended(f)
		var v V
		err, p := ErrExited, (*Panic)(nil)
		// The work may end by Goexit, which no recover sees, so everything
		// that must happen afterwards is deferred.
		defer func() { g.finish(f, v, err, p) }()
		defer func() {
			if r := recover(); r != nil {
				p = &Panic{Value: r, Stack: debug.Stack()}
			}
		}()
		v, err = f.task.Run(f.ctx, func(version string) { g.dispatch(f, version) })
	}()
}

// ended counts the end of an execution.
func (g *Group[V]) ended(f *flight[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f.alive--; f.alive == 0 && f.settled {
		close(f.ended)
	}
	if g.runs--; g.runs == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}

// dispatch records that f's work is about to read: from now on only callers
// that saw the same version may join.
func (g *Group[V]) dispatch(f *flight[V], version string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f.dispatched || f.settled {
		return // a further execution, or a retry: it reads a later state, which suits all
	}
	f.dispatched, f.version = true, version
	if f.helper != nil {
		f.helper.Reset(f.task.Wait) // waiting for a connection was not waiting for the work
	}
	if l := g.lanes[f.task.Key]; l != nil && l.gathering == f {
		l.gathering = nil
		l.running = append(l.running, f)
	}
}

// finish settles f with what one execution of it returned, unless it failed
// while another one still runs.
func (g *Group[V]) finish(f *flight[V], v V, err error, p *Panic) {
	g.mu.Lock()
	f.executing--
	failed := err != nil || p != nil
	f.failed = f.failed || failed
	if f.settled || failed && f.executing > 0 {
		g.mu.Unlock()
		if !failed {
			f.task.drop(v)
		}
		return
	}
	f.value, f.err, f.panicked = v, err, p
	f.private = p != nil || err == ErrExited || err != nil && f.task.private(err)
	g.settleLocked(f)
	g.mu.Unlock()
}

// settleLocked ends f: its key is free before anybody learns its value, so a
// caller that comes after a follower has returned starts a new flight.
func (g *Group[V]) settleLocked(f *flight[V]) {
	f.settled = true
	if f.helper != nil {
		f.helper.Stop()
	}
	g.removeLocked(f)
	close(f.done)
	f.cancel()
	if f.alive == 0 {
		close(f.ended)
	}
}

// removeLocked takes f out of its lane and starts the flight that waited for
// its turn.
func (g *Group[V]) removeLocked(f *flight[V]) {
	l := g.lanes[f.task.Key]
	if l == nil {
		return
	}
	if l.gathering == f {
		l.gathering = nil
	}
	l.running = slices.DeleteFunc(l.running, func(o *flight[V]) bool { return o == f })
	next := l.gathering
	if next == nil && len(l.running) == 0 {
		delete(g.lanes, f.task.Key)
	}
	if next != nil && !next.started && len(l.running) < maxRunning {
		g.executeLocked(next)
	}
}

// leave takes a caller whose context has ended off f and reports whether it
// went before f settled. The last to leave cancels the work.
func (g *Group[V]) leave(f *flight[V]) (left, last bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f.settled {
		return false, false // the value is there: take it
	}
	f.waiters--
	if f.waiters == 0 {
		f.err = context.Canceled
		f.private = true
		g.settleLocked(f)
	}
	return true, f.waiters == 0
}

// lead returns what f settled with to the caller that started it.
func (f *flight[V]) lead() (V, error) {
	if f.panicked != nil {
		panic(f.panicked)
	}
	if f.err == ErrExited {
		runtime.Goexit()
	}
	return f.value, f.err
}

func (t *Task[V]) private(err error) bool { return t.Private != nil && t.Private(err) }

func (t *Task[V]) drop(v V) {
	if t.Drop != nil {
		t.Drop(v)
	}
}
