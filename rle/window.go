package rle

import (
	"fmt"
	"math"
	"math/bits"
)

// A window is a dense bit image of a rectangle of a mask: one bit per pixel, in
// column-major order, with every column beginning at a word. Operations that
// are slow on runs alone (filling, morphology, components) work on windows:
// they handle 64 pixels of a column in one operation, and only inside the
// bounds of the foreground.
//
// Bit y%64 of bits[x*stride+y/64] is pixel (x0+x, y0+y) of the mask. Bits of a
// column's last word at or beyond h are always zero.
type window struct {
	x0, y0 int
	w, h   int
	stride int // words per column: ceil(h/64)
	bits   []uint64
}

// maxWindow is the largest number of words in a window of a whole mask: 256
// MiB. Only masks with fewer than 64 rows and more than 2^25 columns would need
// more.
const maxWindow = 1 << 25

// checkWindow returns an error if the window of a whole h x w mask would be too
// large.
func checkWindow(h, w int) error {
	if w*((h+63)/64) > maxWindow {
		return fmt.Errorf("%w: height %d, width %d: too wide for its height: transpose the mask", ErrSize, h, w)
	}
	return nil
}

// reset makes win a window without foreground, reusing its memory.
func (win *window) reset(x0, y0, w, h int) {
	win.x0, win.y0, win.w, win.h = x0, y0, w, h
	win.stride = (h + 63) / 64
	n := w * win.stride
	if cap(win.bits) < n {
		win.bits = make([]uint64, n)
		return
	}
	win.bits = win.bits[:n]
	clear(win.bits)
}

// col returns the words of column x of the window.
func (win *window) col(x int) []uint64 {
	return win.bits[x*win.stride : (x+1)*win.stride : (x+1)*win.stride]
}

// set sets pixel (x, y), in window coordinates, to foreground.
func (win *window) set(x, y int) { win.bits[x*win.stride+y>>6] |= 1 << (y & 63) }

// setRun sets rows y to y+n-1 of column x to foreground. n must be positive.
func (win *window) setRun(x, y, n int) {
	c := win.col(x)
	first, last := y>>6, (y+n-1)>>6
	lo := ^uint64(0) << (y & 63)
	hi := ^uint64(0) >> (63 - (y+n-1)&63)
	if first == last {
		c[first] |= lo & hi
		return
	}
	c[first] |= lo
	for i := first + 1; i < last; i++ {
		c[i] = ^uint64(0)
	}
	c[last] |= hi
}

// load sets win to the part of m in columns x0..x0+w-1 and rows y0..y0+h-1. The
// rectangle may extend beyond the mask, where everything is background.
func (win *window) load(m Mask, x0, y0, w, h int) {
	win.reset(x0, y0, w, h)
	pos := 0
	for i, r := range m.runs {
		n := int(r)
		if i%2 == 0 {
			pos += n
			continue
		}
		for n > 0 {
			x, y := pos/m.h, pos%m.h
			k := min(n, m.h-y) // the part in this column
			if x -= x0; x >= 0 && x < w {
				a, b := max(y-y0, 0), min(y+k-y0, h)
				if a < b {
					win.setRun(x, a, b-a)
				}
			}
			pos, n = pos+k, n-k
		}
	}
}

// mask returns the h x w mask with the window in its place. Parts of the window
// outside the mask are clipped.
func (win *window) mask(h, w int) Mask {
	if h*w == 0 {
		return Mask{h: h, w: w}
	}
	return Mask{h: h, w: w, runs: win.appendRuns(nil, h, w)}
}

// appendRuns appends the canonical runs of the h x w mask with the window in
// its place. h*w must be positive.
func (win *window) appendRuns(dst []uint32, h, w int) []uint32 {
	dst, pos, _ := win.continueRuns(dst, 0, h, w, math.MaxInt)
	return closeRuns(dst, pos, h*w)
}

// closeRuns appends the background after the first pos of n pixels.
func closeRuns(dst []uint32, pos, n int) []uint32 {
	if pos < n {
		dst = append(dst, uint32(n-pos))
	}
	return dst
}

// continueRuns appends the runs of the h x w mask with the window in its place
// to dst, whose runs cover the first pos pixels: those of windows to the left of
// this one. It returns the number of pixels covered then. It gives up after the
// column in which dst becomes longer than limit.
func (win *window) continueRuns(dst []uint32, pos, h, w, limit int) (runs []uint32, covered int, ok bool) {
	add := func(start, n int) {
		if start == pos && pos > 0 { // continues from the previous column
			dst[len(dst)-1] += uint32(n)
		} else {
			dst = append(dst, uint32(start-pos), uint32(n))
		}
		pos = start + n
	}
	inside := win.y0 >= 0 && win.y0+win.h <= h
	for x := max(0, -win.x0); x < win.w && win.x0+x < w; x++ {
		if len(dst) > limit {
			return dst, pos, false
		}
		c := win.col(x)
		origin := (win.x0+x)*h + win.y0
		for i := 0; i < len(c); i++ {
			word := c[i]
			for word != 0 {
				y := i<<6 + bits.TrailingZeros64(word)
				// The run ends at the next zero bit, which may be several words
				// away.
				rest := ^(word >> (y & 63))
				n := bits.TrailingZeros64(rest)
				if y&63+n < 64 {
					word &= ^uint64(0) << (y&63 + n)
				} else {
					n = 64 - y&63
					for i++; i < len(c) && c[i] == ^uint64(0); i++ {
						n += 64
					}
					word = 0
					if i < len(c) {
						k := bits.TrailingZeros64(^c[i])
						n += k
						word = c[i] &^ (1<<k - 1)
					}
				}
				if inside {
					add(origin+y, n)
				} else if a, b := max(y+win.y0, 0), min(y+win.y0+n, h); a < b {
					add((win.x0+x)*h+a, b-a)
				}
			}
		}
	}
	return dst, pos, len(dst) <= limit
}
