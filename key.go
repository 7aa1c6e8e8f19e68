package sqldedupe

import (
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"math"
	"reflect"
	"time"
)

// makeKey writes the key of r into m.key: the namespace, the catalog, the
// protocol path, the statement and the arguments, each framed and tagged by type, so that two
// different reads never have one key. It reports false for an argument whose
// identity cannot be told from its value.
func (m *middleware) makeKey(r *read) bool {
	k := binary.AppendUvarint(m.key[:0], m.c.namespace)
	k = binary.BigEndian.AppendUint64(k, r.plan.version.catalog.fingerprint)
	if r.stmt == nil {
		k = append(k, 'd')
	} else {
		k = append(k, 'p') // drivers give other Go types on this path
	}
	k = appendText(k, r.statement.text)
	for i := range r.args {
		var ok bool
		if k, ok = appendArg(k, &r.args[i]); !ok {
			m.key = k
			return false
		}
	}
	m.key = k
	return true
}

func appendText(k []byte, s string) []byte {
	return append(binary.AppendUvarint(k, uint64(len(s))), s...)
}

func appendArg(k []byte, a *driver.NamedValue) ([]byte, bool) {
	if a.Name != "" {
		k = appendText(append(k, 'N'), a.Name)
	}
	return appendValue(k, a.Value)
}

// appendValue writes v with its dynamic type: 1, "1", 1.0 and true select
// different rows. Types are distinguished even where they would bind alike;
// that costs a miss, never an answer.
func appendValue(k []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(k, 'n'), true
	case bool:
		if v {
			return append(k, 't'), true
		}
		return append(k, 'f'), true
	case int64:
		return binary.BigEndian.AppendUint64(append(k, 'i'), uint64(v)), true
	case float64:
		return binary.BigEndian.AppendUint64(append(k, 'd'), math.Float64bits(v)), true
	case string:
		return appendText(append(k, 's'), v), true
	case []byte:
		if v == nil {
			return append(k, 'B'), true
		}
		return append(binary.AppendUvarint(append(k, 'b'), uint64(len(v))), v...), true
	case time.Time:
		return appendTime(k, v), true
	}
	return appendOther(k, v)
}

// appendTime writes the wall clock with zone: equal instants in two zones are
// different dates to the server.
func appendTime(k []byte, t time.Time) []byte {
	zone, offset := t.Zone()
	k = binary.AppendVarint(append(k, 'T'), t.Unix())
	k = binary.AppendUvarint(k, uint64(t.Nanosecond()))
	k = binary.AppendVarint(k, int64(offset))
	return appendText(appendText(k, zone), t.Location().String())
}

// appendOther writes the types that drivers with a checker of their own let
// through.
func appendOther(k []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case sql.NullString:
		return appendNull(k, v, v.Valid, v.String)
	case sql.NullInt64:
		return appendNull(k, v, v.Valid, v.Int64)
	case sql.NullInt32:
		return appendNull(k, v, v.Valid, int64(v.Int32))
	case sql.NullInt16:
		return appendNull(k, v, v.Valid, int64(v.Int16))
	case sql.NullBool:
		return appendNull(k, v, v.Valid, v.Bool)
	case sql.NullFloat64:
		return appendNull(k, v, v.Valid, v.Float64)
	case sql.NullTime:
		return appendNull(k, v, v.Valid, v.Time)
	}
	return appendKind(k, reflect.ValueOf(v))
}

// appendNull writes a sql.Null… value; what is in it counts only when valid.
func appendNull(k []byte, v any, valid bool, inner any) ([]byte, bool) {
	k = appendType(k, reflect.TypeOf(v))
	if !valid {
		inner = nil
	}
	return appendValue(k, inner)
}

// appendKind writes values that hold no pointer but at most one to a plain
// value, and slices of plain values: their type and bits are all there is.
func appendKind(k []byte, v reflect.Value) ([]byte, bool) {
	t := v.Type()
	k = appendType(k, t)
	switch t.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return append(k, 'n'), plain(t.Elem())
		}
		return appendPlain(append(k, '*'), v.Elem())
	case reflect.Slice:
		if v.IsNil() {
			return append(k, 'n'), plain(t.Elem())
		}
		k = binary.AppendUvarint(append(k, '['), uint64(v.Len()))
		for i := range v.Len() {
			var ok bool
			if k, ok = appendPlain(k, v.Index(i)); !ok {
				return k, false
			}
		}
		return k, plain(t.Elem())
	}
	return appendPlain(k, v)
}

// appendType writes the identity of a type; its name alone may be ambiguous.
func appendType(k []byte, t reflect.Type) []byte {
	return appendText(appendText(append(k, 'R'), t.PkgPath()), t.String())
}

var timeType = reflect.TypeFor[time.Time]()

// plain reports whether appendPlain understands values of t.
func plain(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64, reflect.String:
		return true
	case reflect.Array:
		return t.Elem().Kind() == reflect.Uint8
	}
	return t == timeType
}

func appendPlain(k []byte, v reflect.Value) ([]byte, bool) {
	switch v.Kind() {
	case reflect.Bool:
		return appendValue(k, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return appendValue(k, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return binary.BigEndian.AppendUint64(append(k, 'u'), v.Uint()), true
	case reflect.Float32, reflect.Float64:
		return appendValue(k, v.Float())
	case reflect.String:
		return appendText(append(k, 's'), v.String()), true
	case reflect.Array:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			return k, false
		}
		for i := range v.Len() {
			k = append(k, byte(v.Index(i).Uint()))
		}
		return k, true
	}
	if v.Type() == timeType {
		return appendTime(k, v.Interface().(time.Time)), true
	}
	return k, false
}
