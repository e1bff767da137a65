package slide

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/internal/boxindex"
)

// LabelledMember is the member of an image that says which part of it was labelled, if that
// is not all of it: a list of rectangles [x, y, width, height] in pixels of the image.
// Elsewhere there are no instances because nobody looked for them.
const LabelledMember = "labelled"

// errCover says that rectangles are not a part of an image.
var errCover = errors.New("bad part of an image")

// Cover is a part of an image or a slide that rectangles make up, such as the tiles that were
// labelled. It reuses memory, so two goroutines must not use it at the same time.
type Cover struct {
	rects []rect // no two share a pixel, by their tops, then from the left
	index boxindex.Index
	near  []int32
}

// Rectangle is some pixels of an image or a slide: the top left one, and how many there are
// along each side.
type Rectangle struct{ X, Y, Width, Height int }

// maxSweep bounds the work of uniting rectangles. That of a million tiles side by side is
// a million.
const maxSweep = 1 << 28

// NewCover returns the part that rectangles cover, which may overlap. It is an error if a
// side is below 1, or a corner beyond 0 to [MaxCoordinate].
func NewCover(list []Rectangle) (*Cover, error) {
	c := &Cover{}
	for i, r := range list {
		if r.Width < 1 || r.Height < 1 || r.X < 0 || r.Y < 0 || r.X > MaxCoordinate || r.Y > MaxCoordinate ||
			r.Width > MaxCoordinate || r.Height > MaxCoordinate {
			return nil, fmt.Errorf("[%d]: %w: found %d x %d pixels at %d, %d, expected 1 x 1 or more at 0, 0 or beyond", i, errCover, r.Width, r.Height, r.X, r.Y)
		}
		c.rects = append(c.rects, rect{r.X, r.Y, r.X + r.Width, r.Y + r.Height})
	}
	var ok bool
	if c.rects, ok = united(c.rects); !ok {
		return nil, fmt.Errorf(": %w: found %d rectangles on top of each other, expected fewer", errCover, len(list))
	}
	c.prepare()
	return c, nil
}

// prepare makes the cover ready for questions.
func (c *Cover) prepare() {
	boxes := make([]boxindex.Box, len(c.rects))
	for i, r := range c.rects {
		boxes[i] = r.box()
	}
	c.index.Reset(boxes)
	for i := range boxes {
		c.index.Add(i)
	}
}

func (r rect) area() int64 { return int64(r.x1-r.x0) * int64(r.y1-r.y0) }

func (r rect) box() boxindex.Box {
	return boxindex.Box{X0: float64(r.x0), Y0: float64(r.y0), X1: float64(r.x1), Y1: float64(r.y1)}
}

// united returns rectangles without common pixels that cover what those of a list do, as few
// as there are if each is as wide as can be. It reports false if that is too much work.
func united(list []rect) ([]rect, bool) {
	slices.SortFunc(list, func(a, b rect) int { return cmp.Or(cmp.Compare(a.y0, b.y0), cmp.Compare(a.x0, b.x0)) })
	edges := make([]int, 0, 2*len(list))
	for _, r := range list {
		edges = append(edges, r.y0, r.y1)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var out []rect
	type side struct{ x0, x1 int }
	open, next := map[side]int{}, map[side]int{} // rectangles that end at the last edge
	var active []rect
	work, begun := 0, 0
	for i, y := range edges {
		active = slices.DeleteFunc(active, func(r rect) bool { return r.y1 <= y })
		if begun < len(list) && list[begun].y0 == y {
			for ; begun < len(list) && list[begun].y0 == y; begun++ {
				active = append(active, list[begun])
			}
			slices.SortFunc(active, func(a, b rect) int { return cmp.Compare(a.x0, b.x0) })
		}
		if work += len(active); work > maxSweep {
			return nil, false
		}
		clear(next)
		for k := 0; k < len(active); {
			s := side{active[k].x0, active[k].x1}
			for k++; k < len(active) && active[k].x0 <= s.x1; k++ {
				s.x1 = max(s.x1, active[k].x1)
			}
			bottom := edges[i+1] // there is one: something ends there
			if at, ok := open[s]; ok {
				out[at].y1 = bottom
				next[s] = at
			} else {
				next[s] = len(out)
				out = append(out, rect{s.x0, y, s.x1, bottom})
			}
		}
		open, next = next, open
	}
	return out, true
}

// Pixels returns how many pixels of a rectangle are covered.
func (c *Cover) Pixels(in Rectangle) int64 {
	n := int64(0)
	c.each(in, func(r rect) { n += r.area() })
	return n
}

// each calls f with the covered parts of a rectangle, in their order.
func (c *Cover) each(in Rectangle, f func(rect)) {
	part := rect{in.X, in.Y, in.X + in.Width, in.Y + in.Height}
	c.near = c.index.AppendMeeting(c.near[:0], part.box())
	slices.Sort(c.near)
	for _, i := range c.near {
		if r := c.rects[i].and(part); !r.empty() {
			f(r)
		}
	}
}

// Part returns the covered part of a rectangle, from its top left pixel. Of n x n pixels that
// become one, all must be covered.
func (c *Cover) Part(in Rectangle, n int) *Cover {
	out := &Cover{}
	c.each(in, func(r rect) {
		r = rect{(r.x0 - in.X + n - 1) / n, (r.y0 - in.Y + n - 1) / n, (r.x1 - in.X) / n, (r.y1 - in.Y) / n}
		if !r.empty() {
			out.rects = append(out.rects, r)
		}
	})
	out.prepare()
	return out
}

// Rectangles returns the cover as rectangles without common pixels, from the top.
func (c *Cover) Rectangles() []Rectangle {
	list := make([]Rectangle, len(c.rects))
	for i, r := range c.rects {
		list[i] = Rectangle{r.x0, r.y0, r.x1 - r.x0, r.y1 - r.y0}
	}
	return list
}

// AppendJSON appends the cover as the value of [LabelledMember].
func (c *Cover) AppendJSON(dst []byte) []byte {
	dst = append(dst, '[')
	for i, r := range c.rects {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		for k, v := range [4]int{r.x0, r.y0, r.x1 - r.x0, r.y1 - r.y0} {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = strconv.AppendInt(dst, int64(v), 10)
		}
		dst = append(dst, ']')
	}
	return append(dst, ']')
}

// ReadCover reads the value of [LabelledMember] of an image of a size in pixels. It returns
// nil if there is none, or null: all of the image. The error begins with the member.
func ReadCover(text json.RawMessage, width, height int) (*Cover, error) {
	if len(text) == 0 || string(text) == "null" {
		return nil, nil
	}
	var numbers [][]int
	if err := json.Unmarshal(text, &numbers); err != nil {
		return nil, fmt.Errorf(LabelledMember+": %w: found %.40s, expected a list of rectangles [x, y, width, height] in whole pixels", errCover, text)
	}
	list := make([]Rectangle, len(numbers))
	for i, v := range numbers {
		if len(v) != 4 {
			return nil, fmt.Errorf(LabelledMember+"[%d]: %w: found %d numbers, expected four: x, y, width and height", i, errCover, len(v))
		}
		list[i] = Rectangle{v[0], v[1], v[2], v[3]}
		if r := list[i]; min(r.X, r.Y) >= 0 && min(r.Width, r.Height) >= 1 && (r.X > width-r.Width || r.Y > height-r.Height) {
			return nil, fmt.Errorf(LabelledMember+"[%d]: %w: found %d x %d pixels at %d, %d, expected pixels of the image of %d x %d", i, errCover, r.Width, r.Height, r.X, r.Y, width, height)
		}
	}
	c, err := NewCover(list)
	if err != nil {
		return nil, fmt.Errorf(LabelledMember+"%w", err)
	}
	return c, nil
}
