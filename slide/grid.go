package slide

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/rle"
)

// Edge says what becomes of the tiles of a grid that reach beyond the slide.
type Edge uint8

// The ways with the last column and row of tiles.
const (
	EdgePad   Edge = iota // they reach beyond the slide, where nothing is
	EdgeShift             // they end with the slide, and overlap the tiles before them
	EdgeCrop              // they are smaller
	EdgeDrop              // there are none
)

// ErrGrid is wrapped by errors of a grid's sizes.
var ErrGrid = errors.New("bad grid")

// MaxGridTiles is the largest number of tiles of a grid.
const MaxGridTiles = 1 << 22

// Grid lays tiles of one size over a slide, row by row. All is in frame pixels.
type Grid struct {
	Width, Height         int // of the slide
	TileWidth, TileHeight int
	StrideX, StrideY      int // from a tile to the next; less than its size: tiles overlap
	Edge                  Edge

	columns, rows []interval
}

// interval is where tiles of a column are, from at to before at+size.
type interval struct{ at, size int }

// Lay checks the grid, and lays its tiles. It must be called before the others.
func (g *Grid) Lay() error {
	for _, n := range []struct {
		what string
		n    int
	}{{"slide's width", g.Width}, {"slide's height", g.Height}, {"tile's width", g.TileWidth}, {"tile's height", g.TileHeight}, {"stride", g.StrideX}, {"stride", g.StrideY}} {
		if n.n < 1 || n.n > MaxCoordinate {
			return fmt.Errorf("%w: found %d for the %s, expected 1 to 2^30 pixels", ErrGrid, n.n, n.what)
		}
	}
	if err := rle.CheckSize(g.TileHeight, g.TileWidth); err != nil {
		return fmt.Errorf("%w: %w", ErrGrid, err)
	}
	g.columns, g.rows = lay(g.Width, g.TileWidth, g.StrideX, g.Edge), lay(g.Height, g.TileHeight, g.StrideY, g.Edge)
	if len(g.columns) > MaxGridTiles || len(g.rows) > MaxGridTiles || len(g.columns)*len(g.rows) > MaxGridTiles {
		return fmt.Errorf("%w: found more than %d tiles: make them or the stride larger", ErrGrid, MaxGridTiles)
	}
	return nil
}

// lay returns where tiles are along an axis: as many as are needed to reach its end.
func lay(length, size, stride int, edge Edge) []interval {
	var list []interval
	for at := 0; len(list) <= MaxGridTiles; at += stride {
		reach := at + size
		switch {
		case reach <= length:
			list = append(list, interval{at, size})
		case edge == EdgePad:
			list = append(list, interval{at, size})
		case edge == EdgeShift && at > 0:
			list = append(list, interval{max(length-size, 0), size})
		case edge == EdgeShift:
			list = append(list, interval{0, size}) // the slide is smaller than a tile
		case edge == EdgeCrop:
			list = append(list, interval{at, length - at})
		}
		if reach >= length || at+stride >= length {
			break
		}
	}
	return list
}

// Len returns the number of tiles.
func (g *Grid) Len() int { return len(g.columns) * len(g.rows) }

// Tile returns the frame pixel of the top left corner of a tile and its size in pixels.
// Tiles are numbered from 0, row by row.
func (g *Grid) Tile(i int) (x, y, width, height int) {
	c, r := g.columns[i%len(g.columns)], g.rows[i/len(g.columns)]
	return c.at, r.at, c.size, r.size
}

// Cut calls f with the part of a region in each tile that has one, in ascending order of
// tiles. The part is in pixels of the tile.
func (g *Grid) Cut(r Region, f func(tile int, part Region)) {
	h, w := r.Mask.Size()
	first, last := meeting(g.columns, r.X, r.X+w)
	top, bottom := meeting(g.rows, r.Y, r.Y+h)
	for row := top; row < bottom; row++ {
		y := g.rows[row]
		band := r.clipped(rect{r.X, y.at, r.X + w, y.at + y.size})
		for column := first; column < last; column++ {
			x := g.columns[column]
			part := band.clipped(rect{x.at, y.at, x.at + x.size, y.at + y.size})
			if part.Mask.NumRuns() > 0 {
				f(row*len(g.columns)+column, part.Moved(-x.at, -y.at))
			}
		}
	}
}

// meeting returns the intervals that share a pixel with from to before to: those from first
// to before last.
func meeting(list []interval, from, to int) (first, last int) {
	first, _ = slices.BinarySearchFunc(list, from, func(i interval, from int) int { return i.at + i.size - from - 1 })
	last, _ = slices.BinarySearchFunc(list, to, func(i interval, to int) int { return i.at - to })
	return first, max(first, last)
}
