package stats_test

import (
	"fmt"
	"os"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
)

func ExampleCollect() {
	f, err := os.Open("../../testdata/patients/dataset.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	d, err := coco.Decode(f)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := stats.Collect(d, &stats.CollectOptions{
		Keys: func(img *coco.Image) []stats.Key {
			return []stats.Key{{By: "patient", Name: string(img.Extra.Get("patient"))}}
		},
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
	// 6 tiles, 0 empty, 11 instances
	// area: median 1176, mean 3381
	// eccentricity: median 0.811, mean 0.8382
	// border-cut: median 1, mean 0.9091
	// overlap: median 0, mean 0
	// covered: median 0.205, mean 0.2018
	// patient "p01" 5
	// patient "p02" 4
	// patient "p03" 2

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
