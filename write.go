package sqldedupe

import (
	"database/sql/driver"
	"slices"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
	"github.com/sqldedupe/sqldedupe/internal/words"
)

// writeSet is what the open transaction of a session may have changed. It only
// grows until the transaction ends: a savepoint that is rolled back takes
// nothing out.
type writeSet struct {
	slots  []words.Slot
	schema schemaEffect
}

// schemaEffect says whether names may mean something else afterwards.
type schemaEffect uint8

const (
	schemaKept  schemaEffect = iota
	schemaMaybe              // something we cannot look into ran
	schemaMoved              // DDL
)

func (w *writeSet) add(slots []words.Slot, schema schemaEffect) {
	w.schema = max(w.schema, schema)
	for _, s := range slots {
		if !slices.Contains(w.slots, s) {
			w.slots = append(w.slots, s)
		}
	}
}

// effect is a statement between the moment before it is sent and the moment
// its outcome is known. The words of what becomes visible by it are open as
// long.
type effect struct {
	m      *middleware
	slots  []words.Slot
	schema schemaEffect
	verb   analyze.TxVerb
	pins   bool // it is what pinned the session
	gated  bool // holds the gate
	ended  bool
}

// open opens the words of what the effect makes visible.
func (e *effect) open() {
	if len(e.slots) == 0 {
		return
	}
	if e.m.c.serverFacts().exclusive {
		e.m.c.gate.lock()
		e.gated = true
	}
	e.m.c.cache.words.Open(e.slots)
}

// close ends open: with a bump, without, or with a hold.
func (e *effect) close(how func()) {
	if e.gated {
		e.m.c.gate.unlock()
	}
	if len(e.slots) > 0 {
		how()
	}
}

// changes reports whether a statement may change anything: data, the session,
// or the state of a transaction.
func changes(st *statement) bool {
	f := &st.facts
	return f.Class != analyze.Read || f.Everything || f.Ties
}

// begin is called before a statement is sent that is not answered from memory,
// end of what it returns when its outcome is known and before the program
// learns it.
func (m *middleware) begin(st *statement) *effect {
	f := &st.facts
	e := &effect{m: m}
	switch {
	case !changes(st):
		return e
	case f.Class == analyze.Tx && f.Flags&analyze.Multi == 0:
		m.beginControl(e, st)
	default:
		m.beginChange(e, st, m.c.planOf(st, "").writes)
	}
	e.open()
	return e
}

func (m *middleware) beginChange(e *effect, st *statement, slots []words.Slot) {
	f := &st.facts
	open := m.s.tx || m.s.textTx
	if m.tempDDL && len(slots) > 0 {
		slots = everything
	}
	if f.Class == analyze.DDL && f.Flags&analyze.Temp != 0 && m.c.serverFacts().dialect == analyze.SQLite {
		m.tempDDL = true // a temporary trigger on a table of the database is in no catalog
	}
	if ties(st) || open && f.Flags&analyze.ImplicitCommit != 0 {
		// After an implicit commit the transaction that database/sql has in
		// mind is over, and statements take effect at once.
		e.pins = !m.s.pinned && st.mistyped()
		m.s.pinned = true
	}
	schema := schemaOf(st)
	if open || m.s.pinned {
		m.set.add(slots, schema)
	}
	// In a transaction nobody else sees a change before the commit, unless
	// statements take effect early. A pinned session may be in a transaction
	// that we do not know of, or in none, whatever we believe.
	if !open || m.s.pinned || m.c.cfg.Adapter.EarlyEffects {
		e.slots, e.schema = slots, schema
	}
	if len(m.set.slots) > 0 && (ties(st) || f.Flags&analyze.ImplicitCommit != 0) {
		// It may commit what came before: MySQL does so at SET autocommit = 1,
		// LOCK TABLES, UNLOCK TABLES, and at DDL.
		m.set.add(slots, schema)
		e.slots, e.schema = m.set.slots, m.set.schema
	}
}

// ties reports whether a statement may leave state behind that later
// statements on the same connection would meet.
func ties(st *statement) bool {
	f := &st.facts
	return !st.bulk && !st.local && (f.Ties || f.Flags&analyze.Multi != 0 ||
		f.Class == analyze.Session || f.Class == analyze.Unknown)
}

func schemaOf(st *statement) schemaEffect {
	f := &st.facts
	switch {
	case st.bulk:
		return schemaKept
	case f.Class == analyze.DDL:
		return schemaMoved
	case f.Everything || f.Class == analyze.Unknown:
		return schemaMaybe
	}
	return schemaKept
}

// end closes the words that begin opened.
func (e *effect) end(err error) {
	if e.ended {
		return
	}
	e.ended = true
	m, w := e.m, e.m.c.cache.words
	m.changing = slices.DeleteFunc(m.changing, func(o *effect) bool { return o == e })
	if len(m.changing) > 0 && len(e.slots) > 0 {
		// Rows of another change are still open on this connection: SQLite
		// commits both when the last of them ends.
		other := m.changing[0]
		w.Open(e.slots)
		other.slots = append(slices.Clone(other.slots), e.slots...)
		other.schema = max(other.schema, e.schema)
	}
	if err == driver.ErrSkip || err != nil && m.s.rc == nil { // nothing was sent
		e.close(func() { w.Close(e.slots, false) })
		return
	}
	if e.schema != schemaKept {
		// Before the words close: a read that starts after the acknowledgement
		// must not be planned by the old catalog.
		m.c.cache.schema.Add(1)
	}
	known := len(e.slots) == 0 || m.outcomeKnown(err)
	e.close(func() {
		m.c.stats.invalidations.Add(1)
		if known {
			// Also after an error: engines without transactions keep what a
			// failed statement did until it failed.
			w.Close(e.slots, true)
		} else {
			m.c.hold(e.slots, m.s.serverSession())
		}
	})
	if err == nil {
		m.control(e.verb)
	} else if e.pins && m.c.rejected(err) {
		m.s.pinned = false // nothing ran that could have left anything behind
	}
	m.look()
	m.schemaAfter(e.schema)
}

// outcomeKnown reports whether a statement that returned err has taken all the
// effect it ever will.
func (m *middleware) outcomeKnown(err error) bool {
	switch {
	case err == nil || m.c.answered(err):
		return true
	case err == driver.ErrBadConn && m.c.cfg.Adapter.Gone == nil:
		// By its contract nothing was done. A server that can be asked is asked
		// all the same: pgx 5.12 gives this error for an Exec without arguments
		// that it has sent and whose answer was lost.
		return true
	}
	// A connection that answers once more has finished with what came before.
	return m.s.answers()
}

// commit runs the commit of a transaction that database/sql began.
func (m *middleware) commit(run func() error) (err error) {
	e := &effect{m: m, slots: m.set.slots, schema: m.set.schema}
	e.open()
	defer e.panicked()
	err = run()
	e.end(err)
	m.set = writeSet{}
	return err
}

// rolledBack follows a rollback. Nothing became visible by it; what took
// effect early has been closed with a bump when it did.
func (m *middleware) rolledBack() { m.set = writeSet{} }

// schemaAfter reads the catalog again after DDL. The session's own connection
// serves, so that DDL is acknowledged with the new catalog in place and needs no
// second connection.
func (m *middleware) schemaAfter(schema schemaEffect) {
	if schema == schemaMoved && m.s.rc != nil && !m.s.rc.bad && !m.s.tx && !m.s.textTx {
		m.c.loadCatalog(m.c.ctx, m.s.rc)
	}
}

// panicked settles the effect of a statement whose driver panicked: what was
// sent may still take effect.
func (e *effect) panicked() {
	if !e.ended {
		e.ended = true
		e.m.s.broken = true
		e.m.changing = slices.DeleteFunc(e.m.changing, func(o *effect) bool { return o == e })
		e.close(func() { e.m.c.hold(e.slots, e.m.s.serverSession()) })
	}
}

// change runs a statement that returns no rows.
func (m *middleware) change(st *statement, run func() error) error {
	e := m.begin(st)
	defer e.panicked()
	err := run()
	e.end(err)
	return err
}
