package hovernet_test

import (
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/hovernet"
	"github.com/hubdata/hubdata/formats/internal/raster/rastertest"
	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/rle"
)

// TestGolden compares with the pixels that OpenCV fills contours of its own to, as
// HoVer-Net writes them.
func TestGolden(t *testing.T) {
	type answer struct {
		Height, Width int
		JSON          string
		Nuclei        []struct {
			Type   int
			Region [6]int
			Mask   []byte
		}
	}
	n := 0
	for i, c := range golden.Cases[answer](t, "hovernet.jsonl.gz") {
		source := rastertest.Source(fstest.MapFS{"x.json": text(c.JSON)}, formats.Values{"size": fmt.Sprintf("%dx%d", c.Width, c.Height)})
		images, err := rastertest.Import(hovernet.Format, source)
		if err != nil {
			t.Fatal(err)
		}
		got := images[0].Instances
		if len(got) != len(c.Nuclei) || len(images[0].Skipped) != 0 {
			t.Fatalf("case %d: %d nuclei, %v, expected %d", i, len(got), images[0].Skipped, len(c.Nuclei))
		}
		for k, nucleus := range c.Nuclei {
			rastertest.CheckRegions(t, fmt.Sprintf("case %d, nucleus %d", i, k), got[k:k+1], [][6]int{nucleus.Region})
			pix := make([]byte, c.Height*c.Width)
			for at, v := range rastertest.Rows(t, nucleus.Mask) {
				pix[at] = byte(v)
			}
			m, _ := rle.FromBitmap(c.Height, c.Width, pix)
			if g, err := got[k].Segmentation.Mask(c.Height, c.Width); err != nil || !g.Equal(m) {
				t.Fatalf("case %d: nucleus %d has other pixels (%v)", i, k, err)
			}
			if class := fmt.Sprintf("type %d", nucleus.Type); got[k].Class != class {
				t.Fatalf("case %d: nucleus %d: class %q, expected %q", i, k, got[k].Class, class)
			}
			n++
		}
	}
	if n < 200 {
		t.Errorf("only %d nuclei were compared", n)
	}
}
