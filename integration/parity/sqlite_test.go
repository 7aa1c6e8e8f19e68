package parity

import (
	"path/filepath"
	"testing"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
)

// hazard H37: one file is one cache, however its name is written.
func TestSQLiteNames(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a b.db")
	const params = "dedupe_ttl=1h&dedupe_beta=0"
	first := lab.Open(t, "sqlite-dedupe", file+"?"+params)
	lab.Exec(t, first, "create table t (id integer primary key, v integer)")
	lab.Exec(t, first, "insert into t values (1, 0)")
	v := int64(0)
	for _, name := range []string{
		file + "?" + params, "file:" + dir + "/a%20b.db?" + params, "file://" + dir + "/a b.db?" + params, "file://localhost" + dir + "/a b.db?" + params,
		dir + "/../" + filepath.Base(dir) + "/a b.db?" + params, "file:" + dir + "/a b.db?cache=private&" + params,
	} {
		other := lab.Open(t, "sqlite-dedupe", name)
		for range 3 {
			lab.Int(t, first, "select v from t where id = 1")
			lab.WantInt(t, first, v, sqldedupe.Hit, "select v from t where id = 1")
			lab.Exec(t, other, "update t set v = v + 1")
			v++
			if got, o := lab.Int(t, first, "select v from t where id = 1"); got != v {
				t.Errorf("%s: after a write of %d a read gave %d by %v", name, v, got, o.Kind)
			}
		}
	}
	// SQLite passes over a fragment, and with it over parameters behind it.
	other := lab.Open(t, "sqlite-dedupe", "file:"+dir+"/a%20b.db#x?"+params)
	lab.Int(t, first, "select v from t where id = 1")
	lab.Exec(t, other, "update t set v = v + 1")
	if got, o := lab.Int(t, first, "select v from t where id = 1"); got != v+1 {
		t.Errorf("with a fragment: after a write of %d a read gave %d by %v", v+1, got, o.Kind)
	}
}
