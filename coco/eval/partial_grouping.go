package eval

import (
	"fmt"
	"math"
	"slices"
)

// A Grouping divides the images of a ground truth into groups, such as slides, which
// [Merged.Parts] scores each by itself.
type Grouping struct {
	Name   string   // such as the member that has the group
	Groups []string // of each image of the ground truth
}

// partialGrouping is a grouping in the head of a partial.
type partialGrouping struct {
	name   string
	groups []string // without duplicates, in the order of their first image
	of     []uint32 // by image of the partial: index of its group
}

// mostGroupings is the number of groupings that a partial has at most.
const mostGroupings = 1 << 10

// groupings returns the groupings of the images that count.
func (p *partialWriter) groupings(by []Grouping) ([]partialGrouping, error) {
	e := p.r.e
	if len(by) > mostGroupings {
		return nil, fmt.Errorf("%w: found %d groupings, expected at most %d", ErrParams, len(by), mostGroupings)
	}
	var out []partialGrouping
	for _, b := range by {
		if len(b.Groups) != len(e.gt.Images) {
			return nil, fmt.Errorf("%w: found groups of %d images, expected %d", ErrParams, len(b.Groups), len(e.gt.Images))
		}
		g := partialGrouping{name: b.Name}
		known := map[string]uint32{}
		for _, at := range e.images {
			g.of = append(g.of, g.index(known, b.Groups[at]))
		}
		out = append(out, g)
	}
	return out, nil
}

// index returns the index of a group, which may be a new one.
func (g *partialGrouping) index(known map[string]uint32, group string) uint32 {
	k, ok := known[group]
	if !ok {
		k = uint32(len(g.groups))
		known[group], g.groups = k, append(g.groups, group)
	}
	return k
}

func (g *partialGrouping) encode(e *encoder) {
	e.bytes([]byte(g.name))
	e.uint(uint64(len(g.groups)))
	for _, group := range g.groups {
		e.bytes([]byte(group))
	}
	for _, k := range g.of {
		e.uint(uint64(k))
	}
}

func (g *partialGrouping) decode(d *decoder, images int) {
	g.name = string(d.bytes("a name", mostName))
	for range d.count("groups", uint64(images)) {
		if g.groups = append(g.groups, string(d.bytes("a group", mostName))); d.err != nil {
			return
		}
	}
	for range images {
		k := d.uint()
		if k >= uint64(len(g.groups)) {
			d.fail(corrupt("found group %d of %d", k, len(g.groups)))
		}
		if g.of = append(g.of, uint32(k)); d.err != nil {
			return
		}
	}
}

// groupTruths counts the true instances that a category has in a group, in the first area range.
type groupTruths struct {
	group uint32
	n     int32
}

// groupTruths counts the true instances of a category by the groups of a grouping.
func (p *partialWriter) groupTruths(g *group, by *partialGrouping) []groupTruths {
	counts := make([]int32, len(by.groups))
	for _, rec := range g.records {
		c := p.r.e.cell(rec)
		for truth := range c.Truth {
			if !c.TruthIgnored(truth, 0) {
				counts[by.of[rec.image]]++
			}
		}
	}
	var out []groupTruths
	for k, n := range counts {
		if n > 0 {
			out = append(out, groupTruths{uint32(k), n})
		}
	}
	return out
}

// encodeGroupTruths writes the counts of a grouping.
func encodeGroupTruths(e *encoder, list []groupTruths) {
	e.uint(uint64(len(list)))
	for _, t := range list {
		e.uint(uint64(t.group))
		e.uint(uint64(t.n))
	}
}

// decodeGroupTruths reads the counts of a grouping, whose sum is total.
func decodeGroupTruths(d *decoder, g *partialGrouping, total int32, list []groupTruths) []groupTruths {
	sum := 0
	for range d.count("groups", uint64(len(g.groups))) {
		t := groupTruths{uint32(d.count("groups", math.MaxUint32)), int32(d.count("true instances", math.MaxInt32))}
		if int(t.group) >= len(g.groups) || len(list) > 0 && t.group <= list[len(list)-1].group {
			d.fail(corrupt("found group %d of %d", t.group, len(g.groups)))
		}
		sum += int(t.n)
		if list = append(list, t); d.err != nil {
			return list
		}
	}
	if sum != int(total) && d.err == nil {
		d.fail(corrupt("found %d true instances in the groups, expected %d", sum, total))
	}
	return list
}

// A mergedGrouping is a grouping of the images of all parts.
type mergedGrouping struct {
	partialGrouping            // of is by index in the images of all
	at              []int      // by part: place among its groupings
	to              [][]uint32 // by part and its group: the group here
	sums            []groupSum // by group
}

// groupSum is what the images of a group come to.
type groupSum struct {
	score   *Merged
	plotter plotter

	// Of the category that is merged.
	truths int32
	rows   int
	first  float64 // score of the first row
	begun  bool    // the plotter is ready
	some   bool    // there are true instances
}

// group unites the groupings that all parts have. The images of all are ranked.
func (m *merger) group() {
	for _, first := range m.parts[0].head.groupings {
		g := &mergedGrouping{partialGrouping: partialGrouping{name: first.name}}
		for _, p := range m.parts {
			at := slices.IndexFunc(p.head.groupings, func(o partialGrouping) bool { return o.name == first.name })
			if at < 0 {
				break
			}
			g.at, g.to = append(g.at, at), append(g.to, make([]uint32, len(p.head.groupings[at].groups)))
		}
		if len(g.at) < len(m.parts) {
			continue
		}
		g.unite(m)
		m.groupings, m.all.groupings = append(m.groupings, g), append(m.all.groupings, g.partialGrouping)
	}
}

// unite gives the groups of all parts numbers, in the order of their first image.
func (g *mergedGrouping) unite(m *merger) {
	type place struct{ part, image uint32 }
	places := make([]place, len(m.all.images))
	for part, ranks := range m.ranks {
		for image, rank := range ranks {
			places[rank] = place{uint32(part), uint32(image)}
		}
	}
	known := map[string]uint32{}
	for _, p := range places {
		of := &m.parts[p.part].head.groupings[g.at[p.part]]
		k := of.of[p.image]
		here := g.index(known, of.groups[k])
		g.to[p.part][k], g.of = here, append(g.of, here)
		if int(here) == len(g.sums) {
			g.sums = append(g.sums, groupSum{score: &Merged{Curves: m.curves(m.all.params.part()), outcomes: map[int32][]outcome{}}})
		}
		g.sums[here].score.Images++
	}
}

// begin takes the true instances that a category has in the groups of all parts, and
// returns those of each group.
func (g *mergedGrouping) begin(m *merger, k int) (all []groupTruths) {
	for i := range g.sums {
		s := &g.sums[i]
		s.truths, s.rows, s.first, s.begun = 0, 0, 0, false
	}
	for part := range m.next {
		if m.next[part].k != k {
			continue
		}
		for _, t := range m.next[part].groups[g.at[part]] {
			g.sums[g.to[part][t.group]].truths += t.n // not more than of the category
		}
	}
	for i := range g.sums {
		if n := g.sums[i].truths; n > 0 {
			all = append(all, groupTruths{uint32(i), n})
		}
	}
	return all
}

// ready prepares to count rows of the category.
func (s *groupSum) ready(grid *grid) {
	if !s.begun {
		s.some = s.plotter.findNeeds(s.score.Params, grid, []int32{s.truths})
		s.plotter.reset(grid, 0)
		s.begun = true
	}
}

// add counts a row. It reports false if the row is correct where there are no true instances.
func (g *mergedGrouping) add(grid *grid, r *mergeRow) bool {
	s := &g.sums[g.of[r.rank]]
	s.ready(grid)
	score := r.score()
	if s.rows++; s.rows == 1 {
		s.first = score
	}
	for i, of := range grid.ofArea[0] {
		counts := of &^ r.pattern[grid.words+i]
		right := counts & r.pattern[i]
		if right&^s.plotter.live[i] != 0 {
			return false
		}
		if counts != 0 {
			s.plotter.add(i, right, counts&^right, score, int(r.order), nil)
		}
	}
	return true
}

// end adds the category to the scores of the groups. It reports false if a group has more
// correct detections than true instances.
func (g *mergedGrouping) end(grid *grid, k int) bool {
	for i := range g.sums {
		s := &g.sums[i]
		if s.rows == 0 && s.truths == 0 {
			continue
		}
		s.ready(grid)
		of := group{k: int32(k), truths: []int32{s.truths}, plots: make([]*plot, 1)}
		if s.some {
			s.plotter.fill(grid, s.score.Params.MaxDets, of.plots, 0, s.rows, s.first)
		}
		t := &s.plotter.tallies[0]
		var outcomes []outcome
		for b := range t.lanes {
			if t.lanes[b].right > s.truths {
				return false
			}
			outcomes = append(outcomes, outcome{t.lanes[b].right, t.wrongAt(b)})
		}
		s.score.groups, s.score.outcomes[of.k] = append(s.score.groups, of), outcomes
	}
	return true
}

// Parts scores each group of a grouping as [Result.Parts] does, at an IoU threshold, or at the
// first one for 0. It returns nil if some partial does not have the grouping.
func (m *Merged) Parts(grouping string, iou float64) []PartScore {
	for _, g := range m.groupings {
		if g.name != grouping {
			continue
		}
		out := make([]PartScore, 0, len(g.sums))
		for i := range g.sums {
			s := g.sums[i].score
			out = append(out, PartScore{Part: g.groups[i], Images: s.Images, Score: s.Score(Select{IoU: iou})})
		}
		return out
	}
	return nil
}
