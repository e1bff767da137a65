package labels_test

import (
	"bytes"
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/labels"
	"github.com/hubdata/hubdata/internal/imagefile"
	"github.com/hubdata/hubdata/rle"
)

// Two vessels of which the second lies over the first.
func Example() {
	below, _ := rle.FromBox(4, 6, rle.Box{X: 0, Y: 0, W: 4, H: 2})
	above, _ := rle.FromBox(4, 6, rle.Box{X: 3, Y: 0, W: 3, H: 4})
	set := &formats.Set{Categories: []coco.Category{{ID: 1, Name: "vessel"}}}
	exporter, err := labels.Format.Export(set, formats.Values{"overlap": "later"})
	if err != nil {
		panic(err)
	}
	out, err := exporter.Image(&formats.Image{
		Image: coco.Image{FileName: "a.png", Height: 4, Width: 6},
		Instances: []coco.Annotation{
			{CategoryID: 1, Segmentation: coco.RLE(below)},
			{CategoryID: 1, Segmentation: coco.RLE(above)},
		},
	})
	if err != nil {
		panic(err)
	}
	h, w, numbers, err := imagefile.Integers(bytes.NewReader(out.Parts[0].Text), nil)
	if err != nil {
		panic(err)
	}
	fmt.Println(out.Parts[0].File, h, w)
	for y := range h {
		fmt.Println(numbers[y*w : (y+1)*w])
	}
	fmt.Printf("%s%s", exporter.Frame(out.Parts[1].File).Before, out.Parts[1].Text)
	fmt.Println(out.Fates[0].Changed, out.Fates[0].IoU)
	// Output:
	// labels/a.tif 4 6
	// [1 1 1 2 2 2]
	// [1 1 1 2 2 2]
	// [0 0 0 2 2 2]
	// [0 0 0 2 2 2]
	// label_image,id,class,score
	// labels/a.tif,1,vessel,
	// labels/a.tif,2,vessel,
	// it loses pixels that other instances cover too 0.75
}
