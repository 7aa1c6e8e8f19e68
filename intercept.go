package sqldedupe

import (
	"context"
	"database/sql/driver"
)

// The methods below are what sqlmw calls. Each finds out what the statement
// is, and hands over to the read path or to the write protocol.

// ConnQueryContext sees every query that is not prepared.
func (m *middleware) ConnQueryContext(ctx context.Context, _ driver.QueryerContext, text string, args []driver.NamedValue) (context.Context, driver.Rows, error) {
	return m.query(ctx, text, nil, args)
}

// StmtQueryContext sees every query through a prepared statement.
func (m *middleware) StmtQueryContext(ctx context.Context, st driver.StmtQueryContext, text string, args []driver.NamedValue) (context.Context, driver.Rows, error) {
	return m.query(ctx, text, st, args)
}

func (m *middleware) query(ctx context.Context, text string, st driver.StmtQueryContext, args []driver.NamedValue) (_ context.Context, _ driver.Rows, err error) {
	m.last = read{textOf: m.c.statement(text), text: text, args: args, stmt: st}
	returned := false
	defer m.s.unless(&returned)
	if changes(m.last.statement) {
		m.rows, err = m.changeRows(ctx, &m.last)
	} else {
		m.rows, err = m.read(ctx, &m.last)
	}
	returned = true
	return ctx, m.rows, err
}

// ConnPrepareContext sees every preparation; nothing is sent that matters here.
func (m *middleware) ConnPrepareContext(ctx context.Context, _ driver.ConnPrepareContext, text string) (context.Context, driver.Stmt, error) {
	st, err := m.s.prepare(ctx, text)
	if err != nil {
		return ctx, nil, err
	}
	m.stmt = st
	return ctx, st, nil
}

// ConnExecContext sees every statement that is executed without preparation.
func (m *middleware) ConnExecContext(ctx context.Context, conn driver.ExecerContext, text string, args []driver.NamedValue) (driver.Result, error) {
	return m.exec(text, func() (driver.Result, error) { return conn.ExecContext(ctx, text, args) })
}

// StmtExecContext sees every execution of a prepared statement.
func (m *middleware) StmtExecContext(ctx context.Context, st driver.StmtExecContext, text string, args []driver.NamedValue) (driver.Result, error) {
	return m.exec(text, func() (driver.Result, error) { return st.ExecContext(ctx, args) })
}

func (m *middleware) exec(text string, run func() (driver.Result, error)) (driver.Result, error) {
	returned := false
	defer m.s.unless(&returned)
	err := m.change(m.c.statement(text).statement, func() (err error) {
		m.result, err = run()
		return err
	})
	returned = true
	return m.result, err
}

// TxCommit sees the commit of every transaction that database/sql began.
func (m *middleware) TxCommit(_ context.Context, tx driver.Tx) error {
	return m.commit(tx.Commit)
}

// TxRollback sees its rollback.
func (m *middleware) TxRollback(_ context.Context, tx driver.Tx) error {
	err := tx.Rollback()
	m.rolledBack()
	return err
}
