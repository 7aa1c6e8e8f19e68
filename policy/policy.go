package policy

import (
	"slices"
	"strings"
)

// Policy decides for statements. It never changes once built, so it may be used
// concurrently.
type Policy struct {
	fallback table              // the defaults
	tables   map[string][]table // by the last part of the name; longest name first
	rules    []rule
}

// Statement is what rules look at.
type Statement struct {
	// Tables are the tables read, folded as the server folds them, as
	// "schema.table" where the statement says the schema.
	Tables []string

	Fingerprint string // the text without literals
	Text        string
	Tag         string // the application's; "" is none
}

// Decision is what a policy decided for a statement.
type Decision struct {
	Options

	// Rule says for people what decided, as "table products", "table orders,
	// defaults", "rule 3 (tag=report) over defaults". Where something is off,
	// only what turned it off is named.
	Rule string
}

// New returns the policy that decides defaults for everything.
func New(defaults Options) *Policy {
	return &Policy{fallback: table{label: "defaults", options: defaults}}
}

// Decide returns the options of the first rule that matches st, over the
// strictest value of each option among the tables of st: what a rule does not
// set comes from there. Names that no table of the policy matches count with
// the defaults, as does a statement without tables.
func (p *Policy) Decide(st Statement) Decision {
	d := p.decideTables(st.Tables)
	for i := range p.rules {
		if r := &p.rules[i]; r.matches(st) {
			return Decision{Options: r.change.over(d.Options), Rule: r.label + " over " + d.Rule}
		}
	}
	return d
}

func (p *Policy) decideTables(names []string) Decision {
	var few [4]*table
	found := few[:0]
	missing := len(names) == 0
	for _, name := range names {
		n := len(found)
		found = p.appendMatching(found, name)
		missing = missing || len(found) == n
	}
	if missing {
		found = append(found, &p.fallback)
	}
	return p.combine(found)
}

// combine folds what the tables found, one or more, decide.
func (p *Policy) combine(found []*table) Decision {
	d := Decision{Options: found[0].options, Rule: found[0].label}
	for _, t := range found[1:] {
		d.Options = strictest(d.Options, t.options, p.fallback.options)
	}
	if len(found) > 1 {
		d.Rule = joinLabels(found, d.Off)
	}
	return d
}

func joinLabels(found []*table, off bool) string {
	var labels []string
	for _, t := range found {
		if t.options.Off == off && !slices.Contains(labels, t.label) {
			labels = append(labels, t.label)
		}
	}
	return strings.Join(labels, ", ")
}

// Defaults returns the options of tables the policy does not name.
func (p *Policy) Defaults() Options { return p.fallback.options }

// Tables returns the names of the tables the policy names, in lower case and
// sorted.
func (p *Policy) Tables() []string {
	var names []string
	for _, tables := range p.tables {
		for _, t := range tables {
			names = append(names, t.name)
		}
	}
	slices.Sort(names)
	return names
}

// Rules returns the rules in their order, as Decision.Rule names them.
func (p *Policy) Rules() []string {
	var labels []string
	for _, r := range p.rules {
		labels = append(labels, r.label)
	}
	return labels
}
