package fakedb

import (
	"context"
	"database/sql/driver"
)

// A Kind is the set of optional interfaces that a driver implements.
type Kind int

const (
	Modern       Kind = iota // contexts everywhere, SessionResetter and Validator
	Checking                 // Modern, with NamedValueChecker on connections
	StmtChecking             // Modern, with NamedValueChecker on statements
	Careless                 // Modern without SessionResetter and Validator
	Legacy                   // Execer and Queryer, and no context anywhere
	Bare                     // nothing but Prepare and Begin
	Converting               // Bare, with ColumnConverter on statements
)

func (c *conn) of(k Kind) driver.Conn {
	switch k {
	case Modern, StmtChecking:
		return struct {
			*conn
			contexts
			resets
		}{c, contexts{c}, resets{c}}
	case Checking:
		return struct {
			*conn
			contexts
			resets
			checks
		}{c, contexts{c}, resets{c}, checks{c}}
	case Careless:
		return struct {
			*conn
			contexts
		}{c, contexts{c}}
	case Legacy:
		return struct {
			*conn
			legacy
		}{c, legacy{c}}
	}
	return c
}

type contexts struct{ c *conn }

func (x contexts) PrepareContext(ctx context.Context, text string) (driver.Stmt, error) {
	return x.c.prepare(ctx, text)
}

func (x contexts) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	return x.c.begin(ctx)
}

func (x contexts) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	return x.c.exec(Call{Text: text, Args: args, Ctx: ctx})
}

func (x contexts) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	return x.c.query(Call{Text: text, Args: args, Ctx: ctx})
}

func (x contexts) Ping(ctx context.Context) error { return x.c.s.call(x.c, Call{Op: Ping, Ctx: ctx}) }

type resets struct{ c *conn }

func (x resets) ResetSession(ctx context.Context) error {
	return x.c.s.call(x.c, Call{Op: Reset, Ctx: ctx})
}

func (x resets) IsValid() bool { return x.c.s.call(x.c, Call{Op: Valid}) == nil }

// checks lets int through, which the default converter would make an int64.
type checks struct{ c *conn }

func (x checks) CheckNamedValue(nv *driver.NamedValue) error {
	if err := x.c.s.call(x.c, Call{Op: Check, Args: []driver.NamedValue{*nv}}); err != nil {
		return err
	}
	if _, ok := nv.Value.(int); ok {
		return nil
	}
	return driver.ErrSkip
}

type legacy struct{ c *conn }

func (x legacy) Exec(text string, args []driver.Value) (driver.Result, error) {
	return x.c.exec(Call{Text: text, Args: named(args)})
}

func (x legacy) Query(text string, args []driver.Value) (driver.Rows, error) {
	return x.c.query(Call{Text: text, Args: named(args)})
}

func named(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}
