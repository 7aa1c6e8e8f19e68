package demo

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"strings"
)

// A report is two tables and a slow query over them. All statements mean the
// same on every database.
type report struct {
	products, sales string // tables
	query           string
	rows            int    // of sales, with ids from 1
	answer          string // what the query must give
}

const productRows = 200

// newReport picks names that nobody has.
func newReport() *report {
	prefix := "sqldedupe_demo_" + strings.ToLower(rand.Text()[:10])
	r := &report{products: prefix + "_products", sales: prefix + "_sales"}
	r.query = fmt.Sprintf("SELECT p.category, count(*) AS sales, sum(s.quantity * p.price) AS revenue "+
		"FROM %s s JOIN %s p ON p.id = s.product GROUP BY p.category ORDER BY p.category", r.sales, r.products)
	return r
}

// create makes the tables, with products and the first sales.
func (r *report) create(ctx context.Context, db *sql.DB) error {
	var products, sales []string
	for id := range productRows {
		products = append(products, fmt.Sprintf("(%d, 'category %d', %d)", id, id%7, 5+id*37%400))
		sales = append(sales, fmt.Sprintf("(%d, %d, %d)", id+1, id, 1+id%9))
	}
	for _, statement := range []string{
		"CREATE TABLE " + r.products + " (id INTEGER PRIMARY KEY, category VARCHAR(20) NOT NULL, price INTEGER NOT NULL)",
		"CREATE TABLE " + r.sales + " (id INTEGER PRIMARY KEY, product INTEGER NOT NULL, quantity INTEGER NOT NULL)",
		"INSERT INTO " + r.products + " (id, category, price) VALUES " + strings.Join(products, ","),
		"INSERT INTO " + r.sales + " (id, product, quantity) VALUES " + strings.Join(sales, ","),
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	r.rows = productRows
	return nil
}

// grow adds sales made from those there are until there are as many as asked.
func (r *report) grow(ctx context.Context, db *sql.DB, rows int) error {
	for r.rows < rows {
		more := min(r.rows, rows-r.rows)
		_, err := db.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (id, product, quantity) "+
			"SELECT id + %d, (id * 7 + %d) %% %d, 1 + (id * 31 + %d) %% 9 FROM %s WHERE id <= %d",
			r.sales, r.rows, r.rows, productRows, r.rows, r.sales, more))
		if err != nil {
			return err
		}
		r.rows += more
	}
	return nil
}

// drop removes the tables, as far as they were made.
func (r *report) drop(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, fmt.Sprintf("DROP TABLE IF EXISTS %s", r.sales))
	if err == nil {
		_, err = db.ExecContext(ctx, fmt.Sprintf("DROP TABLE IF EXISTS %s", r.products))
	}
	if err != nil {
		return fmt.Errorf("tables %s and %s may be left behind: %w", r.sales, r.products, err)
	}
	return nil
}

// ask runs the query and returns its answer.
func (r *report) ask(ctx context.Context, db *sql.DB) (string, error) {
	rows, err := db.QueryContext(ctx, r.query)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var answer strings.Builder
	for rows.Next() {
		var category string
		var sales, revenue int64
		if err := rows.Scan(&category, &sales, &revenue); err != nil {
			return "", err
		}
		fmt.Fprintln(&answer, category, sales, revenue)
	}
	return answer.String(), rows.Err()
}
