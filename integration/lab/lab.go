// Package lab gives a test a database of its own on a real server, a proxy before it, and both drivers for it: the plain
// one and the wrapped one. Databases are opened by sql.Open with a DSN, as a program does it.
package lab

import (
	"database/sql"
	"net/url"
	"strconv"
	"strings"
	"testing"

	_ "github.com/sqldedupe/sqldedupe/drivers/mysql" // mysql-dedupe, and the plain mysql
	_ "github.com/sqldedupe/sqldedupe/drivers/pgx"   // pgx-dedupe, and the plain pgx
	"github.com/sqldedupe/sqldedupe/integration/servers"
)

// An Engine is a kind of server and its two drivers.
type Engine struct {
	Name           string
	Plain, Wrapped string // names for sql.Open
	numbered       bool   // placeholders are $1, $2, …
	shared         func(testing.TB) *servers.Server
	private        func(testing.TB, ...servers.Option) *servers.Server
}

var (
	Postgres = &Engine{"PostgreSQL", "pgx", "pgx-dedupe", true, servers.SharedPostgres, servers.Postgres}
	MariaDB  = &Engine{"MariaDB", "mysql", "mysql-dedupe", false, servers.SharedMariaDB, servers.MariaDB}
)

// Each runs test on every engine.
func Each(t *testing.T, test func(*testing.T, *Engine)) {
	for _, e := range []*Engine{Postgres, MariaDB} {
		t.Run(e.Name, func(t *testing.T) { test(t, e) })
	}
}

// Text puts the engine's placeholders in place of each ? in a query.
func (e *Engine) Text(query string) string {
	if !e.numbered {
		return query
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}

// A Place is one database with a proxy before its server.
type Place struct {
	*Engine
	Server *servers.Server
	Proxy  *servers.Proxy
	DSN    string // past the proxy
}

// Shared is a new database on the test binary's common server, which counts statements and whose state cannot be changed.
func (e *Engine) Shared(t testing.TB) *Place {
	t.Helper()
	return e.place(t, e.shared(t))
}

// Private is a new database on a server that belongs to t. It counts statements.
func (e *Engine) Private(t testing.TB, opts ...servers.Option) *Place {
	t.Helper()
	return e.place(t, e.private(t, append([]servers.Option{servers.LogStatements()}, opts...)...))
}

func (e *Engine) place(t testing.TB, s *servers.Server) *Place {
	t.Helper()
	return &Place{Engine: e, Server: s, Proxy: s.Proxy(t), DSN: s.Database(t)}
}

// With adds parameters, each a=b, to a DSN of the engine.
func With(dsn string, params ...string) string {
	for _, p := range params {
		name, value, _ := strings.Cut(p, "=")
		mark := "?"
		if strings.Contains(dsn, "?") {
			mark = "&"
		}
		dsn += mark + name + "=" + url.QueryEscape(value)
	}
	return dsn
}

// Side opens the database through the plain driver and past the proxy: what the cache does not see.
func (p *Place) Side(t testing.TB, params ...string) *sql.DB {
	t.Helper()
	return Open(t, p.Plain, With(p.DSN, params...))
}

// Open opens the database through the wrapped driver and the proxy.
func (p *Place) Open(t testing.TB, params ...string) *sql.DB {
	t.Helper()
	return Open(t, p.Wrapped, With(p.Proxy.Via(p.DSN), params...))
}

// Open opens a database that is closed with t.
func Open(t testing.TB, driver, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}
