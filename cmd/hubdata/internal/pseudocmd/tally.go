package pseudocmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/wsi"
)

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
	path, err := files.FindInput(job.opts.Dir, "polygons.jsonl")
	if err != nil {
		return err
	}
	in, err := files.OpenInput(job.c, path)
	if err != nil {
		return err
	}
	defer in.Close()
	ct := folder.DefaultSetOptions()
	ct.Classes, ct.TileSize = job.opts.Classes, job.opts.TileSize
	opts := ct.Options(job.opts.Dir)
	opts.Workers = 1
	bad := 0
	opts.KeepGoing = func(*wsi.LineError) { bad++ }
	for tile, err := range wsi.Convert(ctx, job.aids.table, in, opts) {
		if err != nil {
			return ui.InFile(path, err)
		}
		for i := range tile.Annotations {
			areas.Add(tile.Annotations[i].Area)
		}
	}
	if bad > 0 {
		return fmt.Errorf("%s has %s, left out of the comparison of areas", path, ui.Plural(bad, "bad line", "bad lines"))
	}
	return nil
}

// Summary is what a run reports.
type Summary struct {
	Files   []ui.SummaryFile `json:"files"`
	Results string           `json:"results,omitempty"`
	pseudo.Account
	Warnings []string `json:"warnings"`

	labels *pseudo.Labels
}

// account sums up what became of the predictions, and compares areas with those of labels.
func (job *pseudoJob) account(labelled *stats.Values) *pseudo.Account {
	r := job.reading
	for _, f := range r.files {
		r.tally.AddSource(f.model, f.admission.Counts)
	}
	for _, tile := range job.aids.tiles {
		if r.rows[tile.Row] == nil && job.opts.Selected(tile) {
			r.tally.AddTile(tile.Dataset, tile.WSI, nil)
		}
	}
	account := r.tally.Account()
	for k := range account.Sets {
		s := &account.Sets[k]
		shift := stats.NewShift(stats.Area, labelled, &r.areas[k])
		s.Areas = pseudo.AreaDrift{Labelled: pseudo.AreaSummary(shift.A), Found: pseudo.AreaSummary(shift.B), KS: shift.KS}
		s.Drift = shift.Verdict == stats.Unlike
	}
	return account
}

// summary says what a run did.
func (job *pseudoJob) summary(account *pseudo.Account, labels labelledAreas, files []ui.SummaryFile) *Summary {
	sum := &Summary{Account: *account, Files: files, Results: filepath.ToSlash(job.opts.results), Warnings: []string{}, labels: &job.opts.labels}
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

func (sum *Summary) WriteText(text *strings.Builder) {
	sum.tables(text)
	for _, w := range sum.Warnings {
		fmt.Fprintf(text, "note: %s\n", w)
	}
	ui.ListFiles(text, sum.Files...)
	if sum.Results != "" && sum.Results != "-" {
		fmt.Fprintf(text, "wrote %s (%s)\n", sum.Results, ui.Plural(sum.Fused-sum.NoPixels-sum.Covered-sum.Excluded, "result", "results"))
	}
}

// tables shows what became of the predictions, by model and by slide.
func (sum *Summary) tables(text *strings.Builder) {
	var thr []string
	for _, s := range sum.Sets {
		thr = append(thr, fmt.Sprintf("above %v", s.Threshold))
	}
	tw := tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "model\tweight\tpredictions\tother tiles\tother class\tbelow skip\tno pixels\tsuppressed\tfused\tin kept %s\t\n", strings.Join(thr, "\tin kept "))
	for _, m := range sum.Models {
		fmt.Fprintf(tw, "%s\t%v\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t", m.Name, m.Weight, ui.Thousands(m.Predictions), ui.Thousands(m.OtherTiles), ui.Thousands(m.OtherClass),
			ui.Thousands(m.Skipped), ui.Thousands(m.NoPixels+m.ZeroBox), ui.Thousands(m.Suppressed), ui.Thousands(m.Used))
		for _, n := range m.Kept {
			fmt.Fprintf(tw, "%s\t", ui.Thousands(n))
		}
		fmt.Fprintln(tw)
	}
	_ = tw.Flush()
	text.WriteByte('\n')
	tw = tabwriter.NewWriter(text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "dataset\tWSI\ttiles\tno predictions\tpredictions\tafter NMS\tfused\t%s\tnone kept %s\t\n", strings.Join(thr, "\t"), strings.Join(thr, "\tnone kept "))
	row := func(dataset, slide string, s *pseudo.SlideAccount) {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t", dataset, slide, ui.Thousands(s.Tiles), ui.Thousands(s.NoTiles), ui.Thousands(s.In), ui.Thousands(s.AfterNMS), ui.Thousands(s.Fused))
		for _, n := range append(slices.Clone(s.Kept), s.Empty...) {
			fmt.Fprintf(tw, "%s\t", ui.Thousands(n))
		}
		fmt.Fprintln(tw)
	}
	for i := range sum.Slides {
		s := &sum.Slides[i]
		row(fmt.Sprint(s.Dataset), fmt.Sprint(s.WSI), s)
	}
	row("all", "", &sum.Total)
	_ = tw.Flush()
	fmt.Fprintf(text, "\nfused instances by score, in tenths: %s\n", joinCounts(sum.Histogram[:]))
	for _, s := range sum.Sets {
		fmt.Fprintf(text, "above %v: %s kept", s.Threshold, ui.Thousands(s.Kept))
		if sum.labels.IgnoreBand {
			fmt.Fprintf(text, ", %s more down to %v as iscrowd", ui.Thousands(s.Ignored), sum.labels.IgnoreAbove)
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
			fmt.Fprintf(text, "dropped: %s %s\n", ui.Plural(d.n, "instance", "instances"), d.what)
		}
	}
	cut := 0
	for _, m := range sum.Models {
		cut += m.Cut
	}
	if cut > 0 {
		fmt.Fprintf(text, "%s beyond the tile: cut at its border\n", ui.Plural(cut, "box reaches", "boxes reach"))
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
