package policy

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/goccy/go-yaml/ast"
)

// Parse reads a policy file, whose form the package comment shows. What it does
// not set comes from defaults. The error tells everything that is wrong, each
// with its line and column; a key given twice or unknown is wrong, and so is an
// empty file, which is what an editor leaves while it writes: an empty policy
// is {}.
func Parse(yaml []byte, defaults Options) (*Policy, error) {
	return parse(yaml, defaults, "policy")
}

// parse calls the file source in its errors.
func parse(yaml []byte, defaults Options, source string) (*Policy, error) {
	r := &reader{source: source}
	sections := make(map[string]ast.Node)
	if root := r.document(yaml); root != nil {
		for _, f := range r.fields(root, "the policy") {
			switch f.key {
			case "defaults", "tables", "rules":
				sections[f.key] = f.value
			default:
				r.fail(f.keyNode, "%s: unknown; the sections are defaults, tables, rules", f.key)
			}
		}
	}
	p := r.policy(sections, defaults)
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	return p, nil
}

func (r *reader) policy(sections map[string]ast.Node, defaults Options) *Policy {
	long := false
	if n := sections["defaults"]; present(n) {
		var c change
		c, long = r.options(n, "defaults", false)
		defaults = c.over(defaults)
	}
	p := New(defaults)
	if n := sections["tables"]; present(n) {
		r.tables(p, n, long)
	}
	if n := sections["rules"]; present(n) {
		r.rules(p, n, long)
	}
	return p
}

func (r *reader) tables(p *Policy, n ast.Node, long bool) {
	for _, f := range r.fields(n, "tables") {
		where := "tables." + f.key
		c, _ := r.options(f.value, where, long)
		name, err := tableName(f.key)
		switch {
		case err != nil:
			r.fail(f.keyNode, "%s: %v", where, err)
		case p.has(name):
			r.fail(f.keyNode, "%s: given twice, in other letters", where)
		default:
			p.add(name, c)
		}
	}
}

// options reads off, a ttl, or a mapping of options.
func (r *reader) options(n ast.Node, where string, long bool) (change, bool) {
	if _, ok := n.(*ast.MappingNode); ok {
		return r.optionFields(r.fields(n, where), where, long)
	}
	value, ok := r.scalar(n, where, "off, a ttl, or options as {ttl: 30s}")
	if !ok {
		return nil, long
	}
	return parsePairs([]pair{parseShort(value)}, long, func(_ int, err error) { r.fail(n, "%s: %w", where, err) })
}

func (r *reader) optionFields(fields []field, where string, long bool) (change, bool) {
	var pairs []pair
	var at []field
	for _, f := range fields {
		if value, ok := r.scalar(f.value, where+"."+f.key, "one value"); ok {
			pairs, at = append(pairs, pair{f.key, value}), append(at, f)
		}
	}
	return parsePairs(pairs, long, func(i int, err error) {
		r.fail(at[i].value, "%s.%s: %w", where, at[i].key, err)
	})
}

func (r *reader) rules(p *Policy, n ast.Node, long bool) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fail(n, "rules: want a list")
		return
	}
	for i, n := range list.Values {
		p.rules = append(p.rules, r.rule(n, i+1, long))
	}
}

func (r *reader) rule(n ast.Node, number int, long bool) rule {
	where := fmt.Sprintf("rule %d", number)
	var out rule
	var options []field
	before := len(r.errs)
	for _, f := range r.fields(n, where) {
		if !r.condition(&out, f, where) {
			options = append(options, f)
		}
	}
	out.change, _ = r.optionFields(options, where, long)
	conditions := out.conditions()
	out.label = where + " (" + conditions + ")"
	if len(r.errs) > before {
		return out
	}
	if conditions == "" {
		r.fail(n, "%s: no condition; what holds for every statement belongs into defaults", where)
	}
	if len(out.change) == 0 {
		r.fail(n, "%s: sets no option", where)
	}
	return out
}

// condition reads f into out, unless f is no condition.
func (r *reader) condition(out *rule, f field, where string) bool {
	where += "." + f.key
	switch f.key {
	case "tables":
		r.tableCondition(out, f.value, where)
	case "fingerprint":
		out.fingerprint = r.text(f.value, where)
	case "tag":
		out.tag = r.text(f.value, where)
	case "match":
		var err error
		if out.text, err = regexp.Compile(r.text(f.value, where)); err != nil {
			r.fail(f.value, "%s: %w", where, err)
		}
	default:
		return false
	}
	return true
}

func (r *reader) tableCondition(out *rule, n ast.Node, where string) {
	for _, f := range r.fields(n, where) {
		names := r.tableNames(f.value, where+"."+f.key)
		switch f.key {
		case "any":
			out.any = names
		case "all":
			out.all = names
		case "only":
			out.only = names
		default:
			r.fail(f.keyNode, "%s.%s: unknown; want any, all or only", where, f.key)
		}
	}
}

func (r *reader) tableNames(n ast.Node, where string) []string {
	nodes := []ast.Node{n}
	if list, ok := n.(*ast.SequenceNode); ok {
		nodes = list.Values
	}
	var names []string
	for _, n := range nodes {
		written, ok := r.scalar(n, where, "a table or a list of tables")
		if !ok {
			continue
		}
		name, err := tableName(written)
		if err != nil {
			r.fail(n, "%s: %w", where, err)
		}
		names = append(names, name)
	}
	if len(nodes) == 0 {
		r.fail(n, "%s: no tables", where)
	}
	return names
}
