package orms_test

import (
	"context"
	"database/sql"

	"gorm.io/gorm"
)

// look reads what every kind of write changes.
func (s *gormShop) look(db *gorm.DB, out *transcript) {
	var users []User
	err := db.Preload("Orders.Items.Product").Preload("Tags").Order("id").Find(&users).Error
	out.say("users", err, users)
	var stock int64
	err = db.Model(&Product{}).Select("coalesce(sum(stock), 0)").Scan(&stock).Error
	out.say("stock", err, stock)
	var items int64
	err = db.Model(&Item{}).Count(&items).Error
	out.say("items", err, items)
}

func (s *gormShop) browse(ctx context.Context, out *transcript) error {
	db := s.db.WithContext(context.WithValue(ctx, transcriptKey{}, out))
	s.look(db, out)
	for id := 1; id <= 3; id++ {
		var u User
		err := db.First(&u, id).Error
		out.say("user", err, u)
		if len(u.Avatar) > 0 {
			u.Avatar[0] = 'x' // ours to change
		}
	}
	var products []Product
	err := db.Where("stock > ? AND price < ?", 3, "20").Order("stock DESC, id").Limit(4).Offset(1).Find(&products).Error
	out.say("page", err, products)
	err = db.Where(map[string]any{"sku": []string{"sku-07", "sku-09"}}).Order("id").Find(&products).Error
	out.say("in", err, products)
	var orders []Order
	err = db.Joins("User").Preload("Items").Order("shop_orders.id").Find(&orders).Error
	out.say("joined", err, orders)
	var skus []string
	err = db.Model(&Product{}).Where("weight IS NULL").Order("sku").Pluck("sku", &skus).Error
	out.say("pluck", err, skus)
	s.aggregate(db, out)
	s.batches(db, out)
	return s.rows(db, out)
}

func (s *gormShop) aggregate(db *gorm.DB, out *transcript) {
	var totals []struct {
		Email    string
		Orders   int
		Quantity sql.NullInt64
	}
	err := db.Table("shop_users AS u").Select("u.email, count(DISTINCT o.id) AS orders, sum(i.quantity) AS quantity").
		Joins("LEFT JOIN shop_orders o ON o.user_id = u.id").Joins("LEFT JOIN shop_items i ON i.order_id = o.id").
		Group("u.email").Having("count(o.id) >= ?", 0).Order("u.email").Scan(&totals).Error
	out.say("totals", err, totals)
	var maps []map[string]any
	err = db.Model(&Order{}).Order("id").Find(&maps).Error
	out.say("maps", err, maps)
	var ids []uint
	err = db.Raw("SELECT id FROM shop_products WHERE id IN (?) AND title <> @title ORDER BY id", db.Model(&Item{}).Select("product_id"),
		sql.Named("title", "Again")).Scan(&ids).Error
	out.say("raw", err, ids)
	err = db.Where("id IN (?)", db.Model(&Order{}).Select("user_id")).Model(&User{}).Order("id").Pluck("id", &ids).Error
	out.say("subquery", err, ids)
}

func (s *gormShop) batches(db *gorm.DB, out *transcript) {
	var batch []Product
	res := db.FindInBatches(&batch, 9, func(tx *gorm.DB, n int) error {
		out.say("batch", n, len(batch), tx.RowsAffected)
		return nil
	})
	out.say("batches", res.Error, res.RowsAffected)
}

// rows walks rows while it asks for others.
func (s *gormShop) rows(db *gorm.DB, out *transcript) error {
	rows, err := db.Model(&Order{}).Order("id").Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var o Order
		err := db.ScanRows(rows, &o)
		out.say("order", err, o)
		var u User
		err = db.Unscoped().First(&u, o.UserID).Error
		out.say("of", err, u.Email)
	}
	return rows.Err()
}
