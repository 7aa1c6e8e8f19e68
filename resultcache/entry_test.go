package resultcache_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

// hazard H103: the wall clock is set back, or the monotonic clock stood still: the larger age counts.
func TestAgeIsTheLargerOfBothClocks(t *testing.T) {
	created := time.Now()
	e := &resultcache.Entry{Created: created}
	if got := e.Age(created.Add(time.Minute)); got != time.Minute {
		t.Errorf("both clocks: %v", got)
	}
	// An instant without a monotonic reading stands for a wall clock that went its own way.
	if got := e.Age(created.Round(0).Add(time.Hour)); got != time.Hour {
		t.Errorf("wall clock ahead: %v", got)
	}
	back := &resultcache.Entry{Created: wallShifted(created, time.Hour)}
	if got := back.Age(created.Add(time.Minute)); got != time.Minute {
		t.Errorf("wall clock set back by an hour: %v", got)
	}
	ahead := &resultcache.Entry{Created: wallShifted(created, -time.Hour)}
	if got := ahead.Age(created.Add(time.Minute)); got != time.Hour+time.Minute {
		t.Errorf("monotonic clock an hour behind: %v", got)
	}
}

// wallShifted returns t with its wall clock moved by d and its monotonic reading left alone, as after somebody set the
// clock. No method of time.Time does that: ext, the second word, is the monotonic reading.
func wallShifted(t time.Time, d time.Duration) time.Time {
	t = t.Add(d)
	(*[2]int64)(unsafe.Pointer(&t))[1] -= int64(d)
	return t
}

func TestOneRefreshAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &resultcache.Entry{Created: time.Now()}
		for range 3 {
			time.Sleep(time.Second)
			var granted atomic.Int64
			var callers sync.WaitGroup
			for range 50 {
				callers.Go(func() {
					if e.TryRefresh(time.Now()) {
						granted.Add(1)
					}
				})
			}
			callers.Wait()
			if granted.Load() != 1 {
				t.Fatalf("%d callers refresh", granted.Load())
			}
			e.RefreshDone(time.Time{})
		}
	})
}

func TestRefreshBacksOffAfterAFailure(t *testing.T) {
	created := time.Now()
	e := &resultcache.Entry{Created: created}
	if !e.TryRefresh(created) {
		t.Fatal("refused the first")
	}
	e.RefreshDone(created.Add(10 * time.Second))
	if e.TryRefresh(created.Add(10*time.Second - 1)) {
		t.Error("granted during the back-off")
	}
	if !e.TryRefresh(created.Add(10 * time.Second)) {
		t.Error("refused after the back-off")
	}
}
