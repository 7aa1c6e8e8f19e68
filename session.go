package sqldedupe

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"
)

// session is a virtual connection: what database/sql takes for a connection.
// It attaches a real one on the first thing that needs it, and gives it back
// when the outer pool takes the session back and nothing ties them together.
// database/sql calls its methods one at a time.
//
// It is a complete driver connection: where the real one lacks an optional
// interface, it does what database/sql would have done without it.
type session struct {
	c    *connector
	rc   *realConn // attached, or nil
	born time.Time

	tx     bool // inside a driver transaction
	textTx bool // inside a transaction opened by statement text, as far as we know
	pinned bool // session state may have changed: tied to rc for good
	broken bool // must not be used again
	closed bool
	used   bool // a statement has run on rc since it was attached

	renting []*stmt // virtual statements that have a real one on rc
}

var (
	errNamed     = errors.New("sql: driver does not support the use of Named Parameters")
	errIsolation = errors.New("sql: driver does not support non-default isolation level")
	errReadOnly  = errors.New("sql: driver does not support read-only transactions")
)

// attach makes sure that a real connection is there.
func (s *session) attach(ctx context.Context) (*realConn, error) {
	if s.broken {
		return nil, driver.ErrBadConn
	}
	if s.rc != nil {
		return s.rc, nil
	}
	rc, err := s.c.pool.take(ctx)
	if err != nil {
		return nil, err
	}
	s.rc = rc
	s.pinned = s.pinned || rc.server.Pinned
	return rc, nil
}

// detach gives the real connection back, or ends it when it is of no more use.
func (s *session) detach(drop bool) {
	rc := s.rc
	if rc == nil {
		return
	}
	for _, st := range s.renting {
		rc.unrent(st.statement, st.real)
		st.real = nil
	}
	s.renting = nil
	s.rc, s.used = nil, false
	if drop {
		rc.drop()
	} else {
		rc.give()
	}
}

// use attaches a real connection for a statement, which may leave something
// there that the next one looks at (LAST_INSERT_ID): the session keeps it until
// the outer pool takes it back.
func (s *session) use(ctx context.Context) (*realConn, error) {
	rc, err := s.attach(ctx)
	s.used = s.used || err == nil
	return rc, err
}

// yield gives the real connection back before the session waits for another
// one: with a cap on connections, a session that waits for one while it holds
// one may wait for itself. It reports false if the session must keep it.
func (s *session) yield() bool {
	if s.rc != nil && !s.used {
		s.detach(false)
	}
	return s.rc == nil || s.c.cfg.MaxConns == 0
}

// tied reports whether the session must keep its real connection when the
// outer pool takes it back. Open rows tie too, but database/sql does not take
// a connection back before they are closed.
func (s *session) tied() bool { return s.tx || s.textTx || s.pinned }

// note passes err on and remembers what it says about connections.
func (s *session) note(err error) error {
	if err != nil && errors.Is(err, driver.ErrBadConn) {
		s.c.pool.suspect()
	}
	return err
}

// ResetSession is called when the outer pool hands the session out again.
func (s *session) ResetSession(ctx context.Context) error {
	if s.rc == nil {
		return nil
	}
	return resetSession(ctx, s.rc.Conn)
}

// IsValid is called when the outer pool takes the session back.
func (s *session) IsValid() bool {
	switch {
	case s.broken:
		return false
	case s.rc == nil:
		return true
	case s.tied():
		return isValid(s.rc.Conn)
	}
	s.detach(false)
	return true
}

// Close ends the session, and its real connection if one is attached: a
// session is closed in that state when it broke or when its state must not
// reach anybody else.
func (s *session) Close() error {
	if s.closed {
		return nil
	}
	s.closed, s.broken = true, true
	s.detach(true)
	return s.c.sessionClosed(s.born)
}

// unless ends the session if the driver has panicked, or ended the goroutine:
// database/sql forgets a connection on which that happens.
func (s *session) unless(returned *bool) {
	if !*returned {
		s.Close()
	}
}

// Ping reaches the server, as on the plain driver.
func (s *session) Ping(ctx context.Context) error {
	rc, err := s.attach(ctx)
	if err != nil {
		return err
	}
	if p, ok := rc.Conn.(driver.Pinger); ok {
		return s.note(p.Ping(ctx))
	}
	return nil
}

// ExecContext runs a statement on the session's own connection.
func (s *session) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	rc, err := s.use(ctx)
	if err != nil {
		return nil, err
	}
	res, err := execContext(ctx, rc.Conn, text, args)
	return res, s.note(err)
}

// QueryContext runs a query on the session's own connection.
func (s *session) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	rc, err := s.use(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := queryContext(ctx, rc.Conn, text, args)
	return rows, s.note(err)
}

// BeginTx begins a transaction on the session's own connection.
func (s *session) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	rc, err := s.use(ctx)
	if err != nil {
		return nil, err
	}
	real, err := beginTx(ctx, rc.Conn, opts)
	if err != nil {
		return nil, s.note(err)
	}
	s.tx = true
	return &tx{session: s, real: real, ctx: ctx}, nil
}

// Begin, Prepare, Exec and Query of drivers before contexts are reached by
// nobody but a caller of Raw; they are the same operations.

func (s *session) Begin() (driver.Tx, error) {
	return s.BeginTx(context.Background(), driver.TxOptions{})
}

func (s *session) Prepare(text string) (driver.Stmt, error) {
	return s.PrepareContext(context.Background(), text)
}

func (s *session) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	st, err := s.prepare(ctx, text)
	if err != nil {
		return nil, err // a nil *stmt must not become a driver.Stmt
	}
	return st, nil
}

func beginTx(ctx context.Context, dc driver.Conn, opts driver.TxOptions) (driver.Tx, error) {
	if b, ok := dc.(driver.ConnBeginTx); ok {
		return b.BeginTx(ctx, opts)
	}
	switch {
	case opts.Isolation != 0:
		return nil, errIsolation
	case opts.ReadOnly:
		return nil, errReadOnly
	}
	//lint:ignore SA1019 what there is
	tx, err := dc.Begin()
	if err == nil && ctx.Err() != nil {
		tx.Rollback()
		return nil, ctx.Err()
	}
	return tx, err
}
