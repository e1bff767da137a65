package importcmd

import (
	"maps"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// summary is what a run reports.
type summary struct {
	Files       []ui.SummaryFile `json:"files"`
	Formats     []string         `json:"formats"` // of each input
	Images      int              `json:"images"`
	Annotations int              `json:"annotations"`
	Splits      map[string]int   `json:"splits"`
	Categories  []class          `json:"categories"`
	Skipped     []*skips         `json:"skipped"`
	Noted       []*skips         `json:"noted,omitempty"`
	Changes     *edits           `json:"changes,omitempty"`
}

// class is a category, and how many annotations it has.
type class struct {
	ID          int64  `json:"id"`
	Name        string `json:"name"`
	Annotations int    `json:"annotations"`
}

func newSummary(opts *options, names []string, s *set, d *coco.Dataset) *summary {
	sum := &summary{
		Files:   []ui.SummaryFile{ui.NewSummarySet(opts.out, len(d.Images), len(d.Annotations))},
		Formats: names, Images: len(d.Images), Annotations: len(d.Annotations), Splits: s.splits,
		Skipped: []*skips{},
	}
	if opts.changes != "" {
		sum.Files = append(sum.Files, ui.NewSummaryFile(opts.changes))
	}
	n := map[int64]int{}
	for i := range d.Annotations {
		n[d.Annotations[i].CategoryID]++
	}
	for _, c := range d.Categories {
		sum.Categories = append(sum.Categories, class{c.ID, c.Name, n[c.ID]})
	}
	for _, what := range slices.Sorted(maps.Keys(s.skipped)) {
		sum.Skipped = append(sum.Skipped, s.skipped[what])
	}
	for _, what := range slices.Sorted(maps.Keys(s.noted)) {
		sum.Noted = append(sum.Noted, s.noted[what])
	}
	return sum
}

func (sum *summary) WriteText(text *strings.Builder) {
	ui.Fprintf(text, "read as %s\n", strings.Join(slices.Compact(slices.Sorted(slices.Values(sum.Formats))), ", "))
	for _, split := range slices.Sorted(maps.Keys(sum.Splits)) {
		ui.Fprintf(text, "split %s: %s\n", split, ui.Plural(sum.Splits[split], "image", "images"))
	}
	for _, c := range sum.Categories {
		ui.Fprintf(text, "category %d, %s: %s\n", c.ID, c.Name, ui.Plural(c.Annotations, "annotation", "annotations"))
	}
	for _, k := range sum.Skipped {
		ui.Fprintf(text, "skipped: %s, %s, first in %s\n", k.What, ui.Plural(k.Count, "time", "times"), k.First)
	}
	for _, k := range sum.Noted {
		ui.Fprintf(text, "noted: %s, %s, first in %s\n", k.What, ui.Plural(k.Count, "time", "times"), k.First)
	}
	if sum.Changes != nil {
		sum.Changes.writeText(text)
	}
	ui.ListFiles(text, sum.Files...)
}

// failure is the failure of a run that could not keep all of its inputs; nil: it could.
func (sum *summary) failure() error {
	n := 0
	for _, k := range sum.Skipped {
		n += k.Count
	}
	if n == 0 {
		return nil
	}
	return ui.Failf(ui.ExitSkipped, "skipped what has no place in a COCO file, %s", ui.Plural(n, "time", "times"))
}
