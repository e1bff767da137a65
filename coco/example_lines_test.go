package coco_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/coco"
)

// JSON lines have a result per line, and no brackets and commas around them.
func ExampleResultLines() {
	const lines = `{"image_id": 1, "category_id": 1, "bbox": [2, 2, 8, 8], "score": 0.5}
{"image_id": 2, "category_id": 1, "bbox": [4, 4, 8, 8], "score": 0.25}
`
	fmt.Println(coco.AreResultLines([]byte(lines)))
	results, err := coco.DecodeResults(coco.ResultLines(strings.NewReader(lines)))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(results.Len(), results.Score(1))
	if err := coco.WriteResultLines(os.Stdout, coco.ReadResults(coco.ResultLines(strings.NewReader(lines)))); err != nil {
		fmt.Println(err)
	}
	// Output:
	// true
	// 2 0.25
	// {"image_id":1,"category_id":1,"bbox":[2,2,8,8],"score":0.5}
	// {"image_id":2,"category_id":1,"bbox":[4,4,8,8],"score":0.25}
}

// A reader that needs the results on one image skips the others.
func ExampleReadResultsOn() {
	const list = `[{"image_id": 1, "category_id": 1, "bbox": [2, 2, 8, 8], "score": 0.5},
		{"image_id": 2, "category_id": 1, "bbox": [4, 4, 8, 8], "score": 0.25}]`
	for r, err := range coco.ReadResultsOn(strings.NewReader(list), func(image coco.ID) bool { return image == coco.IntID(2) }) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.ImageID, r.Score)
	}
	// Output:
	// 1 0
	// 2 0.25
}
