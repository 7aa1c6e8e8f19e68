package demo

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/sqldedupe/sqldedupe"
)

// open returns a database whose queries of the report are counted below
// whatever driver is compared. cfg is nil for the plain one.
func (t *target) open(ctx context.Context, c *counter, cfg *sqldedupe.Config) (*sql.DB, error) {
	real, err := t.connector()
	if err != nil {
		return nil, err
	}
	real = countedConnector{real, c}
	if cfg != nil {
		own := *cfg
		own.MaxConns = t.conns
		own.Adapter = uncounted(own.Adapter)
		real = sqldedupe.NewConnector(real, own)
	}
	db := sql.OpenDB(real)
	db.SetMaxOpenConns(t.conns)
	db.SetMaxIdleConns(t.conns)
	if err := db.PingContext(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// connector is what sql.Open(t.plain, t.dsn) would use.
func (t *target) connector() (driver.Connector, error) {
	db, err := sql.Open(t.plain, t.dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if d, ok := db.Driver().(driver.DriverContext); ok {
		return d.OpenConnector(t.dsn)
	}
	return nameConnector{db.Driver(), t.dsn}, nil
}

// nameConnector is the connector of a driver that has none.
type nameConnector struct {
	driver driver.Driver
	dsn    string
}

func (n nameConnector) Connect(context.Context) (driver.Conn, error) { return n.driver.Open(n.dsn) }
func (n nameConnector) Driver() driver.Driver                        { return n.driver }

// mustKeep fails unless db would keep answers of query: figures of a cache
// that is not used would say nothing.
func mustKeep(db *sql.DB, query string) error {
	if e := sqldedupe.Of(db).Explain(query); !e.Cached {
		return fmt.Errorf("the report would not be kept: %s", e.Reason)
	}
	return nil
}
