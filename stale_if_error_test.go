package sqldedupe_test

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

// stale_if_error answers for a database that does not, for so long, and never
// in place of its own answer.
func TestStaleIfError(t *testing.T) {
	syntax := errors.New("syntax error")
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.StaleIfError = time.Minute
		cfg.Adapter.Answered = func(err error) bool { return err == syntax }
		db := open(t, &srv, cfg)
		number(t, db, items)
		time.Sleep(90 * time.Second)

		fail(&srv, syntax, fakedb.Query)
		if _, err := numberOf(t.Context(), db, items); err != syntax {
			t.Errorf("in place of the database's own answer: %v", err)
		}
		fail(&srv, errDown, fakedb.Query)
		n, o := outcome(t, t.Context(), db, items)
		expect(t, "answer", n, 1)
		expectKind(t, o, sqldedupe.Stale)
		expect(t, "age", o.Age, 90*time.Second)
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() { expect(t, "answer for many", number(t, db, items), 1) })
		}
		all.Wait()

		time.Sleep(30 * time.Second)
		if _, err := numberOf(t.Context(), db, items); err != errDown {
			t.Errorf("beyond its time: %v", err)
		}
		srv.On(nil)
		_, o = outcome(t, t.Context(), db, items)
		expectKind(t, o, sqldedupe.Miss)
	})
}

// A write that comes between the look at the entry and the failure of the
// query voids what stale_if_error would give.
func TestStaleIfErrorOvertakenByAWrite(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.StaleIfError = time.Hour
		db := open(t, &srv, cfg)
		number(t, db, items)
		time.Sleep(90 * time.Second)
		gate := make(chan struct{})
		srv.On(func(c fakedb.Call) error {
			if c.Op == fakedb.Query {
				<-gate
				return errDown
			}
			return nil
		})
		var reader sync.WaitGroup
		reader.Go(func() {
			if _, err := numberOf(t.Context(), db, items); err != errDown {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		exec(t, db, setItems)
		close(gate)
		reader.Wait()
	})
}
