package check_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

// This example checks detections against a ground truth, and fixes what needs no guess.
func ExampleResults() {
	truth, _ := coco.Decode(strings.NewReader(file))
	l, err := check.ReadResults(strings.NewReader(`[{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 3], "score": "0.9"},
{"image_id": 1, "category_id": 7, "bbox": [1, 1, 40, 3], "score": 90}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	o := &check.ResultOptions{Truth: truth}
	for _, f := range check.Results(l, o) {
		fmt.Println(f)
	}
	fixed, changes, err := check.FixResults(l, o, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(changes), changes[0].Code, changes[0].Lossy())
	_ = coco.EncodeResults(os.Stdout, fixed.Results[:1])
	// Output:
	// [0].score: found the string "0.9", expected the number (score-string)
	// [1].category_id: found 7, but no category of the ground truth has this id (result-category-unknown)
	// [1].score: found 90, expected 0 to 1 (score-range)
	// [1].bbox: found x 1 to 41 and y 1 to 4, but the image is 8 wide and 8 high (bbox-outside)
	// 1 score-string false
	// [
	// {"image_id":1,"category_id":1,"bbox":[1,1,4,3],"score":0.9}
	// ]
}

// This example checks detections that a program holds in memory.
func ExampleNewResultList() {
	l := check.NewResultList([]coco.Result{{ImageID: coco.IntID(1), CategoryID: 1, Score: 0.5, Missing: coco.FieldSegmentation}, {ImageID: coco.IntID(1), CategoryID: 1, Score: 0.5, Missing: coco.FieldSegmentation | coco.FieldBBox}})
	for _, f := range check.Results(l, nil) {
		if f.Code != check.NotChecked {
			fmt.Println(f.Place, f.Code)
		}
	}
	// Output:
	// [1] results-mixed
	// [0].bbox bbox-zero
	// [1] result-shape-missing
}

func ExampleOtherFormat() {
	head := []byte("\xef\xbb\xbf{\"type\": \"FeatureCollection\", \"features\": []}")
	f, ok := check.OtherFormat(head)
	fmt.Println(check.HasByteOrderMark(head), ok, f.Name, len(head) < check.FormatHead)
	// Output: true true GeoJSON true
}
