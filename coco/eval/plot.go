package eval

// spacing is numpy's spacing(1), which pycocotools adds to a divisor.
const spacing = 0x1p-52

// A plot is the precision-recall curve of one category, area range and limit, at each
// threshold. It holds only the recalls that are reached, so that its size is bounded by the
// detections and by Params.Recall.
type plot struct {
	needs *needs
	lines []plotLine // by threshold
}

// A plotLine is a plot at one threshold.
type plotLine struct {
	right   int32   // number of correct detections
	reached int32   // number of Params.Recall, from the first on, that are reached
	levels  []level // by step
}

// A level is what the curve is at a recall or any higher one.
type level struct{ precision, score float64 }

// needs says what reaches each of Params.Recall if there are so many true instances.
type needs struct {
	truths int
	need   []int   // by recall: the number of correct detections needed
	step   []int32 // by recall: its place in the levels of a line; recalls of one need share it
}

// newNeeds returns the needs of a number of true instances.
func newNeeds(recalls []float64, truths int) *needs {
	s := &needs{truths, make([]int, len(recalls)), make([]int32, len(recalls))}
	n, step := 0, int32(0)
	for i, recall := range recalls {
		if i > 0 && recall < recalls[i-1] {
			n = 0
		}
		for n <= truths && float64(n)/float64(truths) < recall {
			n++
		}
		if s.need[i] = n; i > 0 && n != s.need[i-1] {
			step++
		}
		s.step[i] = step
	}
	return s
}

// A plotter holds the memory in which one goroutine makes plots.
type plotter struct {
	needs  map[int]*needs // by number of true instances
	levels []level        // of the lines so far, up to its capacity

	// The places of a curve where a detection is correct. No other place matters: between
	// them precision only falls and recall does not change.
	precision []float64 // after each
	at        []int     // index in the curve of each
}

// plot makes the plots of a group and an area range, one for each limit. Limits that no
// image reaches share one.
func (s *plotter) plot(r *Result, g *group, c *curve, area int) {
	truths := int(g.truths[area])
	n := s.needs[truths]
	if n == nil {
		if s.needs == nil {
			s.needs = map[int]*needs{}
		}
		n = newNeeds(r.Params.Recall, truths)
		s.needs[truths] = n
	}
	limits := len(r.Params.MaxDets)
	plots := g.plots[area*limits : (area+1)*limits]
	for limit := limits - 1; limit >= 0; limit-- {
		var within []int32
		if limit < len(c.within) {
			if within = c.within[limit]; len(within) == len(c.scores) {
				plots[limit] = plots[limits-1]
				continue
			}
		}
		plots[limit] = s.draw(r, n, c, area, within)
	}
}

// draw makes a plot. within are the indices of the curve that count; nil: all.
func (s *plotter) draw(r *Result, needs *needs, c *curve, area int, within []int32) *plot {
	g := r.e.grid
	n := len(c.scores)
	if within != nil {
		n = len(within)
	}
	out := &plot{needs, make([]plotLine, len(r.Params.IoU))}
	for t := range out.lines {
		s.precision, s.at = s.precision[:0], s.at[:0]
		bit := area*g.thresholds + t
		word, shift := bit/64, bit%64
		right, wrong := 0, 0
		for at := range n {
			i := at
			if within != nil {
				i = int(within[at])
			}
			matched := int(c.matched[i*g.words+word]>>shift) & 1
			counts := int(^c.ignored[i*g.words+word]>>shift) & 1
			wrong += counts &^ matched
			if matched&counts == 1 {
				right++
				tp, fp := float64(right), float64(wrong)
				s.precision = append(s.precision, tp/(fp+tp+spacing))
				s.at = append(s.at, i)
			}
		}
		for i := len(s.precision) - 1; i > 0; i-- {
			s.precision[i-1] = max(s.precision[i-1], s.precision[i])
		}
		out.lines[t] = s.line(needs, c, right, n)
	}
	return out
}

// line keeps what a curve of n detections, some of them right, is at the recalls that it
// reaches. As in pycocotools, once a recall is not reached, no later one is.
func (s *plotter) line(needs *needs, c *curve, right, n int) plotLine {
	l := plotLine{right: int32(right)}
	for n > 0 && int(l.reached) < len(needs.need) && needs.need[l.reached] <= right {
		l.reached++
	}
	if l.reached == 0 {
		return l
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
		p := level{score: c.scores[0]} // the first detection, which every limit counts, reaches a recall of 0
		if need := needs.need[i]; need > 0 {
			p = level{s.precision[need-1], c.scores[s.at[need-1]]}
		} else if right > 0 {
			p.precision = s.precision[0]
		}
		s.levels = append(s.levels, p)
	}
	l.levels = s.levels[start:len(s.levels):len(s.levels)]
	return l
}

// at returns the level at a recall, given by its index.
func (p *plot) at(threshold, recall int) level {
	l := &p.lines[threshold]
	if recall >= int(l.reached) {
		return level{}
	}
	return l.levels[p.needs.step[recall]]
}

// recall returns the highest recall.
func (p *plot) recall(threshold int) float64 {
	return float64(p.lines[threshold].right) / float64(p.needs.truths)
}
