package reportcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/plot"
	"github.com/hubdata/hubdata/pseudo"
)

// pseudoSection reports how predictions became pseudo-labels, from the accounting in
// their files.
func (b *builder) pseudoSection(context.Context) ([]htmlreport.Block, error) {
	f := b.files
	if len(f.Pseudo) == 0 {
		if b.o.File != "" {
			return nil, absentf("", "no pseudo-labels given: name files of \"hubdata pseudo\" with --pseudo")
		}
		command := b.command("pseudo --thr 0.5,0.6")
		if len(f.Predictions) == 0 {
			return nil, absentf(command,
				"there are no pseudo-labels; making them needs predictions on unlabelled tiles in predictions")
		}
		return nil, absentf(command, "there are no pseudo-labels in coco_data/pseudo_coco")
	}
	type run struct {
		account *pseudo.Account
		files   []string
	}
	var runs []*run
	var failed error
	for _, path := range f.Pseudo {
		from, ok := files.MadeFrom(b.c, path)
		account := &pseudo.Account{}
		switch {
		case !ok || from.Accounting != nil && json.Unmarshal(from.Accounting, account) != nil:
			failed = errors.Join(failed, ui.Failf(ui.ExitBadData, "%s: not written by hubdata", path))
			continue
		case from.Accounting == nil:
			failed = errors.Join(failed,
				ui.Failf(ui.ExitBadData, "%s: has no accounting: hubdata %s did not write one; run hubdata pseudo again", path,
					from.Version))
			continue
		}
		known := false
		for _, r := range runs { // the sets of several thresholds have one accounting
			if reflect.DeepEqual(r.account, account) {
				r.files, known = append(r.files, f.Show(path)), true
			}
		}
		if !known {
			runs = append(runs, &run{account, []string{f.Show(path)}})
		}
	}
	var blocks []htmlreport.Block
	for _, r := range runs {
		blocks = append(blocks, b.accountBlocks(r.account, r.files)...)
	}
	return blocks, failed
}

func (b *builder) accountBlocks(a *pseudo.Account, files []string) []htmlreport.Block {
	name := strings.Join(files, ", ")
	facts := []htmlreport.Fact{
		{Name: "predictions", Value: ui.Thousands(a.Total.In),
			Note: fmt.Sprintf("of %s", ui.Plural(len(a.Models), "model", "models"))},
		{Name: "fused instances", Value: ui.Thousands(a.Fused)}}
	for _, s := range a.Sets {
		note := ""
		if s.Empty > 0 {
			note = fmt.Sprintf("none on %s", ui.Plural(s.Empty, "tile", "tiles"))
		}
		facts = append(facts, htmlreport.Fact{Name: fmt.Sprintf("kept above %v", s.Threshold), Value: ui.Thousands(s.Kept),
			Note: note})
	}
	var remarks []htmlreport.Remark
	for _, w := range a.Warnings(stats.LargeShift) {
		remarks = append(remarks, htmlreport.Remark{Level: htmlreport.Warning, Text: sentence(w)})
		b.page.glance(htmlreport.Warning, "pseudo", "%s", w)
	}
	for _, s := range a.Sets {
		b.page.fact(fmt.Sprintf("pseudo-labels above %v", s.Threshold), ui.Thousands(s.Kept), "")
	}
	blocks := []htmlreport.Block{{Heading: name, Facts: facts, Remarks: remarks}, {Table: modelTable(a)},
		{Table: slideTable(a)}, {Charts: accountCharts(a)}}
	areas := &htmlreport.Table{Caption: "Areas of kept and labelled instances, in pixels",
		Columns: []htmlreport.Column{{Name: "instances"}, {Name: "number", Numbers: true},
			{Name: "5 %", Numbers: true, About: "quantiles"}, {Name: "25 %", Numbers: true}, {Name: "median", Numbers: true},
			{Name: "75 %", Numbers: true}, {Name: "95 %", Numbers: true},
			{Name: "distance", Numbers: true, About: "Kolmogorov-Smirnov distance from labelled: 0 equal, 1 nothing in common"}}}
	for i, s := range a.Sets {
		if l := s.Areas.Labelled; i == 0 && l.N > 0 {
			areas.Rows = append(areas.Rows, []htmlreport.Cell{{Text: "labelled"}, {Text: ui.Thousands(l.N)}, pixels(l.P05),
				pixels(l.P25), pixels(l.Median), pixels(l.P75), pixels(l.P95), {}})
		}
		d := s.Areas.Found
		areas.Rows = append(areas.Rows, []htmlreport.Cell{{Text: fmt.Sprintf("kept above %v", s.Threshold)},
			{Text: ui.Thousands(d.N)}, pixels(d.P05), pixels(d.P25), pixels(d.Median), pixels(d.P75), pixels(d.P95),
			{Text: fmt.Sprintf("%.3f", s.Areas.KS)}})
	}
	sweep := &htmlreport.Table{Caption: "Instances kept above each threshold of the score",
		Columns: []htmlreport.Column{{Name: "above", Numbers: true}, {Name: "instances", Numbers: true},
			{Name: "tiles without instances", Numbers: true}}}
	for _, p := range a.Sweep {
		sweep.Rows = append(sweep.Rows,
			[]htmlreport.Cell{{Text: fmt.Sprintf("%.2f", p.Threshold)}, {Text: ui.Thousands(p.Kept)},
				{Text: ui.Thousands(p.Empty)}})
	}
	return append(blocks, htmlreport.Block{Table: areas},
		htmlreport.Block{Folded: &htmlreport.Folded{Summary: "Thresholds in numbers",
			Blocks: []htmlreport.Block{{Table: sweep}}}})
}

func pixels(v float64) htmlreport.Cell { return htmlreport.Cell{Text: ui.Thousands(int(v + 0.5))} }

// modelTable shows how many predictions of each model went where.
func modelTable(a *pseudo.Account) *htmlreport.Table {
	t := &htmlreport.Table{Caption: "Predictions of each model",
		Columns: []htmlreport.Column{{Name: "model"}, {Name: "weight", Numbers: true}, {Name: "predictions", Numbers: true},
			{Name: "other tiles", Numbers: true}, {Name: "other class", Numbers: true},
			{Name: "below skip", Numbers: true, About: "score too low to be fused"}, {Name: "no pixels", Numbers: true},
			{Name: "suppressed", Numbers: true, About: "duplicates within one model"}, {Name: "fused", Numbers: true}}}
	for _, s := range a.Sets {
		t.Columns = append(t.Columns, htmlreport.Column{Name: fmt.Sprintf("in instances above %v", s.Threshold),
			Numbers: true})
	}
	for _, m := range a.Models {
		row := []htmlreport.Cell{{Text: m.Name}, {Text: fmt.Sprint(m.Weight)}}
		for _, n := range append([]int{m.Predictions, m.OtherTiles, m.OtherClass, m.Skipped, m.NoPixels + m.ZeroBox,
			m.Suppressed, m.Used}, m.Kept...) {
			row = append(row, htmlreport.Cell{Text: ui.Thousands(n)})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// slideTable shows how many predictions on each slide went where.
func slideTable(a *pseudo.Account) *htmlreport.Table {
	t := &htmlreport.Table{Caption: "Predictions on each slide",
		Columns: []htmlreport.Column{{Name: "WSI", Numbers: true}, {Name: "dataset", Numbers: true},
			{Name: "tiles", Numbers: true},
			{Name: "without predictions", Numbers: true}, {Name: "predictions", Numbers: true},
			{Name: "after NMS", Numbers: true}, {Name: "fused", Numbers: true}}}
	for _, s := range a.Sets {
		t.Columns = append(t.Columns, htmlreport.Column{Name: fmt.Sprintf("above %v", s.Threshold), Numbers: true},
			htmlreport.Column{Name: "tiles without", Numbers: true})
	}
	row := func(slide, dataset string, s *pseudo.SlideAccount) []htmlreport.Cell {
		out := []htmlreport.Cell{{Text: slide}, {Text: dataset}}
		list := []int{s.Tiles, s.NoTiles, s.In, s.AfterNMS, s.Fused}
		for k := range a.Sets {
			if k < len(s.Kept) && k < len(s.Empty) {
				list = append(list, s.Kept[k], s.Empty[k])
			}
		}
		for _, n := range list {
			out = append(out, htmlreport.Cell{Text: ui.Thousands(n)})
		}
		return out
	}
	for i := range a.Slides {
		s := &a.Slides[i]
		t.Rows = append(t.Rows, row(fmt.Sprint(s.WSI), fmt.Sprint(s.Dataset), s))
	}
	t.Foot = row("all", "", &a.Total)
	return t
}

// accountCharts draw scores, thresholds and agreement.
func accountCharts(a *pseudo.Account) *htmlreport.Charts {
	scores := &plot.Bars{Title: "Fused instances by score", X: "score", Y: "instances", Series: []plot.Series{{}}}
	for i, n := range a.Histogram {
		scores.Labels = append(scores.Labels, fmt.Sprintf("%.1f", float64(i)/10))
		scores.Series[0].Values = append(scores.Series[0].Values, float64(n))
	}
	scores.Labels = append(scores.Labels, "1.0")
	sweep := &plot.Bars{Title: "Kept above a threshold", X: "threshold of the score", Y: "instances", Steps: true,
		Series: []plot.Series{{}}}
	for _, p := range a.Sweep {
		sweep.Labels = append(sweep.Labels, fmt.Sprintf("%.2f", p.Threshold))
		sweep.Series[0].Values = append(sweep.Series[0].Values, float64(p.Kept))
	}
	agree := &plot.Bars{Title: "Models that agree on what is kept", X: "models", Y: "instances"}
	for i := range a.Models {
		agree.Labels = append(agree.Labels, fmt.Sprint(i+1))
	}
	for _, s := range a.Sets {
		series := plot.Series{Name: fmt.Sprintf("above %v", s.Threshold)}
		for _, n := range s.Agreement {
			series.Values = append(series.Values, float64(n))
		}
		agree.Series = append(agree.Series, series)
	}
	return &htmlreport.Charts{Items: []htmlreport.Chart{bars(scores), bars(sweep), bars(agree)}}
}
