package writes

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/integration/lab"
)

// next makes the register larger by one and returns what it made it, whoever else does the same.
func next(ctx context.Context, e *lab.Engine, q interface {
	lab.Querier
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}) (v int64, err error) {
	if e == lab.Postgres {
		err = q.QueryRowContext(ctx, "update t set v = v + 1 where id = $1 returning v", 1).Scan(&v)
		return v, err
	}
	res, err := q.ExecContext(ctx, "update t set v = last_insert_id(v + 1) where id = ?", 1)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// writeContended writes now and then, in one of several ways, until stop is closed.
func writeContended(t *testing.T, e *lab.Engine, db *sql.DB, h *history, stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case <-time.After(time.Duration(rand.IntN(8)) * time.Millisecond):
		}
		o := op{write: true, start: h.now()}
		var err error
		if rand.IntN(2) == 0 {
			o.value, err = next(context.Background(), e, db)
		} else {
			o.value, err = nextInTx(e, db)
		}
		if err != nil {
			t.Errorf("write: %v", err)
			return
		}
		o.end = h.now()
		h.add(o)
	}
}

func nextInTx(e *lab.Engine, db *sql.DB) (int64, error) {
	tx, err := db.Begin()
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	v, err := next(context.Background(), e, tx)
	if err != nil {
		return 0, err
	}
	return v, tx.Commit()
}

// contend lets six writers and eight readers at one row for a while.
func contend(t *testing.T, e *lab.Engine, length time.Duration, open func(p *lab.Place) (writers []*sql.DB, readers []*sql.DB)) (verdict, int64) {
	p := e.Shared(t)
	side := p.Side(t)
	lab.Exec(t, side, table)
	lab.Exec(t, side, row)
	writers, reading := open(p)
	rs := newReaders(t, "select v from t where id = 1", reading...)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() { writeContended(t, e, writers[i%len(writers)], rs.history, stop) })
	}
	time.Sleep(length) // that is how long it lasts
	close(stop)
	wg.Wait()
	rs.stop()
	return rs.history.check(), rs.hits.Load()
}

// hazard H1: nobody joins a query that is older than a write.
// hazard H2: no fill survives the write that it raced with.
func TestContendedRegister(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		v, hits := contend(t, e, 4*time.Second, func(p *lab.Place) (writers, readers []*sql.DB) {
			for range 4 {
				readers = append(readers, lab.Open(t, p.Wrapped, lab.With(p.DSN, "dedupe_ttl=1h", "dedupe_beta=0", "dedupe_cache=contend"+e.Name)))
			}
			return readers[:3], readers
		})
		t.Logf("%d writes, %d reads, %d hits", v.writes, v.reads, hits)
		if v.wrong() || hits == 0 || v.writes == 0 {
			t.Errorf("%+v, %d hits", v, hits)
		}
	})
}

// The same test finds what a cache does that does not see the writes: it can fail.
func TestCheckerFindsStaleReads(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		v, hits := contend(t, e, time.Second, func(p *lab.Place) (writers, readers []*sql.DB) {
			reader := lab.Open(t, p.Wrapped, lab.With(p.DSN, "dedupe_ttl=200ms", "dedupe_beta=0"))
			return []*sql.DB{p.Side(t)}, []*sql.DB{reader}
		})
		t.Logf("writes past the cache: %d writes, %d reads, %d hits, %d stale", v.writes, v.reads, hits, v.stale)
		if v.stale == 0 {
			t.Errorf("the checker found nothing: %+v", v)
		}
	})
}

// The weaker level keeps its weaker promise: no read misses a write acknowledged before it.
func TestReadYourWrites(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		v, hits := contend(t, e, 2*time.Second, func(p *lab.Place) (writers, readers []*sql.DB) {
			for range 3 {
				readers = append(readers, lab.Open(t, p.Wrapped, lab.With(p.DSN, "dedupe_ttl=1h", "dedupe_beta=0", "dedupe_consistency=ryw", "dedupe_cache=ryw"+e.Name)))
			}
			return readers, readers
		})
		t.Logf("%d writes, %d reads, %d hits, %d older than one before", v.writes, v.reads, hits, v.backwards)
		if v.stale > 0 || v.early > 0 || hits == 0 {
			t.Errorf("%+v, %d hits", v, hits)
		}
	})
}
