package slide

import (
	"cmp"
	"context"
	"slices"

	"github.com/hubdata/hubdata/internal/boxindex"
)

// Options are the rule by which two instances of neighbouring tiles are one on the slide.
// They have one class, and where both tiles see the same, they show the same: along a
// common edge of tiles that touch, the parts of the edge that they cover; where tiles
// overlap, their pixels.
type Options struct {
	_ struct{}

	// Share is the least part of the smaller of the two that both cover.
	Share float64
	// IoU is the least intersection over union of the two.
	IoU float64
	// Depth is how many pixels from the border of its tile an instance may end that goes on
	// beyond it. Tiles that overlap by no more than twice that are taken for tiles that touch:
	// so little shows nothing of an instance but that it goes on.
	Depth int
}

// DefaultOptions returns the rule that did best on real vessels, which were cut by tiles and
// drawn again with errors of some pixels. Annotators draw up to the border of a tile; the
// masks of models, which have scores, end up to 4 pixels before it. docs/stitch.md has the
// figures.
func DefaultOptions(scores bool) Options {
	o := Options{Share: 0.5, IoU: 0.15, Depth: 2}
	if scores {
		o.Depth = 4
	}
	return o
}

// Instance is an instance on a tile of a frame.
type Instance struct {
	Tile   int   // in Frame.Tiles
	Class  int64 // only instances of one class are joined,
	Crowd  bool  // and only crowds with crowds
	Region Region
	// Whole is the number of the instance on the slide, if that is known; 0: it is not.
	// Instances of one number are joined, and those of two are not.
	Whole int64
}

// Stitched says which instances of tiles are one on the slide.
type Stitched struct {
	Wholes []Whole
	Of     []int // the whole of each instance
	// Conflicts are joins that the rule would make, but which would unite two instances that
	// lie on top of each other on one tile, such as two detections of one vessel.
	Conflicts int
}

// Whole is an instance of the slide.
type Whole struct {
	Parts []int // its instances, ascending
	Ends
}

// Ends counts the places where an instance reaches the border of its tile and has no
// continuation.
type Ends struct {
	Outside    int // there is no tile
	Unlabelled int // the neighbour has no labels
	Unmatched  int // the neighbour has labels, but none that goes on there
}

// Open returns the number of ends.
func (e Ends) Open() int { return e.Outside + e.Unlabelled + e.Unmatched }

// Stitch finds which instances are one on the slide. Wholes are in the order of their
// first instances. The result depends only on the frame, the instances and the options.
func (f *Frame) Stitch(ctx context.Context, instances []Instance, opts Options) (*Stitched, error) {
	s := &stitcher{frame: f, instances: instances, opts: opts}
	s.byTile = make([][]int32, len(f.Tiles))
	for i := range instances {
		t := instances[i].Tile
		s.byTile[t] = append(s.byTile[t], int32(i))
	}
	s.findContacts()
	for a, near := range f.near {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for _, b := range near {
			if int(b) > a {
				s.findJoins(a, int(b))
			}
		}
	}
	s.unite()
	return s.result(), nil
}

// stitcher is the state of Frame.Stitch.
type stitcher struct {
	frame     *Frame
	instances []Instance
	opts      Options
	byTile    [][]int32
	contacts  [][]Contact // of the instances
	joins     []join
	parent    []int32
	conflicts int
	index     boxindex.Index
	boxes     []boxindex.Box
	of        []int32 // the instances of the boxes
	meeting   []int32
}

// join is a pair of instances, a before b, that the rule joins.
type join struct {
	a, b       int32
	iou, share float64
}

// findContacts finds where instances reach the borders of their tiles.
func (s *stitcher) findContacts() {
	s.contacts = make([][]Contact, len(s.instances))
	for i := range s.instances {
		s.contacts[i] = s.contactsOf(i, s.opts.Depth)
	}
}

func (s *stitcher) contactsOf(i, depth int) []Contact {
	in := &s.instances[i]
	r := s.frame.rects[in.Tile]
	return contactsOf(in.Region, r.x0, r.y0, r.y1-r.y0, r.x1-r.x0, depth)
}

// findJoins finds the instances of two tiles that the rule joins.
func (s *stitcher) findJoins(a, b int) {
	if len(s.byTile[a]) == 0 || len(s.byTile[b]) == 0 {
		return
	}
	if e, ok := s.edgeOf(a, b); ok {
		s.alongEdge(e)
		return
	}
	if zone := s.frame.rects[a].and(s.frame.rects[b]); !zone.empty() {
		s.alongZone(a, b, zone)
	}
}

// edge is the common edge of tiles a and b, which is on their sides from and to. It runs
// from first to before last; the tiles begin at fromAt and toAt, in frame pixels.
type edge struct {
	a, b         int
	from, to     Side
	fromAt, toAt int
	first, last  int
	overlap      int // of the tiles
}

// edgeOf returns the common edge of two tiles. It reports false if they touch at a corner
// alone, share more pixels than those near an edge, or if one lies in the other.
func (s *stitcher) edgeOf(a, b int) (edge, bool) {
	p, q := s.frame.rects[a], s.frame.rects[b]
	thin := 2 * s.opts.Depth
	zone := p.and(q)
	across, down := zone.x1-zone.x0, zone.y1-zone.y0 // 0: they touch
	switch {
	case across < 0 || down < 0:
		return edge{}, false
	case across <= thin && staggered(p.x0, p.x1, q.x0, q.x1) && (down > thin || across == 0 && down > 0):
		e := edge{a, b, Right, Left, p.y0, q.y0, zone.y0, zone.y1, across}
		if p.x0 > q.x0 {
			e.from, e.to = Left, Right
		}
		return e, true
	case down <= thin && staggered(p.y0, p.y1, q.y0, q.y1) && (across > thin || down == 0 && across > 0):
		e := edge{a, b, Bottom, Top, p.x0, q.x0, zone.x0, zone.x1, down}
		if p.y0 > q.y0 {
			e.from, e.to = Top, Bottom
		}
		return e, true
	}
	return edge{}, false
}

// staggered reports whether one of two intervals begins and ends before the other.
func staggered(from, to, otherFrom, otherTo int) bool {
	return from < otherFrom && to < otherTo || from > otherFrom && to > otherTo
}

// stretch is a part of an edge that an instance covers, from first to before last.
type stretch struct {
	first, last int
	instance    int32
}

// stretches returns the parts of a side of a tile that its instances cover, within an edge,
// by their beginnings.
func (s *stitcher) stretches(tile int, side Side, at int, e *edge) []stretch {
	var list []stretch
	for _, i := range s.byTile[tile] {
		contacts := s.contacts[i]
		if e.overlap > 0 {
			contacts = s.contactsOf(int(i), s.opts.Depth+e.overlap)
		}
		for _, c := range contacts {
			if c.Side != side {
				continue
			}
			if st := (stretch{max(at+c.From, e.first), min(at+c.To+1, e.last), i}); st.first < st.last {
				list = append(list, st)
			}
		}
	}
	slices.SortFunc(list, func(x, y stretch) int {
		return cmp.Or(cmp.Compare(x.first, y.first), cmp.Compare(x.last, y.last), cmp.Compare(x.instance, y.instance))
	})
	return list
}

// alongEdge joins instances that cover the same parts of an edge.
func (s *stitcher) alongEdge(e edge) {
	from, to := s.stretches(e.a, e.from, e.fromAt, &e), s.stretches(e.b, e.to, e.toAt, &e)
	if len(from) == 0 || len(to) == 0 {
		return
	}
	s.boxes, s.of = s.boxes[:0], s.of[:0]
	byInstance := map[int32][]stretch{}
	for _, list := range [][]stretch{from, to} {
		for _, st := range list {
			s.boxes, s.of = append(s.boxes, boxindex.Box{X0: float64(st.first), X1: float64(st.last) - 0.5}), append(s.of, st.instance)
			byInstance[st.instance] = append(byInstance[st.instance], st)
		}
	}
	for _, pair := range s.pairs(len(from)) {
		s.judge(pair[0], pair[1], func() (shared, one, other int) {
			return sharedLength(byInstance[pair[0]], byInstance[pair[1]])
		})
	}
}

// sharedLength returns the length that two lists of stretches share, and their lengths.
func sharedLength(a, b []stretch) (shared, one, other int) {
	for _, st := range a {
		one += st.last - st.first
	}
	k := 0
	for _, st := range b {
		other += st.last - st.first
		for k > 0 && a[k-1].last > st.first {
			k-- // the stretch before may reach into this one too
		}
		for ; k < len(a) && a[k].first < st.last; k++ {
			shared += max(0, min(st.last, a[k].last)-max(st.first, a[k].first))
		}
	}
	return shared, one, other
}

// alongZone joins instances that have the same pixels where two tiles overlap.
func (s *stitcher) alongZone(a, b int, zone rect) {
	s.boxes, s.of = s.boxes[:0], s.of[:0]
	add := func(tile int) int {
		for _, i := range s.byTile[tile] {
			r := s.instances[i].Region
			h, w := r.Mask.Size()
			if in := zone.and(rect{r.X, r.Y, r.X + w, r.Y + h}); !in.empty() {
				s.boxes = append(s.boxes, boxindex.Box{X0: float64(in.x0), Y0: float64(in.y0), X1: float64(in.x1) - 0.5, Y1: float64(in.y1) - 0.5})
				s.of = append(s.of, i)
			}
		}
		return len(s.boxes)
	}
	first := add(a)
	if add(b); first == 0 || first == len(s.boxes) {
		return
	}
	areas := map[int32]int{}
	area := func(i int32) int {
		n, ok := areas[i]
		if !ok {
			r := s.instances[i].Region
			n = sharedIn(r, r, zone.x0, zone.y0, zone.x1, zone.y1)
			areas[i] = n
		}
		return n
	}
	for _, pair := range s.pairs(first) {
		s.judge(pair[0], pair[1], func() (shared, one, other int) {
			shared = sharedIn(s.instances[pair[0]].Region, s.instances[pair[1]].Region, zone.x0, zone.y0, zone.x1, zone.y1)
			return shared, area(pair[0]), area(pair[1])
		})
	}
}

// pairs returns each pair of an instance of the first boxes and one of the others whose
// boxes meet, once.
func (s *stitcher) pairs(first int) [][2]int32 {
	var list [][2]int32
	s.index.Reset(s.boxes)
	for k := range first {
		s.index.Add(k)
	}
	for k := first; k < len(s.boxes); k++ {
		s.meeting = s.index.AppendMeeting(s.meeting[:0], s.boxes[k])
		for _, m := range s.meeting {
			list = append(list, [2]int32{s.of[m], s.of[k]})
		}
	}
	slices.SortFunc(list, func(x, y [2]int32) int { return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1])) })
	return slices.Compact(list)
}

// judge adds a join if the rule says so. measure returns what two instances share, and
// what each has where both tiles see it.
func (s *stitcher) judge(a, b int32, measure func() (shared, one, other int)) {
	p, q := &s.instances[a], &s.instances[b]
	if p.Class != q.Class || p.Crowd != q.Crowd || p.Whole != 0 && q.Whole != 0 {
		return
	}
	shared, one, other := measure()
	if shared == 0 {
		return
	}
	j := join{min(a, b), max(a, b), float64(shared) / float64(one+other-shared), float64(shared) / float64(min(one, other))}
	if j.share >= s.opts.Share && j.iou >= s.opts.IoU {
		s.joins = append(s.joins, j)
	}
}

// unite makes wholes of the instances: those with a number first, then the joins, the
// surest first.
func (s *stitcher) unite() {
	s.parent = make([]int32, len(s.instances))
	numbers := map[int64]int32{}
	for i := range s.instances {
		s.parent[i] = int32(i)
		if n := s.instances[i].Whole; n != 0 {
			if first, ok := numbers[n]; ok {
				s.parent[i] = first
			} else {
				numbers[n] = int32(i)
			}
		}
	}
	slices.SortFunc(s.joins, func(x, y join) int {
		return cmp.Or(cmp.Compare(y.iou, x.iou), cmp.Compare(y.share, x.share), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	groups := newGroups(s)
	kept := s.joins[:0]
	for _, j := range s.joins {
		if groups.join(s.find(j.a), s.find(j.b)) {
			kept = append(kept, j)
		} else {
			s.conflicts++
		}
	}
	s.joins = kept
}

func (s *stitcher) find(i int32) int32 {
	for s.parent[i] != i {
		s.parent[i] = s.parent[s.parent[i]]
		i = s.parent[i]
	}
	return i
}

// result lists the wholes and counts their ends.
func (s *stitcher) result() *Stitched {
	out := &Stitched{Of: make([]int, len(s.instances)), Conflicts: s.conflicts}
	number := map[int32]int{}
	for i := range s.instances {
		root := s.find(int32(i))
		n, ok := number[root]
		if !ok {
			n = len(out.Wholes)
			number[root] = n
			out.Wholes = append(out.Wholes, Whole{})
		}
		out.Of[i] = n
		out.Wholes[n].Parts = append(out.Wholes[n].Parts, i)
	}
	s.countEnds(out)
	return out
}
