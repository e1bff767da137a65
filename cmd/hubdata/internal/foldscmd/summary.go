package foldscmd

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
)

// table shows a row for each fold.
func (sum *Summary) table(text *strings.Builder) {
	tw := ui.NewTable(text, ui.Right)
	fmt.Fprint(tw, "fold\ttrain\tvalid\tkept apart\ttrain instances\tvalid instances\ttouching\t")
	groups := sum.Audit.Groups()
	for _, g := range groups {
		ui.Fprintf(tw, "%s on both sides\t", folds.GroupNoun(g))
	}
	fmt.Fprintln(tw)
	for i := range sum.Audit.Folds {
		f := &sum.Audit.Folds[i]
		touching := "-" // not checked
		if slices.Contains(sum.Audit.Audited, "neighbours") {
			touching = ui.Thousands(f.Leaking["touch"] + f.Leaking["overlap"])
		}
		ui.Fprintf(tw, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t", f.Fold, ui.Thousands(f.Train), ui.Thousands(f.Valid), ui.Thousands(f.Apart),
			ui.Thousands(f.TrainInstances), ui.Thousands(f.ValidInstances), touching)
		for _, g := range groups {
			ui.Fprintf(tw, "%s\t", folds.ListGroups(f.OnBothSides(g), ","))
		}
		fmt.Fprintln(tw)
	}
	_ = tw.Flush()
	text.WriteString("images and instances of each fold; kept apart: images in neither set, near validation images;\n" +
		"touching: validation images with a neighbour in training; slides (or groups) on both sides: in training and validation\n")
}

// Summary is what a run reports.
type Summary struct {
	Method     string           `json:"method"`
	K          int              `json:"k"`
	Files      []ui.SummaryFile `json:"files"`
	Unlabelled int              `json:"tiles_without_line"`
	Missing    []string         `json:"not_in_plan,omitempty"`
	Audit      *folds.Audit     `json:"audit"`
	Plan       *folds.Plan      `json:"-"`
}

func newSummary(d *division, audit *folds.Audit) *Summary {
	return &Summary{Plan: d.Plan, Audit: audit, Method: d.Method, K: d.K, Missing: d.missing, Files: []ui.SummaryFile{}}
}

func (sum *Summary) WriteText(text *strings.Builder) {
	sum.table(text)
	if sum.Unlabelled > 0 {
		ui.Fprintf(text, "%s no line in the outlines' file: unlabelled, in no set\n", ui.Plural(sum.Unlabelled, "tile of the folds has", "tiles of the folds have"))
	}
	for _, f := range sum.Audit.Findings() {
		ui.Fprintf(text, "%s\n", f.Text)
	}
	if advice := sum.Audit.Advice(); advice != "" {
		ui.Fprintf(text, "advice: %s\n", advice)
	}
	var sets []string
	for _, f := range sum.Files {
		switch {
		case strings.HasSuffix(f.Path, ".csv"):
			ui.Fprintf(text, "wrote %s: the plan, with the fold of each image\n", f.Path)
		case isPlan(sum.Files, f.Path):
			ui.Fprintf(text, "wrote %s: the plan with its settings and leaks\n", f.Path)
		default:
			sets = append(sets, f.Path)
		}
	}
	if n := len(sets); n > 0 {
		ui.Fprintf(text, "wrote %s: a training and a validation set per fold, %s to %s\n", ui.Plural(n, "file", "files"), sets[0], path.Base(filepath.ToSlash(sets[n-1])))
	}
}

// isPlan says whether a JSON file is the plan that a CSV file of the run has too.
func isPlan(all []ui.SummaryFile, name string) bool {
	plan := strings.TrimSuffix(name, ".json") + ".csv"
	return slices.ContainsFunc(all, func(f ui.SummaryFile) bool { return f.Path == plan })
}

// planSummary is what a run reports that writes a plan alone.
type planSummary struct {
	Files []ui.SummaryFile `json:"files"`
	Tiles int              `json:"tiles"`
}

func (sum *planSummary) WriteText(text *strings.Builder) {
	ui.Fprintf(text, "divided %s\n", ui.Plural(sum.Tiles, "tile", "tiles"))
	ui.ListFiles(text, sum.Files...)
}
