package yolo

import (
	"cmp"
	"slices"

	"github.com/hubdata/hubdata/rle"
)

// maxSearch is the largest number of pixels around a mask in which ways between its parts
// are looked for; it takes 8 bytes for each.
const maxSearch = 1 << 24

// A span is a way between two parts, from a pixel of the one to a pixel of the other.
type span struct {
	parts [2]int
	path  []pixel
}

// added is the number of pixels between the parts.
func (s *span) added() int { return len(s.path) - 2 }

// spans returns which parts of a mask belong in its outline, and the ways between them. The
// ways cross the fewest pixels: they are a minimum spanning tree. Seen from the largest part,
// a part is kept with what is behind it if this has at least as many pixels as the way.
// If the mask is spread over too large an image, the largest part alone is kept.
func spans(m rle.Mask, parts []rle.Polygon) (kept []bool, paths [][]pixel) {
	kept = make([]bool, len(parts))
	areas := make([]int, len(parts))
	largest := 0
	for i, part := range parts {
		areas[i] = area(part)
		if areas[i] > areas[largest] {
			largest = i
		}
	}
	kept[largest] = true
	box := m.Bounds()
	if len(parts) == 1 || box.W*box.H > maxSearch {
		return kept, nil
	}
	tree := make([][]span, len(parts)) // by part
	for _, s := range spanningTree(search(m, len(parts))) {
		for _, part := range s.parts {
			tree[part] = append(tree[part], s)
		}
	}
	// Parts by their distance from the largest one in the tree, and how each is reached.
	order, way := []int{largest}, make([]*span, len(parts))
	seen := make([]bool, len(parts))
	seen[largest] = true
	for i := 0; i < len(order); i++ {
		for k := range tree[order[i]] {
			s := &tree[order[i]][k]
			if next := other(s, order[i]); !seen[next] {
				seen[next], way[next] = true, s
				order = append(order, next)
			}
		}
	}
	worth := slices.Clone(areas) // with what is behind it
	for _, part := range slices.Backward(order[1:]) {
		if gain := worth[part] - way[part].added(); gain >= 0 {
			worth[other(way[part], part)] += gain
		} else {
			worth[part] = -1
		}
	}
	for _, part := range order[1:] {
		if s := way[part]; worth[part] >= 0 && kept[other(s, part)] {
			kept[part] = true
			paths = append(paths, s.path)
		}
	}
	return kept, paths
}

func other(s *span, part int) int { return s.parts[0] + s.parts[1] - part }

// area is the number of pixels of a part.
func area(p rle.Polygon) int {
	twice := 0.
	for _, ring := range append([]rle.Ring{p.Outer}, p.Holes...) { // holes run the other way around
		last := ring[len(ring)-1]
		for _, q := range ring {
			twice += float64(last[0]*q[1]) - float64(last[1]*q[0])
			last = q
		}
	}
	return int(max(twice, -twice)) / 2
}

// spanningTree returns the spans that connect all parts by the fewest pixels.
func spanningTree(spans []span) []span {
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(len(a.path), len(b.path)) })
	group := map[int]int{}
	find := func(part int) int {
		for {
			up, ok := group[part]
			if !ok {
				return part
			}
			if further, ok := group[up]; ok {
				group[part] = further
			}
			part = up
		}
	}
	return slices.DeleteFunc(spans, func(s span) bool {
		a, b := find(s.parts[0]), find(s.parts[1])
		if a != b {
			group[a] = b
		}
		return a == b
	})
}

// A field says of each pixel of a window, column by column, which part is nearest, and how
// many steps away, of which each leads to one of 8 neighbours.
type field struct {
	x, y, w, h int // of the window
	part       []int32
	steps      []int32
}

// search returns for each two parts whose surroundings touch the shortest way between them
// there. The surroundings grow from all parts at the same speed.
func search(m rle.Mask, parts int) []span {
	box := m.Bounds()
	f := field{x: int(box.X), y: int(box.Y), w: int(box.W), h: int(box.H)}
	f.part, f.steps = make([]int32, f.w*f.h), make([]int32, f.w*f.h)
	for i := range f.part {
		f.part[i] = -1
	}
	queue := f.grow(m)
	for next := 0; next < len(queue); next++ {
		at := queue[next]
		for to := range f.around(int(at)) {
			if f.part[to] < 0 {
				f.part[to], f.steps[to] = f.part[at], f.steps[at]+1
				queue = append(queue, int32(to))
			}
		}
	}
	type meeting struct{ from, to int }
	best := make(map[[2]int32]meeting, parts)
	length := func(k meeting) int32 { return f.steps[k.from] + f.steps[k.to] }
	var pairs [][2]int32 // in the order of the pixels
	for from := range f.part {
		for to := range f.around(from) {
			if f.part[from] >= f.part[to] {
				continue
			}
			pair, k := [2]int32{f.part[from], f.part[to]}, meeting{from, to}
			known, ok := best[pair]
			if !ok {
				pairs = append(pairs, pair)
			}
			if !ok || length(k) < length(known) {
				best[pair] = k
			}
		}
	}
	spans := make([]span, len(pairs))
	for i, pair := range pairs {
		path := f.back(best[pair].from)
		slices.Reverse(path)
		spans[i] = span{parts: [2]int{int(pair[0]), int(pair[1])}, path: append(path, f.back(best[pair].to)...)}
	}
	return spans
}

// grow fills in the parts themselves and returns their pixels.
func (f *field) grow(m rle.Mask) []int32 {
	var queue []int32
	for i, part := range m.Components(rle.Conn4) {
		h, _ := part.Size()
		pos, on := 0, false
		for _, run := range part.Runs() {
			for k := pos; on && k < pos+int(run); k++ {
				at := (k/h-f.x)*f.h + k%h - f.y
				f.part[at] = int32(i)
				queue = append(queue, int32(at))
			}
			pos, on = pos+int(run), !on
		}
	}
	return queue
}

// around yields the neighbours of a pixel, those at its sides first.
func (f *field) around(at int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		x, y := at/f.h, at%f.h
		for _, d := range [...][2]int{{-1, 0}, {0, -1}, {0, 1}, {1, 0}, {-1, -1}, {-1, 1}, {1, -1}, {1, 1}} {
			if nx, ny := x+d[0], y+d[1]; nx >= 0 && ny >= 0 && nx < f.w && ny < f.h && !yield(nx*f.h+ny) {
				return
			}
		}
	}
}

// back returns the way from a pixel to its part.
func (f *field) back(at int) []pixel {
	path := []pixel{{f.x + at/f.h, f.y + at%f.h}}
	for f.steps[at] > 0 {
		for to := range f.around(at) {
			if f.part[to] == f.part[at] && f.steps[to] == f.steps[at]-1 {
				at = to
				break
			}
		}
		path = append(path, pixel{f.x + at/f.h, f.y + at%f.h})
	}
	return path
}
