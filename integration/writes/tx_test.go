package writes

import (
	"context"
	"database/sql"
	"fmt"
	"testing"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
)

// stage is a place with the table t, whose row 1 holds 0, opened with a ttl of an hour.
func stage(t *testing.T, e *lab.Engine, params ...string) (*lab.Place, *sql.DB) {
	t.Helper()
	p := e.Shared(t)
	side := p.Side(t)
	lab.Exec(t, side, table)
	lab.Exec(t, side, row)
	db := lab.Open(t, p.Wrapped, lab.With(p.DSN, append(params, "dedupe_ttl=1h", "dedupe_beta=0", "dedupe_cache="+p.DSN[len(p.DSN)-20:])...))
	return p, db
}

func begin(t *testing.T, db *sql.DB, opts *sql.TxOptions) *sql.Tx {
	t.Helper()
	tx, err := db.BeginTx(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tx.Rollback() })
	return tx
}

func conn(t *testing.T, db *sql.DB) *sql.Conn {
	t.Helper()
	c, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// hazard H4: what a transaction has not committed is nobody else's.
// hazard H5: a transaction's reads are its own.
func TestTransactionsKeepToThemselves(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		_, db := stage(t, e)
		lab.WantInt(t, db, 0, sqldedupe.Miss, byID)
		lab.WantInt(t, db, 0, sqldedupe.Hit, byID)
		tx := begin(t, db, nil)
		lab.WantInt(t, tx, 0, sqldedupe.Bypass, byID)
		lab.Exec(t, tx, update)
		lab.WantInt(t, tx, 1, sqldedupe.Bypass, byID)
		for range 3 {
			if n, _ := lab.Int(t, db, byID); n != 0 {
				t.Errorf("a read saw %d before the commit", n)
			}
		}
		must(t, tx.Commit())
		lab.WantInt(t, db, 1, sqldedupe.Miss, byID)
		lab.WantInt(t, db, 1, sqldedupe.Hit, byID)

		tx = begin(t, db, nil)
		lab.Exec(t, tx, update)
		lab.WantInt(t, tx, 2, sqldedupe.Bypass, byID)
		must(t, tx.Rollback())
		for range 2 {
			if n, _ := lab.Int(t, db, byID); n != 1 {
				t.Errorf("a read saw %d after the rollback", n)
			}
		}

		tx = begin(t, db, nil)
		lab.Exec(t, tx, update)
		lab.Exec(t, tx, "savepoint a")
		lab.Exec(t, tx, "update t set v = 100")
		lab.WantInt(t, tx, 100, sqldedupe.Bypass, byID)
		lab.Exec(t, tx, "rollback to savepoint a")
		lab.WantInt(t, tx, 2, sqldedupe.Bypass, byID)
		lab.Exec(t, tx, "release savepoint a")
		must(t, tx.Commit())
		lab.WantInt(t, db, 2, sqldedupe.Miss, byID)

		c := conn(t, db)
		lab.Exec(t, c, "begin")
		lab.Exec(t, c, update)
		lab.WantInt(t, c, 3, sqldedupe.Bypass, byID)
		if n, _ := lab.Int(t, db, byID); n != 2 {
			t.Errorf("a read saw %d before the commit by text", n)
		}
		lab.Exec(t, c, "rollback")
		lab.WantInt(t, c, 2, sqldedupe.Hit, byID)
	})
}

// hazard H7: our state of a transaction is the server's, however it is spelled.
func TestSpellingsOfTransactionControl(t *testing.T) {
	texts := map[*lab.Engine][][2]string{
		lab.Postgres: {{"begin", "commit"}, {"BEGIN WORK", "END"}, {"start transaction", "commit transaction"}, {"begin;", "abort"}, {"/* a */ begin -- b", "rollback work;"},
			{"begin isolation level serializable", "end transaction"}, {"begin read only", "commit and no chain"}, {"begin read write, not deferrable", "abort work"}},
		lab.MariaDB: {{"begin", "commit"}, {"BEGIN WORK", "COMMIT WORK"}, {"start transaction", "rollback"}, {"start transaction with consistent snapshot", "commit and no chain"},
			{"start transaction read only", "rollback work"}, {"start transaction read write;", "commit no release"}, {"/* a */ begin -- b", "rollback and no chain;"}, {"# a\nbegin", "commit # b"}},
	}
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		_, db := stage(t, e)
		lab.WantInt(t, db, 0, sqldedupe.Miss, byID)
		for _, pair := range texts[e] {
			c := conn(t, db)
			lab.Exec(t, c, pair[0])
			if _, o := lab.Int(t, c, byID); o.Kind != sqldedupe.Bypass {
				t.Errorf("after %q a read was answered by %v", pair[0], o.Kind)
			}
			lab.Exec(t, c, pair[1])
			if _, o := lab.Int(t, c, byID); o.Kind != sqldedupe.Hit {
				t.Errorf("after %q, %q a read was answered by %v %s", pair[0], pair[1], o.Kind, o.Reason)
			}
			must(t, c.Close())
		}
	})
}

// hazard H8: a snapshot is one, whatever the cache knows by now.
func TestSnapshots(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		for _, opts := range []*sql.TxOptions{
			{Isolation: sql.LevelRepeatableRead}, {Isolation: sql.LevelSerializable}, {Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		} {
			if e == lab.MariaDB && opts.Isolation == sql.LevelSerializable {
				continue // its reads lock rows: the write would wait for them
			}
			_, db := stage(t, e)
			lab.WantInt(t, db, 0, sqldedupe.Miss, byID)
			tx := begin(t, db, opts)
			lab.WantInt(t, tx, 0, sqldedupe.Bypass, byID)
			for i := range int64(5) {
				lab.Exec(t, db, update)
				lab.WantInt(t, db, i+1, sqldedupe.Miss, byID)
				lab.WantInt(t, db, i+1, sqldedupe.Hit, byID)
				lab.WantInt(t, tx, 0, sqldedupe.Bypass, byID)
			}
			must(t, tx.Commit())
			lab.WantInt(t, db, 5, sqldedupe.Hit, byID)
		}
	})
}

// hazard H27: what a session has set is its own.
// hazard H29: so are its temporary tables.
// hazard H32: until its connection is given up.
func TestSessionStateStays(t *testing.T) {
	changes := map[*lab.Engine]map[string][]string{
		lab.Postgres: {
			"search_path":           {"set search_path to other"},
			"search_path, function": {"select set_config('search_path', 'other', false)"},
			"search_path, local":    {"begin", "set local search_path to other"},
			"temporary table":       {"create temp table t as select 1 as id, 77::bigint as v"},
			"into temporary":        {"select 1 as id, 77::bigint as v into temp t"},
			"by a function":         {"select shadow()"},
			"by do":                 {"do 'begin create temp table t as select 1 as id, 77::bigint as v; end'"},
		},
		lab.MariaDB: {
			"use":             {"use %s_other"},
			"temporary table": {"create temporary table t as select 1 as id, 77 as v"},
			"by a procedure":  {"call shadow()"},
		},
	}
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		for name, texts := range changes[e] {
			t.Run(name, func(t *testing.T) {
				p, db := stage(t, e)
				side := p.Side(t)
				var database string
				if e == lab.Postgres {
					lab.Exec(t, side, "create schema other")
					lab.Exec(t, side, "create table other.t as select 1 as id, 77::bigint as v")
					lab.Exec(t, side, "create function shadow() returns void language plpgsql as 'begin create temp table t as select 1 as id, 77::bigint as v; end'")
				} else {
					must(t, side.QueryRow("select database()").Scan(&database))
					lab.Exec(t, side, "create database "+database+"_other")
					defer lab.Exec(t, side, "drop database "+database+"_other")
					lab.Exec(t, side, "create table "+database+"_other.t as select 1 as id, 77 as v")
					lab.Exec(t, side, "create procedure shadow() create temporary table t as select 1 as id, 77 as v")
				}
				lab.WantInt(t, db, 0, sqldedupe.Miss, byID)
				c := conn(t, db)
				for _, text := range texts {
					if e == lab.MariaDB && name == "use" {
						text = fmt.Sprintf(text, database)
					}
					lab.Exec(t, c, text)
				}
				for range 3 {
					lab.WantInt(t, c, 77, sqldedupe.Bypass, byID)
				}
				wantOthers(t, db, 0)
				must(t, c.Close())
				// The connection is in the pool now, with what was set on it, as with the plain driver. It must be the only one.
				var others []*sql.Conn
				strange := 0
				for range 5 {
					c := conn(t, db)
					others = append(others, c)
					n, o := lab.Int(t, c, byID)
					switch {
					case n == 77 && o.Kind == sqldedupe.Bypass:
						strange++
					case n != 0:
						t.Errorf("another session read %d by %v", n, o.Kind)
					}
				}
				if strange > 1 {
					t.Errorf("%d sessions have the state of one", strange)
				}
				for _, c := range others {
					must(t, c.Close())
				}
			})
		}
	})
}

// wantOthers reads on other sessions, from memory and from the database.
func wantOthers(t *testing.T, db *sql.DB, want int64) {
	t.Helper()
	for range 3 {
		if n, _ := lab.Int(t, db, byID); n != want {
			t.Errorf("another session read %d, want %d", n, want)
		}
	}
	for _, with := range []func(context.Context) context.Context{sqldedupe.WithRefresh, sqldedupe.WithBypass} {
		var n int64
		if err := db.QueryRowContext(with(context.Background()), byID).Scan(&n); err != nil || n != want {
			t.Errorf("another session read %d, %v, want %d", n, err, want)
		}
	}
}

// hazard H28: rows that depend on who asks are never kept, nor views over them.
func TestRowSecurityBypasses(t *testing.T) {
	p := lab.Postgres.Shared(t)
	side := p.Side(t)
	for _, text := range []string{
		"create table t (id int, tenant text)", "insert into t values (1, 'a'), (2, 'b'), (3, 'b')",
		"alter table t enable row level security", "alter table t force row level security",
		"create policy p on t using (tenant = current_setting('app.tenant', true))", "create view w with (security_invoker) as select * from t",
		"create role reader login password 'secret'", "grant select on t, w to reader",
	} {
		lab.Exec(t, side, text)
	}
	t.Cleanup(func() {
		lab.Exec(t, side, "drop owned by reader")
		lab.Exec(t, side, "drop role reader")
	})
	db := lab.Open(t, p.Wrapped, lab.With(asUser(lab.Postgres, p.DSN, "reader", "secret"), "dedupe_ttl=1h"))
	for _, query := range []string{"select count(*) from t", "select count(*) from w", "select (select count(*) from t) + 0"} {
		for tenant, want := range map[string]int64{"a": 1, "b": 2} {
			tx := begin(t, db, nil)
			lab.Exec(t, tx, "set local app.tenant = '"+tenant+"'")
			lab.WantInt(t, tx, want, sqldedupe.Bypass, query)
			must(t, tx.Commit())
		}
		for range 3 {
			lab.WantInt(t, db, 0, sqldedupe.Bypass, query)
		}
	}
}
