package resultcache

import (
	"encoding/binary"
	"math"
	"time"
)

// A row is encoded as
//
//	uvarint  length of the row's short strings together
//	uvarint  length of the row's short []byte values together
//	         the short strings, one after the other
//	cells    one per column: a tag, then what the tag says
//
// The short strings stand together so that replaying a row copies them once, and the length of the short []byte values
// is known before the first of them, so that their copies share one allocation too. What is longer than shortBytes gets
// a copy of its own: a program that keeps one short value must not keep a large neighbour alive with it.
const shortBytes = 64

type tag byte

const (
	tagNil         tag = iota
	tagFalse           //
	tagTrue            //
	tagInt64           // varint
	tagUint64          // uvarint
	tagFloat32         // 4 bytes
	tagFloat64         // 8 bytes
	tagShortString     // uvarint length; the bytes are in front of the cells
	tagLongString      // uvarint length, bytes
	tagNilBytes        //
	tagShortBytes      // uvarint length, bytes
	tagLongBytes       // uvarint length, bytes
	tagTime            // varint seconds since 1970, uvarint nanoseconds, uvarint location: 0 is UTC, n is locs[n-1]
)

// rowSize is what one pass over a row finds out before anything of it is copied.
type rowSize struct {
	shortStrings, shortBytes, long int
}

// measure adds v to s and reports whether v is of a type that can be kept.
func (s *rowSize) measure(v any) bool {
	switch v := v.(type) {
	case nil, bool, int64, uint64, float32, float64, time.Time:
	case string:
		s.add(&s.shortStrings, len(v))
	case []byte:
		s.add(&s.shortBytes, len(v))
	default:
		return false
	}
	return true
}

func (s *rowSize) add(short *int, n int) {
	if n <= shortBytes {
		*short += n
	} else {
		s.long += n
	}
}

func (s *rowSize) payload() int { return s.shortStrings + s.shortBytes + s.long }

// appendCell encodes v, which measure accepted. A short string's bytes are in front of the cells already.
func (set *ResultSet) appendCell(v any) {
	switch v := v.(type) {
	case nil:
		set.appendTag(tagNil)
	case bool:
		if v {
			set.appendTag(tagTrue)
		} else {
			set.appendTag(tagFalse)
		}
	case int64:
		set.appendTag(tagInt64)
		set.data = binary.AppendVarint(set.data, v)
	case uint64:
		set.appendTag(tagUint64)
		set.data = binary.AppendUvarint(set.data, v)
	case float32:
		set.appendTag(tagFloat32)
		set.data = binary.LittleEndian.AppendUint32(set.data, math.Float32bits(v))
	case float64:
		set.appendTag(tagFloat64)
		set.data = binary.LittleEndian.AppendUint64(set.data, math.Float64bits(v))
	case string:
		set.appendString(v)
	case []byte:
		set.appendBytes(v)
	case time.Time:
		set.appendTime(v)
	}
}

func (set *ResultSet) appendTag(t tag) { set.data = append(set.data, byte(t)) }

func (set *ResultSet) appendLength(n int) { set.data = binary.AppendUvarint(set.data, uint64(n)) }

func (set *ResultSet) appendString(v string) {
	if len(v) <= shortBytes {
		set.appendTag(tagShortString)
		set.appendLength(len(v))
		return
	}
	set.appendTag(tagLongString)
	set.appendLength(len(v))
	set.data = append(set.data, v...)
}

func (set *ResultSet) appendBytes(v []byte) {
	if v == nil {
		set.appendTag(tagNilBytes)
		return
	}
	if len(v) <= shortBytes {
		set.appendTag(tagShortBytes)
	} else {
		set.appendTag(tagLongBytes)
	}
	set.appendLength(len(v))
	set.data = append(set.data, v...)
}

// appendTime keeps the wall clock and the location, and drops a monotonic reading as time.Time.Round(0) does: it means
// nothing after the row it came in.
func (set *ResultSet) appendTime(v time.Time) {
	set.appendTag(tagTime)
	set.data = binary.AppendVarint(set.data, v.Unix())
	set.appendLength(v.Nanosecond())
	set.appendLength(set.location(v.Location()))
}

// location returns the number of loc, adding it if the set has not seen it lately. Looking at the last few only keeps a
// result linear whose driver makes a location for every value, as time.Parse does for a foreign offset.
func (set *ResultSet) location(loc *time.Location) int {
	if loc == time.UTC {
		return 0
	}
	for i := len(set.locs) - 1; i >= max(0, len(set.locs)-4); i-- {
		if set.locs[i] == loc {
			return i + 1
		}
	}
	set.locs = append(set.locs, loc)
	return len(set.locs)
}
