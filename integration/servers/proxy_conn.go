package servers

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Reads waiting out their delay, per direction. A read is at most 32 KiB.
const maxQueued = 256

// A proxyConn is one client's connection and its counterpart to the server.
type proxyConn struct {
	proxy  *Proxy
	client *net.TCPConn
	done   chan struct{} // closed by the end
	once   sync.Once     // the end

	mu     sync.Mutex   // guards everything below and the use of wire
	wire   wire         // nil when the protocol is opaque
	server *net.TCPConn // nil until dialled
	answer *cut         // the server's next bytes are not passed on: they are this cut
}

func newProxyConn(p *Proxy, client *net.TCPConn) *proxyConn {
	c := &proxyConn{proxy: p, client: client, done: make(chan struct{})}
	c.wire = p.protocol.wire(p.saw)
	return c
}

// serve owns the connection to its end, and the three goroutines beside it.
func (c *proxyConn) serve() {
	defer c.cut()
	server, err := new(net.Dialer).DialContext(c.proxy.ctx, "tcp", c.proxy.target)
	if err != nil || !c.attach(server.(*net.TCPConn)) {
		return
	}
	var wg sync.WaitGroup
	for _, f := range []*flow{
		{conn: c, direction: ToServer, src: c.client, dst: c.server},
		{conn: c, direction: ToClient, src: c.server, dst: c.client},
	} {
		chunks := make(chan chunk, maxQueued)
		wg.Go(func() { f.read(chunks) })
		wg.Go(func() { f.forward(chunks) })
	}
	wg.Wait()
	c.hangUp()
}

// attach is false when the connection was cut while the server was dialled.
func (c *proxyConn) attach(server *net.TCPConn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case <-c.done:
		server.Close()
		return false
	default:
		c.server = server
		return true
	}
}

// cut ends the connection at once, with a reset for the client. The server gets an ordinary end where possible, so that
// what was passed on before is not lost to it.
func (c *proxyConn) cut() { c.end(0) }

// hangUp ends a connection that both sides have ended; a reset now could destroy bytes the client has yet to read.
func (c *proxyConn) hangUp() { c.end(-1) }

// end takes effect once. A linger of 0 resets the client, -1 is the operating system's way.
func (c *proxyConn) end(linger int) {
	c.once.Do(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.proxy.forget(c)
		close(c.done)
		_ = c.client.SetLinger(linger)
		c.client.Close()
		if c.server != nil {
			c.server.Close()
		}
	})
}

// A chunk is what one read returned, to be passed on no earlier than due.
type chunk struct {
	data []byte
	due  time.Time
}

// A flow is one direction of a connection: one goroutine reads, one passes on.
type flow struct {
	conn      *proxyConn
	direction Direction
	src, dst  *net.TCPConn
	recent    []byte // the end of what was passed on, for patterns that two reads share
}

func (f *flow) read(chunks chan<- chunk) {
	defer close(chunks)
	buf := make([]byte, 32<<10)
	for {
		n, err := f.src.Read(buf)
		if n > 0 {
			select {
			case chunks <- chunk{append([]byte(nil), buf[:n]...), f.conn.proxy.due(f.direction)}:
			case <-f.conn.done:
				return
			}
		}
		if err != nil && !errors.Is(err, io.EOF) {
			f.conn.cut()
		}
		if err != nil {
			return
		}
	}
}

func (f *flow) forward(chunks <-chan chunk) {
	for c := range chunks {
		if !f.wait(c.due) || !f.pass(c.data) {
			f.conn.cut()
			return
		}
	}
	_ = f.dst.CloseWrite()
}

// wait is false when the connection was cut meanwhile.
func (f *flow) wait(due time.Time) bool {
	if d := time.Until(due); d > 0 {
		select {
		case <-time.After(d):
		case <-f.conn.done:
			return false
		}
	}
	for {
		resumed := f.conn.proxy.pause()
		if resumed == nil {
			return true
		}
		select {
		case <-resumed:
		case <-f.conn.done:
			return false
		}
	}
}

// pass is false when the connection is at its end.
func (f *flow) pass(data []byte) bool {
	c := f.conn
	if f.direction == ToClient && c.withheld() {
		return false
	}
	cut, at := c.proxy.match(f.direction, f.recent, data)
	switch {
	case cut == nil:
		f.remember(data)
		return f.write(data)
	case cut.moment == Before:
		f.write(data[:at])
	case cut.moment == After:
		f.write(data)
	case cut.moment == AtAnswer:
		c.hold(cut)
		return f.write(data)
	}
	c.cut()
	close(cut.done)
	return false
}

func (f *flow) remember(data []byte) {
	f.recent = append(f.recent, data...)
	if len(f.recent) > maxPattern {
		f.recent = append(f.recent[:0], f.recent[len(f.recent)-maxPattern:]...)
	}
}

// write lets the protocol see the data first: the answer may be read before Write has returned.
func (f *flow) write(data []byte) bool {
	f.conn.observe(f.direction, data)
	f.conn.proxy.countBytes(f.direction, len(data))
	_, err := f.dst.Write(data)
	return err == nil
}

func (c *proxyConn) observe(direction Direction, data []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wire == nil {
		return
	}
	if direction == ToServer {
		c.wire.toServer(data)
	} else {
		c.wire.toClient(data)
	}
}
