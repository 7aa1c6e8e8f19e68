package sqldedupe

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/sqldedupe/sqldedupe/internal/words"
	"github.com/sqldedupe/sqldedupe/resultcache"
)

// cache is what databases opened with one cache name share: the memory tier
// and the version words. It lives as long as one of them is open.
type cache struct {
	name   string
	words  *words.Words
	memory *resultcache.Memory
	bytes  int64
	schema atomic.Uint64 // grows when names may mean something else

	users      int               // guarded by caches.mu
	namespaces map[string]uint64 // guarded by caches.mu
}

// caches holds the open caches of the process. Names must mean the same cache
// wherever in the process a database is opened, so this is process-wide state.
var caches struct {
	mu     sync.Mutex
	byName map[string]*cache
	names  int // given by uniqueName
}

// uniqueName returns a name that no other cache or namespace of the process has.
func uniqueName() string {
	caches.mu.Lock()
	defer caches.mu.Unlock()
	caches.names++
	return fmt.Sprintf("database %d", caches.names)
}

// openCache returns the cache of name for one more user. Users must agree on
// its size.
func openCache(name string, bytes int64) (*cache, error) {
	caches.mu.Lock()
	defer caches.mu.Unlock()
	c := caches.byName[name]
	if c == nil {
		c = &cache{
			name: name, bytes: bytes,
			words:      words.New(),
			memory:     resultcache.NewMemory(bytes),
			namespaces: make(map[string]uint64),
		}
		if caches.byName == nil {
			caches.byName = make(map[string]*cache)
		}
		caches.byName[name] = c
	}
	if c.bytes != bytes {
		return nil, fmt.Errorf("sqldedupe: dedupe_memory: %d bytes here, %d where this cache was opened first", bytes, c.bytes)
	}
	c.users++
	return c, nil
}

// namespace returns a short name, unique inside the cache, for a namespace.
func (c *cache) namespace(name string) uint64 {
	caches.mu.Lock()
	defer caches.mu.Unlock()
	id, ok := c.namespaces[name]
	if !ok {
		id = uint64(len(c.namespaces))
		c.namespaces[name] = id
	}
	return id
}

// retain adds a user, besides one that there is.
func (c *cache) retain() {
	caches.mu.Lock()
	defer caches.mu.Unlock()
	c.users++
}

// release ends one user's share; the last one takes the cache with it.
func (c *cache) release() {
	caches.mu.Lock()
	c.users--
	last := c.users == 0
	if last {
		delete(caches.byName, c.name)
	}
	caches.mu.Unlock()
	if last {
		c.memory.Close()
	}
}
