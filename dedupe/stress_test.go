package dedupe_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/dedupe"
)

// world is a state that changes while a crowd asks for it under a few keys.
type world struct {
	version atomic.Int64
	clock   atomic.Int64 // orders events
	made    sync.Map     // id of a reading to *reading
	ids     atomic.Int64
}

// reading is what one execution brought.
type reading struct {
	id, version, sent int64
	received, dropped atomic.Int64
}

// own is a failure that belongs to one caller.
type own struct{ caller int64 }

func (own) Error() string { return "of one execution" }

func (w *world) task(caller, seen int64, r *rand.Rand) dedupe.Task[*reading] {
	seed := r.Uint64()
	var executions atomic.Uint64
	return dedupe.Task[*reading]{
		Key:     fmt.Sprint(r.IntN(3)),
		Version: fmt.Sprint(seen),
		Fresh:   r.IntN(4) == 0,
		Wait:    time.Duration(r.IntN(3)) * 200 * time.Microsecond,
		Private: func(err error) bool { return errors.As(err, &own{}) || errors.Is(err, context.Canceled) },
		Drop:    func(v *reading) { v.dropped.Add(1) },
		Run: func(ctx context.Context, dispatch func(string)) (*reading, error) {
			return w.run(ctx, dispatch, caller, rand.New(rand.NewPCG(seed, executions.Add(1))))
		},
	}
}

func (w *world) run(ctx context.Context, dispatch func(string), caller int64, r *rand.Rand) (*reading, error) {
	pause(ctx, r)
	dispatch(fmt.Sprint(w.version.Load()))
	v := &reading{id: w.ids.Add(1), sent: w.clock.Add(1), version: w.version.Load()}
	if r.IntN(3) > 0 {
		pause(ctx, r)
	}
	switch r.IntN(12) {
	case 0:
		return nil, own{caller}
	case 1:
		panic(own{caller})
	case 2:
		runtime.Goexit()
	case 3:
		return nil, errors.New("for all")
	case 4:
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	w.made.Store(v.id, v)
	return v, nil
}

func pause(ctx context.Context, r *rand.Rand) {
	select {
	case <-time.After(time.Duration(r.IntN(300)) * time.Microsecond):
	case <-ctx.Done():
	}
}

// call asks once and checks what comes.
func (w *world) call(t *testing.T, g *dedupe.Group[*reading], caller int64, r *rand.Rand) {
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if r.IntN(2) == 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(r.IntN(600))*time.Microsecond)
	}
	defer cancel()
	start, seen := w.clock.Add(1), w.version.Load()
	task := w.task(caller, seen, r)
	defer func() {
		if p := recover(); p != nil && p.(*dedupe.Panic).Value != (own{caller}) {
			t.Errorf("caller %d was handed the panic of %v", caller, p)
		}
	}()
	v, shared, err := g.Do(ctx, task)
	var mine own
	switch {
	case err == nil:
		v.received.Add(1)
		if v.version < seen || task.Fresh && v.sent < start {
			t.Errorf("caller %d saw %d at %d and was given %d, sent at %d (fresh %v)", caller, seen, start, v.version, v.sent, task.Fresh)
		}
	case errors.As(err, &mine) && (mine.caller != caller || shared):
		t.Errorf("caller %d was handed the failure of %d", caller, mine.caller)
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		t.Error("a deadline that is not the caller's")
	}
}

// hazards H1, H59, H60, H61: random everything.
func TestStress(t *testing.T) {
	var w world
	var g dedupe.Group[*reading]
	var crowd sync.WaitGroup
	const callers, calls = 24, 400
	for c := range int64(callers) {
		crowd.Go(func() {
			r := rand.New(rand.NewPCG(1, uint64(c)))
			for range calls {
				var one sync.WaitGroup // the work may end the caller's goroutine
				one.Go(func() { w.call(t, &g, c, r) })
				one.Wait()
				if r.IntN(8) == 0 {
					w.version.Add(1)
				}
			}
		})
	}
	crowd.Wait()
	g.Wait(context.Background())
	if n := g.Flying(); n != 0 {
		t.Errorf("%d flights left", n)
	}
	received, dropped := 0, 0
	w.made.Range(func(_, x any) bool {
		switch v := x.(*reading); {
		case v.received.Load() > 0 && v.dropped.Load() == 0:
			received++
		case v.received.Load() == 0 && v.dropped.Load() == 1:
			dropped++
		default:
			t.Errorf("reading %d: received %d times, dropped %d times", v.id, v.received.Load(), v.dropped.Load())
		}
		return true
	})
	if received < 100 || dropped < 10 {
		t.Errorf("%d received and %d dropped: that was no stress", received, dropped)
	}
}
