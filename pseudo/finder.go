package pseudo

import "math"

// A finder finds the box in a growing list that a given box overlaps most. Up
// to fewBoxes it tries all boxes. Beyond that it uses a grid of cells to try
// only those whose centres are near enough.
//
// How near is enough: if the IoU is above t, the overlap along one axis is more
// than t times the longer side. If the other side is w' and this one w, the
// centres are then less than (w+w')/2 - t*max(w, w') apart, and w' is below
// w/t; so the distance is below w times max(1-t, (1/t-1)/2).
type finder struct {
	least          float64 // IoU to exceed
	reach          float64 // largest distance of centres, in side lengths; infinite if least is 0
	x0, y0, x1, y1 []float64
	area           []float64
	// The grid. cols is 0 as long as there is none.
	wantCols, wantRows int
	cols, rows         int
	perX, perY         float64 // cells per unit
	head               []int32 // first box of each cell; -1: none
	next               []int32 // next box in the same cell, for each box
	cell               []int32 // of each box
}

// fewBoxes is the largest number of boxes that are tried one by one. The number
// is measured.
const fewBoxes = 16

// maxCells limits the columns and the rows of the grid.
const maxCells = 1 << 12

// slack, in cells, exceeds the rounding error of a centre. A box may be so thin that
// its reach is smaller than that error.
const slack = 1e-9

// reset empties the list. boxes are those that will be searched for.
func (f *finder) reset(boxes []candidate, width, height, least float64) {
	f.least = least
	f.reach = math.Inf(1)
	if least > 0 {
		f.reach = max(1-least, (1/least-1)/2) * (1 + 1e-6)
	}
	f.x0, f.y0, f.x1, f.y1, f.area = f.x0[:0], f.y0[:0], f.x1[:0], f.y1[:0], f.area[:0]
	f.next, f.cell, f.cols = f.next[:0], f.cell[:0], 0
	f.wantCols = 0
	if len(boxes) <= fewBoxes || least == 0 {
		return
	}
	var w, h float64
	for i := range boxes {
		w += boxes[i].box[2] - boxes[i].box[0]
		h += boxes[i].box[3] - boxes[i].box[1]
	}
	n := float64(len(boxes))
	most := min(maxCells, 2*math.Sqrt(n)) // at most four cells per box
	f.wantCols = cellsFor(width, w/n*f.reach, most)
	f.wantRows = cellsFor(height, h/n*f.reach, most)
	f.perX, f.perY = float64(f.wantCols)/width, float64(f.wantRows)/height
}

func cellsFor(size, reach, most float64) int {
	return int(max(1, min(most, size/reach)))
}

// add appends a box.
func (f *finder) add(b *Corners) {
	k := int32(len(f.x0))
	f.x0, f.y0, f.x1, f.y1 = append(f.x0, b[0]), append(f.y0, b[1]), append(f.x1, b[2]), append(f.y1, b[3])
	f.area = append(f.area, area(b))
	if f.wantCols == 0 {
		return
	}
	f.next, f.cell = append(f.next, -1), append(f.cell, -1)
	if f.cols > 0 {
		f.put(k)
	} else if len(f.x0) > fewBoxes {
		f.cols, f.rows = f.wantCols, f.wantRows
		f.head = f.head[:0]
		for range f.cols * f.rows {
			f.head = append(f.head, -1)
		}
		for k := range f.x0 {
			f.put(int32(k))
		}
	}
}

// move moves box k.
func (f *finder) move(k int, b *Corners) {
	f.x0[k], f.y0[k], f.x1[k], f.y1[k] = b[0], b[1], b[2], b[3]
	f.area[k] = area(b)
	if f.cols == 0 {
		return
	}
	if c := f.cellOf(k); c != f.cell[k] {
		for p := &f.head[f.cell[k]]; ; p = &f.next[*p] {
			if *p == int32(k) {
				*p = f.next[k]
				break
			}
		}
		f.put(int32(k))
	}
}

// put adds box k to its cell.
func (f *finder) put(k int32) {
	c := f.cellOf(int(k))
	f.cell[k] = c
	f.next[k], f.head[c] = f.head[c], k
}

func (f *finder) cellOf(k int) int32 {
	x := bound((f.x0[k]+f.x1[k])/2*f.perX, f.cols)
	y := bound((f.y0[k]+f.y1[k])/2*f.perY, f.rows)
	return int32(y*f.cols + x)
}

// bound returns the cell of a position, limited to 0..n-1.
func bound(v float64, n int) int {
	if !(v > 0) {
		return 0
	}
	return min(int(min(v, maxCells)), n-1)
}

// search returns the box with the greatest IoU, and the first of these if there
// are several. It returns -1 if no IoU exceeds f.least. If first is set, it
// returns the first box whose IoU does.
func (f *finder) search(b *Corners, first bool) int {
	s := search{x0: b[0], y0: b[1], x1: b[2], y1: b[3], area: area(b), best: f.least, at: -1}
	if f.cols > 0 {
		rx, ry := float64((b[2]-b[0])*f.reach), float64((b[3]-b[1])*f.reach)
		cx, cy := float64((b[0]+b[2])/2), float64((b[1]+b[3])/2)
		left, right := bound(float64((cx-rx)*f.perX)-slack, f.cols), bound(float64((cx+rx)*f.perX)+slack, f.cols)
		top, bottom := bound(float64((cy-ry)*f.perY)-slack, f.rows), bound(float64((cy+ry)*f.perY)+slack, f.rows)
		if (right-left+1)*(bottom-top+1) <= len(f.x0) {
			for y := top; y <= bottom; y++ {
				for x := left; x <= right; x++ {
					for k := f.head[y*f.cols+x]; k >= 0; k = f.next[k] {
						f.try(&s, int(k), first)
					}
				}
			}
			return s.at
		}
	}
	x0, y0, x1, y1 := f.x0, f.y0[:len(f.x0)], f.x1[:len(f.x0)], f.y1[:len(f.x0)]
	for k := range x0 {
		// All four differences are negative if the boxes overlap. This takes
		// one branch instead of four unpredictable ones.
		apart := math.Float64bits(x0[k]-s.x1) & math.Float64bits(s.x0-x1[k]) & math.Float64bits(y0[k]-s.y1) & math.Float64bits(s.y0-y1[k])
		if int64(apart) < 0 {
			if f.try(&s, k, first); first && s.at >= 0 {
				break
			}
		}
	}
	return s.at
}

// search is the state of a search.
type search struct {
	x0, y0, x1, y1 float64
	area           float64
	best           float64
	at             int
}

// try compares box k.
func (f *finder) try(s *search, k int, first bool) {
	left, right, top, bottom := f.x0[k], f.x1[k], f.y0[k], f.y1[k]
	if s.x0 > left {
		left = s.x0
	}
	if s.x1 < right {
		right = s.x1
	}
	if s.y0 > top {
		top = s.y0
	}
	if s.y1 < bottom {
		bottom = s.y1
	}
	if left >= right || top >= bottom {
		return
	}
	inter := float64((right - left) * (bottom - top))
	over := float64(f.area[k]+s.area) - inter
	if inter < float64(s.best*over)*(1-1e-9) {
		return
	}
	v := inter / over
	switch {
	case first:
		if v > f.least && (s.at < 0 || k < s.at) {
			s.at = k // best does not change: any IoU above f.least is enough
		}
	case v > s.best || v == s.best && s.at > k:
		s.best, s.at = v, k
	}
}
