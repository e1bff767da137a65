package pseudo

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/hubdata/hubdata/rle"
)

// A Prepared is a tile whose predictions are fused many times, with other options each time.
// It reads every mask once, and keeps what does not change between options: the overlaps of
// masks, what a suppression leaves of a model, and which masks were drawn. Two goroutines
// must not use it at the same time.
type Prepared struct {
	height, width int
	models        int
	all           []preparedEntry // in the order of the predictions
	masks         []rle.Mask      // of all
	overlaps      rle.Overlaps    // of masks
	ious          []float64       // of the pairs of masks, by place; NaN: not computed yet; nil: there are too many

	left  map[leftKey]left     // what suppressions leave
	drawn map[string]drawnMask // by what decides a mask
	key   []byte

	measure func(m rle.Mask) (int, error)
}

// preparedEntry is a prediction that may take part.
type preparedEntry struct {
	entry
	noArea bool // of its box on the tile: it takes part in no fusion
}

// leftKey is what decides which predictions of a model its suppression leaves.
type leftKey struct {
	model    int
	power    float64
	skip     float64
	suppress Suppression
}

// left is what a suppression leaves: places in all, ascending, and their scores.
type left struct {
	at     []int32
	scores []float64
}

// drawnMask is what became of a vote.
type drawnMask struct {
	shape     int     // what measure returned; -1: the mask has no pixels
	agreement float64 // what RescoreAgreement multiplies the score by
}

// A Shaped is an instance whose mask is known by what it measures.
type Shaped struct {
	Category int64
	Score    float64
	Shape    int // what the function measure of Prepare returned for its mask
	Models   int // number of different models among the members
}

// keptOverlaps is the largest number of masks whose overlaps are kept.
const keptOverlaps = 1024

// Prepare reads the predictions on a tile of so many models. measure is called for
// every mask that a fusion draws and no fusion before drew in this way, unless it has no
// pixels. It returns a number of the caller's for the mask. Tile.Exclude has no effect. Errors are those of [Fuser.Tile].
func Prepare(t *Tile, models int, measure func(m rle.Mask) (int, error)) (*Prepared, error) {
	p := &Prepared{height: t.Height, width: t.Width, models: models, left: map[leftKey]left{}, drawn: map[string]drawnMask{}, measure: measure}
	var held rle.Budget
	for i := range t.Predictions {
		of := &t.Predictions[i]
		if of.Model < 0 || of.Model >= models {
			return nil, of.wrong("", fmt.Errorf("%w: model %d of %d", ErrDetection, of.Model, models))
		}
		if err := of.check(); err != nil {
			return nil, err
		}
		m, box, _, err := of.read(t, &held)
		if err != nil {
			return nil, err
		}
		if m.Area() > 0 {
			p.all = append(p.all, preparedEntry{entry{p: of, box: box, score: of.Score}, area(&box) == 0})
			p.masks = append(p.masks, m)
		}
	}
	if err := p.overlaps.Reset(p.masks); err != nil {
		return nil, err
	}
	if n := len(p.masks); n <= keptOverlaps {
		p.ious = make([]float64, n*(n-1)/2)
		for i := range p.ious {
			p.ious[i] = math.NaN()
		}
	}
	return p, nil
}

// Kept returns how many masks and suppressed models are kept of fusions so far.
func (p *Prepared) Kept() int { return len(p.drawn) + len(p.left) }

// Forget drops them, which bounds the memory of many fusions: masks are drawn and measured
// again.
func (p *Prepared) Forget() {
	clear(p.left)
	p.drawn = map[string]drawnMask{}
}

// IoU returns the overlap of the masks of two predictions, by their places.
func (p *Prepared) IoU(i, j int) float64 {
	if p.ious == nil || i == j {
		return p.overlaps.IoU(i, j)
	}
	at := max(i, j)*(max(i, j)-1)/2 + min(i, j)
	if v := p.ious[at]; v == v {
		return v
	}
	p.ious[at] = p.overlaps.IoU(i, j)
	return p.ious[at]
}

// Bounds returns the bounds of the mask of a prediction, by its place.
func (p *Prepared) Bounds(i int) rle.Box { return p.overlaps.Bounds(i) }

// Single returns the predictions of a model as they are, in their order, without those whose
// masks have no pixels.
func (p *Prepared) Single(model int) ([]Shaped, error) {
	var out []Shaped
	for i := range p.all {
		if of := p.all[i].p; of.Model == model {
			shape, err := p.measure(p.masks[i])
			if err != nil {
				return nil, err
			}
			out = append(out, Shaped{Category: of.Category, Score: of.Score, Shape: shape, Models: 1})
		}
	}
	return out, nil
}

// Prepared fuses the predictions on a prepared tile. It returns the instances of
// [Fuser.Tile], in their order and with their scores, all with a mask: Options.MaskAbove has
// no effect. They are appended to dst. Options.NonOverlap, by which a mask depends on other
// instances, is an error that wraps [ErrOptions].
func (f *Fuser) Prepared(p *Prepared, dst []Shaped) ([]Shaped, error) {
	if f.opts.NonOverlap {
		return dst, fmt.Errorf("%w: NonOverlap on a prepared tile", ErrOptions)
	}
	if p.models != len(f.opts.Models) {
		return dst, fmt.Errorf("%w: %d models, the tile is prepared for %d", ErrOptions, len(f.opts.Models), p.models)
	}
	places, err := f.selectPrepared(p)
	if err != nil {
		return dst, err
	}
	f.dets = f.dets[:0]
	for i := range f.list {
		e := &f.list[i]
		f.dets = append(f.dets, Detection{Model: e.p.Model, Label: e.p.Category, Score: e.score, Box: e.box})
	}
	var shapes Shapes
	if f.opts.By == ByMask {
		shapes = someMasks{p, places}
	}
	clusters, _, err := f.boxes.Fuse(float64(p.width), float64(p.height), f.dets, shapes)
	if err != nil {
		return dst, err
	}
	f.gather(clusters)
	start := len(dst)
	for i := range f.instances {
		in := &f.instances[i]
		if f.below(in.Category, in.Score) {
			continue
		}
		m, err := f.drawPrepared(p, &clusters[i], places)
		if err != nil {
			return dst, err
		}
		if f.opts.Rescore == RescoreAgreement {
			in.Score *= m.agreement
		}
		if m.shape >= 0 && !f.below(in.Category, in.Score) {
			dst = append(dst, Shaped{Category: in.Category, Score: in.Score, Shape: m.shape, Models: in.Models})
		}
	}
	if f.opts.Rescore != RescoreNone {
		slices.SortStableFunc(dst[start:], func(a, b Shaped) int { return cmp.Compare(b.Score, a.Score) })
	}
	return dst, nil
}

// selectPrepared fills the list with what the suppressions leave, and returns its places.
func (f *Fuser) selectPrepared(p *Prepared) ([]int32, error) {
	f.keep, f.scores = f.keep[:0], f.scores[:0]
	for i := range p.all {
		f.keep, f.scores = append(f.keep, false), append(f.scores, p.all[i].score)
	}
	for m := range f.opts.Models {
		if f.opts.Models[m].Weight == 0 {
			continue
		}
		kept, err := f.leftOf(p, m)
		if err != nil {
			return nil, err
		}
		for k, i := range kept.at {
			f.keep[i], f.scores[i] = true, kept.scores[k]
		}
	}
	f.list, f.places = f.list[:0], f.places[:0]
	for i, ok := range f.keep {
		if ok {
			e := p.all[i].entry
			e.score = f.scores[i]
			f.list, f.places = append(f.list, e), append(f.places, int32(i))
		}
	}
	return f.places, nil
}

// leftOf returns what the suppression of a model leaves of its predictions.
func (f *Fuser) leftOf(p *Prepared, model int) (left, error) {
	of := &f.opts.Models[model]
	key := leftKey{model, of.Power, f.opts.Fusion.Skip, *f.opts.suppression(model)}
	if out, ok := p.left[key]; ok {
		return out, nil
	}
	keep, scores := f.keep, f.scores // of the caller
	defer func() { f.keep, f.scores = keep, scores }()
	f.list, f.places, f.keep = f.list[:0], f.places[:0], nil
	for i := range p.all {
		e := p.all[i]
		if e.p.Model != model || e.noArea {
			continue
		}
		if e.score = of.calibrated(e.p.Score); !(e.score < key.skip) {
			f.list, f.places, f.keep = append(f.list, e.entry), append(f.places, int32(i)), append(f.keep, true)
		}
	}
	if f.suppress[model] != nil {
		f.shapes = someMasks{p, f.places}
		if err := f.suppressModel(model, p.height, p.width); err != nil {
			return left{}, err
		}
	}
	var out left
	for i, ok := range f.keep {
		if ok {
			out.at, out.scores = append(out.at, f.places[i]), append(out.scores, f.list[i].score)
		}
	}
	p.left[key] = out
	return out, nil
}

// drawPrepared returns what becomes of the mask of a cluster.
func (f *Fuser) drawPrepared(p *Prepared, c *Cluster, places []int32) (drawnMask, error) {
	f.weights = f.weights[:0]
	p.key = append(append(p.key[:0], f.post...), 0)
	p.key = binary.AppendUvarint(p.key, uint64(len(c.Members)))
	for _, k := range c.Members {
		f.weights = append(f.weights, f.list[k].score*f.opts.Models[f.list[k].p.Model].Weight)
		p.key = binary.AppendUvarint(p.key, uint64(places[k]))
	}
	p.key = f.opts.Vote.appendKey(p.key, f.weights, &c.Box)
	if m, ok := p.drawn[string(p.key)]; ok {
		return m, nil
	}
	f.voters = f.voters[:0]
	for _, k := range c.Members {
		f.voters = append(f.voters, p.masks[places[k]])
	}
	m, err := f.opts.Vote.mask(f.voters, f.weights, &c.Box)
	for _, s := range f.opts.Post {
		if err == nil {
			m, err = s.Apply(m)
		}
	}
	out := drawnMask{shape: -1}
	if err == nil && m.Area() > 0 {
		out.agreement = RescoreAgreement.factor(m, f.voters)
		out.shape, err = p.measure(m)
	}
	if err == nil {
		p.drawn[string(p.key)] = out
	}
	return out, err
}
