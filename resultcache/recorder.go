package resultcache

import (
	"errors"
	"slices"
)

var (
	// ErrTooLarge means that the row does not fit the recorder's limits.
	ErrTooLarge = errors.New("sqldedupe: result exceeds its limits")

	// ErrUnencodable means that the row holds a value of a type outside the closed set that is given back exactly: nil,
	// bool, int64, uint64, float32, float64, string, []byte, time.Time; or that it has not one value per column.
	ErrUnencodable = errors.New("sqldedupe: result has a value that cannot be kept")
)

// Limits bound one result set. Zero means no limit.
type Limits struct {
	MaxBytes int64 // of the encoded rows
	MaxRows  int
}

// Recorder takes down the rows of one result. It is for one goroutine.
type Recorder struct {
	set    *ResultSet
	limits Limits
	holes  bool // a row is missing
}

// NewRecorder returns a recorder for rows of these columns.
func NewRecorder(cols *Columns, limits Limits) *Recorder {
	return &Recorder{set: &ResultSet{cols: cols}, limits: limits}
}

// Append copies one row; the caller may reuse row and every []byte in it afterwards. V is driver.Value or any. The error
// is ErrTooLarge or ErrUnencodable: then nothing of row was kept, the rows before it can still be read through Cursor,
// and the recorder will not publish.
func Append[V any](r *Recorder, row []V) error {
	size, err := measureRow(r, row)
	if err != nil {
		r.holes = true
		return err
	}
	set := r.set
	data, locs := len(set.data), len(set.locs)
	set.data = slices.Grow(set.data, size.payload()+4*len(row))
	set.appendLength(size.shortStrings)
	set.appendLength(size.shortBytes)
	for i := range row {
		if s, ok := any(row[i]).(string); ok && len(s) <= shortBytes {
			set.data = append(set.data, s...)
		}
	}
	for i := range row {
		set.appendCell(any(row[i]))
	}
	if r.over(len(set.data)) {
		set.data, set.locs = set.data[:data], set.locs[:locs]
		r.holes = true
		return ErrTooLarge
	}
	set.rows++
	return nil
}

// measureRow refuses what cannot be kept before a byte of it is copied: the value that breaks the limit may be a
// gigabyte.
func measureRow[V any](r *Recorder, row []V) (size rowSize, err error) {
	if len(row) != r.set.cols.Len() {
		return size, ErrUnencodable
	}
	if r.limits.MaxRows > 0 && r.set.rows >= r.limits.MaxRows {
		return size, ErrTooLarge
	}
	for i := range row {
		if !size.measure(any(row[i])) {
			return size, ErrUnencodable
		}
	}
	if r.over(len(r.set.data) + size.payload()) {
		return size, ErrTooLarge
	}
	return size, nil
}

func (r *Recorder) over(n int) bool {
	return r.limits.MaxBytes > 0 && int64(n) > r.limits.MaxBytes
}

// Rows is the number of rows recorded.
func (r *Recorder) Rows() int { return r.set.rows }

// Bytes is the memory the recording occupies now, for a budget over results in flight.
func (r *Recorder) Bytes() int64 { return r.set.Bytes() }

// Cursor reads the rows recorded so far; rows appended later are not in it.
func (r *Recorder) Cursor() Cursor {
	prefix := *r.set
	return prefix.Cursor()
}

// Publish ends the recording and returns it as an immutable set, or nil if a row is missing from it: a truncated result
// must not become an entry. The recorder must not be used again.
func (r *Recorder) Publish() *ResultSet {
	set := r.set
	r.set = nil
	if r.holes {
		return nil
	}
	set.settle()
	return set
}
