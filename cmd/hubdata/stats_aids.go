package main

import (
	"bufio"
	"fmt"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// statsAids are the files beside the sets in which their tiles are looked up.
type statsAids struct {
	o      *statsScope
	table  *wsi.Table    // nil: none
	folds  *folds.Index  // of the plan; nil: none
	first  string        // of the plan's entries
	images *coco.Dataset // whose images results are on; nil: none
}

// openAids reads the files that the flags name.
func (o *statsScope) openAids(c *console) (*statsAids, error) {
	a := &statsAids{o: o}
	if o.tileMeta != "" {
		in, err := openInput(c, o.tileMeta)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		if a.table, err = wsi.ReadTable(in); err != nil {
			return nil, inFile(in.name, err)
		}
	}
	if o.plan != "" {
		plan, in, err := openPlan(c, o.plan)
		if err != nil {
			return nil, err
		}
		if err := plan.Validate(); err != nil {
			return nil, fmt.Errorf("%s: %w: %w", in.name, errInput, err)
		}
		a.folds = plan.Index()
		if len(plan.Entries) > 0 {
			a.first = plan.Entries[0].ID
		}
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
func (o *statsScope) readImages(c *console) (*coco.Dataset, error) {
	in, err := openInput(c, o.images)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	in.count.sum = nil // nobody asks for it
	r := bufio.NewReader(in)
	if !isJSON(r) {
		d := &coco.Dataset{}
		table, err := wsi.ReadTable(r)
		if err != nil {
			return nil, inFile(in.name, err)
		}
		opts := &wsi.ConvertOptions{Classes: wsi.AllClasses()}
		if o.tileSize != 0 {
			opts.TileSize = func(wsi.Tile) (h, w int, err error) { return o.tileSize, o.tileSize, nil }
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
	d, err := readCOCOImages(r)
	if err != nil {
		return nil, inFile(in.name, err)
	}
	return d, nil
}

// selected says whether image i is asked for.
func (a *statsAids) selected(img *coco.Image, i int) (bool, error) {
	other, err := selects(a.o.datasets, a.o.wsis, img, i, a.table, a.o.tileMeta)
	return err == nil && other == "", err
}

// none is the name of a group of tiles that do not say of which they are.
const none = "none"

// notPlanned is the name of the group of tiles that the plan does not name.
const notPlanned = "not in the plan"

// keys names the groups of an image, which the plan knows by name.
func (a *statsAids) keys(img *coco.Image, name string) []stats.Key {
	keys := make([]stats.Key, 0, 3)
	place := func(by string, m wsi.TileMember) {
		if wanted, _ := a.o.grouped(by); !wanted {
			return
		}
		text, ok := m.Text(img, a.table)
		if !ok {
			text = none
		}
		keys = append(keys, stats.Key{By: by, Name: text})
	}
	place("dataset", wsi.MemberDataset)
	place("wsi", wsi.MemberWSI)
	if a.folds != nil {
		keys = append(keys, stats.Key{By: "fold", Name: a.fold(name)})
	}
	return keys
}

// fold names the fold that validates an image.
func (a *statsAids) fold(name string) string {
	switch entry, ok := a.folds.Entry(name); {
	case !ok:
		return notPlanned
	case entry.Fold != folds.NoFold:
		return strconv.Itoa(entry.Fold)
	case entry.Always:
		return "always train"
	}
	return none
}
