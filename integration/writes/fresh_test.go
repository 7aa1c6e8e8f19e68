package writes

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
)

type driverConn = driver.Conn

// acknowledged is the key of what a write calls that was acknowledged before it returns.
type acknowledged struct{}

const (
	maxWrites   = 120
	kindTime    = 2500 * time.Millisecond
	readersEach = 2 // per database
)

// kindParams: MariaDB takes several statements only if asked to. A name of its own keeps a kind's cache from the others',
// which share the server.
func kindParams(e *lab.Engine, p *lab.Place) []string {
	params := []string{"dedupe_ttl=1h", "dedupe_beta=0", "dedupe_cache=" + p.DSN[len(p.DSN)-20:]}
	if e == lab.MariaDB {
		params = append(params, "multiStatements=true")
	}
	return params
}

// hazard H3: invalidated at commit, not before, and before it is acknowledged.
// hazard H10: nobody sees new, then old.
func TestNoReadIsStale(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		kinds := postgresKinds()
		if e == lab.MariaDB {
			kinds = mariadbKinds()
		}
		var total totals
		t.Run("kinds", func(t *testing.T) {
			for _, k := range kinds {
				t.Run(k.name, func(t *testing.T) {
					t.Parallel()
					total.add(k.hammer(t, e))
				})
			}
		})
		t.Logf("%d kinds: %d writes, %d reads, %d of them hits", len(kinds), total.writes.Load(), total.reads.Load(), total.hits.Load())
	})
}

type totals struct{ writes, reads, hits atomic.Int64 }

func (t *totals) add(v verdict, hits int64) {
	t.writes.Add(int64(v.writes))
	t.reads.Add(int64(v.reads))
	t.hits.Add(hits)
}

// hammer writes through one database and reads through two others on the same DSN, and checks the history.
func (k *kind) hammer(t *testing.T, e *lab.Engine) (verdict, int64) {
	p := e.Shared(t)
	side := p.Side(t)
	for _, text := range k.setup {
		lab.Exec(t, side, text)
	}
	params := kindParams(e, p)
	writer := lab.Open(t, p.Wrapped, lab.With(p.DSN, params...))
	rs := newReaders(t, k.read, lab.Open(t, p.Wrapped, lab.With(p.DSN, params...)), lab.Open(t, p.Wrapped, lab.With(p.DSN, params...)))
	defer rs.stop()
	var n int64
	for start := time.Now(); n < maxWrites && (time.Since(start) < kindTime || n < 3); {
		n++
		k.writeOnce(t, writer, rs, n)
		if n%2 == 0 {
			rs.awaitHits(t)
		}
	}
	rs.stop()
	v := rs.history.check()
	t.Logf("%d writes, %d reads, %d hits, %d stale", v.writes, v.reads, rs.hits.Load(), v.stale)
	if v.wrong() {
		t.Errorf("%d reads: %d stale, %d older than one before, %d too early; %s", v.reads, v.stale, v.backwards, v.early, v.example)
	}
	if rs.hits.Load() == 0 {
		t.Errorf("no read was a hit: %s", sqldedupe.Of(writer).Explain(k.read).Reason)
	}
	return v, rs.hits.Load()
}

// writeOnce writes, and reads right after the acknowledgement.
func (k *kind) writeOnce(t *testing.T, writer *sql.DB, rs *readers, n int64) {
	t.Helper()
	o := op{start: rs.history.now(), value: n, write: true}
	acknowledge := sync.OnceFunc(func() {
		o.end = rs.history.now()
		rs.history.add(o)
		for _, db := range rs.dbs {
			rs.read(t, db)
		}
	})
	if err := k.run(context.WithValue(context.Background(), acknowledged{}, acknowledge), writer, n); err != nil {
		t.Fatalf("write %d: %v", n, err)
	}
	acknowledge()
}

// readers read one register without end.
type readers struct {
	query   string
	dbs     []*sql.DB
	history *history
	hits    atomic.Int64
	stopped chan struct{}
	once    sync.Once
	wg      sync.WaitGroup
}

func newReaders(t *testing.T, query string, dbs ...*sql.DB) *readers {
	rs := &readers{query: query, dbs: dbs, history: newHistory(), stopped: make(chan struct{})}
	for _, db := range dbs {
		for range readersEach {
			rs.wg.Go(func() { rs.loop(t, db) })
		}
	}
	return rs
}

func (rs *readers) loop(t *testing.T, db *sql.DB) {
	for {
		select {
		case <-rs.stopped:
			return
		default:
		}
		if !rs.read(t, db) {
			return
		}
		time.Sleep(200 * time.Microsecond) // two cores are shared by many
	}
}

func (rs *readers) read(t *testing.T, db *sql.DB) bool {
	var outcome sqldedupe.Outcome
	o := op{start: rs.history.now()}
	err := db.QueryRowContext(sqldedupe.WithOutcome(context.Background(), &outcome), rs.query).Scan(&o.value)
	o.end = rs.history.now()
	if err != nil {
		t.Errorf("%s: %v", rs.query, err)
		return false
	}
	rs.history.add(o)
	if outcome.Kind == sqldedupe.Hit {
		rs.hits.Add(1)
	}
	return true
}

// awaitHits waits until something is kept again; after a write that may have changed anything it takes a while.
func (rs *readers) awaitHits(t *testing.T) {
	before, start := rs.hits.Load(), time.Now()
	for rs.hits.Load() == before && time.Since(start) < lab.Patience/4 && !t.Failed() {
		time.Sleep(time.Millisecond)
	}
}

func (rs *readers) stop() {
	rs.once.Do(func() { close(rs.stopped) })
	rs.wg.Wait()
}
