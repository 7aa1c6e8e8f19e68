package faults

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
	"github.com/sqldedupe/sqldedupe/integration/servers"
)

// hazard H51: half a result is never kept.
func TestLossInTheMiddleOfAResult(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		p := e.Shared(t)
		side := p.Side(t)
		lab.Exec(t, side, "create table lengthy (id int primary key, s text)")
		tx, err := side.Begin()
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3000 {
			lab.Exec(t, tx, e.Text("insert into lengthy values (?, ?)"), i, strings.Repeat("x", 100)+map[bool]string{true: "breaking point"}[i == 2500])
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
		db := p.Open(t, "dedupe_ttl=1h", "dedupe_beta=0")
		lab.Int(t, db, "select count(*) from lengthy")
		for range 3 {
			// Once would be made good by a second attempt.
			first := p.Proxy.CutOn(servers.ToClient, "breaking point", servers.Before)
			second := p.Proxy.CutOn(servers.ToClient, "breaking point", servers.Before)
			n, _, err := readLong(db)
			if err == nil {
				t.Fatalf("%d rows and no error", n)
			}
			<-first
			<-second
			t.Logf("%d rows, then %v", n, err)
		}
		var kinds []sqldedupe.Kind
		lab.Eventually(t, "a whole result", func() bool {
			n, kind, err := readLong(db)
			if err == nil && n != 3000 {
				t.Fatalf("%d rows and no error by %v", n, kind)
			}
			kinds = append(kinds, kind)
			return err == nil
		})
		if kinds[len(kinds)-1] != sqldedupe.Miss {
			t.Errorf("got the whole result by %v", kinds)
		}
		if n, kind, err := readLong(db); n != 3000 || kind != sqldedupe.Hit || err != nil {
			t.Errorf("%d rows by %v, %v", n, kind, err)
		}
	})
}

func readLong(db *sql.DB) (n int, kind sqldedupe.Kind, err error) {
	var o sqldedupe.Outcome
	rows, err := db.QueryContext(sqldedupe.WithOutcome(context.Background(), &o), "select id, s from lengthy order by id")
	if err != nil {
		return 0, o.Kind, err
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	return n, o.Kind, rows.Err()
}

// hazard H60: a connection that breaks under a query is nobody's trouble: the query is repeated, once.
func TestReadersOutliveTheirConnection(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		s := newStage(t, e.Shared(t))
		const readers = 50
		s.Proxy.Pause()
		var failed atomic.Int64
		var wg sync.WaitGroup
		for range readers {
			wg.Go(func() {
				var v int64
				if err := s.writer.QueryRow("select v from t where id = 2").Scan(&v); err != nil {
					failed.Add(1)
				}
			})
		}
		lab.Eventually(t, "all wait", func() bool { return s.writer.Stats().InUse == readers })
		s.Proxy.CutAll()
		s.Proxy.Resume()
		wg.Wait()
		if failed.Load() > 0 {
			t.Errorf("%d of %d readers got an error when one connection broke", failed.Load(), readers)
		}
	})
}

// hazard H63: a server that dies and comes back under load leaves neither errors nor stale answers for long.
func TestServerDiesUnderLoad(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		t.Parallel()
		s := newStage(t, e.Private(t))
		l := &load{stage: s, stop: make(chan struct{})}
		var wg sync.WaitGroup
		wg.Go(func() { l.write(t) })
		for range 4 {
			wg.Go(func() { l.read(t) })
		}
		for range 2 {
			l.progress(t, "before the kill")
			s.Server.Kill()
			lab.Eventually(t, "writes fail", func() bool { return l.failed.Load() > 0 })
			s.Server.Restart()
			l.failed.Store(0)
			l.progress(t, "after the restart")
		}
		close(l.stop)
		wg.Wait()
		t.Logf("%d writes acknowledged, %d in doubt, %d reads, %d hits", l.acknowledged.Load(), l.doubts.Load(), l.reads.Load(), l.hits.Load())
		lab.Eventually(t, "the side's connections are new", func() bool {
			var v int64
			return s.side.QueryRow(byID).Scan(&v) == nil
		})
		s.wantNeverStaleAtLast(t)
		if stored := s.stored(t); stored < l.acknowledged.Load() {
			t.Errorf("%d writes were acknowledged, the server has %d", l.acknowledged.Load(), stored)
		}
	})
}

type load struct {
	*stage
	stop                        chan struct{}
	floor                       atomic.Int64 // the largest value acknowledged
	acknowledged, doubts        atomic.Int64
	failed, reads, hits, errors atomic.Int64
}

// progress waits until a write was acknowledged and a read answered from memory.
func (l *load) progress(t *testing.T, when string) {
	t.Helper()
	writes, hits := l.acknowledged.Load(), l.hits.Load()
	lab.EventuallyIn(t, time.Minute, "progress "+when, func() bool { return l.acknowledged.Load() > writes+5 && l.hits.Load() > hits+5 })
}

func (l *load) write(t *testing.T) {
	for !stopped(l.stop) {
		err := func() error {
			ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
			defer cancel()
			tx, err := l.writer.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if _, err := tx.ExecContext(ctx, update); err != nil {
				return err
			}
			var v int64
			if err := tx.QueryRowContext(ctx, byID).Scan(&v); err != nil {
				return err
			}
			if err := tx.Commit(); err != nil {
				l.doubts.Add(1)
				return err
			}
			l.floor.Store(v)
			l.acknowledged.Add(1)
			return nil
		}()
		if err != nil {
			l.failed.Add(1)
		}
		time.Sleep(2 * time.Millisecond) // leaves the readers something to keep
	}
}

func (l *load) read(t *testing.T) {
	for !stopped(l.stop) {
		floor := l.floor.Load()
		var o sqldedupe.Outcome
		var v int64
		ctx, cancel := context.WithTimeout(sqldedupe.WithOutcome(context.Background(), &o), 5*time.Second)
		err := l.reader.QueryRowContext(ctx, byID).Scan(&v)
		cancel()
		switch {
		case errors.Is(err, sql.ErrNoRows):
			t.Error(err)
		case err != nil:
			l.errors.Add(1)
		case v < floor:
			t.Errorf("a read gave %d by %v after %d was acknowledged", v, o.Kind, floor)
		default:
			l.reads.Add(1)
			if o.Kind == sqldedupe.Hit {
				l.hits.Add(1)
			}
		}
		time.Sleep(200 * time.Microsecond) // two cores are shared by many
	}
}

func stopped(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
