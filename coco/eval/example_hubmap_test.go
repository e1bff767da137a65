package eval_test

import (
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

func ExampleHuBMAP() {
	truth, err := coco.Decode(strings.NewReader(`{
		"images": [{"id": "72e40acccadf", "height": 512, "width": 512}],
		"categories": [{"id": 0, "name": "blood_vessel"}],
		"annotations": [
			{"id": 1, "image_id": "72e40acccadf", "category_id": 0, "segmentation": [[10, 10, 50, 10, 50, 30, 10, 30]]},
			{"id": 2, "image_id": "72e40acccadf", "category_id": 0, "segmentation": [[90, 10, 99, 10, 99, 30, 90, 30]]}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	found, err := coco.DecodeResults(strings.NewReader(`[
		{"image_id": "72e40acccadf", "category_id": 0, "score": 0.9, "segmentation": [[10, 10, 45, 10, 45, 30, 10, 30]]}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	score, err := eval.HuBMAP(truth, found, nil)
	fmt.Println(score.AP, score.Precision, score.Recall, err)
	stricter, err := eval.HuBMAP(truth, found, &eval.HuBMAPOptions{IoU: 0.95, Class: "blood_vessel"})
	fmt.Println(stricter.AP, err)
	// Output:
	// 0.5 [1] [0.5] <nil>
	// 0 <nil>
}
