package sqldedupe_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	items    = "SELECT n FROM items"
	itemByID = "SELECT n FROM items WHERE id = $1"
	orders   = "SELECT n FROM orders"
	setItems = "UPDATE items SET n = 1"
)

var errDown = errors.New("the database is down")

// bubble runs f in virtual time; whatever it starts must have ended with it.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// open opens srv through this package. When the test has ended and the
// database is closed, nothing of the driver may be left open.
func open(t *testing.T, srv *fakedb.Server, cfg sqldedupe.Config) *sql.DB {
	t.Helper()
	cfg.Dialect = "postgres"
	db := sql.OpenDB(sqldedupe.NewConnector(srv.Connector(), cfg))
	t.Cleanup(func() {
		db.Close()
		if conns, stmts, rows := srv.Open(); conns+stmts+rows != 0 {
			t.Errorf("left open: %d connections, %d statements, %d rows", conns, stmts, rows)
		}
	})
	return db
}

// cached is a configuration that keeps what it reads for a minute, and renews
// nothing early.
func cached() sqldedupe.Config {
	return sqldedupe.Config{TTL: time.Minute, Beta: -1, PlainTables: true}
}

// querier is a *sql.DB, *sql.Conn or *sql.Tx.
type querier interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	ExecContext(context.Context, string, ...any) (sql.Result, error)
	PrepareContext(context.Context, string) (*sql.Stmt, error)
}

// number is the answer to a query without a script: which execution it is from.
func number(t *testing.T, q querier, query string, args ...any) int {
	t.Helper()
	n, err := numberOf(t.Context(), q, query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

func numberOf(ctx context.Context, q querier, query string, args ...any) (n int, err error) {
	err = q.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// outcome reads once and tells what happened.
func outcome(t *testing.T, ctx context.Context, q querier, query string, args ...any) (n int, o sqldedupe.Outcome) {
	t.Helper()
	n, err := numberOf(sqldedupe.WithOutcome(ctx, &o), q, query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n, o
}

func expectKind(t *testing.T, o sqldedupe.Outcome, want sqldedupe.Kind) {
	t.Helper()
	if o.Kind != want {
		t.Errorf("outcome %v (%s), want %v", o.Kind, o.Reason, want)
	}
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// expectLines compares texts and shows where they part.
func expectLines(t *testing.T, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "(end)", "(end)"
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Errorf("line %d: got %q, want %q", i+1, a, b)
			return
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func exec(t *testing.T, q querier, query string, args ...any) {
	t.Helper()
	_, err := q.ExecContext(t.Context(), query, args...)
	must(t, err)
}

func conn(t *testing.T, db *sql.DB) *sql.Conn {
	t.Helper()
	c, err := db.Conn(t.Context())
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func begin(t *testing.T, db *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(t.Context(), nil)
	must(t, err)
	return tx
}

func prepare(t *testing.T, q querier, query string) *sql.Stmt {
	t.Helper()
	st, err := q.PrepareContext(t.Context(), query)
	must(t, err)
	return st
}

// hold blocks every call of op on text ("" is any) until release.
func hold(srv *fakedb.Server, op fakedb.Op, text string) (release func()) {
	gate := make(chan struct{})
	srv.On(func(c fakedb.Call) error {
		if c.Op == op && (text == "" || c.Text == text) {
			select {
			case <-gate:
			case <-c.Ctx.Done():
				return c.Ctx.Err()
			}
		}
		return nil
	})
	return sync.OnceFunc(func() { close(gate) })
}

// fail makes every call of op fail with err.
func fail(srv *fakedb.Server, err error, ops ...fakedb.Op) {
	srv.On(func(c fakedb.Call) error {
		if slices.Contains(ops, c.Op) {
			return err
		}
		return nil
	})
}

// badTimes makes the next n calls of op fail with ErrBadConn.
func badTimes(srv *fakedb.Server, n int, op fakedb.Op) {
	var mu sync.Mutex
	srv.On(func(c fakedb.Call) error {
		mu.Lock()
		defer mu.Unlock()
		if c.Op != op || n == 0 {
			return nil
		}
		n--
		return driver.ErrBadConn
	})
}

func openConns(srv *fakedb.Server) int {
	conns, _, _ := srv.Open()
	return conns
}

func openStmts(srv *fakedb.Server) int {
	_, stmts, _ := srv.Open()
	return stmts
}
