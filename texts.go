package sqldedupe

import "sync"

const (
	// maxTexts and maxTextBytes bound the statement texts remembered per
	// generation, of which there are two.
	maxTexts     = 4096
	maxTextBytes = 8 << 20
	// longestText is the longest text remembered; a longer one is looked at
	// each time (and is not understood anyway).
	longestText = 64 << 10
)

// texts remembers statements by their text in bounded memory: two generations,
// the older of which is dropped when the younger one is full. A text in use
// moves to the younger one. The zero value is ready.
type texts struct {
	mu         sync.RWMutex
	young, old map[string]textOf
	bytes      int // of the texts in young
}

func (x *texts) get(text string) (textOf, bool) {
	x.mu.RLock()
	t, ok := x.young[text]
	if ok {
		x.mu.RUnlock()
		return t, true
	}
	t, ok = x.old[text]
	x.mu.RUnlock()
	if ok {
		t = x.put(text, t)
	}
	return t, ok
}

// put remembers t under text, unless another one is there already, and returns
// the one that is.
func (x *texts) put(text string, t textOf) textOf {
	if len(text) > longestText {
		return t
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if other, ok := x.young[text]; ok {
		return other
	}
	if x.young == nil || len(x.young) >= maxTexts || x.bytes > maxTextBytes {
		x.young, x.old, x.bytes = make(map[string]textOf), x.young, 0
	}
	x.young[text] = t
	x.bytes += len(text)
	return t
}

// purge forgets every statement: what texts mean has changed.
func (x *texts) purge() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.young, x.old, x.bytes = nil, nil, 0
}
