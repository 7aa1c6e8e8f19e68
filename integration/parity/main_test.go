// Package parity compares, on real servers, what a program gets from the plain driver with what it gets from the wrapped one:
// by a miss, by a hit and by joining somebody else's query.
package parity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
	"github.com/sqldedupe/sqldedupe/integration/servers"
)

func TestMain(m *testing.M) { os.Exit(servers.Main(m)) }

// An ask is one query by one of the ways through a driver.
type ask struct {
	text     string
	args     []any
	prepared bool
}

func (a ask) String() string {
	if a.prepared {
		return fmt.Sprintf("prepared %s %v", a.text, a.args)
	}
	return fmt.Sprintf("%s %v", a.text, a.args)
}

// waysOf asks for text with its arguments written in it, given, and prepared. text holds %s where an argument stands.
func waysOf(e *lab.Engine, text string, literal string, arg any) []ask {
	mark := "?"
	if e == lab.Postgres {
		mark = "$1"
	}
	with := fmt.Sprintf(text, mark)
	return []ask{{text: fmt.Sprintf(text, literal)}, {text: with, args: []any{arg}}, {text: with, args: []any{arg}, prepared: true}}
}

// An answer is all that a program can learn of a result.
type answer struct {
	columns []string
	types   []columnType
	rows    [][]any
	err     error // of the query, or of the rows
	kind    sqldedupe.Kind
	reason  string
}

type columnType struct {
	name, database      string
	scan                reflect.Type
	length              int64
	precision, scale    int64
	nullable            bool
	hasLength, hasScale bool
	hasNullable         bool
}

func (a ask) of(db *sql.DB) (out answer) {
	var o sqldedupe.Outcome
	ctx, cancel := context.WithTimeout(sqldedupe.WithOutcome(context.Background(), &o), time.Minute)
	defer cancel()
	defer func() { out.kind, out.reason = o.Kind, o.Reason }()
	rows, err := a.query(ctx, db)
	if err != nil {
		out.err = err
		return out
	}
	defer rows.Close()
	if out.columns, err = rows.Columns(); err != nil {
		out.err = err
		return out
	}
	out.types = typesOf(rows)
	for rows.Next() {
		row := make([]any, len(out.columns))
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			out.err = err
			return out
		}
		out.rows = append(out.rows, row)
	}
	out.err = rows.Err()
	return out
}

func (a ask) query(ctx context.Context, db *sql.DB) (*sql.Rows, error) {
	if !a.prepared {
		return db.QueryContext(ctx, a.text, a.args...)
	}
	stmt, err := db.PrepareContext(ctx, a.text)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	defer stmt.Close() // rows in use keep it open
	return stmt.QueryContext(ctx, a.args...)
}

func typesOf(rows *sql.Rows) (out []columnType) {
	types, err := rows.ColumnTypes()
	if err != nil {
		panic(err)
	}
	for _, t := range types {
		c := columnType{name: t.Name(), database: t.DatabaseTypeName(), scan: t.ScanType()}
		c.length, c.hasLength = t.Length()
		c.precision, c.scale, c.hasScale = t.DecimalSize()
		c.nullable, c.hasNullable = t.Nullable()
		out = append(out, c)
	}
	return out
}

// differs says how two answers differ, if they do.
func (a answer) differs(b answer) string {
	switch {
	case !slices.Equal(a.columns, b.columns):
		return fmt.Sprintf("columns %q and %q", a.columns, b.columns)
	case !reflect.DeepEqual(a.types, b.types):
		return fmt.Sprintf("column types %+v and %+v", a.types, b.types)
	case len(a.rows) != len(b.rows):
		return fmt.Sprintf("%d rows (%v) and %d rows (%v)", len(a.rows), a.err, len(b.rows), b.err)
	}
	for i := range a.rows {
		for j := range a.rows[i] {
			if !same(a.rows[i][j], b.rows[i][j]) {
				return fmt.Sprintf("row %d: %T %#v and %T %#v", i, a.rows[i][j], a.rows[i][j], b.rows[i][j], b.rows[i][j])
			}
		}
	}
	return differ(a.err, b.err)
}

// differ compares errors by text and by the types of their chains.
func differ(a, b error) string {
	for {
		switch {
		case (a == nil) != (b == nil), reflect.TypeOf(a) != reflect.TypeOf(b):
			return fmt.Sprintf("error %T %v and %T %v", a, a, b, b)
		case a == nil:
			return ""
		case a.Error() != b.Error():
			return fmt.Sprintf("error %q and %q", a, b)
		}
		a, b = errors.Unwrap(a), errors.Unwrap(b)
	}
}

func same(a, b any) bool {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && math.Float64bits(a) == math.Float64bits(b)
	case float32:
		b, ok := b.(float32)
		return ok && math.Float32bits(a) == math.Float32bits(b)
	case time.Time:
		b, ok := b.(time.Time)
		// Two databases that were opened with a zone's name each have a Location of their own.
		return ok && a.Location().String() == b.Location().String() && a.Equal(b) && a.String() == b.String()
	}
	return reflect.DeepEqual(a, b)
}

// sameZones reports whether times have the very same locations, as == compares them.
func sameZones(a, b answer) bool {
	for i := range a.rows {
		for j := range a.rows[i] {
			x, ok := a.rows[i][j].(time.Time)
			if ok && x.Location() != b.rows[i][j].(time.Time).Location() {
				return false
			}
		}
	}
	return true
}

// A subject is one database under both drivers.
type subject struct {
	plain, kept *sql.DB // kept: wrapped, with a ttl
}

// compare asks the plain driver, then the wrapped one twice.
func (s *subject) compare(t *testing.T, a ask, want ...sqldedupe.Kind) (plain answer) {
	t.Helper()
	plain = a.of(s.plain)
	if len(want) == 0 {
		want = []sqldedupe.Kind{sqldedupe.Miss, sqldedupe.Hit}
	}
	var last answer
	for i, kind := range want {
		got := a.of(s.kept)
		if i > 0 && !sameZones(last, got) {
			t.Errorf("%v: the times of a hit have other locations than those of the miss", a)
		}
		last = got
		if d := plain.differs(got); d != "" {
			t.Errorf("%v, %v: %s", a, kind, d)
		}
		if got.kind != kind {
			t.Errorf("%v: by %v %s, want %v; plain: %v", a, got.kind, got.reason, kind, plain.err)
		}
	}
	return plain
}

// joined asks each of asks twice at once through db, which keeps nothing, and compares both answers.
func joined(t *testing.T, p *lab.Place, db *sql.DB, asks []ask, plain []answer) (shared int) {
	t.Helper()
	const batch = 40
	for len(asks) > 0 {
		n := min(batch, len(asks))
		shared += joinedBatch(t, p, db, asks[:n], plain[:n])
		asks, plain = asks[n:], plain[n:]
	}
	return shared
}

func joinedBatch(t *testing.T, p *lab.Place, db *sql.DB, asks []ask, plain []answer) (shared int) {
	t.Helper()
	for _, a := range asks {
		a.of(db) // from here on the text is known, and prepared without a connection
	}
	p.Proxy.Pause()
	type got struct {
		i int
		answer
	}
	answers := make(chan got)
	for i, a := range asks {
		for range 2 {
			go func() { answers <- got{i, a.of(db)} }()
		}
	}
	lab.Eventually(t, "all asks wait", func() bool { return db.Stats().InUse == 2*len(asks) })
	p.Proxy.Resume()
	for range 2 * len(asks) {
		g := <-answers
		if d := plain[g.i].differs(g.answer); d != "" {
			t.Errorf("%v, %v: %s", asks[g.i], g.kind, d)
		}
		if g.kind == sqldedupe.Shared {
			shared++
		}
	}
	return shared
}
