package pseudo

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/hubdata/hubdata/rle"
)

// Corners are the left, top, right and bottom edges of a box.
type Corners [4]float64

// Detection is the box of one object that one model found.
type Detection struct {
	Model int     // index of the model, from 0
	Label int64   // class
	Score float64 // 0 to 1
	Box   Corners // in the unit of the width and height passed with it
}

// Cluster is a set of detections that are considered one object.
type Cluster struct {
	Label int64
	Score float64
	Box   Corners
	// Members are the indices of the detections in the fused list. The first is
	// the one with the best weighted score. For NMS the members include the
	// suppressed detections; for SoftNMS there is only one member.
	Members []int32
}

// BoxCounts counts what became of the detections of a call.
type BoxCounts struct {
	Skipped  int // score below Fusion.Skip, or model of weight 0
	ZeroArea int // without area, at least inside the image
	Cut      int // extended beyond the image, and were clipped at its border
}

// ErrDetection is wrapped by errors about a detection: an unknown model, a
// score that is not from 0 to 1, or a coordinate that is not finite.
var ErrDetection = errors.New("pseudo: bad detection")

// Shapes compares the detections of a list by more than their boxes. *[rle.Overlaps] does so
// by masks.
type Shapes interface {
	// IoU returns the overlap of detections i and j, from 0 to 1.
	IoU(i, j int) float64
	// Bounds returns a box that contains detection i, in any unit: two detections whose
	// boxes share no point have an IoU of 0, and are not compared.
	Bounds(i int) rle.Box
}

// BoxFuser fuses boxes. It reuses memory between calls, so two goroutines must
// not use it at the same time.
type BoxFuser struct {
	opts    Fusion
	models  int
	weights []float64 // factors of the scores
	raw     []float64 // as given; 1 each if not given
	live    int       // number of models whose weight is not 0
	sum     float64   // of raw
	largest float64   // of raw

	candidates []candidate // in the order of the list
	boxes      []candidate // in the order in which they are fused
	labels     []int64
	labelAt    map[int64]int32 // index in labels, if there are many
	values     []int64         // labels, sorted
	ranks      []int32         // of labels
	order      sorter
	find       finder
	near       seeds
	cells      []cluster
	assigned   []int32 // cluster of each box of the label
	clusters   []Cluster
	sorted     []Cluster
	members    []int32
	seen       []bool    // scratch memory, by model
	scratch    []float64 // scratch memory for weights
	soft       []softBox
	best       tournament
}

// candidate is a detection that takes part in the fusion.
type candidate struct {
	box   Corners // corners in order, inside the image
	score float64 // multiplied by the weight
	index int32   // in the list
	label int32   // in labels
}

// cluster is a Cluster under construction.
type cluster struct {
	box    Corners
	score  float64
	sum    [4]float32 // sums of score times edge
	conf   float64    // sum of scores
	max    float64
	weight float64 // sum of the members' weights
	n      int32
	seed   int32 // index of the first member among the candidates
	at     int32 // index at which its members begin
}

// NewBoxFuser returns a fuser for the boxes of the given number of models. If
// the options are invalid, the error wraps [ErrOptions].
func NewBoxFuser(models int, opts *Fusion) (*BoxFuser, error) {
	if opts == nil {
		opts = &Fusion{}
	}
	if err := opts.check(models); err != nil {
		return nil, err
	}
	f := &BoxFuser{opts: *opts, models: models, seen: make([]bool, models)}
	f.opts.IoU = orDefault(opts.IoU, DefaultIoU)
	if f.opts.Sigma == 0 {
		f.opts.Sigma = 0.5
	}
	f.raw = slices.Clone(opts.Weights)
	if f.raw == nil {
		f.raw = slices.Repeat([]float64{1}, models)
	}
	for _, w := range f.raw {
		f.largest = max(f.largest, w)
		if w > 0 {
			f.live++
			f.scratch = append(f.scratch, w)
		}
	}
	f.sum = sum(f.scratch)
	f.weights = slices.Clone(f.raw)
	for i, w := range f.raw {
		switch opts.Method {
		case NMW:
			f.weights[i] = w / f.largest
		case NMS, SoftNMS:
			f.weights[i] = 1
		}
	}
	return f, nil
}

// Fuse fuses the detections on an image of the given width and height; for
// boxes in fractions of the image, width and height are 1. shapes, if not nil,
// replaces the IoU of the boxes, for example by that of masks. WBF then compares
// with the best member of a cluster, since a cluster has no shape yet.
//
// The detections of each label are fused separately. The order is that of
// ensemble-boxes: by descending score for WBF and NMW; by label, then by rank
// for NMS and SoftNMS. The clusters are valid until the next call. Errors wrap
// [ErrDetection].
func (f *BoxFuser) Fuse(width, height float64, list []Detection, shapes Shapes) ([]Cluster, BoxCounts, error) {
	counts, err := f.selectCandidates(width, height, list)
	if err != nil {
		return nil, counts, err
	}
	f.clusters, f.members = f.clusters[:0], f.members[:0]
	f.members = slices.Grow(f.members, len(f.boxes)) // so that append never reallocates it
	for from := 0; from < len(f.boxes); {
		to := from + 1
		for to < len(f.boxes) && f.boxes[to].label == f.boxes[from].label {
			to++
		}
		if f.opts.Method == SoftNMS {
			f.softNMS(f.boxes[from:to], shapes)
		} else {
			f.join(f.boxes[from:to], width, height, list, shapes)
		}
		from = to
	}
	if f.opts.Method == WBF || f.opts.Method == NMW {
		return f.byScore(), counts, nil
	}
	return f.clusters, counts, nil
}

// byScore sorts the clusters like an ascending sort that is then reversed.
func (f *BoxFuser) byScore() []Cluster {
	f.order.keys = f.order.keys[:0]
	for i := len(f.clusters) - 1; i >= 0; i-- {
		f.order.keys = append(f.order.keys, key{bits: falling(f.clusters[i].Score), at: int32(i)})
	}
	f.order.sort()
	f.sorted = f.sorted[:0]
	for _, k := range f.order.keys {
		f.sorted = append(f.sorted, f.clusters[k.at])
	}
	return f.sorted
}

// selectCandidates checks the detections and sorts those that take part.
func (f *BoxFuser) selectCandidates(width, height float64, list []Detection) (BoxCounts, error) {
	var counts BoxCounts
	f.candidates, f.boxes, f.labels = f.candidates[:0], f.boxes[:0], f.labels[:0]
	if !(width > 0 && height > 0) || math.IsInf(width+height, 0) {
		return counts, fmt.Errorf("%w: width %v, height %v of the image, expected positive numbers", ErrDetection, width, height)
	}
	skips := f.opts.Method == WBF || f.opts.Method == NMW
	scaled := f.opts.Weights != nil && !skips
	label := int32(-1)
	for i := range list {
		d := &list[i]
		if d.Model < 0 || d.Model >= f.models {
			return counts, fmt.Errorf("%w %d: model %d of %d", ErrDetection, i, d.Model, f.models)
		}
		if !(d.Score >= 0 && d.Score <= 1) {
			return counts, fmt.Errorf("%w %d: score %v, expected 0 to 1", ErrDetection, i, d.Score)
		}
		b := d.Box
		if s := b[0] + b[1] + b[2] + b[3]; math.IsNaN(s - s) {
			return counts, fmt.Errorf("%w %d: box %v has a coordinate that is not finite", ErrDetection, i, d.Box)
		}
		if skips && d.Score < f.opts.Skip || f.raw[d.Model] == 0 {
			counts.Skipped++
			continue
		}
		if b[0] > b[2] {
			b[0], b[2] = b[2], b[0]
		}
		if b[1] > b[3] {
			b[1], b[3] = b[3], b[1]
		}
		if b[0] < 0 || b[1] < 0 || b[2] > width || b[3] > height {
			counts.Cut++
			b = Corners{clip(b[0], width), clip(b[1], height), clip(b[2], width), clip(b[3], height)}
		}
		if float64((b[2]-b[0])*(b[3]-b[1])) == 0 {
			counts.ZeroArea++
			continue
		}
		score := d.Score * f.weights[d.Model]
		if scaled {
			score = float64(d.Score*f.raw[d.Model]) / f.sum
		}
		if label < 0 || f.labels[label] != d.Label {
			label = f.labelOf(d.Label)
		}
		f.candidates = append(f.candidates, candidate{box: b, score: score, index: int32(i), label: label})
	}
	f.sort()
	return counts, nil
}

// fewLabels is the largest number of labels that are compared one by one.
const fewLabels = 16

// labelOf returns the index of a label, which is added if it is new.
func (f *BoxFuser) labelOf(v int64) int32 {
	if len(f.labels) <= fewLabels {
		if k := slices.Index(f.labels, v); k >= 0 {
			return int32(k)
		}
		if len(f.labels) == fewLabels {
			if f.labelAt == nil {
				f.labelAt = map[int64]int32{}
			}
			clear(f.labelAt)
			for k, label := range f.labels {
				f.labelAt[label] = int32(k)
			}
		}
	} else if k, ok := f.labelAt[v]; ok {
		return k
	}
	k := int32(len(f.labels))
	if f.labels = append(f.labels, v); k >= fewLabels {
		f.labelAt[v] = k
	}
	return k
}

// sort puts the candidates in the order in which they are fused. It sorts by label:
// in the order of first appearance for WBF and NMW, by value otherwise. Within a
// label it sorts by descending score, and among equal scores the last comes first.
// Soft-NMS sorts on its own.
func (f *BoxFuser) sort() {
	byValue := f.opts.Method == NMS || f.opts.Method == SoftNMS
	if byValue {
		f.values = append(f.values[:0], f.labels...)
		slices.Sort(f.values)
	}
	f.ranks = f.ranks[:0]
	for i, v := range f.labels {
		if byValue {
			i, _ = slices.BinarySearch(f.values, v)
		}
		f.ranks = append(f.ranks, int32(i))
	}
	f.order.keys = f.order.keys[:0]
	if f.opts.Method == SoftNMS {
		for i := range f.candidates {
			f.order.keys = append(f.order.keys, key{at: int32(i), part: f.ranks[f.candidates[i].label]})
		}
	} else {
		for i := len(f.candidates) - 1; i >= 0; i-- {
			f.order.keys = append(f.order.keys, key{falling(f.candidates[i].score), int32(i), f.ranks[f.candidates[i].label]})
		}
		f.order.sort()
	}
	f.order.split(len(f.labels))
	for _, k := range f.order.keys {
		f.boxes = append(f.boxes, f.candidates[k.at])
	}
}

func clip(v, most float64) float64 {
	if v < 0 {
		return 0
	}
	if v > most {
		return most
	}
	return v
}

// join fuses the boxes of one label by WBF, NMW or NMS: each box, the best
// first, joins the cluster that it overlaps most, or starts a new one. With NMS
// it joins the first cluster that it overlaps enough.
func (f *BoxFuser) join(boxes []candidate, width, height float64, list []Detection, shapes Shapes) {
	f.cells = f.cells[:0]
	f.assigned = f.assigned[:0]
	if shapes == nil {
		f.find.reset(boxes, width, height, f.opts.IoU)
	} else {
		f.near.reset(boxes, shapes)
	}
	moving := f.opts.Method == WBF
	for i := range boxes {
		b := &boxes[i]
		var k int
		if shapes == nil {
			k = f.find.search(&b.box, f.opts.Method == NMS)
		} else {
			k = f.matchBy(shapes, boxes, i)
		}
		if k < 0 {
			k = len(f.cells)
			f.cells = append(f.cells, cluster{box: b.box, score: b.score, seed: int32(i)})
			if shapes == nil {
				f.find.add(&b.box)
			} else {
				f.near.add(i)
			}
		}
		f.assigned = append(f.assigned, int32(k))
		c := &f.cells[k]
		c.n++
		c.weight += f.raw[list[b.index].Model]
		if moving {
			c.average(b, f.opts.Confidence)
			if shapes == nil && c.n > 1 {
				f.find.move(k, &c.box)
			}
		}
	}
	// Lay out the members, one cluster after the other.
	at := int32(len(f.members))
	f.members = f.members[:int(at)+len(boxes)]
	for k := range f.cells {
		f.cells[k].at = at
		at += f.cells[k].n
	}
	for i, k := range f.assigned {
		c := &f.cells[k]
		f.members[c.at] = int32(i)
		c.at++
	}
	for k := range f.cells {
		c := &f.cells[k]
		out := Cluster{Label: f.labels[boxes[0].label], Members: f.members[c.at-c.n : c.at : c.at]}
		if f.opts.Method == NMW {
			c.box = nmwBox(c, boxes, out.Members)
		}
		for i, at := range out.Members {
			out.Members[i] = boxes[at].index
		}
		switch f.opts.Method {
		case WBF:
			out.Box, out.Score = c.box, f.rescale(c, out.Members, list)
		case NMW:
			out.Box, out.Score = c.box, float64(float32(c.score))
		default:
			out.Box, out.Score = c.box, c.score
		}
		f.clusters = append(f.clusters, out)
	}
}

// matchBy searches by shapes. Of equal clusters it takes the first; with NMS, of all that
// overlap enough.
func (f *BoxFuser) matchBy(shapes Shapes, boxes []candidate, i int) int {
	best, at := f.opts.IoU, -1
	for _, seed := range f.near.of(i) {
		k := int(f.assigned[seed])
		if f.opts.Method == NMS && at >= 0 && k > at {
			continue
		}
		v := shapes.IoU(int(boxes[i].index), int(boxes[seed].index))
		switch {
		case f.opts.Method == NMS:
			if v > f.opts.IoU {
				at = k
			}
		case v > best || v == best && k < at:
			best, at = v, k
		}
	}
	return at
}

// average adds a member to the weighted mean. Sums have 32 bits, as in
// ensemble-boxes. A cluster of one member keeps its box unchanged.
func (c *cluster) average(b *candidate, how Confidence) {
	for k, v := range b.box {
		c.sum[k] = float32(float64(c.sum[k]) + float64(b.score*v))
	}
	c.conf += b.score
	c.max = max(c.max, b.score)
	if c.n == 1 {
		return
	}
	if c.conf > 0 {
		for k, v := range c.sum {
			c.box[k] = float64(float32(float64(v) / c.conf))
		}
	}
	if how == ConfMax {
		c.score = float64(float32(c.max))
	} else {
		c.score = float64(float32(c.conf / float64(c.n)))
	}
}

// rescale adjusts the score of a WBF cluster to the number of models.
func (f *BoxFuser) rescale(c *cluster, members []int32, list []Detection) float64 {
	s, n, w := c.score, float64(c.n), c.weight
	if c.n > 1 {
		w = float64(float32(w))
	}
	switch f.opts.Confidence {
	case ConfBoxAndModelAvg:
		s = s * n / w
		s = s * f.weightOfModels(members, list, true) / f.sum
	case ConfAbsentModelAwareAvg:
		s = s * n / (w + f.weightOfModels(members, list, false))
	case ConfMax:
		s /= f.largest
	default:
		if !f.opts.AllowOverflow {
			n = min(n, float64(f.live))
		}
		s = s * n / f.sum
	}
	if !f.opts.AllowOverflow {
		s = min(s, 1)
	}
	return s
}

// weightOfModels returns the sum of the weights of the models that have a
// member or, if have is false, of those that have none.
func (f *BoxFuser) weightOfModels(members []int32, list []Detection, have bool) float64 {
	clear(f.seen)
	for _, i := range members {
		f.seen[list[i].Model] = true
	}
	f.scratch = f.scratch[:0]
	for m, ok := range f.seen {
		if ok == have && f.raw[m] > 0 {
			f.scratch = append(f.scratch, f.raw[m])
		}
	}
	return sum(f.scratch)
}

// sum adds in the order of numpy's sum, so it rounds in the same way. From 8
// numbers on, it keeps eight sums, each of every eighth number; above 128
// numbers it adds two halves.
func sum(v []float64) float64 {
	if len(v) > 128 {
		half := len(v) / 2
		half -= half % 8
		return sum(v[:half]) + sum(v[half:])
	}
	total := 0.0
	if len(v) >= 8 {
		r := [8]float64(v)
		for v = v[8:]; len(v) >= 8; v = v[8:] {
			for k := range r {
				r[k] += v[k]
			}
		}
		total = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]))
	}
	for _, x := range v {
		total += x
	}
	return total
}

// nmwBox returns the mean of the boxes of a cluster, weighted by score times IoU
// with the best of them. members are indices of boxes.
func nmwBox(c *cluster, boxes []candidate, members []int32) Corners {
	if c.score == 0 {
		return c.box
	}
	var sum [4]float32
	conf := 0.0
	for _, i := range members {
		b := &boxes[i]
		weight := float64(b.score * iou(&b.box, &c.box))
		for e, v := range b.box {
			sum[e] = float32(float64(sum[e]) + float64(weight*v))
		}
		conf += weight
	}
	var out Corners
	for e, v := range sum {
		out[e] = float64(float32(float64(v) / conf))
	}
	return out
}

// area returns the area of a box whose corners are in order.
func area(b *Corners) float64 { return float64((b[2] - b[0]) * (b[3] - b[1])) }

// iou returns the IoU of two boxes whose corners are in order.
func iou(a, b *Corners) float64 {
	w := min(a[2], b[2]) - max(a[0], b[0])
	h := min(a[3], b[3]) - max(a[1], b[1])
	if w <= 0 || h <= 0 {
		return 0
	}
	inter := float64(w * h)
	return inter / (float64(area(a)+area(b)) - inter)
}
