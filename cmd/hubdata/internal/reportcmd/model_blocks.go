package reportcmd

import (
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/plot"
)

// modelBlocks show one model.
func (b *builder) modelBlocks(s *modelScore) []htmlreport.Block {
	var remarks []htmlreport.Remark
	for _, n := range s.Notes {
		remarks = append(remarks, htmlreport.Remark{Level: htmlreport.Note, Text: sentence(n)})
	}
	blocks := []htmlreport.Block{{Heading: s.name, Remarks: remarks},
		{Charts: &htmlreport.Charts{Items: []htmlreport.Chart{lines(&s.chart), lines(sweepChart(s.Sweep)),
			bars(calibrationChart(s.Sweep))}}}}
	kept := &htmlreport.Table{Caption: fmt.Sprintf("Detections kept above each threshold of the score, at IoU %v",
		s.Sweep.IoU), Columns: []htmlreport.Column{{Name: "keep above", Numbers: true}, {Name: "detections", Numbers: true},
		{Name: "precision", Numbers: true}, {Name: "recall", Numbers: true}, {Name: "F1", Numbers: true}}}
	row := func(what string, p eval.SweepPoint) {
		kept.Rows = append(kept.Rows, []htmlreport.Cell{{Text: what}, {Text: ui.Thousands(p.Kept)},
			{Text: scoring.Score3(p.Precision)}, {Text: scoring.Score3(p.Recall)}, {Text: scoring.Score3(p.F1)}})
	}
	for i, p := range s.Sweep.Above {
		if i%5 == 0 {
			row(fmt.Sprintf("%.1f", p.Score), p)
		}
	}
	mistakes := &htmlreport.Table{Caption: "Mistakes (TIDE)",
		Columns: []htmlreport.Column{{Name: "kind"}, {Name: "meaning"}, {Name: "count", Numbers: true},
			{Name: "AP gain if fixed", Numbers: true}}}
	most := 0.0
	for _, k := range s.Errors.Kinds {
		most = max(most, k.Gain)
	}
	for k, kind := range s.Errors.Kinds {
		cell := htmlreport.Cell{Text: fmt.Sprintf("%+.3f", kind.Gain)}
		if most > 0 {
			cell.Share = kind.Gain / most
		}
		mistakes.Rows = append(mistakes.Rows,
			[]htmlreport.Cell{{Text: kind.Kind}, {Text: scoring.ErrorTexts[eval.MistakeKind(k)]},
				{Text: ui.Thousands(kind.Count)}, cell})
	}
	blocks = append(blocks, htmlreport.Block{Table: mistakes})
	numbers := []htmlreport.Block{{Table: kept}}
	for _, by := range s.By {
		if by.By != "tile" {
			numbers = append(numbers, htmlreport.Block{Table: b.sliceTable(by.By, by.Parts)})
		}
	}
	blocks = append(blocks, htmlreport.Block{Folded: &htmlreport.Folded{Summary: "Thresholds and parts in numbers",
		Blocks: numbers}})
	if len(s.worst) == 0 {
		return blocks
	}
	worst := b.sliceTable("tile", s.worst)
	worst.Caption, worst.Shown = "Worst tiles of "+s.name, 10
	blocks = append(blocks, htmlreport.Block{Table: worst})
	if s.gallery != nil {
		blocks = append(blocks, htmlreport.Block{
			Text: fmt.Sprintf("The worst of them, with detections that score at least %.4f, the threshold with the best F1.",
				s.least), Gallery: s.gallery})
	}
	return blocks
}

// sliceTable is a table of parts.
func (b *builder) sliceTable(by string, parts []scoring.Part) *htmlreport.Table {
	at := fmt.Sprintf("%.2f", b.o.iou)
	head := map[string]string{"wsi": "WSI", "size": "size", "category": "class", "tile": "tile"}[by]
	t := &htmlreport.Table{Caption: "Scores by " + head, Columns: []htmlreport.Column{{Name: head, Numbers: by == "wsi"}}}
	if by != "tile" {
		t.Columns = append(t.Columns, htmlreport.Column{Name: "images", Numbers: true})
	}
	for _, name := range []string{"instances", "detections", "AP", "AP50", "AP at " + at, "recall at " + at,
		"precision at " + at} {
		t.Columns = append(t.Columns, htmlreport.Column{Name: name, Numbers: true})
	}
	for _, p := range parts {
		row := []htmlreport.Cell{{Text: p.Part, Code: by == "tile"}}
		if by != "tile" {
			row = append(row, htmlreport.Cell{Text: ui.Thousands(p.Images)})
		}
		t.Rows = append(t.Rows, append(row, htmlreport.Cell{Text: ui.Thousands(p.Instances)},
			htmlreport.Cell{Text: ui.Thousands(p.Detections)}, htmlreport.Cell{Text: scoring.Score3(p.AP)},
			htmlreport.Cell{Text: scoring.Score3(p.AP50)}, htmlreport.Cell{Text: scoring.Score3(p.APAt)},
			htmlreport.Cell{Text: scoring.Score3(p.Recall)}, htmlreport.Cell{Text: scoring.Score3(p.Precision)}))
	}
	return t
}

// sweepChart draws precision, recall and F1 over the threshold.
func sweepChart(s *scoring.Sweep) *plot.Chart {
	c := &plot.Chart{Title: "Precision and recall above a threshold", X: "threshold of the score", Y: "share",
		Lines: []plot.Line{{Name: "precision"}, {Name: "recall"}, {Name: "F1"}}}
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

// calibrationChart draws how often detections are correct, by their score.
func calibrationChart(s *scoring.Sweep) *plot.Bars {
	b := &plot.Bars{Title: "Can the scores be trusted?", X: "score", Y: "share",
		Series: []plot.Series{{Name: "correct"}, {Name: "mean score"}}}
	for i, bin := range s.Bins {
		b.Labels = append(b.Labels, fmt.Sprintf("%.1f", float64(i)/10))
		b.Series[0].Values = append(b.Series[0].Values, bin.Precision)
		b.Series[1].Values = append(b.Series[1].Values, bin.Score)
	}
	b.Labels = append(b.Labels, "1.0")
	return b
}

// thresholds are what a sweep is drawn at: 0, 0.02, ..., 0.98.
func thresholds() []float64 {
	out := make([]float64, 50)
	for i := range out {
		out[i] = float64(i) / 50
	}
	return out
}

// curves draws precision over recall: at several IoUs, and the line at the report's.
func curves(name string, r *scoring.Report) (chart plot.Chart, single plot.Line) {
	chart = scoring.CurveChart()
	chart.Title = name
	for _, l := range scoring.Curves([]*scoring.Report{r}) {
		chart.Lines = append(chart.Lines, l.Line())
	}
	l := scoring.CurveLine{Name: name, Points: r.Single.Curve(eval.Select{IoU: r.IoU})}
	return chart, l.Line()
}
