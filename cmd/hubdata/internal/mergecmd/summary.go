package mergecmd

import (
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// summary is what a run reports.
type summary struct {
	Files   []ui.SummaryFile `json:"files"`
	Sources []sourceSummary  `json:"sources"`
	Total   sourceSummary    `json:"total"`
}

type sourceSummary struct {
	Name        string `json:"name,omitempty"`
	File        string `json:"file,omitempty"`
	Images      int    `json:"images"`
	NewImages   int    `json:"new_images"`
	Annotations int    `json:"annotations"`
	Duplicates  int    `json:"duplicates"`
}

func newSummary(opts *options, inputs []*files.COCOFile, m *coco.Merged) *summary {
	sum := &summary{Files: []ui.SummaryFile{ui.NewSummarySet(opts.out, len(m.Dataset.Images), len(m.Dataset.Annotations))}}
	if opts.idMap != "" {
		sum.Files = append(sum.Files, ui.NewSummaryFile(opts.idMap))
	}
	for i, s := range m.Sources {
		row := sourceSummary{s.Name, inputs[i].Input.Name, len(s.Images), s.NewImages, len(s.Annotations), s.Duplicates}
		sum.Sources = append(sum.Sources, row)
		sum.Total.Images += row.Images
		sum.Total.NewImages += row.NewImages
		sum.Total.Annotations += row.Annotations
		sum.Total.Duplicates += row.Duplicates
	}
	return sum
}

func (sum *summary) WriteText(text *strings.Builder) {
	tw := ui.NewTable(text, ui.Right)
	fmt.Fprintln(tw, "source\timages\tnew\tpresent\tannotations\tduplicates dropped\t")
	row := func(name string, s sourceSummary) {
		ui.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t\n", name, ui.Thousands(s.Images), ui.Thousands(s.NewImages),
			ui.Thousands(s.Images-s.NewImages), ui.Thousands(s.Annotations), ui.Thousands(s.Duplicates))
	}
	for _, s := range sum.Sources {
		row(s.Name, s)
	}
	row("all", sum.Total)
	_ = tw.Flush()
	text.WriteString("images and annotations of each source; new, present: images that no earlier source has, or that one has;\n" +
		"duplicates dropped: annotations equal to an earlier one, with --drop-duplicates\n")
	ui.ListFiles(text, sum.Files...)
}
