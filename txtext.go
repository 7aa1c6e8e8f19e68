package sqldedupe

import (
	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

// beginControl prepares for a statement that controls a transaction by its text.
func (m *middleware) beginControl(e *effect, st *statement) {
	f := &st.facts
	e.verb = f.Tx
	switch {
	case m.s.tx && savepoints(f.Tx) && !f.Everything:
		return // the transaction goes on, and its write set only grows
	case m.s.tx && !st.local:
		m.s.pinned = true // database/sql's transaction is no longer what it seems
	}
	switch f.Tx {
	case analyze.Begin, analyze.Commit, analyze.CommitChain, analyze.Release:
		// MySQL commits what is open when another transaction begins, SQLite
		// with the outermost RELEASE.
		e.slots, e.schema = m.set.slots, m.set.schema
	case analyze.TwoPhase:
		e.slots, e.schema = everything, schemaMaybe
		m.s.pinned = true
	case analyze.OtherTx, analyze.NoTx:
		m.s.pinned = m.s.pinned || !st.local
	}
	if f.Everything {
		e.slots = everything
	}
}

// savepoints reports whether a statement moves inside a transaction without
// beginning or ending it.
func savepoints(verb analyze.TxVerb) bool {
	return verb == analyze.Savepoint || verb == analyze.RollbackTo || verb == analyze.Release
}

// control follows a transaction that is controlled by text.
func (m *middleware) control(verb analyze.TxVerb) {
	switch verb {
	case analyze.Begin:
		m.s.textTx = true
	case analyze.Savepoint:
		m.s.textTx = m.s.textTx || !m.s.tx // SQLite begins a transaction by it
	case analyze.Commit, analyze.Rollback, analyze.TwoPhase:
		m.s.textTx = false
		m.set = writeSet{}
	case analyze.CommitChain, analyze.RollbackChain:
		m.set = writeSet{}
	}
}

// look replaces what we believe about a transaction by what the connection
// itself knows, where it does.
func (m *middleware) look() {
	ask := m.c.cfg.Adapter.InTransaction
	if ask == nil || m.s.rc == nil || m.s.tx {
		return
	}
	if open, known := ask(m.s.rc.Conn); known {
		m.s.textTx = open
		if !open {
			m.set = writeSet{}
		}
	}
}
