package sqldedupe

import (
	"context"
	"database/sql/driver"
)

// topStmt is to sqlmw's statement what conn is to its connection: it shows the
// optional interfaces that the driver's statement has, and the driver's own
// rows and results.
type topStmt struct {
	driver.Stmt // sqlmw's
	m           *middleware
	own         *stmt // below sqlmw
}

var (
	_ driver.StmtExecContext  = (*topStmt)(nil)
	_ driver.StmtQueryContext = (*topStmt)(nil)
)

func newTopStmt(wrapped driver.Stmt, m *middleware) driver.Stmt {
	t := &topStmt{Stmt: wrapped, m: m, own: m.stmt}
	m.stmt = nil
	switch s := t.own.shape; {
	case s.checks && s.convert:
		return struct {
			*topStmt
			stmtChecker
			stmtConverter
		}{t, stmtChecker{t.own}, stmtConverter{t.own}}
	case s.checks:
		return struct {
			*topStmt
			stmtChecker
		}{t, stmtChecker{t.own}}
	case s.convert:
		return struct {
			*topStmt
			stmtConverter
		}{t, stmtConverter{t.own}}
	}
	return t
}

func (t *topStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	_, err := t.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	return t.m.takeResult(), err
}

func (t *topStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	_, err := t.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	return t.m.takeRows(), err
}

func (t *topStmt) Exec(args []driver.Value) (driver.Result, error) {
	return t.ExecContext(context.Background(), named(args))
}

func (t *topStmt) Query(args []driver.Value) (driver.Rows, error) {
	return t.QueryContext(context.Background(), named(args))
}

type stmtChecker struct{ own *stmt }

func (k stmtChecker) CheckNamedValue(nv *driver.NamedValue) error {
	if k.own.session.c.cfg.Adapter.StatelessChecker {
		return k.own.shape.checker.CheckNamedValue(nv)
	}
	real, err := k.own.acquire(context.Background())
	if err != nil {
		return err
	}
	return real.Stmt.(driver.NamedValueChecker).CheckNamedValue(nv)
}

type stmtConverter struct{ own *stmt }

func (v stmtConverter) ColumnConverter(i int) driver.ValueConverter {
	real, err := v.own.acquire(context.Background())
	if err != nil {
		return failedConverter{err}
	}
	//lint:ignore SA1019 what there is
	return real.Stmt.(driver.ColumnConverter).ColumnConverter(i)
}

// failedConverter gives the error that ColumnConverter has no result for.
type failedConverter struct{ err error }

func (f failedConverter) ConvertValue(any) (driver.Value, error) { return nil, f.err }
