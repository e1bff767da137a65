package slides

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/plot"
	"github.com/hubdata/hubdata/wsi"
)

// A Plan is a fold plan and what its maps are headed with.
type Plan struct {
	Name string
	Plan *folds.Plan
}

// Maps draws the slides with their tiles in place: by dataset, by what is on the tiles if that is counted, and by fold.
func (p *Placed) Maps(counted bool, plans ...Plan) []htmlreport.Block {
	intro := "Each square is a tile in its place on the slide. " +
		"A dashed line is where a part of the slide without tiles is left out."
	if p.unplaced > 0 {
		intro += fmt.Sprintf(" Not drawn: %s without source_wsi, i and j.", ui.Plural(p.unplaced, "image", "images"))
	}
	if len(p.Tiles) > mostTooltips {
		intro += fmt.Sprintf(" There are more than %s tiles, so they have no tooltips.", ui.Thousands(mostTooltips))
	}
	blocks := []htmlreport.Block{{Text: intro}}
	all := p.slides()
	if slices.ContainsFunc(p.Tiles, func(t Tile) bool { return t.Dataset != "" }) {
		blocks = append(blocks, datasetMaps(all, p.Tiles))
	}
	if counted {
		blocks = append(blocks, countMaps(all, p.Tiles))
	}
	for _, plan := range plans {
		blocks = append(blocks, foldMaps(all, p.Names, plan))
	}
	return blocks
}

// mapWidth is that of a map in pixels, a third of the page on a wide screen.
const mapWidth = 312

// datasetMaps draws the slides by the datasets of the tiles.
func datasetMaps(all []mapped, tiles []Tile) htmlreport.Block {
	sizes := map[string]int{}
	for _, t := range tiles {
		sizes[t.Dataset]++
	}
	names := slices.SortedFunc(maps.Keys(sizes), figures.CompareNumbers)
	classes := datasetClasses(names)
	charts := drawMaps(all, func(t *Tile) (plot.Class, string, string) {
		if t.Dataset == unlabelled {
			return classes[t.Dataset], "", "" // there are thousands
		}
		return classes[t.Dataset], "", words(t)
	})
	for _, name := range names {
		text := "dataset " + name
		if name == "" {
			text = "of no dataset"
		}
		charts.Keys = append(charts.Keys,
			legendKey(classes[name], fmt.Sprintf("%s (%s)", text, ui.Plural(sizes[name], "tile", "tiles"))))
	}
	return htmlreport.Block{Heading: "Datasets", Charts: charts}
}

// unlabelled is the dataset of tiles without outlines.
var unlabelled = fmt.Sprint(wsi.UnlabelledDataset)

// datasetClasses are the colours of datasets: those of HuBMAP always have the same.
func datasetClasses(names []string) map[string]plot.Class {
	classes := map[string]plot.Class{"1": plot.SeriesClass(0), "2": plot.SeriesClass(1), unlabelled: plot.Pale()}
	for next := 2; len(names) > 0; names = names[1:] {
		if _, ok := classes[names[0]]; !ok {
			classes[names[0]] = plot.SeriesClass(next)
			next++
		}
	}
	return classes
}

// mostTooltips is the largest number of tiles with tooltips: a browser struggles with more.
const mostTooltips = 20_000

// drawMaps draws slides; fill says how a tile is filled, its label and its tooltip.
func drawMaps(list []mapped, fill func(*Tile) (plot.Class, string, string)) *htmlreport.Charts {
	out, tiles := &htmlreport.Charts{}, 0
	for _, s := range list {
		tiles += len(s.Tiles)
	}
	for _, s := range list {
		m := &plot.Map{Width: mapWidth, Title: fmt.Sprintf("WSI %s, %s", s.Name, ui.Plural(len(s.Tiles), "tile", "tiles"))}
		for k := range s.Tiles {
			t := &s.Tiles[k]
			c := plot.Cell{X: float64(t.X), Y: float64(t.Y), W: float64(t.Width), H: float64(t.Height)}
			if c.Class, c.Label, c.Title = fill(t); tiles > mostTooltips {
				c.Title = ""
			}
			m.Cells = append(m.Cells, c)
		}
		out.Items = append(out.Items, htmlreport.Chart{SVG: htmlreport.SVG(m.SVG)})
	}
	return out
}

// words are the tooltip of a tile.
func words(t *Tile) string {
	text := t.Name
	if t.Dataset != "" {
		text += ", dataset " + t.Dataset
	}
	if t.annotated() {
		text += ", " + ui.Plural(t.Instances, "instance", "instances")
	}
	return text
}

// countMaps draws the slides by how many instances are on a tile.
func countMaps(all []mapped, tiles []Tile) htmlreport.Block {
	most := 0
	for _, t := range tiles {
		most = max(most, t.Instances)
	}
	// The first step is 0; the others divide 1 to most evenly.
	step := func(n int) int {
		if n == 0 || most == 0 {
			return 0
		}
		return 1 + (n-1)*(plot.Steps-1)/most
	}
	charts := drawMaps(with(all, (*Tile).annotated), func(t *Tile) (plot.Class, string, string) {
		if !t.annotated() {
			return plot.Pale(), "", ""
		}
		return plot.Step(step(t.Instances)), "", words(t)
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
	for _, s := range slices.Sorted(maps.Keys(from)) {
		text := ui.Thousands(from[s])
		if upTo[s] > from[s] {
			text += " to " + ui.Thousands(upTo[s])
		}
		charts.Keys = append(charts.Keys, legendKey(plot.Step(s), text))
	}
	if slices.ContainsFunc(tiles, func(t Tile) bool { return !t.annotated() }) {
		charts.Keys = append(charts.Keys, legendKey(plot.Pale(), "no outlines"))
	}
	return htmlreport.Block{Heading: "Instances on each tile", Charts: charts}
}

// foldMaps draws the slides by the folds of a plan, read in the names of the tiles.
func foldMaps(all []mapped, names *coco.Names, p Plan) htmlreport.Block {
	plan := p.Plan
	if r, err := plan.Resolve(names); err == nil { // otherwise its images are not tiles
		plan = r.Plan
	}
	entries := map[string]folds.Entry{}
	for _, e := range plan.Entries {
		entries[e.ID] = e
	}
	inFold := func(t *Tile) bool { e, ok := entries[t.Name]; return ok && e.Fold != folds.NoFold }
	charts := drawMaps(with(all, inFold), func(t *Tile) (plot.Class, string, string) {
		if !inFold(t) {
			return plot.Pale(), "", ""
		}
		fold := entries[t.Name].Fold
		return plot.SeriesClass(fold - p.Plan.First), fmt.Sprint(fold), fmt.Sprintf("%s, fold %d", words(t), fold)
	})
	for f := range p.Plan.K {
		charts.Keys = append(charts.Keys, legendKey(plot.SeriesClass(f), fmt.Sprintf("fold %d", p.Plan.First+f)))
	}
	charts.Keys = append(charts.Keys, legendKey(plot.Pale(), "in no fold"))
	return htmlreport.Block{Heading: "Folds of " + p.Name, Charts: charts}
}

func legendKey(c plot.Class, text string) htmlreport.Key {
	return htmlreport.Key{Sample: htmlreport.SVG(func(w io.Writer) error { return plot.Key(w, c) }), Text: text}
}
