package wsi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

// Results become a submission: a row for each tile, with its best two
// instances.
func ExampleSubmissionEncoder() {
	results := coco.ReadResults(strings.NewReader(`[
		{"image_id": "b", "category_id": 0, "score": 0.5, "segmentation": {"size": [4, 5], "counts": [4, 8, 8]}},
		{"image_id": "a", "category_id": 0, "score": 0.7, "segmentation": {"size": [4, 5], "counts": [2, 1, 17]}},
		{"image_id": "b", "category_id": 0, "score": 0.9, "segmentation": {"size": [4, 5], "counts": [0, 2, 18]}},
		{"image_id": "b", "category_id": 0, "score": 0.1, "segmentation": {"size": [4, 5], "counts": [0, 2, 18]}}]`))
	tiles := []wsi.SubmissionTile{{ID: "a", Height: 4, Width: 5}, {ID: "b", Height: 4, Width: 5}}
	encoder, err := wsi.NewSubmissionEncoder(tiles, &wsi.EncodeOptions{
		MinScore: 0.2, Top: 2, Steps: []rle.Step{{Kind: rle.StepMinArea, Pixels: 2}}, Workers: 2,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	record := 0
	for r, err := range results {
		if err == nil {
			err = encoder.Add(record, r.ImageID.String(), &r)
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		record++
	}
	var submission bytes.Buffer
	counts, err := encoder.Write(context.Background(), &submission)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d tiles, %d without an instance; %d instances, %d below the score, %d without a pixel, %d beyond the top\n",
		counts.Tiles, counts.Empty, counts.Instances, counts.LowScore, counts.NoPixel, counts.BeyondTop)
	for row, err := range wsi.ReadSubmission(&submission) {
		fmt.Println(row.ID, row.Height, row.Width, len(strings.Fields(row.Prediction))/3, err)
	}

	err = encoder.Add(8, "c", &coco.Result{ImageID: coco.StringID("c"), Score: 1})
	var record8 *wsi.RecordError
	var other *wsi.TileError
	fmt.Println(errors.As(err, &record8), record8.Record, errors.As(err, &other), other.Tile, other.Tiles, other.ID)
	// Output:
	// 2 tiles, 1 without an instance; 2 instances, 1 below the score, 1 without a pixel, 0 beyond the top
	// a 4 5 0 <nil>
	// b 4 5 2 <nil>
	// true 8 true c 2 c
}

// With a Spill, at most Memory bytes of masks are held in memory.
func ExampleEncodeOptions() {
	file, err := os.CreateTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.Remove(file.Name()) }()
	defer func() { _ = file.Close() }()
	encoder, err := wsi.NewSubmissionEncoder([]wsi.SubmissionTile{{ID: "a", Height: 4, Width: 5}}, &wsi.EncodeOptions{Spill: file, Memory: 0})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, _ := rle.FromBox(4, 5, rle.Box{W: 2, H: 2})
	for i := range 3 {
		if err := encoder.Add(i, "a", &coco.Result{Score: 0.5, Segmentation: coco.RLE(m)}); err != nil {
			fmt.Println(err)
			return
		}
	}
	var out bytes.Buffer
	counts, err := encoder.Write(context.Background(), &out)
	st, _ := file.Stat()
	fmt.Println(counts.Instances, err, st.Size() > 0)
	// Output: 3 <nil> true
}

// A submission is converted to COCO results.
func ExampleSubmissionResults() {
	m, _ := rle.FromBox(4, 5, rle.Box{X: 1, W: 2, H: 2})
	text, err := wsi.AppendSubmissionRow([]byte(wsi.SubmissionHeader), "a", 4, 5, []wsi.SubmissionInstance{{Score: 0.5, Mask: m}})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := coco.WriteResults(os.Stdout, wsi.SubmissionResults(bytes.NewReader(text), 0, nil)); err != nil {
		fmt.Println(err)
	}
	// Output:
	// [
	// {"image_id":"a","category_id":0,"bbox":[1,0,2,2],"score":0.5,"segmentation":{"size":[4,5],"counts":"42208"}}
	// ]
}

func ExampleSubmissionTiles() {
	tiles, err := wsi.SubmissionTiles(&coco.Dataset{Images: []coco.Image{{ID: coco.IntID(1), FileName: "test/72e40acccadf.tif", Height: 512, Width: 512}}})
	fmt.Println(tiles, err)
	// Output: [{72e40acccadf 512 512}] <nil>
}
