package demo

import (
	"context"
	"database/sql"
	"slices"
	"time"
)

const (
	maxRows   = 5_000_000 // bounds the disk and, with INTEGER columns, the arithmetic
	fitRounds = 4
)

// fit makes the report, of rows at first, as large as it must be to take about
// want, and returns how long it takes alone.
func (r *report) fit(ctx context.Context, db *sql.DB, rows int, want time.Duration) (time.Duration, error) {
	for range fitRounds {
		if err := r.grow(ctx, db, rows); err != nil {
			return 0, err
		}
		took, err := r.alone(ctx, db, 2)
		if err != nil {
			return 0, err
		}
		if took > want*8/10 || rows >= maxRows {
			break
		}
		// A first look may be far off, so it is not trusted for more than this.
		factor := min(float64(want)/float64(max(took, time.Microsecond)), 30)
		rows = min(int(float64(rows)*factor), maxRows)
	}
	return r.alone(ctx, db, 3)
}

// alone returns the median time of the query, asked n times and by nobody else.
func (r *report) alone(ctx context.Context, db *sql.DB, n int) (time.Duration, error) {
	times := make([]time.Duration, n)
	for i := range times {
		start := time.Now()
		answer, err := r.ask(ctx, db)
		if err != nil {
			return 0, err
		}
		times[i], r.answer = time.Since(start), answer
	}
	slices.Sort(times)
	return times[(n-1)/2], nil
}
