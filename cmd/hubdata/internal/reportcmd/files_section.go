package reportcmd

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/lineage"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd/sources"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/htmlreport"
)

// filesSection lists the files that the report was made from, and the files that
// hubdata wrote with their inputs.
func (b *builder) filesSection(ctx context.Context) ([]htmlreport.Block, error) {
	f := b.files
	sums := b.sums.Wait()
	inputs := &htmlreport.Table{Caption: "Files read for this report",
		Columns: []htmlreport.Column{{Name: "file"}, {Name: "content"}, {Name: "bytes", Numbers: true}, {Name: "SHA-256"}}}
	for _, r := range f.Roles() {
		s := sums[r.Path]
		row := []htmlreport.Cell{{Text: f.Show(r.Path), Code: true}, {Text: r.Role}, {}, {}}
		switch {
		case s == nil:
			row[3].Text = "a folder"
		case s.Err != nil:
			row[3] = htmlreport.Cell{Text: "cannot be read", Level: htmlreport.Bad}
		default:
			row[2].Text, row[3] = ui.Thousands(int(s.Bytes)), htmlreport.Cell{Text: s.SHA256, Code: true}
		}
		inputs.Rows = append(inputs.Rows, row)
	}
	blocks := []htmlreport.Block{{Table: inputs}}
	written, err := f.Written(b.c)
	if err != nil {
		return blocks, err
	}
	switch {
	case len(written) == 0 && b.o.File != "": // its folder is not a dataset's
		return blocks, nil
	case len(written) == 0:
		return append(blocks, htmlreport.Block{Text: "coco_data has no files written by hubdata."}), nil
	}
	drawn, err := b.lineageBlocks(ctx, sums)
	return slices.Concat(blocks, b.writtenBlocks(written, sums), drawn), err
}

// lineageBlocks draw what the files in coco_data were made from.
func (b *builder) lineageBlocks(ctx context.Context, sums map[string]*sources.Sum) ([]htmlreport.Block, error) {
	disk, err := lineage.NewDisk(ctx, b.c, filepath.Join(b.files.Dir, "coco_data"))
	if err != nil {
		return nil, err
	}
	for _, path := range slices.Sorted(maps.Keys(sums)) {
		if s := sums[path]; s.Err == nil && disk.Add(path) == nil {
			disk.Know(path, s.SHA256)
		}
	}
	g, err := disk.Trace()
	if err != nil {
		return nil, err
	}
	drawn := g.Plot("What the files were made from", (*lineage.Node).Verdict, b.files.Show)
	if len(drawn.Boxes) > lineage.MostBoxes {
		return []htmlreport.Block{
			{Text: fmt.Sprintf("The lineage of these files has %d boxes: hubdata verify --graph draws it.",
				len(drawn.Boxes))}}, nil
	}
	chart := htmlreport.Chart{SVG: htmlreport.SVG(drawn.SVG),
		Caption: "From left to right: each file was made from those that lead to it. hubdata verify says more."}
	return []htmlreport.Block{
		{Folded: &htmlreport.Folded{Summary: "Lineage",
			Blocks: []htmlreport.Block{{Charts: &htmlreport.Charts{Items: []htmlreport.Chart{chart}}}}}}}, nil
}

func (b *builder) writtenBlocks(written []sources.Written, sums map[string]*sources.Sum) []htmlreport.Block {
	files := &htmlreport.Table{Caption: "Files written by hubdata, and their inputs", Shown: 20,
		Columns: []htmlreport.Column{{Name: "file"}, {Name: "command"}, {Name: "version"}, {Name: "bytes", Numbers: true},
			{Name: "inputs"}, {Name: "state", About: "whether its inputs are the present files"}}}
	options := &htmlreport.Table{Caption: "Options of the files",
		Columns: []htmlreport.Column{{Name: "options"}, {Name: "files"}}}
	rows := map[string]int{}
	outdated := 0
	for i := range written {
		w := &written[i]
		other, unknown := w.Compare(sums)
		var from []string
		for _, in := range w.From.Inputs {
			from = append(from, in.Name)
		}
		state := htmlreport.Cell{Text: "up to date", Level: htmlreport.Good}
		switch {
		case len(other) > 0:
			outdated++
			state = htmlreport.Cell{Text: "made from another version of " + strings.Join(other, ", "),
				Level: htmlreport.Warning}
		case len(w.From.Inputs) == 0:
			state = htmlreport.Cell{Text: "names no inputs", Level: htmlreport.Note}
		case len(unknown) > 0:
			state = htmlreport.Cell{Text: "not compared: " + strings.Join(unknown, ", "), Level: htmlreport.Note}
		}
		name := b.files.Show(w.Path)
		files.Rows = append(files.Rows, []htmlreport.Cell{{Text: name, Code: true}, {Text: w.From.Command},
			{Text: w.From.Version},
			{Text: ui.Thousands(int(w.Size))}, {Text: strings.Join(from, ", ")}, state})
		text := w.From.Command + " " + lineage.WordOptions(w.From.Options)
		k, ok := rows[text]
		if !ok {
			k = len(options.Rows)
			rows[text] = k
			options.Rows = append(options.Rows, []htmlreport.Cell{{Text: text, Code: true}, {}})
		}
		cell := &options.Rows[k][1]
		if cell.Text != "" {
			cell.Text += ", "
		}
		cell.Text += filepath.Base(w.Path)
	}
	if outdated > 0 {
		b.page.glance(htmlreport.Warning, "files", "%s made from inputs that have changed since",
			ui.Plural(outdated, "file written by hubdata was", "files written by hubdata were"))
	}
	state := htmlreport.Remark{Level: htmlreport.Good,
		Text: fmt.Sprintf("hubdata wrote %s in coco_data; their inputs are the present files.",
			ui.Plural(len(written), "file", "files"))}
	if outdated > 0 {
		state = htmlreport.Remark{Level: htmlreport.Warning,
			Text: fmt.Sprintf("hubdata wrote %s in coco_data; %s made from inputs that have changed since.",
				ui.Plural(len(written), "file", "files"), ui.Plural(outdated, "was", "were"))}
	}
	return []htmlreport.Block{{Remarks: []htmlreport.Remark{state}},
		{Folded: &htmlreport.Folded{Summary: "Files written by hubdata", Blocks: []htmlreport.Block{{Table: files}}}},
		{Folded: &htmlreport.Folded{Summary: "Options of each file", Blocks: []htmlreport.Block{{Table: options}}}}}
}
