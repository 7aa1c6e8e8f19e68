package resultcache

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

var errCorrupt = errors.New("sqldedupe: corrupt result set")

// Cursor reads the rows of a set one after the other. It is a small value; a copy continues where the original was. One
// cursor is for one goroutine, any number of cursors may read a set. The zero value is at its end.
type Cursor struct {
	set     *ResultSet
	pos     int // of the next row, in data or in cells
	rows    int // still to come
	corrupt bool
}

// Next puts the next row into dest and reports whether there was one. V is driver.Value or any; dest should have one
// element per column. What it hands out belongs to the caller: every []byte is a copy made for this call.
func Next[V any](c *Cursor, dest []V) bool {
	if c.rows == 0 {
		return false
	}
	row := c.openRow()
	for i := range c.set.cols.Len() {
		v := row.value()
		if i < len(dest) {
			dest[i], _ = v.(V) // nil leaves V's zero value, which is nil too
		}
	}
	return c.closeRow(&row)
}

// Err tells whether the rows ended early because the set's bytes make no sense. Nobody but this package writes them, so
// it can only mean that memory was damaged; the rows before it stand, the result must not pass for complete.
func (c *Cursor) Err() error {
	if c.corrupt {
		return errCorrupt
	}
	return nil
}

// rowReader reads the cells of one row.
type rowReader struct {
	boxed   []any
	data    []byte
	locs    []*time.Location
	strings string // the short strings not yet given out
	bytes   []byte // room for copies of the short []byte values
	corrupt bool
}

func (c *Cursor) openRow() rowReader {
	if c.set.data == nil {
		row := rowReader{boxed: c.set.cells[c.pos : c.pos+c.set.cols.Len()]}
		if c.set.blobs {
			row.bytes = room(shortBlobs(row.boxed))
		}
		return row
	}
	row := rowReader{data: c.set.data[c.pos:], locs: c.set.locs}
	strings, blobs := row.length(), row.length()
	row.strings = string(row.take(strings))
	// A row cannot hold more than what is left of the data, so neither may the room for it.
	row.bytes = room(min(blobs, len(row.data)))
	return row
}

func room(n int) []byte {
	if n == 0 {
		return nil
	}
	return make([]byte, 0, n)
}

func shortBlobs(cells []any) (n int) {
	for _, v := range cells {
		if b, ok := v.([]byte); ok && len(b) <= shortBytes {
			n += len(b)
		}
	}
	return n
}

func (c *Cursor) closeRow(row *rowReader) bool {
	if row.corrupt {
		c.rows, c.corrupt = 0, true
		return false
	}
	c.rows--
	if c.set.data == nil {
		c.pos += c.set.cols.Len()
	} else {
		c.pos = len(c.set.data) - len(row.data)
	}
	return true
}

func (r *rowReader) value() any {
	if len(r.boxed) > 0 {
		v := r.boxed[0]
		r.boxed = r.boxed[1:]
		if b, ok := v.([]byte); ok && len(b) > 0 {
			return r.copyOf(b)
		}
		return v
	}
	return r.decode()
}

// decode reads one cell. Every length is checked against what is left: damaged bytes end the row, they never make it
// read or allocate beyond the set.
func (r *rowReader) decode() any {
	switch tag(r.byte()) {
	case tagNil:
		return nil
	case tagFalse:
		return false
	case tagTrue:
		return true
	case tagInt64:
		return r.varint()
	case tagUint64:
		return r.uvarint()
	case tagFloat32:
		return math.Float32frombits(binary.LittleEndian.Uint32(r.fixed(4)))
	case tagFloat64:
		return math.Float64frombits(binary.LittleEndian.Uint64(r.fixed(8)))
	case tagShortString:
		return r.shortString()
	case tagLongString:
		return string(r.take(r.length()))
	case tagNilBytes:
		return []byte(nil)
	case tagShortBytes, tagLongBytes:
		return r.copyOf(r.take(r.length()))
	case tagTime:
		return r.time()
	}
	r.corrupt = true
	return nil
}

// copyOf copies b, into the row's common room if it is there. The capacity ends with the copy, so that appending to one
// value cannot run into the next.
func (r *rowReader) copyOf(b []byte) []byte {
	// An empty value is not nil, and the room of a row without bytes is.
	if len(b) == 0 || len(b) > shortBytes || len(b) > cap(r.bytes)-len(r.bytes) {
		return append(make([]byte, 0, len(b)), b...)
	}
	start := len(r.bytes)
	r.bytes = append(r.bytes, b...)
	return r.bytes[start:len(r.bytes):len(r.bytes)]
}

func (r *rowReader) shortString() string {
	n := r.length()
	if n > len(r.strings) {
		r.corrupt = true
		return ""
	}
	s := r.strings[:n]
	r.strings = r.strings[n:]
	return s
}

// time rebuilds what time.Date gives for the same wall clock and location: reflect.DeepEqual holds.
func (r *rowReader) time() time.Time {
	seconds, nanoseconds, loc := r.varint(), r.length(), r.length()
	if loc > len(r.locs) {
		r.corrupt = true
		return time.Time{}
	}
	t := time.Unix(seconds, int64(nanoseconds))
	if loc == 0 {
		return t.UTC()
	}
	return t.In(r.locs[loc-1])
}

func (r *rowReader) byte() byte { return r.fixed(1)[0] }

// fixed returns the next n bytes, zeros when they are missing.
func (r *rowReader) fixed(n int) []byte {
	if b := r.take(n); len(b) == n {
		return b
	}
	return make([]byte, n)
}

func (r *rowReader) take(n int) []byte {
	if n > len(r.data) {
		r.corrupt = true
		return nil
	}
	b := r.data[:n]
	r.data = r.data[n:]
	return b
}

func (r *rowReader) varint() int64 {
	v, n := binary.Varint(r.data)
	r.skip(n)
	return v
}

func (r *rowReader) uvarint() uint64 {
	v, n := binary.Uvarint(r.data)
	r.skip(n)
	return v
}

func (r *rowReader) skip(n int) {
	if n <= 0 {
		r.corrupt = true
		return
	}
	r.data = r.data[n:]
}

func (r *rowReader) length() int {
	n := r.uvarint()
	if n > math.MaxInt {
		r.corrupt = true
		return 0
	}
	return int(n)
}
