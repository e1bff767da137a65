package reportcmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/evalcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/plot"
)

// reportWorst is how many of the worst tiles the report lists of each model.
const reportWorst = 50

// reportThresholds are what a sweep is drawn at: 0, 0.02, ..., 0.98.
func reportThresholds() []float64 {
	out := make([]float64, 50)
	for i := range out {
		out[i] = float64(i) / 50
	}
	return out
}

// modelScore is what the report says of a model.
type modelScore struct {
	name, path string
	*evalcmd.Report
	curve   plot.Line // at --iou
	chart   plot.Chart
	worst   []evalcmd.Part // tiles, the worst first
	least   float64        // score from which on detections are drawn on them
	gallery *htmlreport.Gallery
	failed  error
}

// evalSection scores the predictions.
func (job *reportJob) evalSection(ctx context.Context) ([]htmlreport.Block, error) {
	f := job.files
	switch {
	case len(f.predictions) == 0:
		return nil, absentf("", "there are no predictions: put each model's *.segm.json into predictions, or name files with --predictions")
	case len(f.truths) > 0:
		var names []string
		for _, path := range f.truths {
			names = append(names, f.show(path))
		}
		return nil, absentf(job.command("report --truth "+names[0]), "there are several truths (%s): name one with --truth", strings.Join(names, ", "))
	case f.truth == "":
		return nil, absentf(job.command("report --truth FILE"), "there is no truth to score predictions against: name a COCO file, or this folder itself for predictions on its outlined tiles, with --truth")
	}
	from := preds.TruthSource{Path: f.truth, Content: folder.DefaultSetOptions(), Workers: job.o.workers}
	t, err := from.Read(ctx, job.c)
	if err != nil {
		return nil, err
	}
	s := &evalcmd.Scorer{Truth: t, Table: job.table, Scoring: evalcmd.Scoring{Ious: []float64{job.o.iou}, Metric: "all", By: []string{"tile", "size"}, Sweep: true, Thrs: reportThresholds(), Errors: true}}
	s.Params.Workers = job.o.workers
	if job.table != nil && knowsAll(job.table, t.Names.All) {
		s.By = append(s.By, "wsi")
	}
	if len(t.Categories) > 1 {
		s.By = append(s.By, "category")
	}
	var models []*modelScore
	for _, m := range f.predictions {
		model := &modelScore{name: m.Name, path: m.Files[0]}
		if model.failed = job.scoreModel(ctx, s, model); ctx.Err() != nil {
			return nil, ctx.Err()
		}
		models = append(models, model)
	}
	return job.evalBlocks(t, models)
}

// scoreModel scores a model as "hubdata eval" does. Of all that is looked at only
// what the report says is kept.
func (job *reportJob) scoreModel(ctx context.Context, by *evalcmd.Scorer, s *modelScore) error {
	d, err := preds.ReadDetections(job.c, s.path, by.Params.Type, nil)
	if err != nil {
		return err
	}
	r, err := by.Score(ctx, d)
	if err != nil {
		return err
	}
	s.Report = r
	s.chart = evalcmd.CurveChart()
	s.chart.Title = s.name
	for _, l := range evalcmd.Curves([]*evalcmd.Report{r}) {
		s.chart.Lines = append(s.chart.Lines, l.Line())
	}
	single := evalcmd.CurveLine{Name: s.name, Points: r.Single.Curve(eval.Select{IoU: r.IoU})}
	s.curve = single.Line()
	for _, slicing := range r.By {
		if slicing.By == "tile" {
			for _, p := range slicing.Parts[:min(len(slicing.Parts), reportWorst)] {
				if p.APAt >= 0 {
					s.worst = append(s.worst, p)
				}
			}
		}
	}
	err = job.drawWorst(ctx, by.Truth, d, s)
	r.Whole, r.Single, r.Errors.List = nil, nil, nil
	return err
}

func (job *reportJob) evalBlocks(t *preds.Truth, models []*modelScore) ([]htmlreport.Block, error) {
	at := fmt.Sprintf("%.2f", job.o.iou)
	table := &htmlreport.Table{Caption: "Scores of the models", Columns: []htmlreport.Column{{Name: "model"}, {Name: "detections", Numbers: true},
		{Name: "AP", Numbers: true, About: "COCO's: mean over IoU 0.50 to 0.95"}, {Name: "AP50", Numbers: true}, {Name: "AP75", Numbers: true}, {Name: "AP at " + at, Numbers: true},
		{Name: "HuBMAP", Numbers: true, About: "the competition's metric: AP at IoU " + at + " by all points of the curve, blood_vessel alone"},
		{Name: "best F1", Numbers: true}, {Name: "from score", Numbers: true, About: "the threshold that gives the best F1"}, {Name: "calibration error", Numbers: true, About: "mean distance of score and precision"}}}
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
			hubmap = evalcmd.Score3(*s.HuBMAP)
		}
		if s.Sweep.Best != nil {
			f1, from = evalcmd.Score3(s.Sweep.Best.F1), fmt.Sprintf("%.4f", s.Sweep.Best.Score)
		}
		table.Rows = append(table.Rows, []htmlreport.Cell{{Text: s.name}, {Text: ui.Thousands(s.Detections)}, {Text: evalcmd.Score3(s.Stats[0])}, {Text: evalcmd.Score3(s.Stats[1])}, {Text: evalcmd.Score3(s.Stats[2])},
			{Text: evalcmd.Score3(s.At[0].AP)}, {Text: hubmap}, {Text: f1}, {Text: from}, {Text: evalcmd.Score3(s.Sweep.Calibration)}})
		all.Lines = append(all.Lines, s.curve)
		if best == nil || s.At[0].AP > best.At[0].AP {
			best = s
		}
		sections = append(sections, job.modelBlocks(s)...)
	}
	blocks := []htmlreport.Block{{Text: fmt.Sprintf("Scored against %s: %s with %s.", job.files.show(t.Name), ui.Plural(len(t.Images), "tile", "tiles"), ui.Plural(len(t.Annotations), "true instance", "true instances"))}}
	if best == nil {
		return nil, failed
	}
	job.glance(htmlreport.Note, "evaluation", "best of %s is %s: AP at IoU %s is %s", ui.Plural(len(models), "model", "models"), best.name, at, evalcmd.Score3(best.At[0].AP))
	job.fact("best AP at IoU "+at, evalcmd.Score3(best.At[0].AP), best.name)
	blocks = append(blocks, htmlreport.Block{Table: table})
	if len(all.Lines) > 1 {
		blocks = append(blocks, htmlreport.Block{Charts: &htmlreport.Charts{Items: []htmlreport.Chart{lines(&all)}}})
	}
	return append(blocks, sections...), failed
}

// modelBlocks tell of one model.
func (job *reportJob) modelBlocks(s *modelScore) []htmlreport.Block {
	var remarks []htmlreport.Remark
	for _, n := range s.Notes {
		remarks = append(remarks, htmlreport.Remark{Level: htmlreport.Note, Text: sentence(n)})
	}
	blocks := []htmlreport.Block{{Heading: s.name, Remarks: remarks},
		{Charts: &htmlreport.Charts{Items: []htmlreport.Chart{lines(&s.chart), lines(sweepChart(s.Sweep)), bars(calibrationChart(s.Sweep))}}}}
	sweep := &htmlreport.Table{Caption: fmt.Sprintf("What each threshold of the score keeps, at IoU %v", s.Sweep.IoU), Columns: []htmlreport.Column{{Name: "keep above", Numbers: true}, {Name: "detections", Numbers: true}, {Name: "precision", Numbers: true}, {Name: "recall", Numbers: true}, {Name: "F1", Numbers: true}}}
	row := func(what string, p eval.SweepPoint) {
		sweep.Rows = append(sweep.Rows, []htmlreport.Cell{{Text: what}, {Text: ui.Thousands(p.Kept)}, {Text: evalcmd.Score3(p.Precision)}, {Text: evalcmd.Score3(p.Recall)}, {Text: evalcmd.Score3(p.F1)}})
	}
	for i, p := range s.Sweep.Above {
		if i%5 == 0 {
			row(fmt.Sprintf("%.1f", p.Score), p)
		}
	}
	mistakes := &htmlreport.Table{Caption: "What goes wrong (TIDE)", Columns: []htmlreport.Column{{Name: "kind"}, {Name: "what it is"}, {Name: "count", Numbers: true}, {Name: "AP gained if mended", Numbers: true}}}
	most := 0.0
	for _, k := range s.Errors.Kinds {
		most = max(most, k.Gain)
	}
	for k, kind := range s.Errors.Kinds {
		cell := htmlreport.Cell{Text: fmt.Sprintf("%+.3f", kind.Gain)}
		if most > 0 {
			cell.Share = kind.Gain / most
		}
		mistakes.Rows = append(mistakes.Rows, []htmlreport.Cell{{Text: kind.Kind}, {Text: evalcmd.ErrorTexts[eval.MistakeKind(k)]}, {Text: ui.Thousands(kind.Count)}, cell})
	}
	blocks = append(blocks, htmlreport.Block{Table: mistakes})
	numbers := []htmlreport.Block{{Table: sweep}}
	for _, by := range s.By {
		if by.By != "tile" {
			numbers = append(numbers, htmlreport.Block{Table: job.sliceTable(by.By, by.Parts)})
		}
	}
	blocks = append(blocks, htmlreport.Block{Folded: &htmlreport.Folded{Summary: "Thresholds and parts in numbers", Blocks: numbers}})
	if len(s.worst) == 0 {
		return blocks
	}
	worst := job.sliceTable("tile", s.worst)
	worst.Caption, worst.Shown = "Worst tiles of "+s.name, 10
	blocks = append(blocks, htmlreport.Block{Table: worst})
	if s.gallery != nil {
		blocks = append(blocks, htmlreport.Block{Text: fmt.Sprintf("The worst of them, with detections that score %.4f or more, which gives the best F1:", s.least), Gallery: s.gallery})
	}
	return blocks
}

// sliceTable is a table of parts.
func (job *reportJob) sliceTable(by string, parts []evalcmd.Part) *htmlreport.Table {
	at := fmt.Sprintf("%.2f", job.o.iou)
	head := map[string]string{"wsi": "WSI", "size": "size", "category": "class", "tile": "tile"}[by]
	t := &htmlreport.Table{Caption: "Scores by " + head, Columns: []htmlreport.Column{{Name: head, Numbers: by == "wsi"}}}
	if by != "tile" {
		t.Columns = append(t.Columns, htmlreport.Column{Name: "images", Numbers: true})
	}
	for _, name := range []string{"instances", "detections", "AP", "AP50", "AP at " + at, "recall at " + at, "precision at " + at} {
		t.Columns = append(t.Columns, htmlreport.Column{Name: name, Numbers: true})
	}
	for _, p := range parts {
		row := []htmlreport.Cell{{Text: p.Part, Code: by == "tile"}}
		if by != "tile" {
			row = append(row, htmlreport.Cell{Text: ui.Thousands(p.Images)})
		}
		t.Rows = append(t.Rows, append(row, htmlreport.Cell{Text: ui.Thousands(p.Instances)}, htmlreport.Cell{Text: ui.Thousands(p.Detections)}, htmlreport.Cell{Text: evalcmd.Score3(p.AP)},
			htmlreport.Cell{Text: evalcmd.Score3(p.AP50)}, htmlreport.Cell{Text: evalcmd.Score3(p.APAt)}, htmlreport.Cell{Text: evalcmd.Score3(p.Recall)}, htmlreport.Cell{Text: evalcmd.Score3(p.Precision)}))
	}
	return t
}

// sweepChart draws what a threshold makes of precision, recall and F1.
func sweepChart(s *evalcmd.Sweep) *plot.Chart {
	c := &plot.Chart{Title: "What a threshold keeps", X: "threshold of the score", Above: true, Lines: []plot.Line{{Name: "precision"}, {Name: "recall"}, {Name: "F1"}}}
	for _, p := range s.Above {
		if p.Kept == 0 {
			break
		}
		for k, v := range []float64{p.Precision, p.Recall, p.F1} {
			c.Lines[k].Points = append(c.Lines[k].Points, [2]float64{p.Score, v})
		}
	}
	return c
}

// calibrationChart draws how often detections are right, by their score.
func calibrationChart(s *evalcmd.Sweep) *plot.Bars {
	b := &plot.Bars{Title: "Can the scores be trusted?", X: "score", Y: "share", Series: []plot.Series{{Name: "right"}, {Name: "mean score"}}}
	for i, bin := range s.Bins {
		b.Labels = append(b.Labels, fmt.Sprintf("%.1f", float64(i)/10))
		b.Series[0].Values = append(b.Series[0].Values, bin.Precision)
		b.Series[1].Values = append(b.Series[1].Values, bin.Score)
	}
	b.Labels = append(b.Labels, "1.0")
	return b
}
