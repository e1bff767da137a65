package wsi

import (
	"bytes"
	"context"
	"sync"
	"testing"
)

// fullSize generates a folder of the competition's size.
var fullSize = sync.OnceValue(func() folder { return generate(1, 7033, 1633, 10.5) })

func BenchmarkConvert(b *testing.B) {
	f := fullSize()
	tiles, err := ReadTable(bytes.NewReader(f.tiles))
	if err != nil {
		b.Fatal(err)
	}
	for _, workers := range []int{1, 2} {
		b.Run(map[int]string{1: "1worker", 2: "2workers"}[workers], func(b *testing.B) {
			b.SetBytes(int64(len(f.polygons)))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for c, err := range Convert(context.Background(), tiles, bytes.NewReader(f.polygons), &ConvertOptions{Workers: workers}) {
					if err != nil {
						b.Fatal(err)
					}
					n += len(c.Annotations)
				}
				b.ReportMetric(float64(n), "annotations")
			}
		})
	}
}

func BenchmarkReadPolygons(b *testing.B) {
	f := fullSize()
	b.SetBytes(int64(len(f.polygons)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range ReadPolygons(bytes.NewReader(f.polygons), nil) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkParse measures the parser alone, which reuses its memory.
func BenchmarkParse(b *testing.B) {
	lines := bytes.SplitAfter(fullSize().polygons, []byte{'\n'})
	b.SetBytes(int64(len(fullSize().polygons)))
	b.ReportAllocs()
	var p lineParser
	for b.Loop() {
		for _, line := range lines[:len(lines)-1] {
			if err := p.parse(line); err != nil {
				b.Fatal(err)
			}
		}
	}
}
