package pseudocmd

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/pseudo"
)

// Summary is what a run reports: the files, what became of the predictions, and warnings.
type Summary struct {
	Files   []ui.SummaryFile `json:"files"`
	Results string           `json:"results,omitempty"`
	Shard   string           `json:"shard,omitempty"`
	pseudo.Account
	Warnings []string `json:"warnings"`

	labels *pseudo.Labels
}

// account sums up what became of the predictions, and compares the areas of what was kept with those of the labels. It is
// called once.
func (f *fused) account(o *options, a *aids, labelled *stats.Values) *pseudo.Account {
	for _, tile := range a.tiles {
		if f.rows[tile.Row] == nil && a.selected(o, tile) && a.inShard(tile.Row) {
			f.tally.AddTile(tile.Dataset, tile.WSI, nil)
		}
	}
	account := f.tally.Account()
	if a.images != nil {
		account.Slides = account.Slides[:0] // there are none
	}
	for k := range account.Sets {
		s := &account.Sets[k]
		shift := stats.NewShift(stats.Area, labelled, &f.areas[k])
		s.Areas = pseudo.AreaDrift{Labelled: pseudo.AreaSummary(shift.A), Found: pseudo.AreaSummary(shift.B), KS: shift.KS}
		s.Drift = shift.Verdict == stats.Unlike
	}
	return account
}

// newSummary sums up a run.
func newSummary(o *options, account *pseudo.Account, labels labelledAreas, written []ui.SummaryFile) *Summary {
	sum := &Summary{Account: *account, Files: written, Results: filepath.ToSlash(o.results), Warnings: []string{}, labels: &o.labels}
	var absent *ui.Failure
	switch {
	case labels.err == nil:
	case errors.As(labels.err, &absent) && labels.areas.N() == 0:
		sum.Warnings = append(sum.Warnings, fmt.Sprintf("no labels to compare areas with: %v", labels.err))
	default:
		sum.Warnings = append(sum.Warnings, labels.err.Error())
	}
	sum.Warnings = append(sum.Warnings, account.Warnings(stats.LargeShift)...)
	return sum
}

// WriteText writes tables of the predictions and labels, the warnings and the files.
func (sum *Summary) WriteText(text *strings.Builder) {
	sum.tables(text)
	for _, w := range sum.Warnings {
		ui.Fprintf(text, "note: %s\n", w)
	}
	ui.ListFiles(text, sum.Files...)
	if sum.Results != "" && sum.Results != "-" {
		ui.Fprintf(text, "wrote %s (%s)\n", sum.Results, ui.Plural(sum.Fused-sum.Below-sum.NoPixels-sum.Covered-sum.Excluded, "result", "results"))
	}
}

// tables writes what became of the predictions, by model and by slide.
func (sum *Summary) tables(text *strings.Builder) {
	var thr []string
	for _, s := range sum.Sets {
		thr = append(thr, fmt.Sprintf("above %v", s.Threshold))
	}
	tw := ui.NewTable(text, ui.Right)
	fmt.Fprint(tw, "model\tweight\tpredictions\tother tiles\tother class\tbelow skip\tno pixels\tsuppressed\tfused\t")
	heads(tw, "in kept ", thr)
	fmt.Fprintln(tw)
	for _, m := range sum.Models {
		ui.Fprintf(tw, "%s\t%v\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t", m.Name, m.Weight, ui.Thousands(m.Predictions), ui.Thousands(m.OtherTiles), ui.Thousands(m.OtherClass),
			ui.Thousands(m.Skipped), ui.Thousands(m.NoPixels+m.ZeroBox), ui.Thousands(m.Suppressed), ui.Thousands(m.Used))
		for _, n := range m.Kept {
			ui.Fprintf(tw, "%s\t", ui.Thousands(n))
		}
		fmt.Fprintln(tw)
	}
	_ = tw.Flush()
	text.WriteString("predictions of each model, and what became of them; suppressed: by NMS within the model;\n" +
		"fused: members of instances; in kept: members of instances that are kept, above a score\n\n")
	tw = ui.NewTable(text, ui.Right)
	if len(sum.Slides) == 0 {
		fmt.Fprint(tw, "\t\timages\t")
	} else {
		fmt.Fprint(tw, "dataset\tWSI\ttiles\t")
	}
	fmt.Fprint(tw, "no predictions\tpredictions\tafter NMS\tfused\t")
	heads(tw, "", thr)
	heads(tw, "none kept ", thr)
	fmt.Fprintln(tw)
	row := func(dataset, slide string, s *pseudo.SlideAccount) {
		ui.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t", dataset, slide, ui.Thousands(s.Tiles), ui.Thousands(s.NoTiles), ui.Thousands(s.In), ui.Thousands(s.AfterNMS), ui.Thousands(s.Fused))
		for _, n := range append(slices.Clone(s.Kept), s.Empty...) {
			ui.Fprintf(tw, "%s\t", ui.Thousands(n))
		}
		fmt.Fprintln(tw)
	}
	for i := range sum.Slides {
		s := &sum.Slides[i]
		row(fmt.Sprint(s.Dataset), fmt.Sprint(s.WSI), s)
	}
	row("all", "", &sum.Total)
	_ = tw.Flush()
	of := "tiles"
	if len(sum.Slides) == 0 {
		of = "images"
	}
	ui.Fprintf(text, "%[1]s, and predictions of the class on them; no predictions: %[1]s without any; after NMS: not suppressed;\n"+
		"fused: instances; above: instances that are kept; none kept: %[1]s with predictions, but without a kept instance\n", of)
	ui.Fprintf(text, "\nfused instances by score, in tenths: %s\n", joinCounts(sum.Histogram[:]))
	for _, s := range sum.Sets {
		ui.Fprintf(text, "above %v: %s kept", s.Threshold, ui.Thousands(s.Kept))
		if sum.labels.IgnoreBand {
			ui.Fprintf(text, ", %s more down to %v as iscrowd", ui.Thousands(s.Ignored), sum.labels.IgnoreAbove)
		}
		ui.Fprintf(text, "; by number of models that agree, from 1: %s; areas in pixels: median %s, middle half %s to %s",
			joinCounts(s.Agreement), whole(s.Areas.Found.Median), whole(s.Areas.Found.P25), whole(s.Areas.Found.P75))
		if s.Areas.Labelled.N > 0 {
			ui.Fprintf(text, " (labelled: %s, %s to %s)", whole(s.Areas.Labelled.Median), whole(s.Areas.Labelled.P25), whole(s.Areas.Labelled.P75))
		}
		fmt.Fprintln(text)
	}
	for _, d := range []struct {
		n    int
		what string
	}{{sum.Below, "that score no more than --class-above"}, {sum.NoPixels, "without a pixel after the vote and --post"}, {sum.Covered, "with all pixels in instances that score higher"}, {sum.Excluded, "in the areas of --exclude"}} {
		if d.n > 0 {
			ui.Fprintf(text, "dropped: %s %s\n", ui.Plural(d.n, "instance", "instances"), d.what)
		}
	}
	cut := 0
	for _, m := range sum.Models {
		cut += m.Cut
	}
	if cut > 0 {
		ui.Fprintf(text, "%s outside the tile: cut at its border\n", ui.Plural(cut, "box reaches", "boxes reach"))
	}
}

// heads writes the heads of a column for each threshold.
func heads(tw *ui.Table, what string, thresholds []string) {
	for _, thr := range thresholds {
		ui.Fprintf(tw, "%s%s\t", what, thr)
	}
}

// joinCounts writes numbers with spaces between.
func joinCounts(list []int) string {
	var words []string
	for _, n := range list {
		words = append(words, ui.Thousands(n))
	}
	return strings.Join(words, " ")
}

// whole writes a number of pixels.
func whole(v float64) string { return figures.Float(v, 0) }
