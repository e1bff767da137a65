package imagefile

import (
	"runtime"
	"sync"
)

// large is the number of pixels, and of bytes of a file, from which on one image is
// looked at after the other, and not as many as there are processors.
const large = 1 << 20

var largeOnes sync.Mutex

// Turn is held while one large image is looked at. The zero Turn is ready to use.
type Turn struct{ held bool }

// Need waits until no other large image is looked at, if size, in pixels or bytes,
// is large.
func (t *Turn) Need(size int64) {
	if size >= large && !t.held {
		largeOnes.Lock()
		t.held = true
		runtime.GC() // the one before is still in memory
	}
}

// End lets the next large image have its turn.
func (t *Turn) End() {
	if t.held {
		largeOnes.Unlock()
		t.held = false
	}
}
