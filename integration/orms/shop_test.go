package orms_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gorm.io/gorm"
)

// A shop is the program: written once for each library, without knowledge of the driver below it.
type shop interface {
	// build creates the tables, fills them and changes them, and looks at what it has done after each step.
	build(ctx context.Context, out *transcript) error
	// browse only reads what build has left.
	browse(ctx context.Context, out *transcript) error
	close() error
}

// A library opens a shop.
type library struct {
	name string
	open func(dialect, driver, dsn string) (shop, error)
}

func libraries() []library {
	return []library{
		{"database/sql", openStandard},
		{"every type", openTypes},
		{"sqlx", openSqlx},
		{"GORM", openGorm(gorm.Config{})},
		{"GORM PrepareStmt", openGorm(gorm.Config{PrepareStmt: true, TranslateError: true})},
		{"GORM by name", openGormByName},
		{"bun", openBun},
		{"xorm", openXorm},
		{"ent", openEnt},
	}
}

// The parts of a shop's life.
const (
	build = iota
	browse
	again
	elsewhere // browsing through a second handle
	changed   // browsing through the first one after a change through another
	parts
)

var partNames = [parts]string{"build", "browse", "browse again", "browse elsewhere", "browse changed"}

// A run is one shop's life.
type run struct {
	said [parts]string
	sent [parts]int // statements
}

// TestTranscripts runs every shop on the plain and on the wrapped driver. The plain driver browses twice as well: what
// differs there would be the shop's own fault.
func TestTranscripts(t *testing.T) {
	var table results
	for _, group := range [][]database{postgresDatabases, mariadbDatabases, sqliteDatabases} {
		t.Run(group[0].name, func(t *testing.T) {
			t.Parallel() // but not within: a server's log does not tell databases apart
			for _, db := range group {
				for _, lib := range libraries() {
					t.Run(db.name+"/"+lib.name, func(t *testing.T) {
						plain, caching := compare(t, db, lib)
						table.add(db, lib, plain, caching)
					})
				}
			}
		})
	}
	t.Cleanup(func() { t.Log(table.String()) })
}

// compare returns what the plain and the caching driver sent.
func compare(t *testing.T, db database, lib library) (plain, caching run) {
	plain = live(t, db, lib, db.plain, "")
	if d := difference(plain.said[browse], plain.said[again]); d != "" {
		t.Fatalf("the shop differs from itself on the plain driver: %s", d)
	}
	for i, mode := range db.modes {
		if wrapped := check(t, db, lib, plain, mode); i == 0 {
			caching = wrapped
		}
	}
	if db.counted {
		for part, name := range partNames {
			if caching.sent[part] > plain.sent[part] {
				t.Errorf("%s: %d statements, %d on the plain driver", name, caching.sent[part], plain.sent[part])
			}
		}
		for _, part := range []int{build, again, elsewhere} {
			if caching.sent[part] >= plain.sent[part] {
				t.Errorf("%s, cache warm: %d statements, %d on the plain driver", partNames[part], caching.sent[part], plain.sent[part])
			}
		}
	}
	return plain, caching
}

// check runs a shop on the wrapped driver.
func check(t *testing.T, db database, lib library, plain run, params string) run {
	wrapped := live(t, db, lib, db.wrapped, params)
	for part, name := range partNames {
		if d := difference(plain.said[part], wrapped.said[part]); d != "" {
			t.Errorf("%s, %s: %s", params, name, d)
		}
	}
	return wrapped
}

// live runs a shop from its opening to its end in a database of its own.
func live(t *testing.T, db database, lib library, driver, params string) (r run) {
	p := db.fresh(t)
	dsn := withParams(p.dsn, params)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	first := opened(t, lib, db.dialect, driver, dsn)
	record := func(part int, f func(context.Context, *transcript) error) {
		out := &transcript{hide: strings.NewReplacer(p.name, "(database)")}
		before := p.sent()
		if err := f(ctx, out); err != nil {
			t.Fatalf("%s %s, %s, after %q: %v", driver, params, partNames[part], line(out.lines, len(out.lines)-1), err)
		}
		r.said[part], r.sent[part] = strings.Join(out.lines, "\n"), p.sent()-before
	}
	record(build, first.build)
	record(browse, first.browse)
	record(again, first.browse)
	record(elsewhere, opened(t, lib, db.dialect, driver, dsn).browse)
	change(ctx, t, driver, dsn)
	record(changed, first.browse)
	return r
}

func opened(t *testing.T, lib library, dialect, driver, dsn string) shop {
	t.Helper()
	s, err := lib.open(dialect, driver, dsn)
	if err != nil {
		t.Fatalf("open %s: %v", driver, err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Errorf("close %s: %v", driver, err)
		}
	})
	return s
}

// change changes every shop from another handle.
func change(ctx context.Context, t *testing.T, driver, dsn string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `UPDATE shop_products SET stock = stock + 1000`); err != nil {
		t.Fatal(err)
	}
}

// results is the table of statements sent.
type results struct {
	mu    sync.Mutex
	lines []string
}

func (r *results) add(db database, lib library, plain, caching run) {
	if !db.counted {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, fmt.Sprintf("%-28s%-18s%6d %6d  %6d %6d %6d %6d %6d", db.name, lib.name, plain.sent[build], caching.sent[build],
		plain.sent[browse], caching.sent[browse], caching.sent[again], caching.sent[elsewhere], caching.sent[changed]))
}

func (r *results) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return "statements sent\n" +
		fmt.Sprintf("%-46s%-15s%s\n", "", "build", "browse") +
		fmt.Sprintf("%-28s%-18s%6s %6s  %6s %6s %6s %6s %6s\n", "", "", "plain", "cached", "plain", "cold", "warm", "other", "after") +
		strings.Join(slices.Sorted(slices.Values(r.lines)), "\n")
}
