package eval_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// Two machines score an image each. What they find is merged to the scores of both images, and of each slide.
func ExampleMergePartials() {
	var parts []*eval.PartialReader
	for image, x := range []int{10, 11} {
		truth, err := coco.Decode(strings.NewReader(fmt.Sprintf(`{
			"images": [{"id": %[1]d, "height": 64, "width": 64}],
			"categories": [{"id": 1, "name": "cell"}],
			"annotations": [{"id": %[1]d, "image_id": %[1]d, "category_id": 1, "area": 400, "segmentation": [[10, 10, 30, 10, 30, 30, 10, 30]]}]}`, image)))
		if err != nil {
			fmt.Println(err)
			return
		}
		results, err := coco.DecodeResults(strings.NewReader(fmt.Sprintf(`[
			{"image_id": %[1]d, "category_id": 1, "score": 0.9, "segmentation": [[%[2]d, 10, 30, 10, 30, 30, %[2]d, 30]]}]`, image, x+image)))
		if err != nil {
			fmt.Println(err)
			return
		}
		r, err := eval.Evaluate(context.Background(), truth, results, &eval.Params{Part: eval.APart})
		if err != nil {
			fmt.Println(err)
			return
		}
		slides := []eval.Grouping{{Name: "slide", Groups: []string{fmt.Sprintf("slide %d", image)}}}
		var file bytes.Buffer
		if err := r.WritePartial(&file, &eval.PartialOptions{HuBMAP: &eval.HuBMAPOptions{Class: "cell"}, Label: []byte("machine 1"), Groupings: slides}); err != nil {
			fmt.Println(err)
			return
		}
		p, err := eval.NewPartialReader(&file)
		if err != nil {
			fmt.Println(err)
			return
		}
		p.Name = fmt.Sprintf("part %d", image)
		parts = append(parts, p)
	}
	var file bytes.Buffer // a partial of all images
	all, err := eval.MergePartials(&eval.PartialOutput{W: &file, Label: []byte("both")}, parts...)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s of %d images, %v, %d detections\n", parts[0].Label(), all.Images, all.CategoryNames, all.Detections)
	fmt.Printf("AP %.3f, competition %.3f at IoU %v\n", all.AP(eval.Select{}), all.HuBMAP.AP, all.HuBMAPOptions.IoU)
	for _, part := range all.Parts("slide", 0.5) {
		fmt.Printf("%s: %d image, AP %.3f\n", part.Part, part.Images, part.AP)
	}
	// Output:
	// machine 1 of 2 images, [cell], 2 detections
	// AP 0.950, competition 1.000 at IoU 0.6
	// slide 0: 1 image, AP 1.000
	// slide 1: 1 image, AP 0.900
}

func ExampleResult_Partial() {
	truth, err := coco.Decode(strings.NewReader(`{"images": [{"id": 1, "height": 8, "width": 8}], "categories": [{"id": 1, "name": "cell"}], "annotations": []}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := eval.Evaluate(context.Background(), truth, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := r.Partial(&eval.PartialOptions{Places: []uint64{41}})
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := p.MarshalBinary()
	if err != nil {
		fmt.Println(err)
		return
	}
	var same eval.Partial
	fmt.Println(same.UnmarshalBinary(text))
	fmt.Println(same.UnmarshalBinary(text[:len(text)-1]))
	_, _ = os.Stdout.Write(text[:15])
	// Output:
	// <nil>
	// partial 1: unusable partial evaluation: it ends in the middle: make it again: unexpected EOF
	// hubdata partial
}
