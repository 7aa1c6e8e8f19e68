package servers_test

import (
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/sqldedupe/sqldedupe/integration/servers"
)

func TestRedis(t *testing.T) {
	t.Parallel()
	s := servers.Redis(t)
	ask := redisClient(t, s.DSN(""))
	if got := ask("SET key value"); got != "+OK" {
		t.Fatal(got)
	}
	s.Kill()
	if got := ask("GET key"); got != "" {
		t.Fatalf("a killed server answered %q", got)
	}
	s.Restart()
	if got := redisClient(t, s.DSN(""))("EXISTS key"); got != ":1" {
		t.Fatalf("after the kill: %q", got)
	}
	if got := redisClient(t, s.Database(t))("EXISTS key"); got != ":0" {
		t.Fatalf("in another database: %q", got)
	}
}

func TestSharedRedisDatabaseIsEmptied(t *testing.T) {
	t.Parallel()
	s := servers.SharedRedis(t)
	var dsn string
	t.Run("user", func(t *testing.T) {
		dsn = s.Database(t)
		if got := redisClient(t, dsn)("SET key value"); got != "+OK" {
			t.Fatal(got)
		}
	})
	if got := redisClient(t, dsn)("DBSIZE"); got != ":0" {
		t.Fatalf("after its test: %q", got)
	}
}

// redisClient logs in and returns a function that sends a command and returns the first line of the answer, "" when there
// is none.
func redisClient(t *testing.T, dsn string) func(string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	ask := func(command string) string {
		buf := make([]byte, 1024)
		if _, err := io.WriteString(conn, command+"\r\n"); err != nil {
			return ""
		}
		n, _ := conn.Read(buf)
		line, _, _ := strings.Cut(string(buf[:n]), "\r\n")
		return line
	}
	password, _ := u.User.Password()
	for _, command := range []string{"AUTH " + password, "SELECT " + strings.TrimPrefix(u.Path, "/")} {
		if got := ask(command); got != "+OK" {
			t.Fatalf("%s: %q", command, got)
		}
	}
	return ask
}
