// Package sqldedupe wraps a database/sql driver so that identical reads in
// flight run once, results are remembered under per-table policies and renewed
// before they expire, and writes invalidate at the moment they are
// acknowledged. A program changes the name it passes to sql.Open; ORMs notice
// nothing.
//
//	import _ "github.com/sqldedupe/sqldedupe/drivers/pgx"
//
//	db, err := sql.Open("pgx-dedupe", "postgres://app@db/shop?dedupe_ttl=30s")
//
// Packages below drivers register one name each: pgx-dedupe, mysql-dedupe,
// sqlite-dedupe. Any other driver is wrapped with [Register] or [NewConnector].
//
// # Reads
//
// A read is shared or remembered only if its text is provably a pure read: one
// SELECT over tables, every function in it on a list of pure ones, no lock, no
// side effect, nothing that depends on the session or the time. Everything else
// goes to the database through the program's own connection, as if this package
// were not there, and so does every read inside a transaction and on a
// connection whose session state may have changed.
//
// With nothing set, identical reads that overlap in time run once. With a ttl,
// by DSN, table or rule, the result is remembered. Shortly before its ttl ends
// it is renewed behind the back of a caller that is answered at once, with a
// probability that grows as the end comes near and with the time the query
// takes (XFetch, see package xfetch).
//
// A hit, and a caller that waits for somebody else's query, hold no database
// connection. Flights run on connections of their own.
//
// # Guarantees
//
// For writes through the same cache, in one process:
//
//   - strict (the default): each read of one statement outside a transaction is
//     linearizable. No read that starts after a write was acknowledged misses
//     it, and nobody sees new rows and then old ones.
//   - ryw: no read that starts after a write was acknowledged misses it. While
//     a commit is being acknowledged a reader may see new, then old.
//
// A write whose tables cannot be told voids everything. A write whose outcome
// is unknown, because the connection broke or the wait was given up, keeps its
// tables from being answered from memory until the server has ended its
// session. Writes by other programs are seen after the ttl, and the time that
// stale answers are allowed on top of it. DDL by other programs, a new trigger
// for instance, is learned within half a minute.
//
// Not promised: one snapshot across several statements, and identical results
// of a statement that leaves its result open (LIMIT without ORDER BY).
//
// # Parameters
//
// Parameters ride in the driver's own DSN syntax and are taken out before the
// driver sees it. Durations are as in Go, sizes as 64MiB. An unknown name, a
// bad value or a parameter given twice is an error of sql.Open, which lists
// every problem at once. On PostgreSQL the dotted spelling, dedupe.ttl=1s, is
// accepted too.
//
//	dedupe                 on       on; off: the plain driver; observe: run every query, count only
//	dedupe_ttl             0        ttl of tables without a policy; 0 remembers nothing
//	dedupe_tables                   products=5m,orders=off,sessions=30s;stale=1m;beta=2
//	dedupe_policy                   path of a policy file, see package policy
//	dedupe_beta            1        eagerness of early renewal; 0 turns it off
//	dedupe_stale           0        after the ttl: answer at once, renew behind
//	dedupe_stale_if_error  0        after the ttl: answer while the database fails
//	dedupe_jitter          0        fraction by which a ttl may be shortened at random
//	dedupe_consistency     strict   strict, ryw, bounded (in one process as ryw)
//	dedupe_memory          64MiB    bound of the memory tier
//	dedupe_max_result      1MiB     a larger result streams to its caller alone
//	dedupe_wait            5s       after so long one more waiting caller runs the query
//	dedupe_max_conns       0        cap on real connections; 0 is none
//	dedupe_cache                    name of the cache; the default is server and database
//	dedupe_store, dedupe_feed, dedupe_verify: not available yet
//	dedupe_lease           10s      of the shared tier, which is not available yet
//
// # Hints
//
// [WithBypass], [WithRefresh], [WithTTL], [WithMaxAge] and [WithTag] steer the
// reads under a context, and [WithOutcome] tells what happened to them. A
// leading comment does the same from any ORM: /* dedupe: off */ or
// /* dedupe: ttl=30s, tag=report */.
//
// # Pools
//
// What *sql.DB holds are light sessions, so SetMaxOpenConns bounds callers, not
// connections: leave it high and cap real connections with dedupe_max_conns.
// Idle and lifetime settings act on real connections through their sessions.
package sqldedupe
