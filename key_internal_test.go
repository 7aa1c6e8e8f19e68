package sqldedupe

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"testing"
	"time"
)

// keyOf returns the key of one read, and whether there is one.
func keyOf(text string, args ...driver.NamedValue) (string, bool) {
	m := &middleware{c: &connector{}}
	r := &read{textOf: textOf{statement: &statement{text: text}}, args: args, plan: &plan{version: planVersion{catalog: unread}}}
	ok := m.makeKey(r)
	return string(m.key), ok
}

type status string

// hazard H39, H41, H42, H49: values that an ambiguous or untyped encoding would take for one another.
func TestKeysDiffer(t *testing.T) {
	paris := time.FixedZone("CET", 3600)
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	one, two := "1", "2"
	lists := [][]any{
		{}, {nil}, {nil, nil}, {true}, {false}, {int64(1)}, {int(1)}, {int32(1)}, {uint64(1)}, {uint8(1)}, {1.0}, {float32(1)},
		{"1"}, {[]byte("1")}, {status("1")}, {&one}, {&two}, {(*string)(nil)}, {[]byte(nil)}, {[]byte{}}, {""},
		{"a b", "c"}, {"a", "b c"}, {"a", "b", "c"}, {"ab", "c"}, {"abc"},
		{math.Copysign(0, -1)}, {0.0}, {math.NaN()}, {math.Inf(1)},
		{noon}, {noon.In(paris)}, {noon.In(time.FixedZone("CET", 3601))}, {noon.In(time.FixedZone("X", 3600))}, {noon.Add(1)},
		{sql.NullString{}}, {sql.NullString{Valid: true}}, {sql.NullInt64{}}, {sql.NullInt64{Int64: 1, Valid: true}}, {sql.NullTime{}},
		{[]string{"a", "b"}}, {[]string{"a b"}}, {[]string(nil)}, {[]string{}}, {[]int64{1, 2}}, {[]int32{1, 2}}, {[2]byte{1, 2}},
		{sql.Named("x", int64(1))}, {sql.Named("y", int64(1))},
	}
	seen := map[string]string{}
	for _, list := range lists {
		for _, text := range []string{"SELECT 1", "SELECT 1 "} {
			key, ok := keyOf(text, values(list)...)
			if !ok {
				t.Fatalf("%#v has no key", list)
			}
			shown := fmt.Sprintf("%q %#v", text, list)
			if other, ok := seen[key]; ok {
				t.Errorf("one key for %s and %s", other, shown)
			}
			seen[key] = shown
		}
	}
}

func values(list []any) (args []driver.NamedValue) {
	for i, v := range list {
		a := driver.NamedValue{Ordinal: i + 1, Value: v}
		if n, ok := v.(sql.NamedArg); ok {
			a.Name, a.Value = n.Name, n.Value
		}
		args = append(args, a)
	}
	return args
}

// hazard H43: what cannot be told by its value has no key, and the read goes to the database.
func TestNoKey(t *testing.T) {
	for _, v := range []any{
		struct{ A int }{1}, map[string]int{}, []any{1}, []*int{nil}, [2]int{1, 2}, func() {}, make(chan int), complex(1, 1),
		new(struct{ A int }), new(*int), [][]byte{nil}, bytes.NewReader(nil),
	} {
		if _, ok := keyOf("SELECT 1", driver.NamedValue{Ordinal: 1, Value: v}); ok {
			t.Errorf("%T has a key", v)
		}
	}
}

// hazard H43: arguments are copied for work that outlives the call they came with.
func TestCloneArgs(t *testing.T) {
	b, s, list := []byte("a"), "a", []string{"a"}
	args := values([]any{b, &s, list, nil, int64(1)})
	before, _ := keyOf("SELECT 1", args...)
	clone := cloneArgs(args)
	b[0], s, list[0] = 'x', "x", "x"
	if after, ok := keyOf("SELECT 1", clone...); !ok || after != before {
		t.Errorf("the copy changed with its original")
	}
}

// FuzzKey builds two argument lists and requires different keys for different lists.
func FuzzKey(f *testing.F) {
	f.Add([]byte{0, 1, 'a', 0, 1, 'b'}, []byte{0, 2, 'a', 'b'})
	f.Add([]byte{2, 0, 0, 0, 0, 0, 0, 0, 1}, []byte{3, 0, 0, 0, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, a, b []byte) {
		first, second := fuzzArgs(a), fuzzArgs(b)
		k1, ok1 := keyOf("SELECT 1", first...)
		k2, ok2 := keyOf("SELECT 1", second...)
		if !ok1 || !ok2 {
			t.Fatal("plain values without a key")
		}
		same := reflect.DeepEqual(first, second)
		if same != (k1 == k2) {
			t.Errorf("same %v, same key %v:\n%#v\n%#v", same, k1 == k2, first, second)
		}
	})
}

// fuzzArgs reads values of several types out of data.
func fuzzArgs(data []byte) (args []driver.NamedValue) {
	for len(data) > 0 {
		kind := data[0]
		data = data[1:]
		var word [8]byte
		n := 0
		if kind%8 < 2 && len(data) > 0 {
			n = min(int(data[0]), len(data)-1) + 1
		} else {
			n = copy(word[:], data)
		}
		u := binary.BigEndian.Uint64(word[:])
		a := driver.NamedValue{Ordinal: len(args) + 1}
		switch kind % 8 {
		case 0:
			a.Value = string(data[min(1, n):n])
		case 1:
			a.Value = append([]byte{}, data[min(1, n):n]...)
		case 2:
			a.Value = int64(u)
		case 3:
			a.Value = u
		case 4:
			a.Value = float64(int32(u >> 32))
		case 5:
			a.Value = u&1 == 1
		case 6:
			a.Value = int(u)
		}
		if kind >= 128 {
			a.Name = string(rune('a' + kind%26))
		}
		data = data[n:]
		args = append(args, a)
	}
	return args
}
