package pseudo

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/hubdata/hubdata/rle"
)

// Model is a detector whose predictions are fused.
type Model struct {
	Name   string  `json:"name"`
	Weight float64 `json:"weight"` // 0 or more; 0 leaves the model out
	// Power calibrates the model: its scores count as raised to this power, before anything
	// else. A multiple of 0.25 up to 8; 0: 1.
	Power float64 `json:"power,omitempty"`
	// Suppress joins predictions of the same object by this model, for example
	// on flipped images or by several folds. nil: Options.Suppress is used.
	Suppress *Suppression `json:"suppress,omitempty"`
}

// Overlap determines how two predictions are compared.
type Overlap uint8

// The ways to compare.
const (
	ByBox  Overlap = iota // IoU of the boxes
	ByMask                // IoU of the masks: thin vessels may share boxes but not pixels
)

var overlapNames = []string{"box", "mask"}

// String returns box or mask.
func (o Overlap) String() string { return nameOf(overlapNames, int(o)) }

// ParseOverlap reads box or mask.
func ParseOverlap(s string) (Overlap, error) { return parseName[Overlap](overlapNames, s) }

// Options determine how a [Fuser] turns predictions into instances. If only Models is
// set, boxes are fused by WBF above DefaultIoU and the masks vote by weight with
// DefaultPart. Every prediction takes part, and the voted masks are not changed.
// [Default] returns the options that performed best.
type Options struct {
	Models []Model `json:"models"`
	// Suppress is the suppression within models that have none of their own. The zero
	// Suppression keeps all predictions.
	Suppress Suppression `json:"suppress"`
	// Fusion joins predictions across models. Its Skip applies to every method:
	// a prediction with a lower score is counted and dropped before anything
	// else. Its Weights are not used, because the models have weights. If all
	// weights are 1 they count as not given, so NMS leaves the scores
	// unchanged.
	Fusion Fusion `json:"fusion"`
	// By determines how predictions are compared across models. With ByMask,
	// WBF compares with the best member of a cluster.
	By   Overlap    `json:"by"`
	Vote Vote       `json:"vote"`
	Post []rle.Step `json:"post"` // applied to each mask, in order
	// Rescore changes the scores of instances with a mask, which only become lower. Those
	// without a mask keep their scores.
	Rescore Rescore `json:"rescore,omitempty"`
	// ClassAbove has thresholds of classes, by name: an instance of such a class is dropped
	// unless it scores strictly above, also after Rescore.
	ClassAbove map[string]float64 `json:"class_above,omitempty"`
	// ClassNames are the names of categories, by id, for ClassAbove. Other categories have no
	// threshold.
	ClassNames map[int64]string `json:"-"`
	// MaskAbove is the score above which instances get a mask. Other instances
	// have none, which saves the time of a vote. With a negative number all
	// instances get a mask.
	MaskAbove float64 `json:"mask_above"`
	// NonOverlap gives each pixel to the instance of its category with the
	// highest score.
	NonOverlap bool `json:"non_overlap"`
	// ExcludeIoF is the fraction of the pixels of an instance that must lie in
	// Tile.Exclude for the instance to be dropped. 0: 0.5.
	ExcludeIoF float64 `json:"exclude_iof,omitempty"`
}

// Tile holds the predictions of the models on one tile.
type Tile struct {
	Height, Width int // pixels
	Predictions   []Prediction
	// Exclude are regions in which instances are dropped: glomeruli, or vessels
	// that are already labelled.
	Exclude []rle.Mask
}

// Instance is the result of fusing predictions that show one object.
type Instance struct {
	Category int64
	Score    float64
	Box      rle.Box  // the fused box; the mask has its own
	Mask     rle.Mask // of 0 x 0 pixels if Score is not above Options.MaskAbove
	Members  []Member // the best first
	Models   int      // number of different models among the members
}

// Member is a prediction that went into an instance.
type Member struct {
	Model, Source, Record int
	Score                 float64 // as predicted
}

// Counts counts what became of predictions and of the instances fused from
// them.
type Counts struct {
	Models []ModelCounts // in the order of Options.Models
	Fused  int           // instances across models, whatever their score
	Below  int           // dropped, since they do not score above Options.ClassAbove
	// Instances that should have had a mask and were dropped:
	NoPixels int // no pixels were left after the vote or the steps
	Covered  int // all pixels belong to better instances
	Excluded int // in Tile.Exclude
}

// ModelCounts counts what became of the predictions of a model. In is the sum
// of Skipped, NoPixels, ZeroBox, Suppressed and Used.
type ModelCounts struct {
	In         int // all
	Skipped    int // scores below Fusion.Skip, or all if the weight of the model is 0
	NoPixels   int // masks without foreground
	ZeroBox    int // boxes without area on the tile
	Suppressed int // by the model's own suppression
	Used       int // took part in the fusion
	Cut        int // boxes among all of these that extended beyond the tile
}

// Add adds o to c.
func (c *Counts) Add(o *Counts) {
	if c.Models == nil {
		c.Models = make([]ModelCounts, len(o.Models))
	}
	for i := range o.Models {
		a, b := &c.Models[i], &o.Models[i]
		a.In += b.In
		a.Skipped += b.Skipped
		a.NoPixels += b.NoPixels
		a.ZeroBox += b.ZeroBox
		a.Suppressed += b.Suppressed
		a.Used += b.Used
		a.Cut += b.Cut
	}
	c.Fused += o.Fused
	c.Below += o.Below
	c.NoPixels += o.NoPixels
	c.Covered += o.Covered
	c.Excluded += o.Excluded
}

// Fuser fuses the predictions on tiles. It reuses memory between calls, so two
// goroutines must not use it at the same time; create one for each.
type Fuser struct {
	opts     Options
	boxes    *BoxFuser
	suppress []*BoxFuser       // by model; nil: none
	above    map[int64]float64 // thresholds of categories

	list      []entry // predictions that take part
	masks     []rle.Mask
	overlaps  rle.Overlaps
	shapes    Shapes // of list
	byMask    bool   // whether a suppression or the fusion compares masks
	dets      []Detection
	at        []int32   // index in list of each of dets
	places    []int32   // of list in a prepared tile
	scores    []float64 // of a prepared tile
	post      string    // Options.Post as text
	keep      []bool
	instances []Instance
	members   []Member
	voters    []rle.Mask
	excluded  region
	before    region // instances that have been drawn
	weights   []float64
	seen      []bool
	counts    Counts
}

// entry is a prediction that takes part.
type entry struct {
	p     *Prediction
	box   Corners
	score float64 // possibly lowered by soft-NMS
}

// NewFuser returns a Fuser. If the options are invalid, the error wraps
// [ErrOptions].
func NewFuser(opts *Options) (*Fuser, error) {
	f := &Fuser{opts: *opts, byMask: opts.By == ByMask}
	if len(opts.Models) == 0 {
		return nil, fmt.Errorf("%w: no models", ErrOptions)
	}
	fusion := opts.Fusion
	fusion.Weights = nil
	for _, m := range opts.Models {
		if m.Weight != 1 {
			fusion.Weights = make([]float64, len(opts.Models))
			for i, m := range opts.Models {
				fusion.Weights[i] = m.Weight
			}
			break
		}
	}
	var err error
	if f.boxes, err = NewBoxFuser(len(opts.Models), &fusion); err != nil {
		return nil, err
	}
	if int(opts.By) >= len(overlapNames) {
		return nil, fmt.Errorf("%w: unknown overlap", ErrOptions)
	}
	if err := opts.Vote.check(); err != nil {
		return nil, err
	}
	if int(opts.Rescore) >= len(rescoreNames) {
		return nil, fmt.Errorf("%w: unknown rule to rescore", ErrOptions)
	}
	if math.IsNaN(opts.MaskAbove) || !(opts.ExcludeIoF >= 0 && opts.ExcludeIoF <= 1) {
		return nil, fmt.Errorf("%w: MaskAbove %v, ExcludeIoF %v, expected numbers, the second from 0 to 1", ErrOptions, opts.MaskAbove, opts.ExcludeIoF)
	}
	if f.opts.ExcludeIoF == 0 {
		f.opts.ExcludeIoF = 0.5
	}
	for name, v := range opts.ClassAbove {
		if !(v >= 0 && v <= 1) {
			return nil, fmt.Errorf("%w: threshold %v of class %s, expected 0 to 1", ErrOptions, v, name)
		}
	}
	for id, name := range opts.ClassNames {
		if v, ok := opts.ClassAbove[name]; ok {
			if f.above == nil {
				f.above = map[int64]float64{}
			}
			f.above[id] = v
		}
	}
	f.suppress = make([]*BoxFuser, len(opts.Models))
	for i, m := range opts.Models {
		if !isPower(m.Power) {
			return nil, fmt.Errorf("%w: power %v of model %s, expected a multiple of 0.25 up to %d", ErrOptions, m.Power, m.Name, maxPower)
		}
		s := opts.suppression(i)
		if f.suppress[i], err = s.fuser(); err != nil {
			return nil, fmt.Errorf("%w, in model %s", err, m.Name)
		}
		f.byMask = f.byMask || s.By == ByMask
	}
	for _, s := range opts.Post {
		f.post += s.String() + ","
	}
	f.counts.Models = make([]ModelCounts, len(opts.Models))
	f.seen = make([]bool, len(opts.Models))
	return f, nil
}

// below says that a class has a threshold above which a score is not.
func (f *Fuser) below(category int64, score float64) bool {
	if f.above == nil {
		return false
	}
	v, ok := f.above[category]
	return ok && !(score > v)
}

// suppression returns the suppression of a model.
func (o *Options) suppression(model int) *Suppression {
	if s := o.Models[model].Suppress; s != nil {
		return s
	}
	return &o.Suppress
}

// Tile fuses the predictions on a tile. The instances are in descending order
// of score; those with equal scores keep the order of the method. The instances
// and the counts are valid until the next call. An error about a prediction is
// a [*PredictionError].
func (f *Fuser) Tile(t *Tile) ([]Instance, *Counts, error) {
	models := f.counts.Models
	clear(models)
	f.counts = Counts{Models: models}
	if err := f.selectPredictions(t); err != nil {
		return nil, &f.counts, err
	}
	if err := f.suppressAll(t); err != nil {
		return nil, &f.counts, err
	}
	f.dets = f.dets[:0]
	for i := range f.list {
		e := &f.list[i]
		f.dets = append(f.dets, Detection{Model: e.p.Model, Label: e.p.Category, Score: e.score, Box: e.box})
		models[e.p.Model].Used++
	}
	var shapes Shapes
	if f.opts.By == ByMask {
		shapes = &f.overlaps
	}
	clusters, counts, err := f.boxes.Fuse(float64(t.Width), float64(t.Height), f.dets, shapes)
	if err != nil {
		return nil, &f.counts, err
	}
	if counts != (BoxCounts{}) { // soft-NMS has lowered scores below Skip
		for m := range models {
			models[m].Used = 0
		}
		for i := range clusters {
			for _, k := range clusters[i].Members {
				models[f.list[k].p.Model].Used++
			}
		}
		for m := range models {
			c := &models[m]
			c.Suppressed = c.In - c.Skipped - c.NoPixels - c.ZeroBox - c.Used
		}
	}
	f.counts.Fused = len(clusters)
	f.gather(clusters)
	err = f.draw(t, clusters)
	return f.instances, &f.counts, err
}

// selectPredictions checks the predictions and decodes the masks of those that
// take part.
func (f *Fuser) selectPredictions(t *Tile) error {
	f.list, f.masks = f.list[:0], f.masks[:0]
	var held rle.Budget
	for i := range t.Predictions {
		p := &t.Predictions[i]
		if p.Model < 0 || p.Model >= len(f.opts.Models) {
			return p.wrong("", fmt.Errorf("%w: model %d of %d", ErrDetection, p.Model, len(f.opts.Models)))
		}
		if err := p.check(); err != nil {
			return err
		}
		c := &f.counts.Models[p.Model]
		c.In++
		score := f.opts.Models[p.Model].calibrated(p.Score)
		if score < f.opts.Fusion.Skip || f.opts.Models[p.Model].Weight == 0 {
			c.Skipped++
			continue
		}
		m, box, cut, err := p.read(t, &held)
		if err != nil {
			return err
		}
		if cut {
			c.Cut++
		}
		switch {
		case m.Area() == 0:
			c.NoPixels++
		case area(&box) == 0:
			c.ZeroBox++
		default:
			f.list = append(f.list, entry{p: p, box: box, score: score})
			f.masks = append(f.masks, m)
		}
	}
	return nil
}

// read returns the mask of a prediction, and its box inside the tile. cut says that the box
// extends beyond it.
func (p *Prediction) read(t *Tile, held *rle.Budget) (m rle.Mask, box Corners, cut bool, err error) {
	m, err = p.Segmentation.Mask(t.Height, t.Width)
	if err == nil {
		err = p.Segmentation.Hold(held, m)
	}
	if err != nil {
		return m, box, false, p.wrong("segmentation", err)
	}
	b := p.Box
	if p.NoBox {
		b = m.Bounds()
	}
	w, h := float64(t.Width), float64(t.Height)
	box = Corners{b.X, b.Y, b.X + b.W, b.Y + b.H}
	if box[0] < 0 || box[1] < 0 || box[2] > w || box[3] > h {
		return m, Corners{clip(box[0], w), clip(box[1], h), clip(box[2], w), clip(box[3], h)}, true, nil
	}
	return m, box, false, nil
}

// suppressAll removes from the list what the suppressions of the models drop,
// and prepares masks for comparison.
func (f *Fuser) suppressAll(t *Tile) error {
	if f.byMask {
		if err := f.overlaps.Reset(f.masks); err != nil {
			return err
		}
	}
	f.shapes = &f.overlaps
	f.keep = f.keep[:0]
	for range f.list {
		f.keep = append(f.keep, true)
	}
	for m := range f.suppress {
		if f.suppress[m] != nil {
			if err := f.suppressModel(m, t.Height, t.Width); err != nil {
				return err
			}
		}
	}
	n := 0
	for i, ok := range f.keep {
		if !ok {
			f.counts.Models[f.list[i].p.Model].Suppressed++
			continue
		}
		f.list[n], f.masks[n] = f.list[i], f.masks[i]
		n++
	}
	if n == len(f.list) {
		return nil
	}
	f.list, f.masks = f.list[:n], f.masks[:n]
	if f.opts.By == ByMask {
		return f.overlaps.Reset(f.masks)
	}
	return nil
}

// suppressModel determines which predictions of a model its suppression keeps.
func (f *Fuser) suppressModel(model, height, width int) error {
	f.dets, f.at = f.dets[:0], f.at[:0]
	for i := range f.list {
		if e := &f.list[i]; e.p.Model == model {
			f.dets = append(f.dets, Detection{Label: e.p.Category, Score: e.score, Box: e.box})
			f.at = append(f.at, int32(i))
		}
	}
	var shapes Shapes
	if f.opts.suppression(model).By == ByMask {
		shapes = someMasks{f.shapes, f.at}
	}
	clusters, _, err := f.suppress[model].Fuse(float64(width), float64(height), f.dets, shapes)
	if err != nil {
		return err
	}
	for _, i := range f.at {
		f.keep[i] = false
	}
	for _, c := range clusters {
		i := f.at[c.Members[0]]
		f.keep[i] = true
		f.list[i].score = c.Score
	}
	return nil
}

// someMasks compares some of the masks.
type someMasks struct {
	of Shapes
	at []int32 // index of each
}

func (s someMasks) IoU(i, j int) float64 { return s.of.IoU(int(s.at[i]), int(s.at[j])) }
func (s someMasks) Bounds(i int) rle.Box { return s.of.Bounds(int(s.at[i])) }

// gather turns clusters into instances without masks.
func (f *Fuser) gather(clusters []Cluster) {
	slices.SortStableFunc(clusters, func(a, b Cluster) int { return cmp.Compare(b.Score, a.Score) })
	f.instances, f.members = f.instances[:0], f.members[:0]
	f.members = slices.Grow(f.members, len(f.list)) // appends never move it
	for i := range clusters {
		c := &clusters[i]
		in := Instance{Category: c.Label, Score: c.Score, Box: rle.Box{X: c.Box[0], Y: c.Box[1], W: c.Box[2] - c.Box[0], H: c.Box[3] - c.Box[1]}}
		start := len(f.members)
		clear(f.seen)
		for _, k := range c.Members {
			p := f.list[k].p
			f.members = append(f.members, Member{Model: p.Model, Source: p.Source, Record: p.Record, Score: p.Score})
			if !f.seen[p.Model] {
				f.seen[p.Model] = true
				in.Models++
			}
		}
		in.Members = f.members[start:len(f.members):len(f.members)]
		f.instances = append(f.instances, in)
	}
}
