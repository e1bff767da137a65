package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// scoring says what is computed of each file of results.
type scoring struct {
	params eval.Params // IoU is not used: always COCO's, and ious
	ious   []float64   // at which single thresholds are told
	metric string      // coco, hubmap or all
	by     []string    // the parts that are scored too, of slicings
	sweep  bool
	thrs   []float64 // of the sweep
	errors bool
}

// iou is the IoU of all that is told at one alone.
func (o *scoring) iou() float64 { return o.ious[0] }

// A scorer scores detections against one truth.
type scorer struct {
	scoring
	truth *truth
	uses  *folds.Index // of the truth's tiles, for the parts "fold"
	table *wsi.Table   // of the truth's tiles, where its images do not say more; nil: none
}

// evalReport is what is told of one file of results.
type evalReport struct {
	File       string        `json:"file"`
	Images     int           `json:"images"`
	Instances  int           `json:"instances"` // true ones, without crowds
	Detections int           `json:"detections"`
	Type       string        `json:"type"`
	Stats      *[12]float64  `json:"stats,omitempty"`
	At         []evalAt      `json:"at,omitempty"`
	HuBMAP     *float64      `json:"hubmap,omitempty"`
	HuBMAPIoU  float64       `json:"hubmap_iou,omitempty"`
	By         []evalSlicing `json:"by,omitempty"`
	Sweep      *evalSweep    `json:"sweep,omitempty"`
	Errors     *evalErrors   `json:"errors,omitempty"`
	Notes      []string      `json:"notes,omitempty"`

	iou    float64      // of all that is told at one alone
	whole  *eval.Result // at COCO's thresholds
	single *eval.Result // at those of --iou; may be the same
}

// evalAt is the COCO average precision at one IoU.
type evalAt struct {
	IoU float64 `json:"iou"`
	AP  float64 `json:"ap"`
}

// score scores a file of results.
func (s *scorer) score(ctx context.Context, d *detections) (*evalReport, error) {
	r := &evalReport{File: d.name, Detections: len(d.list), Type: s.params.Type.String(), iou: s.iou()}
	err := s.fill(ctx, d, r)
	if err == nil {
		err = s.look(ctx, r)
	}
	if err != nil {
		return nil, d.fault(s.truth, err)
	}
	return r, nil
}

// fill computes COCO's numbers and the competition's.
func (s *scorer) fill(ctx context.Context, d *detections, r *evalReport) error {
	wanted := s.metric != "coco" && s.params.Type == eval.Segm
	if wanted && !slices.ContainsFunc(s.truth.Categories, func(c coco.Category) bool { return c.Name == wsi.BloodVessel }) {
		if s.metric == "hubmap" {
			return failf(exitBadData, "%s has no class %s, which the competition scores", s.truth.name, wsi.BloodVessel)
		}
		wanted = false
		r.Notes = append(r.Notes, fmt.Sprintf("the truth has no class %s: no competition metric", wsi.BloodVessel))
	}
	var hubmap *eval.HuBMAPScore
	var hubmapErr error
	var wg sync.WaitGroup
	// The evaluation checks the records; what it faults the metric would fault in
	// other words.
	if wanted && len(d.list) > 0 {
		wg.Go(func() {
			hubmap, hubmapErr = eval.HuBMAP(s.truth.Dataset, d.list, &eval.HuBMAPOptions{IoU: s.iou(), Class: wsi.BloodVessel})
		})
	}
	err := s.evaluate(ctx, d, r)
	wg.Wait()
	if err != nil {
		return err
	}
	if hubmapErr != nil {
		return failf(exitBadData, "%s: %w", d.name, hubmapErr)
	}
	if wanted {
		v := 0.0
		if hubmap != nil {
			v = hubmap.AP
		}
		r.HuBMAPIoU = s.iou()
		if math.IsNaN(v) {
			r.Notes = append(r.Notes, fmt.Sprintf("the truth has no %s: no competition metric", wsi.BloodVessel))
		} else {
			r.HuBMAP = &v
		}
	}
	s.remark(d, r)
	return nil
}

// evaluate scores at COCO's thresholds, and at those of --iou if they are others.
func (s *scorer) evaluate(ctx context.Context, d *detections, r *evalReport) error {
	p := s.params
	p.IoU = nil
	if s.errors {
		p.PairIoU = 0.1 // TIDE's background: its pairs then need no second look
	}
	var err error
	if r.whole, err = eval.Evaluate(ctx, s.truth.Dataset, d.list, &p); err != nil {
		return err
	}
	r.single = r.whole
	other := func(v float64) bool {
		return !slices.ContainsFunc(r.whole.Params.IoU, func(t float64) bool { return math.Abs(t-v) < 1e-9 })
	}
	if slices.ContainsFunc(s.ious, other) {
		p.IoU = s.ious
		if r.single, err = eval.Evaluate(ctx, s.truth.Dataset, d.list, &p); err != nil {
			return err
		}
	}
	r.Images, r.Instances = len(r.whole.Images()), r.whole.Instances(eval.Select{})
	if s.metric == "hubmap" {
		return nil
	}
	stats := r.whole.Stats()
	r.Stats = &stats
	for _, iou := range s.ious {
		r.At = append(r.At, evalAt{iou, r.single.APAt(iou)})
	}
	return nil
}

// remark says what makes numbers mean something else than they seem to.
func (s *scorer) remark(d *detections, r *evalReport) {
	if len(d.list) == 0 {
		r.Notes = append(r.Notes, "there are no detections: every number that needs some is 0")
	}
	with := map[coco.ID]bool{}
	for i := range d.list {
		with[d.list[i].ImageID] = true
	}
	if n := len(s.truth.Images) - len(with); n > 0 && len(d.list) > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%s of the truth without any detection", count(n, "image is", "images are")))
	}
	if !s.params.StrictPycocotools && slices.ContainsFunc(s.truth.Annotations, func(a coco.Annotation) bool { return a.ID == coco.ID{} }) {
		r.Notes = append(r.Notes, "the truth has an annotation of id 0: pycocotools never counts it as found; here it counts (--strict-pycocotools repeats pycocotools)")
	}
}

// look looks closer at what was scored: at parts, mistakes and thresholds.
func (s *scorer) look(ctx context.Context, r *evalReport) error {
	var wg sync.WaitGroup
	var mistakesErr error
	if s.errors {
		wg.Go(func() {
			m, err := r.whole.Mistakes(ctx, &eval.MistakeOptions{Positive: s.iou()})
			if mistakesErr = err; err == nil {
				r.Errors = newEvalErrors(m, s.truth.images)
			}
		})
	}
	if s.sweep {
		wg.Go(func() { r.Sweep = newEvalSweep(r.single.Sweep(eval.Select{IoU: s.iou()}), s.iou(), s.thrs) })
	}
	var err error
	for _, by := range s.by {
		var parts *evalSlicing
		if parts, err = s.slice(ctx, r, by); err != nil {
			break
		}
		r.By = append(r.By, *parts)
	}
	wg.Wait()
	return cmp.Or(err, mistakesErr)
}

// evalSweep is what thresholds of the score keep.
type evalSweep struct {
	IoU         float64           `json:"iou"`
	Best        *eval.SweepPoint  `json:"best_f1,omitempty"`
	Above       []eval.SweepPoint `json:"above"` // strictly, at each of --thr
	Bins        [10]eval.ScoreBin `json:"reliability"`
	Calibration float64           `json:"calibration_error"`
	Points      []eval.SweepPoint `json:"points"` // keeping all of that score or more
	truth       int
}

func newEvalSweep(s *eval.Sweep, iou float64, thrs []float64) *evalSweep {
	out := &evalSweep{IoU: iou, Bins: s.Bins, Calibration: s.CalibrationError(), Points: s.Points, truth: s.Truth}
	if out.Points == nil {
		out.Points = []eval.SweepPoint{}
	}
	if best, ok := s.Best(); ok {
		out.Best = &best
	}
	for _, v := range thrs {
		out.Above = append(out.Above, s.Above(v))
	}
	return out
}

// evalCompared is the bootstrap of two files.
type evalCompared struct {
	With       string     `json:"with"`
	IoU        float64    `json:"iou"`
	A          float64    `json:"ap"`
	B          float64    `json:"ap_with"`
	Difference float64    `json:"difference"`
	Interval   [2]float64 `json:"interval95"`
	Better     float64    `json:"better_in"` // part of the samples
	Samples    int        `json:"samples"`
	Seed       uint64     `json:"seed"`
	WinsA      int        `json:"tiles_won"`
	WinsB      int        `json:"tiles_lost"`
	Neither    int        `json:"tiles_even"`
}

// compareReports compares the first file with each other one.
func compareReports(ctx context.Context, reports []*evalReport, samples int, seed uint64) ([]evalCompared, error) {
	var out []evalCompared
	a := reports[0]
	for _, b := range reports[1:] {
		c, err := eval.Compare(ctx, a.single, b.single, []float64{a.iou}, samples, seed)
		if err != nil {
			return nil, err
		}
		out = append(out, evalCompared{
			With: b.File, IoU: a.iou, A: c.A, B: c.B, Difference: c.Difference, Interval: [2]float64{c.Low, c.High},
			Better: c.Better, Samples: c.Samples, Seed: seed, WinsA: c.WinsA, WinsB: c.WinsB, Neither: c.Neither,
		})
	}
	return out, nil
}
