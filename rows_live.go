package sqldedupe

import (
	"context"
	"database/sql/driver"
	"sync/atomic"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

// liveRows are the driver's own rows behind the recorded start of a result that
// cannot be kept: the row that did not fit, then the rest. They hold the
// flight's real connection until they are closed.
type liveRows struct {
	rows     driver.Rows // the driver's own
	running  *running
	cols     *resultcache.Columns
	start    resultcache.Cursor
	pending  []driver.Value // the row that could not be recorded; nil once given
	claimed  atomic.Bool
	unfollow func() bool
}

func newLiveRows(q *running, rec *resultcache.Recorder, cols *resultcache.Columns, pending []driver.Value) *liveRows {
	q.unlink() // the flight ends now, the rows go on
	return &liveRows{rows: q.rows, running: q, cols: cols, start: rec.Cursor(), pending: pending}
}

// claim returns the rows to the first caller that asks, and nil to the others,
// who must run the query themselves. They end with ctx.
func (l *liveRows) claim(ctx context.Context) driver.Rows {
	if l == nil || !l.claimed.CompareAndSwap(false, true) {
		return nil
	}
	l.unfollow = context.AfterFunc(ctx, l.running.cancel)
	return newReplay(replay{cols: l.cols, cursor: l.start, rest: &rest{tail: l}})
}

// discard ends rows that nobody claimed.
func (l *liveRows) discard() {
	if l != nil && l.claimed.CompareAndSwap(false, true) {
		l.Close()
	}
}

// Next is part of tail.
func (l *liveRows) Next(dest []driver.Value) error {
	if l.pending != nil {
		// The driver's buffers, into which it may point, are as they were:
		// its Next has not been called since.
		copy(dest, l.pending)
		l.pending = nil
		return nil
	}
	return l.rows.Next(dest)
}

// Close ends the query and gives its connection back.
func (l *liveRows) Close() error {
	if l.running.ended.Load() {
		return nil
	}
	if l.unfollow != nil {
		l.unfollow()
	}
	closed := false
	defer func() { l.running.end(!closed) }() // also after a panic of the driver
	err := l.rows.Close()
	closed = true
	return err
}

func (l *liveRows) driverRows() driver.Rows { return l.rows }
