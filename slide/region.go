package slide

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/rle"
)

// Region is an instance on a slide: the pixels of a mask whose top left pixel is (X, Y)
// of the frame. The mask is as small as its pixels; that of a region without pixels is
// the zero mask.
type Region struct {
	X, Y int
	Mask rle.Mask
}

// NewRegion returns the pixels of a mask whose top left pixel is (x, y) of the frame.
func NewRegion(x, y int, m rle.Mask) Region {
	b := m.Bounds()
	if b.W == 0 || b.H == 0 {
		return Region{}
	}
	left, top := int(b.X), int(b.Y)
	if h, w := m.Size(); left == 0 && top == 0 && int(b.W) == w && int(b.H) == h {
		return Region{x, y, m}
	}
	cut, err := m.Crop(left, top, int(b.H), int(b.W))
	if err != nil {
		panic(err) // the bounds are inside
	}
	return Region{x + left, y + top, cut}
}

// Outline returns the region inside rings, in frame pixels, by a rule. The part of the
// plane left of or above 0 has no pixels. The error is that of [rle.FromPolygonLocal]: the
// region may have up to [rle.MaxPixels] in its bounds, wherever it is.
func Outline(rule rle.Rule, rings ...rle.Ring) (Region, error) {
	m, x, y, err := rle.FromPolygonLocal(MaxCoordinate, MaxCoordinate, rule, rings...)
	if err != nil {
		return Region{}, err
	}
	return NewRegion(x, y, m), nil
}

// Area returns the number of pixels.
func (r Region) Area() int { return r.Mask.Area() }

// Bounds returns the smallest box around the pixels, in frame pixels.
func (r Region) Bounds() rle.Box {
	h, w := r.Mask.Size()
	return rle.Box{X: float64(r.X), Y: float64(r.Y), W: float64(w), H: float64(h)}
}

// Rings traces the region as [rle.Mask.COCOPolygons] does, in frame pixels: [Outline] with
// FillCOCO restores it exactly.
func (r Region) Rings() []rle.Ring { return r.moved(r.Mask.COCOPolygons()) }

// Polygons traces the region as [rle.Mask.Polygons] does with Conn4, in frame pixels:
// [Outline] with FillCenter restores it exactly.
func (r Region) Polygons() []rle.Polygon {
	list := r.Mask.Polygons(rle.Conn4)
	for _, p := range list {
		r.moved([]rle.Ring{p.Outer})
		r.moved(p.Holes)
	}
	return list
}

// moved moves rings of the mask to the frame.
func (r Region) moved(rings []rle.Ring) []rle.Ring {
	for _, ring := range rings {
		for k := range ring {
			ring[k][0] += float64(r.X)
			ring[k][1] += float64(r.Y)
		}
	}
	return rings
}

// In returns the part of the region in a tile of a frame, as a mask of the size of the
// tile, whose top left pixel is (x, y) of the frame. It reports false if there is none.
func (r Region) In(x, y, height, width int) (rle.Mask, bool) {
	h, w := r.Mask.Size()
	left, top, right, bottom := max(r.X, x), max(r.Y, y), min(r.X+w, x+width), min(r.Y+h, y+height)
	if left >= right || top >= bottom {
		return rle.Mask{}, false
	}
	cut, err := r.Mask.Crop(left-r.X, top-r.Y, bottom-top, right-left)
	if err != nil {
		panic(err) // the part is inside
	}
	if cut.Area() == 0 {
		return rle.Mask{}, false
	}
	m, err := cut.Pad(top-y, y+height-bottom, left-x, x+width-right)
	if err != nil {
		return rle.Mask{}, false // the tile is larger than a mask may be
	}
	return m, true
}

// span is pixels of a column, from y0 to before y1.
type span struct{ x, y0, y1 int }

// Clip returns the part of the region on a slide of a size in frame pixels.
func (r Region) Clip(width, height int) Region { return r.clipped(rect{0, 0, width, height}) }

// appendSpans appends the pixels, column by column from the top.
func (r Region) appendSpans(dst []span) []span {
	h, _ := r.Mask.Size()
	at := 0
	for i, n := range r.Mask.Runs() {
		if i%2 == 0 {
			at += int(n)
			continue
		}
		for left := int(n); left > 0; {
			x, y := at/h, at%h
			part := min(left, h-y)
			dst = append(dst, span{r.X + x, r.Y + y, r.Y + y + part})
			at, left = at+part, left-part
		}
	}
	return dst
}

// Unite returns the pixels that are in any of the regions. It is an error that wraps
// [rle.ErrSize] if their bounds have more than [rle.MaxPixels].
func Unite(regions ...Region) (Region, error) {
	var only []Region
	for _, r := range regions {
		if h, w := r.Mask.Size(); h > 0 && w > 0 {
			only = append(only, r)
		}
	}
	switch len(only) {
	case 0:
		return Region{}, nil
	case 1:
		return only[0], nil
	}
	var spans []span
	left, top, right, bottom := MaxCoordinate, MaxCoordinate, 0, 0
	for _, r := range only {
		h, w := r.Mask.Size()
		left, top, right, bottom = min(left, r.X), min(top, r.Y), max(right, r.X+w), max(bottom, r.Y+h)
		spans = r.appendSpans(spans)
	}
	height, width := bottom-top, right-left
	if err := rle.CheckSize(height, width); err != nil {
		return Region{}, fmt.Errorf("an instance of %d x %d pixels on the slide: %w", width, height, err)
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.y0, b.y0)) })
	runs := make([]uint32, 0, 2*len(spans)+1)
	end := 0 // of what is written, in pixels of the mask
	for _, s := range spans {
		from, to := (s.x-left)*height+s.y0-top, (s.x-left)*height+s.y1-top
		if to <= end {
			continue
		}
		from = max(from, end)
		runs = append(runs, uint32(from-end), uint32(to-from))
		end = to
	}
	runs = append(runs, uint32(height*width-end))
	m, err := rle.FromRuns(height, width, runs)
	if err != nil {
		return Region{}, err
	}
	return Region{left, top, m}, nil
}

// Shared returns the number of pixels that two regions share.
func Shared(a, b Region) int {
	return sharedIn(a, b, a.X, a.Y, MaxCoordinate, MaxCoordinate)
}

// sharedIn counts the shared pixels from x0, y0 to before x1, y1.
func sharedIn(a, b Region, x0, y0, x1, y1 int) int {
	ah, aw := a.Mask.Size()
	bh, bw := b.Mask.Size()
	left, top := max(a.X, b.X, x0), max(a.Y, b.Y, y0)
	right, bottom := min(a.X+aw, b.X+bw, x1), min(a.Y+ah, b.Y+bh, y1)
	if left >= right || top >= bottom {
		return 0
	}
	h, w := bottom-top, right-left
	p, err := a.Mask.Crop(left-a.X, top-a.Y, h, w)
	if err != nil {
		panic(err) // the part is inside
	}
	q, err := b.Mask.Crop(left-b.X, top-b.Y, h, w)
	if err != nil {
		panic(err)
	}
	both, err := rle.Intersect(p, q)
	if err != nil {
		panic(err) // they have one size
	}
	return both.Area()
}
