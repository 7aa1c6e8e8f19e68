package orms_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// A transcript is everything a shop has seen, one line an observation.
type transcript struct {
	lines []string
	hide  *strings.Replacer // what differs between two runs of one program
}

// say notes values with their dynamic types.
func (tr *transcript) say(label string, values ...any) {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = tr.hide.Replace(show(reflect.ValueOf(v)))
	}
	tr.lines = append(tr.lines, label+": "+strings.Join(parts, ", "))
}

// show is %#v without addresses and with the text of errors and times.
func show(v reflect.Value) string {
	if !v.IsValid() {
		return "nil"
	}
	if v.CanInterface() {
		switch x := v.Interface().(type) {
		case time.Time:
			return fmt.Sprintf("%s %q", x.Format(time.RFC3339Nano), x.Location())
		case error:
			return fmt.Sprintf("%T %q", x, x)
		case []byte:
			return showBytes(x)
		case reflect.Type:
			return x.String()
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return v.Type().String() + "(nil)"
		}
		return strings.Repeat("&", bit(v.Kind() == reflect.Pointer)) + show(v.Elem())
	case reflect.Struct:
		return v.Type().String() + showFields(v)
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.IsNil() {
			return v.Type().String() + "(nil)"
		}
		return v.Type().String() + showElements(v)
	case reflect.Map:
		return v.Type().String() + showMap(v)
	}
	return fmt.Sprintf("%s(%#v)", v.Type(), v)
}

func showBytes(b []byte) string {
	if b == nil {
		return "[]byte(nil)"
	}
	return fmt.Sprintf("[]byte(%q)", b)
}

func showFields(v reflect.Value) string {
	var parts []string
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() {
			parts = append(parts, f.Name+": "+show(v.Field(i)))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func showElements(v reflect.Value) string {
	parts := make([]string, v.Len())
	for i := range parts {
		parts[i] = show(v.Index(i))
	}
	return "[" + strings.Join(parts, ", ") + "]"
}

func showMap(v reflect.Value) string {
	parts := make(map[string]string, v.Len())
	for _, k := range v.MapKeys() {
		parts[fmt.Sprint(k)] = show(v.MapIndex(k))
	}
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(parts)) {
		fmt.Fprintf(&b, "%s: %s, ", k, parts[k])
	}
	return "{" + strings.TrimSuffix(b.String(), ", ") + "}"
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// difference shows the first lines in which two transcripts differ, "" if there are none.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		if line(w, i) != line(g, i) {
			return fmt.Sprintf("line %d after %q:\nplain:   %s\nwrapped: %s", i+1, line(w, i-1), line(w, i), line(g, i))
		}
	}
	return ""
}

func line(lines []string, i int) string {
	if i < 0 || i >= len(lines) {
		return "(no line)"
	}
	return lines[i]
}
