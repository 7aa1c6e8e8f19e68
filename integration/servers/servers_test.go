package servers_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/sqldedupe/sqldedupe/integration/servers"
)

// A kind is what the tests here need to know of a database server.
type kind struct {
	name, driver string
	private      func(testing.TB, ...servers.Option) *servers.Server
	shared       func(testing.TB) *servers.Server
	placeholder  string
}

var databases = []kind{
	{"PostgreSQL", "pgx", servers.Postgres, servers.SharedPostgres, "$1"},
	{"MariaDB", "mysql", servers.MariaDB, servers.SharedMariaDB, "?"},
}

func eachDatabase(t *testing.T, test func(*testing.T, kind)) {
	for _, k := range databases {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			test(t, k)
		})
	}
}

func (k kind) open(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	db, err := sql.Open(k.driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, queries ...string) {
	t.Helper()
	for _, query := range queries {
		if _, err := db.ExecContext(t.Context(), query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
}

func count(t *testing.T, db *sql.DB, query string) (n int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// answers reports whether the server answers within limit on a new connection.
func answers(t *testing.T, k kind, dsn string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	db := k.open(t, dsn)
	defer db.Close()
	return db.PingContext(ctx)
}

func TestCommittedDataSurvivesEveryEnd(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, k kind) {
		s := k.private(t)
		addr, dsn := s.Addr(), s.Database(t)
		db := k.open(t, dsn)
		mustExec(t, db, "create table kept (n int)")
		for i, end := range []func(){s.Kill, s.Shutdown, func() {}} {
			mustExec(t, db, "insert into kept values (1)")
			end()
			if err := answers(t, k, dsn, time.Minute); i < 2 && err == nil {
				t.Fatalf("end %d: the server still answers", i)
			}
			start := time.Now()
			s.Restart()
			t.Logf("restart %d took %v", i, time.Since(start))
			again := k.open(t, dsn)
			if n := count(t, again, "select count(*) from kept"); n != i+1 {
				t.Fatalf("end %d: %d rows, want %d", i, n, i+1)
			}
			if s.Addr() != addr {
				t.Fatalf("address was %s, is %s", addr, s.Addr())
			}
			db = again
		}
	})
}

func TestFrozenServerIsSilentAndGoesOn(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, k kind) {
		s := k.private(t)
		dsn := s.DSN("")
		db := k.open(t, dsn)
		mustExec(t, db, "select 1")
		s.Freeze()
		if err := answers(t, k, dsn, 100*time.Millisecond); err == nil {
			t.Fatal("a frozen server answered")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := db.ExecContext(ctx, "select 1"); err == nil {
			t.Fatal("a frozen server answered on an open connection")
		}
		s.Thaw()
		if err := answers(t, k, dsn, time.Minute); err != nil {
			t.Fatal(err)
		}
		s.Freeze()
		s.Restart()
		if err := answers(t, k, dsn, time.Minute); err != nil {
			t.Fatal(err)
		}
		s.Freeze() // The end of the test copes with a frozen server.
	})
}

func TestWrongPasswordIsRefused(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, k kind) {
		s := k.shared(t)
		dsn := strings.Replace(s.DSN(""), s.Password(), "wrong", 1)
		err := answers(t, k, dsn, time.Minute)
		var pg *pgconn.PgError
		var my *mysql.MySQLError
		switch {
		case errors.As(err, &pg) && pg.Code == "28P01":
		case errors.As(err, &my) && my.Number == 1045:
		default:
			t.Fatalf("got %v", err)
		}
	})
}

func TestDatabasesAreApart(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, k kind) {
		s := k.shared(t)
		for range 2 {
			mustExec(t, k.open(t, s.Database(t)), "create table same_name (n int)")
		}
	})
}

func TestSettingsReachTheServer(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, k kind) {
		s := k.private(t, servers.Durable(), servers.Setting("max_connections", "123"))
		query := map[string]string{
			"PostgreSQL": "select current_setting('max_connections')::int",
			"MariaDB":    "select @@max_connections",
		}[k.name]
		if n := count(t, k.open(t, s.DSN("")), query); n != 123 {
			t.Fatalf("max_connections is %d", n)
		}
	})
}
