package servers

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// A Direction is one of the two ways through a [Proxy].
type Direction int

const (
	ToServer Direction = iota
	ToClient
)

// Stats are a proxy's counts since it began. A PostgreSQL client's cancel request is a connection too.
type Stats struct {
	Total, Open, Peak            int   // connections taken; there now; at once at most
	ToServerBytes, ToClientBytes int64 // passed on
}

// A Proxy passes TCP connections on to a server, and can be a bad network. Its methods may be used from any goroutine and
// take effect on open connections as well as on new ones.
type Proxy struct {
	t        testing.TB
	addr     string
	target   string
	protocol Protocol
	ctx      context.Context // ends with the proxy
	cancel   context.CancelFunc
	wg       sync.WaitGroup // the accept loop and every connection

	mu       sync.Mutex   // guards everything below
	listener net.Listener // nil while refusing
	closed   bool
	conns    map[*proxyConn]struct{}
	stats    Stats
	delay    [2]time.Duration
	resumed  chan struct{} // nil unless paused; closed by Resume
	cuts     []*cut
	watches  []*Watch
}

// NewProxy starts a proxy in front of the server at target. It ends with t.
func NewProxy(t testing.TB, target string, protocol Protocol) *Proxy {
	t.Helper()
	listener, err := freeListener()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &Proxy{
		t: t, addr: listener.Addr().String(), target: target, protocol: protocol, ctx: ctx, cancel: cancel,
		listener: listener, conns: make(map[*proxyConn]struct{}),
	}
	p.wg.Go(func() { p.accept(listener) })
	t.Cleanup(p.Close)
	return p
}

// Addr is the proxy's host:port.
func (p *Proxy) Addr() string { return p.addr }

// Via is the server's dsn with the proxy's address instead of the server's.
func (p *Proxy) Via(dsn string) string { return strings.Replace(dsn, p.target, p.addr, 1) }

// Stats counts a byte before it is passed on and a connection before it is answered.
func (p *Proxy) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

// Delay makes everything read from now on in direction arrive d later. It is latency: what is sent in one burst arrives in
// one burst.
func (p *Proxy) Delay(direction Direction, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay[direction] = d
}

// Pause holds back everything in both directions. New connections are taken.
func (p *Proxy) Pause() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resumed == nil {
		p.resumed = make(chan struct{})
	}
}

// Resume lets what Pause held back go on.
func (p *Proxy) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.resumed != nil {
		close(p.resumed)
		p.resumed = nil
	}
}

// Refuse makes the operating system refuse new connections. Open ones go on.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuseLocked()
}

func (p *Proxy) refuseLocked() {
	if p.listener != nil {
		p.listener.Close()
		p.listener = nil
	}
}

// Admit undoes Refuse.
func (p *Proxy) Admit() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.listener != nil {
		return
	}
	listener, err := net.Listen("tcp4", p.addr)
	if err != nil {
		p.t.Errorf("servers: proxy cannot listen again: %v", err)
		return
	}
	p.listener = listener
	p.wg.Go(func() { p.accept(listener) })
}

// CutAll cuts every open connection now. Clients see a reset.
func (p *Proxy) CutAll() {
	for _, c := range p.connections() {
		c.cut()
	}
}

func (p *Proxy) connections() []*proxyConn {
	p.mu.Lock()
	defer p.mu.Unlock()
	conns := make([]*proxyConn, 0, len(p.conns))
	for c := range p.conns {
		conns = append(conns, c)
	}
	return conns
}

// Close cuts all connections and waits for every goroutine of the proxy. Calling it again is harmless.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.refuseLocked()
	p.mu.Unlock()
	p.cancel()
	p.CutAll()
	p.wg.Wait()
}

// accept ends when Refuse or Close closes listener.
func (p *Proxy) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		c := newProxyConn(p, client.(*net.TCPConn))
		if !p.register(c) {
			c.cut()
			continue
		}
		p.wg.Go(c.serve)
	}
}

// register is false when Close came first and will not find c any more.
func (p *Proxy) register(c *proxyConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.conns[c] = struct{}{}
	p.stats.Total++
	p.stats.Open++
	p.stats.Peak = max(p.stats.Peak, p.stats.Open)
	return true
}

// forget is for connections that register may have turned away too.
func (p *Proxy) forget(c *proxyConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.conns[c]; ok {
		delete(p.conns, c)
		p.stats.Open--
	}
}

func (p *Proxy) countBytes(direction Direction, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if direction == ToServer {
		p.stats.ToServerBytes += int64(n)
	} else {
		p.stats.ToClientBytes += int64(n)
	}
}

func (p *Proxy) due(direction Direction) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.delay[direction])
}

func (p *Proxy) pause() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.resumed
}
