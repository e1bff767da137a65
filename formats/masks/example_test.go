package masks_test

import (
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/masks"
	"github.com/hubdata/hubdata/rle"
)

// Two vessels that touch: a semantic mask does not keep that they are two.
func Example() {
	left, _ := rle.FromBox(4, 6, rle.Box{X: 0, Y: 0, W: 1, H: 4})
	right, _ := rle.FromBox(4, 6, rle.Box{X: 1, Y: 0, W: 3, H: 4})
	set := &formats.Set{Categories: []coco.Category{{ID: 1, Name: "vessel"}}}
	exporter, err := masks.Format.Export(set, nil)
	if err != nil {
		panic(err)
	}
	out, err := exporter.Image(&formats.Image{
		Image: coco.Image{FileName: "a.png", Height: 4, Width: 6},
		Instances: []coco.Annotation{
			{CategoryID: 1, Segmentation: coco.RLE(left)},
			{CategoryID: 1, Segmentation: coco.RLE(right)},
		},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(out.Parts[0].File)
	for _, fate := range out.Fates {
		fmt.Println(fate.IoU, fate.Changed)
	}
	// Output:
	// masks/a.png
	// 0.25 it touches another of its class, and is read back as one with it
	// 0.75 it touches another of its class, and is read back as one with it
}
