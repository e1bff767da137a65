// Package demo generates a synthetic dataset in the format of the HuBMAP
// competition: tables, outlines, images, and detections of imaginary models
// together with the ground truth. Examples, benchmarks and tests use it where
// the real data may not be used.
//
// [New] lays out the tiles. Everything else is generated on demand, tile by
// tile, from only the seed and the id of the tile. The same seed therefore
// gives the same bytes, in any order and with any number of workers.
package demo

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// tileSize is the height and width of every tile in pixels.
const tileSize = 512

// Scale is the size of the dataset.
type Scale uint8

// The scales.
const (
	// Small has all tiers and whole-slide images of Full, but only 60 outlined
	// tiles and 24 tiles without outlines.
	Small Scale = iota
	// Full has the competition's 7,033 tiles.
	Full
	// Tiny has 10 tiles on 5 whole-slide images: 4 of tier 1, 2 of tier 2, 4 of
	// tier 3.
	Tiny
)

// Options configure the dataset. The zero Options give the small dataset of
// seed 0 without detections.
type Options struct {
	_ struct{}

	Seed  uint64
	Scale Scale
	// Predictions is the maximum number of detections per tile and model; 0 for
	// none.
	Predictions int
	// Workers is the number of tiles generated in parallel; 0 for one per CPU.
	// The output does not depend on it.
	Workers int
}

// Tile is a row of tile_meta.csv.
type Tile struct {
	ID        string // 12 hexadecimal digits
	sourceWSI int    // number of the whole-slide image
	Dataset   int    // tier: 1 and 2 are outlined, 3 is not
	I, J      int    // position in the whole-slide image, in slide pixels

	num     uint64 // ID as a number
	ordinal int    // position in the layout, in which groups follow one another
}

// Set is a dataset that is generated on demand. It never changes, so its
// methods may be called in parallel.
type Set struct {
	seed        uint64
	predictions int
	workers     int
	tiles       []Tile
}

// New lays out the tiles. A nil opts is the zero Options.
func New(opts *Options) *Set {
	if opts == nil {
		opts = &Options{}
	}
	s := &Set{seed: opts.Seed, predictions: max(opts.Predictions, 0), workers: opts.Workers}
	if s.workers < 1 {
		s.workers = runtime.GOMAXPROCS(0)
	}
	s.tiles = layOut(opts.Seed, opts.Scale)
	return s
}

// Tiles returns all tiles in the order of tile_meta.csv, which is by id.
func (s *Set) Tiles() []Tile { return slices.Clone(s.tiles) }

// group describes the tiles of one tier on one whole-slide image.
type group struct {
	dataset, wsi int
	tiles        [Tiny + 1]int // number of tiles, by scale
	i, j         int           // grid cell of the first tile
	offI, offJ   int           // offset of the grid, in slide pixels
}

// reach is the maximum distance in cells of a group's region from its first
// cell, in i and in j.
const reach = 14

// The counts are those of the competition. First cells are far enough inside
// the whole-slide image that regions do not leave it. If there are two tiers,
// the first cells are far enough apart that regions do not meet.
var groups = [...]group{
	{1, 1, [...]int{16, 270, 2}, 18, 83, 0, 0},
	{1, 2, [...]int{9, 152, 2}, 46, 42, 0, 0},
	{2, 1, [...]int{9, 237, 1}, 18, 24, 0, 0},
	{2, 2, [...]int{9, 293, 0}, 16, 36, 0, 36},
	{2, 3, [...]int{9, 410, 1}, 16, 20, 0, 0},
	{2, 4, [...]int{8, 271, 0}, 16, 32, 0, 0},
	{3, 6, [...]int{3, 600, 2}, 30, 40, 0, 0},
	{3, 7, [...]int{3, 600, 2}, 30, 38, 0, 0},
	{3, 8, [...]int{3, 600, 0}, 28, 32, 0, 0},
	{3, 9, [...]int{3, 600, 0}, 24, 46, 0, 0},
	{3, 10, [...]int{3, 600, 0}, 36, 37, 96, 472},
	{3, 11, [...]int{3, 600, 0}, 22, 68, 469, 17},
	{3, 12, [...]int{2, 600, 0}, 30, 46, 0, 0},
	{3, 13, [...]int{2, 600, 0}, 34, 62, 0, 0},
	{3, 14, [...]int{2, 600, 0}, 20, 54, 11, 417},
}

// layOut places all tiles and sorts them by id.
func layOut(seed uint64, scale Scale) []Tile {
	var tiles []Tile
	used := make(map[uint64]bool)
	for _, g := range groups {
		n := g.tiles[scale]
		r := newRNG(seed, "layout", uint64(g.dataset)<<8|uint64(g.wsi))
		for _, c := range grow(r, n) {
			num := r.Uint64() >> 16
			for used[num] {
				num = r.Uint64() >> 16
			}
			used[num] = true
			tiles = append(tiles, Tile{
				ID:        fmt.Sprintf("%012x", num),
				sourceWSI: g.wsi,
				Dataset:   g.dataset,
				I:         (g.i+c.i)*tileSize + g.offI,
				J:         (g.j+c.j)*tileSize + g.offJ,
				num:       num,
				ordinal:   len(tiles),
			})
		}
	}
	slices.SortFunc(tiles, func(a, b Tile) int { return strings.Compare(a.ID, b.ID) })
	return tiles
}

type cell struct{ i, j int }

// grow returns n cells that are connected by their sides. The region starts at
// (0, 0) and grows by one random free neighbour at a time. It must fit into the
// square of reach.
func grow(r *rng, n int) []cell {
	cells := make([]cell, 0, n)
	free := []cell{{0, 0}}
	seen := map[cell]bool{{0, 0}: true}
	for len(cells) < n {
		k := r.intN(len(free))
		c := free[k]
		free[k] = free[len(free)-1]
		free = free[:len(free)-1]
		cells = append(cells, c)
		for _, d := range [...]cell{{1, 0}, {0, 1}, {-1, 0}, {0, -1}} {
			next := cell{c.i + d.i, c.j + d.j}
			if !seen[next] && max(next.i, -next.i, next.j, -next.j) <= reach {
				seen[next] = true
				free = append(free, next)
			}
		}
	}
	return cells
}
