package resultcache

import (
	"reflect"
	"slices"
	"sync/atomic"
	"unsafe"
)

// Shape tells which optional interfaces of driver.Rows the rows of the miss had, so that the rows of a hit can have the
// same ones and no others.
type Shape uint8

const (
	ShapeNextResultSet  Shape = 1 << iota // driver.RowsNextResultSet
	ShapeScanType                         // driver.RowsColumnTypeScanType
	ShapeDatabaseType                     // driver.RowsColumnTypeDatabaseTypeName
	ShapeLength                           // driver.RowsColumnTypeLength
	ShapeNullable                         // driver.RowsColumnTypeNullable
	ShapePrecisionScale                   // driver.RowsColumnTypePrecisionScale
)

// Has reports whether every interface in want is in s.
func (s Shape) Has(want Shape) bool { return s&want == want }

// Column is what the driver told about one column. Fields whose interface is missing from the Shape are zero.
type Column struct {
	Name         string
	DatabaseType string
	ScanType     reflect.Type

	Length           int64
	Precision, Scale int64

	HasLength         bool
	Nullable          bool
	HasNullable       bool
	HasPrecisionScale bool
}

// Columns describes the columns of a result by position; names may repeat or be empty, and there may be no column at
// all. It is immutable and safe for concurrent use. Result sets of one statement should share one Columns (see Equal):
// the memory tier then charges them for it together.
type Columns struct {
	shape   Shape
	columns []Column
	users   atomic.Int64 // entries of memory tiers that hold a set of these columns
}

// NewColumns copies columns.
func NewColumns(shape Shape, columns []Column) *Columns {
	return &Columns{shape: shape, columns: slices.Clone(columns)}
}

// Len is the number of columns.
func (c *Columns) Len() int { return len(c.columns) }

// At returns the description of column i. It panics unless 0 <= i < Len.
func (c *Columns) At(i int) Column { return c.columns[i] }

// Shape tells which optional interfaces the rows had.
func (c *Columns) Shape() Shape { return c.shape }

// Names returns the column names in a slice the caller owns. A new one each time: database/sql hands the driver's slice
// to the program as it is, and a program that folds names in place must not fold them for the next caller.
func (c *Columns) Names() []string {
	return c.AppendNames(make([]string, 0, len(c.columns)))
}

// AppendNames appends the column names to dst, for a caller that has room of its own.
func (c *Columns) AppendNames(dst []string) []string {
	for i := range c.columns {
		dst = append(dst, c.columns[i].Name)
	}
	return dst
}

// Equal reports whether nothing tells c and other apart.
func (c *Columns) Equal(other *Columns) bool {
	return c == other || c.shape == other.shape && slices.Equal(c.columns, other.columns)
}

// Bytes is the memory c occupies.
func (c *Columns) Bytes() int64 {
	n := heapBytes(int(unsafe.Sizeof(*c))) + heapBytes(len(c.columns)*int(unsafe.Sizeof(Column{})))
	for i := range c.columns {
		n += heapBytes(len(c.columns[i].Name)) + heapBytes(len(c.columns[i].DatabaseType))
	}
	return n
}

// join counts one more user and returns its share of Bytes. The n-th user pays one n-th: the sum stays above the cost
// of c when early users leave, and a thousand entries of one statement do not pay for a thousand copies.
func (c *Columns) join() int64 { return c.Bytes() / c.users.Add(1) }

func (c *Columns) leave() { c.users.Add(-1) }
