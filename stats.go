package sqldedupe

import (
	"sync/atomic"
	"time"
)

// An Explanation tells what is decided about a statement.
type Explanation struct {
	Class         string // read, write, ddl, tx, session, unknown
	Reads, Writes []string
	Everything    bool          // it may change any table
	Shared        bool          // identical reads in flight run once
	Cached        bool          // results are kept for TTL
	TTL           time.Duration // of the policy
	Rule          string        // of the policy that decides
	Reason        string        // why not shared
}

// Stats are counts since the database was opened, except Entries, Bytes and
// Flights, which are the present state.
type Stats struct {
	Reads         int64 // reads answered in any way
	Hits          int64 // from an entry within its ttl, Refreshed ones included
	Misses        int64 // by a query of their own
	Shared        int64 // by the query of another caller
	Stale         int64 // from an entry beyond its ttl
	Refreshed     int64 // hits that started an early refresh
	Bypassed      int64 // on the caller's own connection
	Queries       int64 // sent by flights and refreshes
	Stores        int64 // results kept
	Invalidations int64 // writes that voided something
	Held          int64 // writes whose outcome was unknown
	RefreshErrors int64 // refreshes that failed
	RefreshesShed int64 // refreshes left out because too many ran
	Connections   int64 // real connections opened
	OpenConns     int   // real connections open now
	Entries       int   // in the cache, which other databases may share
	Bytes         int64 // of the cache
	Flights       int   // queries in flight that callers wait for

	// With dedupe=observe, what would have happened to the reads that ran.
	WouldHit, WouldMiss, WouldShare int64
}

// counters are the counts behind Stats.
type counters struct {
	kinds, would                         [len(kindNames)]atomic.Int64
	queries, stores, invalidations, held atomic.Int64
	refreshErrors, shed                  atomic.Int64
}

func (c *counters) count(o Outcome) { c.kinds[o.Kind].Add(1) }

// Stats returns the counts as they are.
func (c *Control) Stats() Stats {
	if c == nil {
		return Stats{}
	}
	k, n := c.c, &c.c.stats
	s := Stats{
		Hits: n.kinds[Hit].Load() + n.kinds[Refreshed].Load(), Misses: n.kinds[Miss].Load(),
		Shared: n.kinds[Shared].Load(), Stale: n.kinds[Stale].Load(),
		Refreshed: n.kinds[Refreshed].Load(), Bypassed: n.kinds[Bypass].Load(),
		Queries: n.queries.Load(), Stores: n.stores.Load(),
		Invalidations: n.invalidations.Load(), Held: n.held.Load(),
		RefreshErrors: n.refreshErrors.Load(), RefreshesShed: n.shed.Load(),
		Connections: k.pool.opened.Load(), OpenConns: k.pool.db.Stats().OpenConnections,
		Entries: k.cache.memory.Len(), Bytes: k.cache.memory.Bytes(), Flights: k.flights.Flying(),
	}
	s.WouldHit, s.WouldMiss, s.WouldShare = n.would[Hit].Load(), n.would[Miss].Load(), n.would[Shared].Load()
	s.Reads = s.Hits + s.Misses + s.Shared + s.Stale + s.Bypassed
	return s
}
