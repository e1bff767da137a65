package filtercmd

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// summary is what a run reports.
type summary struct {
	Files       []ui.SummaryFile `json:"files"`
	Images      counts           `json:"images"`
	Annotations counts           `json:"annotations"`
}

type counts struct {
	In      int            `json:"in"`
	Kept    int            `json:"kept"`
	Dropped map[string]int `json:"dropped"` // by reason
}

func newSummary(opts *options, f *files.COCOFile, part *coco.Filtered) *summary {
	d := part.Dataset
	return &summary{
		Files:       []ui.SummaryFile{ui.NewSummarySet(opts.out, len(d.Images), len(d.Annotations))},
		Images:      counts{len(f.Images), len(d.Images), part.Images},
		Annotations: counts{len(f.Annotations), len(d.Annotations), part.Annotations},
	}
}

// empty returns an error for a result without images, or without annotations though the input has some.
func (sum *summary) empty(name string) error {
	what := "image"
	switch {
	case sum.Images.Kept == 0:
	case sum.Annotations.Kept == 0 && sum.Annotations.In > 0:
		what = "annotation"
	default:
		return nil
	}
	reasons := append(sum.Images.reasons("image", "images"), sum.Annotations.reasons("annotation", "annotations")...)
	return ui.Failf(ui.ExitBadData, "%s: no %s remains (dropped: %s); nothing was written", name, what, strings.Join(reasons, ", ")).
		Hint("--allow-empty writes the file")
}

// reasons says what was dropped, and why.
func (n counts) reasons(one, many string) []string {
	var out []string
	for _, reason := range slices.Sorted(maps.Keys(n.Dropped)) {
		out = append(out, fmt.Sprintf("%s %s", ui.Plural(n.Dropped[reason], one, many), reason))
	}
	return out
}

func (sum *summary) WriteText(text *strings.Builder) {
	line := func(n counts, one, many string) {
		ui.Fprintf(text, "%s: kept %s of %s\n", many, ui.Thousands(n.Kept), ui.Thousands(n.In))
		for _, reason := range n.reasons(one, many) {
			ui.Fprintf(text, "dropped: %s\n", reason)
		}
	}
	line(sum.Images, "image", "images")
	line(sum.Annotations, "annotation", "annotations")
	ui.ListFiles(text, sum.Files...)
}
