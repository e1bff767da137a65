package folder

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/wsi"
)

// Summary is what a conversion reports: the files, and what became of the outlines.
type Summary struct {
	Files      []ui.SummaryFile `json:"files"`
	Groups     []tally          `json:"groups"`
	Total      tally            `json:"total"`
	Unlabelled int              `json:"tiles_without_line"`
	Skipped    []skippedLine    `json:"skipped_lines"` // the first of them
	AllSkipped int              `json:"skipped_lines_count"`

	outlines string // the file's name
}

// skippedLine is a bad line that --keep-going skipped.
type skippedLine struct {
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

// skippedLines are the first bad lines, and how many there are: any number of them takes little memory.
type skippedLines struct {
	first []skippedLine
	count int
}

// keptSkipped is how many skipped lines are kept.
const keptSkipped = 1000

func (s *skippedLines) add(e *wsi.LineError) {
	if s.count++; len(s.first) < keptSkipped {
		s.first = append(s.first, skippedLine{Line: e.Line, Reason: e.Error()})
	}
}

// tally is what became of the outlines of a tier and WSI, or of all.
type tally struct {
	Dataset     int            `json:"dataset,omitempty"` // 0: all
	WSI         int            `json:"source_wsi,omitempty"`
	Tiles       int            `json:"tiles"`
	Empty       int            `json:"tiles_without_annotations"`
	Outlines    int            `json:"outlines"`
	Vertices    int            `json:"vertices"`
	Annotations int            `json:"annotations"`
	Dropped     map[string]int `json:"dropped"` // outlines, by reason
	Outside     int            `json:"points_outside"`
}

func newTally(g wsi.GroupCounts) tally {
	t := tally{
		Dataset: g.Dataset, WSI: g.WSI, Tiles: g.Tiles, Empty: g.Empty, Outlines: g.Outlines, Vertices: g.Vertices,
		Annotations: g.Kept, Outside: g.OutsidePoints, Dropped: map[string]int{},
	}
	for class, n := range g.Dropped.Class {
		t.Dropped["of class "+class] = n
	}
	for reason, n := range map[string]int{
		"without a pixel on the tile": g.Dropped.EmptyMask,
		"below the least area":        g.Dropped.MinArea,
		"duplicate":                   g.Dropped.Duplicate,
	} {
		if n > 0 {
			t.Dropped[reason] = n
		}
	}
	return t
}

func newSummary(groups []wsi.GroupCounts, unlabelled int, skipped *skippedLines) *Summary {
	sum := &Summary{Files: []ui.SummaryFile{}, Unlabelled: unlabelled, Skipped: append([]skippedLine{}, skipped.first...), AllSkipped: skipped.count}
	var total wsi.GroupCounts
	for _, g := range groups {
		sum.Groups = append(sum.Groups, newTally(g))
		total.Add(g.Counts)
	}
	sum.Total = newTally(total)
	return sum
}

// WriteText writes a table of the outlines by dataset and slide, and the files.
func (sum *Summary) WriteText(text *strings.Builder) {
	tw := ui.NewTable(text, ui.Right)
	fmt.Fprintln(tw, "dataset\tWSI\ttiles\tempty\toutlines\tvertices\tdropped\tannotations\t")
	row := func(name, wsi string, t tally) {
		ui.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", name, wsi, ui.Thousands(t.Tiles), ui.Thousands(t.Empty),
			ui.Thousands(t.Outlines), ui.Thousands(t.Vertices), ui.Thousands(t.Outlines-t.Annotations), ui.Thousands(t.Annotations))
	}
	for _, g := range sum.Groups {
		row(fmt.Sprint(g.Dataset), fmt.Sprint(g.WSI), g)
	}
	row("all", "", sum.Total)
	_ = tw.Flush()
	for _, reason := range slices.Sorted(maps.Keys(sum.Total.Dropped)) {
		ui.Fprintf(text, "dropped: %s %s\n", ui.Thousands(sum.Total.Dropped[reason]), reason)
	}
	if n := sum.Total.Outside; n > 0 {
		ui.Fprintf(text, "%s outside their tile: kept, with masks cut at the border\n", ui.Plural(n, "point", "points"))
	}
	if sum.Total.Empty > 0 {
		ui.Fprintf(text, "%s without annotations: kept as images\n", ui.Plural(sum.Total.Empty, "tile", "tiles"))
	}
	if sum.Unlabelled > 0 {
		ui.Fprintf(text, "%s without a line of outlines: unlabelled, left out\n", ui.Plural(sum.Unlabelled, "tile", "tiles"))
	}
	ui.ListFiles(text, sum.Files...)
}

// ReportSkipped prints the lines that were skipped, and returns the failure for them; nil: there are none.
func (sum *Summary) ReportSkipped(c *ui.Console) error {
	return reportSkipped(c, sum.outlines, &skippedLines{sum.Skipped, sum.AllSkipped})
}

// listedSkipped is how many skipped lines are printed.
const listedSkipped = 20

func reportSkipped(c *ui.Console, outlines string, skipped *skippedLines) error {
	n := skipped.count
	if n == 0 {
		return nil
	}
	if err := c.Flush(); err != nil {
		return err
	}
	for _, s := range skipped.first[:min(n, listedSkipped)] {
		c.Problem(fmt.Sprintf("%s: %s", outlines, s.Reason))
	}
	if n > listedSkipped {
		c.Problem(fmt.Sprintf("... and %s more", ui.Thousands(n-listedSkipped)))
	}
	return ui.Failf(ui.ExitSkipped, "skipped %s of %s; their tiles are not in any set", ui.Plural(n, "bad line", "bad lines"), outlines)
}
