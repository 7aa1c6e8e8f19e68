// Package faults shows, on real servers, what is left of the promise about writes when connections break, callers give up
// and servers die in the middle of one: a write whose outcome is unknown leaves no stale answer behind.
package faults

import (
	"context"
	"database/sql"
	"flag"
	"os"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
	"github.com/sqldedupe/sqldedupe/integration/servers"
)

func TestMain(m *testing.M) {
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil { // the tests wait for servers more than they work
		panic(err)
	}
	os.Exit(servers.Main(m))
}

const (
	byID   = "select v from t where id = 1"
	update = "update t set v = v + 1 where id = 1"
)

// A stage is a table whose row 1 holds 0, with a writer behind the proxy and a reader of the same cache before it.
type stage struct {
	*lab.Place
	writer, reader, side *sql.DB
}

func newStage(t *testing.T, p *lab.Place, params ...string) *stage {
	t.Helper()
	side := p.Side(t)
	lab.Exec(t, side, "create table t (id int primary key, v bigint not null)")
	lab.Exec(t, side, "insert into t values (1, 0), (2, 0)")
	params = append(params, "dedupe_ttl=1h", "dedupe_beta=0", "dedupe_cache=faults "+p.DSN[len(p.DSN)-20:])
	s := &stage{Place: p, writer: p.Open(t, params...), side: side,
		reader: lab.Open(t, p.Wrapped, lab.With(p.DSN, params...))}
	lab.WantInt(t, s.reader, 0, sqldedupe.Miss, byID)
	lab.WantInt(t, s.reader, 0, sqldedupe.Hit, byID)
	lab.Int(t, s.writer, byID) // logs in
	return s
}

// stored is what the server has.
func (s *stage) stored(t *testing.T) int64 {
	t.Helper()
	v, _ := lab.Int(t, s.side, byID)
	return v
}

// wantNeverStale reads for a while; after the outcome is settled every read must agree with the server, and hits return.
func (s *stage) wantNeverStale(t *testing.T, want int64) {
	t.Helper()
	lab.Eventually(t, "hits after the fault", func() bool {
		v, o := lab.Int(t, s.reader, byID)
		if v != want {
			t.Fatalf("a read gave %d by %v, the server has %d", v, o.Kind, want)
		}
		return o.Kind == sqldedupe.Hit
	})
}

func held(db *sql.DB) int64 { return sqldedupe.Of(db).Stats().Held }

// later runs f in a goroutine of its own.
func later(f func() error) <-chan error {
	out := make(chan error, 1)
	go func() { out <- f() }()
	return out
}

// awaitBlocked waits until a statement with marker waits for a lock.
func (s *stage) awaitBlocked(t *testing.T, marker string) {
	t.Helper()
	query := "select count(*) from information_schema.processlist where info like '" + marker + "%' and db = database() and time_ms > 100"
	if s.Engine == lab.Postgres {
		query = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like '" + marker + "%' and datname = current_database()"
	}
	lab.Eventually(t, marker+" waits for a lock", func() bool {
		n, _ := lab.Int(t, s.side, query)
		return n == 1
	})
}

// lock holds the row 1 until what it returns is called, which commits.
func (s *stage) lock(t *testing.T, texts ...string) (release func()) {
	t.Helper()
	tx, err := s.side.BeginTx(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	for _, text := range texts {
		lab.Exec(t, tx, text)
	}
	return func() {
		if err := tx.Commit(); err != nil {
			t.Error(err)
		}
	}
}

const soon = 150 * time.Millisecond
