package reportcmd

import (
	"context"
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd/slides"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/htmlreport"
)

// mapsSection draws the slides with their tiles in place: by dataset, by what is on
// them, and by fold.
func (b *builder) mapsSection(context.Context) ([]htmlreport.Block, error) {
	placed, err := b.placed()
	if err != nil {
		return nil, err
	}
	var plans []slides.Plan
	for _, p := range b.plans {
		plans = append(plans, slides.Plan{Name: b.files.Show(p.path), Plan: p.Plan})
	}
	return placed.Maps(len(b.data.instances) > 0, plans...), nil
}

// placed places the tiles. If none has a place the error is an *absence.
func (b *builder) placed() (*slides.Placed, error) {
	var images []coco.Image
	if b.data.instances != nil {
		images = b.data.labels.Dataset.Images
	}
	placed, err := slides.Place(b.data.table, images, b.data.instances)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", b.data.labels.Name, err)
	case len(placed.Tiles) > 0:
		return placed, nil
	case len(images) == 0 && b.data.table != nil:
		return nil, absentf("", "tile_meta.csv lists no tiles")
	case len(images) == 0:
		return nil, absentf("", "there is no tile_meta.csv, which has the positions of the tiles")
	}
	table := "there is no tile_meta.csv"
	if b.data.table != nil {
		table = "none is in " + b.files.Show(b.files.Table)
	}
	return nil, absentf("", "no image says where it is: a map needs source_wsi, the name of the slide, and i and j, the column and row of the tile in its pixels; %s (--tile-meta)", table)
}
