package folds_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
)

// This example divides six images of three patients. The images of a patient stay
// together, since patient is the group.
func ExampleDivide() {
	patients := []string{"ann", "ann", "bob", "bob", "cid", "cid"}
	images := &folds.Images{
		Names:     []string{"a", "b", "c", "d", "e", "f"},
		Instances: []int{4, 9, 2, 30, 7, 7},
		Column: func(label string) ([]string, error) {
			if label != "patient" {
				return nil, fmt.Errorf("%w: %q", folds.ErrNoLabel, label)
			}
			return patients, nil
		},
	}
	plan, err := folds.Divide(images, &folds.DivideOptions{K: 3, Group: "patient"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Method, plan.Folds(), plan.HasFold(0))
	for _, e := range plan.Entries {
		fmt.Print(e.ID, e.Fold, " ")
	}
	vessels, err := images.Label("vessels")
	fmt.Println(vessels, err)
	_, err = folds.Divide(images, &folds.DivideOptions{Method: folds.MethodKFold, Group: "patient"})
	fmt.Println(errors.Is(err, folds.ErrMethod), err)
	// Output:
	// group [1 2 3] false
	// a3 b3 c2 d2 e1 f1 [0 2 0 3 1 1] <nil>
	// true wrong method: kfold does not keep groups together
}

func ExampleRanks() {
	fmt.Println(folds.Ranks([]string{"10", "9", "10"}), folds.Ranks([]string{"10", "9", "x"}))
	fmt.Println(folds.JointLabel([]int{0, 1, 1, 0}, []int{5, 2, 5, 5}), folds.CountsInstances("vessels"))
	// Output:
	// [1 0 1] [0 1 2]
	// [0 1 2 0] true
}

func ExampleParseMethod() {
	m, ok := folds.ParseMethod("iterative")
	fmt.Println(m, ok, m.Labels() == folds.Required, m.Groups() == folds.Optional, m.Shuffles())
	fmt.Println(folds.Methods())
	fmt.Println(folds.ChooseMethod(true, true))
	// Output:
	// iterative true true true true
	// [stratified kfold group stratified-group iterative spatial quantile wsi]
	// stratified-group
}

// This example reads a file twice, without holding it in memory, and writes two sets
// per fold. The Opener of a file on disk is func() (io.ReadCloser, error) { return
// os.Open(path) }.
func ExampleReadFile() {
	const text = `{"images":[{"id":1,"file_name":"a.png","height":4,"width":4},{"id":2,"file_name":"b.png","height":4,"width":4}],
"annotations":[{"id":7,"image_id":2,"category_id":1,"bbox":[0,0,2,2],"area":4,"iscrowd":0},{"id":8,"image_id":9,"category_id":1}],
"categories":[{"id":1,"name":"cell"}],"info":{"year":2023}}`
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }
	images := &folds.Images{}
	ctx := context.Background()
	file, err := folds.ReadFile(ctx, open, func(i int, img *coco.Image) error {
		images.Names = append(images.Names, coco.ImageName(img))
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, img := range file.Images {
		fmt.Println(img.ID, img.Height, img.Width, img.Annotations, img.Area)
	}
	fmt.Println(file.Orphans, string(file.Member("info")), len(file.Members), len(file.Categories))
	outlines, err := file.Instances(ctx)
	fmt.Println(len(outlines[0]), len(outlines[1]), err)
	plan, err := folds.Divide(images, &folds.DivideOptions{K: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	texts := map[folds.Set]*bytes.Buffer{}
	wrote, err := file.Split(ctx, plan, images.Names, plan.Sets(), func(s folds.Set) (io.Writer, json.RawMessage, error) {
		texts[s] = &bytes.Buffer{}
		return texts[s], file.Member("info"), nil
	})
	for _, s := range wrote {
		fmt.Println(s.Fold, s.Use == folds.Train, s.Images, s.Annotations)
	}
	fmt.Println(strings.Contains(texts[folds.Set{Fold: 1, Use: folds.Validate}].String(), "a.png"), err)
	// Output:
	// 1 4 4 0 0
	// 2 4 4 1 4
	// 1 {"year":2023} 1 1
	// 0 1 <nil>
	// 1 true 1 1
	// 1 false 1 0
	// 2 true 1 0
	// 2 false 1 1
	// true <nil>
}
