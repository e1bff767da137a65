package rle

import (
	"fmt"
	"slices"
	"sync"
)

// Border determines how an erosion treats pixels outside the mask. A dilation
// treats them as background under both rules.
type Border uint8

const (
	// BorderIgnore ignores pixels outside, as if they were foreground to an
	// erosion. Foreground that touches the border is not eroded from there. It
	// is the default of OpenCV's erode, dilate and morphologyEx and of
	// scikit-image.
	BorderIgnore Border = iota
	// BorderBackground treats pixels outside as background, so an erosion works
	// from the border too. It is the default of scipy.ndimage, and OpenCV's
	// BORDER_CONSTANT with value 0.
	BorderBackground
)

// Erode keeps the pixels whose whole neighbourhood is foreground. The
// neighbourhood of a pixel is the element centred on it. Erode repeats this
// iterations times; 0 leaves the mask unchanged. It returns an error that wraps
// [ErrElement] if iterations is negative or border is unknown.
func (m Mask) Erode(e Element, iterations int, border Border) (Mask, error) {
	return m.morph(e, iterations, 0, false, border)
}

// Dilate adds the pixels that have foreground in their neighbourhood,
// iterations times. Arguments and errors are those of [Mask.Erode].
func (m Mask) Dilate(e Element, iterations int, border Border) (Mask, error) {
	return m.morph(e, 0, iterations, false, border)
}

// Open erodes iterations times, then dilates iterations times, like
// cv2.morphologyEx. This removes parts that are too thin for the element. With
// BorderIgnore it equals OpenCV's and scikit-image's opening at the border too;
// with BorderBackground it equals scipy.ndimage.binary_opening. Arguments and
// errors are those of [Mask.Erode].
func (m Mask) Open(e Element, iterations int, border Border) (Mask, error) {
	return m.morph(e, iterations, iterations, false, border)
}

// Close dilates iterations times, then erodes iterations times. This fills gaps
// that are too thin for the element. With BorderIgnore it equals OpenCV's and
// scikit-image's closing at the border too. With BorderBackground it equals
// scipy.ndimage.binary_closing, which may remove foreground near the border.
// Arguments and errors are those of [Mask.Erode].
func (m Mask) Close(e Element, iterations int, border Border) (Mask, error) {
	return m.morph(e, iterations, iterations, true, border)
}

func (m Mask) morph(e Element, erosions, dilations int, dilateFirst bool, border Border) (Mask, error) {
	if erosions < 0 || dilations < 0 {
		return Mask{}, fmt.Errorf("%w: %d iterations: want 0 or more", ErrElement, min(erosions, dilations))
	}
	if border > BorderBackground {
		return Mask{}, fmt.Errorf("%w: border rule %d: want BorderIgnore or BorderBackground", ErrElement, border)
	}
	// Every iteration of an element larger than one pixel moves the edge by at
	// least a pixel along both axes, so after h+w iterations nothing changes
	// any more.
	p := morphology{
		e: e, border: border, dilateFirst: dilateFirst,
		erosions: min(erosions, m.h+m.w), dilations: min(dilations, m.h+m.w),
	}
	return p.apply(m, stripWords), nil
}

// stripWords bounds each of the working images of a morphology to 32 MiB
// (more only where the halo of a strip needs more).
const stripWords = 1 << 22

// A morphology is a series of erosions and dilations by one element.
type morphology struct {
	e                   Element
	erosions, dilations int
	dilateFirst         bool
	border              Border
	band                bool // subtract the result from the mask
}

// apply runs the series inside the bounds of the foreground, which it enlarges
// where foreground may grow. A window of more than limit words is cut into
// strips of columns, each computed with a halo as wide as the series can reach.
func (p *morphology) apply(m Mask, limit int) Mask {
	x0, y0, x1, y1 := m.bounds()
	r := p.e.radius()
	if x1 < x0 || r == 0 && !p.band || p.erosions+p.dilations == 0 && !p.band {
		return m
	}
	if p.dilateFirst || p.erosions == 0 { // otherwise the result lies within the mask
		grow := p.dilations * r
		x0, y0 = max(0, x0-grow), max(0, y0-grow)
		x1, y1 = min(m.w-1, x1+grow), min(m.h-1, y1+grow)
	}
	s := scratchPool.Get().(*scratch)
	defer s.release()
	h, w := y1-y0+1, x1-x0+1
	stride := (h + 63) / 64
	if w*stride <= limit {
		p.strip(s, m, x0, y0, w, h)
		s.runs = s.win.appendRuns(s.runs[:0], m.h, m.w)
		return Mask{h: m.h, w: m.w, runs: slices.Clone(s.runs)}
	}
	halo := min((p.erosions+p.dilations)*r, w)
	step := max(limit/stride, 2*halo, 1)
	var out runJoiner
	for x := x0; x <= x1; x += step {
		end := min(x+step, x1+1)
		a, b := max(x-halo, x0), min(end+halo, x1+1)
		p.strip(s, m, a, y0, b-a, h)
		part := s.win
		part.x0, part.w = x, end-x
		part.bits = part.bits[(x-a)*stride : (end-a)*stride]
		s.runs = part.appendRuns(s.runs[:0], m.h, m.w)
		out.add(s.runs)
	}
	return Mask{h: m.h, w: m.w, runs: out.runs(m.h * m.w)}
}

// strip runs the series on one rectangle of m and stores the result in s.win.
// Next to a side of the rectangle that is not a side of the mask, columns are
// correct only if there is no foreground beyond that side.
func (p *morphology) strip(s *scratch, m Mask, x0, y0, w, h int) {
	s.win.load(m, x0, y0, w, h)
	s.grow(len(s.win.bits))
	if p.band {
		s.orig = append(s.orig[:0], s.win.bits...)
	}
	always := p.border == BorderBackground
	seen := sides{
		left: always || x0 > 0, right: always || x0+w < m.w,
		top: always || y0 > 0, bottom: always || y0+h < m.h,
	}
	// Applying a square of radius r n times equals applying a square of radius
	// n*r. This holds at the border of the image too, since every pixel between
	// two pixels of the image is in the image.
	eroding, dilating := p.e.half, p.e.half
	erosions, dilations := p.erosions, p.dilations
	if r := p.e.radius(); r > 0 && p.e.halfHeight(r) == r {
		eroding, dilating = squareHalf(r*erosions, w, h), squareHalf(r*dilations, w, h)
		erosions, dilations = min(erosions, 1), min(dilations, 1)
	}
	if p.dilateFirst {
		s.dilate(dilating, dilations)
	}
	for range erosions {
		s.erode(eroding, seen)
	}
	if !p.dilateFirst {
		s.dilate(dilating, dilations)
	}
	if p.band {
		for i, v := range s.orig {
			s.win.bits[i] = v &^ s.win.bits[i]
		}
	}
}

// squareHalf returns the half-heights of the square of radius r, or of one that
// has the same effect on a w x h window.
func squareHalf(r, w, h int) []int32 {
	half := make([]int32, min(r, w)+1)
	for i := range half {
		half[i] = int32(min(r, h))
	}
	return half
}

// sides are the sides beyond which a window sees background.
type sides struct{ left, right, top, bottom bool }

// scratch is the working memory of a morphology: the window, and four bit
// images of its shape.
type scratch struct {
	win             window
	tall, wide, tmp []uint64
	out, orig       []uint64
	runs            []uint32
}

var scratchPool = sync.Pool{New: func() any { return new(scratch) }}

// release keeps the memory for the next call unless it is large.
func (s *scratch) release() {
	if cap(s.win.bits) <= 1<<17 {
		scratchPool.Put(s)
	}
}

// grow makes the bit images n words long.
func (s *scratch) grow(n int) {
	for _, p := range [...]*[]uint64{&s.tall, &s.wide, &s.tmp, &s.out} {
		if cap(*p) < n {
			*p = make([]uint64, n)
		}
		*p = (*p)[:n]
	}
}

func (s *scratch) dilate(half []int32, times int) {
	for range times {
		s.spread(half)
		s.win.bits, s.out = s.out, s.win.bits
	}
}

// erode spreads the background instead: the background of the window, and the
// background beyond the sides in seen.
func (s *scratch) erode(half []int32, seen sides) {
	win := &s.win
	invert(win)
	s.spread(half)
	win.bits, s.out = s.out, win.bits
	// The centre column is the tallest, and everything beyond the sides is
	// background, so strips as wide as the element's radii are lost entirely.
	if n := min(int(half[0]), win.h); n > 0 {
		for x := range win.w {
			if seen.top {
				win.setRun(x, 0, n)
			}
			if seen.bottom {
				win.setRun(x, win.h-n, n)
			}
		}
	}
	for i := range min(len(half)-1, win.w) {
		if seen.left {
			win.setRun(i, 0, win.h)
		}
		if seen.right {
			win.setRun(win.w-1-i, 0, win.h)
		}
	}
	invert(win)
}

// spread stores in s.out the dilation of s.win by the element with the given
// half-heights. Pixel (x, y) is set if, for some dx, one of pixels (x+dx,
// y-half[|dx|]) to (x+dx, y+half[|dx|]) is. It works inwards from the outermost
// columns of the element, because those are the lowest. s.tall is the window as
// spread vertically so far.
func (s *scratch) spread(half []int32) {
	stride, h := s.win.stride, s.win.h
	copy(s.tall, s.win.bits)
	clear(s.out)
	reach := 0
	for hi := len(half) - 1; hi >= 0; {
		lo := hi // columns lo to hi have the same height
		for lo > 0 && half[lo-1] == half[hi] {
			lo--
		}
		for reach < int(half[hi]) {
			step := min(reach+1, int(half[hi])-reach)
			spreadRows(s.tmp, s.tall, stride, h, step)
			s.tall, s.tmp = s.tmp, s.tall
			reach += step
		}
		if hi-lo < 4 {
			for dx := lo; dx <= hi; dx++ {
				orColumns(s.out, s.tall, dx*stride)
			}
		} else { // a rectangle, by doubling
			copy(s.wide, s.tall)
			for side := 0; side < hi; {
				step := min(side+1, hi-side)
				copy(s.tmp, s.wide)
				orColumns(s.tmp, s.wide, step*stride)
				s.wide, s.tmp = s.tmp, s.wide
				side += step
			}
			orColumns(s.out, s.wide, 0)
		}
		hi = lo - 1
	}
}

// orColumns ors into dst the image src, shifted by offset words in both
// directions: dst[i] |= src[i-offset] | src[i+offset], where those exist.
func orColumns(dst, src []uint64, offset int) {
	if offset >= len(src) {
		return
	}
	orInto(dst, src[offset:])
	if offset > 0 {
		orInto(dst[offset:], src[:len(src)-offset])
	}
}

// orInto does dst[i] |= src[i] for all of src.
func orInto(dst, src []uint64) {
	dst = dst[:len(src)]
	for i, v := range src {
		dst[i] |= v
	}
}

// spreadRows sets dst to the image src ored with itself, shifted by step rows
// up and down. The image has columns of h bits in stride words each. If src is
// spread by r rows, a step of at most r+1 gives an image spread by r+step. A
// larger step would miss pixels that are reached across the edge, where bits
// are lost.
func spreadRows(dst, src []uint64, stride, h, step int) {
	last := ^uint64(0) >> (uint(-h) & 63) // the bits of a column's last word
	if stride == 1 {
		for i, v := range src {
			dst[i] = (v | v<<uint(step) | v>>uint(step)) & last
		}
		return
	}
	words, shift := step>>6, uint(step&63)
	for base := 0; base < len(src); base += stride {
		d, c := dst[base:base+stride], src[base:base+stride]
		copy(d, c)
		for i := range c {
			if j := i + words; j < stride {
				d[j] |= c[i] << shift
			}
			if j := i + words + 1; j < stride {
				d[j] |= c[i] >> (64 - shift)
			}
			if j := i - words; j >= 0 {
				d[j] |= c[i] >> shift
			}
			if j := i - words - 1; j >= 0 {
				d[j] |= c[i] << (64 - shift)
			}
		}
		d[stride-1] &= last
	}
}

// invert turns the window into its negative.
func invert(win *window) {
	last := ^uint64(0) >> (uint(-win.h) & 63)
	for i := range win.bits {
		win.bits[i] = ^win.bits[i]
	}
	for i := win.stride - 1; i < len(win.bits); i += win.stride {
		win.bits[i] &= last
	}
}

// A runJoiner joins the runs of masks of the same size. Each mask must lie
// entirely in columns after those of the previous mask.
type runJoiner struct {
	joined []uint32
	pos    int // pixels covered by joined, which ends in foreground
}

// add adds the runs of the next mask.
func (j *runJoiner) add(runs []uint32) {
	at := 0
	for i, r := range runs {
		if i%2 == 1 {
			if at == j.pos && len(j.joined) > 0 {
				j.joined[len(j.joined)-1] += r
			} else {
				j.joined = append(j.joined, uint32(at-j.pos), r)
			}
			j.pos = at + int(r)
		}
		at += int(r)
	}
}

// runs returns the runs of the joined mask, which has n > 0 pixels.
func (j *runJoiner) runs(n int) []uint32 {
	if j.pos < n {
		j.joined = append(j.joined, uint32(n-j.pos))
	}
	return j.joined
}
