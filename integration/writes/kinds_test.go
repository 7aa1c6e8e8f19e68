package writes

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
)

// A kind is one way to change a register: what read says, which each write makes larger by one.
type kind struct {
	name  string
	setup []string
	read  string
	// write makes the register n. It is nil where text and args say all.
	write func(ctx context.Context, db *sql.DB, n int64) error
	text  string
	args  []any
}

func (k *kind) run(ctx context.Context, db *sql.DB, n int64) error {
	if k.write != nil {
		return k.write(ctx, db, n)
	}
	_, err := db.ExecContext(ctx, k.text, k.args...)
	return err
}

const (
	table  = "create table t (id int primary key, v bigint not null)"
	row    = "insert into t values (1, 0)"
	byID   = "select v from t where id = 1"
	update = "update t set v = v + 1 where id = 1"
)

// execs runs statements one after the other.
func execs(db interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, ctx context.Context, texts ...string) error {
	for _, text := range texts {
		if _, err := db.ExecContext(ctx, text); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	return nil
}

// onConn runs statements on one connection of the pool.
func onConn(texts ...string) func(context.Context, *sql.DB, int64) error {
	return func(ctx context.Context, db *sql.DB, _ int64) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		return execs(conn, ctx, texts...)
	}
}

// inTx runs statements in a transaction.
func inTx(opts *sql.TxOptions, texts ...string) func(context.Context, *sql.DB, int64) error {
	return func(ctx context.Context, db *sql.DB, _ int64) error {
		tx, err := db.BeginTx(ctx, opts)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := execs(tx, ctx, texts...); err != nil {
			return err
		}
		return tx.Commit()
	}
}

// query runs a statement that returns the new value.
func query(text string, args ...any) func(context.Context, *sql.DB, int64) error {
	return func(ctx context.Context, db *sql.DB, n int64) error {
		var got int64
		if err := db.QueryRowContext(ctx, text, args...).Scan(&got); err != nil {
			return err
		}
		if got != n {
			return fmt.Errorf("%s gave %d instead of %d", text, got, n)
		}
		return nil
	}
}

func prepared(text string, args ...any) func(context.Context, *sql.DB, int64) error {
	return func(ctx context.Context, db *sql.DB, _ int64) error {
		stmt, err := db.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		defer stmt.Close()
		_, err = stmt.ExecContext(ctx, args...)
		return err
	}
}

func preparedInTx(text string, args ...any) func(context.Context, *sql.DB, int64) error {
	return func(ctx context.Context, db *sql.DB, _ int64) error {
		stmt, err := db.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		defer stmt.Close()
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if _, err := tx.StmtContext(ctx, stmt).ExecContext(ctx, args...); err != nil {
			return err
		}
		return tx.Commit()
	}
}

// common are the kinds that both engines spell alike; placeholders are the engine's.
func common(e *lab.Engine) []kind {
	return []kind{
		{name: "exec", setup: []string{table, row}, read: byID, text: update},
		{name: "exec with arguments", setup: []string{table, row}, read: byID, text: e.Text("update t set v = v + ? where id = ?"), args: []any{1, 1}},
		{name: "unqualified and qualified", setup: []string{table, row}, read: byID, text: map[*lab.Engine]string{
			lab.Postgres: `update "public".T set V = V + 1`, lab.MariaDB: "update `t` as x set x.v = x.v + 1"}[e]},
		{name: "insert", setup: []string{table, row}, read: "select count(*) - 1 from t",
			write: func(ctx context.Context, db *sql.DB, n int64) error {
				_, err := db.ExecContext(ctx, e.Text("insert into t (id, v) values (?, 0)"), n+1)
				return err
			}},
		{name: "insert seen by key", setup: []string{table, row}, read: "select count(*) + coalesce(max(v), 0) - 1 from t where id >= 1",
			write: func(ctx context.Context, db *sql.DB, n int64) error {
				_, err := db.ExecContext(ctx, e.Text("insert into t select ?, 0 from t where id = 1"), n+1)
				return err
			}},
		{name: "delete", setup: []string{table, "insert into t values " + numbers(1, 400)}, read: "select 400 - count(*) from t",
			write: func(ctx context.Context, db *sql.DB, n int64) error {
				_, err := db.ExecContext(ctx, e.Text("delete from t where id = ?"), n)
				return err
			}},
		{name: "prepared", setup: []string{table, row}, read: byID, write: prepared(e.Text("update t set v = v + 1 where id = ?"), 1)},
		{name: "prepared in a transaction", setup: []string{table, row}, read: byID, write: preparedInTx(e.Text("update t set v = v + 1 where id = ?"), 1)},
		{name: "transaction", setup: []string{table, row}, read: byID, write: inTx(nil, update)},
		{name: "serializable transaction", setup: []string{table, row}, read: byID,
			write: inTx(&sql.TxOptions{Isolation: sql.LevelSerializable}, "update t set v = v + 5 where id = 1", "update t set v = v - 4 where id = 1")},
		// hazard H7: a savepoint rolled back takes nothing out of what the transaction has written.
		{name: "savepoints", setup: []string{table, row, "create table u (id int primary key, v bigint not null)"}, read: byID,
			write: inTx(nil, "savepoint a", update, "savepoint b", "update t set v = 0", "update u set v = 1", "rollback to savepoint b", "release savepoint a")},
		{name: "transaction by text", setup: []string{table, row}, read: byID, write: onConn("begin", update, "commit")},
		{name: "transaction by other text", setup: []string{table, row}, read: byID,
			write: onConn("/* x */ START  TRANSACTION", update, "savepoint a", "rollback to a", "COMMIT WORK")},
		{name: "commit and chain", setup: []string{table, row}, read: byID, write: onConn("begin", update, "commit and chain", "rollback")},
		{name: "rollback of another", setup: []string{table, row}, read: byID, write: onConn("begin", "update t set v = 0", "rollback", update)},
		{name: "through a view", setup: []string{table, row, "create view w as select id, v from t", "create view w2 as select * from w"}, read: byID,
			text: "update w2 set v = v + 1 where id = 1"},
		{name: "under a view", setup: []string{table, row, "create view w as select id, v from t", "create view w2 as select * from w"},
			read: "select v from w2 where id = 1", text: update},
		{name: "under a join", setup: []string{table, row, "create table u (id int primary key)", "insert into u values (1), (2)"},
			read: "select v from u join t on t.id = u.id", text: update},
		{name: "under subqueries", setup: []string{table, row, "create table u (id int primary key)", "insert into u values (1), (2)"},
			read: "with c as (select max(v) as m from t) select m from u, c where exists (select 1 from t where t.id = u.id)", text: update},
		// hazard H73: rows that change because others do.
		{name: "cascading update", setup: []string{"create table p (id int primary key)",
			"create table c (pid int, foreign key (pid) references p (id) on update cascade)",
			"create table g (n int)", "insert into p values (0)", "insert into c values (0)"}, read: "select pid from c", text: "update p set id = id + 1"},
		{name: "cascading delete", setup: []string{table, "insert into t values " + numbers(1, 400), "create table c (tid int, foreign key (tid) references t (id) on delete cascade)",
			"insert into c select id from t"}, read: "select 400 - count(*) from c",
			write: func(ctx context.Context, db *sql.DB, n int64) error {
				_, err := db.ExecContext(ctx, e.Text("delete from t where id = ?"), n)
				return err
			}},
		{name: "set null over two tables", setup: []string{"create table a (id int primary key)", "insert into a select id from (select 1 as id) x where id = 0",
			"create table b (id int primary key, aid int, foreign key (aid) references a (id) on delete cascade)",
			"create table c (bid int, foreign key (bid) references b (id) on delete set null)",
			"insert into a values " + singles(1, 400), "insert into b select id, id from a", "insert into c select id from b"},
			read: "select count(*) from c where bid is null",
			write: func(ctx context.Context, db *sql.DB, n int64) error {
				_, err := db.ExecContext(ctx, e.Text("delete from a where id = ?"), n)
				return err
			}},
		{name: "a connection with a setting", setup: []string{table, row}, read: byID, write: onConn("set "+map[*lab.Engine]string{
			lab.Postgres: "work_mem = '8MB'", lab.MariaDB: "sort_buffer_size = 262144"}[e], update)},
		{name: "DDL", setup: []string{"create table t1 (v bigint)", "insert into t1 values (0)", "create view w as select v from t1"}, read: "select v from w",
			write: func(ctx context.Context, db *sql.DB, n int64) error {
				return execs(db, ctx, fmt.Sprintf("create table t%d (v bigint)", n+1), fmt.Sprintf("insert into t%d values (%d)", n+1, n),
					fmt.Sprintf("create or replace view w as select v from t%d", n+1))
			}},
		{name: "a view that DDL has turned", setup: []string{"create table t0 (v bigint)", "create table t1 (v bigint)", "insert into t0 values (0)", "insert into t1 values (0)",
			"create view w as select v from t0"}, read: "select v from w",
			write: func(ctx context.Context, db *sql.DB, n int64) error {
				other := fmt.Sprintf("t%d", n%2)
				return execs(db, ctx, fmt.Sprintf("update %s set v = %d", other, n-1), "create or replace view w as select v from "+other,
					fmt.Sprintf("update %s set v = %d", other, n))
			}},
		{name: "failed halves", setup: []string{table, row, "create table u (id int primary key)", "insert into u values (1)"}, read: byID,
			write: func(ctx context.Context, db *sql.DB, _ int64) error {
				if _, err := db.ExecContext(ctx, "insert into u values (1)"); err == nil {
					return fmt.Errorf("no duplicate key")
				}
				return execs(db, ctx, update)
			}},
	}
}

func numbers(from, to int) string {
	text := ""
	for i := from; i <= to; i++ {
		text += fmt.Sprintf(", (%d, 0)", i)
	}
	return text[2:]
}

func singles(from, to int) string {
	text := ""
	for i := from; i <= to; i++ {
		text += fmt.Sprintf(", (%d)", i)
	}
	return text[2:]
}

func postgresKinds() []kind {
	log := "create table log (v bigint)"
	return append(common(lab.Postgres),
		// hazard H9: writes that come as queries.
		kind{name: "returning", setup: []string{table, row}, read: byID, write: query("update t set v = v + 1 where id = $1 returning v", 1)},
		kind{name: "data-modifying CTE", setup: []string{table, row}, read: byID,
			write: query("with x as (update t set v = v + 1 where id = 1 returning v) select v from x")},
		kind{name: "insert returning", setup: []string{table}, read: "select count(*) from t", write: func(ctx context.Context, db *sql.DB, n int64) error {
			return query("insert into t values ($1, 0) returning id", n)(ctx, db, n)
		}},
		kind{name: "many rows returning, closed early", setup: []string{"create table t (id int, v bigint)", "insert into t select i, 0 from generate_series(1, 2000) i"},
			read: "select min(v) from t", write: func(ctx context.Context, db *sql.DB, _ int64) error {
				rows, err := db.QueryContext(ctx, "update t set v = v + 1 returning id, v, repeat('x', 100)")
				if err != nil {
					return err
				}
				rows.Next()
				return rows.Close()
			}},
		kind{name: "upsert", setup: []string{table, row}, read: byID, text: "insert into t values (1, 0) on conflict (id) do update set v = t.v + 1"},
		kind{name: "merge", setup: []string{table, row}, read: byID, text: "merge into t using (values (1)) x (id) on t.id = x.id when matched then update set v = t.v + 1"},
		kind{name: "update from", setup: []string{table, row, "create table u (id int)", "insert into u values (1)"}, read: byID,
			text: "update t set v = v + 1 from u where u.id = t.id"},
		kind{name: "delete using", setup: []string{table, "insert into t values " + numbers(1, 400), "create table u (id int)", "insert into u values (1)"}, read: "select 400 - count(*) from t",
			text: "delete from only t using u where t.id = (select min(id) from t)"},
		// hazard H78: what happens inside is not in the text.
		kind{name: "function", setup: []string{table, row, "create function bump() returns bigint language sql as 'update t set v = v + 1 where id = 1 returning v'"},
			read: byID, write: query("select bump()")},
		kind{name: "function in from", setup: []string{table, row, "create function bump() returns bigint language sql as 'update t set v = v + 1 where id = 1 returning v'"},
			read: byID, write: query("select b from bump() b")},
		kind{name: "procedure", setup: []string{table, row, "create procedure bump() language sql as 'update t set v = v + 1 where id = 1'"},
			read: byID, text: "call bump()"},
		kind{name: "do", setup: []string{table, row}, read: byID, text: "do $$ begin update t set v = v + 1 where id = 1; end $$"},
		kind{name: "several statements", setup: []string{table, row}, read: byID, text: "begin; " + update + "; commit"},
		kind{name: "explain analyze", setup: []string{table, row}, read: byID, text: "explain analyze " + update},
		kind{name: "prepare and execute by text", setup: []string{table, row}, read: byID,
			write: onConn("prepare p as "+update, "execute p", "deallocate p")},
		kind{name: "trigger writing another table", setup: []string{table, row, log, "insert into log values (0)",
			"create function f() returns trigger language plpgsql as 'begin update log set v = v + 1; return new; end'",
			"create trigger g after update on t for each row execute function f()"}, read: "select v from log", text: update},
		kind{name: "trigger on a view", setup: []string{table, row, "create view w as select 1 as id",
			"create function f() returns trigger language plpgsql as 'begin update t set v = v + 1; return new; end'",
			"create trigger g instead of update on w for each row execute function f()"}, read: byID, text: "update w set id = 1"},
		kind{name: "rule", setup: []string{table, row, log, "insert into log values (0)", "create rule r as on update to t do also update log set v = v + 1"},
			read: "select v from log", text: update},
		// hazard H77: one table by several names.
		kind{name: "partition read, parent written", setup: partitions(), read: "select v from part1 where id = 1", text: "update part set v = v + 1 where id = 1"},
		kind{name: "parent read, partition written", setup: partitions(), read: "select max(v) from part", text: "update part1 set v = v + 1 where id = 1"},
		kind{name: "row moved between partitions", setup: []string{"create table part (v int) partition by range (v)", "create table part1 partition of part for values from (0) to (20)",
			"create table part2 partition of part for values from (20) to (1000)", "insert into part values (0)"},
			read: "select coalesce((select v from part1), (select v from part2))", text: "update part set v = v + 1"},
		kind{name: "subpartition written", setup: []string{"create table part (id int, v bigint) partition by list (id)",
			"create table part1 partition of part for values in (1) partition by list (id)", "create table part11 partition of part1 for values in (1)",
			"insert into part values (1, 0)"}, read: "select v from part", text: "update part11 set v = v + 1"},
		kind{name: "inheritance", setup: []string{table, "create table kid () inherits (t)", "insert into kid values (1, 0)"}, read: byID, text: "update kid set v = v + 1"},
		kind{name: "inherited", setup: []string{table, "create table kid () inherits (t)", "insert into kid values (1, 0)"}, read: "select v from kid", text: update},
		kind{name: "materialized view", setup: []string{table, row, "create materialized view m as select v from t"}, read: "select v from m",
			write: func(ctx context.Context, db *sql.DB, _ int64) error {
				return execs(db, ctx, update, "refresh materialized view m")
			}},
		// Not safe under MVCC: a read that began before may see no rows at all, with the plain driver too.
		kind{name: "truncate", setup: []string{table, row, "create table c (n bigint)"}, read: "select coalesce(max(n), 0) + count(*) * 0 + (select max(v) from t) from c",
			write: func(ctx context.Context, db *sql.DB, n int64) error {
				return execs(db, ctx, fmt.Sprintf("insert into t values (%d, %d)", n+1, n), "truncate c")
			}},
		kind{name: "deferred cascade", setup: []string{"create table p (id int primary key)",
			"create table c (pid int references p on update cascade deferrable initially deferred)", "insert into p values (0)", "insert into c values (0)"},
			read: "select pid from c", write: inTx(nil, "update p set id = id + 1")},
		// hazard H68: what the driver's own connection does is not seen, so everything is taken for changed.
		kind{name: "copy through Raw", setup: []string{table}, read: "select count(*) from t", write: copyFrom},
		kind{name: "conn.Raw", setup: []string{table}, read: "select count(*) from t", write: rawOfConn},
	)
}

func partitions() []string {
	return []string{"create table part (id int, v bigint) partition by list (id)", "create table part1 partition of part for values in (1)",
		"create table part2 partition of part for values in (2)", "insert into part values (1, 0)"}
}

func copyFrom(ctx context.Context, db *sql.DB, n int64) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return sqldedupe.Raw(conn, func(dc any) error {
		_, err := dc.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{"t"}, []string{"id", "v"}, pgx.CopyFromRows([][]any{{n, 0}}))
		return err
	})
}

// rawOfConn is acknowledged when the connection is given back.
func rawOfConn(ctx context.Context, db *sql.DB, n int64) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(dc any) error {
		own := dc.(interface{ Raw() driverConn }).Raw()
		_, err := own.(*stdlib.Conn).Conn().Exec(ctx, "insert into t values ($1, 0)", n)
		return err
	})
}

func mariadbKinds() []kind {
	log := "create table log (v bigint)"
	return append(common(lab.MariaDB),
		kind{name: "insert returning", setup: []string{table}, read: "select count(*) from t", write: func(ctx context.Context, db *sql.DB, n int64) error {
			return query("insert into t values (?, 0) returning id", n)(ctx, db, n)
		}},
		kind{name: "delete returning", setup: []string{table, "insert into t values " + numbers(1, 400)}, read: "select 400 - count(*) from t",
			write: query("delete from t order by id limit 1 returning id")},
		kind{name: "multi-table update", setup: []string{table, row, "create table u (id int primary key, w int)", "insert into u values (1, 0)"}, read: byID,
			text: "update u join t on t.id = u.id set u.w = 1, t.v = t.v + 1"},
		kind{name: "multi-table update, comma", setup: []string{table, row, "create table u (id int primary key, w int)", "insert into u values (1, 0)"}, read: byID,
			text: "update u, t as x set x.v = x.v + 1 where x.id = u.id"},
		kind{name: "multi-table delete", setup: []string{table, "insert into t values " + numbers(1, 400), "create table u (id int)", "insert into u values (1)"},
			read: "select 400 - count(*) from t", text: "delete x from u, t as x where x.id = (select * from (select min(id) from t) y)"},
		kind{name: "multi-table delete using", setup: []string{table, "insert into t values " + numbers(1, 400), "create table u (id int)", "insert into u values (1)"},
			read: "select 400 - count(*) from t", text: "delete from x using t as x, u where x.id = (select * from (select min(id) from t) y)"},
		kind{name: "replace", setup: []string{table, row}, read: byID, write: func(ctx context.Context, db *sql.DB, n int64) error {
			_, err := db.ExecContext(ctx, "replace into t values (1, ?)", n)
			return err
		}},
		kind{name: "replace set", setup: []string{table, row}, read: byID, write: func(ctx context.Context, db *sql.DB, n int64) error {
			return execs(db, ctx, fmt.Sprintf("replace t set id = 1, v = %d", n))
		}},
		kind{name: "on duplicate key", setup: []string{table, row}, read: byID, text: "insert into t values (1, 0) on duplicate key update v = v + 1"},
		kind{name: "on duplicate key with arguments", setup: []string{table, row}, read: byID,
			text: "insert into t values (?, ?) on duplicate key update v = v + values(v)", args: []any{1, 1}},
		kind{name: "insert select", setup: []string{table, row}, read: "select count(*) - 1 from t", text: "insert into t select max(id) + 1, 0 from t"},
		kind{name: "last_insert_id", setup: []string{table, row}, read: byID, write: func(ctx context.Context, db *sql.DB, n int64) error {
			return lastInsertID(ctx, db, n)
		}},
		kind{name: "function", setup: []string{table, row, "create function bump() returns bigint deterministic modifies sql data begin update t set v = v + 1 where id = 1; return (select v from t where id = 1); end"},
			read: byID, write: query("select bump()")},
		kind{name: "procedure", setup: []string{table, row, "create procedure bump() begin start transaction; update t set v = v + 1 where id = 1; commit; end"},
			read: byID, text: "call bump()"},
		kind{name: "procedure with rows", setup: []string{table, row, "create procedure bump() begin update t set v = v + 1 where id = 1; select v from t where id = 1; end"},
			read: byID, write: query("call bump()")},
		kind{name: "several statements", setup: []string{table, row}, read: byID, text: "begin; " + update + "; commit"},
		kind{name: "prepare and execute by text", setup: []string{table, row}, read: byID,
			write: onConn("prepare p from '"+update+"'", "execute p", "deallocate prepare p")},
		kind{name: "execute immediate", setup: []string{table, row}, read: byID, text: "execute immediate '" + update + "'"},
		kind{name: "trigger writing another table", setup: []string{table, row, log, "insert into log values (0)",
			"create trigger g after update on t for each row update log set v = v + 1"}, read: "select v from log", text: update},
		// hazard H7: autocommit off, and the transactions that begin and end by themselves.
		kind{name: "autocommit off", setup: []string{table, row}, read: byID, write: onConn("set autocommit = 0", update, "commit", "set autocommit = 1")},
		kind{name: "autocommit on again", setup: []string{table, row}, read: byID, write: onConn("set autocommit = 0", update, "set autocommit = 1")},
		kind{name: "begin in a transaction", setup: []string{table, row}, read: byID,
			write: func(ctx context.Context, db *sql.DB, _ int64) error { return implicitCommit(ctx, db, "begin") }},
		kind{name: "lock tables in a transaction", setup: []string{table, row, log}, read: byID,
			write: func(ctx context.Context, db *sql.DB, _ int64) error {
				return implicitCommit(ctx, db, "lock tables log read")
			}},
		kind{name: "DDL in a transaction", setup: []string{table, row, log}, read: byID,
			write: func(ctx context.Context, db *sql.DB, _ int64) error {
				return implicitCommit(ctx, db, "truncate table log")
			}},
		kind{name: "XA", setup: []string{table, row}, read: byID, write: func(ctx context.Context, db *sql.DB, n int64) error {
			x := fmt.Sprintf("'x%d'", n)
			return onConn("xa start "+x, update, "xa end "+x, "xa prepare "+x, "xa commit "+x)(ctx, db, n)
		}},
		// hazard H14a: an engine without transactions.
		kind{name: "MyISAM", setup: []string{table + " engine = MyISAM", row}, read: byID, text: update},
		kind{name: "MyISAM in a transaction rolled back", setup: []string{table + " engine = MyISAM", row}, read: byID,
			write: onConn("begin", update, "rollback")},
		kind{name: "MyISAM failing half done", setup: []string{"create table t (id int primary key, v bigint) engine = MyISAM", "insert into t values (1000000, 0)"},
			read: "select count(*) - 1 from t", write: func(ctx context.Context, db *sql.DB, n int64) error {
				if _, err := db.ExecContext(ctx, "insert into t values (?, 0), (1000000, 0)", n); err == nil {
					return fmt.Errorf("no duplicate key")
				}
				return nil
			}},
		kind{name: "MEMORY", setup: []string{table + " engine = MEMORY", row}, read: byID, text: update},
		kind{name: "partitions", setup: []string{table + " partition by hash (id) partitions 4", row}, read: byID, text: "update t partition (p1) set v = v + 1"},
		kind{name: "other database's name", setup: []string{table, row}, read: byID, write: func(ctx context.Context, db *sql.DB, n int64) error {
			var name string
			if err := db.QueryRowContext(ctx, "select database()").Scan(&name); err != nil {
				return err
			}
			return execs(db, ctx, "update "+name+".t set v = v + 1")
		}},
	)
}

// implicitCommit leaves the transaction open that text begins after it has committed the one before.
func implicitCommit(ctx context.Context, db *sql.DB, text string) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := execs(conn, ctx, "begin", update, text); err != nil {
		return err
	}
	defer execs(conn, context.Background(), "rollback", "unlock tables")
	if v, ok := ctx.Value(acknowledged{}).(func()); ok {
		v()
	}
	return nil
}

func lastInsertID(ctx context.Context, db *sql.DB, n int64) error {
	res, err := db.ExecContext(ctx, "update t set v = last_insert_id(v + 1) where id = ?", 1)
	if err != nil {
		return err
	}
	if got, err := res.LastInsertId(); err != nil || got != n {
		return fmt.Errorf("got %d, %v instead of %d", got, err, n)
	}
	return nil
}
