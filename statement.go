package sqldedupe

import (
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
	"github.com/sqldedupe/sqldedupe/internal/words"
	"github.com/sqldedupe/sqldedupe/policy"
	"github.com/sqldedupe/sqldedupe/resultcache"
)

// statement is what is known about one text, apart from plain comments.
type statement struct {
	text  string // without plain comments: the part of the key
	facts analyze.Facts
	bulk  bool // an INSERT too long to be understood
	local bool // what it sets ends with the transaction

	opened  atomic.Int64                        // open virtual statements
	shape   atomic.Pointer[preparedShape]       // of its prepared form, once seen
	plan    atomic.Pointer[plan]                // under the current policy and catalog
	columns atomic.Pointer[resultcache.Columns] // of the last result, shared by entries
	skips   atomic.Pointer[skip]                // its results turned out not to be kept
	finger  atomic.Pointer[string]              // fingerprint, once asked for
}

// textOf is a statement as somebody wrote it.
type textOf struct {
	*statement
	hint string // body of a leading dedupe comment
}

// open reports whether a virtual statement of this text may be used again.
func (st *statement) open() bool { return st.opened.Load() > 0 }

// preparedShape is the shape of a prepared statement and the generation of
// everything at which it was learned: after DDL the text must be prepared for
// real again, so that an error comes where the plain driver gives it.
type preparedShape struct {
	stmtShape
	generation uint64
}

// plan is what is decided about a statement as long as neither the policy nor
// the catalog changes.
type plan struct {
	version planVersion
	policy  policy.Decision
	reads   []words.Slot // everything a kept result depends on
	writes  []words.Slot // everything the statement may change
	reason  string       // why its result may not be shared or kept; "" when it may
}

type planVersion struct {
	policy  uint64
	catalog *catalogState
}

var everything = []words.Slot{words.Everything}

// statement returns what is known about text, analysing it at first sight.
func (c *connector) statement(text string) textOf {
	if t, ok := c.texts.get(text); ok {
		return t
	}
	server := c.serverFacts()
	canonical, hint := analyze.Canonical(server.dialect, server.mode, text)
	t, ok := c.texts.get(canonical)
	if !ok {
		st := &statement{text: canonical}
		if server.understood {
			st.facts = analyze.Analyze(server.dialect, server.mode, text)
			st.bulk = isBulkInsert(canonical)
			st.local = server.dialect == analyze.Postgres && localSetting.MatchString(canonical)
		} else {
			st.facts = analyze.Facts{Everything: true, Ties: true, Reason: "unknown dialect"}
		}
		t = c.texts.put(canonical, textOf{statement: st})
	}
	if text != canonical {
		t = c.texts.put(text, textOf{statement: t.statement, hint: hint})
	}
	if c.serverFacts() != server {
		c.texts.purge() // it was read by the rules of a server that is no longer there
	}
	return t
}

// isBulkInsert reports whether a text is one INSERT of more than the analysis
// looks at. It may change every table, like all that is not understood, but
// rows of literals or placeholders do not change the session: otherwise each
// bulk load would tie one more session to its connection for good.
func isBulkInsert(text string) bool {
	const insert = "INSERT "
	if len(text) <= longestText || !strings.EqualFold(text[:len(insert)], insert) {
		return false
	}
	semicolon := strings.IndexByte(text, ';')
	return semicolon < 0 || strings.TrimSpace(text[semicolon+1:]) == ""
}

// mistyped reports whether a text may be plain wrong: not understood, and
// nothing in it that the server would run before it finds a mistake.
func (st *statement) mistyped() bool {
	f := &st.facts
	return f.Class == analyze.Unknown && f.Flags == 0 && f.Reason == analyze.ReasonNotUnderstood &&
		!strings.Contains(st.text, ";")
}

// localSetting matches statements of PostgreSQL whose settings and locks end
// with the transaction, or with themselves outside of one. They are how row
// security is told the tenant, in each transaction of a program, and must not
// tie every session for good.
var localSetting = regexp.MustCompile(`(?i)^\s*(SET\s+(LOCAL|TRANSACTION|CONSTRAINTS)\s[^;]*|LOCK\s[^;]*|` +
	`SELECT\s+(pg_catalog\.)?set_config\s*\([^();]*,\s*true\s*\))\s*;?\s*$`)

// planOf returns the decision about st, made anew when policy or catalog have
// changed since the last one.
func (c *connector) planOf(st *statement, tag string) *plan {
	now := planVersion{c.policyVersion(), c.catalog()}
	if p := st.plan.Load(); p != nil && p.version == now && tag == "" {
		return p
	}
	p := c.makePlan(st, tag, now)
	if tag == "" {
		st.plan.Store(p)
	}
	return p
}

func (c *connector) makePlan(st *statement, tag string, version planVersion) *plan {
	p := &plan{version: version}
	catalog := version.catalog.catalog
	p.writes = c.writeSlots(catalog, &st.facts)
	tables, why := catalog.reads(st.facts.Reads)
	switch {
	case !st.facts.Cacheable:
		p.reason = string(st.facts.Reason)
		return p
	case why != "":
		if why == reasonTable && version.catalog != unread {
			c.tableMissing()
		}
		p.reason = why
		return p
	}
	p.policy = c.policy().Decide(policy.Statement{
		Tables:      tableNames(st.facts.Reads),
		Fingerprint: c.fingerprint(st),
		Text:        st.text,
		Tag:         tag,
	})
	if p.policy.Off {
		p.reason = reasonPolicy
		return p
	}
	p.reads = append(p.reads, words.Everything)
	for _, name := range tables {
		p.reads = append(p.reads, c.cache.words.Slot(name))
	}
	return p
}

// writeSlots returns the words of everything a statement may change, nil if it
// changes nothing.
func (c *connector) writeSlots(catalog *Catalog, f *analyze.Facts) []words.Slot {
	switch f.Class {
	case analyze.Read, analyze.Tx, analyze.Session, analyze.Write:
		if f.Everything {
			return everything
		}
	default: // DDL changes what statements mean, and unknown may be anything
		return everything
	}
	tables, all := catalog.writes(f.Writes)
	if all || catalog == nil && !c.cfg.PlainTables && len(tables) > 0 {
		return everything
	}
	var slots []words.Slot
	for _, name := range tables {
		slots = append(slots, c.cache.words.Slot(name))
	}
	return slots
}

// fingerprint returns the text of st without literals.
func (c *connector) fingerprint(st *statement) string {
	if f := st.finger.Load(); f != nil {
		return *f
	}
	server := c.serverFacts()
	f := analyze.Fingerprint(server.dialect, server.mode, st.text)
	st.finger.Store(&f)
	return f
}

// baseName is the name under which tables are matched: without schema and
// without regard to case. Two tables of one name in different schemas share a
// word, which can only invalidate too much.
func baseName(n analyze.Name) string { return strings.ToLower(n.Table) }

func tableNames(names []analyze.Name) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = n.Table
		if n.Schema != "" {
			out[i] = n.Schema + "." + n.Table
		}
	}
	return out
}

// preparable returns the shape of st's prepared form if a virtual statement
// may be made without asking the driver.
func (c *connector) preparable(st *statement) (stmtShape, bool) {
	p := st.shape.Load()
	if p == nil || !st.facts.Cacheable || p.generation != c.generation() {
		return stmtShape{}, false
	}
	return p.stmtShape, true
}

// prepared remembers the shape of st's prepared form. Statements whose
// arguments only they themselves can convert are always prepared for real. A
// checker is asked before a converter, so a stateless one is enough.
func (c *connector) prepared(st *statement, shape stmtShape) {
	if shape.convert && !shape.checks || shape.checks && !c.cfg.Adapter.StatelessChecker {
		return
	}
	st.shape.Store(&preparedShape{shape, c.generation()})
}

// generation is the generation of the word of everything.
func (c *connector) generation() uint64 {
	gens, _ := c.cache.words.Load(nil, everything)
	return gens[0]
}
