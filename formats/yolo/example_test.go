package yolo_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/yolo"
	"github.com/hubdata/hubdata/rle"
)

// An image with one vessel, as files that ultralytics trains on.
func ExampleSeg() {
	mask, err := rle.FromBox(10, 10, rle.Box{X: 2, Y: 3, W: 4, H: 5})
	if err != nil {
		panic(err)
	}
	exporter, err := yolo.Seg.Export(&formats.Set{Categories: []coco.Category{{ID: 1, Name: "vessel"}}}, nil)
	if err != nil {
		panic(err)
	}
	out, err := exporter.Image(&formats.Image{
		Image:     coco.Image{ID: coco.IntID(1), FileName: "a.png", Height: 10, Width: 10},
		Instances: []coco.Annotation{{CategoryID: 1, Segmentation: coco.RLE(mask)}},
	})
	if err != nil {
		panic(err)
	}
	rest, err := exporter.Finish()
	if err != nil {
		panic(err)
	}
	for _, part := range append(out.Parts, rest...) {
		fmt.Printf("%s:\n%s", part.File, part.Text)
	}
	fmt.Println(out.ImageFile, "IoU", out.Fates[0].IoU)
	// Output:
	// labels/train/a.txt:
	// 0 0.20156 0.30156 0.59844 0.30156 0.59844 0.79844 0.20156 0.79844
	// data.yaml:
	// # Paths are relative to this file.
	// # There is no split for validation: val is train, whose scores are those of images that were learned.
	// train: images/train
	// val: images/train
	//
	// nc: 1
	// names:
	//   0: "vessel"
	// images/train/a.png IoU 1
}

// Labels of boxes, as annotation tools write them.
func ExampleBoxes() {
	src := &formats.Source{
		FS: fstest.MapFS{
			"classes.txt":    {Data: []byte("vessel\nglomerulus\n")},
			"images/a.png":   {},
			"labels/a.txt":   {Data: []byte("1 0.5 0.5 0.2 0.4\n")},
			"images/b b.png": {},
		},
		Size: func(string) (height, width int, err error) { return 100, 200, nil },
	}
	err := yolo.Boxes.Import(context.Background(), src, func(img *formats.Read) error {
		fmt.Println(img.FileName, len(img.Instances))
		for _, in := range img.Instances {
			fmt.Println(in.Class, in.BBox)
		}
		return nil
	})
	if err != nil {
		panic(err)
	}
	// Output:
	// images/a.png 1
	// glomerulus {80 30 40 40}
	// images/b b.png 0
}
