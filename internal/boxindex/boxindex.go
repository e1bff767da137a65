// Package boxindex finds the boxes of an image that meet each other, without comparing every
// box with every other: the time grows with the number of boxes and of pairs that meet.
package boxindex

import (
	"math"
	"math/bits"
	"slices"
)

// A Box is a part of the plane, with its edges: boxes that only touch meet. A box that ends
// before it begins, or has a corner that is not a number, has no point and meets nothing.
type Box struct{ X0, Y0, X1, Y1 float64 }

// some reports whether the box has a point.
func (a Box) some() bool { return a.X0 <= a.X1 && a.Y0 <= a.Y1 }

// An Index holds some boxes of a list. Boxes of about the same width and height are in one
// grid, each in the cell of its top left corner. The cells are as large as the largest of
// these boxes, so one that meets another is in the same cell or in one next to it. Long,
// thin and large boxes have grids of their own, and do not make those of the small ones
// coarse. Cells are found by a hash, so it does not matter where in the plane the boxes are.
//
// The zero Index has an empty list. An Index reuses memory, so two goroutines must not use
// it at the same time.
type Index struct {
	boxes []Box
	grids []grid
	cells []place // of each box; grid -1: it has no point
	heads []int32 // by hash of the cell: the box added last; -1: none; empty: there are few boxes
	next  []int32 // for each box the one with the same hash before it; -1: none
	lists []int32 // of all grids: the boxes added
}

// A place is a cell of a grid.
type place struct{ grid, column, row int32 }

// A grid holds the boxes of one class of widths and heights.
type grid struct {
	class         [2]int8
	of            int     // number of boxes of the list that belong here
	left, top     float64 // least corner
	right, bottom float64 // greatest corner
	width, height float64 // of the largest box
	perX, perY    float64 // cells per unit
	wide, high    int32   // how many cells a box reaches beyond its own
	list          []int32 // the boxes added
}

// Reset replaces the list of boxes, none of which is added yet. The index keeps the slice,
// which must not change.
func (x *Index) Reset(boxes []Box) {
	x.boxes, x.grids = boxes, x.grids[:0]
	x.cells, x.next = slices.Grow(x.cells[:0], len(boxes))[:len(boxes)], slices.Grow(x.next[:0], len(boxes))[:len(boxes)]
	x.lists = slices.Grow(x.lists[:0], len(boxes))[:len(boxes)]
	if len(boxes) <= few {
		x.heads = x.heads[:0]
		x.grids = append(x.grids, grid{list: x.lists[:0]})
		for i := range boxes {
			if x.cells[i].grid = -1; boxes[i].some() {
				x.cells[i].grid = 0
			}
		}
		return
	}
	size := 1 << bits.Len(uint(2*len(boxes)))
	x.heads = slices.Grow(x.heads[:0], size)[:size]
	for i := range x.heads {
		x.heads[i] = -1
	}
	wide, high := 0.0, 0.0 // the largest
	for i := range boxes {
		if b := &boxes[i]; b.some() {
			wide, high = max(wide, b.X1-b.X0), max(high, b.Y1-b.Y0)
		}
	}
	for i := range boxes {
		b := &boxes[i]
		x.cells[i].grid = -1
		if b.some() {
			k := x.gridOf([2]int8{class(b.X1-b.X0, wide), class(b.Y1-b.Y0, high)})
			x.grids[k].widen(b)
			x.cells[i].grid = k
		}
	}
	at := 0
	for k := range x.grids {
		g := &x.grids[k]
		g.list = x.lists[at : at : at+g.of]
		at += g.of
		g.perX, g.perY = per(g.width, g.right-g.left, g.of), per(g.height, g.bottom-g.top, g.of)
	}
	for i := range boxes {
		if k := x.cells[i].grid; k >= 0 {
			g, b := &x.grids[k], &boxes[i]
			p := place{k, g.column(b.X0), g.row(b.Y0)}
			g.wide, g.high = max(g.wide, g.column(b.X1)-p.column), max(g.high, g.row(b.Y1)-p.row)
			x.cells[i] = p
		}
	}
}

// few is the largest number of boxes that are compared one by one.
const few = 16

// narrowest is the class of the narrowest boxes.
const narrowest = 12

// class says how much narrower a box is than the widest one, in powers of four.
func class(side, largest float64) int8 {
	c := int8(0)
	for limit := largest / 4; c < narrowest && side < limit; c++ {
		limit /= 4
	}
	return c
}

// gridOf returns the index of the grid of a class. There are few.
func (x *Index) gridOf(class [2]int8) int32 {
	for k := range x.grids {
		if x.grids[k].class == class {
			return int32(k)
		}
	}
	x.grids = append(x.grids, grid{class: class, left: math.Inf(1), top: math.Inf(1), right: math.Inf(-1), bottom: math.Inf(-1)})
	return int32(len(x.grids) - 1)
}

// widen counts a box.
func (g *grid) widen(b *Box) {
	g.of++
	g.left, g.top = min(g.left, b.X0), min(g.top, b.Y0)
	g.right, g.bottom = max(g.right, b.X0), max(g.bottom, b.Y0)
	g.width, g.height = max(g.width, b.X1-b.X0), max(g.height, b.Y1-b.Y0)
}

// per returns the number of cells per unit for n boxes: cells of the side, or if that is
// less than any rounding, few enough for a number to count them.
func per(side, extent float64, n int) float64 {
	if least := extent / most; !(side > least) {
		side = extent / float64(n)
	}
	if v := 1 / side; v > 0 && !math.IsInf(v, 0) {
		return v
	}
	return 0 // a single cell
}

// most is the number of the last column or row.
const most = 1 << 30

// column and row return the cell of a coordinate. They never fall as the coordinate grows,
// rounding included, which is all that finding the boxes needs.
func (g *grid) column(x float64) int32 { return number((x - g.left) * g.perX) }
func (g *grid) row(y float64) int32    { return number((y - g.top) * g.perY) }

func number(v float64) int32 {
	if v > 0 {
		return int32(min(v, most))
	}
	return 0
}

// head returns the place of the first box with the hash of a cell.
func (x *Index) head(p place) *int32 {
	h := uint64(p.column)*0x9e3779b97f4a7c15 + uint64(p.row)*0xc2b2ae3d27d4eb4f + uint64(p.grid)*0x165667b19e3779f9
	h ^= h >> 29
	h *= 0xbf58476d1ce4e5b9
	return &x.heads[h>>32&uint64(len(x.heads)-1)]
}

// Add adds box i of the list. Add it once.
func (x *Index) Add(i int) {
	p := x.cells[i]
	if p.grid < 0 {
		return
	}
	g := &x.grids[p.grid]
	g.list = append(g.list, int32(i))
	if len(x.heads) > 0 {
		head := x.head(p)
		x.next[i], *head = *head, int32(i)
	}
}

// AppendMeeting appends the indices of the boxes added so far that share a point with b, in
// no particular order.
func (x *Index) AppendMeeting(dst []int32, b Box) []int32 {
	x.visit(b, func(i int32) bool {
		dst = append(dst, i)
		return true
	})
	return dst
}

// MeetsOther reports whether box i of the list shares a point with one of the other boxes
// added so far.
func (x *Index) MeetsOther(i int) bool {
	return !x.visit(x.boxes[i], func(other int32) bool { return int(other) == i })
}

// visit calls f with each of the boxes added so far that share a point with b, until f
// reports false. It reports whether f never did.
func (x *Index) visit(b Box, f func(i int32) bool) bool {
	if !b.some() {
		return true
	}
	for k := range x.grids {
		g := &x.grids[k]
		left, right, top, bottom := g.around(b)
		if len(x.heads) == 0 || (int64(right-left)+1)*(int64(bottom-top)+1) > int64(len(g.list)) {
			for _, i := range g.list {
				if x.boxes[i].touches(&b) && !f(i) {
					return false
				}
			}
			continue
		}
		p := place{grid: int32(k)}
		for p.row = top; p.row <= bottom; p.row++ {
			for p.column = left; p.column <= right; p.column++ {
				for i := *x.head(p); i >= 0; i = x.next[i] {
					if x.cells[i] == p && x.boxes[i].touches(&b) && !f(i) {
						return false
					}
				}
			}
		}
	}
	return true
}

// around returns the columns and rows that may have a box that meets b.
func (g *grid) around(b Box) (left, right, top, bottom int32) {
	return max(0, g.column(b.X0)-g.wide), g.column(b.X1), max(0, g.row(b.Y0)-g.high), g.row(b.Y1)
}

// touches reports whether two boxes that have a point share one.
func (a *Box) touches(b *Box) bool {
	return a.X0 <= b.X1 && b.X0 <= a.X1 && a.Y0 <= b.Y1 && b.Y0 <= a.Y1
}

// Pairs calls visit with the indices of every two boxes that share a point, the later one
// first, each pair once, until visit reports false. It reports whether it visited all. The
// first index never falls.
func (x *Index) Pairs(boxes []Box, visit func(later, earlier int) bool) bool {
	x.Reset(boxes)
	var met []int32
	for i := range boxes {
		met = x.AppendMeeting(met[:0], boxes[i])
		for _, j := range met {
			if !visit(i, int(j)) {
				return false
			}
		}
		x.Add(i)
	}
	return true
}
