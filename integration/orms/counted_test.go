package orms_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/drivers/sqlite"
)

// SQLite keeps no log of statements. The driver below counts them on their way to modernc.org/sqlite, by the same measure
// as the servers' logs: executions, not preparations.

var counted atomic.Int64

func init() {
	db, err := sql.Open("sqlite", "")
	if err != nil {
		panic(err)
	}
	defer db.Close()
	sql.Register("sqlite-counted", countingDriver{db.Driver()})
	sqldedupe.Register("sqlite-counted-dedupe", countingDriver{db.Driver()}, sqlite.Config())
}

func countedPlace(t *testing.T) place {
	p := sqlitePlace(t)
	p.sent = func() int { return int(counted.Load()) }
	return p
}

func count(query string) {
	if strings.Contains(query, marker) {
		counted.Add(1)
	}
}

type countingDriver struct{ driver.Driver }

func (d countingDriver) Open(name string) (driver.Conn, error) {
	c, err := d.Driver.Open(name)
	if err != nil {
		return nil, err
	}
	return countingConn{c.(sqliteConn)}, nil
}

// sqliteConn is what the connections of modernc.org/sqlite can do.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

type countingConn struct{ sqliteConn }

func (c countingConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	count(query)
	return c.sqliteConn.ExecContext(ctx, query, args)
}

func (c countingConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	count(query)
	return c.sqliteConn.QueryContext(ctx, query, args)
}

func (c countingConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	s, err := c.sqliteConn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return countingStmt{s.(sqliteStmt), query}, nil
}

type sqliteStmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

type countingStmt struct {
	sqliteStmt
	query string
}

func (s countingStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	count(s.query)
	return s.sqliteStmt.ExecContext(ctx, args)
}

func (s countingStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	count(s.query)
	return s.sqliteStmt.QueryContext(ctx, args)
}
