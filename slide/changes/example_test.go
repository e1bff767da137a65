package changes_test

import (
	"context"
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide/changes"
)

// A pathologist makes one vessel larger, and deletes the other.
func ExampleCompare() {
	vessel := func(id int64, x0, x1 float64) coco.Annotation {
		return coco.Annotation{ID: coco.IntID(id), ImageID: coco.IntID(1), CategoryID: 1,
			Segmentation: coco.Polygons([]rle.Ring{{{x0, 0}, {x1, 0}, {x1, 10}, {x0, 10}}})}
	}
	origin := &coco.Dataset{
		Images:      []coco.Image{{ID: coco.IntID(1), FileName: "slide.svs", Width: 60_000, Height: 40_000}},
		Categories:  []coco.Category{{ID: 1, Name: "vessel"}},
		Annotations: []coco.Annotation{vessel(1, 0, 10), vessel(2, 100, 110)},
	}
	edited := *origin
	edited.Annotations = []coco.Annotation{vessel(1, 0, 20)}

	found, err := changes.Compare(context.Background(), origin, &edited)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range found.List {
		fmt.Println(c.Kind, c.From, c.To, c.IoU)
	}
	text, err := found.Dataset() // a COCO dataset, to keep
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := changes.FromDataset(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(again.Apply(origin), len(origin.Annotations), "annotation")
	// Output:
	// reshaped [1] [1] 0.5
	// deleted [2] [] 0
	// <nil> 1 annotation
}
