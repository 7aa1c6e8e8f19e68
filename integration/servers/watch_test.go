package servers_test

import (
	"context"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe/integration/servers"
)

func TestProxyWatchTellsMessagesApart(t *testing.T) {
	t.Parallel()
	want := servers.Counts{Queries: 1, Prepares: 1, Executes: 3}
	eachDatabase(t, func(t *testing.T, k kind) {
		s := k.shared(t)
		p := s.Proxy(t)
		p.Delay(servers.ToClient, time.Millisecond)
		w, other := p.Watch("/* watched */"), p.Watch("/* other */")
		db := k.open(t, p.Via(s.DSN("")))
		db.SetMaxOpenConns(1)
		mustExec(t, db, "select 1 /* watched */", "select 1")
		stmt, err := db.PrepareContext(t.Context(), "select 2 /* watched */")
		if err != nil {
			t.Fatal(err)
		}
		defer stmt.Close()
		for range 3 {
			if _, err := stmt.ExecContext(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if got := w.Counts(); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		if got := other.Counts(); got != (servers.Counts{}) {
			t.Errorf("counted %+v of a text that was never sent", got)
		}
	})
}

func TestStatementsAreCountedByTheServer(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, k kind) {
		s := k.shared(t)
		p := s.Proxy(t)
		w := p.Watch("/* counted */")
		db := k.open(t, p.Via(s.Database(t)))
		mustExec(t, db, "create table t (n int, s varchar(50))", "insert into t values (1, 'a')")
		mustExec(t, db, "select 1 /* counted */", "select\n\t1,\n2 /* counted */\n", "/* counted */ select '/* counted */'")
		stmt, err := db.PrepareContext(t.Context(), "select n from t where n = "+k.placeholder+" /* counted */")
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			var n int
			if err := stmt.QueryRowContext(t.Context(), 1).Scan(&n); err != nil {
				t.Fatal(err)
			}
		}
		stmt.Close()
		// It fails where it is planned: the server has logged the text with an error, and that is no second statement.
		if _, err := db.ExecContext(t.Context(), "select 1/0 from no_such_table /* other */"); err == nil {
			t.Fatal("no error")
		}
		if n := s.CountStatements("/* counted */"); n != 7 {
			t.Errorf("the server's log has %d statements, want 7", n)
		}
		if c := w.Counts(); c.Runs() != 7 {
			t.Errorf("the proxy saw %+v, want 7 runs", c)
		}
		if n := s.CountStatements("select\n\t1,\n2"); n != 1 {
			t.Errorf("%d statements of several lines, want 1", n)
		}
		if n := s.CountStatements("/* never sent */"); n != 0 {
			t.Errorf("%d statements that nobody sent", n)
		}
	})
}
