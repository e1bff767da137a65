package eval

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// Merged is the evaluation of all images of some partials. What one evaluation of them has,
// it has to the last bit.
type Merged struct {
	Curves
	CategoryNames []string      // of the categories
	Images        int           // that count
	Detections    int           // in the results, whether they count or not
	HuBMAP        *HuBMAPScore  // without its curve; nil: the partials do not have it
	HuBMAPOptions HuBMAPOptions // of HuBMAP

	groupings []*mergedGrouping
	outcomes  map[int32][]outcome // by category: by limit, area range and threshold
}

// outcome is what the detections of a category come to.
type outcome struct{ right, wrong int32 }

// MergePartials merges partials of different images to the evaluation of all of them, in any
// order. It reads them once from the beginning to the end, at the same time, and has in
// memory of each the ids of its images, and of the competition's metric about a byte for
// each correct detection, and of the groups of images their curves. If out is not nil, it
// writes there a partial of all images.
//
// An error wraps [ErrPartial] if a partial is damaged or ends too early, if they were made
// with different parameters or categories, if an image or the id of an annotation is in two
// of them, or if the first results of some have boxes and those of others do not. An error
// wraps [ErrCategory] if out is nil and there are detections, none of which has a category of
// the ground truth.
func MergePartials(out *PartialOutput, parts ...*PartialReader) (*Merged, error) {
	if out != nil && len(out.Label) > mostLabel {
		return nil, fmt.Errorf("%w: found a label of %d bytes, expected at most %d", ErrParams, len(out.Label), mostLabel)
	}
	if len(parts) == 0 {
		return nil, fmt.Errorf("%w: found no partial, expected one or more", ErrPartial)
	}
	m := &merger{parts: parts, all: &partialHead{}}
	for i, p := range parts {
		if p.used {
			return nil, m.fault(i, fmt.Errorf("%w: it was merged before", ErrPartial))
		}
		p.used = true
		m.next = append(m.next, partialSection{k: -1})
	}
	if err := m.agree(); err != nil {
		return nil, err
	}
	if out == nil {
		if err := m.checkKnown(); err != nil {
			return nil, err
		}
	}
	if err := m.rankImages(); err != nil {
		return nil, err
	}
	m.group()
	if out != nil {
		m.to = newEncoder(out.W)
		head := *m.all
		head.label, head.absolute = out.Label, head.absolute && !out.Alone
		if err := head.encode(m.to); err != nil {
			return nil, err
		}
	}
	merged, err := m.merge()
	if err != nil {
		return nil, err
	}
	for i, p := range parts {
		if err := p.d.close(); err != nil {
			return nil, m.fault(i, err)
		}
	}
	if m.to != nil {
		if err := m.to.close(); err != nil {
			return nil, err
		}
	}
	return merged, nil
}

// A PartialOutput says where [MergePartials] writes a partial of all images.
type PartialOutput struct {
	W     io.Writer
	Label []byte // of the partial: see [PartialOptions]
	Alone bool   // the images are all of their ground truth: as without [PartialOptions.Places]
}

// A merger is the state of MergePartials.
type merger struct {
	parts []*PartialReader
	all   *partialHead // of all parts together
	grid  *grid
	to    *encoder // of a partial of all; nil: not written

	ranks [][]uint32 // by part and image: index in the images of all
	falls [][]uint32 // the same: place in falling order of the ground truth

	next      []partialSection // of each part: the next category
	groupings []*mergedGrouping
	plotter   plotter
	rows      []mergeRow  // of each part that has some left
	heap      []*mergeRow // the same, the next one first
}

// fault says in which part an error is.
func (m *merger) fault(part int, err error) error {
	return fmt.Errorf("%s: %w", m.name(part), err)
}

func (m *merger) name(part int) string {
	return cmp.Or(m.parts[part].Name, fmt.Sprintf("partial %d", part+1))
}

// agree fills the head of all but for the images, and refuses partials that do not belong
// together.
func (m *merger) agree() error {
	first := &m.parts[0].head
	m.all.params, m.all.categories, m.all.absolute = first.params, first.categories, first.absolute
	if first.hubmap != nil {
		m.all.hubmap = &partialHuBMAP{iou: first.hubmap.iou, class: first.hubmap.class}
	}
	areasOf := -1
	for i, p := range m.parts {
		h := &p.head
		if what := differs(first, h); what != "" {
			return m.fault(i, fmt.Errorf("%w: it has %s than %s: make all parts with the same options", ErrPartial, what, m.name(0)))
		}
		if h.areas != noAreas {
			switch {
			case areasOf < 0:
				areasOf, m.all.areas = i, h.areas
			case h.areas != m.all.areas && (h.params.Type == BBox || !h.params.MaskAreas):
				return m.fault(i, fmt.Errorf("%w: its first detection has a box and that of %s has none, or the other way round, and the first of all decides whether areas are those of boxes: give all of them boxes, or make the parts with areas of masks", ErrPartial, m.name(areasOf)))
			}
		}
		m.all.known = m.all.known || h.known
		if m.all.detections += h.detections; m.all.detections > math.MaxInt {
			return m.fault(i, corrupt("found %d detections", h.detections))
		}
		if h.hubmap != nil {
			c, to := &h.hubmap.counts, &m.all.hubmap.counts
			for _, n := range [][2]*int{{&to.Truths, &c.Truths}, {&to.Detections, &c.Detections}, {&to.Empty, &c.Empty}, {&to.Ignored, &c.Ignored}} {
				if *n[0] += *n[1]; *n[0] < 0 {
					return m.fault(i, corrupt("found %d instances", *n[1]))
				}
			}
			if m.all.hubmap.rows += h.hubmap.rows; h.hubmap.rows > uint64(c.Detections) {
				return m.fault(i, corrupt("found %d detections of %d", h.hubmap.rows, c.Detections))
			}
		}
	}
	m.grid = newGrid(m.all.params)
	return nil
}

// checkKnown refuses detections that all have unknown categories. A partial may have such, as others may have the rest.
func (m *merger) checkKnown() error {
	if p := m.all.params; p.SkipUnknownCategories && !p.StrictPycocotools && m.all.detections > 0 && !m.all.known {
		return fmt.Errorf("eval: %w: no detection has a category of the ground truth", ErrCategory)
	}
	return nil
}

// differs says in what two heads differ that must not; empty: in nothing.
func differs(a, b *partialHead) string {
	p, q := a.params, b.params
	switch {
	case p.Type != q.Type:
		return fmt.Sprintf("another type (%v, not %v)", q.Type, p.Type)
	case !slices.Equal(p.IoU, q.IoU):
		return "other IoU thresholds"
	case !slices.Equal(p.Recall, q.Recall):
		return "other recalls"
	case !slices.Equal(p.MaxDets, q.MaxDets):
		return "other limits of detections"
	case !slices.Equal(p.Areas, q.Areas):
		return "other area ranges"
	case p.IgnoreCategories != q.IgnoreCategories, p.MaskAreas != q.MaskAreas, p.Federated != q.Federated,
		p.SkipUnknownCategories != q.SkipUnknownCategories, p.StrictPycocotools != q.StrictPycocotools, p.BoundaryRatio != q.BoundaryRatio:
		return "other rules of evaluation"
	case !slices.Equal(a.categories, b.categories):
		return "other categories"
	case (a.hubmap == nil) != (b.hubmap == nil), a.hubmap != nil && (a.hubmap.iou != b.hubmap.iou || a.hubmap.class != b.hubmap.class):
		return "another competition metric"
	case a.hubmap != nil && a.absolute != b.absolute:
		return "another order of images"
	}
	return ""
}

// rankImages merges the lists of images, and refuses an image of two parts.
func (m *merger) rankImages() error {
	type head struct{ part, at int }
	less := func(a, b head) int {
		return cmp.Or(compareID(m.parts[a.part].head.images[a.at], m.parts[b.part].head.images[b.at]), a.part-b.part)
	}
	var heap []head
	n := 0
	m.ranks = make([][]uint32, len(m.parts))
	offsets := make([]uint64, len(m.parts))
	for i, p := range m.parts {
		images := len(p.head.images)
		m.ranks[i] = make([]uint32, images)
		if images > 0 {
			heap = append(heap, head{i, 0})
		}
		if offsets[i] = uint64(n); m.all.absolute {
			offsets[i] = 0
		}
		n += images
	}
	if n > math.MaxInt32 {
		return fmt.Errorf("%w: found %d images in all, expected less than 2^31", ErrPartial, n)
	}
	slices.SortFunc(heap, less)
	last := head{-1, 0}
	type place struct {
		at          uint64
		part, image int
	}
	places := make([]place, 0, n)
	for len(heap) > 0 {
		h := heap[0]
		p := &m.parts[h.part].head
		if last.part >= 0 && m.parts[last.part].head.images[last.at] == p.images[h.at] {
			return fmt.Errorf("%w: image %s is in %s and in %s: each image belongs in one part", ErrPartial, p.images[h.at].AppendJSON(nil), m.name(last.part), m.name(h.part))
		}
		last = h
		m.ranks[h.part][h.at] = uint32(len(m.all.images))
		at := p.places[h.at] + offsets[h.part]
		places = append(places, place{at, h.part, h.at})
		m.all.images, m.all.places = append(m.all.images, p.images[h.at]), append(m.all.places, at)
		if h.at++; h.at == len(p.images) {
			heap[0] = heap[len(heap)-1]
			heap = heap[:len(heap)-1]
		} else {
			heap[0] = h
		}
		down(heap, func(a, b *head) bool { return less(*a, *b) < 0 })
	}
	if m.all.hubmap == nil {
		return nil
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(b.at, a.at) })
	m.falls = make([][]uint32, len(m.parts))
	for i := range m.ranks {
		m.falls[i] = make([]uint32, len(m.ranks[i]))
	}
	for i, p := range places {
		if i > 0 && p.at == places[i-1].at {
			q := places[i-1]
			return fmt.Errorf("%w: image %s of %s and image %s of %s have the same place in the ground truth: make all parts from one ground truth",
				ErrPartial, m.parts[q.part].head.images[q.image].AppendJSON(nil), m.name(q.part), m.parts[p.part].head.images[p.image].AppendJSON(nil), m.name(p.part))
		}
		m.falls[p.part][p.image] = uint32(i)
	}
	return nil
}

// down restores the order of a heap whose first element may be too large.
func down[T any](heap []T, less func(a, b *T) bool) {
	for i := 0; ; {
		least := i
		for k := 2*i + 1; k <= 2*i+2 && k < len(heap); k++ {
			if less(&heap[k], &heap[least]) {
				least = k
			}
		}
		if least == i {
			return
		}
		heap[i], heap[least] = heap[least], heap[i]
		i = least
	}
}

// merge reads what follows the heads.
func (m *merger) merge() (*Merged, error) {
	out := &Merged{
		Curves: m.curves(m.all.params), groupings: m.groupings,
		Images: len(m.all.images), Detections: int(m.all.detections), outcomes: map[int32][]outcome{},
	}
	for _, c := range m.all.categories {
		out.CategoryNames = append(out.CategoryNames, c.name)
	}
	if err := m.annotations(); err != nil {
		return nil, err
	}
	for i := range m.parts {
		if err := m.section(i); err != nil {
			return nil, err
		}
	}
	for {
		k := -1
		for i := range m.next {
			if at := m.next[i].k; at >= 0 && (k < 0 || at < k) {
				k = at
			}
		}
		if k < 0 {
			break
		}
		if err := m.category(out, k); err != nil {
			return nil, err
		}
	}
	if m.to != nil {
		m.to.uint(0)
	}
	return out, m.hubmap(out)
}

// curves returns curves without groups.
func (m *merger) curves(p *Params) Curves {
	c := Curves{Params: p, k: len(m.all.categories)}
	for i := range m.all.categories {
		c.Categories = append(c.Categories, m.all.categories[i].id)
	}
	switch {
	case p.IgnoreCategories:
		c.k = 1
	case p.Federated:
		c.frequency = map[int64]string{}
		for _, of := range m.all.categories {
			c.frequency[of.id] = of.frequency
		}
	}
	return c
}

// annotations refuses an annotation id of two parts.
func (m *merger) annotations() error {
	type list struct {
		*idDecoder
		part int
	}
	less := func(a, b *list) bool { return cmp.Or(compareID(a.now, b.now), a.part-b.part) < 0 }
	var heap []*list
	total := uint64(0)
	for i, p := range m.parts {
		l := &list{newIDDecoder(p.d), i}
		if total += l.left; l.left > math.MaxInt32*uint64(1<<16) {
			return m.fault(i, corrupt("found %d annotations", l.left))
		}
		if l.next() {
			heap = append(heap, l)
		}
		if p.d.err != nil {
			return m.fault(i, p.d.err)
		}
	}
	var to idEncoder
	if m.to != nil {
		m.to.uint(total)
		to = idEncoder{m.to, math.MinInt64}
	}
	slices.SortFunc(heap, func(a, b *list) int {
		if less(a, b) {
			return -1
		}
		return 1
	})
	var last coco.ID
	of := -1
	for len(heap) > 0 {
		l := heap[0]
		if of >= 0 && l.now == last {
			return fmt.Errorf("%w: the annotation id %s is in %s and in %s: ids are of one annotation each", ErrPartial, last.AppendJSON(nil), m.name(of), m.name(l.part))
		}
		last, of = l.now, l.part
		if m.to != nil {
			to.id(last)
		}
		if !l.next() {
			if l.err != nil {
				return m.fault(l.part, l.err)
			}
			heap[0] = heap[len(heap)-1]
			heap = heap[:len(heap)-1]
		}
		down(heap, func(a, b **list) bool { return less(*a, *b) })
	}
	return nil
}

// section reads the head of the next category of a part; its k is -1 at the end.
func (m *merger) section(part int) error {
	p := m.parts[part]
	if !m.next[part].decode(p.d, &p.head) {
		m.next[part].k = -1
	}
	if p.d.err != nil {
		return m.fault(part, p.d.err)
	}
	return nil
}

// A mergeRow is the next row of a part.
type mergeRow struct {
	row
	in   rowDecoder
	rank uint32 // of its image, by which equal scores are ordered
	left uint64 // rows that follow
	part int
}

func (r *mergeRow) less(o *mergeRow) bool {
	switch {
	case r.key != o.key:
		return r.key < o.key
	case r.rank != o.rank:
		return r.rank < o.rank
	}
	return r.order < o.order
}

// read reads the next row of a part.
func (m *merger) read(r *mergeRow, ranks [][]uint32) error {
	key, rank, order := r.key, r.rank, r.order
	first := r.in.last.pattern == nil
	r.left--
	r.in.row(&r.row)
	if r.in.err != nil {
		return m.fault(r.part, r.in.err)
	}
	r.rank = ranks[r.part][r.image]
	if !first && (r.key < key || r.key == key && (r.rank < rank || r.rank == rank && r.order <= order)) {
		return m.fault(r.part, corrupt("found detections out of order"))
	}
	return nil
}

// each gives the rows of a list of all parts in order. The list of part i has rows[i] rows.
func (m *merger) each(rows []uint64, ranks [][]uint32, decoder func(part int) rowDecoder, f func(r *mergeRow) error) error {
	m.rows, m.heap = slices.Grow(m.rows[:0], len(rows)), m.heap[:0]
	for i, n := range rows {
		if n == 0 {
			continue
		}
		m.rows = append(m.rows, mergeRow{in: decoder(i), left: n, part: i})
		r := &m.rows[len(m.rows)-1]
		if err := m.read(r, ranks); err != nil {
			return err
		}
		m.heap = append(m.heap, r)
	}
	slices.SortFunc(m.heap, func(a, b *mergeRow) int {
		if a.less(b) {
			return -1
		}
		return 1
	})
	for len(m.heap) > 0 {
		r := m.heap[0]
		if err := f(r); err != nil {
			return err
		}
		if r.left == 0 {
			m.heap[0] = m.heap[len(m.heap)-1]
			m.heap = m.heap[:len(m.heap)-1]
		} else if err := m.read(r, ranks); err != nil {
			return err
		}
		down(m.heap, func(a, b **mergeRow) bool { return (*a).less(*b) })
	}
	return nil
}

// category merges a category of all parts.
func (m *merger) category(out *Merged, k int) error {
	p, s := m.all.params, &m.plotter
	limits, w := p.MaxDets, m.grid.words
	all := partialSection{k: k, truths: make([]int32, len(p.Areas))}
	rows := make([]uint64, len(m.parts))
	for i := range m.next {
		part := &m.next[i]
		if part.k != k {
			continue
		}
		for area, n := range part.truths {
			if all.truths[area] += n; all.truths[area] < 0 {
				return m.fault(i, corrupt("found more than 2^31 true instances"))
			}
		}
		rows[i], all.most = part.rows, max(all.most, part.most)
		if all.rows += part.rows; part.rows > mostDetections || all.rows > mostDetections {
			return m.fault(i, fmt.Errorf("%w: found more than %d detections of category %d, expected less", ErrPartial, mostDetections, out.Categories[k]))
		}
	}
	g := group{k: int32(k), truths: all.truths, plots: make([]*plot, len(p.Areas)*len(limits))}
	some := s.findNeeds(p, m.grid, g.truths)
	last := len(limits) - 1
	tallied := 0
	for tallied < last && limits[tallied] < int(all.most) {
		tallied++
	}
	s.reset(m.grid, last)
	for _, g := range m.groupings {
		all.groups = append(all.groups, g.begin(m, k))
	}
	var to rowEncoder
	if m.to != nil {
		all.encode(m.to)
		to.encoder = m.to
	}
	first, seen := 0.0, false
	bits := slices.Concat(m.grid.all, m.grid.all)
	decoder := func(part int) rowDecoder {
		return rowDecoder{decoder: m.parts[part].d, images: len(m.ranks[part]), orders: int(m.next[part].most), words: 2 * w, all: bits}
	}
	err := m.each(rows, m.ranks, decoder, func(r *mergeRow) error {
		if !seen {
			first, seen = r.score(), true
		}
		score := r.score()
		for i := range w {
			counts := m.grid.all[i] &^ r.pattern[w+i]
			right, wrong := counts&r.pattern[i], counts&^r.pattern[i]
			if counts == 0 {
				continue
			}
			if right&^s.live[i] != 0 {
				return m.fault(r.part, corrupt("found a correct detection without true instances"))
			}
			s.add(i, right, wrong, score, int(r.order), limits[:tallied])
		}
		for _, g := range m.groupings {
			if !g.add(m.grid, r) {
				return m.fault(r.part, corrupt("found a correct detection without true instances of its group"))
			}
		}
		if m.to != nil {
			all := r.row
			all.image = r.rank
			to.row(&all)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if some {
		s.fill(m.grid, limits, g.plots, tallied, int(all.rows), first)
	}
	outcomes := make([]outcome, 0, len(limits)*len(s.tallies[last].lanes))
	for limit := range limits {
		t := &s.tallies[last]
		if limit < tallied {
			t = &s.tallies[limit]
		}
		for b := range t.lanes {
			o := outcome{t.lanes[b].right, t.wrongAt(b)}
			if area := b / m.grid.thresholds; o.right > g.truths[area] {
				return fmt.Errorf("%w: found %d correct detections of category %d and %d true instances: make the parts again", ErrPartial, o.right, out.Categories[k], g.truths[area])
			}
			outcomes = append(outcomes, o)
		}
	}
	out.groups, out.outcomes[g.k] = append(out.groups, g), outcomes
	for _, grouping := range m.groupings {
		if !grouping.end(m.grid, k) {
			return fmt.Errorf("%w: found more correct detections of category %d in a group than true instances: make the parts again", ErrPartial, out.Categories[k])
		}
	}
	for i := range m.next {
		if m.next[i].k == k {
			if err := m.section(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// hubmap merges the detections of the competition's metric.
func (m *merger) hubmap(out *Merged) error {
	h := m.all.hubmap
	if h == nil {
		return nil
	}
	rows := make([]uint64, len(m.parts))
	for i, p := range m.parts {
		rows[i] = p.head.hubmap.rows
	}
	var to rowEncoder
	places := make([]uint32, 0)
	if m.to != nil {
		to.encoder = m.to
		places = make([]uint32, len(m.all.images)) // by place in falling order: index in the images of all
		for i, list := range m.falls {
			for at, fall := range list {
				places[fall] = m.ranks[i][at]
			}
		}
	}
	curve := hubmapCurve{truths: h.counts.Truths}
	decoder := func(part int) rowDecoder {
		return rowDecoder{decoder: m.parts[part].d, images: len(m.ranks[part]), words: 1, all: []uint64{1}}
	}
	err := m.each(rows, m.falls, decoder, func(r *mergeRow) error {
		curve.add(r.pattern[0] == 1)
		if m.to != nil {
			all := r.row
			all.image = places[r.rank]
			to.row(&all)
		}
		return nil
	})
	if err != nil {
		return err
	}
	out.HuBMAPOptions = HuBMAPOptions{IoU: h.iou, Class: h.class}
	score := h.counts
	if score.TruePositives = curve.right; curve.right > score.Truths {
		return fmt.Errorf("%w: found %d correct detections and %d true instances: make the parts again", ErrPartial, curve.right, score.Truths)
	}
	score.AP = curve.ap()
	out.HuBMAP = &score
	return nil
}

// Count counts the outcome of a selection, as [Result.Count] does.
func (m *Merged) Count(s Select) Counts {
	sel, ok := m.oneThreshold(s)
	if !ok {
		return Counts{}
	}
	return m.count(&sel)
}

func (m *Merged) count(s *selection) Counts {
	c := Counts{Missed: m.instances(s)}
	for _, g := range m.selected(s) {
		o := m.outcomes[g.k][(s.limit*len(m.Params.Areas)+s.area)*len(m.Params.IoU)+s.iou[0]]
		c.Found += int(o.right)
		c.Missed -= int(o.right)
		c.False += int(o.wrong)
	}
	return c
}

// Score scores a selection, as [Result.Score] does.
func (m *Merged) Score(s Select) Score { return m.score(s, m.count) }
