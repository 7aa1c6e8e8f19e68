package sqldedupe

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// Raw calls f with the driver's own connection behind conn, as conn.Raw does
// on the plain driver: f may assert it to *stdlib.Conn, for instance. What f
// does there cannot be seen, so everything kept is invalid while f runs and
// afterwards, and the session keeps its connection for good.
func Raw(conn *sql.Conn, f func(driverConn any) error) error {
	return conn.Raw(func(dc any) error {
		for {
			r, ok := dc.(interface{ Raw() driver.Conn })
			if !ok {
				return f(dc)
			}
			raw := r.Raw()
			if raw == nil {
				return errors.New("sqldedupe: Raw: no real connection can be had")
			}
			if c, ours := dc.(interface{ endRaw() }); ours {
				defer c.endRaw()
			}
			dc = raw
		}
	})
}

// Raw returns the driver's own connection, or nil if none can be had, to a
// caller of sql.Conn.Raw. It may be used until that conn is closed. Everything
// kept is invalid until then.
func (c *conn) Raw() driver.Conn {
	rc, err := c.m.s.attach(context.Background())
	if err != nil {
		return nil
	}
	c.m.s.pinned = true
	if c.m.raw == nil {
		c.m.raw = &effect{m: c.m, slots: everything, schema: schemaMaybe}
		c.m.raw.open()
	}
	return rc.Conn
}

func (c *conn) endRaw() { c.m.endRaw() }

// endRaw settles whatever happened on the driver's own connection.
func (m *middleware) endRaw() {
	if m.raw == nil {
		return
	}
	e := m.raw
	m.raw = nil
	// A transaction may be open whose commit makes visible what was done there.
	m.set.add(everything, schemaMaybe)
	e.end(nil)
}
