package writes

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
)

// asUser is dsn for another user.
func asUser(e *lab.Engine, dsn, user, password string) string {
	if e == lab.Postgres {
		u, err := url.Parse(dsn)
		if err != nil {
			panic(err)
		}
		u.User = url.UserPassword(user, password)
		return u.String()
	}
	return user + ":" + password + dsn[strings.Index(dsn, "@"):]
}

// hazard H33: two users never share an entry, though they share a cache.
// hazard H36: nor does one see what only the other may.
func TestUsersShareNothing(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		p, db := stage(t, e)
		side := p.Side(t)
		database, _, _ := strings.Cut(p.DSN[strings.LastIndex(p.DSN, "/")+1:], "?")
		user := "stranger_" + database
		if e == lab.Postgres {
			for _, text := range []string{"create role " + user + " login password 'secret'", "create schema " + user + " authorization " + user} {
				lab.Exec(t, side, text)
			}
			t.Cleanup(func() {
				lab.Exec(t, side, "drop owned by "+user)
				lab.Exec(t, side, "drop role "+user)
			})
		} else {
			lab.Exec(t, side, "create user "+user+"@'127.0.0.1' identified by 'secret'")
			lab.Exec(t, side, "grant create on "+database+".* to "+user+"@'127.0.0.1'")
			t.Cleanup(func() { lab.Exec(t, side, "drop user "+user+"@'127.0.0.1'") })
		}
		params := []string{"dedupe_ttl=1h", "dedupe_beta=0", "dedupe_cache=" + p.DSN[len(p.DSN)-20:]}
		stranger := lab.Open(t, p.Wrapped, lab.With(asUser(e, p.DSN, user, "secret"), params...))
		lab.WantInt(t, db, 0, sqldedupe.Miss, byID)
		lab.WantInt(t, db, 0, sqldedupe.Hit, byID)
		var n int64
		if err := stranger.QueryRow(byID).Scan(&n); err == nil || err == sql.ErrNoRows {
			t.Fatalf("a user without privileges read %d, %v", n, err)
		}
		if e == lab.Postgres {
			// The same text means another table for this user.
			lab.Exec(t, stranger, "create table t as select 1 as id, 5::bigint as v")
			lab.Eventually(t, "the stranger's table is kept", func() bool {
				n, o := lab.Int(t, stranger, byID)
				return n == 5 && o.Kind == sqldedupe.Hit
			})
			lab.Eventually(t, "the other one is", func() bool {
				n, o := lab.Int(t, db, byID)
				return n == 0 && o.Kind == sqldedupe.Hit
			})
			return
		}
		lab.Exec(t, side, "grant select on "+database+".t to "+user+"@'127.0.0.1'")
		lab.Eventually(t, "the stranger's read is kept", func() bool {
			n, o := lab.Int(t, stranger, byID)
			return n == 0 && o.Kind == sqldedupe.Hit
		})
		lab.Exec(t, db, "revoke select on "+database+".t from "+user+"@'127.0.0.1'")
		if err := stranger.QueryRow(byID).Scan(&n); err == nil || err == sql.ErrNoRows {
			t.Fatalf("after a revoke through the driver the stranger read %d, %v", n, err)
		}
	})
}

// Databases of one cache name see each other's writes, whatever their DSNs.
func TestSharedCacheName(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		p := e.Shared(t)
		side := p.Side(t)
		lab.Exec(t, side, table)
		lab.Exec(t, side, row)
		params := []string{"dedupe_ttl=1h", "dedupe_beta=0", "dedupe_cache=name of " + p.DSN[len(p.DSN)-10:]}
		a := p.Open(t, params...) // through the proxy: another address
		own := map[*lab.Engine]string{lab.Postgres: "application_name=b", lab.MariaDB: "sort_buffer_size=262144"}[e]
		b := lab.Open(t, p.Wrapped, lab.With(p.DSN, append(params, own)...))
		for i := range int64(20) {
			lab.WantInt(t, a, 2*i, sqldedupe.Miss, byID)
			lab.WantInt(t, b, 2*i, sqldedupe.Miss, byID) // its settings differ
			lab.WantInt(t, a, 2*i, sqldedupe.Hit, byID)
			lab.WantInt(t, b, 2*i, sqldedupe.Hit, byID)
			lab.Exec(t, a, update)
			lab.WantInt(t, b, 2*i+1, sqldedupe.Miss, byID)
			tx := begin(t, b, nil)
			lab.Exec(t, tx, update)
			lab.WantInt(t, a, 2*i+1, sqldedupe.Miss, byID)
			must(t, tx.Commit())
		}
	})
}

// hazard H79: DDL through one database changes what the statements of another mean.
func TestSchemaChangesReachEveryDatabase(t *testing.T) {
	u := []string{"create table u (id int primary key, v bigint not null)", "insert into u values (1, 0)"}
	ofU := "select v from u where id = 1"
	tests := map[*lab.Engine]map[string]struct {
		ddl          []string
		write, query string
	}{
		lab.Postgres: {
			"trigger": {append(u, "create function f() returns trigger language plpgsql as 'begin update u set v = v + 1; return new; end'",
				"create trigger g after update on t for each row execute function f()"), update, ofU},
			"rule":    {append(u, "create rule r as on update to t do also update u set v = v + 1"), update, ofU},
			"view":    {append(u, "create view w as select 0 as v", "create or replace view w as select 0 * u.v::int + t.v::int as v from t, u"), update, "select v from w"},
			"inherit": {[]string{"create table kid () inherits (t)", "update t set id = 2", "insert into kid values (1, 0)"}, "update kid set v = v + 1", byID},
			"cascade": {[]string{"create table c (tid int references t on update cascade)", "insert into c values (1)", "update t set id = 0"}, "update t set id = id + 1", "select tid from c"},
			"rename":  {append(u, "alter table t rename to x", "alter table u rename to t"), update, byID},
		},
		lab.MariaDB: {
			"trigger": {append(u, "create trigger g after update on t for each row update u set v = v + 1"), update, ofU},
			"view":    {append(u, "create view w as select 0 as v", "create or replace view w as select 0 * u.v + t.v as v from t, u"), update, "select v from w"},
			"cascade": {[]string{"create table c (tid int, foreign key (tid) references t (id) on update cascade)", "insert into c values (1)", "update t set id = 0"},
				"update t set id = id + 1", "select tid from c"},
			"rename": {append(u, "rename table t to x, u to t"), update, byID},
		},
	}
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		for name, test := range tests[e] {
			t.Run(name, func(t *testing.T) {
				p, a := stage(t, e)
				b := lab.Open(t, p.Wrapped, lab.With(p.DSN, "dedupe_ttl=1h", "dedupe_beta=0", "dedupe_cache="+p.DSN[len(p.DSN)-20:]))
				for _, db := range []*sql.DB{a, b} { // both know the schema as it was
					lab.Exec(t, db, update)
					lab.Int(t, db, byID)
				}
				lab.Exec(t, a, "update t set v = 0")
				for _, text := range test.ddl {
					lab.Exec(t, a, text)
				}
				for i := range int64(6) {
					writer := []*sql.DB{a, b}[i%2]
					lab.Exec(t, writer, test.write)
					for _, db := range []*sql.DB{b, a, b} {
						if n, o := lab.Int(t, db, test.query); n != i+1 {
							t.Fatalf("after write %d a read gave %d by %v", i+1, n, o.Kind)
						}
					}
					// DDL with a body ties a's session, so that only b need keep something again.
					lab.Eventually(t, "a hit", func() bool {
						_, o := lab.Int(t, b, test.query)
						return o.Kind == sqldedupe.Hit
					})
				}
			})
		}
	})
}
