package sqldedupe_test

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"

	"github.com/sqldedupe/sqldedupe"
	_ "github.com/sqldedupe/sqldedupe/drivers/sqlite"
)

// openShop opens a database with one table, under a ttl of a minute.
func openShop(params string) (db *sql.DB, done func()) {
	dir, err := os.MkdirTemp("", "sqldedupe")
	mustOK(err)
	db, err = sql.Open("sqlite-dedupe", "file:"+filepath.Join(dir, "shop.db")+"?dedupe_ttl=1m"+params)
	mustOK(err)
	mustExec(db, "CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT)")
	mustExec(db, "INSERT INTO products VALUES (1, 'lamp'), (2, 'chair')")
	return db, func() { db.Close(); os.RemoveAll(dir) }
}

func mustExec(db *sql.DB, query string, args ...any) {
	_, err := db.Exec(query, args...)
	mustOK(err)
}

func mustOK(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func productName(ctx context.Context, db *sql.DB, id int) (name string) {
	mustOK(db.QueryRowContext(ctx, "SELECT name FROM products WHERE id = ?", id).Scan(&name))
	return name
}

// The first read runs, the second is answered from memory, and the one after a
// write sees the write.
func Example() {
	db, done := openShop("")
	defer done()
	var o sqldedupe.Outcome
	ctx := sqldedupe.WithOutcome(context.Background(), &o)
	fmt.Println(productName(ctx, db, 1), o.Kind)
	fmt.Println(productName(ctx, db, 1), o.Kind)
	mustExec(db, "UPDATE products SET name = 'torch' WHERE id = ?", 1)
	fmt.Println(productName(ctx, db, 1), o.Kind)
	// Output:
	// lamp miss
	// lamp hit
	// torch miss
}

// Callers who ask at the same time share one query.
func ExampleOf() {
	db, done := openShop("")
	defer done()
	var callers sync.WaitGroup
	for range 100 {
		callers.Go(func() { productName(context.Background(), db, 2) })
	}
	callers.Wait()
	s := sqldedupe.Of(db).Stats()
	fmt.Println("reads:", s.Reads, "queries:", s.Queries)
	// Output:
	// reads: 100 queries: 1
}

// Explain tells why a statement is, or is not, shared and kept.
func ExampleControl_Explain() {
	db, done := openShop("&dedupe_tables=products=5m")
	defer done()
	for _, query := range []string{
		"SELECT name FROM products",
		"SELECT name, random() FROM products",
		"DELETE FROM products",
	} {
		e := sqldedupe.Of(db).Explain(query)
		fmt.Printf("%s: cached %v, ttl %v, rule %q, reason %q\n", e.Class, e.Cached, e.TTL, e.Rule, e.Reason)
	}
	// Output:
	// read: cached true, ttl 5m0s, rule "table products", reason ""
	// read: cached false, ttl 0s, rule "", reason "volatile function"
	// write: cached false, ttl 0s, rule "", reason "not a read"
}

// A context steers the reads under it; from an ORM a leading comment does.
func ExampleWithBypass() {
	db, done := openShop("")
	defer done()
	var o sqldedupe.Outcome
	ctx := sqldedupe.WithOutcome(context.Background(), &o)
	productName(sqldedupe.WithBypass(ctx), db, 1)
	fmt.Println(o.Kind, "-", o.Reason)
	var n int
	mustOK(db.QueryRowContext(ctx, "/* dedupe: off */ SELECT count(*) FROM products").Scan(&n))
	fmt.Println(o.Kind, "-", o.Reason)
	// Output:
	// bypass - asked for by hint
	// bypass - asked for by hint
}

// Every problem of the parameters is reported at once.
func ExampleRegister_errors() {
	_, err := sql.Open("sqlite-dedupe", "file:shop.db?dedupe_ttl=soon&dedupe_tll=1m&dedupe_jitter=2")
	fmt.Println(err)
	// Output:
	// sqldedupe: dedupe_ttl: "soon" is not a duration such as 30s
	// sqldedupe: dedupe_tll: unknown parameter
	// sqldedupe: dedupe_jitter: 2 is not in [0, 1)
}

// Raw reaches the driver's own connection, as conn.Raw does on the plain driver.
func ExampleRaw() {
	db, done := openShop("")
	defer done()
	conn, err := db.Conn(context.Background())
	mustOK(err)
	defer conn.Close()
	mustOK(sqldedupe.Raw(conn, func(dc any) error {
		fmt.Printf("%T\n", dc)
		return nil
	}))
	// Output:
	// *sqlite.conn
}
