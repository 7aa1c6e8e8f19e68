package sqldedupe_test

import (
	"database/sql"
	"testing"

	"github.com/DATA-DOG/go-sqlmock"

	"github.com/sqldedupe/sqldedupe"
)

// Exactly the statements of the program reach the driver, as written and in
// order, and none of ours: a hit sends nothing, a miss its query, a write and a
// transaction what the program said.
func TestStatementsSent(t *testing.T) {
	plain, mock, err := sqlmock.NewWithDSN("statements", sqlmock.QueryMatcherOption(sqlmock.QueryMatcherEqual))
	must(t, err)
	defer plain.Close()
	sqldedupe.Register("sqlmock-dedupe", plain.Driver(), sqldedupe.Config{Dialect: "postgres"})
	db, err := sql.Open("sqlmock-dedupe", "statements?dedupe_ttl=1m&dedupe_beta=0")
	must(t, err)
	defer db.Close()
	row := func(n int) *sqlmock.Rows { return sqlmock.NewRows([]string{"n"}).AddRow(n) }

	mock.ExpectQuery("/* as written */ " + items).WillReturnRows(row(1))
	for range 3 {
		expect(t, "read", number(t, db, "/* as written */ "+items), 1)
	}
	mock.ExpectQuery(itemByID).WithArgs(7).WillReturnRows(row(2))
	for range 3 {
		expect(t, "read by id", number(t, db, itemByID, 7), 2)
	}
	mock.ExpectBegin()
	mock.ExpectExec(setItems).WillReturnResult(sqlmock.NewResult(0, 3))
	mock.ExpectQuery(items).WillReturnRows(row(3))
	mock.ExpectCommit()
	tx := begin(t, db)
	res, err := tx.Exec(setItems)
	must(t, err)
	affected, err := res.RowsAffected()
	must(t, err)
	expect(t, "rows affected", affected, 3)
	expect(t, "read in the transaction", number(t, tx, items), 3)
	must(t, tx.Commit())

	mock.ExpectQuery(items).WillReturnRows(row(4))
	for range 3 {
		expect(t, "read after it", number(t, db, items), 4)
	}
	mock.ExpectPrepare(orders).ExpectQuery().WillReturnRows(row(5))
	st := prepare(t, db, orders)
	for range 3 {
		expect(t, "prepared", stmtNumber(t, st), 5)
	}
	must(t, st.Close())
	must(t, mock.ExpectationsWereMet())
}
