package wsi_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/wsi"
)

// Outlines reports what is wrong with outlines by the line of the file.
func ExampleOutlines() {
	table, err := wsi.ReadTable(strings.NewReader(tileMeta))
	if err != nil {
		fmt.Println(err)
		return
	}
	lines := polygons + `{"id": "0006ff2aa7cd", "annotations": [{"type": "blood_vessel", "coordinates": [[[9, 1], [19, 21], [19, 1], [9, 21]]]}]}
{"id": "0006ff2aa7cd"}
`
	opts := &wsi.ConvertOptions{Segmentation: coco.KindPolygons, KeepGoing: func(e *wsi.LineError) { fmt.Println(e.Line, wsi.OutlineInvalid) }}
	var o wsi.Outlines
	if o.Dataset.Categories, err = opts.Categories(); err != nil {
		fmt.Println(err)
		return
	}
	for tile, err := range wsi.Convert(context.Background(), table, strings.NewReader(lines), opts) {
		if err != nil {
			fmt.Println(err)
			return
		}
		o.Add(tile)
	}
	for _, f := range check.Dataset(&o.Dataset, &check.Options{OpenCV: true}) {
		if f, ok := o.Locate(f); ok && f.Severity == coco.SeverityWarning {
			fmt.Println(f.Line, f)
		}
	}
	// Output:
	// 3 outline-invalid
	// 2 annotations[0].coordinates[0]: the edges that start at points 0 and 2 cross (ring-crossing)
}
