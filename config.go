package sqldedupe

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/sqldedupe/sqldedupe/internal/dsn"
)

// A Mode says how much the driver does.
type Mode string

const (
	On      Mode = "on"      // coalesce, cache and invalidate
	Off     Mode = "off"     // pass everything through: the plain driver under another name
	Observe Mode = "observe" // run every query; only count what would have happened
)

// A Consistency is the promise made about reads that follow writes through the
// same cache. See doc.go, Guarantees.
type Consistency string

const (
	Strict  Consistency = "strict"  // every read is linearizable
	RYW     Consistency = "ryw"     // a read sees every write acknowledged before it began
	Bounded Consistency = "bounded" // in one process the same as RYW
)

// Config says how a wrapped driver behaves. The zero value coalesces identical
// reads in flight and caches nothing. Parameters of a DSN override the fields
// of the same name. A Config is copied when it is used.
type Config struct {
	Mode         Mode          // "" means On
	TTL          time.Duration // hard ttl of tables without a policy; 0 caches nothing
	Stale        time.Duration // after the ttl: answer from the old entry and refresh behind; 0 is off
	StaleIfError time.Duration // how long after the ttl an entry may answer while the database fails; 0 is off
	Beta         float64       // XFetch eagerness; 0 means 1, negative turns early expiry off
	Jitter       float64       // fraction by which a ttl may be shortened at random, in [0, 1)
	Tables       string        // per-table policies as in dedupe_tables
	Policy       string        // path of the policy file; "" is none
	Consistency  Consistency   // "" means Strict
	MemoryBytes  int64         // bound of the memory tier; 0 means 64 MiB
	MaxBytes     int64         // a larger result is neither shared nor kept; 0 means 1 MiB
	Wait         time.Duration // how long callers wait for a running query before one more runs; 0 means 5 s
	MaxConns     int           // cap on real connections; 0 is none
	Lease        time.Duration // right of one instance to run a query for a cluster; 0 means 10 s

	// Cache names the cache: databases opened with one name share its memory,
	// entries and invalidations. "" means the identity of the DSN, and a cache
	// of its own where the driver's DSN is not understood.
	Cache string

	// Namespace separates entries inside a cache: answers are shared only
	// between databases with equal namespaces, so it must contain whatever
	// can change a result (server, user, database, session settings) and never
	// a password. "" means the identity of the DSN, and a namespace of its own
	// where the driver's DSN is not understood.
	Namespace string

	// Dialect is the SQL dialect of the server: "postgres", "mysql", "mariadb"
	// or "sqlite". "" understands no statement: every read goes to the
	// database and every other statement invalidates everything.
	Dialect string

	// PlainTables promises, where the Adapter brings no catalog, that the
	// names in statements are those of plain tables: no views, no triggers, no
	// cascades, no inheritance. Without the promise each write voids
	// everything.
	PlainTables bool

	// Adapter is what a driver package knows about its driver.
	Adapter Adapter

	// OnError is told about trouble that no caller is told about, such as a
	// policy file that became unreadable. It may be called concurrently. nil
	// ignores it.
	OnError func(error)
}

// An Adapter tells what the generic driver interfaces do not. The zero value
// knows nothing and is always safe; each field makes something cheaper or more
// exact. Functions may be called concurrently.
type Adapter struct {
	// SplitDSN takes the dedupe_ parameters out of a DSN and returns the rest
	// for the driver, otherwise unchanged. nil understands URLs, keyword/value
	// strings and strings that end in ?a=b.
	SplitDSN func(name string) (rest string, params []Param, err error)

	// Identity derives names from the DSN that the driver gets.
	Identity func(name string) Identity

	// Inspect looks at a new connection before its first use.
	Inspect func(context.Context, driver.Conn) (Server, error)

	// Gone reports whether the server session with the id that Inspect gave
	// has ended, so that nothing it was sent can still take effect.
	Gone func(ctx context.Context, conn driver.Conn, session string) (bool, error)

	// Answered reports whether err is the server's own answer to a statement,
	// so that the statement's effect is known to be none. Any other error
	// leaves the outcome of a write open. nil answers false.
	Answered func(err error) bool

	// Rejected reports whether err says that the server could not parse a
	// statement, so that nothing of it ran. nil answers false.
	Rejected func(err error) bool

	// InTransaction reports what the connection itself knows about an open
	// transaction. nil trusts the statements seen.
	InTransaction func(driver.Conn) (open, known bool)

	// Catalog reads what tables depend on each other (see Catalog). Without it
	// see Config.PlainTables.
	Catalog func(context.Context, driver.Conn) (*Catalog, error)

	// StatelessChecker promises that CheckNamedValue of the driver's
	// connections and statements depends on no connection and may be called
	// concurrently, even after the connection was closed.
	StatelessChecker bool

	// PreparesSkipped promises that a query its connections answer with
	// driver.ErrSkip gives the same rows through a statement prepared from it,
	// with arguments converted by the same checker.
	PreparesSkipped bool

	// EarlyEffects says that statements in a transaction may take effect
	// before its commit or in spite of its rollback (MySQL's engines without
	// transactions).
	EarlyEffects bool
}

// A Param is one parameter of ours in a DSN. The name is the contract's
// (dedupe_ttl), whatever spelling the DSN used.
type Param = dsn.Param

// An Identity names what a DSN leads to.
type Identity struct {
	Cache     string // databases that must see each other's writes: server and, where databases are separate, database
	Namespace string // Cache and everything else that can change a result, without the password
	Private   bool   // each connection is a database of its own (SQLite in memory)
}

// A Server is what Inspect learns from a connection.
type Server struct {
	Session     string // id of the server's session; "" is unknown
	Dialect     string // overrides Config.Dialect when not ""
	Modes       string // settings that move token borders: ansi_quotes, no_backslash_escapes, …
	Uncacheable string // why nothing read on this server may be cached; "" when it may
	Exclusive   bool   // a running read keeps others from committing (SQLite without a write-ahead log)
	Pinned      bool   // statements may run in a transaction that nobody began (autocommit off)
}

const maxTTL = 24 * time.Hour

// complete returns c with defaults in place of zero values, or every problem.
func (c Config) complete() (Config, error) {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf("sqldedupe: "+format, args...))
		}
	}
	c.Mode = orDefault(c.Mode, On)
	c.Consistency = orDefault(c.Consistency, Strict)
	c.Beta = orDefault(c.Beta, 1)
	c.MemoryBytes = orDefault(c.MemoryBytes, 64<<20)
	c.MaxBytes = orDefault(c.MaxBytes, 1<<20)
	c.Wait = orDefault(c.Wait, 5*time.Second)
	c.Lease = orDefault(c.Lease, 10*time.Second)
	check(c.Mode == On || c.Mode == Off || c.Mode == Observe, "dedupe: %s is not on, off or observe", shown(string(c.Mode)))
	check(c.Consistency == Strict || c.Consistency == RYW || c.Consistency == Bounded,
		"dedupe_consistency: %s is not strict, ryw or bounded", shown(string(c.Consistency)))
	for _, d := range []struct {
		name  string
		value time.Duration
	}{{"ttl", c.TTL}, {"stale", c.Stale}, {"stale_if_error", c.StaleIfError}, {"wait", c.Wait}, {"lease", c.Lease}} {
		check(d.value >= 0, "dedupe_%s: %v is negative", d.name, d.value)
		check(d.value <= maxTTL, "dedupe_%s: %v is more than %v", d.name, d.value, maxTTL)
	}
	check(!math.IsNaN(c.Beta) && !math.IsInf(c.Beta, 0), "dedupe_beta: %v is not a number of use", c.Beta)
	check(c.Jitter >= 0 && c.Jitter < 1, "dedupe_jitter: %v is not in [0, 1)", c.Jitter)
	check(c.MemoryBytes > 0, "dedupe_memory: %d is not a size", c.MemoryBytes)
	check(c.MaxBytes > 0, "dedupe_max_result: %d is not a size", c.MaxBytes)
	check(c.MaxConns >= 0, "dedupe_max_conns: %d is negative", c.MaxConns)
	return c, errors.Join(errs...)
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}
