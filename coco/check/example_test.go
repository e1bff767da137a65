package check_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"strings"
	"testing/fstest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

const file = `{"images": [{"id": 1, "file_name": "a.png", "height": 8, "width": 8}],
"annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 5, 1, 5, 4, 1, 4]], "area": 12, "bbox": [1, 1, 4, 3]}],
"categories": [{"id": 1, "name": "vessel"}]}`

func ExampleValidate() {
	d, err := coco.Decode(strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, finding := range check.Validate(d) {
		fmt.Println(finding)
	}
	// Output: annotations[0].iscrowd: found none, expected 0: COCOeval fails without it (iscrowd-missing)
}

func ExampleDataset() {
	d, _ := coco.Decode(strings.NewReader(file))
	for _, f := range check.Dataset(d, nil) {
		rule := check.RuleOf(f.Code)
		for _, e := range rule.Effects {
			if e.Outcome == check.Fails {
				fmt.Printf("%s: %s %s: %s\n", f.Code, e.Consumer, e.Outcome, e.Does)
			}
		}
	}
	repaired, changes := check.Fix(d, nil)
	for _, c := range changes {
		fmt.Println(c.Place, c.Action, string(c.After))
	}
	fmt.Println(len(check.Dataset(repaired, nil)))
	// Output:
	// iscrowd-missing: pycocotools fails: reads it for every annotation when it evaluates
	// iscrowd-missing: mmdet2 fails: reads it for every annotation when it evaluates
	// iscrowd-missing: mmdet3 fails: reads it for every annotation when it evaluates
	// iscrowd-missing: detectron2 fails: reads it for every annotation when it evaluates
	// iscrowd-missing: datumaro fails: reads it for every annotation
	// iscrowd-missing: cvat fails: reads it for every annotation
	// annotations[0].iscrowd set 0
	// 1
}

func ExampleLossesOf() {
	d, _ := coco.Decode(strings.NewReader(file))
	d.Images = append(d.Images, coco.Image{ID: coco.IntID(2), FileName: "b.png", Height: 64, Width: 64})
	for _, c := range check.Consumers()[:6] {
		l := check.LossesOf(d, c)
		fmt.Println(c, l.Images.Kept, "of", l.Images.In, l.Images.Left)
	}
	// Output:
	// mmdet2 0 of 2 map[below 32 pixels (min_size):1 without annotations (filter_empty_gt):1]
	// mmdet3 0 of 2 map[below 32 pixels (min_size):1 without annotations (filter_empty_gt):1]
	// pycocotools 2 of 2 map[]
	// detectron2 1 of 2 map[without annotations but crowds:1]
	// yolo 1 of 2 map[below 10 pixels:1]
	// kaggle 2 of 2 map[]
}

func ExampleRules() {
	worst, _ := coco.ParseSeverity("error")
	n := 0
	for _, r := range check.Rules() {
		if r.Severity == worst && r.Fix != "" {
			n++
		}
	}
	fmt.Println(n > 0, check.RuleOf(check.RingShort).About)
	fmt.Println(check.RuleOf(check.RingShort).Effect(check.RTDETR).Outcome)
	// Output:
	// true a ring has fewer than 3 points
	// unaffected
}

// Image files may come from anywhere: a folder, an archive, or memory.
func ExampleReadImages() {
	d, _ := coco.Decode(strings.NewReader(file))
	d.Images = append(d.Images, coco.Image{ID: coco.IntID(2), FileName: "b.png", Height: 8, Width: 8})
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 9, 8))); err != nil {
		fmt.Println(err)
		return
	}
	archive := fstest.MapFS{"a.png": {Data: picture.Bytes()}}
	files, err := check.ReadImages(context.Background(), d.Images, func(name string) (io.ReadCloser, error) { return archive.Open(name) }, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(files[0].Height, files[0].Width, files[0].Unread, files[0].Deep, files[1].Missing)
	for _, f := range check.Dataset(d, &check.Options{Files: files}) {
		if f.Severity == coco.SeverityError && f.Place.Section == coco.SectionImages {
			fmt.Println(f.Image, f.Place.Index, f)
		}
	}
	// Output:
	// 8 9 <nil> false true
	// a 0 images[0]: height and width are 8 and 8, but "a.png" has 8 and 9 (image-file-size)
	// b 1 images[1].file_name: "b.png" is not in the folder of images (image-file-missing)
}

// A table of images lists the part of the data that each image is in, and its position.
func ExampleOptions_origin() {
	d, _ := coco.Decode(strings.NewReader(file))
	d.Images[0].Extra = coco.Fields{{Key: "slide", Value: []byte("3")}}
	table, names := map[string]int{"a": 7}, coco.NewNames(d.Images) // from image to slide
	for _, f := range check.Dataset(d, &check.Options{Origin: func(i int) (check.Origin, error) {
		slide, ok := table[names.Name(i)]
		if !ok {
			return check.Origin{}, fmt.Errorf("no image %q", names.Name(i))
		}
		return check.Origin{Members: []check.OriginMember{{Name: "slide", Value: slide}}}, nil
	}}) {
		if f.Code == check.TileDiffers {
			fmt.Println(f)
		}
	}
	// Output: images[0].slide: found 3, but the table says 7 for tile "a" (tile-differs)
}

func ExampleCountCodes() {
	d, _ := coco.Decode(strings.NewReader(file))
	list := check.Dataset(d, nil)
	for _, n := range check.CountCodes(list, check.Rules(), check.MMDet3) {
		fmt.Println(n.Count, n.Severity, n.Code, n.Outcome, n.Does)
	}
	fmt.Println(check.CountSeverities(list)[coco.SeverityError])
	// Output:
	// 1 error iscrowd-missing fails reads it for every annotation when it evaluates
	// 1 warning image-small drops leaves it out of training: min_size=32
	// 1
}

func ExampleSARIF() {
	d, _ := coco.Decode(strings.NewReader(file))
	log := &check.SARIF{Tool: "example", Version: "1.0", Rules: check.Rules(), Findings: check.Dataset(d, nil),
		URI: func(string) string { return "file.json" }}
	var text bytes.Buffer
	if err := log.Encode(&text); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Count(text.String(), `"ruleId"`), "results")
	fmt.Println(check.SARIFTool(&text))
	// Output:
	// 2 results
	// example true
}
