package sqldedupe

import (
	"context"
	"database/sql/driver"
)

// tx is a driver transaction of a session.
type tx struct {
	session *session
	real    driver.Tx
	ctx     context.Context
}

func (t *tx) Commit() error {
	err := t.real.Commit()
	t.session.tx = false
	return t.session.note(err)
}

// Rollback ends the transaction. After the end of a transaction's context
// database/sql gives up the connection, unless the driver has opted in to its
// reuse with both SessionResetter and Validator. Our sessions have both, so the
// driver's own choice is made here.
func (t *tx) Rollback() error {
	s := t.session
	err := t.real.Rollback()
	s.tx = false
	if t.ctx.Err() != nil && s.rc != nil && !reusable(s.rc.Conn) {
		s.broken = true
	}
	return s.note(err)
}

func reusable(dc driver.Conn) bool {
	_, resets := dc.(driver.SessionResetter)
	_, validates := dc.(driver.Validator)
	return resets && validates
}
