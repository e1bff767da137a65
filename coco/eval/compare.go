package eval

import (
	"cmp"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/rle"
)

// A comparer finds the pairs of a cell, and the areas of its detections.
type comparer struct {
	outside []uint64 // for each detection, the bits of the area ranges that it is outside of

	masks rle.Overlaps // detections, then true instances
	bands rle.Overlaps // for Boundary: the bands computed so far
	band  []int32      // for each mask, 1 + its index in bands; 0: not computed yet
	width int          // of the bands

	near neighbours // true instances near each detection

	boxes, other []rle.Box // of detections, and of the true instances near one
	crowds       []bool    // of these
	truths       []rle.Box // of all true instances
	ious         []float64
	buf          []byte
	pairs        []Pair // of the cell
	store        []Pair // pairs of the cells so far, up to its capacity
}

// compare fills c.Pairs and outside.
func (s *comparer) compare(e *evaluation, c *Cell) *Error {
	w := e.grid.words
	s.outside = zeros(s.outside, len(c.Detections)*w)
	pairing := len(c.Detections) > 0 && len(c.Truth) > 0
	masks := pairing && e.p.Type != BBox || e.fromMasks && len(c.Detections) > 0
	if masks {
		if err := s.readMasks(e, c, pairing && e.p.Type != BBox); err != nil {
			return err
		}
		for i := range c.empty {
			c.empty[i] = s.masks.Area(i) == 0
		}
	}
	for i, at := range c.Detections {
		out := s.outside[i*w : (i+1)*w]
		area := s.area(e, int(at), i)
		if e.unjudged(c.Image, e.dt.CategoryID(int(at))) || !e.hasArea(area) {
			copy(out, e.grid.all)
			continue
		}
		e.grid.outside(out, area)
	}
	if !pairing {
		return nil
	}
	s.pairs = s.pairs[:0]
	if e.p.Type == BBox {
		s.pairBoxes(e, c)
	} else {
		s.pairMasks(e, c)
	}
	if cap(s.store)-len(s.store) < len(s.pairs) { // pairs of earlier cells stay in the old memory
		s.store = make([]Pair, 0, max(1<<12, len(s.pairs)))
	}
	start := len(s.store)
	s.store = append(s.store, s.pairs...)
	c.Pairs = s.store[start:len(s.store):len(s.store)]
	return nil
}

// area returns the area of detection i of the cell, which is the result at.
func (s *comparer) area(e *evaluation, at, i int) float64 {
	box, missing := e.dt.BBox(at), e.dt.Missing(at)
	switch {
	case !e.boxAreas && !missing.Has(coco.FieldSegmentation):
		return float64(s.masks.Area(i))
	case missing.Has(coco.FieldBBox):
		box = s.masks.Bounds(i)
	}
	return float64(box.W * box.H)
}

// leastIoU returns the lowest IoU at which a pair is kept.
func (e *evaluation) leastIoU() float64 {
	if e.p.PairIoU != 0 {
		return min(e.p.PairIoU, e.grid.lowest)
	}
	return e.grid.lowest
}

// readMasks reads the masks of the detections and, if truth is set, those of the true
// instances.
func (s *comparer) readMasks(e *evaluation, c *Cell, truth bool) *Error {
	img := &e.gt.Images[c.Image]
	for _, f := range []struct {
		field coco.FieldSet
		name  string
	}{{coco.FieldHeight, "height"}, {coco.FieldWidth, "width"}} {
		if img.Missing.Has(f.field) {
			return &Error{listImages, c.Image, f.name, ErrMissing}
		}
	}
	h, w := img.Height, img.Width
	if err := s.masks.Start(h, w); err != nil {
		return &Error{listImages, c.Image, "", err}
	}
	for _, at := range c.Detections {
		var err error
		missing := e.dt.Missing(int(at))
		var m rle.Mask
		switch {
		case e.p.Type == BBox && e.boxAreas && !missing.Has(coco.FieldBBox): // not needed, and maybe not read
			if m, err = rle.Empty(h, w); err == nil {
				err = s.masks.Add(m)
			}
		case missing.Has(coco.FieldSegmentation): // as in pycocotools: the box serves as the mask
			if m, err = rle.FromBox(h, w, e.dt.BBox(int(at))); err == nil {
				err = s.masks.Add(m)
			}
		default:
			s.buf, err = e.dt.Segmentation(int(at)).AddTo(&s.masks, h, w, s.buf)
		}
		if err != nil {
			return &Error{listResults, int(at), "segmentation", err}
		}
	}
	if !truth {
		return nil
	}
	for _, at := range c.Truth {
		var err error
		if s.buf, err = e.gt.Annotations[at].Segmentation.AddTo(&s.masks, h, w, s.buf); err != nil {
			return &Error{listAnnotations, int(at), "segmentation", err}
		}
	}
	if e.p.Type == Boundary {
		s.width = rle.BoundaryDistance(h, w, e.p.BoundaryRatio)
		if err := s.bands.Start(h, w); err != nil {
			return &Error{listImages, c.Image, "", err}
		}
		s.band = slices.Grow(s.band[:0], s.masks.Len())[:s.masks.Len()]
		clear(s.band)
	}
	return nil
}

// pairMasks appends the pairs that overlap by their masks. Most pairs are too far apart
// or too different in size, which bounds show without comparing pixels.
func (s *comparer) pairMasks(e *evaluation, c *Cell) {
	least := e.leastIoU()
	s.near.reset(len(c.Detections), len(c.Truth), least, func(j int) boxindex.Box { return pixels(s.masks.Bounds(len(c.Detections) + j)) })
	for i := range c.Detections {
		first := len(s.pairs)
		area := s.masks.Area(i)
		for _, j := range s.near.of(pixels(s.masks.Bounds(i))) {
			crowd := e.isCrowd(c.Truth[j])
			g := len(c.Detections) + int(j)
			// With fewer shared pixels the quotient of integers never rises, rounding
			// included.
			if iou := ratio(s.masks.Most(i, g), area, s.masks.Area(g), crowd); iou < least {
				continue
			}
			iou := ratio(s.masks.Intersection(i, g), area, s.masks.Area(g), crowd)
			if iou < least {
				continue
			}
			if e.p.Type == Boundary && !crowd { // bands of crowds do not count
				if iou = min(iou, s.bandIoU(i, g)); iou < least {
					continue
				}
			}
			s.pairs = append(s.pairs, Pair{int32(i), j, iou})
		}
		sortPairs(s.pairs[first:])
	}
}

// ratio returns the IoU of two masks from their areas and the number of pixels that
// they share. For a crowd it returns the share of the detection that lies in the crowd.
func ratio(inter, detection, truth int, crowd bool) float64 {
	if inter == 0 {
		return 0
	}
	over := detection
	if !crowd {
		over += truth - inter
	}
	return float64(inter) / float64(over)
}

// bandIoU returns the IoU of the boundary bands of masks i and g.
func (s *comparer) bandIoU(i, g int) float64 {
	a, b := s.bandOf(i), s.bandOf(g)
	return ratio(s.bands.Intersection(a, b), s.bands.Area(a), s.bands.Area(b), false)
}

// bandOf returns the index in bands of the boundary band of mask i.
func (s *comparer) bandOf(i int) int {
	if s.band[i] == 0 {
		_ = s.bands.Add(s.masks.Mask(i).BoundaryBand(s.width)) // masks of one size: no error
		s.band[i] = int32(s.bands.Len())
	}
	return int(s.band[i]) - 1
}

// pairBoxes appends the pairs that overlap by their boxes.
func (s *comparer) pairBoxes(e *evaluation, c *Cell) {
	s.boxes, s.truths = s.boxes[:0], s.truths[:0]
	for i, at := range c.Detections {
		box := e.dt.BBox(int(at))
		if e.dt.Missing(int(at)).Has(coco.FieldBBox) { // as in pycocotools: the box of its mask
			box = s.masks.Bounds(i)
		}
		s.boxes = append(s.boxes, box)
	}
	for _, at := range c.Truth {
		s.truths = append(s.truths, e.gt.Annotations[at].BBox)
	}
	least := e.leastIoU()
	s.near.reset(len(s.boxes), len(s.truths), least, func(j int) boxindex.Box { return edges(s.truths[j]) })
	for i := range s.boxes {
		first := len(s.pairs)
		near := s.near.of(edges(s.boxes[i]))
		if i == 0 || !s.near.isAll() {
			s.other, s.crowds = s.other[:0], s.crowds[:0]
			for _, j := range near {
				s.other, s.crowds = append(s.other, s.truths[j]), append(s.crowds, e.isCrowd(c.Truth[j]))
			}
		}
		s.ious, _ = rle.AppendBoxIoU(s.ious[:0], s.boxes[i:i+1], s.other, s.crowds) // lists of equal length: no error
		for k, iou := range s.ious {
			if !(iou < least) {
				s.pairs = append(s.pairs, Pair{int32(i), near[k], iou})
			}
		}
		sortPairs(s.pairs[first:])
	}
}

// sortPairs sorts the pairs of one detection, best first.
func sortPairs(pairs []Pair) {
	if len(pairs) < 2 {
		return
	}
	slices.SortFunc(pairs, func(a, b Pair) int {
		return cmp.Or(cmp.Compare(b.IoU, a.IoU), cmp.Compare(b.Truth, a.Truth))
	})
}
