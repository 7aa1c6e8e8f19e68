package resultcache

import (
	"math"
	"sync/atomic"
	"unsafe"

	"github.com/maypok86/otter/v2"
)

// Memory is the memory tier: entries by key within a bound on the bytes they occupy. Which entry has to go when the bound
// is reached is otter's decision (W-TinyLFU): an entry that is asked for often outlives any number that are asked for
// once. Entries leave by space or by purge only; whoever gets one judges its age and its generations.
//
// Memory is safe for concurrent use and runs no goroutine: the caller whose operation makes upkeep due does it.
type Memory struct {
	cache    *otter.Cache[string, *Entry]
	maxBytes atomic.Int64
	counters counters
}

// NewMemory returns an empty tier for maxBytes. Zero or less stores nothing.
func NewMemory(maxBytes int64) *Memory {
	m := &Memory{}
	m.maxBytes.Store(maxBytes)
	m.cache = otter.Must(&otter.Options[string, *Entry]{
		MaximumWeight:    bound(maxBytes),
		Weigher:          func(_ string, e *Entry) uint32 { return e.weight },
		Executor:         func(upkeep func()) { upkeep() },
		OnAtomicDeletion: m.removed,
	})
	return m
}

// bound is maxBytes as otter takes it: it has no bound of zero, but no entry fits into one byte either.
func bound(maxBytes int64) uint64 { return uint64(max(1, maxBytes)) }

// Get returns the entry under key.
func (m *Memory) Get(key string) (*Entry, bool) { return m.cache.GetIfPresent(key) }

// GetBytes is Get for a key in a buffer. It allocates nothing and keeps nothing of key.
func (m *Memory) GetBytes(key []byte) (*Entry, bool) {
	// otter hashes and compares the key of a lookup, and keeps the one of the entry it found (getNode in its
	// cache_impl.go): this string is gone when GetIfPresent returns, before the caller can write to key again.
	return m.cache.GetIfPresent(unsafe.String(unsafe.SliceData(key), len(key)))
}

// Set puts e under key and reports whether it did. It does not when e is larger than the bound, and when the present
// entry is fresher. The tier may evict e at any time, also at once, if what it would displace is asked for more often.
func (m *Memory) Set(key string, e *Entry) bool {
	columns := e.Set.Columns()
	weight := e.Weight(key) + columns.join()
	if weight > min(m.maxBytes.Load(), math.MaxUint32) {
		columns.leave()
		m.counters.tooLarge.Add(1)
		return false
	}
	e.weight = uint32(weight)
	stored := false
	m.cache.Compute(key, func(present *Entry, found bool) (*Entry, otter.ComputeOp) {
		stored = !found || !present.fresherThan(e)
		if stored {
			return e, otter.WriteOp
		}
		return nil, otter.CancelOp
	})
	if !stored {
		columns.leave()
		m.counters.outdated.Add(1)
	}
	return stored
}

// Invalidate removes the entry under key, if there is one.
func (m *Memory) Invalidate(key string) { m.cache.Invalidate(key) }

// Purge removes every entry that was there when it began.
func (m *Memory) Purge() { m.cache.InvalidateAll() }

// Resize changes the bound and evicts what no longer fits before it returns.
func (m *Memory) Resize(maxBytes int64) {
	m.maxBytes.Store(maxBytes)
	m.cache.SetMaximum(bound(maxBytes))
}

// Range calls f for the entries, in no order, until f returns false. f may call the tier, so a purge by predicate is
// Range and Invalidate. An entry set or removed meanwhile may be seen or not.
func (m *Memory) Range(f func(key string, e *Entry) bool) {
	for key, e := range m.cache.All() {
		if !f(key, e) {
			return
		}
	}
}

// Close empties the tier for good: later calls of Set store nothing.
func (m *Memory) Close() {
	m.Purge()
	m.Resize(0) // also evicts what a Set that was under way has stored after the purge
}
