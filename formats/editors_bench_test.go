package formats_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/formattest"
	"github.com/hubdata/hubdata/rle"
)

// tiles are 100 tiles of 512 x 512 pixels with 1,000 masks, a seventeenth of the demo's.
func tiles() (*formats.Set, []*formats.Image) {
	r := rand.New(rand.NewPCG(1, 1))
	set := &formats.Set{Name: "bench", Categories: []coco.Category{{ID: 1, Name: "blood_vessel"}}}
	images := make([]*formats.Image, 100)
	for i := range images {
		img := &formats.Image{Fold: -1}
		img.ID, img.FileName, img.Height, img.Width = coco.IntID(int64(i)), fmt.Sprintf("%d.png", i), 512, 512
		for range 10 {
			m, err := rle.Empty(512, 512)
			if err != nil {
				panic(err)
			}
			m = rle.Paste(m, formattest.Mask(r, 60, 60), r.IntN(450), r.IntN(450))
			img.Instances = append(img.Instances, coco.Annotation{CategoryID: 1, Segmentation: coco.RLE(m)})
		}
		images[i] = img
	}
	return set, images
}

func BenchmarkExport(b *testing.B) {
	set, images := tiles()
	for _, e := range exports {
		b.Run(e.folder, func(b *testing.B) {
			for b.Loop() {
				if _, _, err := formattest.Export(e.format, set, images, e.chosen); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkImport(b *testing.B) {
	set, images := tiles()
	for _, e := range exports {
		files, _, err := formattest.Export(e.format, set, images, e.chosen)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(e.folder, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				src := &formats.Source{FS: files, Options: formattest.Values(e.format, e.chosen)}
				if err := e.format.Import(context.Background(), src, func(*formats.Read) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
