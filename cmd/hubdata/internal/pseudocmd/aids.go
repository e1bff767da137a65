package pseudocmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

// aids are what is read before the predictions: the tiles, what ids mean, and where no instance is allowed.
type aids struct {
	table      *wsi.Table
	tableName  string
	tiles      []wsi.Tile  // of table, by row
	names      *coco.Names // of tiles
	ids        *preds.ImageIDs
	categories []coco.Category
	category   map[string]int64   // id of each of categories, by name
	regions    map[int][]rle.Mask // by row of their tile
	inputs     []*files.Input     // closed
}

// readAids reads the files that the options name, except the predictions.
func readAids(ctx context.Context, c *ui.Console, o *options) (*aids, error) {
	a := &aids{category: map[string]int64{}}
	var err error
	if a.categories, err = o.Options(o.Dir).Categories(); err != nil {
		return nil, err
	}
	for _, cat := range a.categories {
		a.category[cat.Name] = cat.ID
	}
	if err := a.readTable(c, o); err != nil {
		return nil, err
	}
	if o.images == "" {
		a.ids = preds.NewImageIDs(o.CategoryStart)
		a.ids.TakeRows(a.tableName, a.names)
	} else {
		var in *files.Input
		if a.ids, in, err = preds.ReadImageIDs(c, o.images, o.CategoryStart); err != nil {
			return nil, err
		}
		a.inputs = append(a.inputs, in)
	}
	return a, a.readRegions(ctx, c, o.exclude)
}

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
