package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// hubmapClass is the class that the competition scores.
var hubmapClass = wsi.AllClasses()[0]

func runEval(ctx context.Context, c *console, o *evalOptions) error {
	holdInput(sizeOf(append([]string{o.truth}, o.results...)...), 3)
	job := &evalJob{c: c, o: o}
	if o.curve != "" {
		if err := (&outputs{c: c, force: o.force}).check(o.curve); err != nil {
			return err
		}
	}
	if err := job.read(ctx); err != nil {
		return err
	}
	reports, err := job.score(ctx)
	if err != nil {
		return err
	}
	if o.curve != "" {
		if err := job.drawCurves(reports); err != nil {
			return err
		}
	}
	return job.print(reports)
}

// evalJob is a run of eval.
type evalJob struct {
	c       *console
	o       *evalOptions
	truth   *truth
	results []*detections
	uses    *folds.Uses
	table   *wsi.Table // of the truth's tiles, where its images do not say more; nil: none
	notes   []string
}

// evalReport is what is told of one file of results.
type evalReport struct {
	File       string         `json:"file"`
	Images     int            `json:"images"`
	Instances  int            `json:"instances"` // true ones, without crowds
	Detections int            `json:"detections"`
	Type       string         `json:"type"`
	Stats      *[12]float64   `json:"stats,omitempty"`
	At         []evalAt       `json:"at,omitempty"`
	HuBMAP     *float64       `json:"hubmap,omitempty"`
	HuBMAPIoU  float64        `json:"hubmap_iou,omitempty"`
	By         []evalSlicing  `json:"by,omitempty"`
	Sweep      *evalSweep     `json:"sweep,omitempty"`
	Errors     *evalErrors    `json:"errors,omitempty"`
	Compare    []evalCompared `json:"compare,omitempty"`
	Notes      []string       `json:"notes,omitempty"`
	More       []*evalReport  `json:"more,omitempty"` // of further files

	coco   *eval.Result // at COCO's thresholds
	single *eval.Result // at --iou; may be the same
	ious   []int        // index into single's thresholds of each of --iou
}

// evalAt is the COCO average precision at one IoU.
type evalAt struct {
	IoU float64 `json:"iou"`
	AP  float64 `json:"ap"`
}

// read reads the truth and the results side by side.
func (job *evalJob) read(ctx context.Context) error {
	o := job.o
	total := int64(0)
	for _, path := range o.results {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			total += st.Size()
		}
	}
	seen, stop := job.c.progress("reading results", total)
	defer stop()
	job.results = make([]*detections, len(o.results))
	errs := make([]error, len(o.results)+1)
	var wg sync.WaitGroup
	wg.Go(func() { job.truth, errs[0] = readTruth(ctx, job.c, o) })
	wg.Go(func() { // one after the other: each is parsed by all cores
		for i, path := range o.results {
			if job.results[i], errs[i+1] = readDetections(job.c, path, o.params.Type, seen); errs[i+1] != nil {
				return
			}
		}
	})
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	for i, d := range job.results {
		for _, other := range job.truth.info {
			if d.info != nil && other != nil && os.SameFile(d.info, other) {
				return usagef("%s is the truth and the results", d.name)
			}
		}
		for _, other := range job.results[:i] {
			if d.info != nil && other.info != nil && os.SameFile(d.info, other.info) {
				return usagef("%s and %s are one file", other.name, d.name)
			}
		}
	}
	if o.images != "" {
		ids, _, err := readImageIDs(job.c, o.images, o.categoryStart)
		if err != nil {
			return err
		}
		for _, d := range job.results {
			if err := d.translate(ids, job.truth); err != nil {
				return err
			}
		}
	}
	if err := job.openPlan(); err != nil {
		return err
	}
	return job.chooseClasses()
}

// openPlan reads the plan, and leaves only a fold's validation tiles.
func (job *evalJob) openPlan() error {
	o := job.o
	if o.plan == "" {
		return nil
	}
	plan, in, err := openPlan(job.c, o.plan)
	if err != nil {
		return err
	}
	if err := plan.Validate(); err != nil {
		return fmt.Errorf("%s: %w: %w", in.name, errInput, err)
	}
	matched := 0
	if plan, matched, err = resolvePlan(plan, in.name, job.truth.images.all); err != nil {
		return err
	}
	job.uses = plan.Uses()
	if !o.foldSet {
		if matched == 0 {
			job.note("%s names no tile of %s", in.name, job.truth.name)
		}
		return nil
	}
	if o.fold < plan.First || o.fold >= plan.First+plan.K {
		return usagef("--fold: there is no fold %d: the plan has %d to %d", o.fold, plan.First, plan.First+plan.K-1)
	}
	dropped := job.truth.only(func(i int) bool { return job.uses.Of(job.truth.images.name(i), o.fold) == folds.Validate })
	if len(job.truth.Images) == 0 {
		return failf(exitBadData, "%s has no validation tile of fold %d of %s", job.truth.name, o.fold, o.plan)
	}
	for _, d := range job.results {
		n := len(d.list)
		d.list = slices.DeleteFunc(d.list, func(r coco.Result) bool { return dropped[r.ImageID] })
		if n -= len(d.list); n > 0 {
			job.note("%s: %s on tiles outside fold %d", d.name, count(n, "detection is", "detections are"), o.fold)
		}
	}
	return nil
}

func (job *evalJob) note(format string, args ...any) {
	job.notes = append(job.notes, fmt.Sprintf(format, args...))
}

// chooseClasses turns --class into ids.
func (job *evalJob) chooseClasses() error {
	var known []string
	for _, cat := range job.truth.Categories {
		known = append(known, cat.Name)
	}
	chosen, err := chooseClasses(job.o.classes, known, job.truth.name)
	if err != nil {
		return err
	}
	for _, name := range chosen {
		job.o.params.Categories = append(job.o.params.Categories, job.truth.Categories[slices.Index(known, name)].ID)
	}
	return nil
}

// score scores every file.
func (job *evalJob) score(ctx context.Context) ([]*evalReport, error) {
	var reports []*evalReport
	for _, d := range job.results {
		r, err := job.scoreOne(ctx, d)
		if err != nil {
			return nil, d.fault(job.truth, err)
		}
		reports = append(reports, r)
	}
	if !job.o.compare {
		return reports, nil
	}
	a := reports[0]
	for _, b := range reports[1:] {
		c, err := eval.Compare(ctx, a.single, b.single, a.ious[:1], job.o.samples, job.o.seed)
		if err != nil {
			return nil, err
		}
		a.Compare = append(a.Compare, evalCompared{
			With: b.File, IoU: job.o.ious[0], A: c.A, B: c.B, Difference: c.Difference, Interval: [2]float64{c.Low, c.High},
			Better: c.Better, Samples: c.Samples, Seed: job.o.seed, WinsA: c.WinsA, WinsB: c.WinsB, Neither: c.Neither,
		})
	}
	return reports, nil
}

func (job *evalJob) scoreOne(ctx context.Context, d *detections) (*evalReport, error) {
	o := job.o
	r := &evalReport{File: d.name, Detections: len(d.list), Type: o.params.Type.String()}
	var hubmap *eval.HuBMAPScore
	var hubmapErr error
	var wg sync.WaitGroup
	wanted := o.metric != "coco" && o.params.Type == eval.Segm
	if wanted && !slices.ContainsFunc(job.truth.Categories, func(c coco.Category) bool { return c.Name == hubmapClass }) {
		if o.metric == "hubmap" {
			return nil, failf(exitBadData, "%s has no class %s, which the competition scores", job.truth.name, hubmapClass)
		}
		wanted = false
		r.Notes = append(r.Notes, fmt.Sprintf("the truth has no class %s: no competition metric", hubmapClass))
	}
	// The evaluation checks the records; what it faults the metric would fault in
	// other words.
	if wanted && len(d.list) > 0 {
		wg.Go(func() { hubmap, hubmapErr = eval.HuBMAP(job.truth.Dataset, d.list, o.ious[0], hubmapClass) })
	}
	err := job.evaluate(ctx, d, r)
	wg.Wait()
	if err != nil {
		return nil, err
	}
	if hubmapErr != nil {
		return nil, failf(exitBadData, "%s: %w", d.name, hubmapErr)
	}
	if wanted {
		v := 0.0
		if hubmap != nil {
			v = hubmap.AP
		}
		r.HuBMAPIoU = o.ious[0]
		if math.IsNaN(v) {
			r.Notes = append(r.Notes, fmt.Sprintf("the truth has no %s: no competition metric", hubmapClass))
		} else {
			r.HuBMAP = &v
		}
	}
	job.remark(d, r)
	return r, job.look(ctx, r)
}

// look looks closer at what was scored: at parts, mistakes and thresholds.
func (job *evalJob) look(ctx context.Context, r *evalReport) error {
	o := job.o
	var wg sync.WaitGroup
	var mistakesErr error
	if o.errors {
		wg.Go(func() {
			m, err := r.coco.Mistakes(ctx, &eval.MistakeOptions{Positive: o.ious[0]})
			if mistakesErr = err; err == nil {
				r.Errors = job.newEvalErrors(m)
			}
		})
	}
	if o.sweep {
		wg.Go(func() { r.Sweep = newEvalSweep(r.single.Sweep(r.ious[0], -1), o.ious[0], o.thrs) })
	}
	var err error
	for _, by := range o.by {
		var s *evalSlicing
		if s, err = job.slice(ctx, r, by); err != nil {
			break
		}
		r.By = append(r.By, *s)
	}
	wg.Wait()
	return cmp.Or(err, mistakesErr)
}

// evaluate scores at COCO's thresholds, and at those of --iou if they are others.
func (job *evalJob) evaluate(ctx context.Context, d *detections, r *evalReport) error {
	o := job.o
	p := o.params
	p.IoU = nil
	if o.errors {
		p.PairIoU = 0.1 // TIDE's background: its pairs then need no second look
	}
	var err error
	if r.coco, err = eval.Evaluate(ctx, job.truth.Dataset, d.list, &p); err != nil {
		return err
	}
	index := func(res *eval.Result) bool {
		r.ious = r.ious[:0]
		for _, v := range o.ious {
			k := slices.IndexFunc(res.Params.IoU, func(t float64) bool { return math.Abs(t-v) < 1e-9 })
			if k < 0 {
				return false
			}
			r.ious = append(r.ious, k)
		}
		return true
	}
	if r.single = r.coco; !index(r.coco) {
		p.IoU = o.ious
		if r.single, err = eval.Evaluate(ctx, job.truth.Dataset, d.list, &p); err != nil {
			return err
		}
		index(r.single)
	}
	r.Images = len(r.coco.Images())
	for k := range r.coco.K() {
		r.Instances += r.coco.Instances(k, 0)
	}
	if o.metric == "hubmap" {
		return nil
	}
	stats := r.coco.Stats()
	r.Stats = &stats
	for i, k := range r.ious {
		r.At = append(r.At, evalAt{o.ious[i], r.single.AP(k, -1, 0, len(r.single.Params.MaxDets)-1)})
	}
	return nil
}

// remark says what makes numbers mean something else than they seem to.
func (job *evalJob) remark(d *detections, r *evalReport) {
	if len(d.list) == 0 {
		r.Notes = append(r.Notes, "there are no detections: every number that needs some is 0")
	}
	with := map[coco.ID]bool{}
	for i := range d.list {
		with[d.list[i].ImageID] = true
	}
	if n := len(job.truth.Images) - len(with); n > 0 && len(d.list) > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%s of the truth without any detection", count(n, "image is", "images are")))
	}
	if !job.o.params.StrictPycocotools && slices.ContainsFunc(job.truth.Annotations, func(a coco.Annotation) bool { return a.ID == coco.ID{} }) {
		r.Notes = append(r.Notes, "the truth has an annotation of id 0: pycocotools never counts it as found; here it counts (--strict-pycocotools repeats pycocotools)")
	}
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
