package servers

import (
	"fmt"
	"os"
	"sync"
	"testing"
)

// A sharedInstance is started by the first test that asks; what became of that is every other test's answer too.
type sharedInstance struct {
	engine engine
	once   sync.Once
	in     *instance
	err    error
}

// One of each per test binary: starting a cluster takes longer than most tests.
var (
	sharedPostgres = sharedInstance{engine: postgres{}}
	sharedMariaDB  = sharedInstance{engine: mariadb{}}
	sharedRedis    = sharedInstance{engine: redis{}}
)

// SharedPostgres is the test binary's common PostgreSQL server. It logs statements. Its state cannot be changed.
func SharedPostgres(t testing.TB) *Server {
	t.Helper()
	return sharedPostgres.server(t)
}

// SharedMariaDB is the test binary's common MariaDB server. It logs statements. Its state cannot be changed.
func SharedMariaDB(t testing.TB) *Server {
	t.Helper()
	return sharedMariaDB.server(t)
}

// SharedRedis is the test binary's common Redis server. Its state cannot be changed.
func SharedRedis(t testing.TB) *Server {
	t.Helper()
	return sharedRedis.server(t)
}

func (s *sharedInstance) server(t testing.TB) *Server {
	t.Helper()
	s.once.Do(func() { s.in, s.err = launch(s.engine, []Option{LogStatements()}) })
	if s.err != nil {
		t.Fatal(s.err)
	}
	return &Server{t: t, in: s.in, shared: true, logged: s.in.logged()}
}

// Main runs the tests of m, ends the shared servers and returns the exit code, for
//
//	func TestMain(m *testing.M) { os.Exit(servers.Main(m)) }
//
// Without it the shared servers end with the test binary too, but nobody waits for them.
func Main(m *testing.M) int {
	code := m.Run()
	for _, s := range []*sharedInstance{&sharedPostgres, &sharedMariaDB, &sharedRedis} {
		if err := s.close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	return code
}

func (s *sharedInstance) close() error {
	if s.in == nil {
		return nil
	}
	return s.in.close()
}
