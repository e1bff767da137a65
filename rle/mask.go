package rle

import (
	"errors"
	"fmt"
	"slices"
)

// MaxPixels is the largest number of pixels (height times width) of a mask:
// 2^30, a square of side 32,768.
const MaxPixels = 1 << 30

var (
	// ErrSize is returned when a height or width is negative, when their
	// product exceeds [MaxPixels], and when masks that must have the same size
	// do not.
	ErrSize = errors.New("rle: bad mask size")
	// ErrCorrupt is returned when runs or text do not describe a mask of the
	// stated size.
	ErrCorrupt = errors.New("rle: corrupt mask")
)

// A Mask is an immutable binary image, stored as column-major runs that begin
// with background. The zero Mask is the 0 x 0 image.
type Mask struct {
	h, w int
	runs []uint32 // canonical, see the package comment; nil if h*w is 0
}

// checkSize returns an error if there can be no h x w mask.
func checkSize(h, w int) error {
	if h < 0 || w < 0 {
		return fmt.Errorf("%w: height %d, width %d: expected 0 or more", ErrSize, h, w)
	}
	if h != 0 && w > MaxPixels/h {
		return fmt.Errorf("%w: height %d, width %d: more than %d pixels", ErrSize, h, w, MaxPixels)
	}
	return nil
}

// CheckSize returns an error that wraps [ErrSize] if no mask of h x w pixels can be
// filled or taken apart: it would have more than [MaxPixels] pixels or, with few rows,
// more than 2^25 columns of each 64 rows or fewer.
func CheckSize(h, w int) error {
	if err := checkSize(h, w); err != nil {
		return err
	}
	return checkWindow(h, w)
}

// Empty returns the h x w mask without foreground.
func Empty(h, w int) (Mask, error) {
	if err := checkSize(h, w); err != nil {
		return Mask{}, err
	}
	if h*w == 0 {
		return Mask{h: h, w: w}, nil
	}
	return Mask{h: h, w: w, runs: []uint32{uint32(h * w)}}, nil
}

// FromRuns makes a mask from run lengths (COCO's uncompressed counts). Runs of
// length zero are allowed anywhere; their neighbours are joined. It returns an
// error that wraps [ErrCorrupt] if the runs do not sum to h*w. The slice is
// copied.
func FromRuns(h, w int, runs []uint32) (Mask, error) {
	if err := checkSize(h, w); err != nil {
		return Mask{}, err
	}
	var sum uint64
	for _, r := range runs {
		sum += uint64(r)
	}
	if sum != uint64(h)*uint64(w) {
		return Mask{}, fmt.Errorf("%w: runs sum to %d, expected %d x %d = %d", ErrCorrupt, sum, h, w, h*w)
	}
	return Mask{h: h, w: w, runs: canonical(make([]uint32, 0, len(runs)), runs)}, nil
}

// canonical appends runs to dst, which must be empty, without zero runs except
// a leading one. It returns nil if all runs are zero.
func canonical(dst, runs []uint32) []uint32 {
	for i, r := range runs {
		foreground := i%2 == 1
		switch {
		case r == 0 && len(dst) > 0:
		case len(dst)%2 == 1 == foreground:
			if r != 0 || !foreground {
				dst = append(dst, r)
			}
		case len(dst) > 0:
			dst[len(dst)-1] += r
		case r != 0: // foreground comes first
			dst = append(dst, 0, r)
		}
	}
	if len(dst) == 1 && dst[0] == 0 {
		return nil
	}
	return dst
}

// Size returns the height and width in pixels.
func (m Mask) Size() (h, w int) { return m.h, m.w }

// Runs returns a copy of the run lengths, background first.
func (m Mask) Runs() []uint32 { return slices.Clone(m.runs) }

// NumRuns returns the number of run lengths.
func (m Mask) NumRuns() int { return len(m.runs) }

// Equal reports whether two masks have the same size and the same pixels.
func (m Mask) Equal(o Mask) bool {
	return m.h == o.h && m.w == o.w && slices.Equal(m.runs, o.runs)
}

// Area returns the number of foreground pixels.
func (m Mask) Area() int {
	a := 0
	for i := 1; i < len(m.runs); i += 2 {
		a += int(m.runs[i])
	}
	return a
}

// Bounds returns the tight box around the foreground, with W and H counting
// pixels (last - first + 1), and the zero Box if there is none. A run that
// crosses from one column into the next makes the box full height, which is
// exact, since the run contains both the bottom and the top row.
func (m Mask) Bounds() Box {
	x0, y0, x1, y1 := m.bounds()
	if x1 < x0 {
		return Box{}
	}
	return Box{X: float64(x0), Y: float64(y0), W: float64(x1 - x0 + 1), H: float64(y1 - y0 + 1)}
}

// bounds returns the first and last column and row with foreground. x1 < x0 if
// there is none.
func (m Mask) bounds() (x0, y0, x1, y1 int) {
	x0, y0, x1, y1 = m.w, m.h, -1, -1
	pos := 0
	for i, r := range m.runs {
		if i%2 == 1 {
			first, last := pos, pos+int(r)-1
			fx, lx := first/m.h, last/m.h
			x0, x1 = min(x0, fx), max(x1, lx)
			if fx != lx {
				y0, y1 = 0, m.h-1
			} else {
				y0, y1 = min(y0, first-fx*m.h), max(y1, last-lx*m.h)
			}
		}
		pos += int(r)
	}
	return x0, y0, x1, y1
}

// At reports whether pixel (x, y) is foreground. Pixels outside are not. It
// walks the runs; for many lookups use [Mask.Bitmap].
func (m Mask) At(x, y int) bool {
	if x < 0 || y < 0 || x >= m.w || y >= m.h {
		return false
	}
	at, pos := x*m.h+y, 0
	for i, r := range m.runs {
		pos += int(r)
		if at < pos {
			return i%2 == 1
		}
	}
	return false
}

// FromBitmap makes a mask from h*w bytes in row-major order, where any nonzero
// byte is foreground.
func FromBitmap(h, w int, pix []byte) (Mask, error) {
	if err := checkSize(h, w); err != nil {
		return Mask{}, err
	}
	if len(pix) != h*w {
		return Mask{}, fmt.Errorf("%w: bitmap of %d bytes, expected %d x %d = %d", ErrSize, len(pix), h, w, h*w)
	}
	if err := checkWindow(h, w); err != nil {
		return Mask{}, err
	}
	var win window
	win.reset(0, 0, w, h)
	for y := 0; y < h; y++ {
		for x, p := range pix[y*w : y*w+w] {
			if p != 0 {
				win.set(x, y)
			}
		}
	}
	return win.mask(h, w), nil
}

// Bitmap returns the mask as h*w bytes in row-major order, 0 or 1.
func (m Mask) Bitmap() []byte {
	pix := make([]byte, m.h*m.w)
	pos := 0
	for i, r := range m.runs {
		if i%2 == 1 {
			x, y := pos/m.h, pos%m.h
			for range r {
				pix[y*m.w+x] = 1
				if y++; y == m.h {
					x, y = x+1, 0
				}
			}
		}
		pos += int(r)
	}
	return pix
}
