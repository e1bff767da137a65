package hovernet_test

import (
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/hovernet"
	"github.com/hubdata/hubdata/formats/internal/raster/rastertest"
)

// FuzzImport checks that no text makes the reader panic, and that every instance has the
// area that it says.
func FuzzImport(f *testing.F) {
	f.Add(`{"nuc":{"1":{"contour":[[1,1],[1,2],[2,2]],"type":1,"type_prob":0.5}}}`)
	f.Add(`{"type_map":{"1":"x"},"cells":[{"contour":[[-4,1.5],[1e3,2],[2,2]],"type":1}]}`)
	f.Add(`{"nuc":{"1":{"contour":[[[[]]]]}}}`)
	f.Fuzz(func(t *testing.T, data string) {
		source := rastertest.Source(fstest.MapFS{"a.json": text(data)}, formats.Values{"size": "64x48"})
		images, err := rastertest.Import(hovernet.Format, source)
		if err != nil {
			return
		}
		for _, in := range images[0].Instances {
			m, err := in.Segmentation.Mask(48, 64)
			if err != nil || float64(m.Area()) != in.Area || m.Bounds() != in.BBox {
				t.Fatalf("area %v, box %v, expected %v, %v (%v)", in.Area, in.BBox, m.Area(), m.Bounds(), err)
			}
		}
	})
}
