package resultcache

import (
	"hash/crc64"
	"slices"
	"time"
	"unsafe"
)

// boxedCells is the size up to which a set is kept as values instead of bytes. Putting a decoded int64, time.Time or
// string into an interface costs an allocation per cell and per hit; a boxed cell pays it once and is handed out as it
// is, for everything but []byte is immutable. A hit on one row takes a third of the time (BenchmarkReplay). The price is
// about 25 bytes a cell, and objects for the garbage collector to visit: a row can afford it, a thousand rows of which
// few programs read all again and again cannot, so they stay one []byte without pointers.
const boxedCells = 32

// ResultSet is the rows of one result. It is immutable and safe for concurrent use.
//
// A set is in one of two forms: small ones hold their values in cells, all others are encoded in data.
type ResultSet struct {
	cols  *Columns
	rows  int
	data  []byte           // nil when boxed
	locs  []*time.Location // of the times in data
	cells []any            // row after row
	blobs bool             // some cell is a []byte
}

// Columns describes the rows.
func (set *ResultSet) Columns() *Columns { return set.cols }

// Rows is the number of rows.
func (set *ResultSet) Rows() int { return set.rows }

// Cursor reads the set from its first row. It allocates nothing.
func (set *ResultSet) Cursor() Cursor { return Cursor{set: set, rows: set.rows} }

// settle gives the recorded rows the form in which they are kept.
func (set *ResultSet) settle() {
	if set.rows*set.cols.Len() <= boxedCells {
		set.box()
		return
	}
	if cap(set.data)-len(set.data) > len(set.data)/8 {
		set.data = slices.Clone(set.data)
	}
	set.locs = slices.Clone(set.locs)
}

func (set *ResultSet) box() {
	cells := make([]any, set.rows*set.cols.Len())
	cur := set.Cursor()
	for rest := cells; Next(&cur, rest); {
		rest = rest[set.cols.Len():]
	}
	for _, v := range cells {
		if _, ok := v.([]byte); ok {
			set.blobs = true
		}
	}
	set.data, set.locs, set.cells = nil, nil, cells
}

// Bytes is the memory the set occupies, columns apart.
func (set *ResultSet) Bytes() int64 {
	n := heapBytes(int(unsafe.Sizeof(*set))) + int64(cap(set.data)) + heapBytes(8*cap(set.locs))
	for _, loc := range set.locs {
		n += locationBytes(loc)
	}
	n += heapBytes(16 * len(set.cells))
	for _, v := range set.cells {
		n += boxBytes(v)
	}
	return n
}

// boxBytes is what v occupies beside the interface that holds it. Short strings of a row share an allocation, so theirs
// is not rounded. Go does not allocate for integers below 256.
func boxBytes(v any) int64 {
	switch v := v.(type) {
	case int64:
		return smallIntBytes(uint64(v))
	case uint64:
		return smallIntBytes(v)
	case float32, float64:
		return 8
	case string:
		return 16 + payloadBytes(len(v))
	case []byte:
		return 24 + payloadBytes(len(v))
	case time.Time:
		return 24 + locationBytes(v.Location())
	}
	return 0
}

func smallIntBytes(v uint64) int64 {
	if v < 256 {
		return 0
	}
	return 8
}

func payloadBytes(n int) int64 {
	if n <= shortBytes {
		return int64(n)
	}
	return heapBytes(n)
}

// locationBytes is what keeping loc costs. Local and named locations exist anyway; a nameless one is what time.Parse
// makes for a single value with a foreign offset: a time.Location, one zone and one transition.
func locationBytes(loc *time.Location) int64 {
	if loc.String() != "" {
		return 0
	}
	return 112 + 32 + 16
}

// Checksum changes when anything in the set does. It is for tests that a hit leaves its entry as it was.
func (set *ResultSet) Checksum() uint64 {
	encoded := set
	if set.data == nil {
		r := NewRecorder(set.cols, Limits{})
		for row := range slices.Chunk(set.cells, max(1, set.cols.Len())) {
			_ = Append(r, row)
		}
		encoded = r.set
	}
	table := crc64.MakeTable(crc64.ECMA)
	sum := crc64.Update(uint64(set.rows), table, encoded.data)
	for _, loc := range encoded.locs {
		sum = crc64.Update(sum, table, []byte(loc.String()))
	}
	return sum
}
