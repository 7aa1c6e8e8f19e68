package sqldedupe

import (
	"context"
	"database/sql/driver"
)

// changeRows runs a statement that changes something and returns rows. Drivers
// return before the last row has come; only the end of the rows tells that the
// change is there, so its words stay open until then.
func (m *middleware) changeRows(ctx context.Context, r *read) (driver.Rows, error) {
	e := m.begin(r.statement)
	returned := false
	defer func() {
		if !returned {
			e.panicked()
		}
	}()
	rows, err := m.own(ctx, r)
	if err != driver.ErrSkip {
		m.tell(hintsOf(ctx), Outcome{Kind: Bypass, Reason: string(r.facts.Reason)})
	}
	if err != nil || len(e.slots) == 0 {
		e.end(err)
		returned = true
		return rows, err
	}
	changing := newReplay(replay{cols: describe(rows), rest: &rest{tail: &changingRows{Rows: rows, effect: e}}})
	m.changing = append(m.changing, e)
	returned = true
	return changing, nil
}

// changingRows are the rows of a statement that changes something.
type changingRows struct {
	driver.Rows
	effect *effect
	err    error
	lost   bool // the driver panicked
}

func (c *changingRows) Next(dest []driver.Value) error {
	c.lost = true
	err := c.Rows.Next(dest)
	c.lost = false
	if err != nil && c.err == nil {
		c.err = err
	}
	return err
}

func (c *changingRows) Close() error {
	defer c.effect.panicked()
	err := c.Rows.Close()
	if !c.lost {
		c.effect.end(firstError(c.err, err))
	}
	return err
}

func (c *changingRows) driverRows() driver.Rows { return c.Rows }
