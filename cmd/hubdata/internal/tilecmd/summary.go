package tilecmd

import (
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/slide"
)

// tileCounts are tiles, by what became of them.
type tileCounts struct {
	Tiles        int `json:"tiles"` // of the grids, or of the table
	Written      int `json:"written"`
	Empty        int `json:"without_annotations"`
	DroppedEmpty int `json:"dropped_without_annotations"`
	Background   int `json:"dropped_background"`
	Unlabelled   int `json:"dropped_unlabelled"`
	Partly       int `json:"partly_labelled"` // of which some was not labelled
}

// summary is what a run reports.
type summary struct {
	Files     []ui.SummaryFile `json:"files"`
	Slides    int              `json:"slides"`
	Tiles     tileCounts       `json:"tiles"`
	Instances counts           `json:"instances"`
	Strangers int              `json:"of_no_category"` // instances

	stranger string // the first
}

func (w *writing) summary(r *reading) *summary {
	slides := map[string]bool{}
	for _, p := range r.pictures {
		slides[p.place.Slide] = true
	}
	set := ui.NewSummarySet(strings.TrimRight(w.opts.out, "/")+"/"+setName, w.tiles.Written, len(w.parts))
	return &summary{Files: []ui.SummaryFile{set}, Slides: len(slides), Tiles: w.tiles, Instances: w.counts, Strangers: r.strangers.n, stranger: r.strangers.first}
}

func (sum *summary) WriteText(text *strings.Builder) {
	ui.Fprintf(text, "%s, %s\n", ui.Plural(sum.Slides, "slide", "slides"), ui.Plural(sum.Tiles.Tiles, "tile", "tiles"))
	line := func(n int, one, many, what string) {
		if n > 0 {
			ui.Fprintf(text, "%s %s\n", ui.Plural(n, one, many), what)
		}
	}
	kept := sum.Tiles.Empty - sum.Tiles.DroppedEmpty - sum.Tiles.Background
	line(sum.Tiles.Unlabelled, "tile", "tiles", "that nobody labelled: left out")
	line(sum.Tiles.Partly, "tile", "tiles", "not labelled in full: kept, with the member "+slide.LabelledMember)
	line(kept, "tile", "tiles", "without annotations: kept as images")
	line(sum.Tiles.DroppedEmpty, "tile", "tiles", "without annotations: dropped")
	line(sum.Tiles.Background, "tile", "tiles", "of background: dropped")
	n := sum.Instances
	ui.Fprintf(text, "%s: %s in one tile, %s in more, %s\n", ui.Plural(n.In, "instance", "instances"), ui.Thousands(n.InOne), ui.Thousands(n.InMore),
		ui.Plural(n.Parts, "part", "parts"))
	line(n.InNoTile, "instance", "instances", "in no tile: left out")
	line(n.InPart, "mask", "masks", "partly in no tile: cut off there")
	line(n.Beyond, "annotation", "annotations", "partly beyond the slide: cut off there")
	line(n.Unlabelled, "part", "parts", "on tiles that were not labelled in full: left out with them")
	line(n.BelowArea, "part", "parts", "below the least area: left out")
	line(n.BelowPart, "part", "parts", "below the least share of the instance: left out")
	line(sum.Strangers, "annotation", "annotations", "of categories that no file has: kept as they are, first "+sum.stranger)
	line(n.Orphans, "annotation", "annotations", "of images that the file lacks: left out")
	line(n.NoMask, "annotation", "annotations", "without a mask and a box: left out")
	line(n.NoPixel, "annotation", "annotations", "without a pixel on the slide: left out")
	ui.ListFiles(text, sum.Files...)
}

// failure is the failure of a run that could not cut all annotations; nil: it could.
func (sum *summary) failure() error {
	n := sum.Instances.Orphans + sum.Instances.NoMask + sum.Instances.NoPixel
	if n == 0 {
		return nil
	}
	return ui.Failf(ui.ExitSkipped, "left out %s that cannot be on a tile", ui.Plural(n, "annotation", "annotations"))
}
