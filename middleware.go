package sqldedupe

import (
	"context"
	"database/sql/driver"
	"math/rand/v2"
	"time"

	"github.com/ngrok/sqlmw"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
	"github.com/sqldedupe/sqldedupe/resultcache"
	"github.com/sqldedupe/sqldedupe/xfetch"
)

// middleware is the interceptor of one session: what happens between a program
// and its virtual connection. sqlmw calls it; database/sql's lock on the
// connection makes the calls come one at a time.
type middleware struct {
	sqlmw.NullInterceptor
	c *connector
	s *session

	set  writeSet // of the open transaction
	key  []byte   // buffer of the last key
	gens []uint64 // buffer of the last vector

	last     read          // the last query; one at a time, so one place is enough
	rows     driver.Rows   // what it gave, before sqlmw wrapped it
	result   driver.Result // what the last exec gave, before sqlmw wrapped it
	stmt     *stmt         // what the last preparation gave, before sqlmw wrapped it
	tempDDL  bool          // the session has made temporary objects
	changing []*effect     // of rows that are open, oldest first
	raw      *effect       // open while the program has the driver's own connection
}

// read is a query on its way.
type read struct {
	textOf
	text string // as the program wrote it
	args []driver.NamedValue
	stmt driver.StmtQueryContext // the prepared statement it goes through, or nil

	plan  *plan
	hints *hints
	ttl   time.Duration
	entry *resultcache.Entry // found, and not void
}

// read answers one query. Every answer the program gets from memory or from
// somebody else's query has come through here.
func (m *middleware) read(ctx context.Context, r *read) (driver.Rows, error) {
	if why := m.decide(ctx, r); why != "" {
		return m.bypass(ctx, r, why)
	}
	if r.stmt == nil && len(r.args) > 0 && m.c.skipsArgs.Load() {
		return nil, driver.ErrSkip // database/sql comes back with a prepared statement
	}
	if m.c.cfg.Mode == Observe {
		return m.observe(ctx, r)
	}
	if !m.makeKey(r) {
		return m.bypass(ctx, r, reasonArgument)
	}
	gens, dirty := m.c.cache.words.Load(m.gens[:0], r.plan.reads)
	m.gens = gens
	fresh := dirty && m.c.cfg.Consistency == Strict
	if !fresh && m.lookUp(r) {
		if rows := m.replay(r); rows != nil {
			return rows, nil
		}
	}
	if !m.s.yield() {
		return m.bypass(ctx, r, reasonHeld)
	}
	answer, shared, err := m.c.flights.Do(ctx, m.task(m.filling(r), r, fresh))
	return m.deliver(ctx, r, answer, shared, err)
}

// decide settles what may be done about r, or returns why nothing may.
func (m *middleware) decide(ctx context.Context, r *read) (why string) {
	r.hints = hintsOf(ctx).withComment(r.hint)
	r.plan = m.c.planOf(r.statement, r.hints.tag)
	server := m.c.serverFacts()
	switch {
	case r.plan.reason != "":
		return r.plan.reason
	case server.uncacheable != "":
		return server.uncacheable
	case m.s.tx || m.s.textTx:
		return reasonTransaction
	case m.s.pinned:
		return reasonSession
	case r.hints.bypass:
		return reasonHint
	}
	if server.dialect == analyze.Postgres && volatileArgs(r.args) {
		return reasonVolatile
	}
	r.ttl = r.plan.policy.TTL
	if r.hints.hasTTL {
		r.ttl = r.hints.ttl
	}
	return r.skipped()
}

// lookUp finds the entry for r and reports whether there is one that no write
// has voided. What its age allows is replay's concern.
func (m *middleware) lookUp(r *read) bool {
	if r.ttl <= 0 || r.hints.refresh {
		return false
	}
	e, ok := m.c.cache.memory.GetBytes(m.key)
	if !ok || !sameGens(e.Gens, m.gens) {
		return false
	}
	r.entry = e
	return true
}

func sameGens(a, b []uint64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// replay answers r from its entry as far as the entry's age allows, and starts
// a refresh when one is due. nil means that the entry is too old.
func (m *middleware) replay(r *read) driver.Rows {
	now := time.Now()
	age := r.entry.Age(now)
	if r.hints.refuses(age) {
		return nil
	}
	p := &r.plan.policy
	ttl, stale := min(r.ttl, r.entry.TTL), p.Stale
	if r.hints.hasTTL {
		stale = 0 // the caller has said how old an answer may be
	}
	o := Outcome{Kind: Hit, Age: age, Rule: p.Rule}
	switch {
	case age >= ttl+stale:
		return nil
	case age >= ttl:
		m.refresh(r, now)
		o.Kind = Stale
	case xfetch.Fires(ttl-age, xfetch.Clamp(r.entry.Delta, ttl, p.Beta), p.Beta, rand.ExpFloat64()):
		if m.refresh(r, now) {
			o.Kind = Refreshed
		}
	}
	m.tell(r.hints, o)
	return replaySet(r.entry.Set)
}

// deliver hands the answer of a flight to one of its callers.
func (m *middleware) deliver(ctx context.Context, r *read, answer fill, shared bool, err error) (driver.Rows, error) {
	o := Outcome{Kind: Miss, Rule: r.plan.policy.Rule}
	if shared {
		o.Kind = Shared
	}
	switch {
	case err == driver.ErrSkip:
		m.c.skipsArgs.Store(len(r.args) > 0)
		return nil, err
	case err != nil:
		if rows := m.despite(ctx, r, err); rows != nil {
			return rows, nil
		}
		m.tell(r.hints, o)
		return nil, m.s.note(err)
	case answer.set != nil:
		m.tell(r.hints, o)
		return answer.replay(), nil
	}
	if m.c.serverFacts().exclusive {
		// The rest of the rows would lock out the writes of the connection that
		// reads them; on the plain driver they are of that connection.
		answer.live.discard()
	}
	if rows := answer.live.claim(ctx); rows != nil {
		m.tell(r.hints, o)
		return rows, nil
	}
	return m.bypass(ctx, r, r.skipped())
}

// despite answers r from an entry beyond its ttl because the database does not
// answer, if the policy allows that for as long. An error that is the
// database's own answer is the answer.
func (m *middleware) despite(ctx context.Context, r *read, err error) driver.Rows {
	p := &r.plan.policy
	if r.entry == nil || p.StaleIfError <= 0 || m.c.answered(err) || ctx.Err() != nil {
		return nil
	}
	// A write may have been acknowledged since the entry was found.
	if same, dirty := m.c.cache.words.Match(r.entry.Gens, r.plan.reads); !same || dirty {
		return nil
	}
	age := r.entry.Age(time.Now())
	if age >= min(r.ttl, r.entry.TTL)+p.StaleIfError || r.hints.refuses(age) {
		return nil
	}
	m.tell(r.hints, Outcome{Kind: Stale, Age: age, Rule: p.Rule})
	return replaySet(r.entry.Set)
}

// bypass runs r on the session's own connection.
func (m *middleware) bypass(ctx context.Context, r *read, why string) (driver.Rows, error) {
	rows, err := m.own(ctx, r)
	if err != driver.ErrSkip { // database/sql comes back with the same query, prepared
		m.tell(r.hints, Outcome{Kind: Bypass, Rule: r.plan.policy.Rule, Reason: why})
	}
	return rows, err
}

// own runs r on the session's own connection.
func (m *middleware) own(ctx context.Context, r *read) (driver.Rows, error) {
	if r.stmt != nil {
		return r.stmt.QueryContext(ctx, r.args)
	}
	return m.s.QueryContext(ctx, r.text, r.args)
}
