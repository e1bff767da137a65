package cellpose_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats/cellpose"
	"github.com/hubdata/hubdata/formats/internal/raster/rastertest"
	"github.com/hubdata/hubdata/internal/golden"
)

// TestGolden reads files of numpy, of all types and versions, and dicts as Cellpose saves
// them, and compares with the regions that scikit-image finds.
func TestGolden(t *testing.T) {
	n, seg := 0, 0
	for _, c := range golden.Cases[rastertest.Answer](t, "cellpose.jsonl.gz") {
		images, err := rastertest.Import(cellpose.Format, rastertest.Source(fstest.MapFS{"x_seg.npy": {Data: c.File}}, nil))
		if err != nil {
			t.Fatalf("%s: %v", c.About, err)
		}
		rastertest.CheckPixels(t, c, images[0])
		n++
		if strings.HasPrefix(c.About, "_seg") {
			seg++
		}
	}
	if n < 100 || seg < 20 {
		t.Errorf("only %d files, %d of Cellpose, were compared", n, seg)
	}
}
