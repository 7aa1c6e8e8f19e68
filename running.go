package sqldedupe

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/sqldedupe/sqldedupe/resultcache"
	"github.com/sqldedupe/sqldedupe/xfetch"
)

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
