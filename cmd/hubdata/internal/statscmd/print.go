package statscmd

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/internal/figures"
)

// print shows the report as tables and bars.
func (r *report) print(c *ui.Console, o *options) {
	var text strings.Builder
	paper := newPaper(c)
	for i, s := range r.Sets {
		if i > 0 {
			text.WriteByte('\n')
		}
		label := ""
		if len(r.Sets) == 2 {
			label = string(rune('A'+i)) + ": "
		}
		s.headline(&text, label)
		s.overview(&text)
		if len(r.Sets) == 1 {
			s.distributions(&text, o)
			if !o.noBars {
				s.bars(&text, o, paper)
			}
		}
	}
	if len(r.Sets) == 2 {
		r.printShifts(&text, o, paper)
	}
	for _, n := range r.Notes {
		ui.Fprintf(&text, "note: %s\n", n)
	}
	ui.ListFiles(&text, r.Files...)
	_, _ = c.Out.WriteString(text.String()) // errors stick until Flush
}

// headline sums up the whole set in a line.
func (s *SetReport) headline(text *strings.Builder, label string) {
	g := s.Groups[0]
	ui.Fprintf(text, "%s%s: %s, %s without an instance, %s", label, s.Name, ui.Plural(g.Tiles, "tile", "tiles"),
		ui.Thousands(g.Empty), ui.Plural(g.Instances, "instance", "instances"))
	if g.Crowds > 0 {
		ui.Fprintf(text, ", %s not measured", ui.Plural(g.Crowds, "crowd", "crowds"))
	}
	text.WriteByte('\n')
}

// overview shows each group in a line: counts and medians.
func (s *SetReport) overview(text *strings.Builder) {
	vertices := s.Groups[0].Group.Values(stats.Vertices).N() > 0
	scores := s.Groups[0].Group.Values(stats.Score).N() > 0
	tw := ui.NewTable(text, ui.Right)
	fmt.Fprint(tw, "\t\ttiles\tempty\tinstances\tper tile\tcovered\tarea\twidth\theight\teccentricity\t")
	if vertices {
		fmt.Fprint(tw, "vertices\t")
	}
	if scores {
		fmt.Fprint(tw, "score\t")
	}
	fmt.Fprintln(tw, "cut\toverlap\t")
	for i := len(s.Groups); i > 0; i-- {
		g := s.Groups[len(s.Groups)-i]
		if g.By == "" {
			continue
		}
		g.line(tw, g.By, g.Name, vertices, scores)
	}
	s.Groups[0].line(tw, "all", "", vertices, scores)
	_ = tw.Flush() // to memory
	text.WriteString("empty: tiles without instances; per tile: mean; covered: mean share of a tile's pixels; area, width, height: medians in pixels;\n" +
		"eccentricity: median, 0 a circle, 1 a line; cut: share of instances at a tile's border; overlap: mean share of an instance in others of its class\n")
}

// FigureOf words what a group has of a measure.
func (g *GroupReport) FigureOf(m stats.Measure, show func(*stats.Summary) string) string {
	s := g.Group.Values(m).Summary()
	if s.N == 0 {
		return "-"
	}
	return show(&s)
}

func MeanFigure(s *stats.Summary) string { return strconv.FormatFloat(s.Mean, 'f', 1, 64) }

func ShareFigure(s *stats.Summary) string { return percent(s.Mean) }

func MedianFigure(s *stats.Summary) string { return Figure(s.Median) }

// line shows a group: means of what is counted by tile and of shares, medians of
// the rest.
func (g *GroupReport) line(tw *ui.Table, by, name string, vertices, scores bool) {
	of, mean, share, median := g.FigureOf, MeanFigure, ShareFigure, MedianFigure
	ui.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t", by, name, ui.Thousands(g.Tiles), ui.Thousands(g.Empty),
		ui.Thousands(g.Instances),
		of(stats.Instances, mean), of(stats.Covered, share), of(stats.Area, median), of(stats.Width, median),
		of(stats.Height, median), of(stats.Eccentricity, median))
	if vertices {
		ui.Fprintf(tw, "%s\t", of(stats.Vertices, median))
	}
	if scores {
		ui.Fprintf(tw, "%s\t", of(stats.Score, median))
	}
	ui.Fprintf(tw, "%s\t%s\t\n", of(stats.BorderCut, share), of(stats.Overlap, share))
}

func percent(v float64) string { return strconv.FormatFloat(100*v, 'f', 1, 64) + " %" }

// Figure shows a number with three digits, of larger ones all before the point.
func Figure(v float64) string {
	switch a := math.Abs(v); {
	case a >= 1000:
		return figures.Float(math.Round(v), 0)
	case v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', -1, 64)
	case a >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case a >= 1:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case a < 0.0005:
		return strconv.FormatFloat(v, 'g', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}

// distributions shows how the values are distributed: of all measures of the
// whole set, or of the chosen ones in every group.
func (s *SetReport) distributions(text *strings.Builder, o *options) {
	text.WriteByte('\n')
	tw := ui.NewTable(text, ui.Right)
	groups := s.Groups[:1]
	if o.measures != nil {
		groups = s.Groups
		fmt.Fprint(tw, "\t\t")
	}
	fmt.Fprintln(tw, "measure\tn\tmean\tstd\tmin\t5 %\t25 %\tmedian\t75 %\t95 %\tmax\t")
	for i := range groups[0].Measures {
		for k := range groups {
			g := groups[(k+1)%len(groups)] // the whole last
			m := g.Measures[i]
			if m.N == 0 {
				continue
			}
			if o.measures != nil {
				by := g.By
				if by == "" {
					by = "all"
				}
				ui.Fprintf(tw, "%s\t%s\t", by, g.Name)
			}
			ui.Fprintf(tw, "%s\t%s\t", m.Measure, ui.Thousands(m.N))
			for _, v := range []float64{m.Mean, m.Std, m.Min, m.P05, m.P25, m.Median, m.P75, m.P95, m.Max} {
				ui.Fprintf(tw, "%s\t", Figure(v))
			}
			fmt.Fprintln(tw)
		}
	}
	_ = tw.Flush()
	text.WriteString("n: number of values; std: standard deviation; 5 % to 95 %: quantiles; width, height, diameter in pixels, area in square pixels,\n" +
		"border-cut, overlap and covered as shares, 0 to 1\n")
}
