package lab

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
)

// Patience is how long a condition may take to come true on a busy machine.
const Patience = 20 * time.Second

// Exec runs statements that must succeed.
func Exec(t testing.TB, db interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(context.Background(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// A Querier is a *sql.DB, *sql.Conn or *sql.Tx.
type Querier interface {
	QueryRowContext(context.Context, string, ...any) *sql.Row
}

// Int reads one number, which must be there, and tells what happened to the read.
func Int(t testing.TB, q Querier, query string, args ...any) (n int64, o sqldedupe.Outcome) {
	t.Helper()
	ctx := sqldedupe.WithOutcome(context.Background(), &o)
	if err := q.QueryRowContext(ctx, query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n, o
}

// WantInt reads one number and compares it and what happened to the read.
func WantInt(t testing.TB, q Querier, want int64, kind sqldedupe.Kind, query string, args ...any) {
	t.Helper()
	if n, o := Int(t, q, query, args...); n != want || o.Kind != kind {
		t.Errorf("%s: got %d by %v %s, want %d by %v", query, n, o.Kind, o.Reason, want, kind)
	}
}

// Eventually waits until f is true.
func Eventually(t testing.TB, what string, f func() bool) {
	t.Helper()
	EventuallyIn(t, Patience, what, f)
}

// EventuallyIn waits for as long as limit until f is true.
func EventuallyIn(t testing.TB, limit time.Duration, what string, f func() bool) {
	t.Helper()
	start := time.Now()
	for !f() {
		if time.Since(start) > limit {
			t.Fatalf("not within %v: %s", limit, what)
		}
		time.Sleep(2 * time.Millisecond) // between two looks
	}
}
