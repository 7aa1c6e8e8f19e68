package orms_test

import (
	"context"
	stdsql "database/sql"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
)

// entShop is the shop on the part of ent that generated clients stand on: its driver and its builder of statements.
type entShop struct {
	driver  *sql.Driver
	builder *sql.DialectBuilder
}

func openEnt(name, driver, dsn string) (shop, error) {
	db, err := stdsql.Open(driver, dsn)
	entDialect := map[string]string{"postgres": dialect.Postgres, "mysql": dialect.MySQL, "sqlite": dialect.SQLite}[name]
	return &entShop{sql.OpenDB(entDialect, db), sql.Dialect(entDialect)}, err
}

func (s *entShop) close() error { return s.driver.Close() }

func (s *entShop) exec(ctx context.Context, out *transcript, d dialect.ExecQuerier, b sql.Querier) {
	query, args := b.Query()
	var res sql.Result
	err := d.Exec(ctx, query, args, &res)
	if err != nil {
		out.say("exec", err)
		return
	}
	n, err := res.RowsAffected()
	out.say("exec", n, err)
}

func (s *entShop) all(ctx context.Context, out *transcript, d dialect.ExecQuerier, b sql.Querier) {
	query, args := b.Query()
	var rows sql.Rows
	if err := d.Query(ctx, query, args, &rows); err != nil {
		out.say("query", err)
		return
	}
	defer rows.Close()
	names, err := rows.Columns()
	out.say("columns", names, err)
	for rows.Next() {
		row, dest := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			dest[i] = &row[i]
		}
		err := rows.Scan(dest...)
		out.say("row", append(row, err)...)
	}
	out.say("end", rows.Err())
}

func (s *entShop) build(ctx context.Context, out *transcript) error {
	name := map[string]string{dialect.Postgres: "postgres", dialect.MySQL: "mysql", dialect.SQLite: "sqlite"}[s.driver.Dialect()]
	for _, text := range tables {
		if err := s.driver.Exec(ctx, columnTypes[name].Replace(text), []any{}, nil); err != nil {
			return err
		}
	}
	users := s.builder.Insert("shop_users").Columns("email", "nickname", "active", "balance", "created_at").
		Values("ada@example.com", "ada", true, "1.50", after(0)).Values("bob@example.com", nil, false, "2.50", after(1))
	s.exec(ctx, out, s.driver, users)
	s.look(ctx, out, s.driver)
	s.all(ctx, out, s.driver, s.builder.Insert("shop_products").Columns("sku", "title", "price", "stock").Values("one", "One", "1", 5).Returning("id"))
	s.look(ctx, out, s.driver)
	s.exec(ctx, out, s.driver, users)
	for _, commit := range []bool{false, true} {
		tx, err := s.driver.Tx(ctx)
		if err != nil {
			return err
		}
		s.exec(ctx, out, tx, s.builder.Update("shop_users").Set("balance", "7").Where(sql.EQ("email", "bob@example.com")))
		s.look(ctx, out, tx)
		if commit {
			err = tx.Commit()
		} else {
			err = tx.Rollback()
		}
		out.say("end", err)
		s.look(ctx, out, s.driver)
		s.look(ctx, out, s.driver)
	}
	s.exec(ctx, out, s.driver, s.builder.Delete("shop_products").Where(sql.GT("stock", 100)))
	return nil
}

// look reads what every kind of write changes.
func (s *entShop) look(ctx context.Context, out *transcript, d dialect.ExecQuerier) {
	s.all(ctx, out, d, s.builder.Select("*").From(sql.Table("shop_users")).OrderBy("id"))
	s.all(ctx, out, d, s.builder.Select(sql.Count("*"), sql.Sum("stock")).From(sql.Table("shop_products")))
}

func (s *entShop) browse(ctx context.Context, out *transcript) error {
	s.look(ctx, out, s.driver)
	u := sql.Table("shop_users").As("u")
	s.all(ctx, out, s.driver, s.builder.Select(u.C("id"), u.C("email")).From(u).
		Where(sql.And(sql.EQ(u.C("active"), true), sql.NotNull(u.C("nickname")))).Limit(3))
	s.all(ctx, out, s.driver, s.builder.Select("id").From(sql.Table("shop_users")).Where(sql.In("id", 1, 2, 3)).OrderBy(sql.Desc("id")))
	return nil
}
