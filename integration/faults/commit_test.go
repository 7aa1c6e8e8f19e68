package faults

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/integration/lab"
	"github.com/sqldedupe/sqldedupe/integration/servers"
)

// A wire is how a COMMIT passes the proxy: pgx sends it in lower case.
var wire = map[*lab.Engine]string{lab.Postgres: "commit", lab.MariaDB: "COMMIT"}

// hazard H6: a commit whose answer is lost may have happened.
func TestCutAtCommit(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		for _, test := range []struct {
			name   string
			moment servers.Moment
			want   int64
		}{{"before the server got it", servers.Before, 0}, {"before its answer", servers.AtAnswer, 1}} {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, e.Shared(t))
				tx, err := s.writer.Begin()
				if err != nil {
					t.Fatal(err)
				}
				lab.Exec(t, tx, update)
				done := s.Proxy.CutOn(servers.ToServer, wire[e], test.moment)
				if err := tx.Commit(); err == nil {
					t.Fatal("the commit was acknowledged")
				} else {
					t.Logf("the commit's error: %v", err)
				}
				<-done
				s.wantNeverStale(t, test.want)
				if held(s.writer) == 0 {
					t.Error("no write was held")
				}
				if got := s.stored(t); got != test.want {
					t.Errorf("the server has %d", got)
				}
			})
		}
	})
}

// The same for a statement that commits by itself, and for one that returns rows.
func TestCutAtStatement(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		writes := map[string]func(s *stage) error{
			"exec": func(s *stage) error {
				return once(s, func(c *sql.Conn) error { _, err := c.ExecContext(context.Background(), update); return err })
			},
			"prepared": func(s *stage) error {
				st, err := s.writer.Prepare(e.Text("update t set v = v + ? where id = 1"))
				if err != nil {
					return err
				}
				defer st.Close()
				s.Proxy.CutOn(servers.ToServer, map[*lab.Engine]string{lab.Postgres: "B", lab.MariaDB: "\x17"}[e], servers.AtAnswer)
				_, err = st.Exec(1)
				return err
			},
			"returning": func(s *stage) error {
				text := "update t set v = v + 1 where id = 1 returning v"
				if e == lab.MariaDB {
					text = "insert into t values (1, 1) on duplicate key update v = v + 1 returning v"
				}
				var v int64
				return once(s, func(c *sql.Conn) error { return c.QueryRowContext(context.Background(), text).Scan(&v) })
			},
			"text": func(s *stage) error {
				return once(s, func(c *sql.Conn) error {
					for _, text := range []string{"begin", "update t set v = 5", "update t set v = 1 where id = 1", "commit /* here */"} {
						if _, err := c.ExecContext(context.Background(), text); err != nil {
							return err
						}
					}
					return nil
				})
			},
		}
		for name, write := range writes {
			for _, moment := range []servers.Moment{servers.Before, servers.AtAnswer} {
				if name == "prepared" && moment == servers.Before {
					continue
				}
				t.Run(name+map[servers.Moment]string{servers.Before: ", before", servers.AtAnswer: ", at the answer"}[moment], func(t *testing.T) {
					t.Parallel()
					var params []string
					if name == "returning" && e == lab.Postgres {
						params = append(params, "default_query_exec_mode=simple_protocol") // the text passes when it runs
					}
					s := newStage(t, e.Shared(t), params...)
					pattern := map[string]string{"text": "commit /*"}[name]
					if pattern == "" {
						pattern = "update"
					}
					if name != "prepared" {
						s.Proxy.CutOn(servers.ToServer, pattern, moment)
					}
					err := write(s)
					if err == nil {
						t.Fatal("the write was acknowledged")
					}
					t.Logf("the write's error: %v", err)
					var want int64
					if moment == servers.AtAnswer {
						want = 1
					}
					lab.Eventually(t, "the outcome", func() bool { return s.stored(t) == want })
					s.wantNeverStale(t, want)
				})
			}
		}
	})
}

// A commit that the server has not finished when its caller gives up may happen later, and it does.
func TestCancelledWhileBlocked(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		t.Run("autocommit", func(t *testing.T) {
			t.Parallel()
			s := newStage(t, e.Shared(t))
			release := s.lock(t, "update t set v = v + 0 where id = 1", "update t set v = v + 10 where id = 2")
			ctx, cancel := context.WithCancel(t.Context())
			done := later(func() error { _, err := s.writer.ExecContext(ctx, update); return err })
			s.awaitBlocked(t, "update t")
			cancel()
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			s.settle(t, release)
		})
		t.Run("returning", func(t *testing.T) {
			t.Parallel()
			s := newStage(t, e.Shared(t))
			release := s.lock(t, "update t set v = v + 0 where id = 1")
			ctx, cancel := context.WithTimeout(t.Context(), 2*soon)
			defer cancel()
			text := "update t set v = v + 1 where id = 1 returning v"
			if e == lab.MariaDB {
				text = "insert into t values (1, 1) on duplicate key update v = v + 1 returning v"
			}
			var v int64
			if err := s.writer.QueryRowContext(ctx, text).Scan(&v); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %d, %v", v, err)
			}
			s.settle(t, release)
		})
	})
}

// settle reads while the outcome is open, releases the lock, and waits until it is settled. While the server's session
// lives nothing may be kept; PostgreSQL's ends at once, as its driver asks for it.
func (s *stage) settle(t *testing.T, release func()) {
	t.Helper()
	if held(s.writer) == 0 {
		t.Error("the write is not held")
	}
	for range 5 {
		v, o := lab.Int(t, s.reader, byID)
		if stored := s.stored(t); v != stored || s.Engine == lab.MariaDB && o.Kind == sqldedupe.Hit {
			t.Errorf("while the outcome was open a read gave %d by %v, the server has %d", v, o.Kind, stored)
		}
	}
	release()
	if s.Engine == lab.MariaDB {
		// Its driver only closes the connection: the server goes on, and commits.
		lab.Eventually(t, "the write has happened", func() bool { return s.stored(t) == 1 })
	}
	last := s.stored(t)
	s.wantNeverStale(t, last)
}

// hazard H6: the context of a transaction ends while its COMMIT is under way.
func TestCancelledInCommit(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		for _, slow := range []string{"the way there", "the way back"} {
			t.Run(slow, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, e.Shared(t))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				tx, err := s.writer.BeginTx(ctx, nil)
				if err != nil {
					t.Fatal(err)
				}
				lab.Exec(t, tx, update)
				direction := servers.ToServer
				if slow == "the way back" {
					direction = servers.ToClient
				}
				s.Proxy.Delay(direction, 1500*time.Millisecond)
				done := later(tx.Commit)
				if slow == "the way back" {
					lab.Eventually(t, "the commit has happened", func() bool { return s.stored(t) == 1 })
				} else {
					select { // nobody can see from outside that it is on its way
					case <-done:
						t.Fatal("answered too early")
					case <-time.After(soon):
					}
				}
				cancel()
				err = <-done
				s.Proxy.Delay(direction, 0)
				t.Logf("the commit's answer: %v", err)
				acknowledged := err == nil
				for range 200 {
					stored := s.stored(t)
					v, o := lab.Int(t, s.reader, byID)
					if v < stored || acknowledged && v != 1 {
						t.Fatalf("a read gave %d by %v, the server had %d, acknowledged %v", v, o.Kind, stored, acknowledged)
					}
				}
				lab.Eventually(t, "the writer's session is gone or answers", func() bool {
					_, err := s.writer.Exec("select 1")
					return err == nil
				})
				s.wantNeverStaleAtLast(t)
			})
		}
	})
}

// wantNeverStaleAtLast waits for hits that agree with the server.
func (s *stage) wantNeverStaleAtLast(t *testing.T) {
	t.Helper()
	lab.Eventually(t, "hits after the fault", func() bool {
		stored := s.stored(t)
		v, o := lab.Int(t, s.reader, byID)
		if v < stored {
			t.Fatalf("a read gave %d by %v, the server had %d", v, o.Kind, stored)
		}
		return o.Kind == sqldedupe.Hit
	})
}

// The hold lasts as long as the server's session: a commit that waits for a lock of its own happens when it may.
func TestHeldUntilTheSessionIsGone(t *testing.T) {
	lab.Each(t, func(t *testing.T, e *lab.Engine) {
		s := newStage(t, e.Shared(t))
		release := s.lock(t, "update t set v = v + 0 where id = 1")
		done := later(func() error {
			return once(s, func(c *sql.Conn) error { _, err := c.ExecContext(context.Background(), update); return err })
		})
		s.awaitBlocked(t, "update t")
		s.Proxy.Refuse() // pgx would ask the server to cancel
		s.Proxy.CutAll() // the client is told; the server's session does not notice while it waits
		if err := <-done; err == nil {
			t.Fatal("acknowledged")
		} else {
			t.Logf("the write's error: %v", err)
		}
		for range 20 {
			if v, o := lab.Int(t, s.reader, byID); v != 0 || o.Kind == sqldedupe.Hit {
				t.Fatalf("a read gave %d by %v while the outcome was open", v, o.Kind)
			}
		}
		release()
		lab.Eventually(t, "the write has happened", func() bool { return s.stored(t) == 1 })
		s.Proxy.Admit() // the writer asks through it whether the session is gone
		s.wantNeverStale(t, 1)
	})
}

// once keeps database/sql from repeating a statement: pgx 5.12 says driver.ErrBadConn of an Exec without arguments whose
// answer was lost, with or without us, and database/sql then runs it again on another connection of the pool.
func once(s *stage, f func(*sql.Conn) error) error {
	c, err := s.writer.Conn(context.Background())
	if err != nil {
		return err
	}
	defer c.Close()
	return f(c)
}
