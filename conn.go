package sqldedupe

import (
	"context"
	"database/sql/driver"
	"slices"
)

// conn is what database/sql holds: a thin layer above sqlmw. sqlmw shows one
// fixed set of optional interfaces whatever the driver has, and hides the
// driver's own connection and results; conn shows the driver's set and gives
// them back.
//
// The methods here are those whose presence database/sql cannot tell from the
// behaviour it would fall back to; session makes up for what a driver lacks.
// The interfaces whose mere presence changes what database/sql does are mixed
// in by newConn.
type conn struct {
	driver.Conn // sqlmw's
	m           *middleware
	shape       connShape
}

// connShape says which of the interfaces that change what database/sql does a
// driver's connections have.
type connShape struct {
	exec    bool                     // driver.ExecerContext or Execer: arguments are checked before Prepare
	query   bool                     // driver.QueryerContext or Queryer: the same
	checks  bool                     // driver.NamedValueChecker
	checker driver.NamedValueChecker // the first connection's; used only where it is stateless
}

func shapeOfConn(dc driver.Conn) connShape {
	var s connShape
	_, ec := dc.(driver.ExecerContext)
	//lint:ignore SA1019 drivers that have only this one exist
	_, e := dc.(driver.Execer)
	_, qc := dc.(driver.QueryerContext)
	//lint:ignore SA1019 drivers that have only this one exist
	_, q := dc.(driver.Queryer)
	s.exec, s.query = ec || e, qc || q
	s.checker, s.checks = dc.(driver.NamedValueChecker)
	return s
}

var (
	_ driver.ConnPrepareContext = (*conn)(nil)
	_ driver.ConnBeginTx        = (*conn)(nil)
	_ driver.Pinger             = (*conn)(nil)
	_ driver.SessionResetter    = (*conn)(nil)
	_ driver.Validator          = (*conn)(nil)
)

// newConn returns a connection of exactly the given shape.
func newConn(wrapped driver.Conn, m *middleware, shape connShape) driver.Conn {
	c := &conn{Conn: wrapped, m: m, shape: shape}
	switch (shapeBits{shape.exec, shape.query, shape.checks}) {
	case shapeBits{true, false, false}:
		return struct {
			*conn
			execer
		}{c, execer{c}}
	case shapeBits{false, true, false}:
		return struct {
			*conn
			queryer
		}{c, queryer{c}}
	case shapeBits{true, true, false}:
		return struct {
			*conn
			execer
			queryer
		}{c, execer{c}, queryer{c}}
	case shapeBits{false, false, true}:
		return struct {
			*conn
			checker
		}{c, checker{c}}
	case shapeBits{true, false, true}:
		return struct {
			*conn
			execer
			checker
		}{c, execer{c}, checker{c}}
	case shapeBits{false, true, true}:
		return struct {
			*conn
			queryer
			checker
		}{c, queryer{c}, checker{c}}
	case shapeBits{true, true, true}:
		return struct {
			*conn
			execer
			queryer
			checker
		}{c, execer{c}, queryer{c}, checker{c}}
	}
	return c
}

type shapeBits struct{ exec, query, checks bool }

type execer struct{ c *conn }

func (e execer) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	_, err := e.c.Conn.(driver.ExecerContext).ExecContext(ctx, text, args)
	return e.c.m.takeResult(), err
}

type queryer struct{ c *conn }

func (q queryer) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	_, err := q.c.Conn.(driver.QueryerContext).QueryContext(ctx, text, args)
	return q.c.m.takeRows(), err
}

type checker struct{ c *conn }

// CheckNamedValue asks the driver. Checkers that need no connection are asked
// without one, so that a hit with arguments takes none.
func (k checker) CheckNamedValue(nv *driver.NamedValue) error {
	c := k.c
	if c.m.c.cfg.Adapter.StatelessChecker {
		return c.shape.checker.CheckNamedValue(nv)
	}
	rc, err := c.m.s.attach(context.Background())
	if err != nil {
		return err
	}
	return rc.Conn.(driver.NamedValueChecker).CheckNamedValue(nv)
}

// takeResult and takeRows return what the driver gave: programs that reach it
// through Raw find the driver's own types. They let go of it, too: a session
// may lie idle for long.

func (m *middleware) takeResult() driver.Result {
	r := m.result
	m.result = nil
	return r
}

func (m *middleware) takeRows() driver.Rows {
	r := m.rows
	m.rows = nil
	m.last.args, m.last.stmt, m.last.entry = nil, nil, nil
	if cap(m.key) > maxKeptKey {
		m.key = nil
	}
	return r
}

// maxKeptKey is the largest key buffer that a session keeps for its next query.
const maxKeptKey = 16 << 10

func (c *conn) Prepare(text string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), text)
}

func (c *conn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	wrapped, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	return newTopStmt(wrapped, c.m), nil
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

func (c *conn) Ping(ctx context.Context) error { return c.m.s.Ping(ctx) }

// ResetSession is called when the outer pool hands the session out again.
func (c *conn) ResetSession(ctx context.Context) error {
	if ask, ok := ctx.Value(ofKey{}).(*Control); ok {
		ask.c = c.m.c
	}
	return c.m.s.ResetSession(ctx)
}

// IsValid is called when the outer pool takes the session back.
func (c *conn) IsValid() bool {
	c.m.endRaw()
	return c.m.s.IsValid()
}

// Close ends the session.
func (c *conn) Close() error {
	c.m.endRaw()
	for _, e := range slices.Clone(c.m.changing) {
		e.panicked() // rows that nobody closed
	}
	return c.m.s.Close()
}
