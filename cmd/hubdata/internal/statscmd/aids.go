package statscmd

import (
	"bufio"
	"errors"
	"fmt"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// aids are the files in addition to the sets in which their tiles are found.
type aids struct {
	o      *Scope
	table  *wsi.Table    // nil: none
	plan   *folds.Plan   // nil: none
	file   string        // of the plan
	images *coco.Dataset // whose images results are on; nil: none
}

// openAids reads the files that the flags name.
func (o *Scope) openAids(c *ui.Console) (*aids, error) {
	a := &aids{o: o}
	if o.TileMeta != "" {
		in, err := files.OpenInput(c, o.TileMeta)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		if a.table, err = wsi.ReadTable(in); err != nil {
			return nil, ui.InFile(in.Name, err)
		}
	}
	if o.plan != "" {
		plan, in, err := planfile.Open(c, o.plan)
		if err != nil {
			return nil, err
		}
		a.plan, a.file = plan, in.Name
	}
	if o.images != "" {
		var err error
		if a.images, err = o.readImages(c); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// readImages reads the tiles that results are on: those of a COCO file, or all of
// a table.
func (o *Scope) readImages(c *ui.Console) (*coco.Dataset, error) {
	in, err := files.OpenInput(c, o.images)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	in.WithoutChecksum()
	r := bufio.NewReader(in)
	if !preds.IsJSON(r) {
		d := &coco.Dataset{}
		table, err := wsi.ReadTable(r)
		if err != nil {
			return nil, ui.InFile(in.Name, err)
		}
		opts := &wsi.ConvertOptions{Classes: wsi.AllClasses()}
		if o.TileSize != 0 {
			opts.TileSize = func(wsi.Tile) (h, w int, err error) { return o.TileSize, o.TileSize, nil }
		}
		if d.Categories, err = opts.Categories(); err != nil {
			return nil, err
		}
		for t := range table.All() {
			img, err := opts.Image(t)
			if err != nil {
				return nil, err
			}
			d.Images = append(d.Images, img)
		}
		return d, nil
	}
	d, err := files.ReadCOCOImages(r)
	if err != nil {
		return nil, ui.InFile(in.Name, err)
	}
	return d, nil
}

// selected says whether image i is requested.
func (a *aids) selected(img *coco.Image, names *coco.Names, i int) (bool, error) {
	other, err := selection.Selects(a.o.datasets, a.o.wsis, img, names, i, a.table, a.o.TileMeta)
	return err == nil && other == "", err
}

// none is the name of the group of tiles that do not say where they belong.
const none = "none"

// notPlanned is the name of the group of tiles that the plan does not name.
const notPlanned = "not in the plan"

// keys names the groups of image i of a list, by the plan's uses of its images, which
// may be nil.
func (a *aids) keys(img *coco.Image, names *coco.Names, i int, uses *folds.Index) ([]stats.Key, error) {
	keys := make([]stats.Key, 0, 3)
	for _, place := range []struct {
		by     string
		member wsi.TileMember
	}{{"dataset", wsi.MemberDataset}, {"wsi", wsi.MemberWSI}} {
		if wanted, _ := a.o.grouped(place.by); !wanted {
			continue
		}
		row, noRow := a.table.Find(names, i)
		text, ok := place.member.Text(img, row)
		if !ok {
			if a.table != nil && !errors.Is(noRow, wsi.ErrNoTile) {
				return nil, fmt.Errorf("images[%d].%s: %w: found none, and %s has %w", i, place.member, ui.ErrInput, a.o.TileMeta, noRow)
			}
			text = none
		}
		keys = append(keys, stats.Key{By: place.by, Name: text})
	}
	if uses != nil {
		keys = append(keys, stats.Key{By: "fold", Name: validatedIn(uses, names.Name(i))})
	}
	return keys, nil
}

// usesOf returns the plan's uses of the images of a list; nil: there is no plan.
func (a *aids) usesOf(names *coco.Names) (*folds.Index, error) {
	if a.plan == nil {
		return nil, nil
	}
	r, err := planfile.Resolve(a.plan, a.file, names)
	if err != nil {
		return nil, err
	}
	return r.Plan.Index(), nil
}

// validatedIn names the fold that validates an image.
func validatedIn(uses *folds.Index, name string) string {
	switch entry, ok := uses.Entry(name); {
	case !ok:
		return notPlanned
	case entry.Fold != folds.NoFold:
		return strconv.Itoa(entry.Fold)
	case entry.Always:
		return "always train"
	}
	return none
}
