// Package slides puts the tiles of a dataset in their places on their slides, and draws the maps of the report. The
// tiles
// are the rows of tile_meta.csv and the images of a COCO file that say where they are.
package slides

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/placing"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/slide"
	"github.com/hubdata/hubdata/wsi"
)

// unannotated is the number of instances on a tile that is not among the images.
const unannotated = -1

// Tile is a tile in its place, in slide pixels.
type Tile struct {
	Name          string // of the image, or the id of the row
	Slide         string
	Dataset       string // empty: not known
	X, Y          int    // of its top left corner
	Width, Height int
	Instances     int // -1: not among the images
}

// annotated says whether the tile is among the images.
func (t *Tile) annotated() bool { return t.Instances != unannotated }

// Placed are the tiles of a dataset that have a place.
type Placed struct {
	Tiles    []Tile      // the rows, then the other images
	Names    *coco.Names // of the rows and of all other images, placed or not
	unplaced int         // images that do not say where they are
}

// Place places the rows of a table, which may be nil, and images with the number of instances on each. An image
// that has a row is that tile; what it says itself takes precedence, as in [placing.Rule.Of]. If no image has a row,
// the
// table is of other tiles and left out. The error is of an image whose place cannot be read.
func Place(table *wsi.Table, images []coco.Image, instances []int) (*Placed, error) {
	p := &Placed{Names: &coco.Names{}}
	rows := rowsOf(table, images)
	at := map[string]int{} // place of a row in p.Tiles, by its id
	if table != nil && (len(images) == 0 || slices.ContainsFunc(rows, func(row *wsi.Tile) bool { return row != nil })) {
		for t := range table.All() {
			at[t.ID] = len(p.Tiles)
			x, y := t.Origin()
			p.Names.AddName(t.ID)
			p.Tiles = append(p.Tiles, Tile{Slide: strconv.Itoa(t.WSI), Dataset: strconv.Itoa(t.Dataset), X: x, Y: y,
				Width: wsi.TilePixels, Height: wsi.TilePixels, Instances: unannotated})
		}
	}
	named := make([]int, len(p.Tiles)) // place of a tile in p.Names
	for k := range named {
		named[k] = k
	}
	for i := range images {
		t, err := tileOf(&images[i], rows[i], instances[i])
		unplaced := errors.Is(err, slide.ErrNoValue)
		switch {
		case err != nil && !unplaced:
			return nil, fmt.Errorf("images[%d].%w", i, err)
		case rows[i] != nil:
			p.Tiles[at[rows[i].ID]] = t
			continue
		case unplaced:
			p.unplaced++
		default:
			p.Tiles, named = append(p.Tiles, t), append(named, p.Names.Len())
		}
		p.Names.Add(&images[i])
	}
	for k := range p.Tiles {
		p.Tiles[k].Name = p.Names.Name(named[k])
	}
	return p, nil
}

// rowsOf finds the row of each image in the table; nil: it has none.
func rowsOf(table *wsi.Table, images []coco.Image) []*wsi.Tile {
	names, rows := coco.NewNames(images), make([]*wsi.Tile, len(images))
	for i := range images {
		if row, err := table.Find(names, i); err == nil {
			rows[i] = row
		}
	}
	return rows
}

// tileOf is the tile of an image, without its name. An image without a size has that of a row.
func tileOf(img *coco.Image, row *wsi.Tile, instances int) (Tile, error) {
	place, err := placing.Default().Of(img, row, nil)
	if err != nil {
		return Tile{}, err
	}
	t := Tile{Slide: place.Slide, X: place.X, Y: place.Y, Width: img.Width, Height: img.Height, Instances: instances}
	t.Dataset, _ = wsi.MemberDataset.Text(img, row)
	if t.Width <= 0 || t.Height <= 0 {
		t.Width, t.Height = wsi.TilePixels, wsi.TilePixels
	}
	return t, nil
}

// mapped is a slide and its tiles.
type mapped struct {
	Name  string
	Tiles []Tile
}

// slides lists the slides by their names, 7 before 12.
func (p *Placed) slides() []mapped {
	at := map[string]int{}
	var out []mapped
	for _, t := range p.Tiles {
		k, ok := at[t.Slide]
		if !ok {
			k = len(out)
			at[t.Slide] = k
			out = append(out, mapped{Name: t.Slide})
		}
		out[k].Tiles = append(out[k].Tiles, t)
	}
	slices.SortFunc(out, func(a, b mapped) int { return figures.CompareNatural(a.Name, b.Name) })
	return out
}

// with keeps the slides on which some tile counts.
func with(slide []mapped, counts func(*Tile) bool) []mapped {
	return slices.DeleteFunc(slices.Clone(slide), func(s mapped) bool {
		return !slices.ContainsFunc(s.Tiles, func(t Tile) bool { return counts(&t) })
	})
}
