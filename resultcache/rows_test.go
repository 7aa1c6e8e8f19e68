package resultcache_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

// value is to any what driver.Value is.
type value any

var east = time.FixedZone("", 5*3600+1800)

// columns returns n columns without anything to tell but a name.
func columns(n int) *resultcache.Columns {
	cols := make([]resultcache.Column, n)
	for i := range cols {
		cols[i].Name = fmt.Sprintf("c%d", i)
	}
	return resultcache.NewColumns(0, cols)
}

// record publishes rows without limits.
func record(t testing.TB, width int, rows [][]value) *resultcache.ResultSet {
	t.Helper()
	r := resultcache.NewRecorder(columns(width), resultcache.Limits{})
	for i, row := range rows {
		if err := resultcache.Append(r, row); err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
	}
	return r.Publish()
}

// replay reads what is left of cur.
func replay(t testing.TB, cur resultcache.Cursor, width int) [][]value {
	t.Helper()
	var rows [][]value
	for {
		row := make([]value, width)
		if !resultcache.Next(&cur, row) {
			break
		}
		rows = append(rows, row)
	}
	if err := cur.Err(); err != nil {
		t.Fatal(err)
	}
	return rows
}

// difference is "" if got is want: same dynamic types, same bits, same location.
func difference(got, want [][]value) string {
	if len(got) != len(want) {
		return fmt.Sprintf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		for j := range want[i] {
			if !same(got[i][j], want[i][j]) {
				return fmt.Sprintf("row %d, column %d: %T(%#v), want %T(%#v)", i, j, got[i][j], got[i][j], want[i][j], want[i][j])
			}
		}
	}
	return ""
}

func same(got, want any) bool {
	if reflect.TypeOf(got) != reflect.TypeOf(want) {
		return false
	}
	switch want := want.(type) {
	case float64:
		return math.Float64bits(got.(float64)) == math.Float64bits(want)
	case float32:
		return math.Float32bits(got.(float32)) == math.Float32bits(want)
	case time.Time:
		return got.(time.Time) == want && reflect.DeepEqual(got, want)
	}
	return reflect.DeepEqual(got, want)
}

// corners are the values that careless encodings get wrong.
func corners() []value {
	return []value{
		nil, false, true,
		int64(0), int64(1), int64(-1), int64(255), int64(256), int64(math.MaxInt64), int64(math.MinInt64),
		uint64(0), uint64(1 << 63), uint64(math.MaxUint64),
		float32(0), float32(math.Copysign(0, -1)), math.Float32frombits(0x7fa00001), float32(1.5),
		0.0, math.Copysign(0, -1), math.Float64frombits(0x7ff8000000000dad), math.Inf(-1), 1.0,
		"", "1", "\x00\xff", strings.Repeat("s", 64), strings.Repeat("s", 65), strings.Repeat("s", 5000),
		[]byte(nil), []byte{}, []byte("1"), make([]byte, 64), make([]byte, 65), make([]byte, 5000),
		time.Time{}, time.Date(2024, 2, 29, 23, 59, 59, 999999999, time.UTC),
		time.Date(2024, 7, 1, 12, 0, 0, 1, time.Local), time.Date(2024, 7, 1, 12, 0, 0, 0, east),
		time.Date(-4713, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(294277, 1, 1, 0, 0, 0, 0, time.Local),
		time.Unix(math.MaxInt64, 999999999), time.Unix(math.MinInt64, 0).UTC(),
		time.Date(1, 1, 1, 0, 0, 0, 0, east),
	}
}
