package servers

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"syscall"

	"github.com/go-sql-driver/mysql"
)

type mariadb struct{}

func (mariadb) name() string             { return "MariaDB" }
func (mariadb) protocol() Protocol       { return MySQL }
func (mariadb) shutdown() syscall.Signal { return syscall.SIGTERM }
func (mariadb) discard() syscall.Signal  { return syscall.SIGKILL }

func (mariadb) statementLog() string { return "statements" }

// The server gives up root by itself if asked to, but MariaDB's own tools then trip over files of two owners.
func (mariadb) account() (*account, error) { return serviceAccount("mysql", "mariadb-server") }

func (mariadb) program(name string) program {
	return program{name, "mariadb-server", []string{"/usr/sbin", "/usr/bin", "/usr/libexec"}}
}

func (m mariadb) create(in *instance) error {
	install, err := m.program("mariadb-install-db").find()
	if err != nil {
		return err
	}
	err = in.run(install, "--no-defaults", "--datadir="+in.path("data"), "--auth-root-authentication-method=normal",
		"--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=16M", "--innodb-buffer-pool-size=32M",
		"--innodb-flush-method=nosync")
	if err != nil {
		return err
	}
	return in.runAs.writeFile(in.path("init.sql"), fmt.Sprintf(
		"create user if not exists %[1]s@'127.0.0.1' identified by '%[2]s';\n"+
			"grant all privileges on *.* to %[1]s@'127.0.0.1' with grant option;\n", tester, in.password))
}

func (m mariadb) command(in *instance) (string, []string, error) {
	path, err := m.program("mariadbd").find()
	args := []string{
		"--no-defaults",
		"--datadir=" + in.path("data"),
		"--init-file=" + in.path("init.sql"),
		"--socket=" + in.path("mariadb.sock"),
		"--pid-file=" + in.path("pid"),
		"--bind-address=127.0.0.1",
		fmt.Sprint("--port=", in.port),
		"--skip-name-resolve",
		"--max-connections=300",
		"--innodb-log-file-size=16M",
		"--innodb-buffer-pool-size=64M",
		"--performance-schema=off",
	}
	if !in.config.durable {
		// Written at each commit, flushed once a second: a kill loses nothing.
		args = append(args, "--innodb-flush-log-at-trx-commit=2", "--sync-binlog=0")
	}
	if in.config.logStatements {
		args = append(args, "--general-log=1", "--log-output=FILE", "--general-log-file="+in.path("statements"))
	}
	for _, s := range in.config.settings {
		args = append(args, "--"+s.name+"="+s.value)
	}
	return path, args, err
}

func (m mariadb) ping(ctx context.Context, in *instance) error { return m.exec(ctx, in, "do 1") }

func (mariadb) dsn(password, addr, database string) string {
	return fmt.Sprintf("%s:%s@tcp(%s)/%s", tester, password, addr, database)
}

func (m mariadb) createDatabase(ctx context.Context, in *instance, name string) error {
	return m.exec(ctx, in, "create database "+name+" character set utf8mb4")
}

func (m mariadb) dropDatabase(ctx context.Context, in *instance, name string) error {
	return m.exec(ctx, in, "drop database if exists "+name)
}

func (m mariadb) exec(ctx context.Context, in *instance, query string) error {
	cfg, err := mysql.ParseDSN(m.dsn(in.password, in.addr(), ""))
	if err != nil {
		return err
	}
	cfg.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	_, err = db.ExecContext(ctx, query)
	return err
}

// An entry begins with the time, or two tabs when it is the same as above, then the connection's number and the command.
var mariadbEntry = regexp.MustCompile(`(?m)^(?:\d{6} [ \d]\d:\d\d:\d\d\t|\t\t) *\d+ ([A-Z][A-Za-z ]*)\t`)

// countStatements would be misled only by a statement with a line that looks like the beginning of an entry.
func (mariadb) countStatements(log, marker string) (n int) {
	entries := mariadbEntry.FindAllStringSubmatchIndex(log, -1)
	for i, entry := range entries {
		end := len(log)
		if i+1 < len(entries) {
			end = entries[i+1][0]
		}
		command := log[entry[2]:entry[3]]
		if (command == "Query" || command == "Execute") && strings.Contains(log[entry[1]:end], marker) {
			n++
		}
	}
	return n
}
