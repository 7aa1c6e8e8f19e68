package orms_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

func (s *gormShop) create(db *gorm.DB, out *transcript) error {
	nick := "ada"
	ada := User{Email: "ada@example.com", Nickname: &nick, Active: true, Balance: "10.50", Avatar: []byte{0, 1, 255}}
	res := db.Create(&ada)
	out.say("created", res.Error, res.RowsAffected, ada)
	s.look(db, out)
	more := []User{
		{Email: "bob@example.com", Balance: "0", Tags: []Tag{{Name: "new"}, {Name: "vip"}}},
		{Email: "eve@example.com", Balance: "-1.25", Orders: []Order{{Status: "new", PlacedAt: after(1)}}},
	}
	res = db.Create(&more)
	out.say("created", res.Error, res.RowsAffected, more)
	var products []Product
	for i := range 25 {
		products = append(products, Product{SKU: fmt.Sprintf("sku-%02d", i), Title: fmt.Sprint("Product ", i), Price: fmt.Sprint(i, ".99"),
			Weight: sql.NullFloat64{Float64: float64(i) / 3, Valid: i%2 == 0}, Stock: i})
	}
	res = db.CreateInBatches(&products, 10)
	out.say("batches", res.Error, res.RowsAffected, products[24].ID)
	res = db.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "sku"}}, DoUpdates: clause.AssignmentColumns([]string{"stock"})}).
		Create(&Product{SKU: "sku-00", Title: "Again", Price: "0", Stock: 500})
	out.say("upsert", res.Error)
	var found User
	res = db.Where(User{Email: "zoe@example.com"}).Attrs(User{Balance: "5"}).FirstOrCreate(&found)
	out.say("first or create", res.Error, res.RowsAffected, found)
	res = db.Where(User{Email: "zoe@example.com"}).Attrs(User{Balance: "6"}).FirstOrCreate(&found)
	out.say("first or create", res.Error, res.RowsAffected, found)
	return nil
}

func (s *gormShop) order(db *gorm.DB, out *transcript) error {
	for i := range uint(3) {
		o := Order{UserID: 1 + i%2, Status: "new", PlacedAt: after(int(i)), Note: sql.NullString{String: "fast", Valid: i == 1}}
		for p := range i + 1 {
			o.Items = append(o.Items, Item{ProductID: p + 1, Quantity: int(p + 2)})
		}
		if err := db.Create(&o).Error; err != nil {
			return err
		}
		s.look(db, out)
	}
	return nil
}

func (s *gormShop) update(db *gorm.DB, out *transcript) error {
	var ada User
	if err := db.First(&ada, "email = ?", "ada@example.com").Error; err != nil {
		return err
	}
	for i := range 3 {
		out.say("update", db.Model(&ada).Update("balance", fmt.Sprint(i, ".75")).Error)
		var again User
		out.say("again", db.First(&again, ada.ID).Error, again)
	}
	ada.Nickname = nil
	out.say("save", db.Save(&ada).Error)
	s.look(db, out)
	res := db.Model(&Product{}).Where("stock < ?", 5).Updates(map[string]any{"stock": gorm.Expr("stock + ?", 100), "title": "Refilled"})
	out.say("updates", res.Error, res.RowsAffected)
	s.look(db, out)
	res = db.Model(&Order{}).Where("1 = 1").UpdateColumn("status", "paid")
	out.say("update column", res.Error, res.RowsAffected)
	out.say("exec", db.Exec("UPDATE shop_orders SET note = ? WHERE id = ?", "raw", 1).Error)
	var tag Tag
	out.say("tag", db.First(&tag).Error, db.Model(&ada).Association("Tags").Append(&tag), db.Model(&ada).Association("Tags").Count())
	return nil
}

var errChanged = errors.New("changed my mind")

func (s *gormShop) transactions(db *gorm.DB, out *transcript) error {
	work := func(end error) func(tx *gorm.DB) error {
		return func(tx *gorm.DB) error {
			s.look(tx, out)
			out.say("in tx", tx.Create(&User{Email: fmt.Sprint("tx", end, "@example.com"), Balance: "1"}).Error,
				tx.Model(&Product{}).Where("id = ?", 7).Update("stock", gorm.Expr("stock - 1")).Error)
			s.look(tx, out)
			return end
		}
	}
	out.say("rolled back", db.Transaction(work(errChanged)))
	s.look(db, out)
	out.say("committed", db.Transaction(work(nil)))
	s.look(db, out)
	out.say("read only", db.Transaction(func(tx *gorm.DB) error {
		s.look(tx, out)
		var locked Product
		return tx.Clauses(clause.Locking{Strength: "UPDATE"}).First(&locked, 7).Error
	}))
	return nil
}

// savepoints undoes a part of a transaction twice: nested and by name (hazard H7).
func (s *gormShop) savepoints(db *gorm.DB, out *transcript) error {
	out.say("nested", db.Transaction(func(tx *gorm.DB) error {
		out.say("outer", tx.Model(&User{}).Where("id = ?", 1).Update("nickname", "outer").Error)
		out.say("inner", tx.Transaction(func(inner *gorm.DB) error {
			out.say("lost", inner.Model(&User{}).Where("id = ?", 2).Update("nickname", "inner").Error)
			s.look(inner, out)
			return errChanged
		}))
		s.look(tx, out)
		return tx.Transaction(func(inner *gorm.DB) error {
			return inner.Model(&User{}).Where("id = ?", 3).Update("nickname", "kept").Error
		})
	}))
	s.look(db, out)
	tx := db.Begin()
	out.say("savepoint", tx.SavePoint("one").Error, tx.Delete(&Item{}, "order_id = ?", 2).Error, tx.RollbackTo("one").Error, tx.Commit().Error)
	return nil
}

func (s *gormShop) remove(db *gorm.DB, out *transcript) error {
	var bob User
	out.say("soft", db.First(&bob, "email = ?", "bob@example.com").Error, db.Delete(&bob).Error, db.First(&bob, bob.ID).Error)
	s.look(db, out)
	var all int64
	out.say("unscoped", db.Unscoped().Model(&User{}).Count(&all).Error, all)
	out.say("restore", db.Unscoped().Model(&bob).Update("deleted_at", nil).Error)
	out.say("again", db.First(&bob, bob.ID).Error, bob)
	out.say("cascade", db.Delete(&Order{}, 2).Error)
	s.look(db, out)
	var removed []Product
	err := db.Clauses(clause.Returning{}).Where("id > ?", 20).Delete(&removed).Error
	out.say("returning", err, len(removed))
	return nil
}

func (s *gormShop) mistakes(db *gorm.DB, out *transcript) error {
	for range 2 {
		out.say("taken", db.Create(&User{Email: "ada@example.com", Balance: "0"}).Error)
		out.say("nobody", db.First(&User{}, 999).Error)
		out.say("nothing", db.Find(&User{}, 999).Error)
		out.say("column", db.Find(&[]User{}, "colour = ?", "red").Error)
		out.say("foreign", db.Create(&Item{OrderID: 1, ProductID: 999}).Error)
		out.say("no condition", db.Delete(&User{}).Error)
	}
	ended, cancel := context.WithCancel(db.Statement.Context)
	cancel()
	out.say("late", db.WithContext(ended).Find(&[]User{}).Error, db.WithContext(ended).Create(&Tag{Name: "late"}).Error)
	return nil
}
