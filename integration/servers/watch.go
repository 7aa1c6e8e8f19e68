package servers

import (
	"strings"
	"sync/atomic"
)

// A Protocol tells a [Proxy] how to find statements in the bytes that pass. Encrypted or compressed connections are opaque
// to it.
type Protocol int

const (
	Opaque Protocol = iota
	PostgreSQL
	MySQL
)

// Counts are messages to the server. They say what it was sent, not what became of it.
type Counts struct {
	Queries  int // PostgreSQL Query, MySQL COM_QUERY
	Prepares int // PostgreSQL Parse, MySQL COM_STMT_PREPARE
	Executes int // PostgreSQL Execute, MySQL COM_STMT_EXECUTE, of a statement prepared on the same connection
}

// Runs is how often a statement was to be run.
func (c Counts) Runs() int { return c.Queries + c.Executes }

// A Watch counts the statements that hold a marker.
type Watch struct {
	marker                      string
	queries, prepares, executes atomic.Int64
}

// Watch counts from now on the statements whose text holds marker. A message counts before it is passed on.
func (p *Proxy) Watch(marker string) *Watch {
	p.t.Helper()
	w := &Watch{marker: marker}
	if p.protocol == Opaque {
		p.t.Error("servers: Watch on a proxy without a protocol")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watches = append(p.watches, w)
	return w
}

// Counts may be called at any time.
func (w *Watch) Counts() Counts {
	return Counts{int(w.queries.Load()), int(w.prepares.Load()), int(w.executes.Load())}
}

type message int

const (
	query message = iota
	prepare
	execute
)

// saw is told of every statement that passes.
func (p *Proxy) saw(m message, text string) {
	p.mu.Lock()
	watches := p.watches
	p.mu.Unlock()
	for _, w := range watches {
		if strings.Contains(text, w.marker) {
			w.count(m)
		}
	}
}

func (w *Watch) count(m message) {
	switch m {
	case query:
		w.queries.Add(1)
	case prepare:
		w.prepares.Add(1)
	case execute:
		w.executes.Add(1)
	}
}

// A wire follows the conversation on one connection. The data of a call belongs to the caller.
type wire interface {
	toServer(data []byte)
	toClient(data []byte)
}

func (p Protocol) wire(saw func(message, string)) wire {
	switch p {
	case PostgreSQL:
		return &postgresWire{saw: saw, statements: make(map[string]string), portals: make(map[string]string)}
	case MySQL:
		return newMySQLWire(saw)
	default:
		return nil
	}
}
