package slide

import (
	"slices"

	"github.com/hubdata/hubdata/internal/figures"
)

// Slide is a slide with its tiles, which are some of a list.
type Slide struct {
	*Frame
	Tiles []int // the place of each tile of the frame in the list
}

// Slides puts tiles into the frames of their slides, in the order of the slides' names: A2
// before A10. A [*TileError] names tiles by their places in the list.
func Slides(tiles []Tile) ([]Slide, error) {
	at := map[string]int{}
	var out []Slide
	for i := range tiles {
		k, ok := at[tiles[i].Slide]
		if !ok {
			k = len(out)
			at[tiles[i].Slide] = k
			out = append(out, Slide{})
		}
		out[k].Tiles = append(out[k].Tiles, i)
	}
	for k := range out {
		list := make([]Tile, len(out[k].Tiles))
		for n, i := range out[k].Tiles {
			list[n] = tiles[i]
		}
		var err error
		if out[k].Frame, err = NewFrame(list); err != nil {
			if e, ok := err.(*TileError); ok { // NewFrame returns no other
				e.Tile = out[k].Tiles[e.Tile]
				if e.Other >= 0 {
					e.Other = out[k].Tiles[e.Other]
				}
			}
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b Slide) int { return figures.CompareNatural(a.Slide, b.Slide) })
	return out, nil
}
