package fakedb_test

import (
	"database/sql/driver"
	"testing"

	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

// Each kind has the optional interfaces that its comment says, and no others.
func TestKinds(t *testing.T) {
	const contexts, resets, checks, legacy, stmtContexts, stmtChecks, converts = 1, 2, 4, 8, 16, 32, 64
	want := map[fakedb.Kind]int{
		fakedb.Modern:       contexts | resets | stmtContexts,
		fakedb.Checking:     contexts | resets | checks | stmtContexts,
		fakedb.StmtChecking: contexts | resets | stmtContexts | stmtChecks,
		fakedb.Careless:     contexts | stmtContexts,
		fakedb.Legacy:       legacy,
		fakedb.Bare:         0,
		fakedb.Converting:   converts,
	}
	for kind, want := range want {
		srv := fakedb.Server{Kind: kind}
		c, err := srv.Driver().Open("")
		if err != nil {
			t.Fatal(err)
		}
		st, err := c.Prepare("SELECT 1")
		if err != nil {
			t.Fatal(err)
		}
		got := has[driver.QueryerContext](c, contexts) | has[driver.SessionResetter](c, resets) |
			has[driver.NamedValueChecker](c, checks) | has[queryer](c, legacy) |
			has[driver.StmtQueryContext](st, stmtContexts) | has[driver.NamedValueChecker](st, stmtChecks) |
			has[columnConverter](st, converts)
		if got != want {
			t.Errorf("kind %d has %b, want %b", kind, got, want)
		}
	}
}

// queryer and columnConverter are deprecated interfaces of database/sql/driver.
type (
	queryer interface {
		Query(string, []driver.Value) (driver.Rows, error)
	}
	columnConverter interface {
		ColumnConverter(int) driver.ValueConverter
	}
)

func has[I any](v any, bit int) int {
	if _, ok := v.(I); ok {
		return bit
	}
	return 0
}
