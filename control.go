package sqldedupe

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/sqldedupe/sqldedupe/internal/words"
)

type ofKey struct{}

// errAsked answers a Connect that only asked whose connector this is.
var errAsked = errors.New("sqldedupe: asked for the control handle")

// A Control is the handle of an open database: what it does, and what may be
// changed while it runs. All methods may be called concurrently, and on a nil
// Control, where they do nothing.
type Control struct{ c *connector }

// Of returns the control handle of db, or nil if db is not open through this
// package, or with dedupe=off. It borrows a session of db for a moment, so it
// waits if the program holds all that SetMaxOpenConns allows; take the handle
// once, after opening.
func Of(db *sql.DB) *Control {
	ask := &Control{}
	conn, err := db.Conn(context.WithValue(context.Background(), ofKey{}, ask))
	if err == nil {
		conn.Close()
	}
	if ask.c == nil {
		return nil
	}
	return ask
}

// Purge removes every entry, also those of other databases that share the
// cache. Queries in flight are not affected, but their results are not kept.
func (c *Control) Purge() {
	if c == nil {
		return
	}
	w := c.c.cache.words
	w.Open(everything)
	w.Close(everything, true)
	c.c.cache.memory.Purge()
}

// PurgeTable makes every entry that depends on a table invalid. The name is
// taken without schema and without regard to case.
func (c *Control) PurgeTable(name string) {
	if c == nil {
		return
	}
	slots := []words.Slot{c.c.cache.words.Slot(strings.ToLower(name[strings.LastIndexByte(name, '.')+1:]))}
	c.c.cache.words.Open(slots)
	c.c.cache.words.Close(slots, true)
}

// Explain returns what would be done about query: the rule that decides, and
// the reason if it is neither shared nor kept.
func (c *Control) Explain(query string) Explanation {
	if c == nil {
		return Explanation{Reason: "not a database of sqldedupe"}
	}
	st := c.c.statement(query)
	p := c.c.planOf(st.statement, "")
	e := Explanation{
		Class: st.facts.Class.String(), Reason: p.reason, Rule: p.policy.Rule, TTL: p.policy.TTL,
		Reads: tableNames(st.facts.Reads), Writes: tableNames(st.facts.Writes),
		Everything: len(p.writes) == 1 && p.writes[0] == everything[0],
	}
	e.Shared = e.Reason == ""
	e.Cached = e.Shared && e.TTL > 0
	return e
}
