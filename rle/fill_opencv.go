package rle

import (
	"math"
	"math/bits"
)

// This file implements FillOpenCV. OpenCV's fillPoly draws every edge as a line
// of pixels. Every edge that is not horizontal crosses each row from its upper
// end (inclusive) to its lower end (exclusive) at an x computed in fixed point.
// In a row, the sorted crossings c1, c2, c3, c4 ... bound the spans [c1, c2],
// [c3, c4] and so on. All pixels that lie inside a span or exactly at one of
// its ends are filled.
//
// No sorting is needed: a pixel lies in a span if it is exactly at a crossing,
// or if an odd number of crossings lie at it or to the left of it. So, in one
// plane, each crossing flips the bit of the first pixel at it or to the right
// of it. In another plane, the lines and the crossings exactly at a pixel set
// bits. One sweep over the columns then gives
//
//	odd ^= toggle[column]; filled[column] = odd | set[column]

// fixed is the number of fraction bits of a crossing (OpenCV's XY_SHIFT).
const fixed = 16

// openCV fills rings by FillOpenCV and stores the runs in f.runs.
func (f *filler) openCV(h, w int, rings []Ring) error {
	box, err := f.truncate(rings)
	if err != nil || h*w == 0 {
		return err
	}
	x0, y0 := max(box[0], 0), max(box[1], 0)
	x1, y1 := min(box[2], w-1), min(box[3], h-1)
	if x0 > x1 || y0 > y1 {
		f.runs = append(f.runs[:0], uint32(h*w))
		return nil
	}
	width := f.bandWidth(y1 - y0 + 1)
	inside := box == [4]int{x0, y0, x1, y1} && x1-x0 < width
	f.runs = f.runs[:0]
	pos := 0
	for x := x0; x <= x1; x += width {
		f.win.reset(x, y0, min(width, x1-x+1), y1-y0+1)
		f.set = resize(f.set, len(f.win.bits))
		clear(f.set)
		pts := f.pts
		for _, ring := range rings {
			if n := len(ring); n > 0 {
				if inside {
					f.ringInside(pts[:n])
				} else {
					f.ringClipped(pts[:n], h, w)
				}
				pts = pts[n:]
			}
		}
		f.sweep()
		var ok bool
		if f.runs, pos, ok = f.win.continueRuns(f.runs, pos, h, w, f.limit); !ok {
			return f.tooManyRuns(h, w, rings)
		}
	}
	f.runs = closeRuns(f.runs, pos, h*w)
	return nil
}

// truncate fills f.pts with the truncated vertices of all rings, and returns
// their least x and y and greatest x and y.
func (f *filler) truncate(rings []Ring) (box [4]int, err error) {
	n := 0
	for _, ring := range rings {
		n += len(ring)
	}
	f.pts = resize(f.pts, n)
	pts := f.pts
	box = [4]int{math.MaxInt, math.MaxInt, math.MinInt, math.MinInt}
	for r, ring := range rings {
		loX, loY, hiX, hiY := box[0], box[1], box[2], box[3]
		dst := pts[:len(ring)]
		for i := range dst {
			x, y := ring[i][0], ring[i][1]
			const lo, hi = -1<<31 - 1, 1 << 31
			if !(x > lo && x < hi && y > lo && y < hi) {
				return box, badPoint(r, i, ring[i], "32-bit integers for opencv")
			}
			px, py := int(x), int(y)
			dst[i] = vertex{int32(px), int32(py)}
			loX, hiX = min(loX, px), max(hiX, px)
			loY, hiY = min(loY, py), max(hiY, py)
		}
		box = [4]int{loX, loY, hiX, hiY}
		pts = pts[len(ring):]
	}
	return box, nil
}

// ringInside draws a ring that lies wholly inside the window.
func (f *filler) ringInside(pts []vertex) {
	win := &f.win
	toggle, set, stride := win.bits, f.set, win.stride
	set = set[:len(toggle)]
	ox, oy := win.x0, win.y0
	last := pts[len(pts)-1]
	x0, y0 := int(last.x)-ox, int(last.y)-oy
	for _, p := range pts {
		x1, y1 := int(p.x)-ox, int(p.y)-oy
		dx, dy := x1-x0, y1-y0
		if uint(dx+1) > 2 || uint(dy+1) > 2 {
			f.edgeInside(x0, y0, x1, y1)
			x0, y0 = x1, y1
			continue
		}
		// This is a step to a neighbouring pixel. Its line consists of its two
		// ends, and it crosses at most one row, at its upper end. The code has
		// no branches, because the directions of an outline cannot be
		// predicted.
		set[x1*stride+y1>>6] |= 1 << (y1 & 63)
		up := dy >> (bits.UintSize - 1) // all ones if p is the upper end
		ux := x0 + dx&up
		uy := y0 + up
		toggle[ux*stride+uy>>6] ^= uint64(dy&1) << (uy & 63)
		x0, y0 = x1, y1
	}
}

// edgeInside draws an edge whose ends lie inside the window, in window
// coordinates.
func (f *filler) edgeInside(x0, y0, x1, y1 int) {
	f.line(x0, y0, x1, y1)
	if y0 == y1 {
		return
	}
	if y0 > y1 {
		x0, y0, x1, y1 = x1, y1, x0, y0
	}
	f.crossings(int64(x0)<<fixed, (int64(x1-x0)<<fixed)/int64(y1-y0), y0, y1)
}

// ringClipped draws the part of a ring that lies inside the window.
func (f *filler) ringClipped(pts []vertex, h, w int) {
	ox, oy := int64(f.win.x0), int64(f.win.y0)
	p0 := pts[len(pts)-1]
	for _, p1 := range pts {
		x0, y0, x1, y1 := int64(p0.x), int64(p0.y), int64(p1.x), int64(p1.y)
		p0 = p1
		// These are the ends that define the slope. OpenCV uses the clipped
		// ends, even if clipping found nothing inside, except for their rows if
		// both ends share one.
		cx0, cy0, cx1, cy1, visible := clipLine(int64(h), int64(w), x0, y0, x1, y1)
		if visible {
			f.line(int(cx0-ox), int(cy0-oy), int(cx1-ox), int(cy1-oy))
		}
		ax, ay, bx, by := cx0<<fixed, y0, cx1<<fixed, y1
		if cy0 != cy1 {
			ay, by = cy0, cy1
		}
		if y0 == y1 {
			continue
		}
		slope := (bx - ax) / (by - ay)
		if y0 > y1 {
			ax, ay, y0, y1 = bx, by, y1, y0
		}
		first, end := max(y0, oy), min(y1, oy+int64(f.win.h))
		if first < end {
			f.crossings(ax+(first-ay)*slope-ox<<fixed, slope, int(first-oy), int(end-oy))
		}
	}
}

// crossings marks the crossings of an edge with rows first to end-1 of the
// window: at x in row first, and further to the right by slope in each
// following row.
func (f *filler) crossings(x, slope int64, first, end int) {
	toggle, stride := f.win.bits, f.win.stride
	set := f.set[:len(toggle)]
	w := int64(f.win.w)
	for y := first; y < end; y++ {
		c, bit := (x+1<<fixed-1)>>fixed, uint64(1)<<(y&63)
		exact := x&(1<<fixed-1) == 0
		x += slope
		if c >= w {
			continue
		}
		if c < 0 { // left of the window: parity is odd from the first column on
			toggle[y>>6] ^= bit
			continue
		}
		i := int(c)*stride + y>>6
		toggle[i] ^= bit
		if exact {
			set[i] |= bit
		}
	}
}

// sweep turns toggles into filled pixels.
func (f *filler) sweep() {
	win := &f.win
	toggle, stride := win.bits, win.stride
	set := f.set[:len(toggle)]
	if stride == 1 {
		odd := uint64(0)
		for i, t := range toggle {
			odd ^= t
			toggle[i] = odd | set[i]
		}
		return
	}
	parity(toggle, stride)
	for i, s := range set {
		toggle[i] |= s
	}
}

// parity turns each bit into the parity of its row from the first column on.
func parity(toggle []uint64, stride int) {
	for i := stride; i < len(toggle); i++ {
		toggle[i] ^= toggle[i-stride]
	}
}
