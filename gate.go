package sqldedupe

import (
	"context"
	"sync"
)

// gate keeps readers that the program does not know of (refreshes, readings of
// the catalog) and writes apart, on a database where a running read keeps
// others from committing: a program that has one connection to SQLite never
// meets "database is locked", and must not meet it because of something it did
// not ask for. Writers do not exclude each other. The zero value is open for
// everybody.
type gate struct {
	mu      sync.Mutex
	readers map[*reader]struct{}
	writers int
}

type reader struct {
	cancel context.CancelFunc
	gone   chan struct{}
}

// enter begins a read unless a write is in progress. The first write to come
// cancels it. leave must be called at its end.
func (g *gate) enter(cancel context.CancelFunc) (leave func(), ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.writers > 0 {
		return nil, false
	}
	r := &reader{cancel, make(chan struct{})}
	if g.readers == nil {
		g.readers = make(map[*reader]struct{})
	}
	g.readers[r] = struct{}{}
	return func() { g.leave(r) }, true
}

func (g *gate) leave(r *reader) {
	g.mu.Lock()
	delete(g.readers, r)
	g.mu.Unlock()
	close(r.gone)
}

// lock begins a write, as soon as the readers in progress have been cancelled
// and have ended.
func (g *gate) lock() {
	g.mu.Lock()
	g.writers++
	readers := make([]*reader, 0, len(g.readers))
	for r := range g.readers {
		readers = append(readers, r)
	}
	g.mu.Unlock()
	for _, r := range readers {
		r.cancel()
		<-r.gone
	}
}

func (g *gate) unlock() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.writers--
}
