// Package fakedb is the driver that tests of this repository run on: a server
// in memory that counts every call, answers as scripted, and fails, blocks or
// panics wherever a test wants it to.
package fakedb

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"sync"
)

// An Op is a call of the driver.
type Op string

// The calls a Server counts and a hook sees.
const (
	Connect   Op = "connect"
	Reset     Op = "reset"
	Valid     Op = "valid" // an error of the hook means not valid
	Ping      Op = "ping"
	Begin     Op = "begin"
	Commit    Op = "commit"
	Rollback  Op = "rollback"
	Prepare   Op = "prepare"
	Exec      Op = "exec"
	Query     Op = "query"
	Next      Op = "next" // of a row, the end included
	RowsClose Op = "close rows"
	StmtClose Op = "close statement"
	ConnClose Op = "close connection"
	Close     Op = "close connector"
	Check     Op = "check"   // CheckNamedValue
	Convert   Op = "convert" // ColumnConverter
)

// A Call is one call of the driver, as a hook sees it.
type Call struct {
	Op       Op
	Conn     int    // number of the connection, from 1
	Text     string // of the statement
	Prepared bool   // through a prepared statement
	Args     []driver.NamedValue
	Row      int             // with Next: index of the row that would come
	Ctx      context.Context // the call's, or Background where it has none
}

func (c Call) String() string {
	s := string(c.Op)
	if c.Prepared {
		s += " prepared"
	}
	if c.Text != "" {
		s += " " + c.Text
	}
	for _, a := range c.Args {
		s += fmt.Sprintf(" %s%T(%v)", a.Name, a.Value, a.Value)
	}
	return s
}

// A Server is one database in memory. Set its fields before its first use; the
// zero value is a modern driver. All methods may be called concurrently.
//
// A query that has no scripted result gives one row of one column n: how often
// that text was queried. So the value tells which execution an answer is from.
type Server struct {
	Kind   Kind
	Skips  bool // statements with arguments are answered with driver.ErrSkip on connections
	Reuses bool // rows give []byte values in one buffer, valid until their next call

	mu      sync.Mutex
	hook    func(Call) error
	results map[string]*Result
	calls   []Call
	conns   []*conn // open
	made    int     // connections made
	stmts   int     // open
	rows    int     // open, on connections that are open
}

// On makes f see every call before it has any effect. f may block, panic or
// end its goroutine; an error it returns is the call's. After ErrBadConn the
// connection answers nothing but that. nil takes the hook away.
func (s *Server) On(f func(Call) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = f
}

// Set scripts the answer to text.
func (s *Server) Set(text string, r Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.results == nil {
		s.results = make(map[string]*Result)
	}
	s.results[text] = &r
}

// Restart breaks every open connection: it is found out on the next use.
func (s *Server) Restart() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.broken = true
	}
}

// Count returns how often the driver was called with op.
func (s *Server) Count(op Op) int { return len(s.Calls(op)) }

// Queries returns how often text was queried, prepared or not.
func (s *Server) Queries(text string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queriesLocked(text)
}

func (s *Server) queriesLocked(text string) (n int) {
	for i := range s.calls {
		if s.calls[i].Op == Query && s.calls[i].Text == text {
			n++
		}
	}
	return n
}

// Calls returns the calls of the given kinds so far, all without a kind.
func (s *Server) Calls(ops ...Op) (out []Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if len(ops) == 0 || slices.Contains(ops, c.Op) {
			out = append(out, c)
		}
	}
	return out
}

// Forget empties the record of calls.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

// Open returns how many connections, statements and rows are open. Rows end
// with their connection, statements do not.
func (s *Server) Open() (conns, stmts, rows int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns), s.stmts, s.rows
}

func (s *Server) add(n *int, by int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*n += by
}

// call records a call on conn (nil before there is one) and asks the hook.
func (s *Server) call(c *conn, call Call) error {
	if call.Ctx == nil {
		call.Ctx = context.Background()
	}
	s.mu.Lock()
	if c != nil {
		call.Conn = c.id
	}
	s.calls = append(s.calls, call)
	hook, broken := s.hook, c != nil && c.broken
	s.mu.Unlock()
	if broken && call.Op != Reset && call.Op != Valid {
		return driver.ErrBadConn
	}
	var err error
	if hook != nil {
		err = hook(call)
	}
	if err == driver.ErrBadConn && c != nil {
		s.mu.Lock()
		c.broken = true
		s.mu.Unlock()
	}
	if err == nil {
		err = call.Ctx.Err()
	}
	return err
}

// answer returns what is scripted for text.
func (s *Server) answer(text string) *Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.results[text]; r != nil {
		return r
	}
	n := int64(s.queriesLocked(text))
	return &Result{Columns: []Column{{Name: "n"}}, Rows: [][]driver.Value{{n}}}
}
