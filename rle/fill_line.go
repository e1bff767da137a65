package rle

// line sets the pixels of a line in the columns of the window, in window
// coordinates. Its ends lie in the rows of the window. It is the Bresenham line that OpenCV draws from the left end to
// the right end, or from the first end if both share a column.
func (f *filler) line(x0, y0, x1, y1 int) {
	if x1 < x0 {
		x0, y0, x1, y1 = x1, y1, x0, y0
	}
	dx, dy, down := x1-x0, y1-y0, 1
	if dy < 0 {
		dy, down = -dy, -1
	}
	set, stride, w := f.set, f.win.stride, uint(f.win.w)
	if dy > dx {
		err := int64(dy) - 2*int64(dx)
		for x, y, n := x0, y0, dy; ; n-- {
			if uint(x) < w {
				set[x*stride+y>>6] |= 1 << (y & 63)
			}
			if n == 0 {
				return
			}
			if err < 0 {
				x++
				err += 2 * int64(dy)
			}
			err -= 2 * int64(dx)
			y += down
		}
	}
	err := int64(dx) - 2*int64(dy)
	for x, y, n := x0, y0, dx; ; n-- {
		if uint(x) < w {
			set[x*stride+y>>6] |= 1 << (y & 63)
		}
		if n == 0 {
			return
		}
		if err < 0 {
			y += down
			err += 2 * int64(dx)
		}
		err -= 2 * int64(dy)
		x++
	}
}

// clipLine clips a line to an h x w image as OpenCV does: first by rows, then
// by columns. Each new coordinate is computed in floating point and truncated
// towards the old one. It returns the new ends, and whether any part of the
// line is inside. One or both ends may have moved even if no part is.
func clipLine(h, w, x0, y0, x1, y1 int64) (cx0, cy0, cx1, cy1 int64, visible bool) {
	right, bottom := w-1, h-1
	side := func(v, last int64) int { // -1 before the image, 1 after it
		switch {
		case v < 0:
			return -1
		case v > last:
			return 1
		}
		return 0
	}
	// cut moves an end of the line from a to limit on one axis, and returns its
	// coordinate on the other axis, which was along.
	cut := func(limit, a, along, a0, a1, b0, b1 int64) int64 {
		return along + int64(float64(limit-a)*float64(b1-b0)/float64(a1-a0))
	}
	far := func(s int, last int64) int64 {
		if s < 0 {
			return 0
		}
		return last
	}
	sx0, sx1, sy0, sy1 := side(x0, right), side(x1, right), side(y0, bottom), side(y1, bottom)
	if sx0*sx1 > 0 || sy0*sy1 > 0 {
		return x0, y0, x1, y1, false
	}
	if sy0 != 0 {
		y := far(sy0, bottom)
		x0 = cut(y, y0, x0, y0, y1, x0, x1)
		y0, sx0 = y, side(x0, right)
	}
	if sy1 != 0 {
		y := far(sy1, bottom)
		x1 = cut(y, y1, x1, y0, y1, x0, x1)
		y1, sx1 = y, side(x1, right)
	}
	if sx0*sx1 > 0 {
		return x0, y0, x1, y1, false
	}
	if sx0 != 0 {
		x := far(sx0, right)
		y0 = cut(x, x0, y0, x0, x1, y0, y1)
		x0 = x
	}
	if sx1 != 0 {
		x := far(sx1, right)
		y1 = cut(x, x1, y1, x0, x1, y0, y1)
		x1 = x
	}
	return x0, y0, x1, y1, true
}
