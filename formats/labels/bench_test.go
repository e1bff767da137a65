package labels_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster/rastertest"
	"github.com/hubdata/hubdata/formats/labels"
)

// BenchmarkTiles is a tile of the competition's size with some ten vessels, written and
// read.
func BenchmarkTiles(b *testing.B) {
	rng := rand.New(rand.NewPCG(15, 16))
	set := &formats.Set{Categories: rastertest.Categories(3)}
	var images []formats.Image
	for i := range 20 {
		img := rastertest.Tile(rng, fmt.Sprintf("%d.png", i), 512, 512, 10, 3, true)
		images = append(images, img)
	}
	for _, file := range []string{"tif", "png"} {
		values := formats.Values{"file": file}
		e, err := labels.Format.Export(set, values)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("export/"+file, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := e.Image(&images[i%len(images)]); err != nil {
					b.Fatal(err)
				}
			}
		})
		files, _ := rastertest.Export(b, labels.Format, set, images, values)
		source := rastertest.Source(files, nil)
		b.Run("import/"+file, func(b *testing.B) {
			for b.Loop() { // of all tiles
				if _, err := rastertest.Import(labels.Format, source); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(images)), "us/tile")
		})
	}
}
