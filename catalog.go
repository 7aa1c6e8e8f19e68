package sqldedupe

import (
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strings"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

// A Catalog tells what the text of a statement does not: which tables a view
// reads, what else a write changes. Names are in lower case and without
// schema; relations of one name in several schemas are merged into one. It is
// immutable once it was handed over.
//
// Without a catalog (nil) every name is taken for a plain table.
type Catalog struct {
	Relations map[string]*Relation
}

// A Relation is one table or view of a catalog.
type Relation struct {
	Reads       []string // further relations that a read of this one reads
	Writes      []string // further relations that a write to this one may change
	Opaque      bool     // a write to this one may change anything (triggers, rules)
	Uncacheable string   // why reads of this one may not be kept; "" when they may
}

// Add returns the relation of name, made if it is new.
func (c *Catalog) Add(name string) *Relation {
	name = strings.ToLower(name)
	if c.Relations == nil {
		c.Relations = make(map[string]*Relation)
	}
	r := c.Relations[name]
	if r == nil {
		r = &Relation{}
		c.Relations[name] = r
	}
	return r
}

// fingerprint is equal for equal catalogs within this process.
func (c *Catalog) fingerprint() uint64 {
	if c == nil {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(catalogSeed)
	for _, name := range slices.Sorted(maps.Keys(c.Relations)) {
		r := c.Relations[name]
		slices.Sort(r.Reads)
		slices.Sort(r.Writes)
		fmt.Fprintf(&h, "%q %q %q %v %q\n", name, r.Reads, r.Writes, r.Opaque, r.Uncacheable)
	}
	return h.Sum64()
}

var catalogSeed = maphash.MakeSeed()

// reads returns the names of all relations whose change can alter a read of
// names, or why such a read may not be kept.
func (c *Catalog) reads(names []analyze.Name) (all []string, why string) {
	all = baseNames(names)
	if c == nil {
		return all, ""
	}
	for i := 0; i < len(all); i++ {
		r := c.Relations[all[i]]
		if r == nil {
			return nil, reasonTable
		}
		if r.Uncacheable != "" {
			return nil, r.Uncacheable
		}
		all = appendNew(all, r.Reads)
	}
	return all, ""
}

// writes returns the names of all relations that a write to names may change;
// everything is true if that cannot be told.
func (c *Catalog) writes(names []analyze.Name) (all []string, everything bool) {
	all = baseNames(names)
	if c == nil {
		return all, false
	}
	for i := 0; i < len(all); i++ {
		r := c.Relations[all[i]]
		if r == nil || r.Opaque {
			return nil, true
		}
		all = appendNew(all, r.Writes)
	}
	return all, false
}

func baseNames(names []analyze.Name) []string {
	out := make([]string, 0, len(names))
	for _, n := range names {
		out = appendNew(out, []string{baseName(n)})
	}
	return out
}

func appendNew(all, more []string) []string {
	for _, name := range more {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}
