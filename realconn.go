package sqldedupe

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"
)

// realConn is a real connection and what is known about it. It is used by one
// session or flight at a time.
type realConn struct {
	driver.Conn // the driver's own
	pool        *pool
	holder      *sql.Conn // while taken
	born        time.Time
	suspects    int64 // pool.suspects when it was opened
	server      Server
	bad         bool // must not be used again
	idle        map[*statement][]*realStmt
}

// ResetSession is called by the inner pool when it hands out a used connection.
func (rc *realConn) ResetSession(ctx context.Context) error {
	if ctx.Value(trimKey{}) != nil {
		if rc.pool.surplus() < 0 { // rc itself is not idle any more
			return nil
		}
		return driver.ErrBadConn
	}
	if rc.suspects < rc.pool.suspects.Load() || rc.pool.retires(rc.born) {
		return driver.ErrBadConn
	}
	return resetSession(ctx, rc.Conn)
}

// IsValid is called by the inner pool when it gets a connection back.
func (rc *realConn) IsValid() bool { return !rc.bad && isValid(rc.Conn) }

// Close ends the connection, its statements first, as database/sql does.
func (rc *realConn) Close() error {
	for _, idle := range rc.idle {
		for _, ds := range idle {
			ds.Close()
		}
	}
	rc.idle = nil
	return rc.Conn.Close()
}

// give returns rc to the pool, which closes it if it is bad.
func (rc *realConn) give() error {
	if rc.holder == nil {
		return rc.Close() // it belongs to no pool
	}
	rc.sweep()
	holder, p := rc.holder, rc.pool
	rc.holder = nil
	err := holder.Close()
	p.trim()
	return err
}

// drop returns rc to the pool as unusable.
func (rc *realConn) drop() error {
	rc.bad = true
	return rc.give()
}

func resetSession(ctx context.Context, dc driver.Conn) error {
	if r, ok := dc.(driver.SessionResetter); ok {
		return r.ResetSession(ctx)
	}
	return nil
}

func isValid(dc driver.Conn) bool {
	v, ok := dc.(driver.Validator)
	return !ok || v.IsValid()
}
