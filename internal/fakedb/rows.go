package fakedb

import (
	"database/sql/driver"
	"io"
	"reflect"
)

// A Result is a scripted answer.
type Result struct {
	Columns []Column
	Rows    [][]driver.Value
	More    *Result // the next result set
	Shape   Shape

	LastID, Affected int64 // of an exec
}

// A Column is what rows tell about one column.
type Column struct {
	Name, Type       string
	Scan             reflect.Type
	Length           int64
	Nullable         bool
	Precision, Scale int64
}

// A Shape is a set of optional interfaces of driver.Rows.
type Shape int

const (
	Names     Shape = iota // none of them
	ManySets               // RowsNextResultSet alone
	Typed                  // all RowsColumnType… interfaces
	Everybody              // all of them
)

// rows gives a result row by row.
type rows struct {
	c    *conn
	call Call
	r    *Result
	next int
	buf  []byte // of the values last given, with Server.Reuses
}

func newRows(c *conn, call Call, r *Result) driver.Rows {
	rs := &rows{c: c, call: call, r: r}
	switch r.Shape {
	case ManySets:
		return struct {
			*rows
			sets
		}{rs, sets{rs}}
	case Typed:
		return struct {
			*rows
			types
		}{rs, types{rs}}
	case Everybody:
		return struct {
			*rows
			sets
			types
		}{rs, sets{rs}, types{rs}}
	}
	return rs
}

func (r *rows) Columns() []string {
	names := make([]string, len(r.r.Columns))
	for i, c := range r.r.Columns {
		names[i] = c.Name
	}
	return names
}

func (r *rows) Next(dest []driver.Value) error {
	call := r.call
	call.Op, call.Row = Next, r.next
	if err := r.c.s.call(r.c, call); err != nil {
		return err
	}
	if r.next >= len(r.r.Rows) {
		return io.EOF
	}
	r.scrub()
	for i, v := range r.r.Rows[r.next] {
		dest[i] = r.lend(v)
	}
	r.next++
	return nil
}

func (r *rows) Close() error {
	r.scrub()
	r.c.openRows(-1)
	call := r.call
	call.Op, call.Ctx = RowsClose, nil
	return r.c.s.call(r.c, call)
}

// lend gives bytes in the buffer that the next call writes over.
func (r *rows) lend(v driver.Value) driver.Value {
	b, ok := v.([]byte)
	if !ok || b == nil {
		return v
	}
	if !r.c.s.Reuses {
		return append([]byte{}, b...)
	}
	start := len(r.buf)
	r.buf = append(r.buf, b...)
	return r.buf[start:len(r.buf):len(r.buf)]
}

func (r *rows) scrub() {
	for i := range r.buf {
		r.buf[i] = '#'
	}
	r.buf = r.buf[:0]
}

type sets struct{ r *rows }

func (x sets) HasNextResultSet() bool { return x.r.r.More != nil }

func (x sets) NextResultSet() error {
	if x.r.r.More == nil {
		return io.EOF
	}
	x.r.r, x.r.next = x.r.r.More, 0
	return nil
}

type types struct{ r *rows }

func (x types) column(i int) Column                     { return x.r.r.Columns[i] }
func (x types) ColumnTypeScanType(i int) reflect.Type   { return x.column(i).Scan }
func (x types) ColumnTypeDatabaseTypeName(i int) string { return x.column(i).Type }
func (x types) ColumnTypeLength(i int) (int64, bool) {
	return x.column(i).Length, x.column(i).Length > 0
}
func (x types) ColumnTypeNullable(i int) (null, ok bool) { return x.column(i).Nullable, true }
func (x types) ColumnTypePrecisionScale(i int) (precision, scale int64, ok bool) {
	c := x.column(i)
	return c.Precision, c.Scale, c.Precision > 0
}
