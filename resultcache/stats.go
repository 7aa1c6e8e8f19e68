package resultcache

import (
	"sync/atomic"

	"github.com/maypok86/otter/v2"
)

// MemoryStats tells what a memory tier holds and why entries left it or never entered. Counts are since NewMemory.
type MemoryStats struct {
	Entries  int
	Bytes    int64
	MaxBytes int64

	Evicted      uint64 // by space
	EvictedBytes uint64
	Invalidated  uint64 // by Invalidate and Purge
	Replaced     uint64 // by a fresher entry of the same key

	RefusedTooLarge uint64 // larger than the whole tier
	RefusedOutdated uint64 // the present entry was fresher
}

type counters struct {
	evicted, evictedBytes, invalidated, replaced atomic.Uint64
	tooLarge, outdated                           atomic.Uint64
}

// Len is the number of entries.
func (m *Memory) Len() int { return m.cache.EstimatedSize() }

// Bytes is the memory the entries occupy.
func (m *Memory) Bytes() int64 { return int64(m.cache.WeightedSize()) }

// Stats takes a snapshot. Its numbers are read one after the other, not at one instant.
func (m *Memory) Stats() MemoryStats {
	c := &m.counters
	return MemoryStats{
		Entries:         m.Len(),
		Bytes:           m.Bytes(),
		MaxBytes:        max(0, m.maxBytes.Load()),
		Evicted:         c.evicted.Load(),
		EvictedBytes:    c.evictedBytes.Load(),
		Invalidated:     c.invalidated.Load(),
		Replaced:        c.replaced.Load(),
		RefusedTooLarge: c.tooLarge.Load(),
		RefusedOutdated: c.outdated.Load(),
	}
}

// removed is called once for every entry that leaves, under a lock of the cache: it may not call it.
func (m *Memory) removed(event otter.DeletionEvent[string, *Entry]) {
	event.Value.Set.Columns().leave()
	switch event.Cause {
	case otter.CauseOverflow:
		m.counters.evicted.Add(1)
		m.counters.evictedBytes.Add(uint64(event.Value.weight))
	case otter.CauseReplacement:
		m.counters.replaced.Add(1)
	default: // CauseInvalidation: entries have no expiry in the cache
		m.counters.invalidated.Add(1)
	}
}
