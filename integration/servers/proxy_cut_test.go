package servers_test

import (
	"strings"
	"testing"

	"github.com/sqldedupe/sqldedupe/integration/servers"
)

func TestProxyCutsAtPattern(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		direction servers.Direction
		moment    servers.Moment
		received  string // by the server
		read      string // by the client, of the second exchange
	}{
		{"before the server", servers.ToServer, servers.Before, "one;two ", ""},
		{"after the server", servers.ToServer, servers.After, "one;two COMMIT three", ""},
		{"at the answer", servers.ToServer, servers.AtAnswer, "one;two COMMIT three", ""},
		{"before the client", servers.ToClient, servers.Before, "one;two COMMIT three", "two "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e, p := startProxy(t)
			done := p.CutOn(test.direction, "COMMIT", test.moment)
			conn := dial(t, p.Addr())
			mustExchange(t, conn, "one;")
			got, err := exchange(conn, "two COMMIT three")
			if err == nil || !strings.HasPrefix(test.read, got) {
				t.Fatalf("the client got %q, %v", got, err)
			}
			<-done
			eventually(t, "the server has received "+test.received, func() bool { return e.received() == test.received })
			mustExchange(t, dial(t, p.Addr()), "COMMIT") // The cut is used up.
		})
	}
}

func TestProxyFindsPatternAcrossReads(t *testing.T) {
	t.Parallel()
	e, p := startProxy(t)
	done := p.CutOn(servers.ToServer, "COMMIT", servers.Before)
	conn := dial(t, p.Addr())
	mustExchange(t, conn, "x COM")
	if got, err := exchange(conn, "MIT"); err == nil {
		t.Fatalf("got %q", got)
	}
	<-done
	if got := e.received(); got != "x COM" {
		t.Fatalf("the server has received %q", got)
	}
}

// The client cannot know what became of its transaction; the moment decides.
func TestProxyCutsCommit(t *testing.T) {
	t.Parallel()
	commits := map[string]string{"PostgreSQL": "commit", "MariaDB": "COMMIT"}
	eachDatabase(t, func(t *testing.T, k kind) {
		for moment, rows := range map[servers.Moment]int{servers.Before: 0, servers.AtAnswer: 1} {
			s := k.shared(t)
			dsn := s.Database(t)
			direct := k.open(t, dsn)
			mustExec(t, direct, "create table t (n int)")
			p := s.Proxy(t)
			db := k.open(t, p.Via(dsn))
			tx, err := db.BeginTx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.ExecContext(t.Context(), "insert into t values (1)"); err != nil {
				t.Fatal(err)
			}
			done := p.CutOn(servers.ToServer, commits[k.name], moment)
			if err := tx.Commit(); err == nil {
				t.Fatal("the commit was answered")
			}
			<-done
			if n := count(t, direct, "select count(*) from t"); n != rows {
				t.Errorf("moment %d: %d rows, want %d", moment, n, rows)
			}
		}
	})
}
