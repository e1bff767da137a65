package slide_test

import (
	"fmt"

	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// A slide may be larger than a mask.
func ExampleCheckSize() {
	fmt.Println(slide.CheckSize(90_000, 100_000), rle.CheckSize(90_000, 100_000) != nil)
	fmt.Println(slide.CheckSize(0, 5))
	// Output:
	// <nil> true
	// rle: bad mask size: found 5 x 0 pixels, expected sides from 1 to 2^30
}

// The part of an instance that is beyond the slide is cut off.
func ExampleRegion_Clip() {
	r, err := slide.Outline(rle.FillCenter, rle.Ring{{6, 1}, {10, 1}, {10, 3}, {6, 3}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Bounds(), r.Clip(8, 2).Bounds())
	// Output:
	// {6 1 4 2} {6 1 2 1}
}
