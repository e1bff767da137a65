package imagefile

import (
	"runtime"
	"sync"
)

// large is the size, in pixels or in bytes of a file, from which on images are
// processed one at a time instead of in parallel.
const large = 1 << 20

var largeOnes sync.Mutex

// Turn is held while one large image is processed. The zero Turn is ready to
// use.
type Turn struct{ held bool }

// Need waits until no other large image is being processed, if size, in pixels
// or bytes, is large.
func (t *Turn) Need(size int64) {
	if size >= large && !t.held {
		largeOnes.Lock()
		t.held = true
		runtime.GC() // the previous image is still in memory
	}
}

// End releases the turn for the next large image.
func (t *Turn) End() {
	if t.held {
		largeOnes.Unlock()
		t.held = false
	}
}
