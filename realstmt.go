package sqldedupe

import (
	"context"
	"database/sql/driver"
)

// Prepared statements belong to real connections; virtual statements and
// flights rent one of their text for as long as they have the connection. So a
// connection keeps no more statements than texts are in use, whoever comes by,
// and two users never share a driver.Stmt that might be busy.

// realStmt is a prepared statement of a real connection.
type realStmt struct {
	driver.Stmt
	generation uint64 // of everything, when it was prepared
	failed     bool   // it has given an error
}

// rent returns a statement of st on rc, prepared from text unless one of this
// generation is idle: after DDL the plan of an older one may not fit any more,
// and the server refuses it.
func (rc *realConn) rent(ctx context.Context, st *statement, text string, generation uint64) (*realStmt, error) {
	for len(rc.idle[st]) > 0 {
		last := len(rc.idle[st]) - 1
		rs := rc.idle[st][last]
		rc.idle[st] = rc.idle[st][:last]
		if rs.generation == generation {
			return rs, nil
		}
		rs.Close()
	}
	ds, err := prepareContext(ctx, rc.Conn, text)
	if err != nil {
		return nil, err
	}
	return &realStmt{Stmt: ds, generation: generation}, nil
}

// unrent keeps a statement for the next user of its text, or closes it when no
// virtual statement of that text is open, or when it has failed: whatever is
// wrong with it, a new one may not have it.
func (rc *realConn) unrent(st *statement, rs *realStmt) error {
	if !rc.bad && (rs.failed || !st.open()) {
		return rs.Close()
	}
	if rc.idle == nil {
		rc.idle = make(map[*statement][]*realStmt)
	}
	rc.idle[st] = append(rc.idle[st], rs)
	return nil
}

// sweep closes the idle statements of texts that nobody has open any more.
func (rc *realConn) sweep() {
	if rc.bad {
		return // they end with the connection
	}
	for st, idle := range rc.idle {
		if st.open() {
			continue
		}
		for _, rs := range idle {
			rs.Close()
		}
		delete(rc.idle, st)
	}
}

// The functions below give a real connection or statement the interfaces that
// it lacks, exactly as database/sql would make up for them.

func prepareContext(ctx context.Context, dc driver.Conn, text string) (driver.Stmt, error) {
	if p, ok := dc.(driver.ConnPrepareContext); ok {
		return p.PrepareContext(ctx, text)
	}
	st, err := dc.Prepare(text)
	if err == nil && ctx.Err() != nil {
		st.Close()
		return nil, ctx.Err()
	}
	return st, err
}

func execContext(ctx context.Context, dc driver.Conn, text string, args []driver.NamedValue) (driver.Result, error) {
	if e, ok := dc.(driver.ExecerContext); ok {
		return e.ExecContext(ctx, text, args)
	}
	//lint:ignore SA1019 drivers that have only this one exist
	e, ok := dc.(driver.Execer)
	if !ok {
		return nil, driver.ErrSkip
	}
	values, err := unnamed(ctx, args)
	if err != nil {
		return nil, err
	}
	return e.Exec(text, values)
}

func queryContext(ctx context.Context, dc driver.Conn, text string, args []driver.NamedValue) (driver.Rows, error) {
	if q, ok := dc.(driver.QueryerContext); ok {
		return q.QueryContext(ctx, text, args)
	}
	//lint:ignore SA1019 drivers that have only this one exist
	q, ok := dc.(driver.Queryer)
	if !ok {
		return nil, driver.ErrSkip
	}
	values, err := unnamed(ctx, args)
	if err != nil {
		return nil, err
	}
	return q.Query(text, values)
}

func stmtExecContext(ctx context.Context, st driver.Stmt, args []driver.NamedValue) (driver.Result, error) {
	if e, ok := st.(driver.StmtExecContext); ok {
		return e.ExecContext(ctx, args)
	}
	values, err := unnamed(ctx, args)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 what there is
	return st.Exec(values)
}

func stmtQueryContext(ctx context.Context, st driver.Stmt, args []driver.NamedValue) (driver.Rows, error) {
	if q, ok := st.(driver.StmtQueryContext); ok {
		return q.QueryContext(ctx, args)
	}
	values, err := unnamed(ctx, args)
	if err != nil {
		return nil, err
	}
	//lint:ignore SA1019 what there is
	return st.Query(values)
}

// unnamed converts args for a driver without contexts and named arguments,
// with database/sql's own error text.
func unnamed(ctx context.Context, args []driver.NamedValue) ([]driver.Value, error) {
	values := make([]driver.Value, len(args))
	for i, a := range args {
		if a.Name != "" {
			return nil, errNamed
		}
		values[i] = a.Value
	}
	return values, ctx.Err()
}
