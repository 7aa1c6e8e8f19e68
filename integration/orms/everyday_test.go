package orms_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
)

// What programs do every day must not keep their connection from serving reads from memory afterwards. A pool hands out the
// connection it used last first, so one that is lost to the cache is lost for nearly all reads.
var everyday = map[string]func(ctx context.Context, db *sql.DB) error{
	"committed transaction":   inTx(true, `UPDATE shop_users SET active = false`),
	"rolled back transaction": inTx(false, `UPDATE shop_users SET active = false`),
	"savepoint":               inTx(true, `SAVEPOINT a`, `UPDATE shop_users SET active = false`, `RELEASE SAVEPOINT a`),
	"savepoint given up":      inTx(true, `SAVEPOINT a`, `UPDATE shop_users SET active = true`, `ROLLBACK TO SAVEPOINT a`),
	"savepoint rolled back":   inTx(false, `SAVEPOINT a`, `UPDATE shop_users SET active = true`),
	"transaction by text":     inText(`BEGIN`, `SAVEPOINT a`, `UPDATE shop_users SET active = false`, `ROLLBACK TO SAVEPOINT a`, `COMMIT`),
	"rollback by text":        inText(`BEGIN`, `UPDATE shop_users SET active = false`, `ROLLBACK`),
	"index":                   inText(`CREATE INDEX shop_active ON shop_users (active)`),
	"column":                  inText(`ALTER TABLE shop_users ADD COLUMN more integer`),
	"new table":               inText(`CREATE TABLE shop_more (id integer)`, `INSERT INTO shop_more VALUES (1)`, `DROP TABLE shop_more`),
	"cancelled read": func(ctx context.Context, db *sql.DB) error {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		db.QueryContext(ended, `SELECT id FROM shop_users`)
		return nil
	},
	"transaction given up": func(ctx context.Context, db *sql.DB) error {
		short, cancel := context.WithCancel(ctx)
		defer cancel()
		tx, err := db.BeginTx(short, nil)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(short, `UPDATE shop_users SET active = false`)
		cancel()
		tx.Rollback()
		return err
	},
}

func inTx(commit bool, texts ...string) func(context.Context, *sql.DB) error {
	return func(ctx context.Context, db *sql.DB) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		for _, text := range texts {
			if _, err := tx.ExecContext(ctx, text); err != nil {
				return err
			}
		}
		if commit {
			return tx.Commit()
		}
		return nil
	}
}

func inText(texts ...string) func(context.Context, *sql.DB) error {
	return func(ctx context.Context, db *sql.DB) error {
		conn, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer conn.Close()
		for _, text := range texts {
			if _, err := conn.ExecContext(ctx, text); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestEverydayWorkKeepsTheCache(t *testing.T) {
	for _, db := range []database{postgresDatabases[0], mariadbDatabases[0], sqliteDatabases[0]} {
		for name, work := range everyday {
			t.Run(db.name+"/"+name, func(t *testing.T) { keepsTheCache(t, db, work) })
		}
	}
}

func keepsTheCache(t *testing.T, of database, work func(context.Context, *sql.DB) error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	db, err := sql.Open(of.wrapped, withParams(of.fresh(t).dsn, "dedupe_ttl=1m"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, columnTypes[of.dialect].Replace(tables[0])); err != nil {
		t.Fatal(err)
	}
	if err := work(ctx, db); err != nil {
		t.Fatal(err)
	}
	var outcomes [2]sqldedupe.Outcome
	for i := range outcomes {
		var n int
		err := db.QueryRowContext(sqldedupe.WithOutcome(ctx, &outcomes[i]), `SELECT count(*) FROM shop_users`).Scan(&n)
		if err != nil || n != 0 {
			t.Fatalf("%d users, %v", n, err)
		}
	}
	if outcomes[1].Kind != sqldedupe.Hit {
		t.Errorf("outcomes %+v", outcomes)
	}
}
