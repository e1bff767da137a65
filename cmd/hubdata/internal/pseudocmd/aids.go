package pseudocmd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

// aids are what is read before the predictions: the tiles, what ids mean, and where no instance is allowed.
type aids struct {
	table      *wsi.Table // nil: there are images
	tableName  string
	images     []coco.Image // of the file of --images; nil: there is a table
	tiles      []wsi.Tile   // of table, by row; for images no more than row and name
	names      *coco.Names  // of tiles
	ids        *preds.ImageIDs
	categories []coco.Category
	category   map[string]int64   // id of each of categories, by name
	regions    map[int][]rle.Mask // by row of their tile
	inputs     []*files.Input     // closed
	shard      []bool             // by row less 1: the tile is in the shard; nil: all are
}

// readAids reads the files that the options name, except the predictions, and gives the fusion the names of classes.
func readAids(ctx context.Context, c *ui.Console, o *options) (*aids, error) {
	a := &aids{category: map[string]int64{}}
	if err := a.read(ctx, c, o); err != nil {
		return nil, err
	}
	return a, a.nameClasses(o)
}

// nameClasses gives the fusion the names of the classes, and makes sure that those with a threshold are there.
func (a *aids) nameClasses(o *options) error {
	var known []string
	o.fuse.ClassNames = map[int64]string{}
	for _, cat := range a.categories {
		known = append(known, cat.Name)
		o.fuse.ClassNames[cat.ID] = cat.Name
	}
	for _, name := range slices.Sorted(maps.Keys(o.fuse.ClassAbove)) {
		if _, ok := a.category[name]; !ok {
			return ui.Usagef("--class-above: found a threshold of class %q, expected one of %s", name, strings.Join(known, ", ")).
				Hint("a preset has thresholds too: --class-above none leaves them out")
		}
	}
	return nil
}

func (a *aids) read(ctx context.Context, c *ui.Console, o *options) error {
	if o.presetFile != nil {
		o.presetFile.Flag = "preset"
		a.inputs = append(a.inputs, o.presetFile)
	}
	if o.ofImages {
		if err := a.readImages(c, o); err != nil {
			return err
		}
		return a.readRegions(ctx, c, o.exclude)
	}
	var err error
	if a.categories, err = o.Options(o.Dir).Categories(); err != nil {
		return err
	}
	for _, cat := range a.categories {
		a.category[cat.Name] = cat.ID
	}
	if err := a.readTable(c, o); err != nil {
		return err
	}
	if o.images == "" {
		a.ids = preds.NewImageIDs(o.CategoryStart)
		a.ids.TakeRows(a.tableName, a.names)
	} else {
		var in *files.Input
		if a.ids, in, err = preds.ReadImageIDs(c, o.images, o.CategoryStart); err != nil {
			return err
		}
		in.Flag = "images"
		a.inputs = append(a.inputs, in)
	}
	return a.readRegions(ctx, c, o.exclude)
}

// readImages takes the images of the file of --images for tiles, and its categories.
func (a *aids) readImages(c *ui.Console, o *options) error {
	var in *files.Input
	var err error
	if a.ids, in, err = preds.ReadImageIDs(c, o.images, o.CategoryStart); err != nil {
		return err
	}
	in.Flag = "images"
	a.inputs = append(a.inputs, in)
	d := a.ids.Dataset
	switch {
	case d == nil:
		return ui.Failf(ui.ExitFailure, "%s is a table of ids, which needs the table of tiles, and %s has no tile_meta.csv", in.Name, o.Dir).
			Hint("name a COCO file with --images, or the table with --tile-meta")
	case len(d.Images) == 0:
		return ui.Failf(ui.ExitBadData, "%s has no images: there is nothing to label", in.Name)
	case len(d.Categories) == 0:
		return ui.Failf(ui.ExitBadData, "%s has no categories: the labels have no classes", in.Name)
	}
	var known []string
	for _, cat := range d.Categories {
		known = append(known, cat.Name)
	}
	if o.Classes, err = flags.ChooseClasses(o.classes, known, in.Name); err != nil {
		return err
	}
	if o.Classes == nil {
		o.Classes = known
	}
	chosen := map[string]bool{}
	for _, name := range o.Classes {
		chosen[name] = true
	}
	for _, cat := range d.Categories {
		if chosen[cat.Name] {
			a.categories = append(a.categories, cat)
			a.category[cat.Name] = cat.ID
		}
	}
	a.tableName, a.names, a.images = in.Name, a.ids.Images, d.Images
	for i := range d.Images {
		img := &d.Images[i]
		if img.Height <= 0 || img.Width <= 0 {
			return ui.Failf(ui.ExitBadData, "%s: images[%d]: found height %d and width %d, expected the size of the image in pixels", in.Name, i, img.Height, img.Width)
		}
		a.tiles = append(a.tiles, wsi.Tile{Row: i + 1, ID: a.names.Name(i)})
	}
	return nil
}

// chooseShard chooses a range of the tiles that the flags select.
func (a *aids) chooseShard(o *options) {
	if o.shard.Of == 0 {
		return
	}
	var rows []int
	for _, t := range a.tiles {
		if a.selected(o, t) {
			rows = append(rows, t.Row)
		}
	}
	a.shard = make([]bool, len(a.tiles))
	from, to := o.shard.Range(len(rows))
	for _, row := range rows[from:to] {
		a.shard[row-1] = true
	}
}

// inShard says whether a tile is in the shard.
func (a *aids) inShard(row int) bool { return a.shard == nil || a.shard[row-1] }

// selected says whether labels are made for a tile.
func (a *aids) selected(o *options, t wsi.Tile) bool { return a.images != nil || o.Selected(t) }

// readTable reads the table of tiles.
func (a *aids) readTable(c *ui.Console, o *options) error {
	in, err := o.Open(c, o.Tiles, "tile_meta.csv")
	if err != nil {
		return err
	}
	defer in.Close()
	if a.table, err = wsi.ReadTable(in); err != nil {
		return ui.InFile(in.Name, err)
	}
	a.tableName, a.tiles, a.names = in.Name, slices.Collect(a.table.All()), a.table.Names()
	if !slices.ContainsFunc(a.tiles, o.Selected) {
		return o.NothingSelected(in.Name, a.table)
	}
	_, err = in.ReadToEnd()
	a.inputs = append(a.inputs, in)
	return err
}

// readRegions reads the masks of --exclude, by row of their tile.
func (a *aids) readRegions(ctx context.Context, c *ui.Console, exclude []classFile) error {
	for _, e := range exclude {
		d, err := files.OpenCOCO(ctx, c, e.path)
		if err != nil {
			return err
		}
		d.Input.Flag = "exclude"
		a.inputs = append(a.inputs, d.Input)
		ix, names := d.Index(), coco.NewNames(d.Images)
		if e.class != "" {
			known := false
			for _, cat := range d.Categories {
				known = known || cat.Name == e.class
			}
			if !known {
				return ui.Usagef("--exclude: %s has no class %s", e.path, e.class)
			}
		}
		if a.regions == nil {
			a.regions = map[int][]rle.Mask{}
		}
		for i := range d.Annotations {
			ann := &d.Annotations[i]
			cat := ix.Category(ann.CategoryID)
			if e.class != "" && (cat == nil || cat.Name != e.class) {
				continue
			}
			fault := func(err error) error {
				return ui.Failf(ui.ExitBadData, "%s: annotations[%d]: %w", d.Input.Name, i, err)
			}
			place, ok := ix.ImageAt(ann.ImageID)
			if !ok {
				return fault(fmt.Errorf("image_id: found %s, which no image has", ann.ImageID.AppendJSON(nil)))
			}
			t, err := names.Match(place, a.names)
			var ambiguous *coco.AmbiguousNameError
			if errors.As(err, &ambiguous) {
				return fault(fmt.Errorf("image_id: found %s: %w", ann.ImageID.AppendJSON(nil), err))
			} else if err != nil {
				continue // on an image that the folder does not have
			}
			img := &d.Images[place]
			m, err := ann.Segmentation.Mask(img.Height, img.Width)
			if err != nil {
				return fault(err)
			}
			row := a.tiles[t].Row
			a.regions[row] = append(a.regions[row], m)
		}
	}
	return nil
}
