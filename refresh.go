package sqldedupe

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sqldedupe/sqldedupe/dedupe"
	"github.com/sqldedupe/sqldedupe/resultcache"
)

// refresh starts one refresh of r's entry behind the caller's back, unless one
// runs already or there are too many.
func (m *middleware) refresh(r *read, now time.Time) bool {
	c, e := m.c, r.entry
	if !e.TryRefresh(now) {
		return false
	}
	select {
	case c.refresh <- struct{}{}:
	default:
		e.RefreshDone(time.Time{})
		c.stats.shed.Add(1)
		return false
	}
	f := m.filling(r)
	f.behind = true
	t := m.task(f, r, false)
	started := c.work(func(ctx context.Context) {
		defer func() { <-c.refresh }()
		err := dedupe.ErrExited // until it has returned
		defer func() { c.refreshed(e, err) }()
		err = c.doRefresh(ctx, t)
	})
	if !started {
		<-c.refresh
		e.RefreshDone(time.Time{}) // the entry may serve other databases
	}
	return started
}

// refreshed settles what becomes of an entry whose refresh has ended.
func (c *connector) refreshed(e *resultcache.Entry, err error) {
	switch {
	case err == errShed:
		c.stats.shed.Add(1)
		e.RefreshDone(time.Time{})
	case err != nil:
		c.stats.refreshErrors.Add(1)
		e.RefreshDone(time.Now().Add(max(e.Delta, time.Second)))
	default: // the entry is replaced, unless the flight joined was not to store
		e.RefreshDone(time.Time{})
	}
}

// doRefresh runs t for nobody but the cache. The panic of a driver ends here:
// the program did not ask for this query, so it must not end by it.
func (c *connector) doRefresh(ctx context.Context, t dedupe.Task[fill]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("sqldedupe: refresh panicked: %v", p)
			c.report(err)
		}
	}()
	answer, _, err := c.flights.Do(ctx, t)
	answer.live.discard()
	return firstError(err, answer.err, answer.closeErr)
}

// errShed ends a refresh that a write is in the way of.
var errShed = errors.New("sqldedupe: refresh left out")
