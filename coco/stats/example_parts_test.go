package stats_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
)

func ExampleParseMeasure() {
	m, ok := stats.ParseMeasure("border-cut")
	fmt.Println(m, ok, m.OfTile())
	for _, m := range stats.Measures() {
		if m.OfTile() {
			fmt.Println(m, m.Unit())
		}
	}
	// Output:
	// border-cut true false
	// instances per tile
	// covered share
}

func ExampleKS() {
	var a, b stats.Values
	for _, x := range []float64{100, 120, 140, 160} {
		a.Add(x)
	}
	for _, x := range []float64{30, 40, 110, 150} {
		b.Add(x)
	}
	fmt.Println(stats.KS(&a, &b), stats.Wasserstein(&a, &b))
	// Output: 0.5 47.5
}

func ExampleTrim() {
	var v stats.Values
	for _, x := range []float64{3, 3, 5, 2 * stats.MaxValue} {
		v.Add(x)
	}
	fmt.Println(v.Summary().Max == stats.MaxValue)
	for _, bin := range stats.Trim(v.Histogram(stats.Area.Bins(&v))) {
		fmt.Println(bin.From, bin.To, bin.N)
	}
	// Output:
	// true
	// 3 4 2
	// 4 6 1
}

const file = `{"images": [{"id": 1, "file_name": "a.png", "height": 20, "width": 20}, {"id": 2, "file_name": "b.png", "height": 20, "width": 20}],
"annotations": [
 {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 9, 1, 9, 9, 1, 9]], "area": 64, "bbox": [1, 1, 8, 8], "iscrowd": 0},
 {"id": 2, "image_id": 1, "category_id": 1, "segmentation": [[8, 5, 20, 5, 20, 7, 8, 7]], "area": 24, "bbox": [8, 5, 12, 2], "iscrowd": 0}],
"categories": [{"id": 1, "name": "vessel"}]}`

// Tiles one by one, as a stream gives them.
func ExampleMeasurer() {
	d, err := coco.Decode(strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	var m stats.Measurer
	tile, err := m.Measure(20, 20, d.Annotations)
	if err != nil {
		fmt.Println(err)
		return
	}
	tile.Instances[0].SetScore(0.75)
	var c stats.Collector
	c.Add(tile, stats.Key{By: "wsi", Name: "1"})
	fmt.Println(c.Group(stats.Key{By: "wsi", Name: "1"}).Values(stats.Score).Summary().Max)
	// Output: 0.75
}

func ExampleCollect_errors() {
	d, err := coco.Decode(strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	d.Images = d.Images[1:]
	_, err = stats.Collect(d, nil)
	fmt.Println(errors.Is(err, stats.ErrOrphan), err)
	// Output: true stats: annotation of no image: annotations[0].image_id: no image has the id 1
}
