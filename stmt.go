package sqldedupe

import (
	"context"
	"database/sql/driver"
	"slices"
)

// stmt is a virtual prepared statement: a text, and while its session has a
// real connection and needs it, a real statement there.
type stmt struct {
	session   *session
	statement *statement
	text      string
	shape     stmtShape
	real      *realStmt // on session.rc, or nil
	closed    bool
}

// stmtShape is what a driver's statement of one text tells before it runs.
type stmtShape struct {
	inputs  int                      // NumInput
	checker driver.NamedValueChecker // of a statement prepared earlier, or nil; used only where it is stateless
	checks  bool                     // implements driver.NamedValueChecker
	convert bool                     // implements driver.ColumnConverter
}

func shapeOfStmt(ds driver.Stmt) stmtShape {
	checker, checks := ds.(driver.NamedValueChecker)
	//lint:ignore SA1019 drivers that have only this one exist
	_, convert := ds.(driver.ColumnConverter)
	return stmtShape{inputs: ds.NumInput(), checker: checker, checks: checks, convert: convert}
}

// prepare returns a virtual statement. Once the driver has accepted a cacheable
// read, the same text is prepared without a connection: hits need none, and a
// miss prepares where it runs.
func (s *session) prepare(ctx context.Context, text string) (*stmt, error) {
	t := s.c.statement(text)
	if shape, ok := s.c.preparable(t.statement); ok && !s.tied() {
		return s.newStmt(t.statement, text, shape), nil
	}
	st, err := s.prepareNow(ctx, t.statement, text)
	if err == nil {
		s.c.prepared(t.statement, st.shape)
	}
	return st, err
}

// prepareNow prepares text on the session's own connection, so that its errors
// come when the plain driver gives them.
func (s *session) prepareNow(ctx context.Context, st *statement, text string) (*stmt, error) {
	rc, err := s.attach(ctx)
	if err != nil {
		return nil, err
	}
	real, err := rc.rent(ctx, st, text, s.c.generation())
	if err != nil {
		return nil, s.note(err)
	}
	v := s.newStmt(st, text, shapeOfStmt(real.Stmt))
	v.real = real
	s.renting = append(s.renting, v)
	return v, nil
}

// newStmt returns a virtual statement that prepares itself when it must.
func (s *session) newStmt(st *statement, text string, shape stmtShape) *stmt {
	st.opened.Add(1)
	return &stmt{session: s, statement: st, text: text, shape: shape}
}

// acquire returns the real statement on the session's connection.
func (v *stmt) acquire(ctx context.Context) (*realStmt, error) {
	if v.real != nil {
		return v.real, nil
	}
	rc, err := v.session.attach(ctx)
	if err != nil {
		return nil, err
	}
	real, err := rc.rent(ctx, v.statement, v.text, v.session.c.generation())
	if err != nil {
		return nil, v.session.note(err)
	}
	v.real = real
	v.session.renting = append(v.session.renting, v)
	return real, nil
}

func (v *stmt) NumInput() int { return v.shape.inputs }

// Close closes the real statement too, if there is one, unless others have
// the same text open.
func (v *stmt) Close() error {
	if v.closed {
		return nil
	}
	v.closed = true
	v.statement.opened.Add(-1)
	real := v.real
	if real == nil {
		return nil
	}
	v.real = nil
	v.session.renting = slices.DeleteFunc(v.session.renting, func(o *stmt) bool { return o == v })
	return v.session.rc.unrent(v.statement, real)
}

// ExecContext runs the statement on the session's own connection.
func (v *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	real, err := v.acquire(ctx)
	if err != nil {
		return nil, err
	}
	v.session.used = true
	res, err := stmtExecContext(ctx, real.Stmt, args)
	real.failed = real.failed || err != nil
	return res, v.session.note(err)
}

// QueryContext runs the statement on the session's own connection.
func (v *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	real, err := v.acquire(ctx)
	if err != nil {
		return nil, err
	}
	v.session.used = true
	rows, err := stmtQueryContext(ctx, real.Stmt, args)
	real.failed = real.failed || err != nil
	return rows, v.session.note(err)
}

// Exec and Query are the forms without context.

func (v *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return v.ExecContext(context.Background(), named(args))
}

func (v *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return v.QueryContext(context.Background(), named(args))
}

func named(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}
