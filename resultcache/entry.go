package resultcache

import (
	"math"
	"sync/atomic"
	"time"
	"unsafe"
)

// Entry is one answer in the memory tier. Its exported fields must not change after Memory.Set, and an Entry is set once.
// Everything is safe for concurrent use.
type Entry struct {
	Set *ResultSet

	// Gens are the generations of the words the query depends on, loaded before the query was sent. The caller compares
	// them with the present ones: they must all be equal for a hit.
	Gens []uint64

	// Created is the instant just before the query was sent, as time.Now gave it.
	Created time.Time

	TTL   time.Duration // after jitter
	Delta time.Duration // measured time of the query

	refreshFrom atomic.Int64 // nanoseconds after Created from which a refresh may start; refreshRunning while one runs
	weight      uint32       // what the memory tier charges
}

const refreshRunning = math.MaxInt64

// Age is the time since Created, by the monotonic clock or the wall clock, whichever says more: the monotonic clock
// stands still while a virtual machine is suspended, the wall clock may be set back. An answer may only ever look too
// old.
func (e *Entry) Age(now time.Time) time.Duration {
	return max(now.Sub(e.Created), now.Round(0).Sub(e.Created.Round(0)))
}

// TryRefresh reports whether the caller is to refresh this entry: true for one caller until RefreshDone, and for nobody
// before the instant that RefreshDone named.
func (e *Entry) TryRefresh(now time.Time) bool {
	from := e.refreshFrom.Load()
	return int64(now.Sub(e.Created)) >= from && from != refreshRunning && e.refreshFrom.CompareAndSwap(from, refreshRunning)
}

// RefreshDone ends the refresh that TryRefresh granted. After a failure retryAt is the end of the back-off; the zero time
// lets the next caller try at once. It matters only while the entry stays: a refresh that succeeded set a new one.
func (e *Entry) RefreshDone(retryAt time.Time) {
	e.refreshFrom.Store(int64(retryAt.Sub(e.Created)))
}

// nodeBytes is what otter keeps for an entry beside the key's bytes: a node of 56 bytes in a 64-byte class, a fifth of a
// 64-byte bucket filled to between 3/8 and 3/4, and 8 to 16 bytes of frequency sketch.
const nodeBytes = 64 + 23 + 12

// Weight is the memory the entry occupies in the tier under key, its columns apart.
func (e *Entry) Weight(key string) int64 {
	return nodeBytes + heapBytes(len(key)) + heapBytes(int(unsafe.Sizeof(*e))) + heapBytes(8*cap(e.Gens)) + e.Set.Bytes()
}

// fresherThan reports whether e must not give way to other: the fill of other began before a write that e has seen, or
// both saw the same writes and other's query was sent first. Then other finished late, and storing it would only turn
// hits into misses. Vectors of different lengths belong to different sets of words and say nothing about each other.
func (e *Entry) fresherThan(other *Entry) bool {
	if len(e.Gens) != len(other.Gens) {
		return false
	}
	same := true
	for i, gen := range e.Gens {
		if gen > other.Gens[i] {
			return true
		}
		same = same && gen == other.Gens[i]
	}
	return same && e.Created.After(other.Created)
}
