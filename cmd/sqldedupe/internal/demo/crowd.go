package demo

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sqldedupe/sqldedupe"
)

// A crowd is many callers of one report. Each waits for as long as it has
// patience. The first real error ends the crowd.
type crowd struct {
	db       *sql.DB
	report   *report
	patience time.Duration

	started, answered, gaveUp atomic.Int64 // for whoever watches
	broken                    atomic.Int64 // see call

	callers sync.WaitGroup
	stop    context.CancelCauseFunc
	mu      sync.Mutex // guards waits
	waits   []wait
}

// A wait is what became of one caller.
type wait struct {
	took   time.Duration
	failed bool // no answer came within took, the crowd's patience
	broken bool // and that because of a broken connection
	hit    bool // answered from the cache, or by another caller's query
}

// errAnswer would be a bug of the driver.
var errAnswer = errors.New("a caller got another answer than the one before the crowd came")

// run lets the callers come as arrive says and waits for all of them.
func (c *crowd) run(ctx context.Context, arrive func(ctx context.Context, c *crowd)) ([]wait, error) {
	ctx, c.stop = context.WithCancelCause(ctx)
	defer c.stop(nil)
	arrive(ctx, c)
	c.callers.Wait()
	return c.waits, context.Cause(ctx)
}

// atOnce lets n callers come at one moment.
func atOnce(n int) func(context.Context, *crowd) {
	return func(ctx context.Context, c *crowd) {
		var now time.Time
		gate := make(chan struct{})
		for range n {
			c.callers.Go(func() {
				<-gate
				c.call(ctx, now)
			})
		}
		now = time.Now()
		close(gate)
	}
}

// steadily lets callers come at a rate, however long those before them wait.
func steadily(perSecond int, length time.Duration) func(context.Context, *crowd) {
	return func(ctx context.Context, c *crowd) {
		n := int(length.Seconds() * float64(perSecond))
		start := time.Now()
		for i := range n {
			due := start.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Until(due)):
			}
			came := time.Now() // not due: a late timer is no wait for an answer
			c.callers.Go(func() { c.call(ctx, came) })
		}
	}
}

// call is one caller. On a busy machine it may get to work later than it came,
// and that counts as waiting.
func (c *crowd) call(ctx context.Context, came time.Time) {
	c.started.Add(1)
	var o sqldedupe.Outcome // stays zero with a plain driver
	ask, cancel := context.WithDeadline(sqldedupe.WithOutcome(ctx, &o), came.Add(c.patience))
	defer cancel()
	answer, err := c.report.ask(ask, c.db)
	w := wait{took: time.Since(came), hit: err == nil && isHit(o.Kind)}
	switch {
	case ctx.Err() != nil:
		return
	case err != nil && (ask.Err() != nil || errors.Is(err, context.DeadlineExceeded)):
		w.failed, w.took = true, c.patience
		c.gaveUp.Add(1)
	case errors.Is(err, driver.ErrBadConn):
		// In a full pool database/sql hands a waiting caller connections that
		// broke when others gave up, three times and then this error.
		w.failed, w.broken, w.took = true, true, c.patience
		c.broken.Add(1)
	case err != nil:
		c.stop(err)
	case answer != c.report.answer:
		c.stop(errAnswer)
	default:
		c.answered.Add(1)
	}
	c.mu.Lock()
	c.waits = append(c.waits, w)
	c.mu.Unlock()
}

func isHit(k sqldedupe.Kind) bool {
	switch k {
	case sqldedupe.Hit, sqldedupe.Shared, sqldedupe.Stale, sqldedupe.Refreshed:
		return true
	}
	return false
}
