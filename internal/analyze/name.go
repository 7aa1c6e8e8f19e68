package analyze

import (
	"cmp"
	"slices"
	"strings"
)

// Name names a relation as the server would fold it. Schema is empty when the text does not qualify the name. A text with
// a catalog in front of a schema is Unknown.
type Name struct{ Schema, Table string }

// String returns schema.table; a part that is more than ASCII letters, digits, _ and $ and letters beyond ASCII is in
// double quotes.
func (n Name) String() string {
	if n.Schema == "" {
		return quoted(n.Table)
	}
	return quoted(n.Schema) + "." + quoted(n.Table)
}

// Equality is a condition column = value. Value is written as in the text; a placeholder without a name or number is ?n
// by its position among those of the text.
type Equality struct{ Column, Value string }

// String returns column=value, the column quoted like a Name.
func (e Equality) String() string { return quoted(e.Column) + "=" + e.Value }

func quoted(part string) string {
	if plainName(part) {
		return part
	}
	return `"` + strings.ReplaceAll(part, `"`, `""`) + `"`
}

func plainName(part string) bool {
	for i := range len(part) {
		if c := part[i]; c < 0x80 && charClass[c]&inName == 0 {
			return false
		}
	}
	return part != ""
}

func compareNames(a, b Name) int {
	if a.Schema == "" && b.Schema == "" {
		return cmp.Compare(a.Table, b.Table)
	}
	return cmp.Or(cmp.Compare(joined(a), joined(b)), cmp.Compare(a.Schema, b.Schema))
}

func joined(n Name) string {
	if n.Schema == "" {
		return n.Table
	}
	return n.Schema + "." + n.Table
}

// sorted returns a copy of names in order and without repetitions, nil for none.
func sorted(names []Name) []Name {
	if len(names) == 0 {
		return nil
	}
	slices.SortFunc(names, compareNames)
	return slices.Clone(slices.Compact(names))
}
