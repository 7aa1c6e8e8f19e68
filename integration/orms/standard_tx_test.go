package orms_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// within runs f in a transaction, looking at the shop from inside before, between and after.
func (s *standard) within(ctx context.Context, out *transcript, f func(tx *sql.Tx)) (*sql.Tx, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	s.look(ctx, out, tx)
	f(tx)
	s.look(ctx, out, tx)
	return tx, nil
}

func (s *standard) commit(ctx context.Context, out *transcript) error {
	tx, err := s.within(ctx, out, func(tx *sql.Tx) {
		s.exec(ctx, out, tx, newItem, 3, 9, 1, "5.00")
		s.exec(ctx, out, tx, `UPDATE shop_products SET stock = stock - 1 WHERE id = ?`, 9)
	})
	if err != nil {
		return err
	}
	out.say("commit", tx.Commit(), tx.Commit(), tx.Rollback())
	return nil
}

func (s *standard) rollback(ctx context.Context, out *transcript) error {
	tx, err := s.within(ctx, out, func(tx *sql.Tx) {
		s.exec(ctx, out, tx, `DELETE FROM shop_items`)
		s.exec(ctx, out, tx, `UPDATE shop_users SET active = ?`, false)
	})
	if err != nil {
		return err
	}
	out.say("rollback", tx.Rollback(), tx.Commit())
	return nil
}

// savepoint undoes a part of a transaction (hazard H7). Afterwards its connection must serve reads from memory again.
func (s *standard) savepoint(ctx context.Context, out *transcript) error {
	tx, err := s.within(ctx, out, func(tx *sql.Tx) {
		s.exec(ctx, out, tx, `UPDATE shop_users SET nickname = ? WHERE id = ?`, "kept", 2)
		s.exec(ctx, out, tx, `SAVEPOINT one`)
		s.exec(ctx, out, tx, `UPDATE shop_users SET nickname = ? WHERE id = ?`, "lost", 3)
		s.look(ctx, out, tx)
		s.exec(ctx, out, tx, `ROLLBACK TO SAVEPOINT one`)
		s.look(ctx, out, tx)
		s.exec(ctx, out, tx, `SAVEPOINT two`)
		s.exec(ctx, out, tx, `UPDATE shop_users SET active = ? WHERE id = ?`, true, 2)
		s.exec(ctx, out, tx, `RELEASE SAVEPOINT two`)
	})
	if err != nil {
		return err
	}
	out.say("commit", tx.Commit())
	return nil
}

// oneConnection does a transaction by its text (hazard H7).
func (s *standard) oneConnection(ctx context.Context, out *transcript) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	s.look(ctx, out, conn)
	for _, end := range []string{"ROLLBACK", "COMMIT"} {
		s.exec(ctx, out, conn, `BEGIN`)
		s.exec(ctx, out, conn, `UPDATE shop_users SET balance = ? WHERE id = ?`, "77.00", 3)
		s.look(ctx, out, conn)
		s.exec(ctx, out, conn, end)
		s.look(ctx, out, conn)
		s.look(ctx, out, s.db)
	}
	out.say("conn", conn.PingContext(ctx), conn.Close(), conn.PingContext(ctx))
	return nil
}

// mistakes are the errors that programs look at.
func (s *standard) mistakes(ctx context.Context, out *transcript) error {
	s.exec(ctx, out, s.db, newUser, "ada@example.com", nil, true, "0", nil, after(0), nil)
	s.exec(ctx, out, s.db, newItem, 999, 1, 1, "1")
	s.exec(ctx, out, s.db, `INSERT INTO shop_users (email) VALUES (?)`, "x@example.com")
	s.exec(ctx, out, s.db, `UPDATE shop_nothing SET x = 1`)
	for range 2 {
		for _, query := range []string{`SELECT nothing FROM shop_users`, `SELECT 1 FROM shop_nothing`, `SELECT id FROM shop_users WHERE`} {
			rows, err := s.db.QueryContext(ctx, query)
			out.rows("bad query", rows, err)
		}
		rows, err := s.db.QueryContext(ctx, numbered(s.dialect, `SELECT id FROM shop_users WHERE id = ?`))
		out.rows("no argument", rows, err)
		rows, err = s.db.QueryContext(ctx, numbered(s.dialect, `SELECT id FROM shop_users WHERE id = ?`), 1, 2)
		out.rows("an argument too many", rows, err)
		_, err = s.db.QueryContext(ctx, numbered(s.dialect, `SELECT id FROM shop_users WHERE id = ?`), struct{}{})
		out.say("a struct", err)
		_, err = s.db.PrepareContext(ctx, `SELECT nothing FROM shop_users`)
		out.say("bad preparation", err)
		var id int64
		err = s.db.QueryRowContext(ctx, numbered(s.dialect, `SELECT id FROM shop_users WHERE id = ?`), 999).Scan(&id)
		out.say("nobody", err, errors.Is(err, sql.ErrNoRows))
		err = s.db.QueryRowContext(ctx, `SELECT email FROM shop_users ORDER BY id`).Scan(&id)
		out.say("not a number", err)
		err = s.db.QueryRowContext(ctx, `SELECT nickname FROM shop_users WHERE nickname IS NULL`).Scan(new(string))
		out.say("not a string", err)
	}
	s.late(ctx, out)
	return s.typo(ctx, out)
}

// typo sends what no server understands. What nobody understands may have changed the session, which then answers no more
// reads from memory, so the connection is thrown away.
func (s *standard) typo(ctx context.Context, out *transcript) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	s.exec(ctx, out, conn, `SELEC 1 FROM shop_users`)
	rows, err := conn.QueryContext(ctx, `SELEC 1 FROM shop_users`)
	out.rows("typo", rows, err)
	err = conn.Raw(func(any) error { return driver.ErrBadConn })
	out.say("thrown away", err, conn.PingContext(ctx))
	return nil
}

// late asks with a context that is over.
func (s *standard) late(ctx context.Context, out *transcript) {
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err := s.db.QueryContext(ended, `SELECT id FROM shop_users ORDER BY id`)
	out.say("query", err, errors.Is(err, context.Canceled))
	_, err = s.db.ExecContext(ended, `DELETE FROM shop_items`)
	out.say("exec", err)
	_, err = s.db.PrepareContext(ended, `SELECT id FROM shop_users ORDER BY id`)
	out.say("prepare", err)
	_, err = s.db.BeginTx(ended, nil)
	out.say("begin", err)
	over, cancel := context.WithDeadline(ctx, noon.AddDate(-20, 0, 0))
	defer cancel()
	_, err = s.db.QueryContext(over, `SELECT id FROM shop_users ORDER BY id`)
	out.say("query", err, errors.Is(err, context.DeadlineExceeded))
	tx, err := s.db.BeginTx(ctx, nil)
	out.say("begin", err)
	_, err = tx.QueryContext(over, `SELECT id FROM shop_users ORDER BY id`)
	out.say("query", err)
	out.say("rollback", tx.Rollback())
}

// cascade deletes rows that the statement does not name.
func (s *standard) cascade(ctx context.Context, out *transcript) error {
	s.exec(ctx, out, s.db, `DELETE FROM shop_orders WHERE id = ?`, 2)
	return nil
}

// alter changes the shape of rows that were read before.
func (s *standard) alter(ctx context.Context, out *transcript) error {
	s.exec(ctx, out, s.db, `ALTER TABLE shop_orders ADD COLUMN priority integer DEFAULT 3`)
	s.exec(ctx, out, s.db, `CREATE TABLE shop_later (id integer)`)
	for range 2 {
		s.all(ctx, out, s.db, `SELECT count(*) FROM shop_later`)
		s.all(ctx, out, s.db, `SELECT id, priority FROM shop_orders ORDER BY id`)
	}
	s.exec(ctx, out, s.db, `INSERT INTO shop_later (id) SELECT id FROM shop_orders`)
	s.all(ctx, out, s.db, `SELECT count(*) FROM shop_later`)
	s.exec(ctx, out, s.db, `DROP TABLE shop_later`)
	s.all(ctx, out, s.db, `SELECT count(*) FROM shop_later`)
	return nil
}
