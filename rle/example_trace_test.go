package rle_test

import (
	"fmt"

	"github.com/hubdata/hubdata/rle"
)

func ExampleMask_Polygons() {
	ring, _ := rle.FromBitmap(3, 3, []byte{1, 1, 1, 1, 0, 1, 1, 1, 1})
	for _, p := range ring.Polygons(rle.Conn4) {
		fmt.Println(p.Outer, p.Holes)
	}
	// Output: [[0 0] [3 0] [3 3] [0 3]] [[[1 1] [1 2] [2 2] [2 1]]]
}

func ExampleMask_SimplifiedPolygons() {
	disk, _ := rle.FromPolygon(64, 64, rle.FillCenter, rle.Ring{{20, 4}, {44, 4}, {60, 32}, {44, 60}, {20, 60}, {4, 32}})
	polygons, err := disk.SimplifiedPolygons(0.95, rle.FillCOCO)
	filled, _ := rle.FromPolygon(64, 64, rle.FillCOCO, rle.Rings(polygons)...)
	fmt.Println(len(polygons), len(polygons[0].Outer) < 20, filled.Area() > 0, err)
	// Output: 1 true true <nil>
}
