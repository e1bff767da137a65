package rle

// Connectivity defines which neighbours of a pixel touch it: the 4 that share a
// side with it, or the 8 that share a side or a corner.
type Connectivity uint8

// The connectivities. Any other value is treated as Conn8.
const (
	Conn4 Connectivity = 4
	Conn8 Connectivity = 8
)

// Components returns the connected parts of the foreground as masks of the same
// size, ordered by their first pixel in column-major order: from left to right
// and, among those that begin in the same column, from top to bottom. The
// components are the same as those of cv2.connectedComponents and
// skimage.measure.label, but those functions number them row by row.
func (m Mask) Components(conn Connectivity) []Mask {
	blocks := m.blocks(true)
	var parts []Mask
	for _, group := range groupBlocks(blocks, conn) {
		parts = append(parts, fromBlocks(m.h, m.w, group))
	}
	return parts
}

// RemoveSmall returns the mask without the components of fewer than minArea
// pixels: skimage.morphology.remove_small_objects.
func (m Mask) RemoveSmall(minArea int, conn Connectivity) Mask {
	blocks := m.blocks(true)
	labels, n := labelBlocks(blocks, conn)
	areas := labelAreas(blocks, labels, n)
	kept := blocks[:0]
	for i, b := range blocks {
		if areas[labels[i]] >= minArea {
			kept = append(kept, b)
		}
	}
	return fromBlocks(m.h, m.w, kept)
}

// Largest returns the component with the most pixels. Among components of equal
// size it returns the first in the order of [Mask.Components]. A mask without
// foreground is returned unchanged.
func (m Mask) Largest(conn Connectivity) Mask {
	blocks := m.blocks(true)
	labels, n := labelBlocks(blocks, conn)
	best := int32(0)
	areas := labelAreas(blocks, labels, n)
	for label, area := range areas {
		if area > areas[best] {
			best = int32(label)
		}
	}
	kept := blocks[:0]
	for i, b := range blocks {
		if labels[i] == best {
			kept = append(kept, b)
		}
	}
	return fromBlocks(m.h, m.w, kept)
}

// A block is a rectangle of pixels of one value, columns x0 to x1-1 and rows y0
// to y1-1: the part of a run in one column, or the full columns in the middle
// of a run that spans several. Only a block as high as the mask can be wider
// than one column. A list of blocks is therefore never much longer than the
// list of runs, however many columns these span.
type block struct{ x0, x1, y0, y1 int32 }

func (b block) area() int { return int(b.x1-b.x0) * int(b.y1-b.y0) }

// blocks returns the blocks of the foreground, or of the background, in
// column-major order. No two blocks of one column touch.
func (m Mask) blocks(foreground bool) []block {
	list := make([]block, 0, len(m.runs)/2+2)
	pos := 0
	for i, r := range m.runs {
		n := int(r)
		if i%2 == 1 != foreground {
			pos += n
			continue
		}
		for n > 0 {
			x, y := pos/m.h, pos%m.h
			b := block{int32(x), int32(x + 1), int32(y), int32(min(m.h, y+n))}
			if y == 0 && n >= m.h {
				b.x1 = int32(x + n/m.h)
			}
			list = append(list, b)
			pos, n = pos+b.area(), n-b.area()
		}
	}
	return list
}

// fromBlocks makes the h x w mask of disjoint blocks in column-major order.
func fromBlocks(h, w int, blocks []block) Mask {
	if h*w == 0 {
		return Mask{h: h, w: w}
	}
	runs := make([]uint32, 0, 2*len(blocks)+1)
	pos := 0 // pixels covered by runs
	for _, b := range blocks {
		start := int(b.x0)*h + int(b.y0)
		if start == pos && len(runs) > 0 {
			runs[len(runs)-1] += uint32(b.area())
		} else {
			runs = append(runs, uint32(start-pos), uint32(b.area()))
		}
		pos = start + b.area()
	}
	if pos < h*w {
		runs = append(runs, uint32(h*w-pos))
	}
	return Mask{h: h, w: w, runs: runs}
}

// labelBlocks numbers the connected parts of blocks in column-major order, by
// their first block: labels[i] is from 0 to n-1.
func labelBlocks(blocks []block, conn Connectivity) (labels []int32, n int) {
	// This is union-find in which the root of a component is its first block.
	// The parent of a block never comes after it.
	parent := make([]int32, len(blocks))
	for i := range parent {
		parent[i] = int32(i)
	}
	eachTouching(blocks, conn, func(i, j int32) {
		a, b := findRoot(parent, i), findRoot(parent, j)
		parent[max(a, b)] = min(a, b)
	})
	for i, p := range parent { // parents are numbered before their children
		if int(p) == i {
			parent[i] = int32(n)
			n++
		} else {
			parent[i] = parent[p]
		}
	}
	return parent, n
}

// findRoot follows parents to the root, halving the path on its way.
func findRoot(parent []int32, i int32) int32 {
	for parent[i] != i {
		parent[i] = parent[parent[i]]
		i = parent[i]
	}
	return i
}

// eachTouching calls touch for every two blocks i < j, of neighbouring
// columns, that touch.
func eachTouching(blocks []block, conn Connectivity, touch func(i, j int32)) {
	reach := int32(1) // blocks that meet at a corner touch
	if conn == Conn4 {
		reach = 0
	}
	eachLine(blocks, func(_ int32, l0, l1, r0, r1 int) {
		for i, j := l0, r0; i < l1 && j < r1; {
			a, b := blocks[i], blocks[j]
			if a.y0 < b.y1+reach && b.y0 < a.y1+reach {
				touch(int32(i), int32(j))
			}
			// The block that ends first touches nothing further, because the
			// next block of the other column begins at least a row below it. If
			// both end in the same row, this holds for both.
			if a.y1 < b.y1 {
				i++
			} else {
				j++
			}
		}
	})
}

// eachLine calls do for every vertical line x, from left to right, on which
// blocks end or begin. blocks[l0:l1] end there and blocks[r0:r1] begin there.
func eachLine(blocks []block, do func(x int32, l0, l1, r0, r1 int)) {
	l0, l1 := 0, 0
	for r0 := 0; r0 < len(blocks) || l0 < l1; {
		var x int32
		if l0 < l1 {
			x = blocks[l0].x1
		} else {
			x = blocks[r0].x0
		}
		r1 := r0
		for r1 < len(blocks) && blocks[r1].x0 == x {
			r1++
		}
		do(x, l0, l1, r0, r1)
		l0, l1, r0 = r0, r1, r1
	}
}

// labelAreas counts the pixels of each of n labels.
func labelAreas(blocks []block, labels []int32, n int) []int {
	areas := make([]int, n)
	for i, b := range blocks {
		areas[labels[i]] += b.area()
	}
	return areas
}

// groupBlocks sorts blocks into connected parts, each in column-major order,
// in the order of their first blocks.
func groupBlocks(blocks []block, conn Connectivity) [][]block {
	labels, n := labelBlocks(blocks, conn)
	ends := make([]int, n)
	for _, l := range labels {
		ends[l]++
	}
	groups := make([][]block, n)
	sorted := make([]block, len(blocks))
	for l, at := 0, 0; l < n; l++ {
		groups[l] = sorted[at : at : at+ends[l]]
		at += ends[l]
	}
	for i, l := range labels {
		groups[l] = append(groups[l], blocks[i])
	}
	return groups
}
