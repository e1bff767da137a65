package eval_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

func Example() {
	truth, err := coco.Decode(strings.NewReader(`{"images":[{"id":"tile","height":4,"width":5}],"categories":[{"id":1,"name":"vessel"}],
		"annotations":[{"id":1,"image_id":"tile","category_id":1,"segmentation":{"size":[4,5],"counts":[4,8,8]},"area":8,"bbox":[1,0,2,4],"iscrowd":0}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	results, err := coco.DecodeResults(strings.NewReader(`[
		{"image_id":"tile","category_id":1,"score":0.9,"segmentation":{"size":[4,5],"counts":[4,6,10]}},
		{"image_id":"tile","category_id":1,"score":0.4,"segmentation":{"size":[4,5],"counts":[16,4]}}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := eval.Evaluate(context.Background(), truth, results, &eval.Params{Type: eval.Segm})
	if err != nil {
		fmt.Println(err)
		return
	}
	_ = r.WriteSummary(os.Stdout)
	for c := range r.Cells() {
		fmt.Println(c.Pairs)
	}
	// Output:
	//  Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.600
	//  Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 1.000
	//  Average Precision  (AP) @[ IoU=0.75      | area=   all | maxDets=100 ] = 1.000
	//  Average Precision  (AP) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = 0.600
	//  Average Precision  (AP) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = -1.000
	//  Average Precision  (AP) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = -1.000
	//  Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.600
	//  Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets= 10 ] = 0.600
	//  Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.600
	//  Average Recall     (AR) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = 0.600
	//  Average Recall     (AR) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = -1.000
	//  Average Recall     (AR) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = -1.000
	// [{0 0 0.75}]
}
