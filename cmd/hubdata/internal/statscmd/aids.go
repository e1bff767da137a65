package statscmd

import (
	"bufio"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
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
	table  *wsi.Table      // nil: none
	plan   *folds.Plan     // nil: none
	file   string          // of the plan
	images *coco.Dataset   // whose images results are on; nil: none
	keys   *imagekey.Table // of further values of images; nil: none
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
	var err error
	if a.keys, err = imagekey.Open(c, o.table); err != nil {
		return nil, err
	}
	if o.images != "" {
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

// notPlanned is the name of the group of tiles that the plan does not name.
const notPlanned = "not in the plan"

// grouping finds the groups of the images of one list.
type grouping struct {
	*aids
	names   *coco.Names
	uses    *folds.Index     // nil: there is no plan
	values  *imagekey.Reader // of keys
	none    map[string]int   // images without a value, by the name of the key
	members []string         // of the first image
}

// grouping prepares for the images of a file.
func (a *aids) grouping(names *coco.Names, file string) (*grouping, error) {
	g := &grouping{aids: a, names: names, none: map[string]int{}}
	var err error
	if g.values, err = a.keys.Reader(imagenames.Names{All: names}, file); err != nil {
		return nil, err
	}
	g.uses, err = a.usesOf(names)
	return g, err
}

// groups names the groups of image i of the list.
func (g *grouping) groups(img *coco.Image, i int) ([]stats.Key, error) {
	if g.members == nil {
		g.members = imagekey.Members(img)
	}
	keys := make([]stats.Key, 0, 3)
	for _, k := range g.o.imageKeys() {
		text, ok, err := g.values.Value(k, i, img, g.table)
		if err != nil {
			return nil, err
		}
		if !ok {
			text = coco.NoValue
			g.none[k.Name]++
		}
		keys = append(keys, stats.Key{By: k.Name, Name: text})
	}
	if g.uses != nil {
		keys = append(keys, stats.Key{By: "fold", Name: validatedIn(g.uses, g.names.Name(i))})
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
	return coco.NoValue
}
