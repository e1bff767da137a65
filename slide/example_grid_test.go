package slide_test

import (
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// A vessel that lies on the corner of four tiles is cut into four parts.
func ExampleGrid_Cut() {
	vessel, err := slide.Outline(rle.FillCOCO, rle.Ring{{500, 500}, {530, 500}, {530, 540}, {500, 540}})
	if err != nil {
		fmt.Println(err)
		return
	}
	grid := slide.Grid{Width: 1000, Height: 800, TileWidth: 512, TileHeight: 512, StrideX: 512, StrideY: 512, Edge: slide.EdgeCrop}
	if err := grid.Lay(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(grid.Len(), "tiles")
	grid.Cut(vessel, func(tile int, part slide.Region) {
		x, y, width, height := grid.Tile(tile)
		fmt.Printf("tile %d at %d, %d of %d x %d: %d pixels from %d, %d on\n", tile, x, y, width, height, part.Area(), part.X, part.Y)
	})
	// Output:
	// 4 tiles
	// tile 0 at 0, 0 of 512 x 512: 144 pixels from 500, 500 on
	// tile 1 at 512, 0 of 488 x 512: 216 pixels from 0, 500 on
	// tile 2 at 0, 512 of 512 x 288: 336 pixels from 500, 0 on
	// tile 3 at 512, 512 of 488 x 288: 504 pixels from 0, 0 on
}

// A stride of 0 would lay tiles without end.
func ExampleGrid_Lay() {
	grid := slide.Grid{Width: 1000, Height: 800, TileWidth: 512, TileHeight: 512, StrideX: 0, StrideY: 512}
	err := grid.Lay()
	fmt.Println(err, errors.Is(err, slide.ErrGrid))
	// Output: bad grid: found 0 for the stride, expected 1 to 2^30 pixels true
}

// What to do with tiles that reach beyond the slide.
func ExampleEdge() {
	for _, edge := range []slide.Edge{slide.EdgePad, slide.EdgeShift, slide.EdgeCrop, slide.EdgeDrop} {
		grid := slide.Grid{Width: 12, Height: 5, TileWidth: 5, TileHeight: 5, StrideX: 5, StrideY: 5, Edge: edge}
		if err := grid.Lay(); err != nil {
			fmt.Println(err)
			return
		}
		var columns [][2]int
		for i := range grid.Len() {
			x, _, width, _ := grid.Tile(i)
			columns = append(columns, [2]int{x, x + width})
		}
		fmt.Println(columns)
	}
	// Output:
	// [[0 5] [5 10] [10 15]]
	// [[0 5] [5 10] [7 12]]
	// [[0 5] [5 10] [10 12]]
	// [[0 5] [5 10]]
}

// An annotation of a slide that is too large for a mask.
func ExampleRegionOf() {
	vessel := coco.Polygons([]rle.Ring{{{80_000, 90_000}, {80_010.5, 90_000}, {80_010.5, 90_020}, {80_000, 90_020}}})
	region, err := slide.RegionOf(vessel, 100_000, 120_000)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(region.Area(), "pixels in", region.Bounds())

	var a coco.Annotation
	region.Moved(-79_872, -89_600).Annotate(&a) // to the tile there
	fmt.Println(a.Area, a.BBox)
	// Output:
	// 220 pixels in {80000 90000 11 20}
	// 220 {128 400 11 20}
}

// Two parts of a vessel become one.
func ExampleUnite() {
	m, err := rle.FromBox(10, 10, rle.Box{W: 10, H: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	left, right := slide.NewRegion(95_000, 7, m), slide.NewRegion(95_006, 7, m)
	both, err := slide.Unite(left, right)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(slide.Shared(left, right), "of", both.Area(), "pixels are in both:", both.Bounds())
	// Output: 40 of 160 pixels are in both: {95000 7 16 10}
}

// A vessel at half the resolution: a pixel is kept that has two or more of its four.
func ExampleRegion_Reduced() {
	vessel, err := slide.Outline(rle.FillCOCO, rle.Ring{{10, 20}, {21, 20}, {21, 26}, {10, 26}})
	if err != nil {
		fmt.Println(err)
		return
	}
	half, err := vessel.Reduced(2)
	fmt.Println(vessel.Area(), half.Area(), half.Bounds(), err)
	// Output: 66 18 {5 10 6 3} <nil>
}
