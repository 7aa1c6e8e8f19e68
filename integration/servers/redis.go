package servers

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"
)

// redisDatabases bounds how many tests of one binary can have a database of their own.
const redisDatabases = 4096

type redis struct{}

func (redis) name() string             { return "Redis" }
func (redis) protocol() Protocol       { return Opaque }
func (redis) shutdown() syscall.Signal { return syscall.SIGTERM }
func (redis) discard() syscall.Signal  { return syscall.SIGKILL }

func (redis) statementLog() string { return "" }

func (redis) account() (*account, error) { return nil, nil }

func (redis) create(*instance) error { return nil }

func (redis) command(in *instance) (string, []string, error) {
	path, err := program{"redis-server", "redis-server", []string{"/usr/bin", "/usr/local/bin"}}.find()
	sync := "no"
	if in.config.durable {
		sync = "always"
	}
	args := []string{
		"--bind", "127.0.0.1",
		"--port", fmt.Sprint(in.port),
		"--dir", in.dir,
		"--requirepass", in.password,
		"--databases", fmt.Sprint(redisDatabases),
		"--save", "",
		"--appendonly", "yes",
		"--appendfsync", sync,
	}
	for _, s := range in.config.settings {
		args = append(args, "--"+s.name, s.value)
	}
	return path, args, err
}

func (r redis) ping(ctx context.Context, in *instance) error { return r.exec(ctx, in, "PING", "+PONG") }

func (redis) dsn(password, addr, database string) string {
	if database == "" {
		database = "0"
	}
	u := url.URL{Scheme: "redis", User: url.UserPassword("", password), Host: addr, Path: database}
	return u.String()
}

// createDatabase has nothing to do: the databases are numbered, and each number is handed out once.
func (redis) createDatabase(_ context.Context, _ *instance, name string) error {
	var n int
	if _, err := fmt.Sscan(name, &n); err != nil || n >= redisDatabases {
		return fmt.Errorf("no database %s: there are %d", name, redisDatabases)
	}
	return nil
}

func (r redis) dropDatabase(ctx context.Context, in *instance, name string) error {
	return r.exec(ctx, in, "SELECT "+name+"\r\nFLUSHDB", "+OK", "+OK")
}

// exec logs in, sends command and expects each of answers in turn.
func (redis) exec(ctx context.Context, in *instance, command string, answers ...string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", in.addr())
	if err != nil {
		return err
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(conn, "AUTH %s\r\n%s\r\n", in.password, command); err != nil {
		return err
	}
	r := bufio.NewReader(conn)
	for _, want := range append([]string{"+OK"}, answers...) {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		if line = strings.TrimSpace(line); line != want {
			return fmt.Errorf("redis answered %q to %s", line, command)
		}
	}
	return nil
}

func (redis) countStatements(string, string) int { return 0 }
