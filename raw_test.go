package sqldedupe_test

import (
	"database/sql/driver"
	"fmt"
	"testing"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

// hazard H68: Raw hands over the driver's own connection; what it does there
// voids everything kept, and that connection serves nobody else.
func TestRaw(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		number(t, db, items)
		c := conn(t, db)
		must(t, sqldedupe.Raw(c, func(dc any) error {
			if _, ok := dc.(driver.Pinger); !ok || fmt.Sprintf("%T", dc)[:6] != "struct" {
				t.Errorf("got a %T", dc)
			}
			_, o := outcome(t, t.Context(), db, items) // while f runs
			expectKind(t, o, sqldedupe.Miss)
			return dc.(driver.Pinger).Ping(t.Context())
		}))
		_, o := outcome(t, t.Context(), db, items)
		expectKind(t, o, sqldedupe.Miss)
		_, o = outcome(t, t.Context(), db, items)
		expectKind(t, o, sqldedupe.Hit)
		_, o = outcome(t, t.Context(), c, items)
		expectKind(t, o, sqldedupe.Bypass)
		expect(t, "error", sqldedupe.Raw(c, func(any) error { return errDown }), errDown)
	})
}

// hazard H68: without our Raw, the connection that sql.Conn.Raw gives can be
// asked for the driver's own until it is given back.
func TestConnRaw(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		number(t, db, items)
		c, other := conn(t, db), conn(t, db)
		var own driver.Conn
		must(t, c.Raw(func(dc any) error {
			own = dc.(interface{ Raw() driver.Conn }).Raw()
			return nil
		}))
		if own == nil {
			t.Fatal("no connection")
		}
		for range 2 { // as long as it may be used, nothing is answered from memory
			_, o := outcome(t, t.Context(), other, items)
			expectKind(t, o, sqldedupe.Miss)
		}
		must(t, c.Close())
		number(t, other, items)
		_, o := outcome(t, t.Context(), other, items)
		expectKind(t, o, sqldedupe.Hit)
	})
}

// Raw without a connection says so; f is not called.
func TestRawWithoutConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		number(t, db, items)
		c := conn(t, db)
		srv.Restart()
		fail(&srv, errDown, fakedb.Connect, fakedb.Reset)
		srv.On(func(call fakedb.Call) error {
			switch call.Op {
			case fakedb.Connect:
				return errDown
			case fakedb.Reset:
				return driver.ErrBadConn
			}
			return nil
		})
		if err := sqldedupe.Raw(c, func(any) error { t.Error("called"); return nil }); err == nil {
			t.Error("no error")
		}
		n, o := outcome(t, t.Context(), db, items)
		expect(t, "hits go on", n, 1)
		expectKind(t, o, sqldedupe.Hit)
	})
}

// On a driver that is not ours Raw is conn.Raw.
func TestRawOnPlain(t *testing.T) {
	var srv fakedb.Server
	cfg := cached()
	cfg.Mode = sqldedupe.Off
	c := conn(t, open(t, &srv, cfg))
	defer c.Close()
	must(t, sqldedupe.Raw(c, func(dc any) error { return dc.(driver.Pinger).Ping(t.Context()) }))
}

// hazard H115: results are the driver's own, and a wrapper stacked on top
// reaches ours by Driver.
func TestDriverTypesShowThrough(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		db := open(t, &srv, cached())
		c := conn(t, db)
		must(t, c.Raw(func(dc any) error {
			res, err := dc.(driver.ExecerContext).ExecContext(t.Context(), setItems, nil)
			must(t, err)
			if _, ok := res.(fakedb.Done); !ok {
				t.Errorf("the result is a %T", res)
			}
			return nil
		}))
		if _, ok := db.Driver().(fakedb.Driver); !ok {
			t.Errorf("the driver is a %T", db.Driver())
		}
	})
}
