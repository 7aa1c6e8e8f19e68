// Package pgx registers pgx-dedupe, the wrapped form of
// github.com/jackc/pgx/v5/stdlib.
//
//	db, err := sql.Open("pgx-dedupe", "postgres://app@db/shop?dedupe_ttl=30s")
//
// DSNs are pgx's own, URL or keyword/value, with parameters of sqldedupe added.
package pgx

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/dsn"
)

func init() {
	sqldedupe.Register("pgx-dedupe", stdlib.GetDefaultDriver(), Config())
}

// Config returns what this package knows of pgx: for sqldedupe.NewConnector
// over a connector of pgx, or for Register with a pgx driver of one's own.
func Config() sqldedupe.Config {
	return sqldedupe.Config{
		Dialect: "postgres",
		Adapter: sqldedupe.Adapter{
			SplitDSN:         dsn.Postgres,
			Identity:         identity,
			Inspect:          inspect,
			Gone:             gone,
			Answered:         answered,
			Rejected:         rejected,
			InTransaction:    inTransaction,
			Catalog:          catalog,
			StatelessChecker: true, // Conn.CheckNamedValue accepts everything
		},
	}
}

// identity names what a DSN leads to, after environment, service and password
// files have filled it in. A DSN that does not parse (or names a registered
// configuration) has none.
func identity(name string) sqldedupe.Identity {
	cfg, err := pgx.ParseConfig(name)
	if err != nil {
		return sqldedupe.Identity{}
	}
	hosts := []string{hostPort(cfg.Host, cfg.Port)}
	for _, f := range cfg.Fallbacks {
		if hp := hostPort(f.Host, f.Port); !slices.Contains(hosts, hp) {
			hosts = append(hosts, hp)
		}
	}
	server := fmt.Sprintf("postgres %s %q", strings.Join(hosts, ","), cfg.Database)
	settings := make([]string, 0, len(cfg.RuntimeParams))
	for k, v := range cfg.RuntimeParams {
		settings = append(settings, fmt.Sprintf("%q=%q", k, v))
	}
	slices.Sort(settings)
	return sqldedupe.Identity{
		Cache:     server,
		Namespace: fmt.Sprintf("%s user=%q mode=%v %s", server, cfg.User, cfg.DefaultQueryExecMode, strings.Join(settings, " ")),
	}
}

func hostPort(host string, port uint16) string {
	return strconv.Quote(host) + ":" + strconv.Itoa(int(port))
}

// pgConn returns the protocol connection behind dc, or nil.
func pgConn(dc driver.Conn) *pgconn.PgConn {
	if c, ok := dc.(*stdlib.Conn); ok {
		return c.Conn().PgConn()
	}
	return nil
}

// inspect asks the connection, not the server: the server reports what is
// needed when a session begins.
func inspect(_ context.Context, dc driver.Conn) (sqldedupe.Server, error) {
	pc := pgConn(dc)
	if pc == nil {
		return sqldedupe.Server{}, nil
	}
	s := sqldedupe.Server{Session: sessionID(pc)}
	if pc.ParameterStatus("standard_conforming_strings") == "off" {
		s.Modes = "non_standard_strings"
	}
	return s, nil
}

// inTransaction reads the transaction status of the last ReadyForQuery.
func inTransaction(dc driver.Conn) (open, known bool) {
	pc := pgConn(dc)
	if pc == nil || pc.IsClosed() {
		return false, false
	}
	return pc.TxStatus() != 'I', true
}

// answered reports whether the server has told the fate of a statement. The
// codes excepted say that it could not: the transaction's outcome is unknown,
// the connection is ending.
func answered(err error) bool {
	if errors.Is(err, pgx.ErrTxCommitRollback) || errors.Is(err, pgx.ErrTxClosed) {
		return true
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) || e.Severity != "ERROR" && e.SeverityUnlocalized != "ERROR" {
		return false
	}
	return e.Code != "40003" && !strings.HasPrefix(e.Code, "08") && !strings.HasPrefix(e.Code, "57P")
}

// sessionID names a session by its server process and where that runs: of
// several hosts in a DSN another one may answer later.
func sessionID(pc *pgconn.PgConn) string {
	return strconv.FormatUint(uint64(pc.PID()), 10) + " " + address(pc)
}

func address(pc *pgconn.PgConn) string { return pc.Conn().RemoteAddr().String() }

// rejected knows syntax errors. One may come from inside a function as well:
// then the whole statement is undone, settings included.
func rejected(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == "42601"
}

// gone asks for the server process of a session.
func gone(ctx context.Context, dc driver.Conn, session string) (bool, error) {
	c, ok := dc.(*stdlib.Conn)
	if !ok {
		return false, errors.New("sqldedupe: not a connection of pgx")
	}
	pid, host, _ := strings.Cut(session, " ")
	if host != address(c.Conn().PgConn()) {
		return false, errors.New("sqldedupe: the session was on another server")
	}
	var n int
	err := c.Conn().QueryRow(ctx, "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE pid::text = $1",
		pgx.QueryExecModeSimpleProtocol, pid).Scan(&n)
	return err == nil && n == 0, err
}
