package rle

import "fmt"

// A piece is a vertical stretch of foreground: rows y to y+n-1 of column x.
type piece struct{ x, y, n int }

// pieces calls yield for every piece in order. A run that spans several columns
// gives one piece per column.
func (m Mask) pieces(yield func(piece) bool) {
	x, y := 0, 0
	for i, r := range m.runs {
		n := int(r)
		if i%2 == 1 {
			for n >= m.h-y {
				if !yield(piece{x, y, m.h - y}) {
					return
				}
				n -= m.h - y
				x, y = x+1, 0
			}
			if n > 0 && !yield(piece{x, y, n}) {
				return
			}
		}
		if y += n; y >= m.h {
			x, y = x+y/m.h, y%m.h
		}
	}
}

// place returns the h x w mask that contains m with its pixel (0, 0) at (dx,
// dy). Pixels outside are clipped. The caller must have checked the size.
func (m Mask) place(h, w, dx, dy int) Mask {
	out := runWriter{}
	// With far offsets nothing is visible; near ones cannot overflow below.
	if h*w == 0 || dx >= w || dy >= h || dx <= -m.w || dy <= -m.h {
		return out.mask(h, w)
	}
	out.runs = make([]uint32, 0, len(m.runs)+2)
	if dy == 0 && h == m.h { // whole columns move, so runs stay intact
		pos := dx * h
		for i, r := range m.runs {
			end := pos + int(r)
			if i%2 == 1 {
				if a, b := max(pos, 0), min(end, h*w); a < b {
					out.add(a, b-a)
				}
			}
			pos = end
		}
		return out.mask(h, w)
	}
	for p := range m.pieces {
		x := p.x + dx
		if x < 0 {
			continue
		}
		if x >= w {
			break
		}
		if a, b := max(p.y+dy, 0), min(p.y+p.n+dy, h); a < b {
			out.add(x*h+a, b-a)
		}
	}
	return out.mask(h, w)
}

// Translate moves the foreground dx pixels to the right and dy pixels down. The
// size stays the same; pixels that leave the image are clipped.
func (m Mask) Translate(dx, dy int) Mask { return m.place(m.h, m.w, dx, dy) }

// Crop returns the h x w part whose top left pixel is (x, y). If the part does
// not lie inside the mask, the error wraps [ErrSize].
func (m Mask) Crop(x, y, h, w int) (Mask, error) {
	if x < 0 || y < 0 || h < 0 || w < 0 || x > m.w-w || y > m.h-h {
		return Mask{}, fmt.Errorf("%w: crop of height %d, width %d at (%d, %d): want it inside height %d, width %d", ErrSize, h, w, x, y, m.h, m.w)
	}
	return m.place(h, w, -x, -y), nil
}

// Pad adds rows and columns of background. If an amount is negative or the
// result is larger than [MaxPixels], the error wraps [ErrSize].
func (m Mask) Pad(top, bottom, left, right int) (Mask, error) {
	if top < 0 || bottom < 0 || left < 0 || right < 0 {
		return Mask{}, fmt.Errorf("%w: padding %d, %d, %d, %d: want none negative", ErrSize, top, bottom, left, right)
	}
	// Amounts beyond MaxPixels are limited to most, which keeps the sums from
	// overflowing. They are still too large, unless the other side is 0.
	const most = MaxPixels + 1
	if max(top, bottom, left, right) > most {
		return Mask{}, fmt.Errorf("%w: padding %d, %d, %d, %d: want at most %d", ErrSize, top, bottom, left, right, most)
	}
	h, w := m.h+top+bottom, m.w+left+right
	if err := checkSize(h, w); err != nil {
		return Mask{}, err
	}
	return m.place(h, w, left, top), nil
}

// Paste returns the union of dst and the foreground of src, with pixel (0, 0)
// of src at (x, y) of dst. The sizes may differ; pixels beyond dst are clipped.
func Paste(dst, src Mask, x, y int) Mask {
	return pair(dst, src.place(dst.h, dst.w, x, y), tableUnion)
}

// FlipVertical turns the mask upside down: row y becomes row h-1-y.
func (m Mask) FlipVertical() Mask {
	out := runWriter{runs: make([]uint32, 0, len(m.runs)+2)}
	var column []piece // the pieces of one column
	flush := func() {
		for i := len(column) - 1; i >= 0; i-- {
			p := column[i]
			out.add((p.x+1)*m.h-p.y-p.n, p.n)
		}
		column = column[:0]
	}
	for p := range m.pieces {
		if len(column) > 0 && p.x != column[0].x {
			flush()
		}
		column = append(column, p)
	}
	flush()
	return out.mask(m.h, m.w)
}

// FlipHorizontal mirrors the mask left to right: column x becomes column
// w-1-x.
func (m Mask) FlipHorizontal() Mask { return m.FlipVertical().rotate180() }

// rotate180 turns the mask by half a turn, which reverses its runs.
func (m Mask) rotate180() Mask {
	out := runWriter{runs: make([]uint32, 0, len(m.runs)+1)}
	pos := 0
	for i := len(m.runs) - 1; i >= 0; i-- {
		n := int(m.runs[i])
		if i%2 == 1 {
			out.add(pos, n)
		}
		pos += n
	}
	return out.mask(m.h, m.w)
}

// Transpose exchanges rows and columns: pixel (x, y) becomes pixel (y, x) of a
// w x h mask.
func (m Mask) Transpose() Mask {
	if m.h <= 1 || m.w <= 1 { // the runs of a single row or column stay the same
		return Mask{h: m.w, w: m.h, runs: m.runs}
	}
	out := runWriter{}
	x0, y0, x1, y1 := m.bounds()
	if x1 < x0 {
		return out.mask(m.w, m.h)
	}
	// A row changes value at column x if its pixels at x-1 and x differ. These
	// changes are the symmetric difference of the mask and the mask shifted by
	// one column, both one column wider. Gathered by row, they are the bounds
	// of the new runs.
	wide := m.w + 1
	turns := pair(m.place(m.h, wide, 0, 0), m.place(m.h, wide, 1, 0), tableXor)
	ends := make([]uint32, y1-y0+2) // ends[y-y0+1] is the number of changes in rows y0..y
	for p := range turns.pieces {
		for i := p.y; i < p.y+p.n; i++ {
			ends[i-y0+1]++
		}
	}
	for i := 1; i < len(ends); i++ {
		ends[i] += ends[i-1]
	}
	at := make([]uint32, ends[len(ends)-1])
	for p := range turns.pieces {
		for i := p.y - y0; i < p.y-y0+p.n; i++ {
			at[ends[i]] = uint32((i+y0)*m.w + p.x)
			ends[i]++
		}
	}
	out.runs = make([]uint32, 0, len(at)+1)
	for i := 0; i < len(at); i += 2 {
		out.add(int(at[i]), int(at[i+1]-at[i]))
	}
	return out.mask(m.w, m.h)
}

// Rotate90 rotates the mask counterclockwise by k quarter turns, like
// numpy.rot90. k may be negative.
func (m Mask) Rotate90(k int) Mask {
	switch k & 3 {
	case 1:
		return m.Transpose().FlipVertical()
	case 2:
		return m.rotate180()
	case 3:
		return m.Transpose().FlipHorizontal()
	}
	return m
}
