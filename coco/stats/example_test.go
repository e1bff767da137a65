package stats_test

import (
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
)

const file = `{"images": [{"id": 1, "file_name": "a.png", "height": 20, "width": 20}, {"id": 2, "file_name": "b.png", "height": 20, "width": 20}],
"annotations": [
 {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[1, 1, 9, 1, 9, 9, 1, 9]], "area": 64, "bbox": [1, 1, 8, 8], "iscrowd": 0},
 {"id": 2, "image_id": 1, "category_id": 1, "segmentation": [[8, 5, 20, 5, 20, 7, 8, 7]], "area": 24, "bbox": [8, 5, 12, 2], "iscrowd": 0}],
"categories": [{"id": 1, "name": "vessel"}]}`

func ExampleCollect() {
	d, err := coco.Decode(strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := stats.Collect(d, &stats.CollectOptions{
		Keys: func(img *coco.Image) []stats.Key { return []stats.Key{{By: "tile", Name: coco.ImageName(img)}} },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	all := c.Group(stats.Key{})
	fmt.Println(all.Tiles, "tiles,", all.Empty, "empty,", all.Instances, "instances")
	for _, m := range []stats.Measure{stats.Area, stats.Eccentricity, stats.BorderCut, stats.Overlap, stats.Covered} {
		s := all.Values(m).Summary()
		fmt.Printf("%s: median %.4g, mean %.4g\n", m, s.Median, s.Mean)
	}
	for _, k := range c.Keys() {
		fmt.Println(k.By, k.Name, c.Group(k).Instances)
	}
	// Output:
	// 2 tiles, 1 empty, 2 instances
	// area: median 44, mean 44
	// eccentricity: median 0.4947, mean 0.4947
	// border-cut: median 0.5, mean 0.5
	// overlap: median 0.05729, mean 0.05729
	// covered: median 0.1075, mean 0.1075
	// tile a 2
	// tile b 0
}

func ExampleNewShift() {
	var labels, found stats.Values
	for i := range 1000 {
		labels.Add(float64(100 + i))
		found.Add(float64(100 + i/2))
	}
	s := stats.NewShift(stats.Area, &labels, &found)
	fmt.Printf("%s: %s, medians %v and %v, KS %.2f, Wasserstein %.1f\n", s.Measure, s.Verdict, s.A.Median, s.B.Median, s.KS, s.Wasserstein)
	// Output: area: unlike, medians 599.5 and 349.5, KS 0.50, Wasserstein 250.0
}
