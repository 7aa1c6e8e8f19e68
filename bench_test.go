package sqldedupe_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"io"
	"testing"
	"time"

	"github.com/ngrok/sqlmw"

	"github.com/sqldedupe/sqldedupe"
)

// The benchmarks compare one program in one run: nothing is a driver that does
// nothing, floor is sqlmw over it, and the rest is sqldedupe over it. Quote
// their ratios and allocations, never their times.

// nothing is a driver that does nothing: one row of two columns.
type nothing struct{ rows int }

func (n nothing) Connect(context.Context) (driver.Conn, error) { return nothingConn{n}, nil }
func (n nothing) Driver() driver.Driver                        { return n }
func (n nothing) Open(string) (driver.Conn, error)             { return nothingConn{n}, nil }

type nothingConn struct{ n nothing }

func (nothingConn) Prepare(string) (driver.Stmt, error) { return nil, driver.ErrSkip }
func (nothingConn) Close() error                        { return nil }
func (nothingConn) Begin() (driver.Tx, error)           { return nil, driver.ErrSkip }
func (c nothingConn) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return &nothingRows{left: c.n.rows}, nil
}
func (nothingConn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(1), nil
}

type nothingRows struct{ left int }

var (
	nothingColumns              = []string{"id", "name"}
	nothingID      driver.Value = int64(4711)
	nothingName    driver.Value = "a product"
)

func (*nothingRows) Columns() []string { return nothingColumns }
func (*nothingRows) Close() error      { return nil }
func (r *nothingRows) Next(dest []driver.Value) error {
	if r.left == 0 {
		return io.EOF
	}
	r.left--
	dest[0], dest[1] = nothingID, nothingName
	return nil
}

const (
	pointQuery = "SELECT id, name FROM products WHERE id = $1"
	pointWrite = "UPDATE products SET name = 'x' WHERE id = $1"
)

// opener makes a connector of a driver that has none.
type opener struct{ d driver.Driver }

func (o opener) Connect(context.Context) (driver.Conn, error) { return o.d.Open("") }
func (o opener) Driver() driver.Driver                        { return o.d }

func floor(b *testing.B, rows int) *sql.DB {
	db := sql.OpenDB(opener{sqlmw.Driver(nothing{rows}, sqlmw.NullInterceptor{})})
	b.Cleanup(func() { db.Close() })
	return db
}

func wrapped(b *testing.B, rows int, cfg sqldedupe.Config) *sql.DB {
	cfg.Dialect, cfg.PlainTables = "postgres", true
	db := sql.OpenDB(sqldedupe.NewConnector(nothing{rows}, cfg))
	b.Cleanup(func() { db.Close() })
	return db
}

func readRow(b *testing.B, db *sql.DB) {
	var id int64
	var name string
	if err := db.QueryRow(pointQuery, int64(7)).Scan(&id, &name); err != nil {
		b.Fatal(err)
	}
}

func readRows(b *testing.B, db *sql.DB) {
	rows, err := db.Query(pointQuery, int64(7))
	if err != nil {
		b.Fatal(err)
	}
	var id int64
	var name string
	for rows.Next() {
		if err := rows.Scan(&id, &name); err != nil {
			b.Fatal(err)
		}
	}
	if err := rows.Close(); err != nil {
		b.Fatal(err)
	}
}

func each(b *testing.B, db *sql.DB, f func(*testing.B, *sql.DB)) {
	f(b, db)
	b.ReportAllocs()
	for b.Loop() {
		f(b, db)
	}
}

// BenchmarkFloor is sqlmw over a driver that does nothing.
func BenchmarkFloor(b *testing.B) { each(b, floor(b, 1), readRow) }

// BenchmarkFloorRows is the same with 100 rows.
func BenchmarkFloorRows(b *testing.B) { each(b, floor(b, 100), readRows) }

// BenchmarkHit is a one-row answer from memory.
func BenchmarkHit(b *testing.B) {
	each(b, wrapped(b, 1, sqldedupe.Config{TTL: time.Hour}), readRow)
}

// BenchmarkHitRows is a 100-row answer from memory.
func BenchmarkHitRows(b *testing.B) {
	each(b, wrapped(b, 100, sqldedupe.Config{TTL: time.Hour}), readRows)
}

// BenchmarkMiss is a read that runs each time, by itself: nothing is kept.
func BenchmarkMiss(b *testing.B) { each(b, wrapped(b, 1, sqldedupe.Config{}), readRow) }

// BenchmarkBypass is a read that a hint sends straight to the database.
func BenchmarkBypass(b *testing.B) {
	ctx := sqldedupe.WithBypass(context.Background())
	each(b, wrapped(b, 1, sqldedupe.Config{TTL: time.Hour}), func(b *testing.B, db *sql.DB) {
		var id int64
		var name string
		if err := db.QueryRowContext(ctx, pointQuery, int64(7)).Scan(&id, &name); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkOff is the same database with dedupe=off.
func BenchmarkOff(b *testing.B) {
	each(b, wrapped(b, 1, sqldedupe.Config{Mode: sqldedupe.Off}), readRow)
}

// BenchmarkFloorWrite and BenchmarkWrite are an update with its words.
func BenchmarkFloorWrite(b *testing.B) { each(b, floor(b, 1), write) }

func BenchmarkWrite(b *testing.B) {
	each(b, wrapped(b, 1, sqldedupe.Config{TTL: time.Hour}), write)
}

func write(b *testing.B, db *sql.DB) {
	if _, err := db.Exec(pointWrite, int64(7)); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkHitParallel is BenchmarkHit from all processors.
func BenchmarkHitParallel(b *testing.B) {
	parallel(b, wrapped(b, 1, sqldedupe.Config{TTL: time.Hour}))
}

// BenchmarkFloorParallel is its floor.
func BenchmarkFloorParallel(b *testing.B) { parallel(b, floor(b, 1)) }

func parallel(b *testing.B, db *sql.DB) {
	db.SetMaxIdleConns(64)
	readRow(b, db)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			readRow(b, db)
		}
	})
}
