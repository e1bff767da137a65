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

// fixSummary says what --fix did.
type fixSummary struct {
	Changes  int               `json:"changes"`
	ByCode   map[coco.Code]int `json:"by_code"`
	Records  int               `json:"records"` // annotations, or detections, of the input
	Removed  map[coco.Code]int `json:"removed"` // of them, those that the file does not have, by why
	Merged   map[coco.Code]int `json:"merged"`  // those that are equal to another, which the file has
	Masks    maskSummary       `json:"masks"`
	Errors   int               `json:"errors"` // that are left
	Warnings int               `json:"warnings"`
	Notes    int               `json:"notes"`
	Left     map[coco.Code]int `json:"left"`

	what [2]string // the records, singular and plural
}

// maskSummary counts masks that were written in another way, and what became of their
// pixels as pycocotools reads them.
type maskSummary struct {
	Rewritten int     `json:"rewritten"`
	Same      int     `json:"same"`    // the same pixels
	Changed   int     `json:"changed"` // other pixels
	Unread    int     `json:"unread"`  // could not be read before
	LeastIoU  float64 `json:"least_iou,omitempty"`
}

func (r *repair) summary() *fixSummary {
	n := check.CountSeverities(r.left)
	sum := &fixSummary{Changes: len(r.changes), ByCode: map[coco.Code]int{}, Left: map[coco.Code]int{}, Removed: map[coco.Code]int{}, Merged: map[coco.Code]int{},
		Records: r.before, Errors: n[coco.SeverityError], Warnings: n[coco.SeverityWarning], Notes: n[coco.SeverityNote], what: [2]string{"annotation", "annotations"}}
	if r.results != nil {
		sum.what = [2]string{"detection", "detections"}
	}
	masks := map[coco.Place]*float64{} // the least IoU of each mask; nil: not known
	for i := range r.changes {
		c := &r.changes[i]
		sum.ByCode[c.Code]++
		record := c.Place.Section == coco.SectionAnnotations || c.Place.Section == coco.SectionResults
		switch {
		case record && c.Place.Member == "" && c.Lossy():
			sum.Removed[c.Code]++
		case record && c.Place.Member == "":
			sum.Merged[c.Code]++
		case record && c.Place.Member == "segmentation":
			before, twice := masks[c.Place]
			if !twice || c.IoU == nil || before != nil && *c.IoU < *before {
				masks[c.Place] = c.IoU
			}
		}
	}
	for _, c := range r.changes { // those that were removed after they were repaired do not count
		if c.Place.Member == "" {
			delete(masks, c.Place.Within("segmentation"))
		}
	}
	for _, iou := range masks {
		sum.Masks.add(iou)
	}
	for i := range r.left {
		sum.Left[r.left[i].Code]++
	}
	return sum
}

func (m *maskSummary) add(iou *float64) {
	m.Rewritten++
	switch {
	case iou == nil:
		m.Unread++
	case *iou == 1:
		m.Same++
	default:
		if m.Changed++; m.Changed == 1 || *iou < m.LeastIoU {
			m.LeastIoU = *iou
		}
	}
}

// losses words how many records were removed, and why; empty: none.
func (f *fixSummary) losses() string { return f.records(f.Removed, "removed") }

func (f *fixSummary) records(by map[coco.Code]int, what string) string {
	n := 0
	var why []string
	for _, r := range allRules() {
		if k := by[r.Code]; k > 0 {
			n += k
			why = append(why, fmt.Sprintf("%s %s", r.Code, ui.Thousands(k)))
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s %s (%s)", ui.Thousands(n), ui.Plural(f.Records, f.what[0], f.what[1]), what, strings.Join(why, ", "))
}

func (f *fixSummary) print(text *strings.Builder) {
	ui.Fprintf(text, "\nfixed: %s\n", ui.Plural(f.Changes, "change", "changes"))
	for _, r := range allRules() {
		if n := f.ByCode[r.Code]; n > 0 {
			ui.Fprintf(text, "   %s: %s\n", r.Code, ui.Thousands(n))
		}
	}
	for _, line := range []string{f.losses(), f.records(f.Merged, "merged into equal ones"), f.Masks.String()} {
		if line != "" {
			ui.Fprintf(text, "%s\n", line)
		}
	}
	ui.Fprintf(text, "remaining: %s, %s, %s\n", ui.Plural(f.Errors, "error", "errors"), ui.Plural(f.Warnings, "warning", "warnings"), ui.Plural(f.Notes, "note", "notes"))
	for _, r := range allRules() {
		if n := f.Left[r.Code]; n > 0 && r.Severity > coco.SeverityNote {
			ui.Fprintf(text, "   %s: %s\n", r.Code, ui.Thousands(n))
		}
	}
}

// String words what became of the pixels; empty: no mask was rewritten.
func (m *maskSummary) String() string {
	if m.Rewritten == 0 {
		return ""
	}
	parts := map[string]int{"with the same pixels": m.Same, "unreadable before": m.Unread}
	if m.Changed > 0 {
		parts[fmt.Sprintf("with other pixels (least IoU %.4f)", m.LeastIoU)] = m.Changed
	}
	var list []string
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		if n := parts[part]; n > 0 {
			list = append(list, ui.Thousands(n)+" "+part)
		}
	}
	return fmt.Sprintf("%s rewritten: %s", ui.Plural(m.Rewritten, "mask", "masks"), strings.Join(list, ", "))
}
