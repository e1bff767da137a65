package reportcmd

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/plot"
	"github.com/hubdata/hubdata/wsi"
)

// mapsSection draws the slides with their tiles in place: by tier, by what is on them,
// and by fold.
func (b *builder) mapsSection(ctx context.Context) ([]htmlreport.Block, error) {
	if b.data.table == nil {
		return nil, absentf("", "there is no tile_meta.csv, which has the positions of the tiles")
	}
	slides := b.slides()
	if len(slides) == 0 {
		return nil, absentf("", "tile_meta.csv lists no tiles")
	}
	tiers := map[int]int{}
	for t := range b.data.table.All() {
		tiers[t.Dataset]++
	}
	var keys []htmlreport.Key
	for _, tier := range sortedKeys(tiers) {
		keys = append(keys, legendKey(tierClass(tier), fmt.Sprintf("dataset %d (%s)", tier, ui.Plural(tiers[tier], "tile", "tiles"))))
	}
	byTier := b.maps(slides, func(t wsi.Tile) (plot.Class, string, string) {
		if t.Dataset == wsi.UnlabelledDataset {
			return tierClass(t.Dataset), "", "" // there are thousands
		}
		return tierClass(t.Dataset), "", b.tileWords(t)
	})
	byTier.Keys = keys
	blocks := []htmlreport.Block{{Text: "Each square is a tile in its place on the slide. A dashed line is where a part of the slide without tiles is left out."}, {Heading: "Datasets", Charts: byTier}}
	if len(b.data.instances) > 0 {
		blocks = append(blocks, b.countMaps(slides, b.data.onTile))
	}
	for _, p := range b.plans {
		blocks = append(blocks, b.foldMaps(slides, p))
	}
	return blocks, nil
}

// tierClass is the colour of a dataset.
func tierClass(tier int) plot.Class {
	if tier == wsi.UnlabelledDataset {
		return plot.Pale()
	}
	return plot.SeriesClass(max(tier-1, 0))
}

// slide is a slide and its tiles.
type slide struct {
	wsi   int
	tiles []wsi.Tile
}

// slides lists the slides of the table by their numbers.
func (b *builder) slides() []slide {
	at := map[int]int{}
	var out []slide
	for t := range b.data.table.All() {
		k, ok := at[t.WSI]
		if !ok {
			k = len(out)
			at[t.WSI] = k
			out = append(out, slide{wsi: t.WSI})
		}
		out[k].tiles = append(out[k].tiles, t)
	}
	slices.SortFunc(out, func(a, b slide) int { return cmp.Compare(a.wsi, b.wsi) })
	return out
}

// maps draws slides; fill says how a tile is filled, its label and its
// tooltip.
func (b *builder) maps(slides []slide, fill func(wsi.Tile) (plot.Class, string, string)) *htmlreport.Charts {
	out := &htmlreport.Charts{}
	for _, s := range slides {
		m := &plot.Map{Width: mapWidth, Title: fmt.Sprintf("WSI %d, %s", s.wsi, ui.Plural(len(s.tiles), "tile", "tiles"))}
		for _, t := range s.tiles {
			x, y := t.Origin()
			c := plot.Cell{X: float64(x), Y: float64(y), W: wsi.TilePixels, H: wsi.TilePixels}
			c.Class, c.Label, c.Title = fill(t)
			m.Cells = append(m.Cells, c)
		}
		out.Items = append(out.Items, tileMap(m))
	}
	return out
}

func (b *builder) tileWords(t wsi.Tile) string {
	text := fmt.Sprintf("%s, dataset %d", t.ID, t.Dataset)
	if n, ok := b.data.onTile[t.ID]; ok {
		text += ", " + ui.Plural(n, "instance", "instances")
	}
	return text
}

// with keeps the slides on which some tile counts.
func with(slides []slide, counts func(wsi.Tile) bool) []slide {
	return slices.DeleteFunc(slices.Clone(slides), func(s slide) bool { return !slices.ContainsFunc(s.tiles, counts) })
}

// countMaps draws the slides by how many instances are on a tile.
func (b *builder) countMaps(slides []slide, counts map[string]int) htmlreport.Block {
	most := 0
	for _, n := range b.data.instances {
		most = max(most, n)
	}
	// The first step is 0; the others divide 1 to most evenly.
	step := func(n int) int {
		if n == 0 || most == 0 {
			return 0
		}
		return 1 + (n-1)*(plot.Steps-1)/most
	}
	has := func(t wsi.Tile) bool { _, ok := counts[t.ID]; return ok }
	charts := b.maps(with(slides, has), func(t wsi.Tile) (plot.Class, string, string) {
		if !has(t) {
			return plot.Pale(), "", ""
		}
		return plot.Step(step(counts[t.ID])), "", b.tileWords(t)
	})
	from := map[int]int{}
	upTo := map[int]int{}
	for n := 0; n <= most; n++ {
		s := step(n)
		if _, ok := from[s]; !ok {
			from[s] = n
		}
		upTo[s] = n
	}
	for _, s := range sortedKeys(from) {
		text := ui.Thousands(from[s])
		if upTo[s] > from[s] {
			text += " to " + ui.Thousands(upTo[s])
		}
		charts.Keys = append(charts.Keys, legendKey(plot.Step(s), text))
	}
	charts.Keys = append(charts.Keys, legendKey(plot.Pale(), "no outlines"))
	return htmlreport.Block{Heading: "Instances on each tile", Charts: charts}
}

// foldMaps draws the slides by the folds of a plan.
func (b *builder) foldMaps(slides []slide, p auditedPlan) htmlreport.Block {
	plan := p.Plan
	if r, err := plan.Resolve(b.data.table.Names()); err == nil { // otherwise its images are not tiles
		plan = r.Plan
	}
	entries := map[string]folds.Entry{}
	for _, e := range plan.Entries {
		entries[e.ID] = e
	}
	inFold := func(t wsi.Tile) bool { e, ok := entries[t.ID]; return ok && e.Fold != folds.NoFold }
	charts := b.maps(with(slides, inFold), func(t wsi.Tile) (plot.Class, string, string) {
		e, ok := entries[t.ID]
		if !ok || e.Fold == folds.NoFold {
			return plot.Pale(), "", ""
		}
		return plot.SeriesClass(e.Fold - p.Plan.First), fmt.Sprint(e.Fold), fmt.Sprintf("%s, fold %d", b.tileWords(t), e.Fold)
	})
	for f := range p.K {
		charts.Keys = append(charts.Keys, legendKey(plot.SeriesClass(f), fmt.Sprintf("fold %d", p.Plan.First+f)))
	}
	charts.Keys = append(charts.Keys, legendKey(plot.Pale(), "in no fold"))
	return htmlreport.Block{Heading: "Folds of " + b.files.Show(p.path), Charts: charts}
}

func sortedKeys[V any](m map[int]V) []int {
	var out []int
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
