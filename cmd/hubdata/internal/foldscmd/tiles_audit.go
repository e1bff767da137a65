package foldscmd

import (
	"context"
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/slide"
	"github.com/hubdata/hubdata/wsi"
)

// samples are what an audit needs to know of tiles, by their names.
type samples map[string]*folds.Sample

// audit reads the outlines, and the images of a folder if there is one, and audits the
// plan.
func (t *tiles) audit(ctx context.Context, d *division, images string) (*Summary, error) {
	categories, err := t.categories()
	if err != nil {
		return nil, err
	}
	classes := map[int64]string{}
	for _, cat := range categories {
		classes[cat.ID] = cat.Name
	}
	known := samples{}
	if err := t.Read(ctx, func(tile *wsi.Converted) error { return known.describe(tile, classes) }); err != nil {
		return nil, err
	}
	if images != "" {
		if err := known.readImages(ctx, d.Plan, images); err != nil {
			return nil, err
		}
	}
	samples := t.samplesOf(d.Plan, known)
	keys, err := t.groupsOf(d.Plan)
	if err != nil {
		return nil, err
	}
	audit, err := folds.NewAudit(d.Plan, samples, keys.audit(samples))
	if err != nil {
		return nil, err
	}
	return newSummary(d, audit), nil
}

// groupsOf are the groups of the plan's tiles by the columns of the table and of --table, in its order.
func (t *tiles) groupsOf(plan *folds.Plan) (*groups, error) {
	var list []wsi.Tile
	for _, e := range plan.Entries {
		tile, _ := t.Table.Tile(e.ID)
		list = append(list, tile)
	}
	g, _, err := t.groups(list)
	return g, err
}

// categories are those of the sets.
func (t *tiles) categories() ([]coco.Category, error) {
	return t.in.SetOptions.Options("").Categories()
}

// describe keeps what the audit needs to know of a tile; classes are the names of the
// categories.
func (known samples) describe(tile *wsi.Converted, classes map[int64]string) error {
	s := &folds.Sample{Labelled: true}
	for i := range tile.Annotations {
		a := &tile.Annotations[i]
		m, err := a.Segmentation.Mask(tile.Image.Height, tile.Image.Width)
		if err != nil {
			return fmt.Errorf("tile %s: %w", tile.Tile.ID, err)
		}
		s.Instances = append(s.Instances, folds.Instance{Class: classes[a.CategoryID], Area: int(a.Area), Contacts: slide.Contacts(m, 1)})
	}
	known[tile.Tile.ID] = s
	return nil
}

// samplesOf is all that is known of the plan's tiles, in its order.
func (t *tiles) samplesOf(plan *folds.Plan, known samples) []folds.Sample {
	var out []folds.Sample
	for _, e := range plan.Entries {
		tile, _ := t.Table.Tile(e.ID)
		s := folds.Sample{}
		if of := known[e.ID]; of != nil {
			s = *of
		}
		s.ID = e.ID
		if at, err := t.place(tile); err == nil {
			s.Place, s.Placed = at, true
		}
		out = append(out, s)
	}
	return out
}
