package checkcmd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

// shownPlaces is how many places of a code are listed without --all.
const shownPlaces = 3

// WriteText writes the report for people.
func (r *summary) WriteText(text *strings.Builder) {
	records := ui.Plural(r.Annotations, "annotation", "annotations")
	if r.Detections != nil {
		records = ui.Plural(*r.Detections, "detection", "detections")
	}
	ui.Fprintf(text, "%s: %s, %s, %s\n", r.File, ui.Plural(r.Images, "image", "images"), records, ui.Plural(r.Categories, "category", "categories"))
	ui.Fprintf(text, "%s, %s, %s\n", ui.Plural(r.Errors, "error", "errors"), ui.Plural(r.Warnings, "warning", "warnings"), ui.Plural(r.Notes, "note", "notes"))
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
	tw := ui.NewTable(text, ui.Left)
	for _, row := range r.Counts {
		does := row.About
		if r.consumer != "" {
			does = string(r.consumer) + " is not affected"
			if row.Does != "" {
				does = fmt.Sprintf("%s %s: %s", r.consumer, row.Outcome, row.Does)
			}
		}
		ui.Fprintf(tw, "%s\t%s\t%s\t%s\n", row.Severity, row.Code, ui.Thousands(row.Count), does)
	}
	_ = tw.Flush()
	text.WriteString("severity, code and number of findings; errors break or mislead a consumer, warnings lose data silently; \"hubdata check --list\" lists all codes\n")
}

// printPlaces lists the first places of a code, or all that the report has.
func printPlaces(text *strings.Builder, row check.Count, list []coco.Finding, all bool) {
	ui.Fprintf(text, "\n%s %s: %s\n", row.Severity, row.Code, row.About)
	n := 0
	for i := range list {
		f := &list[i]
		if f.Code != row.Code || n == shownPlaces && !all {
			continue
		}
		n++
		ui.Fprintf(text, "   %s%s\n", placeOf(f), f.Reason)
	}
	if n < row.Count {
		ui.Fprintf(text, "   and %s more\n", ui.Thousands(row.Count-n))
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
		parts = append(parts, path)
	}
	if f.Image != "" {
		parts = append(parts, "tile "+f.Image)
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, ", ") + ": "
}

func printLosses(text *strings.Builder, l *check.Losses) {
	ui.Fprintf(text, "\nunless it fails, %s keeps\n", l.Consumer)
	for _, row := range []struct {
		what string
		loss check.Loss
	}{{"images", l.Images}, {"annotations", l.Annotations}} {
		ui.Fprintf(text, "   %s of %s %s\n", ui.Thousands(row.loss.Kept), ui.Thousands(row.loss.In), row.what)
		for _, reason := range slices.Sorted(maps.Keys(row.loss.Left)) {
			ui.Fprintf(text, "      drops %s %s\n", ui.Thousands(row.loss.Left[reason]), reason)
		}
	}
}
