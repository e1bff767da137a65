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

// shownPlaces is how many places of a code are listed without --all.
const shownPlaces = 3

// WriteText writes the report for people.
func (r *summary) WriteText(text *strings.Builder) {
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

func (r *summary) printCounts(text *strings.Builder) {
	if len(r.Counts) == 0 {
		return
	}
	text.WriteByte('\n')
	tw := tabwriter.NewWriter(text, 0, 0, 2, ' ', 0)
	for _, row := range r.Counts {
		does := row.About
		if r.consumer != "" {
			does = string(r.consumer) + " is not affected"
			if row.Does != "" {
				does = fmt.Sprintf("%s %s: %s", r.consumer, row.Outcome, row.Does)
			}
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", row.Severity, row.Code, ui.Thousands(row.Count), does)
	}
	_ = tw.Flush()
	text.WriteString("severity, code and number of findings; errors break or mislead a consumer, warnings lose data silently; \"hubdata check --list\" lists all codes\n")
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
		if n++; n <= shownPlaces || all {
			fmt.Fprintf(text, "   %s%s\n", placeOf(f), ui.OneLine(f.Reason))
		}
	}
	if n > shownPlaces && !all {
		fmt.Fprintf(text, "   and %s more\n", ui.Thousands(n-shownPlaces))
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
	fmt.Fprintf(text, "\nunless it fails, %s keeps\n", l.Consumer)
	for _, row := range []struct {
		what string
		loss check.Loss
	}{{"images", l.Images}, {"annotations", l.Annotations}} {
		fmt.Fprintf(text, "   %s of %s %s\n", ui.Thousands(row.loss.Kept), ui.Thousands(row.loss.In), row.what)
		for _, reason := range slices.Sorted(maps.Keys(row.loss.Left)) {
			fmt.Fprintf(text, "      drops %s %s\n", ui.Thousands(row.loss.Left[reason]), reason)
		}
	}
}

func (f *fixSummary) print(text *strings.Builder) {
	fmt.Fprintf(text, "\nfixed: %s\n", ui.Plural(f.Changes, "change", "changes"))
	for _, r := range allRules() {
		if n := f.ByCode[r.Code]; n > 0 {
			fmt.Fprintf(text, "   %s: %s\n", r.Code, ui.Thousands(n))
		}
	}
	fmt.Fprintf(text, "remaining: %s, %s, %s\n", ui.Plural(f.Errors, "error", "errors"), ui.Plural(f.Warnings, "warning", "warnings"), ui.Plural(f.Notes, "note", "notes"))
	for _, r := range allRules() {
		if n := f.Left[r.Code]; n > 0 && r.Severity > coco.SeverityNote {
			fmt.Fprintf(text, "   %s: %s\n", r.Code, ui.Thousands(n))
		}
	}
}
