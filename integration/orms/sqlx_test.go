package orms_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
)

// sqlxShop is the shop on sqlx: named parameters, structs, slices in IN.
type sqlxShop struct {
	db      *sqlx.DB
	dialect string
}

func openSqlx(dialect, driver, dsn string) (shop, error) {
	db, err := sqlx.Connect(driver, dsn)
	return &sqlxShop{db, dialect}, err
}

func (s *sqlxShop) close() error { return s.db.Close() }

type sqlxUser struct {
	ID        int64
	Email     string
	Nickname  sql.NullString
	Active    bool
	Balance   string
	Avatar    []byte
	CreatedAt time.Time  `db:"created_at"`
	DeletedAt *time.Time `db:"deleted_at"`
}

type sqlxProduct struct {
	ID     int64
	SKU    string
	Title  string
	Price  string
	Weight *float64
	Stock  int
}

type sqlxItem struct {
	OrderID   int64 `db:"order_id"`
	ProductID int64 `db:"product_id"`
	Quantity  int
	Price     string
	Product   sqlxProduct
}

func (s *sqlxShop) build(ctx context.Context, out *transcript) error {
	out.say("driver", s.db.Rebind("SELECT ?"), sqlx.BindType(s.db.DriverName()) == sqlx.UNKNOWN)
	for _, text := range tables {
		s.db.MustExecContext(ctx, columnTypes[s.dialect].Replace(text))
	}
	for _, step := range []func(context.Context, *transcript) error{s.insert, s.order, s.change, s.undo, s.mistakes, s.remove} {
		if err := step(ctx, out); err != nil {
			return err
		}
		for range 2 {
			s.look(ctx, out, s.db)
		}
	}
	return nil
}

func (s *sqlxShop) insert(ctx context.Context, out *transcript) error {
	late := after(9)
	users := []sqlxUser{
		{Email: "ada@example.com", Nickname: sql.NullString{String: "ada", Valid: true}, Active: true, Balance: "1.10", Avatar: []byte{1, 0}, CreatedAt: after(0)},
		{Email: "bob@example.com", Balance: "2.20", CreatedAt: after(1), DeletedAt: &late},
	}
	res, err := s.db.NamedExecContext(ctx, `INSERT INTO shop_users (email, nickname, active, balance, avatar, created_at, deleted_at)
		VALUES (:email, :nickname, :active, :balance, :avatar, :created_at, :deleted_at)`, users)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	out.say("users", n, err)
	weight := 1.5
	for i := range 6 {
		p := sqlxProduct{SKU: fmt.Sprint("sku", i), Title: fmt.Sprint("Product ", i), Price: "3.50", Weight: &weight, Stock: 10 * i}
		if i%2 == 0 {
			p.Weight = nil
		}
		rows, err := s.db.NamedQueryContext(ctx, `INSERT INTO shop_products (sku, title, price, weight, stock)
			VALUES (:sku, :title, :price, :weight, :stock) RETURNING id`, p)
		if err != nil {
			return err
		}
		out.say("more", rows.Next(), rows.Scan(&p.ID), p.ID, rows.Close())
	}
	return nil
}

// order runs prepared and named statements in a transaction.
func (s *sqlxShop) order(ctx context.Context, out *transcript) error {
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	tx.MustExecContext(ctx, s.db.Rebind(`INSERT INTO shop_orders (user_id, status, note, placed_at) VALUES (?, ?, ?, ?)`), 1, "new", nil, after(3))
	insert, err := tx.PrepareNamedContext(ctx, `INSERT INTO shop_items (order_id, product_id, quantity, price) VALUES (:order_id, :product_id, :quantity, :price)`)
	if err != nil {
		return err
	}
	for product := range int64(3) {
		if _, err := insert.ExecContext(ctx, sqlxItem{OrderID: 1, ProductID: product + 1, Quantity: 2, Price: "3.50"}); err != nil {
			return err
		}
		var n int
		out.say("items", tx.GetContext(ctx, &n, `SELECT count(*) FROM shop_items`), n)
	}
	s.look(ctx, out, tx)
	out.say("commit", insert.Close(), tx.Commit())
	return nil
}

func (s *sqlxShop) change(ctx context.Context, out *transcript) error {
	read, err := s.db.PreparexContext(ctx, s.db.Rebind(`SELECT * FROM shop_users WHERE id = ?`))
	if err != nil {
		return err
	}
	defer read.Close()
	for i := range 3 {
		_, err := s.db.NamedExecContext(ctx, `UPDATE shop_users SET balance = :balance, nickname = :nickname WHERE id = :id`,
			map[string]any{"balance": fmt.Sprint(i), "nickname": nil, "id": 1})
		if err != nil {
			return err
		}
		for range 2 {
			var u sqlxUser
			out.say("user", read.GetContext(ctx, &u, 1), u)
		}
	}
	return nil
}

func (s *sqlxShop) undo(ctx context.Context, out *transcript) error {
	tx, err := s.db.BeginTxx(ctx, nil)
	if err != nil {
		return err
	}
	tx.MustExecContext(ctx, `DELETE FROM shop_items`)
	s.look(ctx, out, tx)
	out.say("rollback", tx.Rollback())
	return nil
}

func (s *sqlxShop) mistakes(ctx context.Context, out *transcript) error {
	_, err := s.db.NamedExecContext(ctx, `INSERT INTO shop_users (email, active, balance, created_at) VALUES (:email, :active, :balance, :created_at)`,
		sqlxUser{Email: "ada@example.com", Balance: "0", CreatedAt: after(0)})
	out.say("taken", err)
	var u sqlxUser
	out.say("nobody", s.db.GetContext(ctx, &u, s.db.Rebind(`SELECT * FROM shop_users WHERE id = ?`), 99))
	out.say("no place", s.db.GetContext(ctx, &u, `SELECT id, stock FROM shop_products`))
	ended, cancel := context.WithCancel(ctx)
	cancel()
	out.say("late", s.db.GetContext(ended, &u, `SELECT * FROM shop_users ORDER BY id`))
	return nil
}

func (s *sqlxShop) remove(ctx context.Context, out *transcript) error {
	query, args, err := sqlx.In(`DELETE FROM shop_products WHERE sku IN (?)`, []string{"sku4", "sku5"})
	if err != nil {
		return err
	}
	n, err := s.db.MustExecContext(ctx, s.db.Rebind(query), args...).RowsAffected()
	out.say("removed", n, err)
	return nil
}

// look reads what every kind of write changes.
func (s *sqlxShop) look(ctx context.Context, out *transcript, q sqlx.QueryerContext) {
	var users []sqlxUser
	out.say("users", sqlx.SelectContext(ctx, q, &users, `SELECT * FROM shop_users ORDER BY id`), users)
	var products []*sqlxProduct
	out.say("products", sqlx.SelectContext(ctx, q, &products, `SELECT * FROM shop_products ORDER BY id DESC`), products)
	var total sql.NullString
	out.say("total", sqlx.GetContext(ctx, q, &total, `SELECT sum(total) FROM shop_totals`), total)
}

func (s *sqlxShop) browse(ctx context.Context, out *transcript) error {
	s.look(ctx, out, s.db)
	s.join(ctx, out)
	query, args, err := sqlx.In(`SELECT id FROM shop_products WHERE id IN (?) AND stock >= ? ORDER BY id`, []int64{1, 2, 3}, 10)
	var ids []int64
	out.say("in", err, s.db.SelectContext(ctx, &ids, s.db.Rebind(query), args...), ids)
	rows, err := s.db.QueryxContext(ctx, `SELECT * FROM shop_users ORDER BY id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		row := map[string]any{}
		out.say("map", rows.MapScan(row), row)
		slice, err := rows.SliceScan()
		out.say("slice", slice, err)
	}
	named, err := s.db.NamedQueryContext(ctx, `SELECT * FROM shop_users WHERE active = :active AND created_at < :created_at`, sqlxUser{Active: true, CreatedAt: after(5)})
	if err != nil {
		return err
	}
	defer named.Close()
	for named.Next() {
		var u sqlxUser
		out.say("struct", named.StructScan(&u), u)
	}
	return nil
}

func (s *sqlxShop) join(ctx context.Context, out *transcript) {
	var items []sqlxItem
	query := `SELECT i.*, p.id AS "product.id", p.title AS "product.title" FROM shop_items i
		JOIN shop_products p ON p.id = i.product_id WHERE i.order_id = ? ORDER BY p.id LIMIT 2`
	if s.dialect == "mysql" {
		query = strings.ReplaceAll(query, `"`, "`")
	}
	out.say("items", s.db.SelectContext(ctx, &items, s.db.Rebind(query), 1), items)
}
