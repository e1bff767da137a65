package eval

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// Part says whether results are all that is scored, or a part of a list: those on some of
// the images. A part may have unknown categories alone, and what the first result of the
// whole list decides may have to be said: whether areas are those of boxes.
type Part uint8

// The parts.
const (
	Whole       Part = iota // all results
	APart                   // some; the first of them has a box if the first of all has, which MergePartials checks
	PartBoxed               // some; the first of all has a box
	PartUnboxed             // some; the first of all has no box
)

// A Partial is what some of the images add to an evaluation, in a compact form. Partials of
// different images are merged by [MergePartials] to what one evaluation of all images gives,
// bit for bit. It holds, for each category, the number of true instances and the score and
// outcome of each detection.
type Partial struct{ text []byte }

// PartialOptions are the options of [Result.Partial]. Their zero values are the defaults.
type PartialOptions struct {
	// HuBMAP are the options of the competition's metric, which the partial then has too.
	// nil: not computed.
	HuBMAP *HuBMAPOptions
	// Places are the places that the images of the ground truth have among those of all
	// parts: the competition's metric orders equal scores by them. nil: the images are in
	// the order of the ground truth, after those of the partials that are merged before.
	Places []uint64
	// Groupings divide the images into groups, which [Merged.Parts] scores.
	Groupings []Grouping
	// Label is for the caller, who gets it back as [PartialReader.Label]. It has at most
	// 16 MiB.
	Label []byte
}

// partialHead is what a partial begins with.
type partialHead struct {
	params     *Params
	categories []partialCategory
	label      []byte
	detections uint64 // all, whether they count or not
	areas      boxAreas
	known      bool // some detection has a category of the ground truth
	images     []coco.ID
	places     []uint64 // of the images in the ground truth
	absolute   bool     // places are those in the ground truth of all parts
	groupings  []partialGrouping
	hubmap     *partialHuBMAP
}

// partialCategory is what is printed of a category.
type partialCategory struct {
	id              int64
	name, frequency string
}

// boxAreas says where the areas of detections come from.
type boxAreas uint8

const (
	noAreas boxAreas = iota // there are no detections
	areasOfBoxes
	areasOfMasks
)

// partialHuBMAP is the competition's metric before its curve is made.
type partialHuBMAP struct {
	iou    float64
	class  string
	counts HuBMAPScore
	rows   uint64
}

// Limits of what a partial may have.
const (
	mostNumbers    = 1 << 24 // of the curves of a category
	mostLabel      = 16 << 20
	mostName       = 1 << 20
	mostDetections = 1<<31 - 1 // of a category
)

// partialMagic begins each partial; the last byte is the version of the form.
const partialMagic = "hubdata partial\x02"

// Partial returns what the evaluation adds to one of more images. Params.Images must be nil:
// the ground truth of a part has the images of the part.
func (r *Result) Partial(o *PartialOptions) (*Partial, error) {
	var text bytes.Buffer
	if err := r.WritePartial(&text, o); err != nil {
		return nil, err
	}
	return &Partial{text.Bytes()}, nil
}

// MarshalBinary returns the partial in a form that has a version and a checksum.
func (p *Partial) MarshalBinary() ([]byte, error) {
	if p.text == nil {
		return nil, fmt.Errorf("%w: it is empty", ErrPartial)
	}
	return slices.Clone(p.text), nil
}

// UnmarshalBinary takes what MarshalBinary returned, and checks all of it.
func (p *Partial) UnmarshalBinary(text []byte) error {
	in, err := NewPartialReader(bytes.NewReader(text))
	if err != nil {
		return err
	}
	if _, err := MergePartials(nil, in); err != nil {
		return err
	}
	p.text = slices.Clone(text)
	return nil
}

// WritePartial writes what [Result.Partial] returns, without holding it in memory.
func (r *Result) WritePartial(w io.Writer, o *PartialOptions) error {
	if o == nil {
		o = new(PartialOptions)
	}
	p := &partialWriter{r: r}
	var err error
	if p.head, err = p.makeHead(o); err != nil {
		return err
	}
	e := newEncoder(w)
	if err := p.head.encode(e); err != nil {
		return err
	}
	e.ids(p.annotations())
	for i := range r.groups {
		p.group(e, &r.groups[i])
	}
	e.uint(0)
	p.hubmapRows(e)
	return e.close()
}

// A partialWriter makes the parts of a partial.
type partialWriter struct {
	r      *Result
	head   *partialHead
	list   []ranked
	image  []uint32 // of each of the evaluation's detections
	hubmap []hubmapImage
}

// makeHead returns the head of a partial, and matches for the competition's metric.
func (p *partialWriter) makeHead(o *PartialOptions) (*partialHead, error) {
	e := p.r.e
	h := &partialHead{params: e.p, label: o.Label, detections: uint64(e.dt.Len()), known: e.knowsCategory(), absolute: o.Places != nil}
	if e.p.Images != nil || e.empty == nil {
		return nil, fmt.Errorf("%w: found an evaluation of some images of the ground truth, expected a ground truth of the images of the part", ErrParams)
	}
	if o.Places != nil && len(o.Places) != len(e.gt.Images) {
		return nil, fmt.Errorf("%w: found places of %d images, expected %d", ErrParams, len(o.Places), len(e.gt.Images))
	}
	if len(o.Label) > mostLabel {
		return nil, fmt.Errorf("%w: found a label of %d bytes, expected at most %d", ErrParams, len(o.Label), mostLabel)
	}
	if e.dt.Len() > 0 {
		if h.areas = areasOfMasks; e.boxAreas {
			h.areas = areasOfBoxes
		}
	}
	for _, id := range e.categories {
		c := partialCategory{id: id}
		for i := range e.gt.Categories {
			if e.gt.Categories[i].ID == id {
				c.name = e.gt.Categories[i].Name
				break
			}
		}
		if p.r.frequency != nil {
			c.frequency = p.r.frequency[id]
		}
		h.categories = append(h.categories, c)
	}
	for _, at := range e.images {
		h.images = append(h.images, e.gt.Images[at].ID)
		place := uint64(at)
		if o.Places != nil {
			place = o.Places[at]
		}
		h.places = append(h.places, place)
	}
	var err error
	if h.groupings, err = p.groupings(o.Groupings); err != nil {
		return nil, err
	}
	p.image = make([]uint32, len(e.dets))
	for i := range e.images {
		for at := e.detStart[i]; at < e.detStart[i+1]; at++ {
			p.image[at] = uint32(i)
		}
	}
	if o.HuBMAP == nil {
		return h, nil
	}
	with := *o.HuBMAP
	if with.From == nil {
		with.From = p.r
	}
	score, images, err := matchHuBMAP(e.gt, e.dt, &with)
	if err != nil {
		return nil, err
	}
	h.hubmap = &partialHuBMAP{counts: *score}
	h.hubmap.iou, h.hubmap.class = with.metric()
	for i := range images {
		h.hubmap.rows += uint64(len(images[i].order))
	}
	h.hubmap.rows -= uint64(score.Ignored)
	p.hubmap = images
	return h, nil
}

// annotations returns the ids of the annotations that are on images of the part, in order.
func (p *partialWriter) annotations() []coco.ID {
	e := p.r.e
	ids := make([]coco.ID, 0, len(e.gt.Annotations))
	for i := range e.gt.Annotations {
		if _, ok := e.ix.ImageAt(e.gt.Annotations[i].ImageID); ok {
			ids = append(ids, e.gt.Annotations[i].ID)
		}
	}
	if !slices.IsSortedFunc(ids, compareID) {
		slices.SortFunc(ids, compareID)
	}
	return ids
}

// group writes a category.
func (p *partialWriter) group(out *encoder, g *group) {
	e := p.r.e
	n, most := 0, int32(0)
	for _, c := range g.records {
		n, most = n+int(c.dets), max(most, c.dets)
	}
	section := partialSection{k: int(g.k), truths: g.truths, rows: uint64(n), most: most}
	for i := range p.head.groupings {
		section.groups = append(section.groups, p.groupTruths(g, &p.head.groupings[i]))
	}
	section.encode(out)
	p.list = slices.Grow(p.list[:0], 2*n)
	for _, c := range g.records {
		for d := range c.dets {
			p.list = append(p.list, ranked{scoreKey(e.scores[c.det+d]), c.det + d, d})
		}
	}
	rows := rowEncoder{encoder: out}
	w := e.grid.words
	r := row{pattern: make([]uint64, 2*w)}
	for _, d := range sortRanked(p.list, p.list[n:2*n]) {
		r.key, r.image, r.order = d.key, p.image[d.at], d.order
		r.minus = e.scores[d.at] == 0 && math.Signbit(e.scores[d.at])
		copy(r.pattern, e.matched[int(d.at)*w:int(d.at+1)*w])
		copy(r.pattern[w:], e.ignored[int(d.at)*w:int(d.at+1)*w])
		rows.row(&r)
	}
}

// hubmapRows writes the detections of the competition's class.
func (p *partialWriter) hubmapRows(out *encoder) {
	if p.hubmap == nil {
		return
	}
	e := p.r.e
	type hit struct {
		image, at int32
		order     int32 // in the image
	}
	var hits []hit
	p.list = p.list[:0]
	for i := len(p.hubmap) - 1; i >= 0; i-- { // equal scores come in falling order of images
		img := &p.hubmap[i]
		counts := make([]bool, len(img.detections)) // neither empty nor ignored
		for _, k := range img.order {
			counts[k] = !img.ignored[k]
		}
		for k, at := range img.detections {
			if !counts[k] {
				continue
			}
			p.list = append(p.list, ranked{key: scoreKey(e.dt.Score(int(at))), at: int32(len(hits))})
			hits = append(hits, hit{e.rank[i], at, int32(k)})
		}
	}
	n := len(p.list)
	p.list = slices.Grow(p.list, n)
	rows := rowEncoder{encoder: out}
	r := row{pattern: make([]uint64, 1)}
	for _, d := range sortRanked(p.list[:n], p.list[n:2*n]) {
		h := hits[d.at]
		r.key, r.image, r.order = d.key, uint32(h.image), h.order
		r.pattern[0] = 0
		if p.hubmap[e.images[h.image]].found[h.order] {
			r.pattern[0] = 1
		}
		rows.row(&r)
	}
}

// partialSection is the head of a category in a partial.
type partialSection struct {
	k      int
	truths []int32 // by area range
	rows   uint64
	most   int32           // detections on an image
	groups [][]groupTruths // by grouping
}

func (s *partialSection) encode(e *encoder) {
	e.uint(uint64(s.k) + 1)
	for _, n := range s.truths {
		e.uint(uint64(n))
	}
	e.uint(s.rows)
	e.uint(uint64(s.most))
	for _, list := range s.groups {
		encodeGroupTruths(e, list)
	}
}

// encode writes the head.
func (h *partialHead) encode(e *encoder) error {
	p := h.params
	if err := checkSize(p); err != nil {
		return err
	}
	e.raw([]byte(partialMagic))
	e.uint(uint64(p.Type))
	for _, v := range []bool{p.IgnoreCategories, p.MaskAreas, p.Federated, p.SkipUnknownCategories, p.StrictPycocotools} {
		e.bool(v)
	}
	e.float(p.BoundaryRatio)
	for _, list := range [][]float64{p.IoU, p.Recall} {
		e.uint(uint64(len(list)))
		for _, v := range list {
			e.float(v)
		}
	}
	e.uint(uint64(len(p.MaxDets)))
	for _, n := range p.MaxDets {
		e.uint(uint64(n))
	}
	e.uint(uint64(len(p.Areas)))
	for _, a := range p.Areas {
		e.bytes([]byte(a.Name))
		e.float(a.Min)
		e.float(a.Max)
	}
	e.uint(uint64(len(h.categories)))
	for _, c := range h.categories {
		e.word(uint64(c.id))
		e.bytes([]byte(c.name))
		e.bytes([]byte(c.frequency))
	}
	e.bytes(h.label)
	e.uint(h.detections)
	e.uint(uint64(h.areas))
	e.bool(h.known)
	e.bool(h.hubmap != nil)
	if m := h.hubmap; m != nil {
		e.float(m.iou)
		e.bytes([]byte(m.class))
		for _, n := range []int{m.counts.Truths, m.counts.Detections, m.counts.Empty, m.counts.Ignored} {
			e.uint(uint64(n))
		}
		e.uint(m.rows)
	}
	e.ids(h.images)
	e.bool(h.absolute)
	for _, n := range h.places {
		e.uint(n)
	}
	e.uint(uint64(len(h.groupings)))
	for i := range h.groupings {
		h.groupings[i].encode(e)
	}
	return nil
}

// checkSize refuses parameters with which curves would be too large for a partial.
func checkSize(p *Params) error {
	n := 1
	for _, m := range []int{len(p.IoU), len(p.Recall), len(p.Areas), len(p.MaxDets)} {
		if n *= m; n > mostNumbers {
			return fmt.Errorf("%w: found more than %d numbers in the curves of a category: too many for a partial", ErrParams, mostNumbers)
		}
	}
	return nil
}
