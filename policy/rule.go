package policy

import (
	"regexp"
	"slices"
	"strings"
)

// rule changes the options of statements that meet all its conditions; the
// zero value of a condition is none.
type rule struct {
	fingerprint string
	text        *regexp.Regexp
	tag         string

	// Names in lower case: any of them read, all of them, only they.
	any, all, only []string

	change change
	label  string
}

func (r *rule) matches(st Statement) bool {
	return (r.fingerprint == "" || r.fingerprint == st.Fingerprint) &&
		(r.tag == "" || r.tag == st.Tag) &&
		r.matchesTables(st.Tables) &&
		(r.text == nil || r.text.MatchString(st.Text))
}

func (r *rule) matchesTables(names []string) bool {
	read := func(listed string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return sameTable(strings.ToLower(n), listed) })
	}
	listed := func(name string) bool {
		return slices.ContainsFunc(r.only, func(l string) bool { return sameTable(strings.ToLower(name), l) })
	}
	switch {
	case r.any != nil && !slices.ContainsFunc(r.any, read):
		return false
	case r.all != nil && slices.ContainsFunc(r.all, func(l string) bool { return !read(l) }):
		return false
	case r.only != nil && len(names) == 0:
		return false
	}
	return r.only == nil || !slices.ContainsFunc(names, func(n string) bool { return !listed(n) })
}

// conditions writes what r asks for, for its label.
func (r *rule) conditions() string {
	var parts []string
	write := func(name, value string) {
		if value != "" {
			parts = append(parts, name+"="+shorten(value))
		}
	}
	write("fingerprint", r.fingerprint)
	if r.text != nil {
		write("match", r.text.String())
	}
	write("tag", r.tag)
	write("any", strings.Join(r.any, "|"))
	write("all", strings.Join(r.all, "|"))
	write("only", strings.Join(r.only, "|"))
	return strings.Join(parts, ", ")
}

// shorten keeps labels fit for a log line.
func shorten(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
