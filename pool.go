package sqldedupe

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// pool is the inner pool: real connections, kept by database/sql itself over
// the real connector. Sessions and flights take connections from it.
type pool struct {
	db      *sql.DB
	real    driver.Connector
	inspect func(context.Context, *realConn) error // before the first use of a connection

	suspects atomic.Int64 // grows when all connections opened so far are not to be used again
	closed   atomic.Bool
	opened   atomic.Int64 // connections opened so far

	mu       sync.Mutex
	sessions int         // open virtual sessions
	keep     int         // idle connections that may stay
	retired  []time.Time // birth of sessions that were closed, each owed one connection as old
}

// idleFloor is how many idle real connections are kept whatever the outer pool
// does: database/sql's own default.
const idleFloor = 2

// retireAfter is the age under which the end of a session retires no real
// connection: nobody sets a lifetime that short, and sessions that come and go
// within a burst must not take the connections of flights with them.
const retireAfter = time.Second

func newPool(real driver.Connector, maxConns int, inspect func(context.Context, *realConn) error) *pool {
	p := &pool{real: real, inspect: inspect, keep: idleFloor}
	p.db = sql.OpenDB(p)
	p.db.SetMaxOpenConns(maxConns)
	// The idle connections are counted here (trim). SetMaxIdleConns must not be
	// called again: while it closes what it cut off, connections that come back
	// take their places in the same array, and it closes those.
	p.db.SetMaxIdleConns(math.MaxInt32)
	return p
}

// Connect opens a real connection; database/sql calls it.
func (p *pool) Connect(ctx context.Context) (driver.Conn, error) {
	if ctx.Value(trimKey{}) != nil {
		return nil, errTrimmed
	}
	dc, err := p.connect(ctx)
	if errors.Is(err, driver.ErrBadConn) {
		return nil, refusedError{err}
	}
	return dc, err
}

// refusedError hides an ErrBadConn of Connect from the inner pool: the outer
// one tries again, and both together would multiply.
type refusedError struct{ error }

func (p *pool) connect(ctx context.Context) (driver.Conn, error) {
	dc, err := p.real.Connect(ctx)
	if err != nil {
		return nil, err
	}
	rc := &realConn{Conn: dc, pool: p, born: time.Now(), suspects: p.suspects.Load()}
	if err := p.inspect(ctx, rc); err != nil {
		dc.Close()
		return nil, err
	}
	p.opened.Add(1)
	return rc, nil
}

// Driver is part of driver.Connector.
func (p *pool) Driver() driver.Driver { return p.real.Driver() }

// take returns a real connection for the caller alone, until give or drop.
func (p *pool) take(ctx context.Context) (*realConn, error) {
	if p.closed.Load() {
		return p.direct(ctx)
	}
	holder, err := p.db.Conn(ctx)
	if refused, ok := err.(refusedError); ok {
		return nil, refused.error
	}
	if err != nil {
		return nil, err
	}
	var rc *realConn
	// Raw lends the connection for the length of a call; ours lasts as long as
	// holder does, during which database/sql itself does not touch it.
	err = holder.Raw(func(dc any) error { rc = dc.(*realConn); return nil })
	if err != nil {
		holder.Close()
		return nil, err
	}
	rc.holder = holder
	// Statements may have been closed since it was given back. pgx runs a query
	// that is not prepared through a prepared one of its text, on another path.
	rc.sweep()
	return rc, nil
}

// sessionOpened and sessionClosed make the inner pool follow the outer one,
// whose settings a driver cannot see: as many idle connections are kept as
// sessions are open, and a session that the outer pool closes takes a real
// connection of its age with it, so lifetimes set there act on real
// connections too.
func (p *pool) sessionOpened() { p.resize(+1) }

func (p *pool) sessionClosed(born time.Time) {
	if time.Since(born) >= retireAfter {
		p.mu.Lock()
		p.retired = append(p.retired, born)
		p.mu.Unlock()
	}
	p.resize(-1)
}

func (p *pool) resize(by int) {
	p.mu.Lock()
	p.sessions += by
	p.keep = max(p.sessions, idleFloor)
	if p.sessions == 0 {
		p.keep = 0
		p.retired = nil
	}
	p.mu.Unlock()
	if by < 0 {
		p.trim()
	}
}

// surplus returns how many idle connections are too many.
func (p *pool) surplus() int {
	p.mu.Lock()
	keep := p.keep
	p.mu.Unlock()
	return p.db.Stats().Idle - keep
}

// trimKey marks a checkout that is made to end idle connections: those that it
// meets are ended (ResetSession), and none is opened for it (Connect).
type trimKey struct{}

var errTrimmed = errors.New("sqldedupe: no idle connection left")

// trimTimeout bounds the wait for a connection that was idle a moment ago and
// is not any more.
const trimTimeout = 10 * time.Millisecond

// trim ends the idle connections that are too many.
func (p *pool) trim() {
	for p.surplus() > 0 {
		ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), trimKey{}, true), trimTimeout)
		holder, err := p.db.Conn(ctx)
		cancel()
		if err == nil { // enough are gone
			holder.Close()
		}
	}
}

// retires reports whether a connection born then owes its end to a session
// that was closed. Each closed session ends one connection at the most.
func (p *pool) retires(born time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, t := range p.retired {
		if !born.After(t) {
			p.retired = append(p.retired[:i], p.retired[i+1:]...)
			return true
		}
	}
	// One claim for each session that lives is all that could matter later.
	if n := len(p.retired) - p.sessions; n > 0 {
		p.retired = p.retired[n:]
	}
	return false
}

// suspect makes every connection opened before now fail its next checkout: one
// that broke in use says that a server restart or a network change may have
// broken its idle neighbours too. database/sql tries only two of those before
// it opens a new one, and it would do so once per virtual session.
func (p *pool) suspect() { p.suspects.Add(1) }

func (p *pool) close() error {
	p.closed.Store(true)
	return p.db.Close()
}

// direct opens a connection for a session that has outlived the pool.
func (p *pool) direct(ctx context.Context) (*realConn, error) {
	dc, err := p.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return dc.(*realConn), nil
}
