package foldscmd

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/slide"
	"github.com/hubdata/hubdata/wsi"
)

// tiles are the tiles of a dataset folder, which are divided.
type tiles struct {
	*folder.Conversion
	in    *Input
	plans *planning
	keys  *imagekey.Table // of further values of the tiles; nil: none

	counted files.FileInfo // the outlines, once they were counted
}

// divide reads the plan or makes it, and chooses its tiles.
func (t *tiles) divide(ctx context.Context) (*division, error) {
	count := map[int]int{}
	for tile := range t.Table.All() {
		if t.in.Selected(tile) {
			count[tile.Dataset]++
		}
	}
	if len(count) == 0 {
		return nil, t.NothingSelected()
	}
	if count[wsi.UnlabelledDataset] > 0 {
		return nil, ui.Usagef("dataset %d has no outlines: nothing to validate on", wsi.UnlabelledDataset).Hint("make a set of it with \"hubdata pseudo\", and divide that with --coco")
	}
	var d *division
	var err error
	if t.plans.given != "" {
		d, err = t.readPlan(t.plans.given)
	} else {
		d, err = t.makePlan(ctx)
	}
	if err == nil {
		err = d.Validate()
	}
	if err != nil {
		return nil, err
	}
	if t.plans.buffer.set {
		err := d.KeepApart(t.plans.buffer.pixels, func(id string) (slide.Place, error) {
			tile, _ := t.Table.Tile(id)
			return t.place(tile)
		})
		if err != nil {
			return nil, &ui.Failure{Code: ui.ExitUsage, Err: err}
		}
	}
	d.index = d.Index()
	t.Rules.Select = func(tile wsi.Tile) bool {
		e, ok := d.index.Entry(tile.ID)
		return ok && (e.Fold != folds.NoFold || e.Always)
	}
	return d, nil
}

// makePlan makes the plan.
func (t *tiles) makePlan(ctx context.Context) (*division, error) {
	m := &t.plans.method
	var chosen []wsi.Tile
	for tile := range t.Table.All() {
		if t.in.Selected(tile) {
			chosen = append(chosen, tile)
		}
	}
	images := &folds.Images{Names: make([]string, len(chosen)), Places: make([]slide.Place, len(chosen))}
	var err error
	for i, tile := range chosen {
		images.Names[i] = tile.ID
		if images.Places[i], err = t.place(tile); err != nil {
			return nil, err
		}
	}
	var counts map[string]outlineCounts
	if m.Method == folds.MethodSpatial || m.looksAt("vessels") || m.looksAt("glomerulus") {
		if counts, err = t.countOutlines(ctx); err != nil {
			return nil, err
		}
		images.Instances = make([]int, len(chosen))
		for i, tile := range chosen {
			images.Instances[i] = counts[tile.ID].kept
		}
	}
	images.Column = func(label string) ([]string, error) {
		out := make([]string, len(chosen))
		if label == "glomerulus" && counts != nil {
			for i, tile := range chosen {
				out[i] = strconv.Itoa(min(counts[tile.ID].glomeruli, 1))
			}
			return out, nil
		}
		keys, notes, err := t.groups(chosen)
		if err != nil {
			return nil, err
		}
		note(t.Console, notes)
		return keys.labels(label), nil
	}
	plan, err := m.divide(t.Console, images, "tile")
	if err != nil {
		return nil, err
	}
	made := plan.Index()
	var entries []folds.Entry
	for tile := range t.Table.All() {
		e, ok := made.Entry(tile.ID)
		switch {
		case ok:
			entries = append(entries, e)
		case tile.Dataset != wsi.UnlabelledDataset:
			entries = append(entries, t.outside(tile))
		}
	}
	plan.Entries = entries
	return &division{Plan: plan}, nil
}

// groups are the values of tiles by the columns of the table and of --table, and what to note of them.
func (t *tiles) groups(list []wsi.Tile) (*groups, []string, error) {
	asked, err := t.plans.askedKeys()
	if err != nil {
		return nil, nil, err
	}
	asked = slices.DeleteFunc(asked, func(a askedKey) bool { return a.label == "glomerulus" })
	g := newGroups(asked, t.keys)
	for _, name := range t.Table.Columns() {
		g.addNamed(name)
	}
	g.members = append(t.Table.Columns(), "glomerulus")
	g.n = len(list)
	names := &coco.Names{}
	for _, tile := range list {
		names.AddName(tile.ID)
	}
	for _, c := range g.columns {
		c.Column = imagekey.Column{}
		var values []string
		for _, column := range append([]string{c.key.Name}, c.key.Members...) {
			if v, ok := t.Table.Column(column); ok {
				values = v
				break
			}
		}
		for _, tile := range list {
			if values == nil {
				c.Add("", false)
				continue
			}
			c.Add(values[tile.Row-1], values[tile.Row-1] != "")
		}
	}
	keys, err := t.keys.Reader(imagenames.Names{All: names}, t.Meta.Name)
	if err != nil {
		return nil, nil, err
	}
	notes, err := g.complete(keys)
	return g, notes, err
}

// outside is the entry of a labelled tile that is in no fold.
func (t *tiles) outside(tile wsi.Tile) folds.Entry {
	e := folds.Entry{ID: tile.ID, Fold: folds.NoFold}
	switch {
	case t.plans.always.has(tile):
		e.Always = true
	case !t.in.Datasets.Has(tile.Dataset):
		e.Why = fmt.Sprintf("dataset %d is not divided", tile.Dataset)
	default:
		e.Why = fmt.Sprintf("slide %d is not asked for", tile.WSI)
	}
	return e
}

// readPlan reads a plan and checks it against the table.
func (t *tiles) readPlan(path string) (*division, error) {
	plan, in, err := planfile.Open(t.Console, path)
	if err != nil {
		return nil, err
	}
	in.Flag = "from"
	t.Outputs.Inputs = append(t.Outputs.Inputs, in)
	r, err := planfile.Resolve(plan, in.Name, t.Table.Names())
	if err != nil {
		return nil, err
	}
	plan = r.Plan
	given := plan.Index()
	for i, e := range plan.Entries {
		if _, ok := t.Table.Tile(e.ID); !ok {
			return nil, fmt.Errorf("%s: %w: entry %d: tile %s is not in %s; do they belong to the same dataset?", in.Name, ui.ErrInput, i+1, wtf8.Quote(e.ID), t.Meta.Name)
		}
	}
	d := &division{Plan: plan, file: in}
	entries := plan.Entries[:0:0]
	for tile := range t.Table.All() {
		e, ok := given.Entry(tile.ID)
		switch {
		case ok && e.Fold != folds.NoFold, ok && e.Always:
		case t.plans.always.has(tile):
			e = folds.Entry{ID: tile.ID, Fold: folds.NoFold, Always: true}
		case ok:
		case t.in.Selected(tile):
			d.missing = append(d.missing, tile.ID)
			e = folds.Entry{ID: tile.ID, Fold: folds.NoFold, Why: "not in " + filepath.Base(in.Name)}
		case tile.Dataset == wsi.UnlabelledDataset:
			continue
		default:
			e = t.outside(tile)
		}
		entries = append(entries, e)
	}
	plan.Entries = entries
	if plan.Method == "" {
		plan.Method = "from " + filepath.Base(in.Name)
	}
	if n := len(d.missing); n > 0 {
		t.Console.Note("%s has no fold for %s of dataset %s, as %s: left out of all sets", in.Name, ui.Plural(n, "tile", "tiles"), t.in.Datasets, d.missing[0])
	}
	return d, nil
}

// place is where a tile is in its slide.
func (t *tiles) place(tile wsi.Tile) (slide.Place, error) {
	h, w, err := t.Content.Sizer(t.Source.Dir)(tile)
	x, y := tile.Origin()
	return slide.Place{Slide: fmt.Sprint(tile.WSI), X: x, Y: y, Width: w, Height: h}, err
}
