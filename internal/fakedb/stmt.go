package fakedb

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"
)

// stmt is what every kind of prepared statement can do.
type stmt struct {
	c    *conn
	text string
}

func (s *stmt) of(k Kind) driver.Stmt {
	switch k {
	case Modern, Checking, Careless:
		return struct {
			*stmt
			stmtContexts
		}{s, stmtContexts{s}}
	case StmtChecking:
		return struct {
			*stmt
			stmtContexts
			checks
		}{s, stmtContexts{s}, checks{s.c}}
	case Converting:
		return struct {
			*stmt
			converts
		}{s, converts{s}}
	}
	return s
}

func (s *stmt) Close() error {
	s.c.s.add(&s.c.s.stmts, -1)
	return s.c.s.call(s.c, Call{Op: StmtClose, Text: s.text})
}

// NumInput counts placeholders.
func (s *stmt) NumInput() int { return strings.Count(s.text, "$") + strings.Count(s.text, "?") }

func (s *stmt) Exec(args []driver.Value) (driver.Result, error) {
	return s.c.exec(Call{Text: s.text, Prepared: true, Args: named(args)})
}

func (s *stmt) Query(args []driver.Value) (driver.Rows, error) {
	return s.c.query(Call{Text: s.text, Prepared: true, Args: named(args)})
}

type stmtContexts struct{ s *stmt }

func (x stmtContexts) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return x.s.c.exec(Call{Text: x.s.text, Prepared: true, Args: args, Ctx: ctx})
}

func (x stmtContexts) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return x.s.c.query(Call{Text: x.s.text, Prepared: true, Args: args, Ctx: ctx})
}

// converts makes every argument a string that tells its position.
type converts struct{ s *stmt }

func (x converts) ColumnConverter(i int) driver.ValueConverter {
	return converter{x.s.c, i}
}

type converter struct {
	c *conn
	i int
}

func (v converter) ConvertValue(value any) (driver.Value, error) {
	err := v.c.s.call(v.c, Call{Op: Convert})
	return fmt.Sprintf("%d:%v", v.i, value), err
}
