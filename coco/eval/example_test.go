package eval_test

import (
	"context"
	"fmt"
	"os"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

func Example() {
	truthFile, err := os.Open("../../testdata/hubmap/ds3_truth.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer truthFile.Close()
	truth, err := coco.Decode(truthFile)
	if err != nil {
		fmt.Println(err)
		return
	}
	resultsFile, err := os.Open("../../testdata/hubmap/predictions/vit.segm.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resultsFile.Close()
	results, err := coco.DecodeResults(resultsFile)
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
	// Output:
	//  Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.575
	//  Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 0.892
	//  Average Precision  (AP) @[ IoU=0.75      | area=   all | maxDets=100 ] = 0.614
	//  Average Precision  (AP) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = 0.556
	//  Average Precision  (AP) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = 0.583
	//  Average Precision  (AP) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = 0.800
	//  Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.085
	//  Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets= 10 ] = 0.522
	//  Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.634
	//  Average Recall     (AR) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = 0.623
	//  Average Recall     (AR) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = 0.627
	//  Average Recall     (AR) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = 0.800
}
