package orms_test

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/sqldedupe/sqldedupe/drivers/mysql"
	_ "github.com/sqldedupe/sqldedupe/drivers/pgx"
	_ "github.com/sqldedupe/sqldedupe/drivers/sqlite"
	"github.com/sqldedupe/sqldedupe/integration/servers"
)

// A database is a kind of database with the names of its drivers.
type database struct {
	name           string
	dialect        string   // postgres, mysql or sqlite
	plain, wrapped string   // driver names
	counted        bool     // places count statements
	modes          []string // parameters of the wrapped driver; with the first it caches
	fresh          func(t *testing.T) place
}

// A place is one empty database.
type place struct {
	dsn  string
	name string     // of the database, as it may occur in error texts
	sent func() int // statements on the shop's tables that the server has seen
}

// marker is in the name of every table of the shop.
const marker = "shop_"

var allModes = []string{"dedupe_ttl=1m", "dedupe_ttl=0", "dedupe=observe&dedupe_ttl=1m"}

var (
	postgresDatabases = []database{
		{"PostgreSQL", "postgres", "pgx", "pgx-dedupe", true, allModes, postgresPlace("")},
		{"PostgreSQL simple protocol", "postgres", "pgx", "pgx-dedupe", true, allModes[:1], postgresPlace("default_query_exec_mode=simple_protocol")},
	}
	mariadbDatabases = []database{
		{"MariaDB", "mysql", "mysql", "mysql-dedupe", true, allModes, mariadbPlace("parseTime=true")},
		{"MariaDB interpolated", "mysql", "mysql", "mysql-dedupe", true, allModes[:1], mariadbPlace("parseTime=true&interpolateParams=true")},
	}
	sqliteDatabases = []database{
		{"SQLite", "sqlite", "sqlite-counted", "sqlite-counted-dedupe", true, allModes, countedPlace},
		{"SQLite uncounted", "sqlite", "sqlite", "sqlite-dedupe", false, allModes[:1], sqlitePlace},
	}
)

func postgresPlace(params string) func(*testing.T) place {
	return func(t *testing.T) place {
		server := servers.SharedPostgres(t)
		dsn := server.Database(t)
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		return place{withParams(dsn, params), strings.TrimPrefix(u.Path, "/"), counter(server)}
	}
}

func mariadbPlace(params string) func(*testing.T) place {
	return func(t *testing.T) place {
		server := servers.SharedMariaDB(t)
		dsn := server.Database(t)
		return place{withParams(dsn, params), dsn[strings.LastIndexByte(dsn, '/')+1:], counter(server)}
	}
}

func counter(s *servers.Server) func() int { return func() int { return s.CountStatements(marker) } }

func sqlitePlace(t *testing.T) place {
	file := filepath.Join(t.TempDir(), "shop.db")
	dsn := "file:" + file + "?_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_pragma=journal_mode(wal)&_pragma=synchronous(off)"
	return place{dsn, file, func() int { return 0 }}
}

// withParams adds parameters to a DSN that ends in ?a=b or has none.
func withParams(dsn, params string) string {
	switch {
	case params == "":
		return dsn
	case strings.Contains(dsn, "?"):
		return dsn + "&" + params
	}
	return dsn + "?" + params
}
