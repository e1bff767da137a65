package eval

import (
	"fmt"
	"io"
	"math"
	"slices"
)

// A PartialReader reads a [Partial] from its beginning to its end, with little of it in
// memory: the ids of its images, and no detections.
type PartialReader struct {
	Name string // of the partial, for errors; empty: its number

	head partialHead
	d    *decoder
	used bool
}

// NewPartialReader reads the head of what [Result.WritePartial] wrote. [MergePartials] reads
// the rest, and compares the checksum. An error wraps [ErrPartial], or is that of r.
func NewPartialReader(r io.Reader) (*PartialReader, error) {
	p := &PartialReader{d: newDecoder(r)}
	p.head.decode(p.d)
	if p.d.err != nil {
		return nil, p.d.err
	}
	return p, nil
}

// Label returns [PartialOptions.Label] of the partial.
func (p *PartialReader) Label() []byte { return p.head.label }

// decode reads the head.
func (h *partialHead) decode(d *decoder) {
	magic := string(d.next(len(partialMagic)))
	if d.err != nil || magic != partialMagic {
		switch n := len(partialMagic) - 1; {
		case d.err == nil && magic[:n] == partialMagic[:n]:
			d.fail(fmt.Errorf("%w: found version %d, expected %d: make it with the same version of the program", ErrPartial, magic[n], partialMagic[n]))
		default:
			if d.err == nil || d.end == 0 || string(d.buf[:min(d.end, n)]) != partialMagic[:min(d.end, n)] {
				d.err = fmt.Errorf("%w: expected a file that begins with %q", ErrPartial, partialMagic[:n])
			}
		}
		return
	}
	p := &Params{Type: Type(d.count("types", uint64(len(typeNames)-1)))}
	h.params = p
	for _, v := range []*bool{&p.IgnoreCategories, &p.MaskAreas, &p.Federated, &p.SkipUnknownCategories, &p.StrictPycocotools} {
		*v = d.bool()
	}
	p.BoundaryRatio = d.float()
	for _, list := range []*[]float64{&p.IoU, &p.Recall} {
		*list = []float64{}
		for range d.count("thresholds", mostNumbers) {
			if *list = append(*list, d.float()); d.err != nil {
				return
			}
		}
	}
	p.MaxDets = []int{}
	for range d.count("limits", mostNumbers) {
		if p.MaxDets = append(p.MaxDets, d.count("detections of a limit", math.MaxInt)); d.err != nil {
			return
		}
	}
	p.Areas = []AreaRange{}
	for range d.count("area ranges", mostNumbers) {
		a := AreaRange{Name: string(d.bytes("a name", mostName)), Min: d.float(), Max: d.float()}
		if p.Areas = append(p.Areas, a); d.err != nil {
			return
		}
	}
	if d.err == nil {
		complete, err := p.complete()
		if err == nil {
			err = checkSize(p)
		}
		if err != nil || !slices.Equal(complete.MaxDets, p.MaxDets) {
			d.fail(corrupt("its parameters: %v", err))
			return
		}
	}
	for range d.count("categories", math.MaxInt32) {
		c := partialCategory{int64(d.word()), string(d.bytes("a name", mostName)), string(d.bytes("a frequency", mostName))}
		if h.categories = append(h.categories, c); d.err != nil {
			return
		}
	}
	h.label = d.bytes("the label", mostLabel)
	h.detections = uint64(d.count("detections", math.MaxInt))
	h.areas = boxAreas(d.count("kinds of areas", uint64(areasOfMasks)))
	h.known = d.bool()
	if d.bool() {
		h.hubmap = &partialHuBMAP{iou: d.float(), class: string(d.bytes("a name", mostName))}
		for _, n := range []*int{&h.hubmap.counts.Truths, &h.hubmap.counts.Detections, &h.hubmap.counts.Empty, &h.hubmap.counts.Ignored} {
			*n = d.count("instances", math.MaxInt)
		}
		h.hubmap.rows = d.uint()
	}
	for ids := newIDDecoder(d); ids.next(); {
		h.images = append(h.images, ids.now)
	}
	if len(h.images) > math.MaxInt32 {
		d.fail(corrupt("found %d images", len(h.images)))
	}
	h.absolute = d.bool()
	for range h.images {
		if h.places = append(h.places, d.uint()); d.err != nil {
			return
		}
	}
	h.groupings = make([]partialGrouping, d.count("groupings", mostGroupings))
	for i := range h.groupings {
		if h.groupings[i].decode(d, len(h.images)); d.err != nil {
			return
		}
	}
}

// decode reads the head of a category. It reports false at the end of the categories.
func (s *partialSection) decode(d *decoder, h *partialHead) bool {
	before := s.k
	n := d.uint()
	if n == 0 || d.err != nil {
		return false
	}
	categories := len(h.categories)
	if h.params.IgnoreCategories {
		categories = 1
	}
	if n > uint64(categories) || int(n-1) <= before {
		d.fail(corrupt("found category %d of %d after %d", n-1, categories, before))
		return false
	}
	s.k = int(n - 1)
	s.truths = s.truths[:0]
	for range h.params.Areas {
		s.truths = append(s.truths, int32(d.count("true instances", math.MaxInt32)))
	}
	s.rows = d.uint()
	s.most = int32(d.count("detections of an image", uint64(min(h.params.MaxDets[len(h.params.MaxDets)-1], math.MaxInt32))))
	s.groups = slices.Grow(s.groups[:0], len(h.groupings))[:len(h.groupings)]
	for i := range h.groupings {
		s.groups[i] = decodeGroupTruths(d, &h.groupings[i], s.truths[0], s.groups[i][:0])
	}
	if s.rows > 0 && s.most == 0 {
		d.fail(corrupt("found %d detections, and none on any image", s.rows))
	}
	return d.err == nil
}
