package readpath

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/sqldedupe/sqldedupe/integration/lab"
)

// running counts the server's sessions that have run the slow query for a while: PostgreSQL forgets a request to cancel
// that comes between the preparation of a statement and its execution, with the plain driver too.
func running(t testing.TB, e *lab.Engine, side *sql.DB) int {
	t.Helper()
	query := "select count(*) from information_schema.processlist where info like 'select count(*) from items a, items b%'" +
		" and db = database() and time_ms > 300"
	if e == lab.Postgres {
		query = "select count(*) from pg_stat_activity where state = 'active' and query like 'select count(*) from items a, items b%'" +
			" and datname = current_database() and clock_timestamp() > query_start + interval '300 ms'"
	}
	n, _ := lab.Int(t, side, query)
	return int(n)
}

// kill ends MariaDB's slow queries, which would run on for minutes.
func kill(t testing.TB, side *sql.DB) {
	t.Helper()
	var id int64
	err := side.QueryRow("select id from information_schema.processlist where info like 'select count(*) from items a, items b%'" +
		" and db = database()").Scan(&id)
	if err == sql.ErrNoRows {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	lab.Exec(t, side, fmt.Sprintf("kill query %d", id))
}

// sessions counts the server's sessions in the database of side, without side's own.
func sessions(t testing.TB, e *lab.Engine, side *sql.DB) int {
	t.Helper()
	query := "select count(*) from information_schema.processlist where db = database() and id <> connection_id()"
	if e == lab.Postgres {
		query = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
	}
	n, _ := lab.Int(t, side, query)
	return int(n)
}
