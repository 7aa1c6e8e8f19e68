package resultcache_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/resultcache"
	"pgregory.net/rapid"
)

func values() *rapid.Generator[value] {
	as := func(v any) value { return v }
	short, long := rapid.String(), rapid.StringOfN(rapid.Rune(), 50, 200, -1)
	bytes := rapid.SliceOfN(rapid.Byte(), 0, 150)
	return rapid.OneOf(
		rapid.SampledFrom(corners()),
		rapid.Map(rapid.Int64(), func(v int64) value { return as(v) }),
		rapid.Map(rapid.Uint64(), func(v uint64) value { return as(v) }),
		rapid.Map(rapid.Uint64(), func(v uint64) value { return as(math.Float64frombits(v)) }),
		rapid.Map(rapid.Uint32(), func(v uint32) value { return as(math.Float32frombits(v)) }),
		rapid.Map(rapid.OneOf(short, long), func(v string) value { return as(v) }),
		rapid.Map(bytes, func(v []byte) value { return as(v) }),
		rapid.Custom(func(t *rapid.T) value { return instant(t) }),
	)
}

func instant(t *rapid.T) time.Time {
	zones := []*time.Location{time.UTC, time.Local, east, time.FixedZone("", rapid.IntRange(-50000, 50000).Draw(t, "offset"))}
	seconds := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1<<40, 1<<40)).Draw(t, "seconds")
	nanoseconds := rapid.Int64Range(0, 999999999).Draw(t, "nanoseconds")
	return time.Unix(seconds, nanoseconds).In(rapid.SampledFrom(zones).Draw(t, "zone"))
}

func roundTrip(t *rapid.T) {
	width := rapid.IntRange(0, 8).Draw(t, "width")
	rows := rapid.SliceOfN(rapid.SliceOfN(values(), width, width), 0, 20).Draw(t, "rows")
	r := resultcache.NewRecorder(columns(width), resultcache.Limits{})
	for _, row := range rows {
		if err := resultcache.Append(r, row); err != nil {
			t.Fatal(err)
		}
	}
	prefix := r.Cursor()
	set := r.Publish()
	for name, cur := range map[string]resultcache.Cursor{"recorded": prefix, "published": set.Cursor()} {
		var got [][]value
		for row := make([]value, width); resultcache.Next(&cur, row); row = make([]value, width) {
			got = append(got, row)
		}
		if d := difference(got, rows); d != "" || cur.Err() != nil {
			t.Fatalf("%s: %s %v", name, d, cur.Err())
		}
	}
}

// hazards H46, H48: what comes back is what went in: dynamic type, bits, location; no rows and no columns included.
func TestRoundTrip(t *testing.T) { rapid.Check(t, roundTrip) }

// hazard H46: each corner alone, in a set kept as values, and among many rows, in a set kept as bytes.
func TestCornersInBothForms(t *testing.T) {
	for _, v := range corners() {
		for _, n := range []int{1, 100} {
			rows := make([][]value, n)
			for i := range rows {
				rows[i] = []value{v}
			}
			set := record(t, 1, rows)
			if d := difference(replay(t, set.Cursor(), 1), rows); d != "" {
				t.Errorf("%d rows: %s", n, d)
			}
		}
	}
	row := corners()
	if d := difference(replay(t, record(t, len(row), [][]value{row}).Cursor(), len(row)), [][]value{row}); d != "" {
		t.Error(d)
	}
}

// hazard H42: a monotonic reading is dropped as Round(0) does, the location stays the same pointer.
func TestTimeLosesOnlyItsMonotonicReading(t *testing.T) {
	now := time.Now().In(east)
	for _, n := range []int{1, 100} {
		rows := make([][]value, n)
		for i := range rows {
			rows[i] = []value{now}
		}
		got := replay(t, record(t, 1, rows).Cursor(), 1)[n-1][0].(time.Time)
		if got != now.Round(0) || got.Location() != east {
			t.Errorf("got %#v, want %#v", got, now.Round(0))
		}
	}
}

// hazard H46: whatever is not in the closed set is refused, also when it looks alike.
func TestOtherTypesAreRefused(t *testing.T) {
	type text string
	for _, v := range []value{
		int(1), int32(1), uint8(1), text("x"), json.RawMessage("{}"), []string{"x"}, [2]byte{}, new(int64),
		time.Second, struct{}{}, complex(1, 1), errors.New("x"), map[string]any{},
	} {
		r := resultcache.NewRecorder(columns(2), resultcache.Limits{})
		if err := resultcache.Append(r, []value{int64(1), v}); err != resultcache.ErrUnencodable {
			t.Errorf("%T: %v", v, err)
		}
	}
}

// Both element types that rows come in work, and a destination of another length than the row harms nothing.
func TestNextIntoAnyKindOfRow(t *testing.T) {
	set := record(t, 3, [][]value{{int64(1000), nil, "a"}, {int64(2000), []byte("b"), nil}})
	cur := set.Cursor()
	short := []any{"old"}
	if !resultcache.Next(&cur, short) || short[0] != int64(1000) {
		t.Errorf("short: %v", short)
	}
	long := []any{"old", "old", "old", "untouched"}
	if !resultcache.Next(&cur, long) || long[0] != int64(2000) || long[2] != nil || long[3] != "untouched" {
		t.Errorf("long: %v", long)
	}
	if resultcache.Next(&cur, long) || long[0] != int64(2000) {
		t.Errorf("after the end: %v", long)
	}
	if resultcache.Next(new(resultcache.Cursor), long) {
		t.Error("the zero cursor has a row")
	}
}
