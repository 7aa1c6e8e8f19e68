package readpath

import (
	"context"
	"database/sql"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
)

// hazard H69: nothing is left of a closed database.
func TestCloseLeavesNothing(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		p := e.Shared(t)
		fixture(t, p)
		side := p.Side(t)
		lab.Exec(t, side, "select 1")
		p.Proxy.Close() // its goroutines are not the driver's
		before := goleak.IgnoreCurrent()
		db, err := sql.Open(p.Wrapped, lab.With(p.DSN, "dedupe_ttl=1m", "dedupe_beta=1"))
		if err != nil {
			t.Fatal(err)
		}
		useAll(t, e, p, db)
		if n := sessions(t, e, side); n == 0 {
			t.Error("the server knows of no session before the close")
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		goleak.VerifyNone(t, before)
		lab.Eventually(t, "the server has no session left", func() bool { return sessions(t, e, side) == 0 })
		if err := db.PingContext(t.Context()); err == nil {
			t.Error("a closed database answers")
		}
	})
}

// useAll leaves as much behind as a program can.
func useAll(t *testing.T, e *lab.Engine, p *lab.Place, db *sql.DB) {
	t.Helper()
	var wg sync.WaitGroup
	for _, w := range ways {
		if w.prepare != nil {
			stmt, err := db.Prepare(p.Text(w.text))
			if err != nil {
				t.Fatal(err)
			}
			defer stmt.Close()
			lab.WantInt(t, rowOf{stmt}, 70, sqldedupe.Miss, "")
			continue
		}
		for range 50 {
			wg.Go(func() {
				if v, err := w.ask(t.Context(), db, p.Text(w.text)); v != 70 || err != nil {
					t.Errorf("got %d, %v", v, err)
				}
			})
		}
	}
	wg.Wait()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	lab.Exec(t, tx, "update items set v = v + 1 where id = 3")
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	lab.Exec(t, db, "create table more (id int)") // reads the catalog again
	ctx, cancel := context.WithCancel(t.Context())
	leaver := askLater(ctx, func(ctx context.Context) (v int64, err error) {
		err = db.QueryRowContext(ctx, slow+" where 1 = 1").Scan(&v)
		return v, err
	})
	side := p.Side(t)
	lab.Eventually(t, "the slow query runs", func() bool { return running(t, e, side) == 1 })
	cancel()
	<-leaver
	if e == lab.MariaDB {
		kill(t, side)
	}
	if err := side.Close(); err != nil {
		t.Fatal(err)
	}
}

// rowOf makes a prepared statement a lab.Querier.
type rowOf struct{ *sql.Stmt }

func (r rowOf) QueryRowContext(ctx context.Context, _ string, _ ...any) *sql.Row {
	return r.Stmt.QueryRowContext(ctx, 7)
}
