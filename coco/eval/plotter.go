package eval

import (
	"math/bits"
	"slices"
)

// A plotter holds the memory in which one goroutine makes plots.
type plotter struct {
	needs  map[int]*needs // by number of true instances
	levels []level        // of the lines so far, up to its capacity

	list    []ranked // the detections of a group, then as much scratch memory
	ofArea  []*needs // by area range; nil: there are no true instances
	live    []uint64 // the bits of the area ranges that have true instances
	tallies []tally  // by limit
	last    int      // the largest limit
}

// A tally is what the detections of a group come to, one after another in descending order
// of score, within one limit. It counts for all pairs of area range and threshold at once,
// each of which is a bit of the grid.
type tally struct {
	patterns []pattern // detections that match nothing
	lanes    []lane    // by bit
	best     []level   // by bit and bound, stride apart: see lane
	stride   int
}

// A pattern counts detections that are wrong for the same bits of a word of the grid. There
// are few patterns: they say which areas a detection is outside of.
type pattern struct {
	word int
	bits uint64
	n    int32
}

// A lane counts for one bit. From each of the bounds that right has reached to the next,
// best has the highest precision, and the score at which the bound was reached. Only a
// correct detection matters: between them precision falls and recall does not change.
type lane struct {
	right, wrong int32 // wrong without the patterns
	bound        int32 // the last of the bounds that was reached; -1: none
	bounds       []int // those of the needs of its area
}

// plots fills the plots of a group. Limits that no image reaches share one.
func (s *plotter) plots(r *Result, g *group) {
	e, limits := r.e, r.Params.MaxDets
	last := len(limits) - 1
	if !s.findNeeds(r.Params, e.grid, g.truths) {
		return
	}
	n, most := 0, int32(0) // detections: all, and on an image
	for _, c := range g.records {
		n, most = n+int(c.dets), max(most, c.dets)
	}
	s.list = slices.Grow(s.list[:0], 2*n)
	for _, c := range g.records {
		for d := range c.dets {
			s.list = append(s.list, ranked{scoreKey(e.scores[c.det+d]), c.det + d, d})
		}
	}
	sorted := sortRanked(s.list, s.list[n:2*n])
	tallied := 0 // lower limits that differ from the largest
	for tallied < last && limits[tallied] < int(most) {
		tallied++
	}
	s.reset(e.grid, last)
	s.count(e, sorted, limits[:tallied])
	first := 0.0
	if n > 0 {
		first = e.scores[sorted[0].at]
	}
	s.fill(e.grid, limits, g.plots, tallied, n, first)
}

// fill makes the plots of a group from the tallies of n detections, of which the first has a
// score of first. Limits from tallied on, which no image reaches, share the last one.
func (s *plotter) fill(grid *grid, limits []int, to []*plot, tallied, n int, first float64) {
	last := len(limits) - 1
	for area, needs := range s.ofArea {
		if needs == nil {
			continue
		}
		plots := to[area*len(limits) : (area+1)*len(limits)]
		plots[last] = s.plot(grid, needs, &s.tallies[last], area, n, first)
		for limit := range last {
			if plots[limit] = plots[last]; limit < tallied {
				plots[limit] = s.plot(grid, needs, &s.tallies[limit], area, n, first)
			}
		}
	}
}

// findNeeds fills ofArea and live for a group of so many true instances in each area range.
// It reports false if there are none.
func (s *plotter) findNeeds(p *Params, grid *grid, ofArea []int32) (some bool) {
	s.ofArea, s.live = s.ofArea[:0], zeros(s.live, grid.words)
	for area := range p.Areas {
		truths := int(ofArea[area])
		if truths == 0 {
			s.ofArea = append(s.ofArea, nil)
			continue
		}
		n := s.needs[truths]
		if n == nil {
			if s.needs == nil {
				s.needs = map[int]*needs{}
			}
			n = newNeeds(p.Recall, truths)
			s.needs[truths] = n
		}
		s.ofArea = append(s.ofArea, n)
		for w, set := range grid.ofArea[area] {
			s.live[w] |= set
		}
		some = true
	}
	return some
}

// reset prepares the tallies up to that of limit last.
func (s *plotter) reset(g *grid, last int) {
	s.last = last
	if len(s.tallies) <= last {
		s.tallies = append(s.tallies, make([]tally, last+1-len(s.tallies))...)
	}
	n, stride := len(s.ofArea)*g.thresholds, 0
	for _, needs := range s.ofArea {
		if needs != nil {
			stride = max(stride, len(needs.bounds))
		}
	}
	for i := range s.tallies[:last+1] {
		t := &s.tallies[i]
		t.patterns, t.stride = t.patterns[:0], stride
		t.lanes = slices.Grow(t.lanes[:0], n)[:n]
		t.best = slices.Grow(t.best[:0], n*stride)[:n*stride] // is written before it is read
		for b := range t.lanes {
			t.lanes[b] = lane{bound: -1}
			if needs := s.ofArea[b/g.thresholds]; needs != nil {
				t.lanes[b].bounds = needs.bounds
			}
		}
	}
}

// count counts the detections, those within each of the lower limits and all.
func (s *plotter) count(e *evaluation, sorted []ranked, lower []int) {
	w := e.grid.words
	for _, d := range sorted {
		for i, live := range s.live {
			at := int(d.at)*w + i
			counts := live &^ e.ignored[at]
			right, wrong := counts&e.matched[at], counts&^e.matched[at]
			if counts == 0 {
				continue
			}
			score := 0.0
			if right != 0 {
				score = e.scores[d.at]
			}
			s.add(i, right, wrong, score, int(d.order), lower)
		}
	}
}

// add counts a detection, whose place in its cell is order, for a word of the grid: in the
// tallies of the lower limits that it is within, and in that of all, which is last.
func (s *plotter) add(word int, right, wrong uint64, score float64, order int, lower []int) {
	s.tallies[s.last].add(word, right, wrong, score)
	for limit := len(lower) - 1; limit >= 0 && order < lower[limit]; limit-- {
		s.tallies[limit].add(word, right, wrong, score)
	}
}

// add counts a detection for a word of the grid: the bits for which it is right, and those
// for which it is wrong.
func (t *tally) add(word int, right, wrong uint64, score float64) {
	if right == 0 {
		for i := range t.patterns {
			if p := &t.patterns[i]; p.bits == wrong && p.word == word {
				p.n++
				return
			}
		}
		if len(t.patterns) < maxPatterns {
			t.patterns = append(t.patterns, pattern{word, wrong, 1})
			return
		}
	}
	for ; wrong != 0; wrong &= wrong - 1 {
		t.lanes[word*64+bits.TrailingZeros64(wrong)].wrong++
	}
	for ; right != 0; right &= right - 1 {
		b := word*64 + bits.TrailingZeros64(right)
		l := &t.lanes[b]
		l.right++
		tp, fp := float64(l.right), float64(t.wrongAt(b))
		precision := tp / (fp + tp + spacing)
		if next := int(l.bound) + 1; next < len(l.bounds) && int(l.right) == l.bounds[next] {
			l.bound++
			t.best[b*t.stride+next] = level{precision, score}
			continue
		}
		best := &t.best[b*t.stride+int(l.bound)]
		best.precision = max(best.precision, precision)
	}
}

// maxPatterns is the number of patterns up to which it pays to search them.
const maxPatterns = 16

// wrongAt returns the number of wrong detections of a bit.
func (t *tally) wrongAt(b int) int32 {
	n := t.lanes[b].wrong
	for i := range t.patterns {
		if p := &t.patterns[i]; p.word == b/64 && p.bits>>(b%64)&1 == 1 {
			n += p.n
		}
	}
	return n
}

// plot makes the plot of an area range from a tally of n detections, of which the first has
// a score of first.
func (s *plotter) plot(g *grid, needs *needs, t *tally, area, n int, first float64) *plot {
	out := &plot{needs, make([]plotLine, g.thresholds)}
	for k := range out.lines {
		b := area*g.thresholds + k
		out.lines[k] = s.line(needs, &t.lanes[b], t.best[b*t.stride:(b+1)*t.stride], n, first)
	}
	return out
}

// line keeps what a curve of n detections is at the recalls that it reaches. As in
// pycocotools, once a recall is not reached, no later one is.
func (s *plotter) line(needs *needs, lane *lane, best []level, n int, first float64) plotLine {
	right := int(lane.right)
	l := plotLine{right: lane.right}
	for n > 0 && int(l.reached) < len(needs.need) && needs.need[l.reached] <= right {
		l.reached++
	}
	if l.reached == 0 {
		return l
	}
	for i := int(lane.bound); i > 0; i-- {
		best[i-1].precision = max(best[i-1].precision, best[i].precision)
	}
	steps := int(needs.step[l.reached-1]) + 1
	if cap(s.levels)-len(s.levels) < steps { // levels of earlier lines stay in the old memory
		s.levels = make([]level, 0, max(1<<10, steps))
	}
	start := len(s.levels)
	for i := range int(l.reached) {
		if i > 0 && needs.step[i] == needs.step[i-1] {
			continue
		}
		p := level{score: first} // the first detection, which every limit counts, reaches a recall of 0
		if needs.need[i] > 0 {
			p = best[needs.bound[i]]
		} else if right > 0 {
			p.precision = best[0].precision
		}
		s.levels = append(s.levels, p)
	}
	l.levels = s.levels[start:len(s.levels):len(s.levels)]
	return l
}
