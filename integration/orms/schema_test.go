package orms_test

import (
	"strconv"
	"strings"
	"time"
)

// columnTypes are what the schema's types are called.
var columnTypes = map[string]*strings.Replacer{
	"postgres": strings.NewReplacer("SERIAL", "bigserial PRIMARY KEY", "BYTES", "bytea", "TIME", "timestamptz", "REAL", "double precision"),
	"mysql":    strings.NewReplacer("SERIAL", "bigint AUTO_INCREMENT PRIMARY KEY", "BYTES", "varbinary(200)", "TIME", "datetime(6)", "REAL", "double"),
	"sqlite":   strings.NewReplacer("SERIAL", "integer PRIMARY KEY AUTOINCREMENT", "BYTES", "blob", "TIME", "datetime", "REAL", "real"),
}

// tables is the schema of the shops that write their own.
var tables = []string{
	`CREATE TABLE shop_users (id SERIAL, email varchar(100) NOT NULL UNIQUE, nickname varchar(50), active boolean NOT NULL,
		balance decimal(12,2) NOT NULL, avatar BYTES, created_at TIME NOT NULL, deleted_at TIME)`,
	`CREATE TABLE shop_products (id SERIAL, sku varchar(20) NOT NULL UNIQUE, title text NOT NULL, price decimal(12,2) NOT NULL,
		weight REAL, stock integer NOT NULL)`,
	`CREATE TABLE shop_orders (id SERIAL, user_id bigint NOT NULL, status varchar(20) NOT NULL, note text, placed_at TIME NOT NULL,
		CONSTRAINT shop_order_user FOREIGN KEY (user_id) REFERENCES shop_users (id))`,
	`CREATE TABLE shop_items (order_id bigint NOT NULL, product_id bigint NOT NULL, quantity integer NOT NULL, price decimal(12,2) NOT NULL,
		PRIMARY KEY (order_id, product_id),
		CONSTRAINT shop_item_order FOREIGN KEY (order_id) REFERENCES shop_orders (id) ON DELETE CASCADE,
		CONSTRAINT shop_item_product FOREIGN KEY (product_id) REFERENCES shop_products (id))`,
	`CREATE VIEW shop_totals AS SELECT o.id, o.user_id, SUM(i.quantity * i.price) AS total
		FROM shop_orders o JOIN shop_items i ON i.order_id = o.id GROUP BY o.id, o.user_id`,
}

// noon is the shop's opening; everything happens some hours after.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

func after(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }

// numbered writes ? as $1, $2 where the server wants that. No text here has a ? of its own.
func numbered(dialect, query string) string {
	if dialect != "postgres" {
		return query
	}
	parts := strings.Split(query, "?")
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteString("$" + strconv.Itoa(i))
		}
		b.WriteString(part)
	}
	return b.String()
}
