package demo

import (
	"context"
	"database/sql/driver"
	"fmt"
	"sync/atomic"

	"github.com/sqldedupe/sqldedupe"
)

// A counter counts the queries of one text that reach the database. It sits
// between the real driver and whatever is compared, so that the plain driver
// and ours are counted by the same code, and ours not by its own statistics.
// A count taken at the server would be no truer and different for each server.
type counter struct {
	text    string
	queries atomic.Int64
}

// countedConnector makes connections that count.
type countedConnector struct {
	driver.Connector
	c *counter
}

func (cc countedConnector) Connect(ctx context.Context) (driver.Conn, error) {
	dc, err := cc.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	real, ok := dc.(realConn)
	if !ok {
		dc.Close()
		return nil, fmt.Errorf("a connection of type %T lacks what the counting needs", dc)
	}
	return &countedConn{real, cc.c}, nil
}

// realConn is what connections of all three drivers can do.
type realConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.QueryerContext
	driver.ExecerContext
	driver.Pinger
	driver.SessionResetter
}

// countedConn counts queries and is otherwise the driver's connection. It
// leaves out the checking of arguments: the demo has none.
type countedConn struct {
	realConn
	c *counter
}

func (cc *countedConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if text == cc.c.text && ctx.Err() == nil {
		cc.c.queries.Add(1)
	}
	return cc.realConn.QueryContext(ctx, text, args)
}

// PrepareContext refuses the report: without arguments it never comes this way,
// and if it did it would not be counted.
func (cc *countedConn) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	if text == cc.c.text {
		return nil, fmt.Errorf("the report was prepared, which is not counted")
	}
	return cc.realConn.PrepareContext(ctx, text)
}

// IsValid asks the driver where it has an opinion.
func (cc *countedConn) IsValid() bool {
	v, ok := cc.realConn.(driver.Validator)
	return !ok || v.IsValid()
}

// uncounted returns a with every function given the driver's own connection,
// which it may look into, in place of the counting one.
func uncounted(a sqldedupe.Adapter) sqldedupe.Adapter {
	inspect, gone, inTx, catalog := a.Inspect, a.Gone, a.InTransaction, a.Catalog
	if inspect != nil {
		a.Inspect = func(ctx context.Context, dc driver.Conn) (sqldedupe.Server, error) { return inspect(ctx, own(dc)) }
	}
	if gone != nil {
		a.Gone = func(ctx context.Context, dc driver.Conn, session string) (bool, error) {
			return gone(ctx, own(dc), session)
		}
	}
	if inTx != nil {
		a.InTransaction = func(dc driver.Conn) (open, known bool) { return inTx(own(dc)) }
	}
	if catalog != nil {
		a.Catalog = func(ctx context.Context, dc driver.Conn) (*sqldedupe.Catalog, error) { return catalog(ctx, own(dc)) }
	}
	return a
}

func own(dc driver.Conn) driver.Conn {
	if cc, ok := dc.(*countedConn); ok {
		return cc.realConn
	}
	return dc
}
