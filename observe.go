package sqldedupe

import (
	"context"
	"database/sql/driver"
	"sync"
	"time"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

// observer counts what reads would have met if answers were shared and kept,
// while every one of them runs on the database. In place of results it keeps
// entries without rows, so memory is judged too low and everything else as it
// would be.
type observer struct {
	mu      sync.Mutex
	running map[string]int // reads in progress by key
}

// nothingKept is the result set of an observed entry.
var nothingKept = resultcache.NewRecorder(resultcache.NewColumns(0, nil), resultcache.Limits{}).Publish()

// observe runs r on the session's own connection and notes what would have
// happened to it.
func (m *middleware) observe(ctx context.Context, r *read) (driver.Rows, error) {
	if !m.makeKey(r) {
		return m.bypass(ctx, r, reasonArgument)
	}
	c, key := m.c, string(m.key)
	gens, _ := c.cache.words.Load(nil, r.plan.reads)
	e, ok := c.cache.memory.Get(key)
	would := Miss
	switch {
	case r.ttl > 0 && ok && sameGens(e.Gens, gens) && e.Age(time.Now()) < min(r.ttl, e.TTL):
		would = Hit
	case c.observer.enter(key):
		would = Shared
		defer c.observer.leave(key)
	default:
		defer c.observer.leave(key)
	}
	c.stats.would[would].Add(1)
	sent := time.Now()
	rows, err := m.bypass(ctx, r, reasonObserve)
	if err == nil && would == Miss && r.ttl > 0 {
		c.cache.memory.Set(key, &resultcache.Entry{Set: nothingKept, Gens: gens, Created: sent, TTL: r.ttl, Delta: time.Since(sent)})
	}
	return rows, err
}

// enter reports whether a read of key is in progress already.
func (o *observer) enter(key string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.running == nil {
		o.running = make(map[string]int)
	}
	o.running[key]++
	return o.running[key] > 1
}

func (o *observer) leave(key string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.running[key]--; o.running[key] == 0 {
		delete(o.running, key)
	}
}
