package demo

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	gomysql "github.com/go-sql-driver/mysql"
	gopgx "github.com/jackc/pgx/v5"

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/drivers/mysql"
	"github.com/sqldedupe/sqldedupe/drivers/pgx"
	"github.com/sqldedupe/sqldedupe/drivers/sqlite"
)

// A target is a database and the two drivers that are compared on it.
type target struct {
	plain, wrapped string // names for sql.Open
	dsn            string // of the plain driver
	place          string // for people
	conns          int    // of either driver: as many as the plain one does well with
	config         sqldedupe.Config
	password       string // never to be shown
}

// sqliteIn is a database in a file of its own.
func sqliteIn(dir string) *target {
	// Its queries use this machine's processors; more of them at a time would
	// only disturb each other.
	conns := 2 * runtime.NumCPU()
	return &target{conns: conns, plain: "sqlite", wrapped: "sqlite-dedupe", dsn: filepath.Join(dir, "demo.db"),
		place: "a temporary SQLite database", config: sqlite.Config()}
}

// errDSN does not repeat what was given: it may hold a password.
var errDSN = errors.New("-dsn: not understood; it is like postgres://user:password@host:5432/database " +
	"or user:password@tcp(host:3306)/database, and SQLite needs none")

// serverConns keeps a small server from doing so much at once that no query
// ends within anybody's patience, which would flatter us.
const serverConns = 8

// pgxForm is how a URL or the keyword/value form of pgx begins. A DSN of MySQL
// begins with a user, a protocol or a slash.
var pgxForm = regexp.MustCompile(`^(postgres(ql)?://|\s*\w+\s*=)`)

// targetOf tells by its form which server a DSN leads to. Both parsers accept
// much of what is meant for the other, so trying them in turn would not do.
func targetOf(dsn string) (*target, error) {
	t, err := mysqlAt(dsn)
	if pgxForm.MatchString(dsn) {
		t, err = pgxAt(dsn)
	}
	if err != nil {
		return nil, errDSN
	}
	if t.dsn, _, err = t.config.Adapter.SplitDSN(dsn); err != nil {
		return nil, fmt.Errorf("-dsn: %w", t.safe(err))
	}
	return t, nil
}

func pgxAt(dsn string) (*target, error) {
	cfg, err := gopgx.ParseConfig(dsn)
	if err != nil {
		return nil, err
	}
	return &target{conns: serverConns, plain: "pgx", wrapped: "pgx-dedupe", config: pgx.Config(), password: cfg.Password,
		place: fmt.Sprintf("PostgreSQL database %q at %s:%d", cfg.Database, cfg.Host, cfg.Port)}, nil
}

func mysqlAt(dsn string) (*target, error) {
	cfg, err := gomysql.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	return &target{conns: serverConns, plain: "mysql", wrapped: "mysql-dedupe", config: mysql.Config(), password: cfg.Passwd,
		place: fmt.Sprintf("database %q at %s", cfg.DBName, cfg.Addr)}, nil
}

// safe returns err without the password, should a driver have put it there.
func (t *target) safe(err error) error {
	if err == nil || t.password == "" {
		return err
	}
	text := err.Error()
	for _, form := range []string{t.password, url.QueryEscape(t.password), url.PathEscape(t.password)} {
		text = strings.ReplaceAll(text, form, "***")
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}
