package sqldedupe

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/sqldedupe/sqldedupe/dedupe"
	"github.com/sqldedupe/sqldedupe/internal/words"
	"github.com/sqldedupe/sqldedupe/resultcache"
	"github.com/sqldedupe/sqldedupe/xfetch"
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

// running is a query of a flight while it holds a real connection.
type running struct {
	f      *filling
	rc     *realConn
	stmt   *realStmt // rented, or nil
	cancel context.CancelFunc
	unlink func() bool
	rows   driver.Rows
	ended  atomic.Bool
}

// end gives everything back, once.
func (q *running) end(drop bool) {
	if !q.ended.CompareAndSwap(false, true) {
		return
	}
	q.unlink()
	q.rc.bad = q.rc.bad || drop
	if q.stmt != nil {
		q.rc.unrent(q.f.statement, q.stmt)
	}
	q.rc.give()
	q.cancel()
}

// lost reports whether err is not the server's answer but the end of the
// connection.
func (q *running) lost(ctx context.Context, err error) bool {
	if err == nil || ctx.Err() != nil || q.f.c.cfg.Adapter.Answered == nil || q.f.c.answered(err) {
		return false
	}
	return !isValid(q.rc.Conn) || errors.Is(resetSession(ctx, q.rc.Conn), driver.ErrBadConn)
}

func (q *running) run(ctx context.Context, dispatch func(string)) (fill, error) {
	f := q.f
	if f.prepared {
		var err error
		if q.stmt, err = q.rc.rent(ctx, f.statement, f.text, f.c.generation()); err != nil {
			return fill{}, err
		}
	}
	// The vector is loaded before the query is sent: whatever is acknowledged
	// later makes it differ, so the entry can never pass for newer than it is.
	gens, _ := f.c.cache.words.Load(make([]uint64, 0, len(f.reads)), f.reads)
	dispatch(version(gens))
	sent := time.Now()
	rows, err := q.query(ctx)
	if err != nil {
		return fill{}, err
	}
	q.rows = rows
	answer, err := q.record()
	if err == nil && answer.live == nil && answer.err == nil && answer.closeErr == nil {
		f.store(answer.set, gens, sent)
	}
	return answer, err
}

// query sends the query.
func (q *running) query(ctx context.Context) (driver.Rows, error) {
	f := q.f
	q.f.c.stats.queries.Add(1)
	if q.stmt != nil {
		return stmtQueryContext(ctx, q.stmt.Stmt, f.args)
	}
	rows, err := queryContext(ctx, q.rc.Conn, f.text, f.args)
	if err != driver.ErrSkip || !f.c.cfg.Adapter.PreparesSkipped {
		return rows, err
	}
	// With arguments and no interpolation the MySQL driver answers ErrSkip,
	// and database/sql would come back with a statement prepared from the text.
	if q.stmt, err = q.rc.rent(ctx, f.statement, f.text, f.c.generation()); err != nil {
		return nil, err
	}
	if want := q.stmt.NumInput(); want >= 0 && want != len(f.args) {
		return nil, fmt.Errorf("sql: expected %d arguments, got %d", want, len(f.args))
	}
	return stmtQueryContext(ctx, q.stmt.Stmt, f.args)
}

// record takes down the rows: all of them, those before the error that ended
// them, or those before one that cannot be kept, with the live rows behind.
func (q *running) record() (fill, error) {
	cols := q.f.statement.describe(q.rows)
	rec := resultcache.NewRecorder(cols, q.f.limits)
	row := make([]driver.Value, cols.Len())
	for {
		err := q.rows.Next(row)
		if err == io.EOF {
			break
		}
		if err != nil {
			closeErr := q.rows.Close()
			if private(err) {
				return fill{}, err // nobody has seen a row yet: start over
			}
			if private(closeErr) {
				closeErr = nil
			}
			return fill{set: rec.Publish(), err: err, closeErr: closeErr}, nil
		}
		if err := resultcache.Append(rec, row); err != nil {
			q.f.statement.skip(err)
			return fill{live: newLiveRows(q, rec, cols, row)}, nil
		}
	}
	if n, ok := q.rows.(driver.RowsNextResultSet); ok && n.HasNextResultSet() {
		q.f.statement.skip(errSets)
		return fill{live: newLiveRows(q, rec, cols, nil)}, nil
	}
	err := q.rows.Close()
	if private(err) {
		return fill{}, err
	}
	return fill{set: rec.Publish(), closeErr: err}, nil
}

// store keeps a result that ended cleanly. No check is needed here: a vector
// that has been overtaken will never match.
func (f *filling) store(set *resultcache.ResultSet, gens []uint64, sent time.Time) {
	if f.ttl <= 0 {
		return
	}
	f.c.stats.stores.Add(1)
	f.c.cache.memory.Set(f.key, &resultcache.Entry{
		Set: set, Gens: gens, Created: sent,
		TTL:   xfetch.Jitter(f.ttl, f.jitter, rand.Float64()),
		Delta: xfetch.Smooth(f.delta, time.Since(sent)),
	})
}
