package coco_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

const results = `[{"image_id": 1, "category_id": 1, "bbox": [1, 1, 4, 3], "score": 0.9, "segmentation": {"size": [8, 8], "counts": [9, 3, 5, 3, 5, 3, 5, 3, 28]}},
{"image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 2], "score": 0.4}]`

func ExampleDecodeResults() {
	list, err := coco.DecodeResults(strings.NewReader(results))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range list.All() {
		fmt.Println(r.Score, r.Segmentation.Kind())
	}
	if err := coco.EncodeResults(os.Stdout, list.List()[1:]); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 0.9 counts
	// 0.4 none
	// [
	// {"image_id":1,"category_id":1,"bbox":[0,0,2,2],"score":0.4}
	// ]
}

// This example filters results while they stream from one file to another.
func ExampleWriteResults() {
	unsure := func(yield func(coco.Result, error) bool) {
		for r, err := range coco.ReadResults(strings.NewReader(results)) {
			if (err != nil || r.Score < 0.5) && !yield(r, err) {
				return
			}
		}
	}
	if err := coco.WriteResults(os.Stdout, unsure); err != nil {
		fmt.Println(err)
	}
	// Output:
	// [
	// {"image_id":1,"category_id":1,"bbox":[0,0,2,2],"score":0.4}
	// ]
}

func ExampleDecodeResultBoxes() {
	list, err := coco.DecodeResultBoxes(strings.NewReader(results))
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range list.Len() {
		fmt.Println(list.Score(i), list.BBox(i), list.Segmentation(i).Kind())
	}
	// Output:
	// 0.9 {1 1 4 3} none
	// 0.4 {0 0 2 2} none
}

func ExampleReadResults() {
	above := 0
	for r, err := range coco.ReadResults(strings.NewReader(results)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if r.Score > 0.5 {
			above++
		}
	}
	fmt.Println(above)
	// Output: 1
}

// This example appends records as text, for callers that write their own files.
func ExampleAppendAnnotation() {
	m, _ := rle.FromBox(8, 8, rle.Box{X: 1, Y: 1, W: 2, H: 1})
	image := coco.IntID(7)
	text, err := coco.AppendImage(nil, &coco.Image{ID: image, FileName: "a.png", Height: 8, Width: 8})
	if err == nil {
		text, err = coco.AppendAnnotation(append(text, '\n'), &coco.Annotation{
			ID: coco.IntID(1), ImageID: image, CategoryID: 1, Segmentation: coco.Counts(m), Area: 2, BBox: m.Bounds()})
	}
	if err == nil {
		text, err = coco.AppendCategory(append(text, '\n'), &coco.Category{ID: 1, Name: "vessel", Supercategory: "kidney"})
	}
	if err == nil {
		text, err = coco.AppendResult(append(text, '\n'), &coco.Result{ImageID: image, CategoryID: 1, BBox: m.Bounds(), Score: 0.5, Segmentation: coco.RLE(m)})
	}
	fmt.Printf("%s %v\n", text, err)
	// Output:
	// {"id":7,"file_name":"a.png","height":8,"width":8}
	// {"id":1,"image_id":7,"category_id":1,"segmentation":{"size":[8,8],"counts":[9,1,7,1,46]},"area":2,"bbox":[1,1,2,1],"iscrowd":0}
	// {"id":1,"name":"vessel","supercategory":"kidney"}
	// {"image_id":7,"category_id":1,"bbox":[1,1,2,1],"score":0.5,"segmentation":{"size":[8,8],"counts":"9170W1"}} <nil>
}

func ExampleResults_ReplaceMasks() {
	list := coco.NewResults(coco.Result{ImageID: coco.IntID(1), CategoryID: 1, Score: 0.9, Segmentation: coco.Polygons([]rle.Ring{{{1, 1}, {5, 1}, {5, 4}, {1, 4}}})})
	err := list.ReplaceMasks(func(_ int, masks []coco.Segmentation) error {
		for i, s := range masks {
			var err error
			if masks[i], err = s.Compressed(8, 8); err != nil {
				return err
			}
		}
		return nil
	})
	fmt.Printf("%s %v\n", list.Segmentation(0).AppendJSON(nil), err)
	// Output: {"size":[8,8],"counts":"93500000g0"} <nil>
}

func ExampleSegmentationFromJSON() {
	outline, err := coco.SegmentationFromJSON([]byte(`[[1, 1, 5, 1, 5, 4, 1, 4]]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := outline.Mask(8, 8)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range []coco.Segmentation{outline, coco.RLE(m), coco.Counts(m), coco.Polygons(m.COCOPolygons())} {
		fmt.Printf("%s: %s\n", s.Kind(), s.AppendJSON(nil))
	}
	_, err = coco.Segmentation{}.Mask(8, 8)
	fmt.Println(errors.Is(err, coco.ErrNoMask), err)
	// Output:
	// polygon: [[1,1,5,1,5,4,1,4]]
	// rle: {"size":[8,8],"counts":"93500000g0"}
	// counts: {"size":[8,8],"counts":[9,3,5,3,5,3,5,3,28]}
	// polygon: [[1,1,5,1,5,4,1,4]]
	// true coco: no mask: the segmentation is empty
}

func ExampleFinding() {
	f := coco.Finding{
		Code:   "area-zero",
		Place:  coco.Place{Section: coco.SectionAnnotations, Index: 12}.Within("area"),
		Image:  "0033bbc76b6b",
		Reason: "found 0",
	}
	f.Severity, _ = coco.ParseSeverity("warning")
	text, err := json.Marshal(f)
	fmt.Println(f)
	fmt.Printf("%s %v\n", text, err)
	// Output:
	// annotations[12].area: found 0 (area-zero)
	// {"code":"area-zero","severity":"warning","path":"annotations[12].area","tile":"0033bbc76b6b","reason":"found 0"} <nil>
}

func ExampleRingReader() {
	s, err := coco.SegmentationFromJSON([]byte(`[[1, 1, 5, 1, 5, 4], [2, 2, 3]]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	var r coco.RingReader
	if err := r.Read(s); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Rings, r.Numbers, s.Finite())
	runs, ok := s.Runs()
	fmt.Println(runs, ok)
	// Output:
	// [[[1 1] [5 1] [5 4]] [[2 2]]] [6 3] true
	// 0 false
}

func ExampleImageName() {
	img := coco.Image{FileName: "train/0033bbc76b6b.tif"}
	fmt.Println(coco.ImageName(&img), coco.TileID(&img))
	// Output: train/0033bbc76b6b 0033bbc76b6b
}

func ExampleNames() {
	names := coco.NewNames([]coco.Image{
		{ID: coco.IntID(1), FileName: "run0/000001.png"},
		{ID: coco.IntID(2), FileName: "run1/000001.png"},
		{ID: coco.IntID(3), FileName: "run1/000002.png"},
	})
	for i := range names.Len() {
		fmt.Println(names.Name(i))
	}
	i, err := names.Find("000002")
	fmt.Println(i, err)
	_, err = names.Find("000001.png")
	var ambiguous *coco.AmbiguousNameError
	fmt.Println(errors.As(err, &ambiguous), ambiguous.Candidates, ambiguous.Count)
	_, err = names.FindName("2") // but Find takes the id
	var unknown *coco.UnknownNameError
	fmt.Println(errors.As(err, &unknown), err)
	i, err = names.FindID("2")
	fmt.Println(i, err, names.ByID(i), names.Path(i), names.Tile(i) == "")
	// Output:
	// run0/000001
	// run1/000001
	// run1/000002
	// 2 <nil>
	// true [run0/000001 run1/000001] 2
	// true no image "2"
	// 1 <nil> false run1/000001.png true
}

func ExampleNames_Near() {
	names := coco.NewNames([]coco.Image{{FileName: "run0/Slide.png"}, {FileName: "run1/kidney.png"}})
	for _, name := range []string{"run0/slide", "run0/Slide.tif", "kidny", "liver"} {
		i, differs := names.Near(name)
		fmt.Printf("%d %q\n", i, differs)
	}
	fmt.Println(coco.FoldName("run0/Slide"))
	// Output:
	// 0 "letters' case"
	// 0 "extension"
	// 1 "spelling"
	// -1 ""
	// run0/slide
}

func ExampleNames_Twins() {
	names := coco.NewNames([]coco.Image{{FileName: "run0/a.png"}, {FileName: "run1/a.png"}, {FileName: "./run0/a.png"}})
	for i, first := range names.Twins() {
		fmt.Println(i, "is", first)
	}
	// Output: 2 is 0
}

func ExampleNames_Match() {
	images := coco.NewNames([]coco.Image{{FileName: "test/0033bbc76b6b.tif"}})
	var tiles coco.Names // of a table
	tiles.AddName("0006ff2aa7cd")
	tiles.AddName("0033bbc76b6b")
	fmt.Println(images.Match(0, &tiles))
	// Output: 1 <nil>
}

func ExampleDataset_Index() {
	d, _ := coco.Decode(strings.NewReader(file))
	d.Annotations[0].ImageID = coco.IntID(9)
	ix := d.Index()
	_, known := ix.ImageAt(coco.IntID(9))
	fmt.Println(ix.Image(coco.IntID(1)).FileName, known, ix.Orphans())
	// Output: a.png false [0]
}

func ExampleReader_SetMaxRecord() {
	r := coco.NewReader(strings.NewReader(file))
	r.SetMaxRecord(60) // the limit is smaller than the annotation; the default is MaxRecord
	for _, err := range r.Records() {
		if err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(coco.MaxRecord>>20, "MiB")
	// Output:
	// annotations[0]: byte 87: found a record of more than 60 bytes, the limit for reading as a stream
	// 16 MiB
}

func ExampleReader_ReuseAnnotations() {
	r := coco.NewReader(strings.NewReader(file))
	r.ReuseAnnotations()
	sum := 0.0
	for rec, err := range r.Records() {
		if a, ok := rec.(*coco.Annotation); ok && err == nil {
			sum += a.Area // the annotation itself must not be kept
		}
	}
	fmt.Println(sum)
	// Output: 12
}

func ExampleDataset_Filter() {
	d, _ := coco.Decode(strings.NewReader(file))
	part, err := d.Filter(&coco.Filter{
		Annotation: func(i int) (string, error) {
			if d.Annotations[i].Area < 20 {
				return "smaller than 20 pixels", nil
			}
			return "", nil
		},
		DropEmpty: true,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(part.Annotations, part.Images[coco.Empty], len(part.Dataset.Images))
	// Output: map[smaller than 20 pixels:1] 1 0
}

// A dataset whose annotations have scores holds detections. An annotation without a
// score is a label.
func ExampleDataset_Results() {
	d, err := coco.Decode(strings.NewReader(`{"images": [{"id": 1}], "annotations": [
		{"id": 1, "image_id": 1, "category_id": 1, "score": 0.75},
		{"id": 2, "image_id": 1, "category_id": 1, "score": null}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for r, err := range d.Results() {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(r.Score, "without score:", r.Missing.Has(coco.FieldScore))
	}
	score, ok, _ := d.Annotations[0].Score()
	fmt.Println(score, ok)
	// Output:
	// 0.75 without score: false
	// 0 without score: true
	// 0.75 true
}

// This example fills two datasets in one pass over images. Annotations are encoded
// once.
func ExampleBuilder() {
	all, large := coco.Builder{}, coco.Builder{}
	var text []byte
	for i, area := range []float64{4, 900} {
		img := coco.Image{ID: coco.IntID(int64(i + 1)), FileName: fmt.Sprintf("%d.png", i+1), Height: 64, Width: 64}
		a := coco.Annotation{ImageID: img.ID, CategoryID: 1, Area: area, BBox: rle.Box{W: 30, H: 30}, Missing: coco.FieldSegmentation}
		var err error
		if text, err = coco.AppendImageText(text[:0], &img, []coco.Annotation{a}); err != nil {
			fmt.Println(err)
			return
		}
		_ = all.AddText(text) // only a Disk can fail
		if area > 100 {
			_ = large.AddText(text)
		}
	}
	fmt.Println(all.Images(), "and", large.Images(), "images")
	if err := large.Write(os.Stdout, nil); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 2 and 1 images
	// {
	// "licenses":[],
	// "images":[
	// {"id":2,"file_name":"2.png","height":64,"width":64}
	// ],
	// "annotations":[
	// {"id":1,"image_id":2,"category_id":1,"area":900,"bbox":[0,0,30,30],"iscrowd":0}
	// ],
	// "categories":[]
	// }
}

func ExampleImage_Text() {
	img := coco.Image{FileName: "a.tif", Height: 512, Width: 512, Extra: coco.Fields{
		{Key: "source_wsi", Value: json.RawMessage(`2`)}, {Key: "patient", Value: json.RawMessage(`"P7"`)},
	}}
	for _, member := range []string{"file_name", "source_wsi", "patient", "age"} {
		text, ok := img.Text(member)
		fmt.Printf("%s: %q %v\n", member, text, ok)
	}
	// Output:
	// file_name: "a.tif" true
	// source_wsi: "2" true
	// patient: "P7" true
	// age: "" false
}

func ExampleFields_Text() {
	a := coco.Annotation{Extra: coco.Fields{{Key: "source", Value: json.RawMessage(`"expert"`)}}}
	fmt.Println(a.Extra.Text("source"))
	// Output: expert true
}

func ExampleDecodeLoose() {
	const text = `{"images":[{"id":1.0,"file_name":"a.png","height":64,"width":"64"}],
		"annotations":[{"image_id":1,"category_id":"vessel","iscrowd":"maybe"}],
		"categories":[{"id":1,"name":"vessel"}]}`
	d, faults, err := coco.DecodeLoose(strings.NewReader(text))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range faults {
		fmt.Printf("%s: %s (%s)\n", f.Place, f.Reason, f.Code)
	}
	if err := d.Encode(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// images[0].id: written with a point or an exponent, expected an integer (number-point)
	// images[0].width: found a string, expected an integer (value-quoted)
	// annotations[0].category_id: found a string, expected an integer (value-quoted)
	// annotations[0].iscrowd: found a string, expected 0 or 1 (type-wrong)
	// annotations[0].id: found none: 1 is the lowest one that is free (id-missing)
	// {
	// "categories":[
	// {"id":1,"name":"vessel"}
	// ],
	// "images":[
	// {"id":1,"file_name":"a.png","height":64,"width":64}
	// ],
	// "annotations":[
	// {"id":1,"image_id":1,"category_id":1,"iscrowd":"maybe"}
	// ]
	// }
}

func ExampleFileNameBytes() {
	d, err := coco.Decode(strings.NewReader(`{"images":[{"id":1,"file_name":"caf\udce9.png"}]}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%q\n", coco.FileNameBytes(d.Images[0].FileName))
	// Output: "caf\xe9.png"
}

// This example keeps the detections that score at least 0.5.
func ExampleNewResults() {
	list := coco.NewResults(
		coco.Result{ImageID: coco.IntID(1), CategoryID: 1, Score: 0.4},
		coco.Result{ImageID: coco.IntID(2), CategoryID: 1, Score: 0.9},
	)
	err := list.Filter(func(_ int, d *coco.Result) (bool, error) { return d.Score >= 0.5, nil })
	fmt.Println(list.Len(), list.ImageIDs(), err)
	// Output: 1 [2] <nil>
}
