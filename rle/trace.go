package rle

import (
	"cmp"
	"slices"
)

// Polygon is the outline of a connected part of a mask.
type Polygon struct {
	Outer Ring
	Holes []Ring
}

// Rings returns the rings of polygons in one list, each outer ring followed by
// its holes. [FromPolygon] accepts this list.
func Rings(polygons []Polygon) []Ring {
	var rings []Ring
	for _, p := range polygons {
		rings = append(append(rings, p.Outer), p.Holes...)
	}
	return rings
}

// Polygons traces the mask along the sides of its pixels and returns one
// polygon per component. [FromPolygon] with [FillCenter] and all [Rings]
// restores the mask exactly.
//
// Vertices are pixel corners: pixel (x, y) covers x to x+1 and y to y+1. The
// sides of a ring go right, down, left and up, and turn at every vertex. The
// last point of a ring does not repeat the first. Rings keep the foreground to
// their right: outer rings go clockwise as seen on the screen, and holes
// counterclockwise. A ring begins at its leftmost vertex, and if there are
// several, at the topmost of these. Polygons are in the order of
// [Mask.Components], and the holes of a polygon in the order of their first
// vertices, by x, then y.
//
// Where two pixels touch only at a corner, rings of Conn4 touch there, and
// rings of Conn8 cross.
//
// COCO's polygons have no holes, and [FillCOCO] would fill them; see
// [Mask.COCOPolygons].
func (m Mask) Polygons(conn Connectivity) []Polygon {
	return tracePolygons(m.blocks(true), conn)
}

// COCOPolygons traces the mask with rings without holes, the only ones that
// COCO's JSON can represent. [FromPolygon] with [FillCOCO] and all of these
// rings restores the mask exactly, and so does pycocotools. The rings are those
// of [Mask.Polygons] with Conn4, except that components with holes are cut from
// top to bottom, at the fewest columns that open all holes to the outside.
func (m Mask) COCOPolygons() []Ring {
	var rings []Ring
	for _, group := range groupBlocks(m.blocks(true), Conn4) {
		p := tracePolygons(group, Conn4)[0]
		if len(p.Holes) == 0 {
			rings = append(rings, p.Outer)
			continue
		}
		for _, piece := range cutBlocks(group, cutColumns(p.Holes)) {
			for _, q := range tracePolygons(piece, Conn4) {
				rings = append(rings, q.Outer)
			}
		}
	}
	return rings
}

// Contours traces the mask through the centres of its boundary pixels, one
// polygon per 8-connected component, as cv2.findContours does with RETR_CCOMP
// and CHAIN_APPROX_SIMPLE. [FromPolygon] with [FillOpenCV] and all [Rings]
// restores the mask exactly.
//
// Vertices are pixel indices. Holes run through the pixels around the hole.
// Order, orientation and starting points follow [Mask.Polygons] with Conn8. A
// ring through only one or two pixels repeats its first point until it has
// three points.
func (m Mask) Contours() []Polygon {
	polygons := m.Polygons(Conn8)
	for i := range polygons {
		p := &polygons[i]
		p.Outer = contourRing(p.Outer)
		for j, hole := range p.Holes {
			p.Holes[j] = contourRing(hole)
		}
	}
	return polygons
}

// contourRing turns a ring of pixel corners into the ring through the centres
// of the pixels on its right, numbered by their indices.
func contourRing(corners Ring) Ring {
	var ring Ring
	add := func(p Point) {
		n := len(ring)
		switch {
		case n > 0 && ring[n-1] == p:
		case n > 1 && straight(ring[n-2], ring[n-1], p):
			ring[n-1] = p
		default:
			ring = append(ring, p)
		}
	}
	for i, a := range corners {
		b := corners[(i+1)%len(corners)]
		switch { // the first and the last pixel along the side from a to b
		case b[0] > a[0]:
			add(a)
			add(Point{b[0] - 1, b[1]})
		case b[1] > a[1]:
			add(Point{a[0] - 1, a[1]})
			add(Point{b[0] - 1, b[1] - 1})
		case b[0] < a[0]:
			add(Point{a[0] - 1, a[1] - 1})
			add(Point{b[0], b[1] - 1})
		default:
			add(Point{a[0], a[1] - 1})
			add(b)
		}
	}
	for n := len(ring); n > 1 && ring[n-1] == ring[0]; n-- {
		ring = ring[:n-1]
	}
	for n := len(ring); n > 2 && straight(ring[n-2], ring[n-1], ring[0]); n-- {
		ring = ring[:n-1]
	}
	for n := len(ring); n > 2 && straight(ring[n-1], ring[0], ring[1]); n-- {
		ring = ring[1:]
	}
	for len(ring) < 3 {
		ring = append(ring, ring[0])
	}
	return ring
}

// straight reports whether the path from a through b to c keeps its direction.
func straight(a, b, c Point) bool {
	ux, uy, vx, vy := b[0]-a[0], b[1]-a[1], c[0]-b[0], c[1]-b[1]
	return float64(ux*vy) == float64(uy*vx) && float64(ux*vx)+float64(uy*vy) > 0
}

// cutColumns returns the fewest vertical lines that meet every hole, from left
// to right. A line along the side of a hole meets it.
func cutColumns(holes []Ring) []int32 {
	type span struct{ x0, x1 float64 }
	spans := make([]span, 0, len(holes))
	for _, hole := range holes {
		s := span{hole[0][0], hole[0][0]}
		for _, p := range hole {
			s.x1 = max(s.x1, p[0])
		}
		spans = append(spans, s)
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.x1, b.x1) })
	var cuts []int32
	last := -1.0
	for _, s := range spans {
		if s.x0 > last {
			last = s.x1
			cuts = append(cuts, int32(last))
		}
	}
	return cuts
}

// cutBlocks splits blocks at vertical lines. No block wider than one column
// crosses a line, because the column to the left of a line passes through a
// hole and is not full.
func cutBlocks(blocks []block, cuts []int32) [][]block {
	var pieces [][]block
	for _, x := range cuts {
		n, _ := slices.BinarySearchFunc(blocks, x, func(b block, x int32) int { return cmp.Compare(b.x0, x) })
		pieces = append(pieces, blocks[:n])
		blocks = blocks[n:]
	}
	return append(pieces, blocks)
}

// An edge is a side of block e/2: if e is even, its top side from left to
// right; if e is odd, its bottom side from right to left. The foreground is on
// the right of the edge.
type edge = int32

// tracePolygons traces blocks in column-major order. It works on whole sides of
// blocks, and a ring is a cycle of sides. On each vertical line between two
// columns, it links every side that ends there with the side that continues the
// ring.
func tracePolygons(blocks []block, conn Connectivity) []Polygon {
	next := make([]edge, 2*len(blocks))
	eachLine(blocks, func(_ int32, l0, l1, r0, r1 int) {
		linkLine(next, blocks, l0, l1, r0, r1, conn != Conn4)
	})
	labels, n := labelBlocks(blocks, conn)
	polygons := make([]Polygon, n)
	// Every ring has a top side, and the first top side of a component, in
	// column-major order, is on its outer ring.
	for i := range blocks {
		if e := edge(2 * i); next[e] >= 0 {
			ring := takeRing(next, blocks, e)
			if p := &polygons[labels[i]]; p.Outer == nil {
				p.Outer = ring
			} else {
				p.Holes = append(p.Holes, ring)
			}
		}
	}
	for _, p := range polygons {
		slices.SortFunc(p.Holes, func(a, b Ring) int { return comparePoints(a[0], b[0]) })
	}
	return polygons
}

func comparePoints(a, b Point) int {
	return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1]))
}

// linkLine links the sides that meet on one vertical line. blocks[l0:l1] are to
// the left of the line and blocks[r0:r1] to the right. Going down the line, it
// meets the ends of blocks. Between two ends the line is a side of a ring if
// there is foreground on only one hand. The side goes from top to bottom if the
// foreground is on the left, and from bottom to top if it is on the right. open
// is the known edge at that side: the edge before it if the side goes down, and
// the edge after it if it goes up.
func linkLine(next []edge, blocks []block, l0, l1, r0, r1 int, across bool) {
	const never = 1<<31 - 1
	var left, right bool // foreground above the current end
	var open edge
	for l0 < l1 || r0 < r1 {
		ly, ry := int32(never), int32(never)
		if l0 < l1 {
			ly = blockEnd(blocks[l0], left)
		}
		if r0 < r1 {
			ry = blockEnd(blocks[r0], right)
		}
		l, r := edge(2*l0), edge(2*r0)
		if left {
			l++
		}
		if right {
			r++
		}
		switch {
		case ly < ry:
			switch {
			case left == right: // a side begins: it goes down after l, or up before it
				open = l
			case left: // down, then along the bottom
				next[open] = l
			default: // along the top, then up
				next[l] = open
			}
		case ry < ly:
			switch {
			case left == right:
				open = r
			case right:
				next[r] = open
			default:
				next[open] = r
			}
		case left == right: // the edge continues straight
			if left {
				next[r] = l
			} else {
				next[l] = r
			}
		case left: // foreground above on the left and below on the right
			if across {
				next[open], open = r, l
			} else {
				next[open], open = l, r
			}
		default: // above on the right and below on the left
			if across {
				next[l], open = open, r
			} else {
				next[r], open = open, l
			}
		}
		if ly <= ry {
			if left {
				l0++
			}
			left = !left
		}
		if ry <= ly {
			if right {
				r0++
			}
			right = !right
		}
	}
}

// blockEnd returns the next end of a block, going down.
func blockEnd(b block, inside bool) int32 {
	if inside {
		return b.y1
	}
	return b.y0
}

// takeRing follows the ring of side e to its end, marking its sides as taken.
func takeRing(next []edge, blocks []block, e edge) Ring {
	var ring Ring
	for next[e] >= 0 {
		f := next[e]
		next[e] = -1
		b, c := blocks[e/2], blocks[f/2]
		x, y0, y1 := b.x1, b.y0, c.y0
		if e%2 == 1 {
			x, y0 = b.x0, b.y1
		}
		if f%2 == 1 {
			y1 = c.y1
		}
		if y0 != y1 {
			ring = append(ring, Point{float64(x), float64(y0)}, Point{float64(x), float64(y1)})
		}
		e = f
	}
	first := 0
	for i, p := range ring {
		if comparePoints(p, ring[first]) < 0 {
			first = i
		}
	}
	return append(ring[first:len(ring):len(ring)], ring[:first]...)
}
