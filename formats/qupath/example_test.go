package qupath_test

import (
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats/qupath"
)

func ExampleID() {
	id := qupath.ID("slide1", coco.IntID(12))
	fmt.Println(id)
	back, ok := qupath.AnnotationID(id)
	fmt.Println(back, ok)
	// Output:
	// 803e8de6-f0ef-83fc-8000-00000000000c
	// 12 true
}
