package servers

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// A Server is a running database or Redis server as one test sees it. Its methods may be used from any goroutine; those
// that change its state take turns, and report a failure to the test rather than return it.
type Server struct {
	t      testing.TB
	in     *instance
	shared bool
	logged int64 // bytes in the log of statements that are not this test's
}

// Postgres starts a PostgreSQL server for t alone.
func Postgres(t testing.TB, opts ...Option) *Server {
	t.Helper()
	return private(t, postgres{}, opts)
}

// MariaDB starts a MariaDB server for t alone.
func MariaDB(t testing.TB, opts ...Option) *Server {
	t.Helper()
	return private(t, mariadb{}, opts)
}

// Redis starts a Redis server for t alone.
func Redis(t testing.TB, opts ...Option) *Server {
	t.Helper()
	return private(t, redis{}, opts)
}

func private(t testing.TB, e engine, opts []Option) *Server {
	t.Helper()
	in, err := launch(e, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := in.close(); err != nil {
			t.Errorf("servers: end of %s: %v", in.name(), err)
		}
	})
	return &Server{t: t, in: in}
}

// Addr is the server's host:port. It stays through restarts.
func (s *Server) Addr() string { return s.in.addr() }

// Password is the password in the server's DSNs. It is unlike any other server's.
func (s *Server) Password() string { return s.in.password }

// DSN is the data source name of database: a URL for pgx, go-sql-driver's form for MariaDB, a redis URL with the database's
// number. The user may do anything. The empty database is the one for administration.
func (s *Server) DSN(database string) string {
	return s.in.dsn(s.in.password, s.in.addr(), database)
}

// Database creates an empty database, which goes away with t, and returns its DSN.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	n := s.in.databases.Add(1)
	name := fmt.Sprintf("test%d", n)
	if s.in.protocol() == Opaque {
		name = fmt.Sprint(n)
	}
	ctx, cancel := context.WithTimeout(context.Background(), readyLimit)
	defer cancel()
	if err := s.in.createDatabase(ctx, s.in, name); err != nil {
		t.Fatalf("servers: new database in %s: %v", s.in.name(), err)
	}
	if s.shared {
		t.Cleanup(func() { s.drop(t, name) })
	}
	return s.DSN(name)
}

func (s *Server) drop(t testing.TB, name string) {
	ctx, cancel := context.WithTimeout(context.Background(), readyLimit)
	defer cancel()
	if err := s.in.dropDatabase(ctx, s.in, name); err != nil {
		t.Errorf("servers: drop database %s of %s: %v", name, s.in.name(), err)
	}
}

// Proxy starts a proxy in front of the server, which ends with t. It understands the server's protocol.
func (s *Server) Proxy(t testing.TB) *Proxy {
	t.Helper()
	return NewProxy(t, s.in.addr(), s.in.protocol())
}

// CountStatements counts the statements whose text holds marker and that any client has sent to the server since this
// Server was handed to its test, by the server's own log: simple queries received, and executions of prepared statements.
// A statement counts by the time its answer arrives; one that failed to parse may not count. The server must have been
// started with [LogStatements], or be a shared one; Redis cannot do it.
func (s *Server) CountStatements(marker string) int {
	s.t.Helper()
	n, err := s.in.statements(marker, s.logged)
	if err != nil {
		s.t.Error(err)
	}
	return n
}

// Kill ends all processes of the server with SIGKILL and returns when they are gone. What was committed is still there
// after a [Server.Restart].
func (s *Server) Kill() {
	s.t.Helper()
	s.change("Kill", s.in.kill)
}

// Freeze stops all processes of the server where they are (SIGSTOP). Connections stay open and new ones are taken by the
// operating system, but nothing answers.
func (s *Server) Freeze() {
	s.t.Helper()
	s.change("Freeze", s.in.freeze)
}

// Thaw lets a frozen server go on.
func (s *Server) Thaw() {
	s.t.Helper()
	s.change("Thaw", s.in.thaw)
}

// Shutdown ends the server in good order: it takes leave of its clients and does not wait for them.
func (s *Server) Shutdown() {
	s.t.Helper()
	s.change("Shutdown", func() error {
		s.in.mu.Lock()
		defer s.in.mu.Unlock()
		return s.in.endLocked(s.in.engine.shutdown())
	})
}

// Restart starts the server on the same port with the same data, shutting it down first if it runs, and returns when it
// answers.
func (s *Server) Restart() {
	s.t.Helper()
	s.change("Restart", s.in.restart)
}

func (s *Server) change(what string, f func() error) {
	s.t.Helper()
	if s.shared {
		s.t.Errorf("servers: %s of a shared %s: other tests use it", what, s.in.name())
		return
	}
	start := time.Now()
	if err := f(); err != nil {
		s.t.Errorf("servers: %s of %s after %v: %v", what, s.in.name(), time.Since(start), err)
	}
}
