package sqldedupe

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"

	"github.com/sqldedupe/sqldedupe/internal/dsn"
)

// A statement's way through this package, one file a step. connector.go opens a
// session (session.go, stmt.go, tx.go) over the inner pool (pool.go,
// realconn.go), with sqlmw around it and conn.go above; intercept.go sees each
// statement and asks statement.go what it is. middleware.go answers reads, with
// key.go, fill.go, running.go, rows.go and refresh.go. write.go, changing.go,
// txtext.go and hold.go keep the promise about writes.

// Register makes a wrapped form of real available to sql.Open under name. DSNs
// are real's own, with parameters of this package added; cfg holds what they do
// not say. It panics if the name is taken, as sql.Register does.
func Register(name string, real driver.Driver, cfg Config) {
	sql.Register(name, &wrappedDriver{real: real, cfg: cfg})
}

// wrappedDriver is what Register registers.
type wrappedDriver struct {
	real driver.Driver
	cfg  Config
}

var _ driver.DriverContext = (*wrappedDriver)(nil)

// OpenConnector reads a DSN. Every problem of our parameters is reported at
// once; a problem of the rest is the driver's to report.
func (d *wrappedDriver) OpenConnector(name string) (driver.Connector, error) {
	split := d.cfg.Adapter.SplitDSN
	if split == nil {
		split = dsn.Any
	}
	rest, params, splitErr := split(name)
	cfg, err := d.cfg.withParams(params)
	if err := errors.Join(splitErr, err); err != nil {
		return nil, err
	}
	real, err := realConnector(d.real, rest)
	if err != nil {
		return nil, err
	}
	var id Identity
	if cfg.Adapter.Identity != nil {
		id = cfg.Adapter.Identity(rest)
	}
	return newConnector(real, cfg, id)
}

// Open is for callers that know nothing of connectors. Each connection gets a
// pool and a cache share of its own, so sql.Open does not come here.
func (d *wrappedDriver) Open(name string) (driver.Conn, error) {
	c, err := d.OpenConnector(name)
	if err != nil {
		return nil, err
	}
	conn, err := c.Connect(context.Background())
	if closer, ok := c.(*connector); ok {
		if err != nil {
			closer.Close()
			return nil, err
		}
		return ownedConn{conn, closer}, nil
	}
	return conn, err
}

// ownedConn closes the connector that was made for it alone.
type ownedConn struct {
	driver.Conn
	owner *connector
}

func (o ownedConn) Close() error { return errors.Join(o.Conn.Close(), o.owner.Close()) }

// realConnector opens the real driver as sql.Open would.
func realConnector(d driver.Driver, name string) (driver.Connector, error) {
	if dc, ok := d.(driver.DriverContext); ok {
		return dc.OpenConnector(name)
	}
	return dsnConnector{name, d}, nil
}

// dsnConnector is the connector of a driver that has none.
type dsnConnector struct {
	name   string
	driver driver.Driver
}

func (c dsnConnector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.name) }
func (c dsnConnector) Driver() driver.Driver                        { return c.driver }
