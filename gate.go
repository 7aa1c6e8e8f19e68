package sqldedupe

import "sync"

// gate keeps refreshes and writes apart on a database where a running read
// keeps others from committing: a program that has one connection to SQLite
// never meets "database is locked", and must not meet it because of a refresh
// it did not ask for. Writers do not exclude each other. The zero value is
// open for everybody.
type gate struct {
	mu        sync.Mutex
	refreshes int
	writers   int
	idle      chan struct{} // closed when the last refresh ends; made by who waits
}

// enter begins a refresh unless a write is in progress.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.writers > 0 {
		return false
	}
	g.refreshes++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refreshes--; g.refreshes == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}

// lock begins a write, as soon as no refresh runs.
func (g *gate) lock() {
	g.mu.Lock()
	g.writers++
	for g.refreshes > 0 {
		if g.idle == nil {
			g.idle = make(chan struct{})
		}
		idle := g.idle
		g.mu.Unlock()
		<-idle
		g.mu.Lock()
	}
	g.mu.Unlock()
}

func (g *gate) unlock() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.writers--
}
