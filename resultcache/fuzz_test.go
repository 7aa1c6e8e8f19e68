package resultcache_test

import (
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

// source makes values of its bytes, and zeros when they run out.
type source []byte

func (s *source) take(n int) []byte {
	out := make([]byte, n)
	*s = (*s)[copy(out, *s):]
	return out
}

func (s *source) uint64() uint64 { return binary.LittleEndian.Uint64(s.take(8)) }

func (s *source) value() value {
	switch kind := s.take(1)[0]; kind % 11 {
	case 1:
		return kind > 127
	case 2:
		return int64(s.uint64())
	case 3:
		return s.uint64()
	case 4:
		return math.Float32frombits(uint32(s.uint64()))
	case 5:
		return math.Float64frombits(s.uint64())
	case 6:
		return string(s.take(int(s.take(1)[0])))
	case 7:
		return s.take(int(s.take(1)[0]))
	case 8:
		return []byte(nil)
	case 9:
		return time.Unix(int64(s.uint64()), int64(s.uint64()%1e9)).UTC()
	case 10:
		zone := time.FixedZone("", int(s.take(1)[0])*600-36000)
		return time.Unix(int64(s.uint64()), int64(s.uint64()%1e9)).In(zone)
	}
	return nil
}

// FuzzCodec records and replays arbitrary rows.
func FuzzCodec(f *testing.F) {
	f.Add(uint8(3), []byte("\x02\x01\x00\x00\x00\x00\x00\x00\x00\x06\x02ab\x07\x02cd\x09aaaaaaaabbbbbbbb\x08\x01"))
	f.Add(uint8(1), make([]byte, 100))
	f.Fuzz(func(t *testing.T, width uint8, data []byte) {
		cols, rest := columns(int(width)), source(data)
		r := resultcache.NewRecorder(cols, resultcache.Limits{})
		var rows [][]value
		for len(rest) > 0 && (width > 0 || len(rows) < 10) {
			row := make([]value, width)
			for i := range row {
				row[i] = rest.value()
			}
			if err := resultcache.Append(r, row); err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
		prefix, set := r.Cursor(), r.Publish()
		for _, cur := range []resultcache.Cursor{prefix, set.Cursor()} {
			if d := difference(replay(t, cur, int(width)), rows); d != "" {
				t.Error(d)
			}
		}
	})
}
