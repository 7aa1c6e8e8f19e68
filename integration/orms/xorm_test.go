package orms_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xorm.io/xorm"
	"xorm.io/xorm/log"
	"xorm.io/xorm/names"
)

// xormShop is the shop on xorm.
type xormShop struct{ db *xorm.Engine }

func openXorm(_, driver, dsn string) (shop, error) {
	db, err := xorm.NewEngine(driver, dsn)
	if err != nil {
		return nil, err
	}
	db.SetTableMapper(names.NewPrefixMapper(names.SnakeMapper{}, marker))
	db.SetLogger(log.DiscardLogger{})
	db.TZLocation, db.DatabaseTZ = time.UTC, time.UTC
	return &xormShop{db}, nil
}

func (s *xormShop) close() error { return s.db.Close() }

// Names of the models are xorm's names of the tables.
type (
	Users struct {
		ID       int64   `xorm:"pk autoincr 'id'"`
		Email    string  `xorm:"varchar(100) unique notnull"`
		Nickname *string `xorm:"varchar(50)"`
		Active   bool
		Balance  string `xorm:"decimal(12,2)"`
		Avatar   []byte
		Joined   time.Time
		Version  int `xorm:"version"`
	}
	Products struct {
		ID    int64  `xorm:"pk autoincr 'id'"`
		SKU   string `xorm:"varchar(20) unique 'sku'"`
		Stock int
	}
)

func (s *xormShop) build(ctx context.Context, out *transcript) error {
	for range 2 {
		if err := s.db.Context(ctx).Sync(new(Users), new(Products)); err != nil {
			return err
		}
	}
	for _, step := range []func(context.Context, *transcript) error{s.insert, s.update, s.transactions, s.mistakes} {
		if err := step(ctx, out); err != nil {
			return err
		}
		for range 2 {
			s.look(s.db.Context(ctx), out)
		}
	}
	return nil
}

func (s *xormShop) insert(ctx context.Context, out *transcript) error {
	nick := "ada"
	ada := Users{Email: "ada@example.com", Nickname: &nick, Active: true, Balance: "10.50", Avatar: []byte{0, 255}, Joined: after(0)}
	n, err := s.db.Context(ctx).Insert(&ada)
	out.say("ada", n, err, ada)
	bob := []Users{{Email: "bob@example.com", Balance: "0", Joined: after(1)}, {Email: "eve@example.com", Balance: "1", Joined: after(2)}}
	n, err = s.db.Context(ctx).Insert(&bob)
	out.say("more", n, err, bob)
	for i := range 5 {
		n, err := s.db.Context(ctx).Insert(&Products{SKU: fmt.Sprint("sku", i), Stock: i})
		out.say("product", n, err)
		s.look(s.db.Context(ctx), out)
	}
	return nil
}

func (s *xormShop) update(ctx context.Context, out *transcript) error {
	for i := range 3 {
		u := Users{ID: 1}
		has, err := s.db.Context(ctx).Get(&u)
		out.say("ada", has, err, u)
		u.Balance = fmt.Sprint(i, ".50")
		n, err := s.db.Context(ctx).ID(1).Update(&u) // fails when the version read was an old one
		out.say("update", n, err, u.Version)
	}
	n, err := s.db.Context(ctx).Incr("stock", 10).Where("stock < ?", 3).Update(&Products{})
	out.say("incr", n, err)
	n, err = s.db.Context(ctx).ID(5).Delete(&Products{})
	out.say("delete", n, err)
	return nil
}

func (s *xormShop) transactions(ctx context.Context, out *transcript) error {
	for _, end := range []error{errors.New("no"), nil} {
		_, err := s.db.Transaction(func(tx *xorm.Session) (any, error) {
			tx = tx.Context(ctx)
			s.look(tx, out)
			n, err := tx.Where("active = ?", false).Cols("balance").Update(&Users{Balance: "99"})
			out.say("in tx", n, err)
			s.look(tx, out)
			return nil, end
		})
		out.say("end", err)
		s.look(s.db.Context(ctx), out)
	}
	return nil
}

func (s *xormShop) mistakes(ctx context.Context, out *transcript) error {
	_, err := s.db.Context(ctx).Insert(&Users{Email: "ada@example.com", Balance: "0"})
	out.say("taken", err)
	has, err := s.db.Context(ctx).ID(99).Get(&Users{})
	out.say("nobody", has, err)
	_, err = s.db.Context(ctx).Where("colour = 1").Count(&Users{})
	out.say("column", err)
	return nil
}

// look reads what every kind of write changes.
func (s *xormShop) look(db *xorm.Session, out *transcript) {
	var users []Users
	err := db.Asc("id").Find(&users)
	out.say("users", err, users)
	var products []Products
	err = db.Desc("stock").Limit(3).Find(&products)
	out.say("products", err, products)
}

func (s *xormShop) browse(ctx context.Context, out *transcript) error {
	s.look(s.db.Context(ctx), out)
	n, err := s.db.Context(ctx).Where("active = ?", true).Count(&Users{})
	out.say("count", n, err)
	total, err := s.db.Context(ctx).SumInt(&Products{}, "stock")
	out.say("sum", total, err)
	rows, err := s.db.Context(ctx).SQL("SELECT * FROM shop_users ORDER BY id").QueryInterface()
	out.say("maps", rows, err)
	err = s.db.Context(ctx).Where("stock > ?", 1).Asc("id").Iterate(&Products{}, func(i int, of any) error {
		out.say("iterate", i, of)
		return nil
	})
	out.say("iterated", err)
	st := s.db.Context(ctx).Prepare()
	defer st.Close()
	for id := range 3 {
		var p Products
		has, err := st.ID(id).Get(&p)
		out.say("prepared", has, err, p)
	}
	return nil
}
