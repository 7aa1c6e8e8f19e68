package sqldedupe

import (
	"database/sql/driver"
	"io"
	"reflect"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

// describe takes down what rows tell about their columns. Statements keep the
// last description, so that entries share it.
func (st *statement) describe(rows driver.Rows) *resultcache.Columns {
	cols := describe(rows)
	if last := st.columns.Load(); last != nil && last.Equal(cols) {
		return last
	}
	st.columns.Store(cols)
	return cols
}

func describe(rows driver.Rows) *resultcache.Columns {
	d := describer{rows: rows}
	d.look()
	return resultcache.NewColumns(d.shape, d.columns)
}

type describer struct {
	rows    driver.Rows
	shape   resultcache.Shape
	columns []resultcache.Column
}

func (d *describer) look() {
	names := d.rows.Columns()
	d.columns = make([]resultcache.Column, len(names))
	for i, name := range names {
		d.columns[i].Name = name
	}
	if _, ok := d.rows.(driver.RowsNextResultSet); ok {
		d.shape |= resultcache.ShapeNextResultSet
	}
	if t, ok := d.rows.(driver.RowsColumnTypeScanType); ok {
		d.each(resultcache.ShapeScanType, func(i int, c *resultcache.Column) { c.ScanType = t.ColumnTypeScanType(i) })
	}
	if t, ok := d.rows.(driver.RowsColumnTypeDatabaseTypeName); ok {
		d.each(resultcache.ShapeDatabaseType, func(i int, c *resultcache.Column) { c.DatabaseType = t.ColumnTypeDatabaseTypeName(i) })
	}
	if t, ok := d.rows.(driver.RowsColumnTypeLength); ok {
		d.each(resultcache.ShapeLength, func(i int, c *resultcache.Column) { c.Length, c.HasLength = t.ColumnTypeLength(i) })
	}
	if t, ok := d.rows.(driver.RowsColumnTypeNullable); ok {
		d.each(resultcache.ShapeNullable, func(i int, c *resultcache.Column) { c.Nullable, c.HasNullable = t.ColumnTypeNullable(i) })
	}
	if t, ok := d.rows.(driver.RowsColumnTypePrecisionScale); ok {
		d.each(resultcache.ShapePrecisionScale, func(i int, c *resultcache.Column) {
			c.Precision, c.Scale, c.HasPrecisionScale = t.ColumnTypePrecisionScale(i)
		})
	}
}

func (d *describer) each(s resultcache.Shape, f func(int, *resultcache.Column)) {
	d.shape |= s
	for i := range d.columns {
		f(i, &d.columns[i])
	}
}

// replay gives recorded rows back. What it hands out belongs to the caller.
// The methods of the optional interfaces are attached by newReplay, as far as
// the recorded rows had them.
type replay struct {
	cols   *resultcache.Columns
	cursor resultcache.Cursor
	rest   *rest     // what comes after the recorded rows; nil when they ended cleanly
	names  [4]string // room for the names of few columns
	named  bool      // names is taken
}

// rest is how recorded rows go on.
type rest struct {
	tail     tail  // with rows of the driver, if the result was not kept whole
	err      error // or with an error, instead of io.EOF
	closeErr error // and one of Close
}

// tail is the part of a result that comes from the driver after all.
type tail interface {
	Next([]driver.Value) error
	Close() error
	driverRows() driver.Rows
}

func replaySet(set *resultcache.ResultSet) driver.Rows {
	return newReplay(replay{cols: set.Columns(), cursor: set.Cursor()})
}

// Columns returns names that belong to the caller, each time.
func (r *replay) Columns() []string {
	if r.named || r.cols.Len() > len(r.names) {
		return r.cols.Names()
	}
	r.named = true
	return r.cols.AppendNames(r.names[:0:r.cols.Len()])
}

func (r *replay) Next(dest []driver.Value) error {
	switch {
	case resultcache.Next(&r.cursor, dest):
		return nil
	case r.cursor.Err() != nil:
		return r.cursor.Err()
	case r.rest == nil:
		return io.EOF
	case r.rest.tail != nil:
		return r.rest.tail.Next(dest)
	case r.rest.err != nil:
		return r.rest.err
	}
	return io.EOF
}

func (r *replay) Close() error {
	switch {
	case r.rest == nil:
		return nil
	case r.rest.tail != nil:
		return r.rest.tail.Close()
	}
	return r.rest.closeErr
}

// The rest is mixed into replay's shapes.

type nextResultSet struct{ r *replay }

func (n nextResultSet) more() (driver.RowsNextResultSet, bool) {
	if n.r.rest == nil || n.r.rest.tail == nil {
		return nil, false
	}
	more, ok := n.r.rest.tail.driverRows().(driver.RowsNextResultSet)
	return more, ok
}

func (n nextResultSet) HasNextResultSet() bool {
	more, ok := n.more()
	return ok && more.HasNextResultSet()
}

func (n nextResultSet) NextResultSet() error {
	more, ok := n.more()
	if !ok {
		return io.EOF
	}
	// Rows of this set that were recorded and not asked for are passed over.
	n.r.cursor = resultcache.Cursor{}
	if l, ok := n.r.rest.tail.(*liveRows); ok {
		l.pending = nil
	}
	err := more.NextResultSet()
	if err == nil {
		n.r.cols = describe(n.r.rest.tail.driverRows())
	}
	return err
}

type scanTypes struct{ r *replay }

func (t scanTypes) ColumnTypeScanType(i int) reflect.Type { return t.r.cols.At(i).ScanType }

type databaseTypes struct{ r *replay }

func (t databaseTypes) ColumnTypeDatabaseTypeName(i int) string { return t.r.cols.At(i).DatabaseType }

type lengths struct{ r *replay }

func (t lengths) ColumnTypeLength(i int) (int64, bool) {
	c := t.r.cols.At(i)
	return c.Length, c.HasLength
}

type nullables struct{ r *replay }

func (t nullables) ColumnTypeNullable(i int) (nullable, ok bool) {
	c := t.r.cols.At(i)
	return c.Nullable, c.HasNullable
}

type precisions struct{ r *replay }

func (t precisions) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	c := t.r.cols.At(i)
	return c.Precision, c.Scale, c.HasPrecisionScale
}
