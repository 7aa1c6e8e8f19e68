package sqldedupe_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"hash/fnv"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

const blobs = "SELECT a, b FROM blobs"

// blobRows is a result of three rows whose size is known.
func blobRows() fakedb.Result {
	r := fakedb.Result{Columns: []fakedb.Column{{Name: "a"}, {Name: "b"}}}
	for i := range int64(3) {
		r.Rows = append(r.Rows, []driver.Value{i, fmt.Appendf(nil, "the bytes of row %d", i)})
	}
	return r
}

// readBlobs reads up to limit rows as a program does that closes what it opened,
// and writes all over what it scanned. sum is that of the rows it has read.
func readBlobs(ctx context.Context, q querier, st *sql.Stmt, limit int) (n int, sum uint64, err error) {
	var rows *sql.Rows
	if st != nil {
		rows, err = st.QueryContext(ctx)
	} else {
		rows, err = q.QueryContext(ctx, blobs)
	}
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	h := fnv.New64()
	for n < limit && rows.Next() {
		var a int64
		var b, raw sql.RawBytes
		var copied []byte
		if n%2 == 0 {
			err = rows.Scan(&a, &raw)
			b = raw
		} else {
			err = rows.Scan(&a, &copied)
			b = copied
		}
		if err != nil {
			return n, 0, err
		}
		fmt.Fprintf(h, "%d %s\n", a, b)
		clear(b)
		n++
	}
	if err := rows.Close(); err != nil {
		return n, 0, err
	}
	return n, h.Sum64(), rows.Err()
}

// chaos is one way in which one execution goes wrong while two callers wait.
type chaos struct {
	fault    string // error, bad connection, panic, Goexit, block
	at       fakedb.Op
	row      int
	limit    int    // rows that callers read before they close
	leaves   string // "", leader or follower, while the query runs
	tooLarge bool
	prepared bool
}

// caller is what one of them got.
type caller struct {
	n      int
	sum    uint64
	err    error
	raised any
	exited bool
}

func (c chaos) strike(ctx context.Context) error {
	switch c.fault {
	case "error":
		return errDown
	case "bad connection":
		return driver.ErrBadConn
	case "panic":
		panic("driver")
	case "Goexit":
		runtime.Goexit()
	case "block":
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

// unleash makes the first execution go wrong, once release is called.
func (c chaos) unleash(srv *fakedb.Server) (release func()) {
	gate := make(chan struct{})
	var struck atomic.Bool
	var first atomic.Int64 // the connection of the first execution
	srv.On(func(call fakedb.Call) error {
		if call.Text != blobs || call.Op == fakedb.Prepare {
			return nil
		}
		first.CompareAndSwap(0, int64(call.Conn))
		if call.Op == fakedb.Query {
			select {
			case <-gate:
			case <-call.Ctx.Done():
				return call.Ctx.Err()
			}
		}
		if call.Op == c.at && call.Row == c.row && int64(call.Conn) == first.Load() && struck.CompareAndSwap(false, true) {
			return c.strike(call.Ctx)
		}
		return nil
	})
	return func() { close(gate) }
}

func (c chaos) run(t *testing.T) {
	srv := &fakedb.Server{Reuses: true}
	srv.Set(blobs, blobRows())
	cfg := cached()
	if c.tooLarge {
		cfg.MaxBytes = 40
	}
	db := open(t, srv, cfg)
	var st *sql.Stmt
	if c.prepared {
		st = prepare(t, db, blobs)
		defer st.Close()
	}
	must(t, db.Ping())
	release := c.unleash(srv)
	callers, cancels := map[string]*caller{}, map[string]context.CancelFunc{}
	var all sync.WaitGroup
	for _, name := range []string{"leader", "follower"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		got := &caller{exited: true}
		callers[name], cancels[name] = got, cancel
		all.Go(func() {
			defer cancel()
			defer func() {
				if r := recover(); r != nil {
					got.raised, got.exited = r, false
				}
			}()
			got.n, got.sum, got.err = readBlobs(ctx, db, st, c.limit)
			got.exited = false
		})
		synctest.Wait() // the leader first
	}
	expect(t, "executions before the release", srv.Queries(blobs), 1)
	if c.leaves != "" {
		cancels[c.leaves]()
		synctest.Wait()
	}
	release()
	all.Wait()
	synctest.Wait()
	c.check(t, callers)
	c.after(t, srv, db, st)
}

var fullSum = func() uint64 {
	h := fnv.New64()
	for _, row := range blobRows().Rows {
		fmt.Fprintf(h, "%d %s\n", row[0], row[1])
	}
	return h.Sum64()
}()

// check looks at what the callers got: what ended without an error is whole,
// and what struck one execution struck at most one caller, unless it was the
// database's answer.
func (c chaos) check(t *testing.T, callers map[string]*caller) {
	struck := 0
	for name, got := range callers {
		failed := got.err != nil || got.raised != nil || got.exited
		switch {
		case name == c.leaves && got.err != context.Canceled:
			t.Errorf("%s left and got %+v", name, got)
		case name != c.leaves && failed:
			struck++
		case !failed && got.n != min(c.limit, 3), !failed && c.limit > 3 && got.sum != fullSum:
			t.Errorf("%s got %+v without an error", name, got)
		}
	}
	if struck > 1 && c.fault != "error" {
		t.Errorf("both were struck: %+v, %+v", callers["leader"], callers["follower"])
	}
}

// after looks at what is left: nothing open, nothing truncated, and entries
// that no hit can change.
func (c chaos) after(t *testing.T, srv *fakedb.Server, db *sql.DB, st *sql.Stmt) {
	srv.On(nil)
	_, _, rows := srv.Open()
	expect(t, "rows open", rows, 0)
	expect(t, "flights", sqldedupe.Of(db).Stats().Flights, 0)
	for i := range 4 {
		n, sum, err := readBlobs(t.Context(), db, st, 9)
		if n != 3 || sum != fullSum || err != nil {
			t.Errorf("read %d afterwards: %d rows, %x, %v", i, n, sum, err)
		}
	}
	if !c.tooLarge && srv.Queries(blobs) > 4 {
		t.Errorf("%d executions", srv.Queries(blobs))
	}
}

// hazards H50, H51, H52, H55, H57, H59, H60, H61, H63, H69: whatever happens
// to an execution, at whatever row, whoever leaves and however much is read:
// nothing truncated is kept, nothing stays open, no entry changes.
func TestRowChaos(t *testing.T) {
	type place struct {
		op  fakedb.Op
		row int
	}
	places := []place{{fakedb.Query, 0}, {fakedb.Next, 0}, {fakedb.Next, 1}, {fakedb.Next, 2}, {fakedb.Next, 3}, {fakedb.RowsClose, 0}}
	for _, fault := range []string{"error", "bad connection", "panic", "Goexit", "block"} {
		t.Run(fault, func(t *testing.T) {
			for i := range len(places) * 3 * 3 * 4 {
				p, limit := places[i/36], []int{0, 1, 9}[i/12%3]
				leaves := []string{"", "leader", "follower"}[i/4%3]
				c := chaos{fault, p.op, p.row, limit, leaves, i%2 == 1, i/2%2 == 1}
				if fault == "block" && p.op == fakedb.RowsClose {
					continue // Close has no context to end with
				}
				t.Run(fmt.Sprintf("%s %d/%d/leaves=%s/large=%v/prepared=%v", p.op, p.row, limit, leaves, c.tooLarge, c.prepared),
					func(t *testing.T) { bubble(t, c.run) })
			}
		})
	}
}

// hazard H50: no hit can change an entry, whatever it does to what it got, and
// many at the same time do not disturb each other.
func TestHitsLeaveTheEntryAlone(t *testing.T) {
	srv := &fakedb.Server{Reuses: true}
	srv.Set(blobs, blobRows())
	db := open(t, srv, cached())
	var crowd sync.WaitGroup
	for range 8 {
		crowd.Go(func() {
			for range 200 {
				if n, sum, err := readBlobs(t.Context(), db, nil, 9); n != 3 || sum != fullSum || err != nil {
					t.Errorf("got %d rows, %x, %v", n, sum, err)
					return
				}
			}
		})
	}
	crowd.Wait()
	if n := srv.Queries(blobs); n > 8 {
		t.Errorf("%d executions", n)
	}
}

// hazard H48: column names belong to the program that asked.
func TestColumnNamesBelongToTheCaller(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := &fakedb.Server{}
		srv.Set(blobs, blobRows())
		db := open(t, srv, cached())
		for range 3 {
			rows, err := db.Query(blobs)
			must(t, err)
			names, err := rows.Columns()
			must(t, err)
			expect(t, "first column", names[0], "a")
			names[0] = "changed"
			must(t, rows.Close())
		}
	})
}
