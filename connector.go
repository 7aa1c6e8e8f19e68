package sqldedupe

import (
	"context"
	"database/sql/driver"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ngrok/sqlmw"

	"github.com/sqldedupe/sqldedupe/dedupe"
	"github.com/sqldedupe/sqldedupe/policy"
)

// connector is everything behind one *sql.DB: the inner pool, the statements
// known, the flights in progress, and its part of a cache.
type connector struct {
	cfg       Config
	real      driver.Connector
	pool      *pool
	cache     *cache
	namespace uint64 // of entries, inside cache
	private   bool   // each connection is a database of its own

	flights  dedupe.Group[fill]
	logins   dedupe.Group[struct{}]
	texts    texts
	stats    counters
	observer observer // used with dedupe=observe

	shape  atomic.Pointer[connShape] // set by the first login
	server atomic.Pointer[serverFacts]
	// skipsArgs is set when a connection has answered a query with arguments
	// with driver.ErrSkip: the next one need not ask.
	skipsArgs atomic.Bool
	tables    tables // the catalog

	basePolicy *policy.Policy
	policyFile *policy.File

	ctx     context.Context // ends with the connector
	cancel  context.CancelFunc
	refresh chan struct{} // one token per refresh in progress
	gate    gate          // between refreshes and writes, where they block each other
	ended   sync.Once

	mu       sync.Mutex     // guards closing and sessions, and workers against a late start
	closing  bool           // Close has begun
	sessions int            // open
	workers  sync.WaitGroup // refreshes, held writes, catalog readings
}

// maxRefreshes bounds the background refreshes of one connector. A refresh
// that finds no place is left out: the next early or stale hit tries again.
const maxRefreshes = 8

// NewConnector wraps a driver's connector, for sql.OpenDB. The caller must not
// use real itself any more; if it implements io.Closer it is closed with the
// database. A problem of cfg is the error of the first use of the database.
func NewConnector(real driver.Connector, cfg Config) driver.Connector {
	cfg, err := cfg.withParams(nil)
	if err != nil {
		return failedConnector{real, err}
	}
	c, err := newConnector(real, cfg, Identity{Cache: cfg.Cache, Namespace: cfg.Namespace})
	if err != nil {
		return failedConnector{real, err}
	}
	return c
}

// failedConnector gives the error that NewConnector has no result for.
type failedConnector struct {
	driver.Connector
	err error
}

func (f failedConnector) Connect(context.Context) (driver.Conn, error) { return nil, f.err }
func (f failedConnector) Close() error                                 { return closeReal(f.Connector) }

// newConnector builds what stands behind one database. cfg is complete.
func newConnector(real driver.Connector, cfg Config, id Identity) (driver.Connector, error) {
	if cfg.Mode == Off {
		return real, nil
	}
	c := &connector{cfg: cfg, real: real, private: id.Private, refresh: make(chan struct{}, maxRefreshes)}
	if err := c.openPolicy(); err != nil {
		return nil, err
	}
	unique := uniqueName()
	id.Cache = orDefault(orDefault(cfg.Cache, id.Cache), unique)
	id.Namespace = orDefault(orDefault(cfg.Namespace, id.Namespace), unique)
	if cfg.Mode == Observe {
		id.Namespace = "observe " + id.Namespace // its entries hold no rows
	}
	var err error
	if c.cache, err = openCache(id.Cache, cfg.MemoryBytes); err != nil {
		c.closePolicy()
		return nil, err
	}
	c.namespace = c.cache.namespace(id.Namespace)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.server.Store(&serverFacts{})
	c.tables.now.Store(&catalogState{schema: math.MaxUint64}) // not read yet
	c.pool = newPool(real, cfg.MaxConns, c.inspect)
	return c, nil
}

// Driver returns the real driver, so that whoever recognises it still does.
func (c *connector) Driver() driver.Driver { return c.real.Driver() }

// Connect opens a session. The first one logs in for real: it proves the
// password before anything is answered from memory, gives the driver's own
// error when there is one, and shows what the driver's connections can do.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	if ask, ok := ctx.Value(ofKey{}).(*Control); ok {
		ask.c = c
		return nil, errAsked
	}
	if c.shape.Load() == nil {
		if err := c.login(ctx); err != nil {
			return nil, err
		}
	}
	s := &session{c: c, born: time.Now(), pinned: c.private || c.serverFacts().pinned}
	c.sessionOpened()
	m := &middleware{c: c, s: s}
	wrapped, err := sqlmw.Driver(oneConn{s}, m).Open("")
	if err != nil {
		return nil, err
	}
	return newConn(wrapped, m, *c.shape.Load()), nil
}

// oneConn is a driver with one connection: sqlmw wraps drivers, and a driver
// of its own per connection is how the interceptor knows which one it serves.
type oneConn struct{ s *session }

func (o oneConn) Open(string) (driver.Conn, error) { return o.s, nil }

// login opens the first real connection, once for all who wait for it.
func (c *connector) login(ctx context.Context) error {
	_, _, err := c.logins.Do(ctx, dedupe.Task[struct{}]{
		Key:     "login",
		Private: private,
		Run: func(ctx context.Context, _ func(string)) (struct{}, error) {
			if c.shape.Load() != nil {
				return struct{}{}, nil
			}
			rc, err := c.pool.take(ctx)
			if err != nil {
				return struct{}{}, err
			}
			defer rc.give()
			c.loadCatalog(ctx, rc)
			shape := shapeOfConn(rc.Conn)
			c.shape.Store(&shape)
			if c.cfg.Adapter.Catalog != nil {
				c.work(c.watchCatalog)
			}
			return struct{}{}, nil
		},
	})
	return err
}

// private reports whether an error concerns one execution alone: the state of
// one connection or the end of one context, not what the database answered.
func private(err error) bool {
	return errors.Is(err, driver.ErrBadConn) || err == errShed ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// report tells the program about trouble that no caller is told about.
func (c *connector) report(err error) {
	if c.cfg.OnError != nil {
		c.cfg.OnError(err)
	}
}
