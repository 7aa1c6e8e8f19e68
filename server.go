package sqldedupe

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

// serverFacts is what the statements sent to a server are understood by.
type serverFacts struct {
	learned     bool
	understood  bool // the dialect is known
	dialect     analyze.Dialect
	mode        analyze.Mode
	uncacheable string
	modes, name string // as reported
}

func (c *connector) serverFacts() *serverFacts { return c.server.Load() }

// inspect looks at a new real connection. If the server differs from the one
// seen before, everything learned and kept under its rules is void.
func (c *connector) inspect(ctx context.Context, rc *realConn) error {
	name := c.cfg.Dialect
	if look := c.cfg.Adapter.Inspect; look != nil {
		server, err := look(ctx, rc.Conn)
		if err != nil {
			return err
		}
		rc.server = server
		name = orDefault(server.Dialect, name)
	}
	next := &serverFacts{learned: true, modes: rc.server.Modes, name: name, uncacheable: rc.server.Uncacheable}
	mode, known := analyze.ParseMode(rc.server.Modes)
	next.mode = mode
	next.dialect, next.understood = analyze.ParseDialect(name)
	next.understood = next.understood && known
	old := c.serverFacts()
	if *old == *next {
		return nil
	}
	c.server.Store(next)
	c.texts.purge()
	if old.learned {
		c.cache.words.Open(everything)
		c.cache.words.Close(everything, true)
	}
	return nil
}

// tables holds the catalog of a database and reads it again when it changed.
type tables struct {
	now     atomic.Pointer[catalogState]
	loading sync.Mutex // held while a reading runs
	wanted  atomic.Bool
}

// catalogState is one catalog; each change makes a new state.
type catalogState struct {
	version uint64
	catalog *Catalog
}

// unread is the catalog between a change and its next reading: it knows no
// table, so that every read goes to the database.
var unread = &Catalog{}

const (
	catalogPause   = time.Second      // least time between two background readings
	catalogTimeout = 10 * time.Second // bound of one reading
)

func (c *connector) catalog() *catalogState { return c.tables.now.Load() }

// loadCatalog reads the catalog on rc. If that fails no read is kept until a
// background reading succeeds.
func (c *connector) loadCatalog(ctx context.Context, rc *realConn) {
	if c.cfg.Adapter.Catalog == nil {
		return
	}
	c.tables.loading.Lock()
	defer c.tables.loading.Unlock()
	ctx, cancel := context.WithTimeout(ctx, catalogTimeout)
	defer cancel()
	old := c.catalog()
	next, err := c.cfg.Adapter.Catalog(ctx, rc.Conn)
	if err != nil {
		c.report(err)
		c.catalogChanged()
		return
	}
	// What changed while it was read may be missing: then it is void already.
	if !c.tables.now.CompareAndSwap(old, &catalogState{old.version + 1, next}) {
		c.catalogChanged()
	}
}

// voidCatalog makes every read go to the database until the next reading.
func (c *connector) voidCatalog() {
	for {
		old := c.catalog()
		if c.tables.now.CompareAndSwap(old, &catalogState{old.version + 1, unread}) {
			return
		}
	}
}

// catalogChanged voids the catalog and has it read again in the background.
func (c *connector) catalogChanged() {
	if c.cfg.Adapter.Catalog == nil {
		return
	}
	c.voidCatalog()
	if !c.tables.wanted.CompareAndSwap(false, true) {
		return
	}
	c.work(func(ctx context.Context) {
		select {
		case <-time.After(catalogPause):
		case <-ctx.Done():
			return
		}
		c.tables.wanted.Store(false)
		rc, err := c.pool.take(ctx)
		if err != nil {
			c.report(err)
			c.catalogChanged()
			return
		}
		defer rc.give()
		c.loadCatalog(ctx, rc)
	})
}
