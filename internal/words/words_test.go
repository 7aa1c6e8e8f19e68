package words_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/sqldedupe/sqldedupe/internal/words"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func slots(w *words.Words, names ...string) (out []words.Slot) {
	for _, n := range names {
		out = append(out, w.Slot(n))
	}
	return out
}

func load(w *words.Words, s []words.Slot) (gen uint64, dirty bool) {
	gens, dirty := w.Load(nil, s)
	return gens[0], dirty
}

func TestOpenAndClose(t *testing.T) {
	w := words.New()
	a, b := slots(w, "a"), slots(w, "b")
	steps := []struct {
		name  string
		do    func()
		gen   uint64
		dirty bool
	}{
		{"new", func() {}, 0, false},
		{"open", func() { w.Open(a) }, 0, true},
		{"open again", func() { w.Open(a) }, 0, true},
		{"close", func() { w.Close(a, false) }, 0, true},
		{"close with bump", func() { w.Close(a, true) }, 1, false},
		{"open once more", func() { w.Open(a) }, 1, true},
		{"close without", func() { w.Close(a, false) }, 1, false},
	}
	for _, s := range steps {
		s.do()
		if gen, dirty := load(w, a); gen != s.gen || dirty != s.dirty {
			t.Errorf("%s: generation %d, dirty %v", s.name, gen, dirty)
		}
		if gen, dirty := load(w, b); gen != 0 || dirty {
			t.Errorf("%s: another table stands at %d, dirty %v", s.name, gen, dirty)
		}
	}
}

// One slot may be there twice: two tables of a write whose names collide.
func TestSlotGivenTwice(t *testing.T) {
	w := words.New()
	s := append(slots(w, "a"), slots(w, "a")...)
	w.Open(s)
	w.Close(s[:1], false)
	if _, dirty := load(w, s); !dirty {
		t.Error("clean with one writer left")
	}
	w.Close(s[1:], true)
	if gen, dirty := load(w, s); gen != 1 || dirty {
		t.Errorf("generation %d, dirty %v", gen, dirty)
	}
}

// Load and Match agree, whatever the state.
func TestMatchAgreesWithLoad(t *testing.T) {
	w := words.New()
	s := slots(w, "a", "b", "c")
	r := rand.New(rand.NewPCG(1, 2))
	var open [][]words.Slot
	for range 5000 {
		gens, dirty := w.Load(nil, s)
		if same, d := w.Match(gens, s); !same || d != dirty {
			t.Fatalf("right after Load: same %v, dirty %v and %v", same, d, dirty)
		}
		if len(open) > 0 && r.IntN(2) == 0 {
			last, bump := open[len(open)-1], r.IntN(2) == 0
			open = open[:len(open)-1]
			w.Close(last, bump)
			if same, _ := w.Match(gens, s); same == bump {
				t.Fatalf("after Close with bump %v: same %v", bump, same)
			}
		} else if len(open) < 5 {
			open = append(open, s[r.IntN(3):][:1])
			w.Open(open[len(open)-1])
			if same, d := w.Match(gens, s); !same || !d {
				t.Fatalf("after Open: same %v, dirty %v", same, d)
			}
		}
	}
}

func TestMatchOfOtherLength(t *testing.T) {
	w := words.New()
	s := slots(w, "a", "b")
	for _, gens := range [][]uint64{nil, {0}, {0, 0, 0}} {
		if same, _ := w.Match(gens, s); same {
			t.Errorf("%v passes for the generations of two slots", gens)
		}
	}
	gens, dirty := w.Load([]uint64{7}, nil)
	if !slices.Equal(gens, []uint64{7}) || dirty {
		t.Errorf("nothing loaded gives %v, %v", gens, dirty)
	}
}

// A slot for every name, never the one of everything, and spread out: a
// collision invalidates too much, so there should be few.
func TestSlot(t *testing.T) {
	w := words.New()
	seen := map[words.Slot]bool{}
	for i := range 1000 {
		name := fmt.Sprint("table ", i)
		s := w.Slot(name)
		if s == words.Everything || s != w.Slot(name) {
			t.Fatalf("slot of %s is %d, then %d", name, s, w.Slot(name))
		}
		seen[s] = true
	}
	if len(seen) < 900 {
		t.Errorf("1000 names share %d slots", len(seen))
	}
}

// Two tables that share a word: a write to one is seen as a write to the
// other, and the other way round. That is all a collision may do.
func TestCollisionInvalidatesTooMuchOnly(t *testing.T) {
	w := words.New()
	byName := map[words.Slot]string{}
	for i := 0; ; i++ {
		name := fmt.Sprint(i)
		first, found := byName[w.Slot(name)]
		if !found {
			byName[w.Slot(name)] = name
			continue
		}
		a, b := slots(w, first), slots(w, name)
		gens, _ := w.Load(nil, a)
		w.Open(b)
		if same, dirty := w.Match(gens, a); !same || !dirty {
			t.Errorf("open: same %v, dirty %v", same, dirty)
		}
		w.Close(b, true)
		if same, dirty := w.Match(gens, a); same || dirty {
			t.Errorf("closed: same %v, dirty %v", same, dirty)
		}
		return
	}
}

// A count of writers that reached its maximum says dirty for good; the
// generation goes on growing.
func TestSaturation(t *testing.T) {
	w := words.New()
	s := slots(w, "a")
	const most = 1<<16 - 1
	for range most + 10 {
		w.Open(s)
	}
	last, dirty := load(w, s)
	for i := range 2 * most {
		if !dirty {
			t.Fatalf("clean after %d closes", i)
		}
		w.Close(s, i%2 == 0)
		var gen uint64
		if gen, dirty = load(w, s); gen < last || i%2 == 0 && gen == last {
			t.Fatalf("generation %d after %d", gen, last)
		} else {
			last = gen
		}
	}
}

// A Close that no Open belongs to is a mistake; it must not bring an old
// generation back.
func TestCloseTooMany(t *testing.T) {
	w := words.New()
	s := slots(w, "a")
	w.Open(s)
	w.Close(s, true)
	before, _ := load(w, s)
	w.Close(s, false)
	if gen, _ := load(w, s); gen < before {
		t.Errorf("generation %d after %d", gen, before)
	}
	w.Close(s, true)
	if gen, dirty := load(w, s); gen <= before || dirty {
		t.Errorf("generation %d after %d, dirty %v", gen, before, dirty)
	}
}

// The mark goes and the generation comes in one step: whoever sees a table
// clean after a write sees the generation the write left.
func TestBumpAndMarkAreOneStep(t *testing.T) {
	w := words.New()
	s := slots(w, "a")
	var written, stop atomic.Uint64
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for stop.Load() == 0 {
				done := written.Load() // of these writes the mark is gone
				gen, dirty := load(w, s)
				if !dirty && gen < done {
					t.Errorf("clean at generation %d after %d writes", gen, done)
					return
				}
				if begun := written.Load() + 1; gen > begun {
					t.Errorf("generation %d after %d writes", gen, begun)
					return
				}
			}
		})
	}
	for i := uint64(1); i <= 20000; i++ {
		w.Open(s)
		gen, _ := load(w, s)
		if gen != i-1 {
			t.Fatalf("generation %d before write %d is closed", gen, i)
		}
		w.Close(s, true)
		written.Store(i)
	}
	stop.Store(1)
	readers.Wait()
}

// hazard H2: under a crowd of writers, a vector that was loaded before a write
// was closed with a bump never matches after it.
func TestStress(t *testing.T) {
	w := words.New()
	tables := slots(w, "a", "b", "c", "d")
	var bumps [4]atomic.Uint64
	var crowd sync.WaitGroup
	for c := range uint64(6) {
		crowd.Go(func() {
			r := rand.New(rand.NewPCG(3, c))
			for range 5000 {
				i := r.IntN(len(tables))
				s := tables[i : i+1]
				old, _ := w.Load(nil, s)
				w.Open(s)
				if same, dirty := w.Match(old, s); same && !dirty {
					t.Error("clean while a writer is in doubt")
				}
				bump := r.IntN(2) == 0
				w.Close(s, bump)
				if bump {
					bumps[i].Add(1)
					if same, _ := w.Match(old, s); same {
						t.Error("a vector from before the write matches after it")
					}
				}
			}
		})
	}
	crowd.Wait()
	gens, dirty := w.Load(nil, tables)
	for i := range tables {
		if gens[i] != bumps[i].Load() || dirty {
			t.Errorf("generation %d after %d bumps, dirty %v", gens[i], bumps[i].Load(), dirty)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	w := words.New()
	s := append([]words.Slot{words.Everything}, slots(w, "a", "b")...)
	gens, _ := w.Load(nil, s)
	b.ReportAllocs()
	for b.Loop() {
		w.Match(gens, s)
	}
}

func BenchmarkOpenClose(b *testing.B) {
	w := words.New()
	s := slots(w, "a")
	b.ReportAllocs()
	for b.Loop() {
		w.Open(s)
		w.Close(s, true)
	}
}
