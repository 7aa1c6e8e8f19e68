package orms_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// standard is the shop on database/sql alone.
type standard struct {
	db      *sql.DB
	dialect string
}

func openStandard(dialect, driver, dsn string) (shop, error) {
	db, err := sql.Open(driver, dsn)
	return &standard{db, dialect}, err
}

func (s *standard) close() error { return s.db.Close() }

// queries is what *sql.DB, *sql.Conn and *sql.Tx have in common.
type queries interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

func (s *standard) build(ctx context.Context, out *transcript) error {
	for _, text := range tables {
		if _, err := s.db.ExecContext(ctx, columnTypes[s.dialect].Replace(text)); err != nil {
			return fmt.Errorf("%s: %w", text, err)
		}
	}
	steps := []struct {
		name string
		do   func(context.Context, *transcript) error
	}{
		{"nothing", func(context.Context, *transcript) error { return nil }},
		{"insert", s.insert}, {"bulk insert", s.bulkInsert}, {"returning", s.returning}, {"prepared", s.prepared},
		{"update", s.update}, {"commit", s.commit}, {"rollback", s.rollback}, {"savepoint", s.savepoint},
		{"one connection", s.oneConnection}, {"errors", s.mistakes}, {"cascade", s.cascade}, {"alter", s.alter},
	}
	for _, step := range steps {
		if err := step.do(ctx, out); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		out.say("after " + step.name)
		for range 2 {
			s.look(ctx, out, s.db)
		}
	}
	return nil
}

// exec runs a statement and notes what came of it.
func (s *standard) exec(ctx context.Context, out *transcript, q queries, query string, args ...any) {
	res, err := q.ExecContext(ctx, numbered(s.dialect, query), args...)
	if err != nil {
		out.say("exec", err)
		return
	}
	n, nerr := res.RowsAffected()
	id, iderr := res.LastInsertId()
	out.say("exec", n, nerr, id, iderr)
}

const (
	newUser = `INSERT INTO shop_users (email, nickname, active, balance, avatar, created_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?)`
	newItem = `INSERT INTO shop_items (order_id, product_id, quantity, price) VALUES (?, ?, ?, ?)`
)

func (s *standard) insert(ctx context.Context, out *transcript) error {
	s.exec(ctx, out, s.db, newUser, "ada@example.com", "ada", true, "10.50", []byte{0, 1, 255}, after(0), nil)
	s.exec(ctx, out, s.db, newUser, "bob@example.com", nil, false, "0.00", []byte(nil), after(1), after(5))
	s.exec(ctx, out, s.db, newUser, "eve@example.com", sql.NullString{}, true, "-3.25", []byte{}, after(2), sql.NullTime{Time: after(6), Valid: true})
	return nil
}

func (s *standard) bulkInsert(ctx context.Context, out *transcript) error {
	var rows []string
	var args []any
	for i := range 20 {
		rows = append(rows, "(?, ?, ?, ?, ?)")
		args = append(args, fmt.Sprintf("sku-%02d", i), fmt.Sprintf("Product %d é", i), fmt.Sprintf("%d.99", i), float64(i)/3, i)
	}
	s.exec(ctx, out, s.db, "INSERT INTO shop_products (sku, title, price, weight, stock) VALUES "+strings.Join(rows, ", "), args...)
	return nil
}

// returning inserts through Query, as ORMs do (hazard H9).
func (s *standard) returning(ctx context.Context, out *transcript) error {
	for i := range 3 {
		var id int64
		var at any
		err := s.db.QueryRowContext(ctx, numbered(s.dialect,
			`INSERT INTO shop_orders (user_id, status, note, placed_at) VALUES (?, ?, ?, ?) RETURNING id, placed_at`),
			1+i%2, "new", nil, after(i)).Scan(&id, &at)
		out.say("order", id, at, err)
		s.look(ctx, out, s.db)
	}
	return nil
}

// prepared reads and writes by turns through statements prepared before.
func (s *standard) prepared(ctx context.Context, out *transcript) error {
	read, err := s.db.PrepareContext(ctx, numbered(s.dialect, `SELECT product_id, quantity, price FROM shop_items WHERE order_id = ? ORDER BY product_id`))
	if err != nil {
		return err
	}
	defer read.Close()
	write, err := s.db.PrepareContext(ctx, numbered(s.dialect, newItem))
	if err != nil {
		return err
	}
	defer write.Close()
	for order := 1; order <= 3; order++ {
		for product := 1; product <= order+1; product++ {
			res, err := write.ExecContext(ctx, order, product, product*2, "1.10")
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			out.say("item", n, err)
			for range 2 {
				rows, err := read.QueryContext(ctx, order)
				out.rows("items of order", rows, err)
			}
		}
	}
	return nil
}

func (s *standard) update(ctx context.Context, out *transcript) error {
	s.exec(ctx, out, s.db, `UPDATE shop_users SET balance = balance + ? WHERE id = ?`, "1.25", 1)
	s.look(ctx, out, s.db)
	s.exec(ctx, out, s.db, `UPDATE shop_orders SET status = ? WHERE placed_at < ?`, "paid", after(2))
	s.look(ctx, out, s.db)
	s.exec(ctx, out, s.db, `UPDATE shop_products SET stock = stock - 1 WHERE id IN (SELECT product_id FROM shop_items)`)
	s.look(ctx, out, s.db)
	s.exec(ctx, out, s.db, `DELETE FROM shop_products WHERE stock > ? AND title LIKE ?`, 17, "Product%")
	return nil
}
