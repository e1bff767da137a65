package checkcmd

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

// Report is what a run of check tells.
type Report struct {
	File        string           `json:"file"`
	Images      int              `json:"images"`
	Annotations int              `json:"annotations"`
	Categories  int              `json:"categories"`
	Errors      int              `json:"errors"`
	Warnings    int              `json:"warnings"`
	Notes       int              `json:"notes"`
	Counts      []check.Count    `json:"counts"`
	Findings    []coco.Finding   `json:"findings"`
	For         *check.Losses    `json:"for,omitempty"` // what the consumer of --for takes
	Fix         *checkFixed      `json:"fix,omitempty"`
	Files       []ui.SummaryFile `json:"files"` // that were written

	consumer check.Consumer // of --for
	all      bool           // write all places
}

// checkFixed tells what --fix did.
type checkFixed struct {
	Changes  int               `json:"changes"`
	ByCode   map[coco.Code]int `json:"by_code"`
	Errors   int               `json:"errors"` // that are left
	Warnings int               `json:"warnings"`
	Notes    int               `json:"notes"`
	Left     map[coco.Code]int `json:"left"`
}

// shown are the findings that --severity lets through.
func (job *Job) shown() []coco.Finding {
	list := []coco.Finding{}
	for _, f := range job.Findings {
		if f.Severity >= job.Options.Least {
			list = append(list, f)
		}
	}
	return list
}

func (job *Job) Report() *Report {
	n := check.CountSeverities(job.Findings)
	r := &Report{File: job.Name, Errors: n[coco.SeverityError], Warnings: n[coco.SeverityWarning], Notes: n[coco.SeverityNote], Findings: job.shown(), consumer: job.Options.consumer, all: job.Options.all}
	r.Counts = check.CountCodes(r.Findings, Rules(), job.Options.consumer)
	if d := job.Dataset; d != nil {
		r.Images, r.Annotations, r.Categories = len(d.Images), len(d.Annotations), len(d.Categories)
		if job.Options.consumer != "" {
			losses := check.LossesOf(d, job.Options.consumer)
			r.For = &losses
		}
	}
	r.Files = []ui.SummaryFile{}
	for _, path := range []string{job.Options.changes, job.Options.sarif} {
		if path != "" {
			r.Files = append(r.Files, ui.NewSummaryFile(path))
		}
	}
	if job.fixed == nil {
		return r
	}
	n = check.CountSeverities(job.left)
	r.Files = append([]ui.SummaryFile{ui.NewSummarySet(job.Options.out, len(job.fixed.Images), len(job.fixed.Annotations))}, r.Files...)
	r.Fix = &checkFixed{Changes: len(job.changes),
		ByCode: map[coco.Code]int{}, Left: map[coco.Code]int{}, Errors: n[coco.SeverityError], Warnings: n[coco.SeverityWarning], Notes: n[coco.SeverityNote]}
	for i := range job.changes {
		r.Fix.ByCode[job.changes[i].Code]++
	}
	for i := range job.left {
		r.Fix.Left[job.left[i].Code]++
	}
	return r
}

func (r *Report) WriteText(text *strings.Builder) {
	fmt.Fprintf(text, "%s: %s, %s, %s\n", r.File, ui.Plural(r.Images, "image", "images"), ui.Plural(r.Annotations, "annotation", "annotations"), ui.Plural(r.Categories, "category", "categories"))
	fmt.Fprintf(text, "%s, %s, %s\n", ui.Plural(r.Errors, "error", "errors"), ui.Plural(r.Warnings, "warning", "warnings"), ui.Plural(r.Notes, "note", "notes"))
	r.printCounts(text)
	for _, row := range r.Counts {
		printPlaces(text, row, r.Findings, r.all)
	}
	if r.For != nil {
		printLosses(text, r.For)
	}
	if r.Fix != nil {
		r.Fix.print(text)
	}
	ui.ListFiles(text, r.Files...)
}

func (r *Report) printCounts(text *strings.Builder) {
	if len(r.Counts) == 0 {
		return
	}
	text.WriteByte('\n')
	tw := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	for _, row := range r.Counts {
		does := row.About
		if r.consumer != "" {
			does = string(r.consumer) + " does not mind"
			if row.Does != "" {
				does = fmt.Sprintf("%s %s: %s", r.consumer, row.Outcome, row.Does)
			}
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", row.Severity, row.Code, ui.Thousands(row.Count), does)
	}
	_ = tw.Flush()
}

// printPlaces lists the first places of a code, or all.
func printPlaces(text *strings.Builder, row check.Count, list []coco.Finding, all bool) {
	fmt.Fprintf(text, "\n%s %s: %s\n", row.Severity, row.Code, row.About)
	n := 0
	for i := range list {
		f := &list[i]
		if f.Code != row.Code {
			continue
		}
		if n++; n <= checkPlaces || all {
			fmt.Fprintf(text, "   %s%s\n", placeOf(f), ui.OneLine(f.Reason))
		}
	}
	if n > checkPlaces && !all {
		fmt.Fprintf(text, "   and %s more\n", ui.Thousands(n-checkPlaces))
	}
}

// placeOf words where a finding is.
func placeOf(f *coco.Finding) string {
	var parts []string
	if f.File != "" && f.Line > 0 {
		parts = append(parts, fmt.Sprintf("%s:%d", f.File, f.Line))
	} else if f.File != "" {
		parts = append(parts, f.File)
	}
	if path := f.Place.String(); path != "" {
		parts = append(parts, ui.OneLine(path))
	}
	if f.Image != "" {
		parts = append(parts, "tile "+ui.OneLine(f.Image))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + ": "
}

func printLosses(text *strings.Builder, l *check.Losses) {
	fmt.Fprintf(text, "\nwhere it does not fail, %s takes\n", l.Consumer)
	for _, row := range []struct {
		what string
		loss check.Loss
	}{{"images", l.Images}, {"annotations", l.Annotations}} {
		fmt.Fprintf(text, "   %s of %s %s\n", ui.Thousands(row.loss.Kept), ui.Thousands(row.loss.In), row.what)
		for _, reason := range slices.Sorted(maps.Keys(row.loss.Left)) {
			fmt.Fprintf(text, "      not %s %s\n", ui.Thousands(row.loss.Left[reason]), reason)
		}
	}
}

func (f *checkFixed) print(text *strings.Builder) {
	fmt.Fprintf(text, "\nrepaired: %s\n", ui.Plural(f.Changes, "change", "changes"))
	for _, r := range Rules() {
		if n := f.ByCode[r.Code]; n > 0 {
			fmt.Fprintf(text, "   %s: %s\n", r.Code, ui.Thousands(n))
		}
	}
	fmt.Fprintf(text, "left: %s, %s, %s\n", ui.Plural(f.Errors, "error", "errors"), ui.Plural(f.Warnings, "warning", "warnings"), ui.Plural(f.Notes, "note", "notes"))
	for _, r := range Rules() {
		if n := f.Left[r.Code]; n > 0 && r.Severity > coco.SeverityNote {
			fmt.Fprintf(text, "   %s: %s\n", r.Code, ui.Thousands(n))
		}
	}
}
