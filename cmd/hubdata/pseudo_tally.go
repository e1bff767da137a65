package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/wsi"
)

// pseudoTally adds up what became of the predictions.
type pseudoTally struct {
	thresholds  int
	bySource    []sourceTally
	counts      pseudo.Counts
	models      []modelTally
	slides      map[[2]int]*slideTally
	rows        []*fusedTile // by row of the tile's table, from 1
	kept        []setTally   // by threshold
	histogram   [10]int      // of all fused instances
	sweep       []sweepTally
	resultCount int
}

// sourceTally counts the records of a file.
type sourceTally struct{ Records, OtherTiles, OtherClass int }

// modelTally says what became of a model's predictions. Predictions is the sum
// of what follows up to Used.
type modelTally struct {
	Name         string  `json:"name"`
	Files        int     `json:"files"`
	Weight       float64 `json:"weight"`
	Predictions  int     `json:"predictions"`
	OtherTiles   int     `json:"on_other_tiles"`
	OtherClass   int     `json:"of_other_classes"`
	Skipped      int     `json:"below_skip"`
	NoPixels     int     `json:"empty_masks"`
	ZeroBox      int     `json:"boxes_without_area"`
	Suppressed   int     `json:"suppressed_in_model"`
	Used         int     `json:"fused"`
	Kept         []int   `json:"in_kept_instances"` // by threshold
	Cut          int     `json:"boxes_cut_at_border"`
	Tiles        int     `json:"tiles"`
	MissingTiles int     `json:"tiles_only_others_have"`
}

// slideTally says what became of the predictions on a whole-slide image.
type slideTally struct {
	Dataset  int   `json:"dataset"`
	WSI      int   `json:"source_wsi"`
	Tiles    int   `json:"tiles"`
	NoTiles  int   `json:"tiles_without_predictions"`
	In       int   `json:"predictions"`
	AfterNMS int   `json:"after_nms"`
	Fused    int   `json:"fused"`
	Kept     []int `json:"kept"`               // by threshold
	Empty    []int `json:"tiles_without_kept"` // by threshold
}

// setTally says what a threshold kept.
type setTally struct {
	Threshold float64 `json:"threshold"`
	Kept      int     `json:"kept"`
	Ignored   int     `json:"in_ignore_band"`
	Empty     int     `json:"tiles_without_kept"`
	// Agreement counts kept instances by how many models have a member in them,
	// from 1.
	Agreement []int     `json:"kept_by_models_that_agree"`
	Areas     areaDrift `json:"areas"`
	Drift     bool      `json:"drift"` // areas unlike the labelled ones
	areas     stats.Values
}

// sweepTally says what a threshold of the score would keep.
type sweepTally struct {
	Threshold float64 `json:"threshold"`
	Kept      int     `json:"kept"`
	Empty     int     `json:"tiles_without_kept"`
}

// sweepSteps is how many thresholds a sweep tells of: 0, 0.05, ..., 0.95.
const sweepSteps = 20

// areaDrift compares the areas of what was kept with those of what is labelled.
type areaDrift struct {
	Labelled stats.Summary `json:"labelled"`
	Found    stats.Summary `json:"found"`
	KS       float64       `json:"ks"`
}

func newPseudoTally(o *pseudoOptions, files int) *pseudoTally {
	t := &pseudoTally{thresholds: len(o.thresholds), bySource: make([]sourceTally, files), slides: map[[2]int]*slideTally{}}
	for _, m := range o.models {
		t.models = append(t.models, modelTally{Name: m.name, Files: len(m.files), Weight: m.weight, Kept: make([]int, len(o.thresholds))})
	}
	for _, thr := range o.thresholds {
		t.kept = append(t.kept, setTally{Threshold: thr.value, Agreement: make([]int, len(o.models))})
	}
	for i := range sweepSteps {
		t.sweep = append(t.sweep, sweepTally{Threshold: float64(i) / sweepSteps})
	}
	return t
}

// add takes in a tile.
func (t *pseudoTally) add(f *fusedTile) {
	for len(t.rows) <= f.tile.Row {
		t.rows = append(t.rows, nil)
	}
	t.rows[f.tile.Row] = f
	t.counts.Add(&f.counts)
	s := t.slide(f.tile)
	s.Fused += f.counts.Fused
	for m := range f.counts.Models {
		c := &f.counts.Models[m]
		s.In += c.In
		s.AfterNMS += c.In - c.Suppressed
		if f.present[m] {
			t.models[m].Tiles++
		} else {
			t.models[m].MissingTiles++
		}
	}
	for _, v := range f.scores {
		t.histogram[min(9, int(v*10))]++
	}
	for i := range t.sweep {
		step, kept := &t.sweep[i], 0
		for _, v := range f.scores {
			if v > step.Threshold {
				kept++
			}
		}
		if step.Kept += kept; kept == 0 {
			step.Empty++
		}
	}
	f.scores = nil
	for k := range f.bySet {
		b, set := &f.bySet[k], &t.kept[k]
		set.Kept += b.kept
		set.Ignored += b.ignored
		s.Kept[k] += b.kept
		if b.kept == 0 {
			set.Empty++
			s.Empty[k]++
		}
		for n, count := range b.agreement[1:] {
			set.Agreement[n] += count
		}
		for m, count := range b.members {
			t.models[m].Kept[k] += count
		}
		for _, area := range b.areas {
			set.areas.Add(float64(area))
		}
		b.areas, b.agreement, b.members = nil, nil, nil
	}
}

func (t *pseudoTally) slide(tile *wsi.Tile) *slideTally {
	key := [2]int{tile.Dataset, tile.WSI}
	s := t.slides[key]
	if s == nil {
		n := t.thresholds
		s = &slideTally{Dataset: tile.Dataset, WSI: tile.WSI, Kept: make([]int, n), Empty: make([]int, n)}
		t.slides[key] = s
	}
	return s
}

// used is how many predictions were on the tiles asked for.
func (t *pseudoTally) used() int {
	n := 0
	for _, c := range t.counts.Models {
		n += c.In
	}
	return n
}

// labelledAreas are the areas of what is labelled, to compare with.
type labelledAreas struct {
	areas stats.Values
	err   error
}

// startLabels measures the labelled instances of the folder while others work.
func (job *pseudoJob) startLabels(ctx context.Context) <-chan labelledAreas {
	done := make(chan labelledAreas, 1)
	go func() {
		var labels labelledAreas
		labels.err = job.labels(ctx, &labels.areas)
		done <- labels
	}()
	return done
}

func (job *pseudoJob) labels(ctx context.Context, areas *stats.Values) error {
	path, err := findInput(job.opts.dir, "polygons.jsonl")
	if err != nil {
		return err
	}
	in, err := openInput(job.c, path)
	if err != nil {
		return err
	}
	defer in.Close()
	ct := defaultContent()
	ct.classes, ct.tileSize = job.opts.classes, job.opts.tileSize
	opts := ct.options(job.opts.dir)
	opts.Workers = 1
	bad := 0
	opts.KeepGoing = func(*wsi.LineError) { bad++ }
	for tile, err := range wsi.Convert(ctx, job.table, in, opts) {
		if err != nil {
			return inFile(path, err)
		}
		for i := range tile.Annotations {
			areas.Add(tile.Annotations[i].Area)
		}
	}
	if bad > 0 {
		return fmt.Errorf("%s has %s, left out of the comparison of areas", path, count(bad, "bad line", "bad lines"))
	}
	return nil
}

// pseudoSummary is what a run reports.
type pseudoSummary struct {
	Files   []summaryFile `json:"files"`
	Results string        `json:"results,omitempty"`
	pseudoAccounting
	Warnings []string `json:"warnings"`

	ignoreBand float64 // below 0: none
}

// pseudoAccounting says what became of the predictions of a run. The sets hold it in
// their info.
type pseudoAccounting struct {
	Models    []modelTally  `json:"models"`
	Slides    []*slideTally `json:"slides"`
	Total     slideTally    `json:"total"`
	Fused     int           `json:"fused"`
	Histogram [10]int       `json:"fused_by_score"` // 0 to 0.1, 0.1 to 0.2, ...
	Sweep     []sweepTally  `json:"sweep"`
	NoPixels  int           `json:"dropped_without_pixels"`
	Covered   int           `json:"dropped_covered_by_better"`
	Excluded  int           `json:"dropped_in_excluded_regions"`
	Sets      []setTally    `json:"thresholds"`
}

// account sums up what became of the predictions.
func (job *pseudoJob) account(labelled *stats.Values) *pseudoAccounting {
	t := job.pseudoTally
	sum := &pseudoAccounting{
		Models: t.models, Fused: t.counts.Fused, Histogram: t.histogram, Sweep: t.sweep, Sets: t.kept,
		NoPixels: t.counts.NoPixels, Covered: t.counts.Covered, Excluded: t.counts.Excluded,
	}
	for i, f := range job.files {
		m, s := &sum.Models[f.model], &t.bySource[i]
		m.Predictions += s.Records
		m.OtherTiles += s.OtherTiles
		m.OtherClass += s.OtherClass
	}
	for k, c := range t.counts.Models {
		m := &sum.Models[k]
		m.Skipped, m.NoPixels, m.ZeroBox, m.Suppressed, m.Used, m.Cut = c.Skipped, c.NoPixels, c.ZeroBox, c.Suppressed, c.Used, c.Cut
	}
	for tile := range job.table.All() {
		if !job.opts.selected(tile) {
			continue
		}
		s := t.slide(&tile)
		s.Tiles++
		if tile.Row >= len(t.rows) || t.rows[tile.Row] == nil {
			s.NoTiles++
		}
	}
	n := len(job.opts.thresholds)
	sum.Total = slideTally{Kept: make([]int, n), Empty: make([]int, n)}
	for _, s := range t.slides {
		sum.Slides = append(sum.Slides, s)
		sum.Total.Tiles += s.Tiles
		sum.Total.NoTiles += s.NoTiles
		sum.Total.In += s.In
		sum.Total.AfterNMS += s.AfterNMS
		sum.Total.Fused += s.Fused
		for k := range n {
			sum.Total.Kept[k] += s.Kept[k]
			sum.Total.Empty[k] += s.Empty[k]
		}
	}
	slices.SortFunc(sum.Slides, func(a, b *slideTally) int {
		return cmp.Or(cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.WSI, b.WSI))
	})
	for k := range sum.Sets {
		s := &sum.Sets[k]
		shift := stats.NewShift(stats.Area, labelled, &s.areas)
		s.Areas = areaDrift{shift.A, shift.B, shift.KS}
		s.Drift = shift.Verdict == stats.Unlike
	}
	return sum
}

// summary says what a run did.
func (job *pseudoJob) summary(labels labelledAreas) *pseudoSummary {
	sum := &pseudoSummary{pseudoAccounting: *job.accounting, Results: filepath.ToSlash(job.opts.results), Warnings: []string{}, ignoreBand: job.opts.ignoreBand}
	for _, s := range job.sets {
		sum.Files = append(sum.Files, newSummarySet(s.path, s.Images(), s.Annotations()))
	}
	sum.Files = append(sum.Files, job.merged...)
	var absent *failure
	switch {
	case labels.err == nil:
	case errors.As(labels.err, &absent) && labels.areas.N() == 0:
		sum.Warnings = append(sum.Warnings, fmt.Sprintf("no labels to compare areas with: %v", labels.err))
	default:
		sum.Warnings = append(sum.Warnings, labels.err.Error())
	}
	sum.Warnings = append(sum.Warnings, sum.warnings()...)
	return sum
}

// warnings say what a careful reader would see in the tables.
func (sum *pseudoAccounting) warnings() []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	for k := range sum.Sets {
		s := &sum.Sets[k]
		if s.Drift {
			say("above %v: areas are unlike those of the labelled instances: median %.0f pixels, labelled %.0f (distance %.2f of the distributions; above %v is a drift)",
				s.Threshold, s.Areas.Found.Median, s.Areas.Labelled.Median, s.Areas.KS, stats.LargeShift)
		}
		if s.Kept == 0 {
			say("above %v: nothing is kept", s.Threshold)
		}
	}
	for _, m := range sum.Models {
		if m.MissingTiles > 0 {
			say("model %s has no prediction on %s that others have: they count as tiles on which it found nothing", m.Name, count(m.MissingTiles, "tile", "tiles"))
		}
		if m.Weight == 0 {
			say("model %s weighs 0: it takes no part", m.Name)
		}
	}
	return out
}

func (sum *pseudoSummary) write(text *strings.Builder) {
	sum.tables(text)
	for _, w := range sum.Warnings {
		fmt.Fprintf(text, "note: %s\n", w)
	}
	wrote(text, sum.Files...)
	if sum.Results != "" && sum.Results != "-" {
		fmt.Fprintf(text, "wrote %s (%s)\n", sum.Results, count(sum.Fused-sum.NoPixels-sum.Covered-sum.Excluded, "result", "results"))
	}
}

// tables shows what became of the predictions, by model and by slide.
func (sum *pseudoSummary) tables(text *strings.Builder) {
	var thr []string
	for _, s := range sum.Sets {
		thr = append(thr, fmt.Sprintf("above %v", s.Threshold))
	}
	tw := tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "model\tweight\tpredictions\tother tiles\tother class\tbelow skip\tno pixels\tsuppressed\tfused\tin kept %s\t\n", strings.Join(thr, "\tin kept "))
	for _, m := range sum.Models {
		fmt.Fprintf(tw, "%s\t%v\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t", m.Name, m.Weight, thousands(m.Predictions), thousands(m.OtherTiles), thousands(m.OtherClass),
			thousands(m.Skipped), thousands(m.NoPixels+m.ZeroBox), thousands(m.Suppressed), thousands(m.Used))
		for _, n := range m.Kept {
			fmt.Fprintf(tw, "%s\t", thousands(n))
		}
		fmt.Fprintln(tw)
	}
	_ = tw.Flush()
	text.WriteByte('\n')
	tw = tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "dataset\tWSI\ttiles\tno predictions\tpredictions\tafter NMS\tfused\t%s\tnone kept %s\t\n", strings.Join(thr, "\t"), strings.Join(thr, "\tnone kept "))
	row := func(dataset, slide string, s *slideTally) {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t", dataset, slide, thousands(s.Tiles), thousands(s.NoTiles), thousands(s.In), thousands(s.AfterNMS), thousands(s.Fused))
		for _, n := range append(slices.Clone(s.Kept), s.Empty...) {
			fmt.Fprintf(tw, "%s\t", thousands(n))
		}
		fmt.Fprintln(tw)
	}
	for _, s := range sum.Slides {
		row(fmt.Sprint(s.Dataset), fmt.Sprint(s.WSI), s)
	}
	row("all", "", &sum.Total)
	_ = tw.Flush()
	fmt.Fprintf(text, "\nfused instances by score, in tenths: %s\n", joinCounts(sum.Histogram[:]))
	for _, s := range sum.Sets {
		fmt.Fprintf(text, "above %v: %s kept", s.Threshold, thousands(s.Kept))
		if sum.ignoreBand >= 0 {
			fmt.Fprintf(text, ", %s more down to %v as iscrowd", thousands(s.Ignored), sum.ignoreBand)
		}
		fmt.Fprintf(text, "; by models that agree, from 1: %s; areas in pixels: median %.0f, half from %.0f to %.0f",
			joinCounts(s.Agreement), s.Areas.Found.Median, s.Areas.Found.P25, s.Areas.Found.P75)
		if s.Areas.Labelled.N > 0 {
			fmt.Fprintf(text, " (labelled: %.0f, %.0f to %.0f)", s.Areas.Labelled.Median, s.Areas.Labelled.P25, s.Areas.Labelled.P75)
		}
		fmt.Fprintln(text)
	}
	for _, d := range []struct {
		n    int
		what string
	}{{sum.NoPixels, "without a pixel after the vote and --post"}, {sum.Covered, "with all pixels in better ones"}, {sum.Excluded, "in --exclude"}} {
		if d.n > 0 {
			fmt.Fprintf(text, "dropped: %s %s\n", count(d.n, "instance", "instances"), d.what)
		}
	}
	cut := 0
	for _, m := range sum.Models {
		cut += m.Cut
	}
	if cut > 0 {
		fmt.Fprintf(text, "%s beyond the tile: cut at its border\n", count(cut, "box reaches", "boxes reach"))
	}
}

// joinCounts writes numbers with spaces between.
func joinCounts(list []int) string {
	var words []string
	for _, n := range list {
		words = append(words, thousands(n))
	}
	return strings.Join(words, " ")
}
