// Package words holds the version words of tables: the small state that tells
// whether a remembered answer may still be given (see the protocol in the
// repository's README, "Guarantees").
//
// A word is one 64-bit atomic: a generation of 48 bits, which grows with every
// write that was acknowledged or whose outcome could not be learned, and a
// count of 16 bits, how many writers are in doubt right now (dirty). Tables
// share a fixed array of words by hash, so memory is constant, nothing is
// locked, and a collision can only invalidate too much.
package words

import (
	"hash/maphash"
	"sync/atomic"
)

const (
	slotCount = 1 << 14
	dirtyBits = 16
	dirtyMask = 1<<dirtyBits - 1
)

// A Slot is the place of one table's word in Words.
type Slot uint32

// Everything is the word of a write that may have touched any table. Every
// reader depends on it.
const Everything Slot = 0

// Words is the array of version words of one cache. All methods may be called
// by any number of goroutines. Use New: the zero value has no hash seed.
type Words struct {
	seed  maphash.Seed
	words [slotCount]atomic.Uint64
}

// New returns words at generation 0, none dirty.
func New() *Words { return &Words{seed: maphash.MakeSeed()} }

// Slot returns the place of the word of name. It never returns Everything.
func (w *Words) Slot(name string) Slot {
	return Slot(1 + maphash.String(w.seed, name)%(slotCount-1))
}

// Load appends the generations of slots to gens and reports whether a writer
// of one of them is in doubt. Each word is loaded once, atomically; the vector
// as a whole need not be a snapshot (protocol rows 21 and 22).
func (w *Words) Load(gens []uint64, slots []Slot) (_ []uint64, dirty bool) {
	for _, s := range slots {
		word := w.words[s].Load()
		gens = append(gens, word>>dirtyBits)
		dirty = dirty || word&dirtyMask != 0
	}
	return gens, dirty
}

// Match reports whether slots stand at exactly the generations gens, and
// whether a writer of one of them is in doubt.
func (w *Words) Match(gens []uint64, slots []Slot) (same, dirty bool) {
	if len(gens) != len(slots) {
		return false, false
	}
	same = true
	for i, s := range slots {
		word := w.words[s].Load()
		same = same && word>>dirtyBits == gens[i]
		dirty = dirty || word&dirtyMask != 0
	}
	return same, dirty
}

// Open marks slots dirty: from now until the matching Close nobody may be
// given a remembered answer that depends on them.
func (w *Words) Open(slots []Slot) {
	for _, s := range slots {
		w.change(s, func(word uint64) uint64 { return word + 1 })
	}
}

// Close ends one Open of the same slots. With bump the generations grow, so
// that no answer whose vector was loaded before can ever match again. Count
// and generation change in one atomic step: a reader never sees the mark gone
// and the old generation still there.
func (w *Words) Close(slots []Slot, bump bool) {
	for _, s := range slots {
		w.change(s, func(word uint64) uint64 {
			if bump {
				word += 1 << dirtyBits
			}
			if word&dirtyMask == 0 {
				return word // nothing is open; one less would bring the generation before back
			}
			return word - 1
		})
	}
}

// change applies f to the word of s. A count that reached its maximum stays
// there for good: a table that is dirty for ever is read from the database for
// ever, which is slow and right, while a count that wraps would be wrong.
func (w *Words) change(s Slot, f func(uint64) uint64) {
	for {
		old := w.words[s].Load()
		next := f(old)
		if old&dirtyMask == dirtyMask {
			next = next&^dirtyMask | dirtyMask
			if next < old {
				next = old
			}
		}
		if w.words[s].CompareAndSwap(old, next) {
			return
		}
	}
}
