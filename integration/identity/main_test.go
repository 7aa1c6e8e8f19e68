// Package identity shows that the cache is no way round a password, that a password never shows, and that the problems of a
// DSN are told all at once.
package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sqldedupe/sqldedupe"
	mysqldedupe "github.com/sqldedupe/sqldedupe/drivers/mysql"
	pgxdedupe "github.com/sqldedupe/sqldedupe/drivers/pgx"
	_ "github.com/sqldedupe/sqldedupe/drivers/sqlite"
	"github.com/sqldedupe/sqldedupe/integration/lab"
	"github.com/sqldedupe/sqldedupe/integration/servers"
)

func TestMain(m *testing.M) { os.Exit(servers.Main(m)) }

const read = "select v from t where id = 1"

func fixture(t *testing.T, e *lab.Engine) *lab.Place {
	t.Helper()
	p := e.Shared(t)
	side := p.Side(t)
	lab.Exec(t, side, "create table t (id int primary key, v bigint)")
	lab.Exec(t, side, "insert into t values (1, 7)")
	return p
}

// refused reports whether err is the server's refusal of a password, as the driver gives it.
func refused(e *lab.Engine, err error) bool {
	if e == lab.Postgres {
		var refusal *pgconn.PgError
		return errors.As(err, &refusal) && refusal.Code == "28P01"
	}
	var refusal *mysql.MySQLError
	return errors.As(err, &refusal) && refusal.Number == 1045
}

// hazard H35: what is in memory is for those only who have logged in.
func TestWrongPasswordGetsNothing(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		p := fixture(t, e)
		params := []string{"dedupe_ttl=1h", "dedupe_beta=0", "dedupe_cache=identity " + e.Name}
		warm := lab.Open(t, p.Wrapped, lab.With(p.DSN, params...))
		lab.WantInt(t, warm, 7, sqldedupe.Miss, read)
		lab.WantInt(t, warm, 7, sqldedupe.Hit, read)
		again := lab.Open(t, p.Wrapped, lab.With(p.DSN, params...))
		lab.WantInt(t, again, 7, sqldedupe.Hit, read) // it is the password that makes the difference
		for _, password := range []string{"wrong", "", p.Server.Password() + "x"} {
			dsn := strings.Replace(p.DSN, p.Server.Password(), password, 1)
			plain := lab.Open(t, p.Plain, dsn).Ping()
			thief := lab.Open(t, p.Wrapped, lab.With(dsn, params...))
			var wg sync.WaitGroup
			for range 20 {
				wg.Go(func() {
					for _, err := range uses(thief) {
						if err == nil || !refused(e, err) || err.Error() != plain.Error() {
							t.Errorf("with a wrong password: %v; the plain driver says %v", err, plain)
						}
					}
				})
			}
			wg.Wait()
			if s := sqldedupe.Of(thief).Stats(); s.Hits+s.Shared+s.Misses+s.Stale != 0 {
				t.Errorf("with a wrong password: %+v", s)
			}
		}
		lab.WantInt(t, warm, 7, sqldedupe.Hit, read)
	})
}

// uses tries what a program does with a database.
func uses(db *sql.DB) (errs []error) {
	var v int64
	errs = append(errs, db.QueryRow(read).Scan(&v), db.Ping())
	stmt, err := db.Prepare(read)
	if errs = append(errs, err); err == nil {
		stmt.Close()
	}
	tx, err := db.Begin()
	if errs = append(errs, err); err == nil {
		tx.Rollback()
	}
	_, err = db.Exec("update t set v = 0")
	return append(errs, err)
}

// hazard H33: whatever can change an answer keeps entries apart, whatever the cache is called.
func TestSettingsKeepEntriesApart(t *testing.T) {
	tests := map[*lab.Engine]struct {
		query   string
		setting map[string]string // and what the query gives with it
	}{
		lab.Postgres: {"select v::text || '|' || f::text || '|' || d::text from s", map[string]string{
			"timezone=UTC": "1|0.1|2024-03-01 00:00:00+00", "timezone=Asia/Tokyo": "1|0.1|2024-03-01 09:00:00+09", "extra_float_digits=-3&timezone=UTC": "1|0.1|2024-03-01 00:00:00+00",
			"search_path=other&timezone=UTC": "2|0.1|2024-03-01 00:00:00+00", "datestyle=German&timezone=UTC": "1|0.1|01.03.2024 00:00:00 UTC"}},
		lab.MariaDB: {"select concat(v, '|', d, '|', 1 || 0) from s", map[string]string{
			"time_zone='%2B00:00'": "1|2024-03-01 00:00:00|1", "time_zone='%2B09:00'": "1|2024-03-01 09:00:00|1",
			"time_zone='%2B00:00'&sql_mode='PIPES_AS_CONCAT'": "1|2024-03-01 00:00:00|10"}},
	}
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		p := e.Shared(t)
		side := p.Side(t, map[*lab.Engine][]string{lab.Postgres: {"timezone=UTC"}, lab.MariaDB: {"time_zone='+00:00'"}}[e]...)
		lab.Exec(t, side, map[*lab.Engine]string{lab.Postgres: "create table s (v int, f real, d timestamptz)", lab.MariaDB: "create table s (v int, d timestamp)"}[e])
		lab.Exec(t, side, map[*lab.Engine]string{lab.Postgres: "insert into s values (1, 0.1, '2024-03-01 00:00+00')", lab.MariaDB: "insert into s values (1, '2024-03-01 00:00')"}[e])
		if e == lab.Postgres {
			lab.Exec(t, side, "create schema other")
			lab.Exec(t, side, "create table other.s as select 2 as v, 0.1::real as f, d from s")
		}
		mark := "?"
		if strings.Contains(p.DSN, "?") {
			mark = "&"
		}
		for range 2 {
			for setting, want := range tests[e].setting {
				db := lab.Open(t, p.Wrapped, p.DSN+mark+setting+"&dedupe_ttl=1h&dedupe_cache=settings"+e.Name)
				for range 2 {
					var got string
					if err := db.QueryRow(tests[e].query).Scan(&got); err != nil || got != want {
						t.Errorf("%s: %q, %v, want %q", setting, got, err, want)
					}
				}
			}
		}
	})
}

// Every problem of a DSN is told at once, and the password is not.
func TestBadParameters(t *testing.T) {
	const canary = "canary-7f3a"
	bad := []string{"dedupe_ttl=soon", "dedupe_tables=t", "dedupe_beta=-1", "dedupe_stale=1", "dedupe_stale_if_error=-3s", "dedupe_jitter=2",
		"dedupe_consistency=loose", "dedupe_memory=lots", "dedupe_max_result=0", "dedupe_wait=0", "dedupe_max_conns=few", "dedupe_lease=9999h",
		"dedupe_feed=carrier", "dedupe_verify=2", "dedupe_nonsense=1", "dedupe=maybe"}
	var names []string
	for _, b := range bad {
		name, _, _ := strings.Cut(b, "=")
		names = append(names, name)
	}
	quoted := func(sep string) string { return strings.Join(bad, sep) }
	dotted := strings.ReplaceAll(quoted("&"), "dedupe_", "dedupe.")
	tests := map[string][2]string{
		"PostgreSQL URL":         {"pgx-dedupe", "postgres://u:" + canary + "@127.0.0.1:1/d?sslmode=disable&" + quoted("&")},
		"PostgreSQL dotted":      {"pgx-dedupe", "postgres://u:" + canary + "@127.0.0.1:1/d?" + dotted},
		"PostgreSQL key = value": {"pgx-dedupe", "host=127.0.0.1 port=1 user=u password='" + canary + "' dbname=d " + quoted(" ")},
		"MySQL":                  {"mysql-dedupe", "u:" + canary + "@tcp(127.0.0.1:1)/d?parseTime=true&" + quoted("&")},
		"SQLite":                 {"sqlite-dedupe", "file:x.db?_pragma=foreign_keys(1)&" + quoted("&")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			db, err := sql.Open(test[0], test[1])
			if err == nil {
				db.Close()
				t.Fatal("opened")
			}
			lines := strings.Split(err.Error(), "\n")
			for _, name := range names {
				if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "sqldedupe: "+name+": ") }) {
					t.Errorf("%s is missing in\n%v", name, err)
				}
			}
			if len(lines) != len(bad) {
				t.Errorf("%d problems are told in %d lines:\n%v", len(bad), len(lines), err)
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the password shows: %v", err)
			}
		})
	}
}

// hazard H34: the password is in nothing that can be read.
func TestPasswordNeverShows(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		p := fixture(t, e)
		var mu sync.Mutex
		var said []string
		say := func(v any) {
			mu.Lock()
			defer mu.Unlock()
			said = append(said, fmt.Sprintf("%v %+v %#v", v, v, v))
		}
		name := "identity-canary-" + e.Name
		if !slices.Contains(sql.Drivers(), name) {
			cfg := map[*lab.Engine]func() sqldedupe.Config{lab.Postgres: pgxdedupe.Config, lab.MariaDB: mysqldedupe.Config}[e]()
			cfg.OnError = func(err error) { say(err) }
			if e == lab.Postgres {
				sqldedupe.Register(name, stdlib.GetDefaultDriver(), cfg)
			} else {
				sqldedupe.Register(name, &mysql.MySQLDriver{}, cfg)
			}
		}
		policy := filepath.Join(t.TempDir(), "policy.yaml")
		if err := os.WriteFile(policy, []byte("tables:\n  t:\n    ttl: 1m\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		db := lab.Open(t, name, lab.With(p.Proxy.Via(p.DSN), "dedupe_policy="+policy))
		for _, query := range []string{read, "select nonsense", "select v from missing", "update t set v = v + 1", ""} {
			var o sqldedupe.Outcome
			rows, err := db.QueryContext(sqldedupe.WithOutcome(context.Background(), &o), query)
			say(err)
			say(o)
			if err == nil {
				rows.Close()
			}
			say(sqldedupe.Of(db).Explain(query))
		}
		say(sqldedupe.Of(db).Stats())
		if err := os.WriteFile(policy, []byte("tables: [nonsense"), 0o600); err != nil {
			t.Fatal(err)
		}
		p.Proxy.Refuse()
		p.Proxy.CutAll()
		for range 5 {
			for _, err := range uses(db) {
				say(err)
			}
		}
		_, err := sql.Open(p.Wrapped, lab.With(p.DSN, "dedupe_ttl=x", "dedupe_store=redis://:"+p.Server.Password()+"@h", "dedupe_policy=/nowhere"))
		say(err)
		down := lab.Open(t, p.Wrapped, p.Proxy.Via(p.DSN))
		say(down.Ping())
		say(sqldedupe.Of(db).Stats())
		if len(said) < 20 {
			t.Errorf("only %d things were said", len(said))
		}
		for _, s := range said {
			if strings.Contains(s, p.Server.Password()) {
				t.Errorf("the password shows: %s", s)
			}
		}
	})
}
