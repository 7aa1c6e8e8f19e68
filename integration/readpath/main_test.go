// Package readpath shows, on real servers, what happens to reads: they are coalesced, answered from memory, cancelled, and
// go on while the pool is exhausted or the server is away.
package readpath

import (
	"context"
	"database/sql"
	"os"
	"testing"

	"github.com/sqldedupe/sqldedupe/integration/lab"
	"github.com/sqldedupe/sqldedupe/integration/servers"
)

func TestMain(m *testing.M) { os.Exit(servers.Main(m)) }

// fixture makes a table of a hundred rows, where v is ten times id.
func fixture(t testing.TB, p *lab.Place) {
	t.Helper()
	side := p.Side(t)
	defer side.Close()
	lab.Exec(t, side, "create table items (id int primary key, v bigint not null)")
	lab.Exec(t, side, "insert into items select a.n*10+b.n, (a.n*10+b.n)*10 from "+digits("a")+" cross join "+digits("b"))
}

func digits(alias string) string {
	return "(select 0 as n union all select 1 union all select 2 union all select 3 union all select 4 union all" +
		" select 5 union all select 6 union all select 7 union all select 8 union all select 9) " + alias
}

// A way is one of the ways to ask for v of the item 7.
type way struct {
	name string
	text string
	ask  func(ctx context.Context, db *sql.DB, text string) (int64, error)
	// prepare, if not nil, is called once before, and gives the ask to use.
	prepare func(t testing.TB, db *sql.DB, text string) func(context.Context) (int64, error)
}

// asker returns what asks for the item through db.
func (w way) asker(t testing.TB, p *lab.Place, db *sql.DB) func(context.Context) (int64, error) {
	t.Helper()
	text := p.Text(w.text)
	if w.prepare != nil {
		return w.prepare(t, db, text)
	}
	return func(ctx context.Context) (int64, error) { return w.ask(ctx, db, text) }
}

var ways = []way{
	{name: "direct", text: "select v from items where id = 7 and 'direct' <> ''", ask: queryAll(nil)},
	{name: "arguments", text: "select v from items where id = ? and 'arguments' <> ''", ask: queryAll([]any{7})},
	{name: "QueryRow", text: "select v, id from items where id = ? and 'QueryRow' <> ''", ask: queryRow},
	{name: "prepared", text: "select v from items where id = ? and 'prepared' <> ''", prepare: prepared},
}

func queryAll(args []any) func(context.Context, *sql.DB, string) (int64, error) {
	return func(ctx context.Context, db *sql.DB, text string) (v int64, err error) {
		rows, err := db.QueryContext(ctx, text, args...)
		if err != nil {
			return 0, err
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&v); err != nil {
				return 0, err
			}
		}
		return v, rows.Err()
	}
}

func queryRow(ctx context.Context, db *sql.DB, text string) (v int64, err error) {
	var ignored int
	err = db.QueryRowContext(ctx, text, 7).Scan(&v, &ignored)
	return v, err
}

func prepared(t testing.TB, db *sql.DB, text string) func(context.Context) (int64, error) {
	t.Helper()
	stmt, err := db.PrepareContext(t.Context(), text)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stmt.Close() })
	return func(ctx context.Context) (v int64, err error) {
		err = stmt.QueryRowContext(ctx, 7).Scan(&v)
		return v, err
	}
}

// marker is a part of the way's text that no other statement has and that MariaDB's log keeps, where arguments stand in
// place of their placeholders.
func (w way) marker() string { return "'" + w.name + "' <> " }
