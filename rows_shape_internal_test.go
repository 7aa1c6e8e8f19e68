package sqldedupe

import (
	"database/sql/driver"
	"testing"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

// hazard H47: a hit has exactly the optional interfaces that the miss had.
func TestReplayHasTheShapeOfTheMiss(t *testing.T) {
	for shape := resultcache.Shape(0); shape < 1<<6; shape++ {
		set := resultcache.NewRecorder(resultcache.NewColumns(shape, nil), resultcache.Limits{}).Publish()
		if got := describe(replaySet(set)).Shape(); got != shape {
			t.Errorf("shape %06b is replayed as %06b", shape, got)
		}
	}
}

// The connection that a program gets has exactly the interfaces that change
// what database/sql does and that the driver's connection has.
func TestConnHasTheShapeOfTheDriver(t *testing.T) {
	for i := range 8 {
		want := connShape{exec: i&1 != 0, query: i&2 != 0, checks: i&4 != 0}
		dc := newConn(nil, nil, want)
		_, exec := dc.(driver.ExecerContext)
		_, query := dc.(driver.QueryerContext)
		_, checks := dc.(driver.NamedValueChecker)
		if got := (connShape{exec: exec, query: query, checks: checks}); got != want {
			t.Errorf("shape %+v became %+v", want, got)
		}
		for name, ok := range map[string]bool{
			"SessionResetter": is[driver.SessionResetter](dc), "Validator": is[driver.Validator](dc), "Pinger": is[driver.Pinger](dc),
			"ConnBeginTx": is[driver.ConnBeginTx](dc), "ConnPrepareContext": is[driver.ConnPrepareContext](dc),
		} {
			if !ok {
				t.Errorf("shape %+v lacks %s", want, name)
			}
		}
	}
}

func is[I any](v any) bool {
	_, ok := v.(I)
	return ok
}

// Statements are remembered in bounded memory, those in use longest.
func TestTextsAreBounded(t *testing.T) {
	var x texts
	hot := x.put("hot", textOf{statement: &statement{text: "hot"}})
	for i := range 10 * maxTexts {
		text := string(rune('a'+i%26)) + string(rune(i))
		x.put(text, textOf{statement: &statement{text: text}})
		if got, ok := x.get("hot"); !ok || got.statement != hot.statement {
			t.Fatalf("what is in use is forgotten after %d others", i)
		}
	}
	if n := len(x.young) + len(x.old); n > 2*maxTexts {
		t.Errorf("%d texts are remembered", n)
	}
	long := string(make([]byte, maxTextBytes+1))
	x.put(long, textOf{statement: &statement{}})
	if _, ok := x.get(long); ok {
		t.Error("a text beyond the limit is remembered")
	}
}
