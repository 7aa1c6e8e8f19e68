package sqldedupe

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"time"

	"github.com/sqldedupe/sqldedupe/dedupe"
	"github.com/sqldedupe/sqldedupe/internal/words"
	"github.com/sqldedupe/sqldedupe/resultcache"
)

// fill is what a flight brings: a result set for everybody, or rows that only
// one caller can have.
type fill struct {
	set      *resultcache.ResultSet
	err      error // that ended the rows after those of set
	closeErr error // of the rows' Close
	live     *liveRows
}

// replay returns the rows of a set as the driver gave them.
func (f fill) replay() driver.Rows {
	r := replay{cols: f.set.Columns(), cursor: f.set.Cursor()}
	if f.err != nil || f.closeErr != nil {
		r.rest = &rest{err: f.err, closeErr: f.closeErr}
	}
	return newReplay(r)
}

// filling is one query on its way to an entry. It holds copies of what it
// needs: the caller that started it may be gone before it ends.
type filling struct {
	c         *connector
	statement *statement
	text      string
	prepared  bool
	behind    bool // a refresh
	args      []driver.NamedValue
	key       string
	reads     []words.Slot
	limits    resultcache.Limits
	ttl       time.Duration
	jitter    float64
	delta     time.Duration // of the entry before, 0 without one
}

// fillAttempts bounds the connections one flight tries, as database/sql does.
const fillAttempts = 3

// filling takes down what a flight needs of a read.
func (m *middleware) filling(r *read) *filling {
	p := &r.plan.policy
	f := &filling{
		c: m.c, statement: r.statement, text: r.text, prepared: r.stmt != nil,
		args: cloneArgs(r.args), key: string(m.key), reads: r.plan.reads,
		limits: resultcache.Limits{MaxBytes: orDefault(p.MaxBytes, m.c.cfg.MaxBytes), MaxRows: p.MaxRows},
		ttl:    r.ttl, jitter: p.Jitter,
	}
	if r.entry != nil {
		f.delta = r.entry.Delta
	}
	return f
}

// task makes the flight's work out of a read.
func (m *middleware) task(f *filling, r *read, fresh bool) dedupe.Task[fill] {
	p := &r.plan.policy
	return dedupe.Task[fill]{
		Key: f.key, Version: version(m.gens), Fresh: fresh,
		Wait: orDefault(p.Wait, m.c.cfg.Wait), Run: f.run, Private: private, Drop: func(a fill) { a.live.discard() },
		Linger: m.c.serverFacts().exclusive,
	}
}

// version is a generation vector as a comparable value.
func version(gens []uint64) string {
	b := make([]byte, 0, 8*len(gens))
	for _, g := range gens {
		b = binary.LittleEndian.AppendUint64(b, g)
	}
	return string(b)
}

// run is the work of a flight: a connection of its own, the words, the query,
// the rows, the store. A connection that turns out to be broken is replaced,
// and one that breaks under the query once: many may be waiting for it, and a
// read may be repeated. Not more often, for the query may be what breaks them.
func (f *filling) run(ctx context.Context, dispatch func(string)) (answer fill, err error) {
	for attempt := range fillAttempts {
		var lost bool
		answer, lost, err = f.try(ctx, dispatch)
		if !errors.Is(err, driver.ErrBadConn) && (!lost || attempt > 0) {
			return answer, err
		}
		f.c.pool.suspect()
	}
	return answer, err
}

// try is one attempt of run. lost reports whether it failed because the
// connection ended under it.
func (f *filling) try(ctx context.Context, dispatch func(string)) (_ fill, lost bool, _ error) {
	rc, err := f.c.pool.take(ctx)
	if err != nil {
		return fill{}, false, err
	}
	// The query gets a context of its own: when rows turn out to be too many,
	// they live on with the caller that reads them after the flight has ended.
	qctx, cancel := context.WithCancel(context.Background())
	unlink := context.AfterFunc(ctx, cancel)
	q := &running{f: f, rc: rc, cancel: cancel, unlink: unlink}
	if f.behind {
		// With a connection in hand: a refresh that waits for one must not keep
		// the write back that has it.
		leave, ok := f.c.gate.enter(cancel)
		if !ok {
			q.end(false)
			return fill{}, false, errShed
		}
		defer leave()
	}
	done := false
	defer func() { // also after a panic of the driver
		if !done {
			q.end(true)
		}
	}()
	answer, err := q.run(qctx, dispatch)
	done = true
	if q.stmt != nil {
		q.stmt.failed = firstError(err, answer.err, answer.closeErr) != nil
	}
	if f.behind && (answer.live != nil || qctx.Err() != nil && ctx.Err() == nil) {
		// Nobody needs live rows of a refresh, and they would outlive the gate;
		// or a write has cancelled it.
		answer.live.discard()
		q.end(false)
		return fill{}, false, errShed
	}
	if answer.live == nil {
		lost = q.lost(qctx, firstError(err, answer.err, answer.closeErr))
		q.end(lost || errors.Is(err, driver.ErrBadConn))
	}
	return answer, lost, err
}
