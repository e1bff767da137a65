package reportcmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/plot"
)

// reportWorst is how many of the worst tiles the report lists of each model.
const reportWorst = 50

// modelScore is what the report says of a model.
type modelScore struct {
	name, path string
	*scoring.Report
	curve   plot.Line // at --iou
	chart   plot.Chart
	worst   []scoring.Part // tiles, the worst first
	least   float64        // score from which on detections are drawn on them
	gallery *htmlreport.Gallery
	failed  error
}

// evalSection scores the predictions.
func (b *builder) evalSection(ctx context.Context) ([]htmlreport.Block, error) {
	f := b.files
	switch {
	case len(f.Predictions) == 0:
		return nil, absentf("", "no predictions given: %s", howToPredict(b.o.File != ""))
	case len(f.Truths) > 0:
		var names []string
		for _, path := range f.Truths {
			names = append(names, f.Show(path))
		}
		return nil, absentf(b.command("report --truth "+names[0]),
			"found several files of ground truth (%s): name one with --truth", strings.Join(names, ", "))
	case f.Truth == "":
		return nil, absentf(b.command("report --truth FILE"),
			"there is no ground truth to score predictions against: name a COCO file with --truth, or this folder if the predictions are on its labelled tiles")
	}
	from := preds.TruthSource{Path: f.Truth, Content: folder.DefaultSetOptions(), Workers: b.o.workers}
	t, err := from.Read(ctx, b.c)
	if err != nil {
		return nil, err
	}
	by := []string{"tile", "size"}
	if b.data.table != nil && knowsAll(b.data.table, t.Names.All) {
		by = append(by, "wsi")
	}
	if len(t.Categories) > 1 {
		by = append(by, "category")
	}
	s := &scoring.Scorer{Truth: t, Table: b.data.table, Scoring: scoring.Scoring{Ious: []float64{b.o.iou}, Metric: "all",
		By:    by,
		Sweep: true, Thrs: thresholds(), Errors: true}}
	s.Params.Workers = b.o.workers
	boxes := lacksMasks(t.Annotations)
	if boxes {
		s.Params.Type = eval.BBox
	}
	var models []*modelScore
	for _, m := range f.Predictions {
		model := &modelScore{name: m.Name, path: m.Files[0]}
		if model.failed = b.scoreModel(ctx, s, model); ctx.Err() != nil {
			return nil, ctx.Err()
		}
		models = append(models, model)
	}
	return b.evalBlocks(t, boxes, models)
}

// howToPredict says where predictions are looked for: of a COCO file, or of a folder.
func howToPredict(file bool) string {
	if file {
		return "name each model's COCO results with --predictions"
	}
	return "put each model's *.segm.json into predictions, or name files with --predictions"
}

// lacksMasks says whether no annotation has a mask: they are boxes.
func lacksMasks(list []coco.Annotation) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(a coco.Annotation) bool {
		return a.Segmentation.Kind() != coco.KindNone
	})
}

// scoreModel scores a model as "hubdata eval" does. It keeps only
// what the report shows.
func (b *builder) scoreModel(ctx context.Context, by *scoring.Scorer, s *modelScore) error {
	d, err := preds.ReadDetections(b.c, s.path, by.Truth.Name, by.Params.Type, nil)
	if err != nil {
		return err
	}
	if err := preds.Align(b.c, "", 0, by.Truth, d); err != nil {
		return err
	}
	r, err := by.Score(ctx, d)
	if err != nil {
		return err
	}
	s.Report = r
	s.chart, s.curve = curves(s.name, r)
	tiles := r.PartsBy("tile")
	for _, p := range tiles[:min(len(tiles), reportWorst)] {
		if p.APAt >= 0 {
			s.worst = append(s.worst, p)
		}
	}
	if s.Sweep.Best != nil {
		s.least = s.Sweep.Best.Score
	}
	if n := min(b.o.pictures, len(s.worst)); n > 0 {
		s.gallery, err = b.worstTiles(ctx, by.Truth, d, s.worst[:n], s.least)
	}
	r.Whole, r.Single, r.Errors.List = nil, nil, nil // too large to keep for every model
	return err
}

// hubmapColumn is the place of the competition's metric in the table of scores, which other data do not have.
const hubmapColumn = 6

func (b *builder) evalBlocks(t *preds.Truth, boxes bool, models []*modelScore) ([]htmlreport.Block, error) {
	at := fmt.Sprintf("%.2f", b.o.iou)
	table := &htmlreport.Table{Caption: "Scores of the models",
		Columns: []htmlreport.Column{{Name: "model"}, {Name: "detections", Numbers: true},
			{Name: "AP", Numbers: true, About: "as in COCO: mean over IoU 0.50 to 0.95"}, {Name: "AP50", Numbers: true},
			{Name: "AP75", Numbers: true}, {Name: "AP at " + at, Numbers: true},
			{Name: "HuBMAP", Numbers: true, About: "the competition's metric: AP at IoU " + at +
				" over all points of the curve, blood_vessel only"},
			{Name: "best F1", Numbers: true}, {Name: "at score", Numbers: true, About: "the threshold that gives the best F1"},
			{Name: "calibration error", Numbers: true, About: "mean distance between score and precision"}}}
	all := plot.Chart{Title: "Precision over recall at IoU " + at, X: "recall", Y: "precision"}
	var best *modelScore
	var failed error
	var sections []htmlreport.Block
	for _, s := range models {
		if s.failed != nil {
			failed = errors.Join(failed, s.failed)
			table.Rows = append(table.Rows, []htmlreport.Cell{{Text: s.name}, {}, {}, {}, {}, {}, {}, {}, {}, {}})
			continue
		}
		hubmap, f1, from := "-", "-", "-"
		if s.HuBMAP != nil {
			hubmap = scoring.Score3(*s.HuBMAP)
		}
		if s.Sweep.Best != nil {
			f1, from = scoring.Score3(s.Sweep.Best.F1), fmt.Sprintf("%.4f", s.Sweep.Best.Score)
		}
		table.Rows = append(table.Rows, []htmlreport.Cell{{Text: s.name}, {Text: ui.Thousands(s.Detections)},
			{Text: scoring.Score3(s.Stats[0])}, {Text: scoring.Score3(s.Stats[1])}, {Text: scoring.Score3(s.Stats[2])},
			{Text: scoring.Score3(s.At[0].AP)}, {Text: hubmap}, {Text: f1}, {Text: from},
			{Text: scoring.Score3(s.Sweep.Calibration)}})
		all.Lines = append(all.Lines, s.curve)
		if best == nil || s.At[0].AP > best.At[0].AP {
			best = s
		}
		sections = append(sections, b.modelBlocks(s)...)
	}
	if !slices.ContainsFunc(models, func(s *modelScore) bool { return s.failed == nil && s.HuBMAP != nil }) {
		table.Columns = slices.Delete(table.Columns, hubmapColumn, hubmapColumn+1)
		for k, row := range table.Rows {
			table.Rows[k] = slices.Delete(row, hubmapColumn, hubmapColumn+1)
		}
	}
	compared := "masks"
	if boxes {
		compared = "boxes: the ground truth has no masks"
	}
	blocks := []htmlreport.Block{
		{Text: fmt.Sprintf("Scored against %s: %s with %s. Compared by their %s.", b.files.Show(t.Name),
			ui.Plural(len(t.Images), "tile", "tiles"),
			ui.Plural(len(t.Annotations), "ground-truth instance", "ground-truth instances"), compared)}}
	if best == nil {
		return nil, failed
	}
	b.page.glance(htmlreport.Note, "evaluation", "best of %s: %s, with AP %s at IoU %s",
		ui.Plural(len(models), "model", "models"), best.name, scoring.Score3(best.At[0].AP), at)
	b.page.fact("best AP at IoU "+at, scoring.Score3(best.At[0].AP), best.name)
	blocks = append(blocks, htmlreport.Block{Table: table})
	if len(all.Lines) > 1 {
		blocks = append(blocks, htmlreport.Block{Charts: &htmlreport.Charts{Items: []htmlreport.Chart{lines(&all)}}})
	}
	return append(blocks, sections...), failed
}
