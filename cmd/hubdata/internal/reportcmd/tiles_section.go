package reportcmd

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/wsi"
)

// tilesSection draws tiles of each dataset, and of the pseudo-labels.
func (b *builder) tilesSection(ctx context.Context) ([]htmlreport.Block, error) {
	if b.o.pictures == 0 {
		return nil, absentf("", "no pictures were requested (--pictures 0)")
	}
	var blocks []htmlreport.Block
	if b.data.labels != nil && b.data.labels.Dataset != nil {
		d, file := b.data.labels.Dataset, b.data.labels.Name
		tiers := map[string][]int{}
		for i := range d.Images {
			tier, _ := wsi.MemberDataset.Text(&d.Images[i], nil)
			tiers[tier] = append(tiers[tier], i)
		}
		for _, tier := range slices.SortedFunc(maps.Keys(tiers), figures.CompareNumbers) {
			heading := "Dataset " + tier
			if tier == "" {
				heading = b.files.Show(file)
			}
			block, err := b.sample(ctx, d, file, heading, tiers[tier])
			if err != nil {
				return blocks, err
			}
			blocks = append(blocks, block)
		}
	}
	if n := len(b.files.Pseudo); n > 0 {
		path := b.files.Pseudo[n-1]
		f, err := files.OpenCOCO(ctx, b.c, path)
		if err != nil {
			return blocks, err
		}
		all := make([]int, len(f.Images))
		for i := range all {
			all[i] = i
		}
		if len(all) > 0 {
			block, err := b.sample(ctx, f.Dataset, path, "Pseudo-labels of "+filepath.Base(path), all)
			if err != nil {
				return blocks, err
			}
			blocks = append(blocks, block)
		}
	}
	if len(blocks) == 0 {
		return nil, absentf("", "there are no tiles with outlines to draw")
	}
	return blocks, nil
}

// sample draws some of these tiles.
func (b *builder) sample(ctx context.Context, d *coco.Dataset, file, heading string, tiles []int) (htmlreport.Block,
	error) {
	s := paint.NewScene(paint.Labels{Dataset: d, File: file, Names: imagenames.Of(d.Images)}, paint.Filter{})
	folder := b.imageFolder(d.Images)
	chosen := s.Sample(tiles, folder, b.o.pictures, b.o.seed)
	text := fmt.Sprintf("%s of %s, chosen at random with seed %d.", ui.Thousands(len(chosen)),
		ui.Plural(len(tiles), "tile", "tiles"), b.o.seed)
	if len(chosen) == len(tiles) {
		text = "All of them."
	}
	g, err := b.gallery(ctx, s, folder, chosen)
	return htmlreport.Block{Heading: heading, Text: text, Gallery: g}, err
}
