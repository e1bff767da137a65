package yolo

import (
	"cmp"
	"slices"

	"github.com/hubdata/hubdata/rle"
)

// A stop is a vertex of a ring, or a point of it where a bridge begins or ends.
type stop struct {
	vertex
	bridge int // -1: none
	end    int // of the bridge
}

// A joint is where a bridge meets a ring.
type joint struct {
	stop
	side int // from vertex side to the next one
}

// A bridge leads from one ring to another over pixels, each of which touches the next one,
// if only at a corner, or is in the same column.
type bridge struct {
	path []pixel
	ends [2]struct{ ring, stop int }
}

// An anchor is the end of a bridge, whose ring is looked for.
type anchor struct {
	bridge, end int
	below       bool // the ring's side is the upper one of the pixel
}

// joiner makes one outline of the rings of a mask.
type joiner struct {
	rings   [][]vertex
	joints  [][]joint // of each ring
	bridges []bridge
	anchors map[pixel][]anchor

	height int
	starts []int // of the mask's runs, column by column
}

// join returns the outline of a mask of several parts, or with holes.
func join(m rle.Mask, parts []rle.Polygon) outline {
	j := newJoiner(m)
	kept, paths := spans(m, parts)
	var o outline
	for i, part := range parts {
		if !kept[i] {
			o.left++
			continue
		}
		j.addRing(part.Outer)
		for _, hole := range part.Holes {
			j.addHole(hole)
		}
	}
	for _, path := range paths {
		b := j.addBridge(path)
		o.joined = o.joined || len(path) > 2
		for end, at := range []pixel{path[0], path[len(path)-1]} {
			j.anchors[at] = append(j.anchors[at], anchor{bridge: b, end: end})
		}
	}
	j.findAnchors()
	o.vertices = j.walk()
	return o
}

func newJoiner(m rle.Mask) *joiner {
	j := &joiner{anchors: map[pixel][]anchor{}}
	j.height, _ = m.Size()
	start := 0
	for _, run := range m.Runs() {
		j.starts = append(j.starts, start)
		start += int(run)
	}
	return j
}

// runTop returns the topmost row of the pixels of the mask that are straight above a pixel of
// it, without a gap.
func (j *joiner) runTop(p pixel) int {
	column := p.x * j.height
	run, found := slices.BinarySearch(j.starts, column+p.y)
	if !found {
		run--
	}
	return max(j.starts[run]-column, 0)
}

func (j *joiner) addRing(sides rle.Ring) int {
	j.rings = append(j.rings, appendInside(nil, sides))
	j.joints = append(j.joints, nil)
	return len(j.rings) - 1
}

func (j *joiner) addBridge(path []pixel) int {
	j.bridges = append(j.bridges, bridge{path: path})
	return len(j.bridges) - 1
}

// addHole adds the ring of a hole, and a bridge from its top straight up through the mask to
// the next ring. That ring begins further up, so the bridges of all holes lead to the
// outermost ring.
func (j *joiner) addHole(hole rle.Ring) {
	top := -1 // the side from here to the next vertex is the topmost one
	for i, p := range hole {
		if next := hole[(i+1)%len(hole)]; next[0] < p[0] && (top < 0 || p[1] < hole[top][1]) {
			top = i
		}
	}
	from := pixel{int(hole[(top+1)%len(hole)][0]), int(hole[top][1]) - 1}
	to := pixel{from.x, j.runTop(from)}
	b := j.addBridge([]pixel{from, to})
	j.settle(j.addRing(hole), top, from, anchor{bridge: b})
	j.anchors[to] = append(j.anchors[to], anchor{bridge: b, end: 1, below: true})
}

// settle puts the end of a bridge, in a pixel, on a side of a ring.
func (j *joiner) settle(ring, side int, at pixel, a anchor) {
	v := vertex{pixel: at, px: middle, py: middle}
	if from, to := j.side(ring, side); horizontal(from, to) {
		v.py = from.py
	} else {
		v.px = from.px
	}
	j.joints[ring] = append(j.joints[ring], joint{stop: stop{vertex: v, bridge: a.bridge, end: a.end}, side: side})
}

// side returns the ends of a side of a ring.
func (j *joiner) side(ring, side int) (from, to vertex) {
	vertices := j.rings[ring]
	return vertices[side], vertices[(side+1)%len(vertices)]
}

// horizontal reports whether a side is horizontal.
func horizontal(from, to vertex) bool { return from.y == to.y && from.py == to.py }

// findAnchors settles the ends of bridges on the rings that visit their pixels.
func (j *joiner) findAnchors() {
	for r := range j.rings {
		for side := range j.rings[r] {
			from, to := j.side(r, side)
			upper := horizontal(from, to) && from.py == low
			dx, dy := cmp.Compare(to.x, from.x), cmp.Compare(to.y, from.y)
			for p := from.pixel; ; p.x, p.y = p.x+dx, p.y+dy {
				if waiting, ok := j.anchors[p]; ok {
					j.anchors[p] = slices.DeleteFunc(waiting, func(a anchor) bool {
						if a.below && !upper {
							return false
						}
						j.settle(r, side, p, a)
						return true
					})
				}
				if p == to.pixel {
					break
				}
			}
		}
	}
}

// stops returns the vertices and joints of all rings in their order, and fills in the ends
// of bridges.
func (j *joiner) stops() [][]stop {
	all := make([][]stop, len(j.rings))
	for r, vertices := range j.rings {
		joints := j.joints[r]
		slices.SortStableFunc(joints, func(a, b joint) int {
			from := vertices[a.side].pixel
			return cmp.Or(cmp.Compare(a.side, b.side), cmp.Compare(steps(from, a.pixel), steps(from, b.pixel)))
		})
		for i, v := range vertices {
			all[r] = append(all[r], stop{vertex: v, bridge: -1})
			for ; len(joints) > 0 && joints[0].side == i; joints = joints[1:] {
				end := &j.bridges[joints[0].bridge].ends[joints[0].end]
				end.ring, end.stop = r, len(all[r])
				all[r] = append(all[r], joints[0].stop)
			}
		}
	}
	return all
}

// steps is the number of steps to a pixel in the same row or column.
func steps(a, b pixel) int { return max(a.x-b.x, b.x-a.x, a.y-b.y, b.y-a.y) }

// A visit is a ring that is being walked around.
type visit struct {
	ring int
	next int // stop; after the last one: that where the ring was entered
	left int // stops
}

// walk returns the vertices of all rings and bridges. It goes around the first ring, at each
// joint over the bridge to the next ring, around that, and back.
func (j *joiner) walk() []vertex {
	all := j.stops()
	var out []vertex
	stack := []visit{{left: len(all[0])}}
	for {
		v := &stack[len(stack)-1]
		if v.left == 0 && len(stack) == 1 {
			return out
		}
		s := all[v.ring][v.next]
		out = append(out, s.vertex)
		if s.bridge < 0 {
			v.next, v.left = (v.next+1)%len(all[v.ring]), v.left-1
			continue
		}
		b := &j.bridges[s.bridge]
		out = appendPath(out, b.path, s.end == 1)
		to := b.ends[1-s.end]
		out = append(out, all[to.ring][to.stop].vertex)
		if v.left == 0 { // back to the ring from which this one was entered
			stack = stack[:len(stack)-1]
			continue
		}
		v.next, v.left = (v.next+1)%len(all[v.ring]), v.left-1
		stops := len(all[to.ring])
		stack = append(stack, visit{ring: to.ring, next: (to.stop + 1) % stops, left: stops - 1})
	}
}

// appendPath appends the vertices of a bridge after its first pixel. A step to a pixel that
// touches at a corner begins as close to the corner as possible: the points that the loader
// puts on it are then in the pixel behind the corner.
func appendPath(dst []vertex, path []pixel, reverse bool) []vertex {
	at := func(i int) pixel {
		if reverse {
			i = len(path) - 1 - i
		}
		return path[i]
	}
	near := [...]place{nearLow, middle, nearHigh}
	for i := 1; i < len(path); i++ {
		from, to := at(i-1), at(i)
		dx, dy := to.x-from.x, to.y-from.y
		switch {
		case dx != 0 && dy != 0:
			dst = append(dst, vertex{from, near[1+dx], near[1+dy]})
		case i+1 < len(path) && at(i+1) == (pixel{to.x + dx, to.y + dy}):
			continue // a straight line
		}
		dst = append(dst, vertex{to, middle, middle})
	}
	return dst
}
