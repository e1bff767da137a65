package reportcmd

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/plot"
)

// statsSection reports how the instances are distributed, as "hubdata stats" does.
func (b *builder) statsSection(ctx context.Context) ([]htmlreport.Block, error) {
	path := b.o.File
	switch {
	case path != "":
	case b.files.Lacking() != "":
		return nil, absentf("", "there are no outlines to measure: %s is not in the folder", b.files.Lacking())
	default:
		path = b.o.Dir
	}
	if len(b.data.instances) == 0 && b.data.labelsErr == nil {
		return nil, absentf("", "no tile has a line of outlines: there is nothing to measure")
	}
	r, err := measure(ctx, b.c, path, b.files, b.o.workers)
	if err != nil {
		return nil, err
	}
	blocks := []htmlreport.Block{{Table: groupsTable(r)}}
	tiers := r.GroupsBy("dataset")
	if len(tiers) < 2 || len(tiers) > mostSeries {
		tiers = r.Groups[:1]
	}
	blocks = append(blocks, htmlreport.Block{Heading: "Histograms",
		Text:   "Each bar is a share of the group's tiles or instances. Bins of sizes grow by the square root of 2.",
		Charts: histograms(tiers)})
	if len(tiers) == 2 {
		blocks = append(blocks, shiftBlock(b.page, tiers[0], tiers[1]))
	}
	if classes := r.GroupsBy("class"); len(classes) > 1 {
		b := htmlreport.Block{Heading: "Classes", Charts: &htmlreport.Charts{Items: []htmlreport.Chart{classChart(classes)}}}
		if r.Groups[0].Group.Values(stats.Area).N() > 0 {
			b.Text = "Areas: the line goes from the 5 % to the 95 % quantile, the bar from 25 % to 75 %, with a gap at the median."
			b.Charts.Items = append(b.Charts.Items, areaChart(classes))
		}
		blocks = append(blocks, b)
	}
	return append(blocks, htmlreport.Block{Folded: &htmlreport.Folded{Summary: "All measures in numbers",
		Blocks: []htmlreport.Block{{Table: measuresTable(r)}}}}), nil
}

// groupsTable has a row per group: means of what is counted by tile and of
// shares, medians of the rest.
func groupsTable(r *measured) *htmlreport.Table {
	t := &htmlreport.Table{Caption: "By dataset, slide and class", Columns: []htmlreport.Column{{Name: "group"}}}
	all := r.Groups[0]
	type column struct {
		name, about string
		of          func(g *group) string
	}
	of := func(m stats.Measure, show func(*stats.Summary) string) func(*group) string {
		return func(g *group) string { return g.FigureOf(m, show) }
	}
	mean, share, median := meanFigure, shareFigure, medianFigure
	columns := []column{
		{"tiles", "", func(g *group) string { return ui.Thousands(g.Tiles) }},
		{"empty", "tiles without instances", func(g *group) string { return ui.Thousands(g.Empty) }},
		{"instances", "", func(g *group) string { return ui.Thousands(g.Instances) }},
		{"per tile", "mean number of instances on a tile", of(stats.Instances, mean)},
		{"covered", "mean share of a tile's pixels", of(stats.Covered, share)},
		{"area", "median, in pixels", of(stats.Area, median)},
		{"width", "median, in pixels", of(stats.Width, median)},
		{"height", "median, in pixels", of(stats.Height, median)},
		{"eccentricity", "median: 0 a circle, 1 a line", of(stats.Eccentricity, median)},
		{"cut", "share of instances that reach the tile's border", of(stats.BorderCut, share)},
		{"overlap", "mean share of an instance that others of its class cover", of(stats.Overlap, share)},
	}
	if all.Group.Values(stats.Area).N() == 0 && all.Group.Values(stats.Width).N() > 0 { // boxes alone: what masks give is not known
		columns = slices.DeleteFunc(columns, func(c column) bool { return c.of(all) == "-" })
	}
	for _, c := range columns {
		t.Columns = append(t.Columns, htmlreport.Column{Name: c.name, About: c.about, Numbers: true})
	}
	row := func(g *group) []htmlreport.Cell {
		out := []htmlreport.Cell{{Text: g.Title()}}
		for _, c := range columns {
			out = append(out, htmlreport.Cell{Text: c.of(g)})
		}
		return out
	}
	for _, g := range r.Groups[1:] {
		t.Rows = append(t.Rows, row(g))
	}
	t.Foot = row(all)
	return t
}

// drawnMeasures are drawn as histograms; the others are single shares.
var drawnMeasures = []stats.Measure{stats.Instances, stats.Covered, stats.Area, stats.Diameter, stats.Eccentricity,
	stats.Vertices, stats.Score}

func histograms(groups []*group) *htmlreport.Charts {
	out := &htmlreport.Charts{}
	drawn := drawnMeasures
	if !slices.ContainsFunc(groups, func(g *group) bool { return g.Group.Values(stats.Diameter).N() > 0 }) { // boxes alone
		drawn = append(slices.Clone(drawn), stats.Width, stats.Height)
	}
	for _, m := range drawn {
		if slices.ContainsFunc(groups, func(g *group) bool { return g.Group.Values(m).N() > 0 }) {
			out.Items = append(out.Items, histogram(m, groups))
		}
	}
	return out
}

// histogram draws a measure of several groups, each as shares of its own.
func histogram(m stats.Measure, groups []*group) htmlreport.Chart {
	var values []*stats.Values
	for _, g := range groups {
		values = append(values, g.Group.Values(m))
	}
	edges := m.Bins(values...)
	b := &plot.Bars{Title: sentence(m.String()), X: m.Unit(), Y: "% of instances"}
	if m.OfTile() {
		b.Y = "% of tiles"
	}
	if m == stats.Instances {
		b.Title = "Instances per tile"
	}
	first, last := len(edges), 0
	var all [][]stats.Bin
	for _, v := range values {
		bins := v.Histogram(edges)
		for i := range bins {
			if bins[i].N > 0 {
				first, last = min(first, i), max(last, i+1)
			}
		}
		all = append(all, bins)
	}
	for i := first; i <= last && first < last; i++ {
		b.Labels = append(b.Labels, edgeText(edges[i]))
	}
	for k, bins := range all {
		s := plot.Series{Name: groups[k].Title()}
		for i := first; i < last; i++ {
			s.Values = append(s.Values, 100*float64(bins[i].N)/float64(max(values[k].N(), 1)))
		}
		b.Series = append(b.Series, s)
	}
	return bars(b)
}

// classChart draws how many instances each class has.
func classChart(classes []*group) htmlreport.Chart {
	b := &plot.Bars{Title: "Instances of each class", Y: "instances", Series: []plot.Series{{}}}
	for _, g := range classes {
		b.Labels = append(b.Labels, g.Name)
		b.Series[0].Values = append(b.Series[0].Values, float64(g.Instances))
	}
	return bars(b)
}

// mostSeries is how many groups a histogram compares at most.
const mostSeries = 4

// areaChart draws the distribution of the areas of each class.
func areaChart(classes []*group) htmlreport.Chart {
	r := &plot.Ranges{Title: "Area of each class", X: stats.Area.String() + " in " + stats.Area.Unit()}
	for _, g := range classes {
		s := g.Group.Values(stats.Area).Summary()
		r.Rows = append(r.Rows, plot.Range{Name: g.Name, Empty: s.N == 0,
			Quantiles: [5]float64{s.P05, s.P25, s.Median, s.P75, s.P95}})
	}
	return ranges(r)
}

// shiftBlock compares two groups, measure by measure.
func shiftBlock(p *page, a, b *group) htmlreport.Block {
	t := &htmlreport.Table{Caption: fmt.Sprintf("Difference of %s from %s", b.Title(), a.Title()),
		Columns: []htmlreport.Column{{Name: "measure"}, {Name: "unit"},
			{Name: "median of " + a.Title(), Numbers: true}, {Name: "median of " + b.Title(), Numbers: true},
			{Name: "distance", Numbers: true, About: "Kolmogorov-Smirnov: 0 equal, 1 nothing in common"},
			{Name: "shift", Numbers: true, About: "Wasserstein distance, in the measure's unit"}, {Name: "verdict"}}}
	levels := map[stats.Verdict]htmlreport.Level{stats.TooFew: htmlreport.Note, stats.Alike: htmlreport.Good,
		stats.Shifted: htmlreport.Warning, stats.Unlike: htmlreport.Bad}
	unlike := ""
	for _, m := range stats.Measures() {
		va, vb := a.Group.Values(m), b.Group.Values(m)
		if va.N() == 0 && vb.N() == 0 {
			continue
		}
		s := stats.NewShift(m, va, vb)
		if s.Verdict == stats.Unlike {
			if unlike != "" {
				unlike += ", "
			}
			unlike += m.String()
		}
		t.Rows = append(t.Rows, []htmlreport.Cell{{Text: m.String()}, {Text: m.Unit()}, {Text: figure(s.A.Median)},
			{Text: figure(s.B.Median)}, {Text: fmt.Sprintf("%.3f", s.KS)}, {Text: figure(s.Wasserstein)},
			{Text: s.Verdict.String(), Level: levels[s.Verdict]}})
	}
	if unlike != "" {
		p.glance(htmlreport.Warning, "distributions", "%s and %s differ in %s", a.Title(), b.Title(), unlike)
	}
	return htmlreport.Block{Heading: "Are the datasets similar?", Table: t}
}

// measuresTable has all measures of all groups.
func measuresTable(r *measured) *htmlreport.Table {
	t := &htmlreport.Table{Caption: "Measures of each group",
		Columns: []htmlreport.Column{{Name: "group"}, {Name: "measure"}, {Name: "unit"}}}
	for _, name := range []string{"number", "mean", "std", "least", "5 %", "25 %", "median", "75 %", "95 %", "most"} {
		t.Columns = append(t.Columns, htmlreport.Column{Name: name, Numbers: true})
	}
	for _, g := range r.Groups {
		for _, m := range g.Measures {
			if m.N == 0 {
				continue
			}
			row := []htmlreport.Cell{{Text: g.Title()}, {Text: m.Measure.String()}, {Text: m.Unit}, {Text: ui.Thousands(m.N)}}
			for _, v := range []float64{m.Mean, m.Std, m.Min, m.P05, m.P25, m.Median, m.P75, m.P95, m.Max} {
				row = append(row, htmlreport.Cell{Text: figure(v)})
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// edgeText writes the border of a bin.
func edgeText(v float64) string {
	if v >= 1000 {
		return ui.Thousands(int(v))
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}
