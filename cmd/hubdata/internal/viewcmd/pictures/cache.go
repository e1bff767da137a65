package pictures

import (
	"container/list"
	"sync"
)

// cache keeps what was used last, within a limit. What is larger than that is kept alone, up to a limit of its own.
type cache[K comparable, V any] struct {
	mu      sync.Mutex
	most    int // of all together
	largest int // of one
	size    func(V) int
	held    int
	order   *list.List // of items, the one used last in front
	at      map[K]*list.Element
}

// item is a value that is kept.
type item[K comparable, V any] struct {
	key   K
	value V
	size  int
}

func newCache[K comparable, V any](most, largest int, size func(V) int) *cache[K, V] {
	return &cache[K, V]{most: most, largest: largest, size: size, order: list.New(), at: map[K]*list.Element{}}
}

// get returns what is kept under a key.
func (c *cache[K, V]) get(key K) (value V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.at[key]
	if !ok {
		return value, false
	}
	c.order.MoveToFront(e)
	return e.Value.(item[K, V]).value, true
}

// has says whether something is kept under a key.
func (c *cache[K, V]) has(key K) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at[key] != nil
}

// put keeps a value, and drops those not used for longest.
func (c *cache[K, V]) put(key K, value V) {
	n := c.size(value)
	c.mu.Lock()
	defer c.mu.Unlock()
	if n > c.largest || c.at[key] != nil {
		return
	}
	c.at[key] = c.order.PushFront(item[K, V]{key, value, n})
	for c.held += n; c.held > c.most && len(c.at) > 1; {
		last := c.order.Remove(c.order.Back()).(item[K, V])
		delete(c.at, last.key)
		c.held -= last.size
	}
}
