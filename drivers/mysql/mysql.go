// Package mysql registers mysql-dedupe, the wrapped form of
// github.com/go-sql-driver/mysql, for MySQL and MariaDB.
//
//	db, err := sql.Open("mysql-dedupe", "app:secret@tcp(db)/shop?dedupe_ttl=30s")
//
// DSNs are the driver's own, with parameters of sqldedupe added.
package mysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/drivers/internal/ask"
	"github.com/sqldedupe/sqldedupe/internal/analyze"
	"github.com/sqldedupe/sqldedupe/internal/dsn"
)

func init() {
	sqldedupe.Register("mysql-dedupe", &mysql.MySQLDriver{}, Config())
}

// Config returns what this package knows of the MySQL driver: for
// sqldedupe.NewConnector over a connector made by mysql.NewConnector.
func Config() sqldedupe.Config {
	return sqldedupe.Config{
		Dialect: "mysql",
		Adapter: sqldedupe.Adapter{
			SplitDSN:         dsn.Query,
			Identity:         identity,
			Inspect:          inspect,
			Gone:             gone,
			Answered:         answered,
			Rejected:         rejected,
			Catalog:          catalog,
			StatelessChecker: true, // one converter without state serves all
			PreparesSkipped:  true, // arguments without interpolateParams
			EarlyEffects:     true, // MyISAM, Aria, MEMORY
		},
	}
}

// identity names what a DSN leads to. Writes may name any database of a
// server, so the server is what databases share.
func identity(name string) sqldedupe.Identity {
	cfg, err := mysql.ParseDSN(name)
	if err != nil {
		return sqldedupe.Identity{}
	}
	cfg.Passwd = ""
	return sqldedupe.Identity{
		Cache:     fmt.Sprintf("mysql %s(%s)", cfg.Net, cfg.Addr),
		Namespace: "mysql " + cfg.FormatDSN(),
	}
}

// inspectQuery brings in one round trip what statements are understood by.
const inspectQuery = `SHOW SESSION VARIABLES WHERE Variable_name IN
('pseudo_thread_id','version','sql_mode','tx_isolation','transaction_isolation','autocommit')`

func inspect(ctx context.Context, dc driver.Conn) (sqldedupe.Server, error) {
	vars := make(map[string]string)
	err := ask.Each(ctx, dc, inspectQuery, func(row []string) { vars[strings.ToLower(row[0])] = row[1] })
	if err != nil {
		return sqldedupe.Server{}, err
	}
	session, err := sessionID(ctx, dc, vars["pseudo_thread_id"])
	if err != nil {
		return sqldedupe.Server{}, err
	}
	s := sqldedupe.Server{Session: session, Dialect: "mysql", Modes: analyze.ParseSQLMode(vars["sql_mode"]).String()}
	if strings.Contains(strings.ToLower(vars["version"]), "mariadb") {
		s.Dialect = "mariadb"
	}
	if vars["tx_isolation"]+vars["transaction_isolation"] == "READ-UNCOMMITTED" {
		s.Uncacheable = "isolation level read uncommitted"
	}
	s.Pinned = vars["autocommit"] != "ON"
	return s, nil
}

// lost are the server's errors that say that the session ends, not how the
// statement ended: shutdown, killed, and the trouble of the network.
var lost = map[uint16]bool{
	1053: true, 1077: true, 1078: true, 1079: true, 1152: true, 1158: true, 1159: true,
	1160: true, 1161: true, 1184: true, 1927: true, 3169: true,
}

// answered reports whether the server has told the fate of a statement.
func answered(err error) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && !lost[e.Number]
}

// rejected knows ER_PARSE_ERROR.
func rejected(err error) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && e.Number == 1064
}

// sessionID names a session by its thread and the client's end of its
// connection: a server that has restarted gives the same threads again.
func sessionID(ctx context.Context, dc driver.Conn, thread string) (id string, err error) {
	err = ask.Each(ctx, dc, "SELECT HOST FROM information_schema.PROCESSLIST WHERE ID = CONNECTION_ID()",
		func(row []string) { id = thread + " " + row[0] })
	return id, err
}

// gone asks for the thread of a session. A user sees its own threads, so this
// needs no privilege.
func gone(ctx context.Context, dc driver.Conn, session string) (bool, error) {
	thread, host, _ := strings.Cut(session, " ")
	id, err := strconv.ParseUint(thread, 10, 64)
	if err != nil {
		return false, err
	}
	found := false
	err = ask.Each(ctx, dc, "SELECT HOST FROM information_schema.PROCESSLIST WHERE ID = "+strconv.FormatUint(id, 10),
		func(row []string) { found = row[0] == host })
	return err == nil && !found, err
}
