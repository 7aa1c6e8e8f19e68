package orms_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"
	"github.com/jmoiron/sqlx"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"xorm.io/xorm"
	"xorm.io/xorm/dialects"
)

// sqlx and xorm look the driver's name up. They know pgx and mysql, but none of ours, and sqlx not modernc's sqlite either.
func init() {
	sqlx.BindDriver("pgx-dedupe", sqlx.DOLLAR)
	sqlx.BindDriver("mysql-dedupe", sqlx.QUESTION)
	sqlx.BindDriver("sqlite-dedupe", sqlx.QUESTION)
	dialects.RegisterDriver("pgx-dedupe", dialects.QueryDriver("pgx"))
	dialects.RegisterDriver("mysql-dedupe", dialects.QueryDriver("mysql"))
	dialects.RegisterDriver("sqlite-dedupe", dialects.QueryDriver("sqlite3"))

	sqlx.BindDriver("sqlite", sqlx.QUESTION)
	for _, name := range []string{"sqlite-counted", "sqlite-counted-dedupe"} {
		sqlx.BindDriver(name, sqlx.QUESTION)
		dialects.RegisterDriver(name, dialects.QueryDriver("sqlite3"))
	}
}

const shopDSN = "postgres://app@127.0.0.1:1/shop?dedupe_ttl=30s"

// sqlx chooses placeholders by the driver's name: tell it once.
func Example_sqlx() {
	sqlx.BindDriver("pgx-dedupe", sqlx.DOLLAR)

	db, err := sqlx.Open("pgx-dedupe", shopDSN)
	if err != nil {
		panic(err)
	}
	defer db.Close()
	fmt.Println(db.Rebind("SELECT * FROM users WHERE id = ? AND active = ?"))
	// Output: SELECT * FROM users WHERE id = $1 AND active = $2
}

// xorm chooses its dialect by the driver's name: give ours the one of the driver it wraps.
func Example_xorm() {
	// dialects.RegisterDriver("pgx-dedupe", dialects.QueryDriver("pgx")) once, in an init function.
	db, err := xorm.NewEngine("pgx-dedupe", shopDSN)
	if err != nil {
		panic(err)
	}
	defer db.Close()
	fmt.Println(db.Dialect().URI().DBType, db.Dialect().URI().DBName)
	// Output: postgres shop
}

// ent takes the driver's name for its dialect: open the database yourself and name the dialect. A generated client is
// ent.NewClient(ent.Driver(driver)).
func Example_ent() {
	db, err := sql.Open("pgx-dedupe", shopDSN)
	if err != nil {
		panic(err)
	}
	driver := entsql.OpenDB(dialect.Postgres, db)
	defer driver.Close()
	fmt.Println(driver.Dialect())
	// Output: postgres
}

// bun takes an open database.
func Example_bun() {
	db, err := sql.Open("pgx-dedupe", shopDSN)
	if err != nil {
		panic(err)
	}
	users := bun.NewDB(db, pgdialect.New())
	defer users.Close()
	fmt.Println(users.NewSelect().Table("users").Where("id = ?", 7))
	// Output: SELECT * FROM "users" WHERE (id = 7)
}

// GORM's postgres.Open, mysql.Open and sqlite.Open open their own driver. Hand over an open database,
// postgres.New(postgres.Config{Conn: db}), or the driver's name, postgres.New(postgres.Config{DriverName: "pgx-dedupe", DSN: dsn}).
func Example_gorm() {
	dir, err := os.MkdirTemp("", "gorm")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	db, err := sql.Open("sqlite-dedupe", "file:"+filepath.Join(dir, "shop.db")+"?dedupe_ttl=30s")
	if err != nil {
		panic(err)
	}
	defer db.Close()

	shop, err := gorm.Open(sqlite.New(sqlite.Config{Conn: db}), &gorm.Config{})
	if err != nil {
		panic(err)
	}
	fmt.Println(shop.Name(), shop.Raw("SELECT 1").Scan(new(int)).Error)
	// Output: sqlite <nil>
}
