package resultcache_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

func sampleRows(n int) [][]value {
	rows := make([][]value, n)
	for i := range rows {
		rows[i] = []value{int64(i * 1000), fmt.Sprintf("name %d", i), []byte(strings.Repeat("b", i*10)), east, nil}
		rows[i][3] = corners()[(i*7)%len(corners())]
	}
	return rows
}

// hazard H53: wherever the limit strikes, the rows before it can be read and nothing can be published.
func TestLimitAtEveryRow(t *testing.T) {
	rows := sampleRows(40)
	for at := range rows {
		r := resultcache.NewRecorder(columns(5), resultcache.Limits{MaxRows: at})
		if at == 0 {
			r = resultcache.NewRecorder(columns(5), resultcache.Limits{MaxBytes: 1})
		}
		stoppedAt(t, r, rows, at, resultcache.ErrTooLarge)
	}
	full := int64(0)
	for limit := int64(1); full < int64(len(rows)); limit += 7 {
		r := resultcache.NewRecorder(columns(5), resultcache.Limits{MaxBytes: limit})
		n := 0
		for n < len(rows) && resultcache.Append(r, rows[n]) == nil {
			n++
		}
		if d := difference(replay(t, r.Cursor(), 5), rows[:n]); d != "" {
			t.Fatalf("limit %d: %s", limit, d)
		}
		full = int64(n)
	}
}

// hazard H46: the same for a row with a value that cannot be kept, in every column.
func TestUnencodableAtEveryRow(t *testing.T) {
	rows := sampleRows(40)
	for at := range rows {
		bad := append([][]value(nil), rows...)
		bad[at] = append([]value(nil), rows[at]...)
		bad[at][at%5] = at
		stoppedAt(t, resultcache.NewRecorder(columns(5), resultcache.Limits{}), bad, at, resultcache.ErrUnencodable)
	}
}

func stoppedAt(t *testing.T, r *resultcache.Recorder, rows [][]value, at int, want error) {
	t.Helper()
	for i, row := range rows[:at] {
		if err := resultcache.Append(r, row); err != nil {
			t.Fatalf("row %d of %d: %v", i, at, err)
		}
	}
	before := r.Cursor()
	if err := resultcache.Append(r, rows[at]); err != want {
		t.Fatalf("row %d: %v, want %v", at, err, want)
	}
	if r.Rows() != at {
		t.Fatalf("row %d: %d rows recorded", at, r.Rows())
	}
	for _, cur := range []resultcache.Cursor{before, r.Cursor()} {
		if d := difference(replay(t, cur, 5), rows[:at]); d != "" {
			t.Fatalf("stopped at %d: %s", at, d)
		}
	}
	if r.Publish() != nil {
		t.Fatalf("stopped at %d: a truncated result was published", at)
	}
}

// hazard H51: a row that was refused leaves a hole; a later row that fits must not hide it.
func TestNoPublishAfterARefusedRow(t *testing.T) {
	r := resultcache.NewRecorder(columns(1), resultcache.Limits{MaxBytes: 100})
	if err := resultcache.Append(r, []value{make([]byte, 1000)}); err != resultcache.ErrTooLarge {
		t.Fatal(err)
	}
	if err := resultcache.Append(r, []value{int64(1)}); err != nil {
		t.Fatal(err)
	}
	if r.Publish() != nil {
		t.Error("published with a row missing")
	}
}

// hazard H53: the row that is too large is not copied first.
func TestTooLargeRowIsNotCopied(t *testing.T) {
	huge := []value{bytes.Repeat([]byte("x"), 64<<20)}
	r := resultcache.NewRecorder(columns(1), resultcache.Limits{MaxBytes: 1 << 20})
	if err := resultcache.Append(r, huge); err != resultcache.ErrTooLarge || r.Bytes() > 1000 {
		t.Errorf("%v with %d bytes held", err, r.Bytes())
	}
}

func TestRowOfAnotherWidthIsRefused(t *testing.T) {
	for _, width := range []int{0, 1, 3} {
		r := resultcache.NewRecorder(columns(2), resultcache.Limits{})
		if err := resultcache.Append(r, make([]value, width)); err != resultcache.ErrUnencodable {
			t.Errorf("width %d: %v", width, err)
		}
	}
}

// A prefix taken while recording goes on stays what it was.
func TestCursorOverARecordingIsASnapshot(t *testing.T) {
	rows := sampleRows(60)
	r := resultcache.NewRecorder(columns(5), resultcache.Limits{})
	var cursors []resultcache.Cursor
	for _, row := range rows {
		cursors = append(cursors, r.Cursor())
		if err := resultcache.Append(r, row); err != nil {
			t.Fatal(err)
		}
	}
	r.Publish()
	for n, cur := range cursors {
		if d := difference(replay(t, cur, 5), rows[:n]); d != "" {
			t.Fatalf("prefix of %d: %s", n, d)
		}
	}
}
