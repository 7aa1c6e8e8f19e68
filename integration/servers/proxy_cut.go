package servers

import "bytes"

// maxPattern is the longest pattern that is found across reads.
const maxPattern = 1 << 10

// A Moment says what has happened when [Proxy.CutOn] cuts.
type Moment int

const (
	// Before: nothing from the pattern on has been passed on.
	Before Moment = iota
	// After: the pattern, and what was read along with it, has been passed on. The other side may or may not act on it.
	After
	// AtAnswer: the server has got the pattern and answered, and the client has not got the answer. It asks for ToServer.
	AtAnswer
)

// A cut waits for its pattern.
type cut struct {
	direction Direction
	pattern   []byte
	moment    Moment
	done      chan struct{}
}

// CutOn cuts the first connection on which pattern passes in direction, once, and then closes the channel. Bytes are
// compared as they are: a prepared statement shows its text when it is prepared, not when it runs.
func (p *Proxy) CutOn(direction Direction, pattern string, moment Moment) <-chan struct{} {
	p.t.Helper()
	c := &cut{direction, []byte(pattern), moment, make(chan struct{})}
	switch {
	case pattern == "" || len(pattern) > maxPattern:
		p.t.Errorf("servers: a pattern has 1 to %d bytes, not %d", maxPattern, len(pattern))
		return c.done
	case moment == AtAnswer && direction != ToServer:
		p.t.Error("servers: AtAnswer needs a pattern that passes ToServer")
		return c.done
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cuts = append(p.cuts, c)
	return c.done
}

// match takes the first cut whose pattern ends in data, where recent came just before, and says at which byte of data the
// pattern begins: 0 when it began in recent.
func (p *Proxy) match(direction Direction, recent, data []byte) (*cut, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, c := range p.cuts {
		if c.direction != direction {
			continue
		}
		tail := recent[max(0, len(recent)-len(c.pattern)+1):]
		at := bytes.Index(append(bytes.Clone(tail), data...), c.pattern)
		if at < 0 {
			continue
		}
		p.cuts = append(p.cuts[:i:i], p.cuts[i+1:]...)
		return c, max(0, at-len(tail))
	}
	return nil, 0
}

// hold makes the server's next bytes the end of the connection.
func (c *proxyConn) hold(cut *cut) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answer = cut
}

// withheld cuts when there is an answer to withhold.
func (c *proxyConn) withheld() bool {
	c.mu.Lock()
	cut := c.answer
	c.mu.Unlock()
	if cut == nil {
		return false
	}
	c.cut()
	close(cut.done)
	return true
}
