package sqldedupe

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"time"
)

// closeReal closes a driver's connector if that can be closed.
func closeReal(real driver.Connector) error {
	if closer, ok := real.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}

// Close is called by db.Close. What works in the background ends before it
// returns, and so do executions that nobody waits for any more. Sessions that
// the program still holds go on, as on the plain driver; the last one to be
// closed gives up the share of the cache.
func (c *connector) Close() error {
	c.mu.Lock()
	again := c.closing
	c.closing = true
	last := c.sessions == 0
	c.mu.Unlock()
	if again {
		return nil
	}
	c.cancel()
	err := c.pool.close()
	c.workers.Wait()
	c.closePolicy()
	if last {
		err = errors.Join(err, c.end())
	}
	return err
}

// endAtMost bounds the wait for executions that nobody waits for any more: they
// have been cancelled, but a driver may be deaf.
const endAtMost = 5 * time.Second

// end follows the end of the last session.
func (c *connector) end() (err error) {
	c.ended.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), endAtMost)
		defer cancel()
		c.flights.Wait(ctx)
		c.logins.Wait(ctx)
		c.cache.release()
		err = closeReal(c.real)
	})
	return err
}

func (c *connector) sessionOpened() {
	c.mu.Lock()
	c.sessions++
	c.mu.Unlock()
	c.pool.sessionOpened()
}

func (c *connector) sessionClosed(born time.Time) error {
	c.pool.sessionClosed(born)
	c.mu.Lock()
	c.sessions--
	last := c.closing && c.sessions == 0
	c.mu.Unlock()
	if last {
		return c.end()
	}
	return nil
}

// work runs f in a goroutine that Close waits for; f must end with ctx. It
// reports false, and does nothing, once the connector is closing.
func (c *connector) work(f func(ctx context.Context)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return false
	}
	c.workers.Go(func() { f(c.ctx) })
	return true
}
