// Package sqlite registers sqlite-dedupe, the wrapped form of
// modernc.org/sqlite.
//
//	db, err := sql.Open("sqlite-dedupe", "file:shop.db?dedupe_ttl=30s")
//
// DSNs are the driver's own, with parameters of sqldedupe added. A database in
// memory lives in its connection, so there nothing is shared or kept.
package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite" // the wrapped driver, registered as sqlite

	"github.com/sqldedupe/sqldedupe"
	"github.com/sqldedupe/sqldedupe/drivers/internal/ask"
	"github.com/sqldedupe/sqldedupe/internal/dsn"
)

func init() {
	sqldedupe.Register("sqlite-dedupe", plain(), Config())
}

// plain returns the driver that modernc.org/sqlite registered, the one that
// knows the functions and collations a program has added.
func plain() driver.Driver {
	db, err := sql.Open("sqlite", "")
	if err != nil {
		panic(err) // the import above registered it
	}
	defer db.Close()
	return db.Driver()
}

// Config returns what this package knows of the SQLite driver.
func Config() sqldedupe.Config {
	return sqldedupe.Config{
		Dialect: "sqlite",
		Adapter: sqldedupe.Adapter{
			SplitDSN: dsn.SQLite,
			Identity: identity,
			Catalog:  catalog,
			Inspect:  inspect,
			// There is no network: when a call returns, what it did is done.
			Answered: func(error) bool { return true },
			Rejected: rejected,
			// A statement may end its transaction by itself (OR ROLLBACK,
			// RAISE(ROLLBACK), a full disk), and nothing tells us.
			EarlyEffects: true,
		},
	}
}

// identity names the file a DSN leads to, by its path after symbolic links.
func identity(name string) sqldedupe.Identity {
	path, query, _ := strings.Cut(name, "?")
	if uri, ok := strings.CutPrefix(path, "file:"); ok {
		path, _, _ = strings.Cut(uri, "#") // SQLite passes over a fragment
		if unescaped, err := url.PathUnescape(path); err == nil {
			path = unescaped
		}
		path = strings.TrimPrefix(path, "//localhost")
		path = strings.TrimPrefix(path, "//")
	}
	if path == "" || strings.Contains(path, ":memory:") || strings.Contains(query, "mode=memory") || strings.Contains(query, "vfs=") {
		return sqldedupe.Identity{Private: true}
	}
	file := "sqlite " + canonicalPath(path)
	return sqldedupe.Identity{Cache: file, Namespace: file + "?" + query}
}

// rejected knows the parser's errors; SQLite has no code of their own for them.
func rejected(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	return strings.Contains(e.Error(), "syntax error") || strings.Contains(e.Error(), "incomplete input") ||
		strings.Contains(e.Error(), "unrecognized token")
}

// canonicalPath resolves links as far as the path exists: the file itself may
// be made by the first connection.
func canonicalPath(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if real, err := filepath.EvalSymlinks(abs); err == nil {
		return real
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(abs)); err == nil {
		return filepath.Join(dir, filepath.Base(abs))
	}
	return abs
}

const inspectQuery = `SELECT (SELECT read_uncommitted FROM pragma_read_uncommitted),
 (SELECT journal_mode FROM pragma_journal_mode), (SELECT locking_mode FROM pragma_locking_mode)`

// inspect looks for settings that let a connection see what is not committed,
// and for the journal that lets readers and a writer work at the same time.
func inspect(ctx context.Context, dc driver.Conn) (s sqldedupe.Server, err error) {
	s.Exclusive = true
	err = ask.Each(ctx, dc, inspectQuery, func(row []string) {
		if row[0] != "0" {
			s.Uncacheable = "read_uncommitted"
		}
		s.Exclusive = row[1] != "wal"
		if row[2] == "exclusive" {
			s.Uncacheable, s.Pinned = "locking_mode exclusive", true // a second connection gets no lock
		}
	})
	return s, err
}
