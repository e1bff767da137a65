package yolo

import (
	"bytes"
	"testing"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/demo"
)

// BenchmarkExport writes the outlines of the small demo on one core; the full one has some
// 17,500. The figure to look at is the time of an instance.
func BenchmarkExport(b *testing.B) {
	var outlines bytes.Buffer
	if err := demo.New(&demo.Options{Seed: 1}).WritePolygons(&outlines); err != nil {
		b.Fatal(err)
	}
	images := tiles(b, outlines.Bytes())
	instances := 0
	for b.Loop() {
		e, err := Seg.Export(&formats.Set{Categories: tileClasses, Splits: []string{"train", "val"}}, nil)
		if err != nil {
			b.Fatal(err)
		}
		for i := range images {
			if _, err := e.Image(&images[i]); err != nil {
				b.Fatal(err)
			}
			instances += len(images[i].Instances)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(instances), "ns/instance")
}
