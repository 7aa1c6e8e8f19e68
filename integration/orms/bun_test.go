package orms_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/mysqldialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"
)

// bunShop is the shop on bun, which writes arguments into its statements.
type bunShop struct{ db *bun.DB }

func openBun(dialect, driver, dsn string) (shop, error) {
	db, err := sql.Open(driver, dsn)
	return &bunShop{bun.NewDB(db, bunDialect(dialect))}, err
}

func bunDialect(name string) schema.Dialect {
	switch name {
	case "postgres":
		return pgdialect.New()
	case "mysql":
		return mysqldialect.New()
	}
	return sqlitedialect.New()
}

func (s *bunShop) close() error { return s.db.Close() }

type bunUser struct {
	bun.BaseModel `bun:"table:shop_users,alias:u"`

	ID        int64  `bun:",pk,autoincrement"`
	Email     string `bun:"type:varchar(100),unique,notnull"`
	Nickname  *string
	Active    bool
	Balance   string `bun:"type:decimal(12,2)"`
	Avatar    []byte
	CreatedAt time.Time  `bun:"type:timestamp"`
	DeletedAt time.Time  `bun:"type:timestamp,soft_delete,nullzero"`
	Orders    []bunOrder `bun:"rel:has-many,join:id=user_id"`
}

type bunOrder struct {
	bun.BaseModel `bun:"table:shop_orders,alias:o"`

	ID     int64 `bun:",pk,autoincrement"`
	UserID int64
	User   *bunUser `bun:"rel:belongs-to,join:user_id=id"`
	Status string   `bun:"type:varchar(20)"`
	Note   sql.NullString
}

// bunProduct exists for the statement that every shop gets from outside.
type bunProduct struct {
	bun.BaseModel `bun:"table:shop_products,alias:p"`

	ID    int64 `bun:",pk,autoincrement"`
	Stock int
}

func (s *bunShop) build(ctx context.Context, out *transcript) error {
	for _, model := range []any{(*bunUser)(nil), (*bunOrder)(nil), (*bunProduct)(nil)} {
		if _, err := s.db.NewCreateTable().Model(model).IfNotExists().Exec(ctx); err != nil {
			return err
		}
	}
	for _, step := range []func(context.Context, *transcript) error{s.insert, s.update, s.transactions, s.mistakes, s.remove} {
		if err := step(ctx, out); err != nil {
			return err
		}
		for range 2 {
			s.look(ctx, out, s.db)
		}
	}
	return nil
}

func (s *bunShop) insert(ctx context.Context, out *transcript) error {
	nick := "ada's"
	users := []bunUser{
		{Email: "ada@example.com", Nickname: &nick, Active: true, Balance: "10.50", Avatar: []byte{0, 255}, CreatedAt: after(0)},
		{Email: "bob@example.com", Balance: "0", CreatedAt: after(1)},
	}
	_, err := s.db.NewInsert().Model(&users).Exec(ctx)
	out.say("users", err, users)
	for i := range int64(3) {
		o := bunOrder{UserID: 1 + i%2, Status: "new", Note: sql.NullString{String: "fast?", Valid: i == 0}}
		_, err := s.db.NewInsert().Model(&o).Exec(ctx)
		out.say("order", err, o)
		s.look(ctx, out, s.db)
	}
	_, err = s.db.NewInsert().Model(&[]bunProduct{{Stock: 1}, {Stock: 2}}).Exec(ctx)
	return err
}

func (s *bunShop) update(ctx context.Context, out *transcript) error {
	for i := range 3 {
		_, err := s.db.NewUpdate().Model((*bunUser)(nil)).Set("balance = ?", fmt.Sprint(i)).Where("id = ?", 1).Exec(ctx)
		out.say("update", err)
		s.look(ctx, out, s.db)
	}
	u := bunUser{ID: 2, Email: "bob@example.org"}
	_, err := s.db.NewUpdate().Model(&u).Column("email", "nickname").WherePK().Exec(ctx)
	out.say("columns", err)
	return nil
}

func (s *bunShop) transactions(ctx context.Context, out *transcript) error {
	for _, end := range []error{errors.New("no"), nil} {
		out.say("transaction", s.db.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewUpdate().Model((*bunOrder)(nil)).Set("status = ?", fmt.Sprint(end)).Where("TRUE").Exec(ctx)
			out.say("in tx", err)
			s.look(ctx, out, tx)
			out.say("nested", tx.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewDelete().Model((*bunOrder)(nil)).Where("TRUE").Exec(ctx)
				out.say("savepoint", err)
				return errors.New("back")
			}))
			return end
		}))
		s.look(ctx, out, s.db)
	}
	return nil
}

func (s *bunShop) mistakes(ctx context.Context, out *transcript) error {
	_, err := s.db.NewInsert().Model(&bunUser{Email: "ada@example.com", Balance: "0", CreatedAt: after(0)}).Exec(ctx)
	out.say("taken", err)
	for range 2 {
		out.say("nobody", s.db.NewSelect().Model(&bunUser{}).Where("id = 99").Scan(ctx))
		out.say("column", s.db.NewSelect().Model(&bunUser{}).Where("colour = 1").Scan(ctx))
	}
	return nil
}

func (s *bunShop) remove(ctx context.Context, out *transcript) error {
	// bun would take the time of day for a soft deletion.
	_, err := s.db.NewUpdate().Model(&bunUser{ID: 2, DeletedAt: after(9)}).Column("deleted_at").WherePK().Exec(ctx)
	out.say("soft", err)
	s.look(ctx, out, s.db)
	_, err = s.db.NewDelete().Model((*bunOrder)(nil)).Where("user_id = ?", 2).Exec(ctx)
	out.say("hard", err)
	return nil
}

// look reads what every kind of write changes.
func (s *bunShop) look(ctx context.Context, out *transcript, db bun.IDB) {
	var users []bunUser
	err := db.NewSelect().Model(&users).Relation("Orders", func(q *bun.SelectQuery) *bun.SelectQuery { return q.Order("id") }).Order("u.id").Scan(ctx)
	out.say("users", err, users)
}

func (s *bunShop) browse(ctx context.Context, out *transcript) error {
	s.look(ctx, out, s.db)
	var orders []bunOrder
	err := s.db.NewSelect().Model(&orders).Relation("User").Order("o.id").Limit(5).Scan(ctx)
	out.say("orders", err, orders)
	n, err := s.db.NewSelect().Model((*bunUser)(nil)).WhereAllWithDeleted().Count(ctx)
	out.say("count", n, err)
	exists, err := s.db.NewSelect().Model((*bunUser)(nil)).Where("email = ?", "ada@example.com").Exists(ctx)
	out.say("exists", exists, err)
	var maps []map[string]any
	err = s.db.NewSelect().Table("shop_orders").Order("id").Scan(ctx, &maps)
	out.say("maps", err, maps)
	var stock []int
	err = s.db.NewSelect().Model((*bunProduct)(nil)).Column("stock").Order("id").Scan(ctx, &stock)
	out.say("stock", err, stock)
	return nil
}
