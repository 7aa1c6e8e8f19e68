package sqldedupe

import (
	"context"
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
	exclusive   bool
	pinned      bool
	modes, name string // as reported
}

func (c *connector) serverFacts() *serverFacts { return c.server.Load() }

// inspect looks at a new real connection. If the server differs from the one
// seen before, everything learned and kept under its rules is void.
func (c *connector) inspect(ctx context.Context, rc *realConn) error {
	name := c.cfg.Dialect
	if look := c.cfg.Adapter.Inspect; look != nil {
		server, err := look(ctx, rc.Conn)
		switch {
		case err != nil && !c.answered(err):
			return err
		case err != nil: // it works, but does not tell how
			c.report(err)
			server = Server{Uncacheable: reasonServer, Pinned: true}
		case server.Pinned && server.Uncacheable == "":
			server.Uncacheable = reasonAutocommit
		}
		rc.server = server
		name = orDefault(server.Dialect, name)
	}
	next := &serverFacts{learned: true, modes: rc.server.Modes, name: name, uncacheable: rc.server.Uncacheable, exclusive: rc.server.Exclusive, pinned: rc.server.Pinned}
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
	now    atomic.Pointer[catalogState]
	wanted atomic.Bool  // a reading in the background is due
	looked atomic.Int64 // unix ns of the last look for a table that was missing
	took   atomic.Int64 // ns of the last reading
}

// catalogState is one reading of the catalog. It counts as long as the schema
// generation of the cache is the one it was begun at.
//
// The fingerprint is the same for equal catalogs. It is part of every key: an
// answer that was kept while names meant something else is not found any more,
// whatever its words say.
type catalogState struct {
	schema      uint64
	catalog     *Catalog
	fingerprint uint64
}

// unread stands between a change and the next reading: it knows no table, so
// every read goes to the database.
var unread = &catalogState{catalog: &Catalog{}}

const (
	catalogPause   = 100 * time.Millisecond // least time between two background readings
	catalogShare   = 10                     // and this many times what the last one took
	catalogEvery   = 30 * time.Second       // between two readings for what others have changed
	catalogLook    = 10 * time.Second       // least time between two looks for missing tables
	catalogTimeout = 10 * time.Second       // bound of one reading
)

// catalog returns the catalog if it is known and nothing has changed since it
// was read, by whatever database of the cache.
func (c *connector) catalog() *catalogState {
	s := c.tables.now.Load()
	if c.cfg.Adapter.Catalog == nil || s.schema == c.cache.schema.Load() {
		return s
	}
	c.readCatalogSoon()
	return unread
}

// loadCatalog reads the catalog on rc. If that fails no read is kept until a
// background reading succeeds.
func (c *connector) loadCatalog(ctx context.Context, rc *realConn) {
	if c.cfg.Adapter.Catalog == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, catalogTimeout)
	defer cancel()
	// What changes while the catalog is read may be missing in it, and makes
	// the schema generation differ.
	schema, began := c.cache.schema.Load(), time.Now()
	next, err := c.cfg.Adapter.Catalog(ctx, rc.Conn)
	c.tables.took.Store(int64(time.Since(began)))
	if err != nil {
		c.report(err)
		return
	}
	c.tables.now.Store(&catalogState{schema, next, next.fingerprint()})
}

// readCatalogSoon has the catalog read in the background.
func (c *connector) readCatalogSoon() {
	if !c.tables.wanted.CompareAndSwap(false, true) {
		return
	}
	pause := max(catalogPause, catalogShare*time.Duration(c.tables.took.Load()))
	c.work(func(ctx context.Context) {
		defer c.tables.wanted.Store(false)
		select {
		case <-time.After(pause):
			c.readCatalog(ctx)
		case <-ctx.Done():
		}
	})
}

// tableMissing reads the catalog again, now and then, for a table that it does
// not know: somebody else may have made it since. What is known stays valid.
func (c *connector) tableMissing() {
	now, last := time.Now().UnixNano(), c.tables.looked.Load()
	if now-last < int64(catalogLook) || !c.tables.looked.CompareAndSwap(last, now) {
		return
	}
	c.work(c.readCatalog)
}

// readCatalog reads the catalog on a connection from the pool, unless a write
// is in the way.
func (c *connector) readCatalog(ctx context.Context) {
	rc, err := c.pool.take(ctx)
	if err != nil {
		c.report(err)
		return
	}
	defer rc.give()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if leave, ok := c.gate.enter(cancel); ok {
		defer leave()
		c.loadCatalog(ctx, rc)
	}
}

// watchCatalog reads the catalog now and then for what others have changed: a
// trigger of theirs makes writes of ours reach further.
func (c *connector) watchCatalog(ctx context.Context) {
	ticker := time.NewTicker(catalogEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			c.readCatalog(ctx)
		case <-ctx.Done():
			return
		}
	}
}
