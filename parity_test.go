package sqldedupe_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/internal/fakedb"
)

const typed = "SELECT a, b, c, d, e, f FROM types"

var (
	cell = fakedb.Column{
		Name: "a", Type: "BIGINT", Scan: reflect.TypeFor[int64](), Length: 8, Nullable: true, Precision: 10, Scale: 2,
	}
	typedResult = fakedb.Result{
		Columns: []fakedb.Column{cell, {Name: "b", Type: "TEXT"}, {Name: ""}, {Name: "a"}, {Name: "e"}, {Name: "f"}},
		Rows: [][]driver.Value{
			{int64(1), "text", []byte("bytes"), time.Date(2024, 7, 1, 12, 0, 0, 5, time.UTC), nil, 1.5},
			{int64(-1), "", []byte{}, time.Date(1, 1, 1, 0, 0, 0, 0, time.Local), true, float32(2)},
			{uint64(1 << 63), "ü", []byte(nil), time.Time{}, false, nil},
		},
	}
)

// script writes down what a program sees.
type script struct {
	t   *testing.T
	db  *sql.DB
	srv *fakedb.Server
	out strings.Builder
}

func (s *script) note(args ...any) { fmt.Fprintln(&s.out, args...) }

func (s *script) result(res sql.Result, err error) {
	s.note("exec:", err)
	if err != nil {
		return
	}
	id, err1 := res.LastInsertId()
	n, err2 := res.RowsAffected()
	s.note(id, err1, n, err2)
}

// rows reads everything that rows tell, up to limit rows of each set.
func (s *script) rows(limit int) func(rows *sql.Rows, err error) {
	return func(rows *sql.Rows, err error) {
		s.note("query:", err)
		if err != nil {
			return
		}
		for more := true; more; more = rows.NextResultSet() {
			s.set(rows, limit)
		}
		s.note("err:", rows.Err(), "close:", rows.Close(), "err:", rows.Err())
	}
}

func (s *script) set(rows *sql.Rows, limit int) {
	names, err := rows.Columns()
	s.note("columns:", fmt.Sprintf("%q", names), err)
	types, err := rows.ColumnTypes()
	s.note("types:", err)
	for _, c := range types {
		length, hasLength := c.Length()
		null, hasNull := c.Nullable()
		precision, scale, hasPrecision := c.DecimalSize()
		s.note(c.Name(), c.DatabaseTypeName(), c.ScanType(), length, hasLength, null, hasNull, precision, scale, hasPrecision)
	}
	for i := 0; i < limit && rows.Next(); i++ {
		values := make([]any, len(names))
		for i := range values {
			values[i] = new(any)
		}
		err := rows.Scan(values...)
		for _, v := range values {
			s.note(fmt.Sprintf("  %#v", *v.(*any)), err)
		}
	}
}

// parity is what a program may do; results, errors and what reaches the
// driver must be the same with the plain driver and with ours.
var parity = map[string]func(s *script){
	"query": func(s *script) {
		for range 2 {
			s.rows(100)(s.db.Query(typed))
		}
	},
	"early close": func(s *script) {
		for limit := range 4 {
			s.rows(limit)(s.db.Query(typed))
		}
	},
	"row": func(s *script) {
		var n int
		s.note(s.db.QueryRow(itemByID, 1).Scan(&n), n)
		s.note(s.db.QueryRow("SELECT n FROM empty").Scan(&n))
		s.rows(9)(s.db.Query("SELECT n FROM empty"))
		s.rows(9)(s.db.Query("SELECT FROM narrow"))
	},
	"several sets": func(s *script) {
		for limit := range 4 {
			s.rows(limit)(s.db.Query("SELECT n FROM sets"))
		}
	},
	"raw bytes": func(s *script) {
		rows, err := s.db.Query("SELECT b FROM blobs")
		s.note(err)
		for rows.Next() {
			var raw sql.RawBytes
			s.note(rows.Scan(&raw), string(raw))
			copy(raw, "xxxx")
		}
		s.note(rows.Close())
		s.rows(9)(s.db.Query("SELECT b FROM blobs"))
	},
	"exec": func(s *script) {
		s.result(s.db.Exec(setItems))
		s.result(s.db.Exec("INSERT INTO items VALUES ($1)", 1))
		s.result(s.db.Exec("SELECT n FROM items"))
		s.result(s.db.Exec("nonsense"))
	},
	"returning": func(s *script) {
		for limit := range 3 {
			s.rows(limit)(s.db.Query("INSERT INTO items VALUES (1) RETURNING n"))
		}
	},
	"errors": func(s *script) {
		failing(s, errDown)
	},
	"rows fail": func(s *script) {
		s.srv.On(func(c fakedb.Call) error {
			if c.Op == fakedb.Next && c.Row == 2 || c.Op == fakedb.RowsClose {
				return fmt.Errorf("at %s %d", c.Op, c.Row)
			}
			return nil
		})
		for limit := range 5 {
			s.rows(limit)(s.db.Query(typed))
		}
	},
	"transaction": func(s *script) {
		for _, end := range []func(*sql.Tx) error{(*sql.Tx).Commit, (*sql.Tx).Rollback} {
			tx, err := s.db.Begin()
			s.note(err)
			s.result(tx.Exec(setItems))
			s.rows(9)(tx.Query(items))
			st, err := tx.Prepare(itemByID)
			s.note(err)
			s.rows(9)(st.Query(1))
			s.note(end(tx), end(tx))
			_, err = tx.Exec(setItems)
			s.note(err)
			_, err = st.Query(1)
			s.note(err)
		}
	},
	"transaction options": func(s *script) {
		for _, o := range []sql.TxOptions{{}, {ReadOnly: true}, {Isolation: sql.LevelSerializable}} {
			tx, err := s.db.BeginTx(context.Background(), &o)
			s.note(err)
			if err == nil {
				s.note(tx.Rollback())
			}
		}
	},
	"text transaction": func(s *script) {
		c, err := s.db.Conn(context.Background())
		s.note(err)
		for _, text := range []string{"BEGIN", setItems, items, "COMMIT", items, "ROLLBACK"} {
			if text == items {
				s.rows(9)(c.QueryContext(context.Background(), text))
			} else {
				s.result(c.ExecContext(context.Background(), text))
			}
		}
		s.note(c.Close(), c.Close())
	},
	"prepared": func(s *script) {
		for _, text := range []string{itemByID, "UPDATE items SET n = $1"} {
			st, err := s.db.Prepare(text)
			s.note(err)
			s.rows(9)(st.Query(1))
			s.result(st.Exec(1))
			_, err = st.Query()
			s.note(err)
			s.note(st.Close(), st.Close())
			_, err = st.Query(1)
			s.note(err)
		}
	},
	"named": func(s *script) {
		s.rows(9)(s.db.Query(itemByID, sql.Named("id", 1)))
		s.result(s.db.Exec("UPDATE items SET n = $1", sql.Named("id", 1)))
	},
	"cancelled": func(s *script) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s.rows(9)(s.db.QueryContext(ctx, items))
		s.result(s.db.ExecContext(ctx, setItems))
		_, err := s.db.BeginTx(ctx, nil)
		s.note(err, s.db.PingContext(ctx))
		_, err = s.db.PrepareContext(ctx, items)
		s.note(err)
	},
	"driver": func(s *script) { s.note(reflect.TypeOf(s.db.Driver())) },
	"closed": func(s *script) {
		s.note(s.db.Ping(), s.db.Close(), s.db.Close(), s.db.Ping())
		_, err := s.db.Query(items)
		s.note(err)
	},
}

// failing runs every operation while it fails.
func failing(s *script, err error) {
	for _, op := range []fakedb.Op{fakedb.Query, fakedb.Exec, fakedb.Prepare, fakedb.Begin, fakedb.Ping} {
		fail(s.srv, err, op)
		s.rows(9)(s.db.Query(orders))
		s.result(s.db.Exec(setItems))
		s.note(s.db.Ping())
		// A text that was prepared before is prepared where it runs, so its error
		// may come one call later.
		st, err := s.db.Prepare("SELECT n FROM prepared WHERE op = '" + string(op) + "'")
		s.note(err)
		if err == nil {
			s.rows(9)(st.Query())
			s.note(st.Close())
		}
		if tx, err := s.db.Begin(); err == nil {
			s.note(tx.Rollback())
		} else {
			s.note(err)
		}
	}
	fail(s.srv, err, fakedb.Commit, fakedb.Rollback)
	tx, err := s.db.Begin()
	s.note(err)
	s.note(tx.Commit())
	tx, err = s.db.Begin()
	s.note(err)
	s.note(tx.Rollback())
}

func (s *script) play(name string) string {
	result := typedResult
	result.Shape = fakedb.Everybody
	s.srv.Set(typed, result)
	second := fakedb.Result{Columns: []fakedb.Column{cell, cell}, Rows: [][]driver.Value{{int64(8), int64(9)}}, Shape: fakedb.Everybody}
	s.srv.Set("SELECT n FROM sets", fakedb.Result{
		Columns: []fakedb.Column{cell}, Rows: [][]driver.Value{{int64(1)}, {int64(2)}}, Shape: fakedb.Everybody, More: &second,
	})
	s.srv.Set("SELECT n FROM empty", fakedb.Result{Columns: []fakedb.Column{{Name: "n"}}})
	s.srv.Set("SELECT FROM narrow", fakedb.Result{Rows: [][]driver.Value{{}, {}}})
	s.srv.Set("SELECT b FROM blobs", fakedb.Result{
		Columns: []fakedb.Column{{Name: "b"}}, Rows: [][]driver.Value{{[]byte("one")}, {[]byte("three")}},
	})
	parity[name](s)
	s.srv.On(nil)
	for _, c := range s.srv.Calls(fakedb.Exec, fakedb.Query, fakedb.Begin, fakedb.Commit, fakedb.Rollback) {
		s.note("call:", c)
	}
	s.note("rows closed:", s.srv.Count(fakedb.RowsClose))
	return s.out.String()
}

// hazards H44, H47, H48, H71, H115: one program, two drivers, no difference.
func TestParity(t *testing.T) {
	kinds := []fakedb.Kind{fakedb.Modern, fakedb.Checking, fakedb.StmtChecking, fakedb.Careless, fakedb.Legacy, fakedb.Bare, fakedb.Converting}
	for name := range parity {
		for _, kind := range kinds {
			for _, reuses := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%d/reuses=%v", name, kind, reuses), func(t *testing.T) {
					bubble(t, func(t *testing.T) {
						plain, wrapped := &fakedb.Server{Kind: kind, Reuses: reuses}, &fakedb.Server{Kind: kind, Reuses: reuses}
						db := sql.OpenDB(plain.Connector())
						defer db.Close()
						want := (&script{t: t, srv: plain, db: db}).play(name)
						got := (&script{t: t, srv: wrapped, db: open(t, wrapped, sqldedupe.Config{})}).play(name)
						expectLines(t, got, want)
					})
				})
			}
		}
	}
}

// With dedupe=off nothing of ours is between the program and the driver.
func TestOffIsThePlainDriver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var srv fakedb.Server
		cfg := cached()
		cfg.Mode = sqldedupe.Off
		real := srv.Connector()
		if got := sqldedupe.NewConnector(real, cfg); got != real {
			t.Errorf("got %T", got)
		}
		db := open(t, &srv, cfg)
		number(t, db, items)
		expect(t, "second", number(t, db, items), 2)
		if sqldedupe.Of(db) != nil {
			t.Error("there is a control handle")
		}
	})
}

// hazard H71: a driver registered by name, with the parameters in its DSN and
// connections that know no context.
func TestRegister(t *testing.T) {
	bubble(t, func(t *testing.T) {
		srv := &fakedb.Server{Kind: fakedb.Legacy}
		sqldedupe.Register("fakedb-dedupe", srv.Driver(), sqldedupe.Config{Dialect: "postgres"})
		db, err := sql.Open("fakedb-dedupe", "fake://server/db?dedupe_ttl=1m&dedupe_beta=0")
		must(t, err)
		defer db.Close()
		number(t, db, items)
		expect(t, "second", number(t, db, items), 1)
		if _, ok := db.Driver().(fakedb.Driver); !ok {
			t.Errorf("the driver is %T", db.Driver())
		}
		if _, err := sql.Open("fakedb-dedupe", "fake://u:secret@server/db?dedupe_ttl=x&dedupe_no=1"); err == nil ||
			!strings.Contains(err.Error(), "dedupe_ttl") || !strings.Contains(err.Error(), "dedupe_no") || strings.Contains(err.Error(), "secret") {
			t.Errorf("got %v", err)
		}
	})
}
