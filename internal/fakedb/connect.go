package fakedb

import (
	"context"
	"database/sql/driver"
	"slices"
)

// Connector returns a connector of s. It implements io.Closer.
func (s *Server) Connector() driver.Connector { return connector{s} }

// Driver returns the driver of s, which has no OpenConnector. It takes any DSN.
func (s *Server) Driver() driver.Driver { return Driver{s} }

// A Driver opens connections of one server.
type Driver struct{ Server *Server }

// Open is part of driver.Driver.
func (d Driver) Open(string) (driver.Conn, error) { return d.Server.connect(context.Background()) }

type connector struct{ s *Server }

func (c connector) Connect(ctx context.Context) (driver.Conn, error) { return c.s.connect(ctx) }
func (c connector) Driver() driver.Driver                            { return Driver{c.s} }
func (c connector) Close() error                                     { return c.s.call(nil, Call{Op: Close}) }

func (s *Server) connect(ctx context.Context) (driver.Conn, error) {
	if err := s.call(nil, Call{Op: Connect, Ctx: ctx}); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	c := &conn{s: s, id: s.made}
	s.conns = append(s.conns, c)
	return c.of(s.Kind), nil
}

// conn is what every kind of connection can do.
type conn struct {
	s      *Server
	id     int
	broken bool // guarded by s.mu
	rows   int  // open; guarded by s.mu
}

func (c *conn) Close() error {
	err := c.s.call(c, Call{Op: ConnClose})
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.conns = slices.DeleteFunc(c.s.conns, func(o *conn) bool { return o == c })
	c.s.rows -= c.rows
	c.rows = 0
	return err
}

func (c *conn) Prepare(text string) (driver.Stmt, error) {
	return c.prepare(context.Background(), text)
}

func (c *conn) prepare(ctx context.Context, text string) (driver.Stmt, error) {
	if err := c.s.call(c, Call{Op: Prepare, Text: text, Ctx: ctx}); err != nil {
		return nil, err
	}
	c.s.add(&c.s.stmts, 1)
	return (&stmt{c: c, text: text}).of(c.s.Kind), nil
}

func (c *conn) Begin() (driver.Tx, error) { return c.begin(context.Background()) }

func (c *conn) begin(ctx context.Context) (driver.Tx, error) {
	if err := c.s.call(c, Call{Op: Begin, Ctx: ctx}); err != nil {
		return nil, err
	}
	return tx{c}, nil
}

type tx struct{ c *conn }

func (t tx) Commit() error   { return t.c.s.call(t.c, Call{Op: Commit}) }
func (t tx) Rollback() error { return t.c.s.call(t.c, Call{Op: Rollback}) }

func (c *conn) exec(call Call) (driver.Result, error) {
	call.Op = Exec
	if !call.Prepared && c.s.Skips && len(call.Args) > 0 {
		return nil, driver.ErrSkip
	}
	if err := c.s.call(c, call); err != nil {
		return nil, err
	}
	r := c.s.answer(call.Text)
	return Done{r.LastID, r.Affected}, nil
}

func (c *conn) openRows(by int) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.rows+by >= 0 { // else the connection was closed before its rows
		c.rows += by
		c.s.rows += by
	}
}

// Done is the result of an exec: a type of the driver's own.
type Done struct{ ID, N int64 }

// LastInsertId is part of driver.Result.
func (d Done) LastInsertId() (int64, error) { return d.ID, nil }

// RowsAffected is part of driver.Result.
func (d Done) RowsAffected() (int64, error) { return d.N, nil }

func (c *conn) query(call Call) (driver.Rows, error) {
	call.Op = Query
	if !call.Prepared && c.s.Skips && len(call.Args) > 0 {
		return nil, driver.ErrSkip
	}
	if err := c.s.call(c, call); err != nil {
		return nil, err
	}
	c.openRows(1)
	return newRows(c, call, c.s.answer(call.Text)), nil
}
