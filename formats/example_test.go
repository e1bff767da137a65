package formats_test

import (
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

func ExampleReencode() {
	mask, err := rle.FromBox(4, 6, rle.Box{X: 1, Y: 1, W: 3, H: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	outline, fate, err := formats.Reencode(coco.RLE(mask), coco.KindPolygons, 4, 6)
	fmt.Println(string(outline.AppendJSON(nil)), fate.IoU, err)
	// Output: [[1,1,4,1,4,3,1,3]] 1 <nil>
}
