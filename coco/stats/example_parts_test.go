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

// This example measures tiles one by one, as a stream yields them.
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
	// Output: true stats: annotation without an image: annotations[0].image_id: no image has the id 1
}

// This example reads a file of any size with the annotations of one image in memory. A
// file in another order has to be read again and held in memory.
func ExampleJoin() {
	const file = `{"images":[{"id":1,"file_name":"a.png","height":20,"width":20,"source_wsi":3},{"id":2,"file_name":"b.png","height":20,"width":20,"source_wsi":4}],
"annotations":[{"id":1,"image_id":2,"category_id":1,"bbox":[2,2,6,5],"iscrowd":0},{"id":2,"image_id":2,"category_id":7,"bbox":[0,0,9,9],"iscrowd":0}],"categories":[]}`
	join := &stats.Join{
		Begin: func(images []*coco.Image) error {
			fmt.Println(len(images), "images")
			return nil
		},
		KeepImage:      func(place int, img *coco.Image) (bool, error) { return string(img.Extra.Get("source_wsi")) != "3", nil },
		KeepAnnotation: func(a *coco.Annotation) bool { return a.CategoryID == 1 },
	}
	images := join.Stream(coco.NewReader(strings.NewReader(file)).Records())
	var m stats.Measurer
	var c stats.Collector
	for t, err := range images {
		if errors.Is(err, stats.ErrOrder) {
			fmt.Println("hold the file, and take join.Dataset")
			return
		}
		var record *stats.RecordError
		if errors.As(err, &record) {
			fmt.Println("wrong is", record.List, record.Place, record.Member)
			return
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("image", t.Place, t.Image.FileName, "has annotations", t.Places)
		tile, err := m.Measure(t.Image.Height, t.Image.Width, t.Annotations)
		if err != nil {
			fmt.Println(err)
			return
		}
		c.Add(tile)
	}
	fmt.Println(c.Group(stats.Key{}).Values(stats.Width).Summary().Max)
	// Output:
	// 2 images
	// image 1 b.png has annotations [0]
	// 6
}

// This example measures a model's results on the images of a dataset.
func ExampleJoin_Results() {
	images := []coco.Image{{ID: coco.IntID(1), Height: 20, Width: 20}}
	results, err := coco.DecodeResults(strings.NewReader(`[{"image_id":1,"category_id":1,"bbox":[2,2,6,5],"score":0.75}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for t, err := range (&stats.Join{}).Results(images, results.List()) {
		fmt.Println(t.Image.ID, string(t.Annotations[0].Extra.Get("score")), err)
	}
	// Output: 1 0.75 <nil>
}
