package paint

import (
	"context"
	"os"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/wsi"
)

// Source says where labels are read from.
type Source struct {
	In             string        // a COCO file, - for standard input, or a HuBMAP folder
	Command        string        // that reads them, for hints
	Datasets, Wsis flags.Numbers // of a folder
	TileMeta       string        // table of a folder's tiles; empty: its own
	TileIDs        bool          // image ids of a folder are the names of tiles
	CategoryStart  int64         // of a folder
	AllTiles       bool          // of a folder, also tiles of labelled datasets without a line of outlines
	Workers        int
}

// File is labels that were read, with what is known of them.
type File struct {
	*files.COCOFile
	Table      *wsi.Table       // of a folder; nil: none
	Unlabelled map[coco.ID]bool // images of a folder's tiles without a line of outlines
}

// Labels returns what a [Scene] is made of.
func (f *File) Labels() Labels {
	return Labels{Dataset: f.Dataset, File: f.Input.Name, Names: imagenames.Of(f.Images), Unlabelled: f.Unlabelled}
}

// Read reads the labels, and notes the inputs in outs.
func (s *Source) Read(ctx context.Context, c *ui.Console, outs *files.Outputs) (*File, error) {
	read := s.readFile
	if st, err := os.Stat(s.In); s.In != "-" && err == nil && st.IsDir() {
		read = s.readFolder
	}
	f, err := read(ctx, c, outs)
	if err != nil {
		return nil, err
	}
	for i := range f.Annotations {
		if _, _, err := f.Annotations[i].Score(); err != nil {
			return nil, ui.Failf(ui.ExitBadData, "%s: annotations[%d].score: %w", f.Input.Name, i, err)
		}
	}
	if n := len(f.Index().Orphans()); n > 0 {
		c.Note("%s to no image", ui.Plural(n, "annotation belongs", "annotations belong"))
	}
	return f, nil
}

// readFolder converts a folder's outlines in memory, of all classes: those that are not drawn are left out later.
func (s *Source) readFolder(ctx context.Context, c *ui.Console, outs *files.Outputs) (*File, error) {
	set := folder.DefaultSetOptions()
	set.Classes = wsi.AllClasses()
	set.TileIDs, set.CategoryStart = s.TileIDs, s.CategoryStart
	set.Datasets, set.Wsis = s.Datasets, s.Wsis
	src := folder.Location{Dir: s.In, Tiles: s.TileMeta, Workers: s.Workers, MaxLine: wsi.DefaultMaxLine}
	f, err := folder.Open(c, &set, &src)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	outs.Inputs = append(outs.Inputs, f.Meta, f.Polygons)
	opts := set.Options(s.In)
	opts.Workers = s.Workers
	d := &coco.Dataset{}
	if d.Categories, err = opts.Categories(); err != nil {
		return nil, err
	}
	l := &File{COCOFile: &files.COCOFile{Dataset: d, Input: f.Polygons}, Table: f.Table, Unlabelled: map[coco.ID]bool{}}
	seen := map[string]bool{}
	for tile, err := range wsi.Convert(ctx, f.Table, f.Polygons, opts) {
		if err != nil {
			return nil, ui.InFile(f.Polygons.Name, err)
		}
		seen[tile.Tile.ID] = true
		d.Images = append(d.Images, tile.Image)
		d.Annotations = append(d.Annotations, tile.Annotations...)
	}
	for t := range f.Table.All() {
		if set.Selected(t) && !seen[t.ID] && (t.Dataset == wsi.UnlabelledDataset || s.AllTiles) {
			img, err := opts.Image(t)
			if err != nil {
				return nil, err
			}
			d.Images = append(d.Images, img)
			l.Unlabelled[img.ID] = true
		}
	}
	if len(d.Images) == 0 {
		return nil, f.NothingSelected()
	}
	slices.SortStableFunc(d.Images, func(a, b coco.Image) int { return figures.CompareNumbers(a.ID.String(), b.ID.String()) })
	return l, nil
}

// readFile reads a COCO file.
func (s *Source) readFile(ctx context.Context, c *ui.Console, outs *files.Outputs) (*File, error) {
	f, err := preds.OpenResults(c, s.In, nil)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.Dataset == nil {
		for _, err := range f.Records { // or it is no list either
			if err != nil {
				return nil, ui.InFile(f.Name, err)
			}
			break
		}
		return nil, ui.Usagef("%s is a list of results, without images", f.Name).
			Hint("name the dataset or folder first: hubdata %s all.json %s", s.Command, s.In)
	}
	if _, err := f.ReadToEnd(); err != nil {
		return nil, err
	}
	outs.Inputs = append(outs.Inputs, f.Input)
	return &File{COCOFile: &files.COCOFile{Dataset: f.Dataset, Input: f.Input}}, ctx.Err()
}
