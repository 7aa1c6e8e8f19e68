package orms_test

import (
	"context"
	"database/sql"
	"time"
)

// all notes everything about the answer to a query.
func (s *standard) all(ctx context.Context, out *transcript, q queries, query string, args ...any) {
	rows, err := q.QueryContext(ctx, numbered(s.dialect, query), args...)
	out.rows(query, rows, err)
}

// rows notes columns with their types and every row.
func (tr *transcript) rows(label string, rows *sql.Rows, err error) {
	if err != nil {
		tr.say(label, err)
		return
	}
	defer rows.Close()
	names, err := rows.Columns()
	tr.say(label, names, err)
	types, err := rows.ColumnTypes()
	for _, c := range types {
		length, hasLength := c.Length()
		precision, scale, decimal := c.DecimalSize()
		nullable, told := c.Nullable()
		tr.say("column", c.Name(), c.DatabaseTypeName(), c.ScanType(), length, hasLength, precision, scale, decimal, nullable, told)
	}
	row, dest := make([]any, len(names)), make([]any, len(names))
	for i := range row {
		dest[i] = &row[i]
	}
	for rows.Next() {
		err := rows.Scan(dest...)
		tr.say("row", append([]any{err}, row...)...)
	}
	tr.say("end", err, rows.Err(), rows.NextResultSet(), rows.Close(), rows.Err())
}

// look reads what every kind of write changes.
func (s *standard) look(ctx context.Context, out *transcript, q queries) {
	s.all(ctx, out, q, `SELECT * FROM shop_users ORDER BY id`)
	s.all(ctx, out, q, `SELECT id, nickname, balance FROM shop_users WHERE id = ?`, 3)
	s.all(ctx, out, q, `SELECT id, user_id, status, note, placed_at FROM shop_orders ORDER BY id`)
	s.all(ctx, out, q, `SELECT count(*), sum(quantity), min(price) FROM shop_items`)
	s.all(ctx, out, q, `SELECT sum(stock) FROM shop_products`)
	s.all(ctx, out, q, `SELECT id, user_id, total FROM shop_totals ORDER BY id`)
}

func (s *standard) browse(ctx context.Context, out *transcript) error {
	s.look(ctx, out, s.db)
	s.all(ctx, out, s.db, `SELECT * FROM shop_products ORDER BY id LIMIT 5`)
	s.all(ctx, out, s.db, `SELECT sku, price, weight FROM shop_products WHERE price > ? AND weight IS NOT NULL ORDER BY price DESC LIMIT ? OFFSET ?`, "3.5", 4, 2)
	s.all(ctx, out, s.db, `SELECT u.email, o.id, o.status, p.title, i.quantity FROM shop_users u JOIN shop_orders o ON o.user_id = u.id
		JOIN shop_items i ON i.order_id = o.id JOIN shop_products p ON p.id = i.product_id ORDER BY o.id, p.id`)
	s.all(ctx, out, s.db, `SELECT u.email, count(o.id) AS orders, max(o.placed_at) FROM shop_users u LEFT JOIN shop_orders o ON o.user_id = u.id
		GROUP BY u.email HAVING count(o.id) >= ? ORDER BY u.email`, 0)
	s.all(ctx, out, s.db, `SELECT id FROM shop_users WHERE active = ? AND created_at >= ? ORDER BY id`, true, after(1))
	s.all(ctx, out, s.db, `SELECT id FROM shop_users WHERE avatar = ?`, []byte{0, 1, 255})
	s.all(ctx, out, s.db, `SELECT id FROM shop_products WHERE id = 12345`)
	s.all(ctx, out, s.db, `SELECT stock, stock * 2 AS stock, NULL AS missing FROM shop_products WHERE id IN (?, ?) ORDER BY id`, 1, 2)
	s.all(ctx, out, s.db, `WITH big AS (SELECT id FROM shop_products WHERE stock > ?) SELECT count(*) FROM big`, 3)
	s.all(ctx, out, s.db, `SELECT id FROM shop_orders UNION SELECT id FROM shop_users ORDER BY id`)
	s.typed(ctx, out)
	s.partly(ctx, out)
	s.prepare(ctx, out)
	return s.inTx(ctx, out)
}

// typed scans into the types that programs declare, and changes what it got (hazard H50).
func (s *standard) typed(ctx context.Context, out *transcript) {
	var (
		id      int
		email   string
		nick    sql.NullString
		active  bool
		balance string
		avatar  []byte
		created time.Time
		deleted *time.Time
	)
	for i := 1; i <= 4; i++ {
		err := s.db.QueryRowContext(ctx, numbered(s.dialect, `SELECT * FROM shop_users WHERE id = ?`), i).
			Scan(&id, &email, &nick, &active, &balance, &avatar, &created, &deleted)
		out.say("user", err, id, email, nick, active, balance, avatar, created, deleted)
		if len(avatar) > 0 {
			avatar[0] = 'x' // ours to change
		}
	}
}

// partly leaves rows unread (hazards H51, H72).
func (s *standard) partly(ctx context.Context, out *transcript) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, title FROM shop_products ORDER BY id`)
	if err != nil {
		out.say("rows", err)
		return
	}
	var raw sql.RawBytes
	for range 2 {
		out.say("next", rows.Next(), rows.Scan(new(int), &raw), string(raw))
	}
	out.say("close", rows.Close(), rows.Next(), rows.Err(), rows.Scan(new(int), &raw))
}

// prepare runs one statement with several arguments, on the database and in a transaction.
func (s *standard) prepare(ctx context.Context, out *transcript) {
	st, err := s.db.PrepareContext(ctx, numbered(s.dialect, `SELECT * FROM shop_products WHERE id = ?`))
	if err != nil {
		out.say("prepare", err)
		return
	}
	for i := range 3 {
		rows, err := st.QueryContext(ctx, i)
		out.rows("product", rows, err)
	}
	rows, err := st.QueryContext(ctx)
	out.rows("no argument", rows, err)
	tx, err := s.db.BeginTx(ctx, nil)
	out.say("begin", err)
	rows, err = tx.StmtContext(ctx, st).QueryContext(ctx, 1)
	out.rows("product", rows, err)
	out.say("end", tx.Rollback(), st.Close())
	_, err = st.QueryContext(ctx, 1)
	out.say("closed", err)
}

func (s *standard) inTx(ctx context.Context, out *transcript) error {
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: s.dialect != "sqlite"})
	if err != nil {
		return err
	}
	s.look(ctx, out, tx)
	return tx.Commit()
}
