package parity

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
)

const (
	sqldedupeMiss = sqldedupe.Miss
	bypass        = sqldedupe.Bypass
)

// hazard H44: arguments are checked by the driver, in database/sql's order.
// hazard H60: the database's errors reach everybody as they are.
func TestErrors(t *testing.T) {
	params := map[*lab.Engine][][]string{
		lab.Postgres: {nil, {"default_query_exec_mode=simple_protocol"}, {"default_query_exec_mode=exec"}, {"default_query_exec_mode=describe_exec"}, {"default_query_exec_mode=cache_describe"}},
		lab.MariaDB:  {nil, {"interpolateParams=true"}, {"multiStatements=true"}},
	}
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		p := e.Shared(t)
		side := p.Side(t)
		lab.Exec(t, side, "create table n (id int primary key, s varchar(20))")
		lab.Exec(t, side, "insert into n values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')")
		asks := failing(e)
		for _, params := range params[e] {
			t.Run(strings.Join(params, " "), func(t *testing.T) {
				s := &subject{plain: p.Side(t, params...), kept: lab.Open(t, p.Wrapped, lab.With(p.DSN, append([]string{"dedupe_ttl=1h"}, params...)...))}
				for _, a := range asks {
					for range 2 { // pgx cannot prepare the empty text twice on one connection
						plain, got := a.of(s.plain), a.of(s.kept)
						if d := plain.differs(got); d != "" {
							t.Errorf("%v, %v: %s", a, got.kind, d)
						}
						if got.kind == sqldedupe.Hit && plain.err != nil {
							t.Errorf("%v: the error %v was kept", a, plain.err)
						}
					}
				}
				execs(t, e, s)
			})
		}
	})
}

type odd struct{ A, B int }

type badValuer struct{}

func (badValuer) Value() (v any, err error) { return odd{}, nil }

// failing are queries that fail, in all the ways there are, and a few with unusual arguments that do not.
func failing(e *lab.Engine) (asks []ask) {
	add := func(text, literal string, arg any) { asks = append(asks, waysOf(e, text, literal, arg)...) }
	add("select 10 / (id - 3) from n where id > %s order by id", "0", 0)                             // fails in the third row
	add("select (select m.id from n m where m.id <= n.id) from n where id > %s order by id", "0", 0) // fails in the second row
	add("select cast(s as decimal) / 0, cast(s as signed) from n where id > %s", "0", 0)             // a syntax error on one of them
	add("select id from missing where id > %s", "0", 0)                                              // no table
	add("select missing from n where id > %s", "0", 0)                                               // no column
	add("selec id from n where id > %s", "0", 0)                                                     // no statement
	add("select id from n where id > %s and", "0", 0)                                                // no end
	add("select id from n where s = %s order by id", "'a'", "a")                                     // none
	for _, arg := range []any{
		"not a number", "1", 1.5, true, []byte("1"), nil, int8(1), uint64(1) << 63, odd{}, &odd{}, func() {}, make(chan int), []int{1}, map[string]int{},
		sql.NullInt64{Int64: 1, Valid: true}, sql.NullInt64{}, new(int), (*int)(nil), badValuer{}, sql.Named("id", 1), sql.Out{Dest: new(int)},
	} {
		add("select id, s from n where id = %s", "1", arg)
	}
	text := waysOf(e, "select id from n where id = %s", "1", 1)[1].text
	for _, args := range [][]any{nil, {}, {1, 2}, {1, 2, 3}} {
		asks = append(asks, ask{text: text, args: args}, ask{text: text, args: args, prepared: true})
	}
	asks = append(asks, ask{text: "select id from n where id = 1", args: []any{1}}, ask{text: "select id from n where id = 1", args: []any{1}, prepared: true},
		ask{text: ""}, ask{text: "", prepared: true}, ask{text: ";"}, ask{text: "-- nothing"}, ask{text: "select 1; select 2"}, ask{text: "select 1; select 2", prepared: true},
		ask{text: "select id as a, s as a, id as b from n order by id"}, ask{text: "insert into n values (1, 'x')"}, ask{text: "insert into n values (1, 'x')", prepared: true})
	return asks
}

// execs compares what statements without rows tell.
func execs(t *testing.T, e *lab.Engine, s *subject) {
	t.Helper()
	auto := map[*lab.Engine]string{lab.Postgres: "serial primary key", lab.MariaDB: "int auto_increment primary key"}[e]
	mark := map[*lab.Engine]string{lab.Postgres: "$1", lab.MariaDB: "?"}[e]
	for i, step := range []struct {
		text string
		args []any
	}{
		{"drop table if exists x", nil}, {"create table x (id " + auto + ", v int)", nil}, {"insert into x (v) values (1)", nil},
		{"insert into x (v) values (2), (3)", nil}, {"insert into x (v) values (" + mark + ")", []any{4}}, {"update x set v = v + 1 where id > " + mark, []any{1}},
		{"update x set v = v", nil}, {"update x set v = 0 where id > 100", nil}, {"delete from x where id = " + mark, []any{2}}, {"select id from x", nil},
		{"insert into x (id, v) values (1, 1)", nil}, {"insert into x (id, v) values (" + mark + ", 1)", []any{1}}, {"update x set v = " + mark, []any{"text"}}, {"update x set w = 1", nil},
		{"delete from x", []any{1}}, {"truncate table x", nil}, {"insert into x (v) select id from n", nil}, {"drop table x", nil}, {"drop table x", nil}, {"nonsense", nil},
		{"insert into n values (1, 'twice')", nil}, {"insert into n values (7, 'far, far, far, far, far too long')", nil},
	} {
		for _, prepared := range []bool{false, true} {
			if prepared && !strings.HasPrefix(step.text, "update") {
				continue
			}
			want, wantErr := result(s.plain, step.text, step.args, prepared)
			if !prepared && wantErr == nil {
				undo(s.plain, i, step.text, mark)
			}
			got, gotErr := result(s.kept, step.text, step.args, prepared)
			if want != got {
				t.Errorf("%s: %s and %s", step.text, want, got)
			}
			if d := differ(wantErr, gotErr); d != "" {
				t.Errorf("%s: %s", step.text, d)
			}
		}
	}
}

// undo makes the ground for the wrapped driver what it was for the plain one.
func undo(db *sql.DB, _ int, text, mark string) {
	for prefix, statement := range map[string]string{
		"create table x": "drop table x", "insert into x (v) values (1)": "truncate table x", "drop table x": "create table x (id int)",
	} {
		if strings.HasPrefix(text, prefix) {
			db.Exec(statement)
		}
	}
	if strings.HasPrefix(text, "insert into x (v) values (1)") {
		// Numbers go on where they were with PostgreSQL: both start anew.
		db.Exec("alter sequence x_id_seq restart")
	}
	if strings.HasPrefix(text, "insert into x (v) values (2)") {
		db.Exec("delete from x where v in (2, 3)")
		db.Exec("alter sequence x_id_seq restart with 2")
		db.Exec("alter table x auto_increment = 2")
	}
	if strings.HasPrefix(text, "insert into x (v) values ("+mark) {
		db.Exec("delete from x where v = 4")
		db.Exec("alter sequence x_id_seq restart with 4")
		db.Exec("alter table x auto_increment = 4")
	}
	if strings.HasPrefix(text, "delete from x where") {
		db.Exec("insert into x (id, v) values (2, 3)")
	}
	if strings.HasPrefix(text, "insert into x (v) select") {
		db.Exec("truncate table x")
	}
}

func result(db *sql.DB, text string, args []any, prepared bool) (string, error) {
	var res sql.Result
	var err error
	if prepared {
		stmt, prepareErr := db.PrepareContext(context.Background(), text)
		if prepareErr != nil {
			return "", prepareErr
		}
		defer stmt.Close()
		res, err = stmt.Exec(args...)
	} else {
		res, err = db.Exec(text, args...)
	}
	if err != nil {
		return "", err
	}
	rows, rowsErr := res.RowsAffected()
	id, idErr := res.LastInsertId()
	return fmt.Sprintf("%d %v, %d %v", rows, rowsErr, id, idErr), nil
}

// Statements with several results keep all of them.
func TestSeveralResults(t *testing.T) {
	p := lab.MariaDB.Shared(t)
	side := p.Side(t)
	lab.Exec(t, side, "create table n (id int primary key)")
	lab.Exec(t, side, "insert into n values (1), (2), (3)")
	lab.Exec(t, side, "create procedure two() begin select id from n; select 'x' as y, count(*) as z from n; end")
	plain := p.Side(t, "multiStatements=true")
	kept := lab.Open(t, p.Wrapped, lab.With(p.DSN, "dedupe_ttl=1h", "multiStatements=true"))
	for _, text := range []string{"select id from n; select count(*), 'a' from n", "call two()", "select id from n where id = 1; insert into n values (99); delete from n where id = 99; select id from n"} {
		want := allSets(t, plain, text)
		for range 3 {
			if got := allSets(t, kept, text); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %v, want %v", text, got, want)
			}
		}
	}
}

func allSets(t *testing.T, db *sql.DB, text string) (out []string) {
	t.Helper()
	rows, err := db.Query(text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for {
		columns, _ := rows.Columns()
		out = append(out, fmt.Sprint(columns, typesOf(rows)))
		for rows.Next() {
			into := make([]any, len(columns))
			for i := range into {
				into[i] = new(any)
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for i := range into {
				out = append(out, fmt.Sprintf("%T %v", *into[i].(*any), *into[i].(*any)))
			}
		}
		if !rows.NextResultSet() {
			break
		}
	}
	return append(out, fmt.Sprint(rows.Err()))
}

// hazard H45: a prepared statement that was closed leaves nothing on its connection that would answer for its text: pgx runs
// a plain query through a prepared statement of the same text if the connection has one, and converts arguments by it.
func TestClosedStatementsLeaveNothing(t *testing.T) {
	p := lab.Postgres.Shared(t)
	side := p.Side(t)
	lab.Exec(t, side, "create table n (id int primary key)")
	lab.Exec(t, side, "insert into n values (1)")
	db := lab.Open(t, p.Wrapped, lab.With(p.DSN, "default_query_exec_mode=simple_protocol", "dedupe_max_conns=1"))
	const text = "select id from n where id = $1"
	for range 3 {
		if a := (ask{text: text, args: []any{1}, prepared: true}).of(db); a.err != nil || len(a.rows) != 1 {
			t.Fatalf("%+v", a)
		}
		if a := (ask{text: text, args: []any{[]byte("1")}}).of(db); a.err == nil {
			t.Errorf("bytes were taken for a number: %+v", a)
		}
	}
}
