package sqldedupe

import (
	"context"
	"database/sql/driver"
	"io"
	"time"

	"github.com/sqldedupe/sqldedupe/internal/words"
)

const (
	// holdFor is how long words stay open after a write whose outcome is
	// unknown and cannot be asked for.
	holdFor = time.Minute
	// holdAtMost is how long, while the server says that the session lives.
	holdAtMost = 10 * time.Minute
	// holdPoll is the first pause between two questions; it doubles up to a second.
	holdPoll = 20 * time.Millisecond
)

// hold keeps slots open after a write whose outcome is unknown: the connection
// was lost, or the wait was given up, and the server may have committed, or may
// yet. It ends, with a bump, when the server's session is known to be gone or
// the hold expires. Bumping at the error instead would leave a stale entry for
// good (protocol row 28).
func (c *connector) hold(slots []words.Slot, session string) {
	if len(slots) == 0 {
		return
	}
	c.stats.held.Add(1)
	// The cache stays for as long: a database that is opened on it after this
	// one was closed must find the words open.
	c.cache.retain()
	release := func() {
		c.cache.words.Close(slots, true)
		c.cache.release()
	}
	if session == "" || c.cfg.Adapter.Gone == nil {
		time.AfterFunc(holdFor, release)
		return
	}
	started := c.work(func(ctx context.Context) {
		if c.untilGone(ctx, session) {
			release()
		} else {
			time.AfterFunc(holdFor, release) // other databases may share the cache
		}
	})
	if !started {
		time.AfterFunc(holdFor, release)
	}
}

// untilGone waits until the server's session has ended, or for as long as a
// hold may last. It reports false when the connector closes before.
func (c *connector) untilGone(ctx context.Context, session string) bool {
	deadline := time.Now().Add(holdAtMost)
	pause := holdPoll
	for time.Now().Before(deadline) {
		gone, err := c.gone(ctx, session)
		if err == nil && gone {
			return true
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return false
		}
		pause = min(2*pause, time.Second)
	}
	return true
}

func (c *connector) gone(ctx context.Context, session string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, catalogTimeout)
	defer cancel()
	rc, err := c.pool.take(ctx)
	if err != nil {
		return false, err
	}
	defer rc.give()
	return c.cfg.Adapter.Gone(ctx, rc.Conn, session)
}

// answered reports whether err is the server's own answer.
func (c *connector) answered(err error) bool {
	f := c.cfg.Adapter.Answered
	return f != nil && f(err)
}

// rejected reports whether err says that the server did not accept a text.
func (c *connector) rejected(err error) bool {
	f := c.cfg.Adapter.Rejected
	return f != nil && f(err)
}

// firstError returns the first error that is not the plain end of rows.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil && err != io.EOF {
			return err
		}
	}
	return nil
}

// pingTimeout bounds the question whether a connection still answers.
const pingTimeout = time.Second

// answers reports whether the session's connection completes a round trip.
func (s *session) answers() bool {
	if s.rc == nil || s.rc.bad || !isValid(s.rc.Conn) {
		return false
	}
	p, ok := s.rc.Conn.(driver.Pinger)
	if !ok {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
	defer cancel()
	return p.Ping(ctx) == nil
}

// serverSession names the server's session of the attached connection.
func (s *session) serverSession() string {
	if s.rc == nil {
		return ""
	}
	return s.rc.server.Session
}
