package rle

// decodeShape is decodeText and measure in one pass over text. It reads what nearly all texts
// are; ok is false for images without pixels, for zero runs after the first, and for
// whatever decodeText refuses, which the caller then asks. runs must have room for all
// numbers; the shape's mask has the part of it that was filled.
//
// The loop calls nothing, so that its variables stay in registers. It does not check that a
// run fits: none is negative, so that the sum shows it.
func decodeShape(runs []uint32, h, w int, text []byte) (s shape, ok bool) {
	size := h * w
	if size == 0 {
		return shape{}, false
	}
	off, p, err := parseNumber(text, 0)
	if err != nil || off < 0 || off > int64(size) || len(runs) == 0 {
		return shape{}, false
	}
	runs[0] = uint32(off)
	first := int(off)
	sum, area, n := first, 0, 1
	y := first % h // the row reached by the runs so far, or h
	y0, y1 := h, -1
	before, on := 0, 0 // the last run of background, but the first is no base, and of foreground
	for p < len(text) {
		c := uint(text[p]) - textBase
		p++
		d := int(int8(c<<3) >> 3)
		if c >= textMore { // more than one character
			d = int(c & textGroup)
			bits := 5
			for c >= textMore {
				if p == len(text) || bits == 5*textMaxLen || c > textMore|textGroup {
					return shape{}, false
				}
				c = uint(text[p]) - textBase
				p++
				d |= int(c&textGroup) << bits
				bits += 5
			}
			d = d << (64 - bits) >> (64 - bits) // extend the sign
		}
		if on += d; on <= 0 || n >= len(runs) {
			return shape{}, false
		}
		runs[n] = uint32(on)
		n++
		area += on
		sum += on
		y0 = min(y0, y)
		if y += on; y > h { // continues in the next column
			y0, y1 = 0, h
			y = (y-1)%h + 1
		}
		y1 = max(y1, y)
		if p >= len(text) {
			before = 0 // there is no background after it
			break
		}
		c = uint(text[p]) - textBase
		p++
		d = int(int8(c<<3) >> 3)
		if c >= textMore {
			d = int(c & textGroup)
			bits := 5
			for c >= textMore {
				if p == len(text) || bits == 5*textMaxLen || c > textMore|textGroup {
					return shape{}, false
				}
				c = uint(text[p]) - textBase
				p++
				d |= int(c&textGroup) << bits
				bits += 5
			}
			d = d << (64 - bits) >> (64 - bits)
		}
		if before += d; before <= 0 || n >= len(runs) {
			return shape{}, false
		}
		runs[n] = uint32(before)
		n++
		sum += before
		if y += before; y >= h {
			if y -= h; y >= h {
				y %= h
			}
		}
	}
	if sum != size {
		return shape{}, false
	}
	s = shape{m: Mask{h: h, w: w, runs: runs[:n]}, x0: w, y0: h, x1: -1, y1: -1, area: area}
	if area > 0 {
		s.x0, s.x1 = first/h, (sum-before-1)/h
		s.y0, s.y1 = y0, y1-1
	}
	return s, true
}
