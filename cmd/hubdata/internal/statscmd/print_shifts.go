package statscmd

import (
	"fmt"
	"math"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/stats"
)

// printShifts shows how far apart the sets are.
func (r *report) printShifts(text *strings.Builder, o *options, p paper) {
	text.WriteByte('\n')
	tw := ui.NewTable(text, ui.Right)
	groups := false
	for _, s := range r.Shifts {
		groups = groups || s.By != ""
	}
	if groups {
		fmt.Fprint(tw, "\t\t")
	}
	fmt.Fprintln(tw, "measure\tn A\tn B\tmedian A\tmedian B\tmean A\tmean B\tKS\tWasserstein\tverdict\t")
	for _, s := range r.Shifts {
		if groups {
			by := s.By
			if by == "" {
				by = "all"
			}
			ui.Fprintf(tw, "%s\t%s\t", by, s.Name)
		}
		ui.Fprintf(tw, "%s\t%s\t%s\t", s.Measure, ui.Thousands(s.A.N), ui.Thousands(s.B.N))
		if s.A.N == 0 || s.B.N == 0 {
			ui.Fprintf(tw, "\t\t\t\t\t\tnot in %s\t\n", map[bool]string{true: "A", false: "B"}[s.A.N == 0])
			continue
		}
		ui.Fprintf(tw, "%s\t%s\t%s\t%s\t%.3f\t%s\t%s\t\n", Figure(s.A.Median), Figure(s.B.Median), Figure(s.A.Mean), Figure(s.B.Mean), s.KS, Figure(s.Wasserstein), s.Verdict)
	}
	_ = tw.Flush()
	text.WriteString("n: number of values; KS: distance of the distributions, 0 equal, 1 nothing in common; Wasserstein: the same in the measure's unit\n")
	r.verdict(text)
	if o.noBars {
		return
	}
	for _, s := range r.Shifts {
		if o.measures != nil || s.By == "" && (s.Measure == stats.Area || s.Measure == stats.Instances) || s.By == "class" && s.Measure == stats.Area {
			r.pairOfBars(text, s, p)
		}
	}
}

// verdict says in words what the shifts amount to.
func (r *report) verdict(text *strings.Builder) {
	by := map[stats.Verdict][]string{}
	text.WriteByte('\n')
	for _, s := range r.Shifts {
		if s.A.N == 0 || s.B.N == 0 {
			continue
		}
		name := s.Measure.String()
		if s.Name != "" {
			name += " of " + s.Name
		}
		by[s.Verdict] = append(by[s.Verdict], name)
		if s.Verdict == stats.Unlike || s.Verdict == stats.Shifted {
			ui.Fprintf(text, "%s: %s, %s (KS %.2f)\n", name, s.Verdict, s.direction(), s.KS)
		}
	}
	for _, v := range []struct {
		verdict stats.Verdict
		what    string
	}{{stats.Alike, "alike"}, {stats.TooFew, fmt.Sprintf("too few to compare (fewer than %d values)", stats.LeastValues)}} {
		if list := by[v.verdict]; list != nil {
			ui.Fprintf(text, "%s: %s\n", v.what, strings.Join(list, ", "))
		}
	}
	switch {
	case len(by[stats.Unlike]) > 0:
		ui.Fprintf(text, "verdict: B is unlike A in %s\n", strings.Join(by[stats.Unlike], ", "))
	case len(by[stats.Shifted]) > 0:
		ui.Fprintf(text, "verdict: B is somewhat unlike A in %s\n", strings.Join(by[stats.Shifted], ", "))
	case len(by[stats.Alike]) > 0:
		fmt.Fprintln(text, "verdict: B is like A")
	default:
		fmt.Fprintln(text, "verdict: too little to compare")
	}
}

// direction says which way the values go from A to B.
func (s *shift) direction() string {
	a, b, of := s.A.Median, s.B.Median, "median"
	if s.Measure.Unit() == "share" || a == b {
		a, b, of = s.A.Mean, s.B.Mean, "mean"
	}
	switch {
	case a == b:
		return "with the same median and mean, but another spread"
	case s.Measure.Unit() == "share":
		return fmt.Sprintf("%s %s, not %s", of, percent(b), percent(a))
	}
	way := "larger"
	if b < a {
		way = "smaller"
	}
	if a > 0 {
		return fmt.Sprintf("%s %s by %.0f %%: %s, not %s", of, way, 100*math.Abs(b-a)/a, Figure(b), Figure(a))
	}
	return fmt.Sprintf("%s %s: %s, not %s", of, way, Figure(b), Figure(a))
}

// pairOfBars draws the histograms of both sets, as parts of each.
func (r *report) pairOfBars(text *strings.Builder, s *shift, p paper) {
	if s.A.N == 0 || s.B.N == 0 || s.Measure == stats.BorderCut {
		return
	}
	text.WriteByte('\n')
	title := heading(s.Measure)
	if s.Name != "" {
		title += " of " + s.By + " " + s.Name
	}
	ui.Fprintf(text, "%s\n", title+": A, B")
	var rows []barRow
	first, last := -1, 0
	for i := range s.binsA {
		a, b := float64(s.binsA[i].N)/float64(s.A.N), float64(s.binsB[i].N)/float64(s.B.N)
		if a > 0 || b > 0 {
			if first < 0 {
				first = i
			}
			last = i
		}
		rows = append(rows, barRow{binLabel(s.binsA[i], s.Measure), []float64{a, b}, []string{percent(a), percent(b)}})
	}
	if first >= 0 {
		p.bars(text, rows[first:last+1])
	}
}
