package analyze_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"modernc.org/sqlite"
	"pgregory.net/rapid"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

// oracle is a scratch database whose authorizer tells what a statement really touches.
type oracle struct {
	conn   *sql.Conn
	reads  map[string]bool
	writes map[string]bool
	calls  map[string]bool
}

func newOracle(t *testing.T) *oracle {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	conn, err := db.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	o := &oracle{conn: conn}
	o.schema(t)
	err = conn.Raw(func(c any) error {
		return c.(sqlite.AuthorizerRegisterer).RegisterAuthorizer(o.authorize)
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// schema makes every table that the corpora name, with columns enough for most of their statements.
func (o *oracle) schema(t *testing.T) {
	t.Helper()
	var columns []string
	for c := 'a'; c <= 'z'; c++ {
		if c != 'i' {
			columns = append(columns, string(c))
		}
	}
	list := strings.Join(columns, ",") + ",i,id integer primary key, name, created_at, ts, ord, unique(a), unique(a, b)"
	for _, table := range []string{
		"t1", "t2", "t3", "t4", "t5", "t6", "a", "b", "c", "d", "e", "f", "g", "x", "y", "users", "lit", `"c d"`, `"my table"`,
	} {
		o.exec(t, "CREATE TABLE "+table+" ("+list+")")
	}
	for _, table := range []string{"t1", "t2", "tt"} {
		if table == "tt" {
			o.exec(t, "CREATE TEMP TABLE "+table+" ("+list+")")
		}
		o.exec(t, "CREATE INDEX IF NOT EXISTS i_"+table+" ON "+table+" (a)")
	}
	o.exec(t, "CREATE INDEX i ON t1 (a)")
	o.exec(t, "CREATE VIRTUAL TABLE ft USING fts5(p, q)")
}

func (o *oracle) exec(t *testing.T, query string) {
	t.Helper()
	if _, err := o.conn.ExecContext(context.Background(), query); err != nil {
		t.Fatal(query, err)
	}
}

func (o *oracle) authorize(
	action sqlite.AuthorizerActionCode, arg1, arg2, database, _ string,
) sqlite.AuthorizerReturnCode {
	switch action {
	case sqlite.AuthRead:
		// Of a relation without columns in use it gives the name alone, which may be that of a CTE.
		if arg2 != "" || database != "" {
			o.reads[strings.ToLower(arg1)] = true
		}
	case sqlite.AuthInsert, sqlite.AuthUpdate, sqlite.AuthDelete:
		o.writes[strings.ToLower(arg1)] = true
	case sqlite.AuthFunction:
		o.calls[strings.ToLower(arg2)] = true
	}
	return sqlite.AuthorizerOK
}

// compile has SQLite compile query without running it.
func (o *oracle) compile(query string) error {
	o.reads, o.writes, o.calls = map[string]bool{}, map[string]bool{}, map[string]bool{}
	rows, err := o.conn.QueryContext(context.Background(), "EXPLAIN "+query, make([]any, 0)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	return rows.Err()
}

// impure are functions no cacheable statement may call.
var impure = []string{"random", "randomblob", "changes", "last_insert_rowid", "total_changes", "load_extension"}

// check compares what Analyze claims with what SQLite saw.
func (o *oracle) check(query string) (string, bool) {
	if err := o.compile(query); err != nil && !strings.Contains(err.Error(), "missing argument") {
		return "", false
	}
	f := analyze.Analyze(analyze.SQLite, 0, query)
	var ours []string
	for _, n := range append(slices.Clone(f.Reads), f.Writes...) {
		ours = append(ours, n.Table)
	}
	if f.Class == analyze.Read && len(o.writes) > 0 && f.Flags&analyze.Meta == 0 {
		return fmt.Sprintf("%s is called a read and writes %v", query, o.writes), true
	}
	for table := range o.writes {
		if !f.Everything && f.Class != analyze.DDL && !slices.Contains(ours, table) && !strings.HasPrefix(table, "sqlite_") {
			return fmt.Sprintf("%s also writes %s", query, table), true
		}
	}
	if !f.Cacheable {
		return "", true
	}
	for table := range o.reads {
		shadow := strings.HasPrefix(table, "ft_")
		tableValued := table == "json_each" || table == "json_tree" || table == "generate_series"
		if !slices.Contains(ours, table) && !shadow && !tableValued && table != "" {
			return fmt.Sprintf("%s also reads %s", query, table), true
		}
	}
	for _, fn := range impure {
		if o.calls[fn] {
			return fmt.Sprintf("%s is called cacheable and calls %s", query, fn), true
		}
	}
	return "", true
}

func TestSQLiteAuthorizer(t *testing.T) {
	o := newOracle(t)
	compiled := 0
	for _, path := range []string{"testdata/sqlcorpus.tsv", "testdata/hard.tsv"} {
		for _, r := range corpus(t, path) {
			if r.dialect != analyze.SQLite || r.class == "tx" || r.class == "session" || slices.Contains(r.flags, "multi") {
				continue
			}
			fault, ok := o.check(r.text)
			if fault != "" {
				t.Error(fault)
			}
			if !ok {
				continue
			}
			compiled++
			if r.class == "unknown" {
				t.Logf("SQLite accepts %s", r.text)
			}
		}
	}
	t.Logf("%d statements compiled", compiled)
	if compiled < 100 {
		t.Errorf("only %d statements compiled", compiled)
	}
}

// TestSQLiteRandom builds statements from parts that nest and compares each with the authorizer.
func TestSQLiteRandom(t *testing.T) {
	o := newOracle(t)
	compiled := 0
	rapid.Check(t, func(rt *rapid.T) {
		query := (&grammar{rt}).query(3)
		fault, ok := o.check(query)
		if fault != "" {
			rt.Fatal(fault)
		}
		if ok {
			compiled++
		}
	})
	t.Logf("%d statements compiled", compiled)
}
