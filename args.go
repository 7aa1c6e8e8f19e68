package sqldedupe

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"reflect"
	"slices"
	"time"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

// volatileArgs reports whether PostgreSQL may read an argument as a moving
// date: 'today' binds like any other text.
func volatileArgs(args []driver.NamedValue) bool {
	for i := range args {
		switch v := args[i].Value.(type) {
		case string:
			if analyze.VolatileText(v) {
				return true
			}
		case nil, int64, bool, float64, time.Time:
		default:
			if volatileKind(reflect.ValueOf(v)) {
				return true
			}
		}
	}
	return false
}

func volatileKind(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.String:
		return analyze.VolatileText(v.String())
	case reflect.Pointer:
		return !v.IsNil() && volatileKind(v.Elem())
	case reflect.Slice, reflect.Array:
		if b, ok := v.Interface().([]byte); ok {
			return analyze.VolatileText(string(b))
		}
		for i := range v.Len() {
			if volatileKind(v.Index(i)) {
				return true
			}
		}
	case reflect.Struct:
		if s, ok := v.Interface().(sql.NullString); ok {
			return analyze.VolatileText(s.String)
		}
	}
	return false
}

// cloneArgs copies arguments for work that may outlive the call they came
// with: what they point to belongs to the caller.
func cloneArgs(args []driver.NamedValue) []driver.NamedValue {
	out := slices.Clone(args)
	for i := range out {
		out[i].Value = cloneValue(out[i].Value)
	}
	return out
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case nil, bool, int64, float64, string, time.Time:
		return v
	case []byte:
		return bytes.Clone(v)
	}
	r := reflect.ValueOf(v)
	switch {
	case r.Kind() == reflect.Pointer && !r.IsNil():
		c := reflect.New(r.Type().Elem())
		c.Elem().Set(r.Elem())
		return c.Convert(r.Type()).Interface()
	case r.Kind() == reflect.Slice && !r.IsNil():
		c := reflect.MakeSlice(r.Type(), r.Len(), r.Len())
		reflect.Copy(c, r)
		return c.Interface()
	}
	return v
}
