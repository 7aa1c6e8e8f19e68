package policy

import (
	"errors"
	"slices"
	"strings"
)

// table is what a policy says about one table.
type table struct {
	name    string // in lower case
	label   string
	options Options
}

// add gives the table called name, which p does not have yet, its options. It
// may be called while p is being built only.
func (p *Policy) add(name string, c change) {
	if p.tables == nil {
		p.tables = make(map[string][]table)
	}
	last := lastPart(name)
	tables := append(slices.Clip(p.tables[last]), table{name, "table " + name, c.over(p.fallback.options)})
	slices.SortFunc(tables, func(a, b table) int { return len(b.name) - len(a.name) })
	p.tables[last] = tables
}

func (p *Policy) has(name string) bool {
	return slices.ContainsFunc(p.tables[lastPart(name)], func(t table) bool { return t.name == name })
}

// appendMatching appends what p says about the table a statement calls name.
// Of products and shop.products, both of which match shop.products, the longer
// one says it. For a statement that names products alone, shop.products and
// stock.products may both be meant, so both count, beside products.
func (p *Policy) appendMatching(found []*table, name string) []*table {
	name = strings.ToLower(name)
	tables := p.tables[lastPart(name)]
	for i := range tables {
		t := &tables[i]
		if endsIn(t.name, name) {
			found = append(found, t)
		} else if endsIn(name, t.name) {
			// The equal name came before: it is longer.
			if !slices.ContainsFunc(tables[:i], func(u table) bool { return u.name == name }) {
				found = append(found, t)
			}
			break
		}
	}
	return found
}

// sameTable reports whether the two names, both in lower case, may be of one
// table: one is the other without its schema.
func sameTable(a, b string) bool { return endsIn(a, b) || endsIn(b, a) }

// endsIn reports whether the last parts of name are those of tail.
func endsIn(name, tail string) bool {
	before, ok := strings.CutSuffix(name, tail)
	return ok && (before == "" || strings.HasSuffix(before, "."))
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// tableName checks a name in a policy and lowers it.
func tableName(s string) (string, error) {
	switch {
	case strings.Contains(s, "*"):
		return "", errors.New("a table name has no wildcards; name each table, or match the text by a rule")
	case s == "" || slices.Contains(strings.Split(s, "."), ""):
		return "", errors.New("a table name is table or schema.table")
	}
	return strings.ToLower(s), nil
}
