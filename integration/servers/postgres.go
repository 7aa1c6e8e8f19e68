package servers

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
)

// tester is the account in every DSN.
const tester = "tester"

type postgres struct{}

func (postgres) name() string             { return "PostgreSQL" }
func (postgres) protocol() Protocol       { return PostgreSQL }
func (postgres) shutdown() syscall.Signal { return syscall.SIGINT }
func (postgres) discard() syscall.Signal  { return syscall.SIGQUIT }

func (postgres) statementLog() string { return "log" }

func (postgres) account() (*account, error) { return serviceAccount("postgres", "postgresql") }

func (postgres) program(name string) program {
	return program{name, "postgresql", []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin"}}
}

func (p postgres) create(in *instance) error {
	initdb, err := p.program("initdb").find()
	if err != nil {
		return err
	}
	if err := in.runAs.writeFile(in.path("password"), in.password); err != nil {
		return err
	}
	err = in.run(initdb, "--pgdata="+in.path("data"), "--username="+tester, "--pwfile="+in.path("password"),
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
	if err != nil {
		return err
	}
	return p.configure(in)
}

func (postgres) configure(in *instance) error {
	settings := []setting{
		{"listen_addresses", "127.0.0.1"},
		{"unix_socket_directories", in.dir},
		{"max_connections", "300"},
		{"lc_messages", "C"},
		{"log_line_prefix", "%p|"},
		// Straight to our file, not through the collector: an entry is there before its statement is answered.
		{"logging_collector", "off"},
		{"log_destination", "stderr"},
	}
	if !in.config.durable {
		settings = append(settings, setting{"fsync", "off"}, setting{"full_page_writes", "off"})
	}
	if in.config.logStatements {
		settings = append(settings, setting{"log_statement", "all"})
	}
	var conf strings.Builder
	for _, s := range append(settings, in.config.settings...) {
		fmt.Fprintf(&conf, "%s = '%s'\n", s.name, strings.ReplaceAll(s.value, "'", "''"))
	}
	return in.runAs.writeFile(in.path("data/postgresql.conf"), conf.String())
}

func (p postgres) command(in *instance) (string, []string, error) {
	path, err := p.program("postgres").find()
	return path, []string{"-D", in.path("data"), "-p", fmt.Sprint(in.port)}, err
}

func (p postgres) ping(ctx context.Context, in *instance) error { return p.exec(ctx, in, "select 1") }

func (postgres) dsn(password, addr, database string) string {
	if database == "" {
		database = "postgres"
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(tester, password), Host: addr, Path: database, RawQuery: "sslmode=disable"}
	return u.String()
}

func (p postgres) createDatabase(ctx context.Context, in *instance, name string) error {
	return p.exec(ctx, in, "create database "+name)
}

func (p postgres) dropDatabase(ctx context.Context, in *instance, name string) error {
	return p.exec(ctx, in, "drop database if exists "+name+" with (force)")
}

func (p postgres) exec(ctx context.Context, in *instance, query string) error {
	conn, err := pgx.Connect(ctx, p.dsn(in.password, in.addr(), ""))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, query)
	return err
}

// countStatements relies on PostgreSQL indenting every further line of an entry with a tab (append_with_tabs in elog.c), so
// that no statement can look like two.
func (postgres) countStatements(log, marker string) (n int) {
	const newline = "\x00" // PostgreSQL takes none in a statement.
	log = strings.ReplaceAll(log, "\n\t", newline)
	for entry := range strings.SplitSeq(log, "\n") {
		_, entry, _ = strings.Cut(strings.ReplaceAll(entry, newline, "\n"), "|")
		if isStatement(entry) && strings.Contains(entry, marker) {
			n++
		}
	}
	return n
}

// isStatement leaves out the later rounds of one execution, which come when a client asks for its rows in parts.
func isStatement(entry string) bool {
	if strings.HasPrefix(entry, "LOG:  statement: ") {
		return true
	}
	return strings.HasPrefix(entry, "LOG:  execute ") && !strings.HasPrefix(entry, "LOG:  execute fetch from ")
}
