package stats_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/rle"
)

// TestForms measures the same masks as polygons, compressed runs and plain runs: all measures of pixels are equal.
func TestForms(t *testing.T) {
	const h, w = 96, 80
	random := rand.New(rand.NewPCG(1, 2))
	cut := 0
	for range 200 {
		var polygons []coco.Annotation
		for range 1 + random.IntN(4) {
			x, y := random.IntN(w), random.IntN(h)
			width, height := 1+random.IntN(w-x), 1+random.IntN(h-y)
			ring := fmt.Sprintf("[[%d,%d,%d,%d,%d.5,%d,%d,%d]]", x, y, x+width, y, x+width/2, y+height, x, y+height)
			segm, err := coco.SegmentationFromJSON([]byte(ring))
			if err != nil {
				t.Fatal(err)
			}
			polygons = append(polygons, coco.Annotation{CategoryID: int64(random.IntN(2)), Segmentation: segm})
		}
		want := measured(t, h, w, polygons)
		if slices.Contains(want, "border-cut 1") {
			cut++
		}
		for name, form := range map[string]func(rle.Mask) coco.Segmentation{"RLE": coco.RLE, "counts": coco.Counts} {
			runs := slices.Clone(polygons)
			for i := range runs {
				m, err := polygons[i].Segmentation.Mask(h, w)
				if err != nil {
					t.Fatal(err)
				}
				runs[i].Segmentation = form(m)
			}
			if got := measured(t, h, w, runs); !slices.Equal(got, want) {
				t.Fatalf("%s: %v\npolygons: %v", name, got, want)
			}
		}
	}
	if cut < 20 || cut > 199 {
		t.Errorf("%d tiles have a cut instance", cut)
	}
}

// measured are the measures of annotations, without the vertices, which runs do not have.
func measured(t *testing.T, h, w int, annotations []coco.Annotation) []string {
	t.Helper()
	var m stats.Measurer
	tile, err := m.Measure(h, w, annotations)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{fmt.Sprint("covered ", tile.Covered)}
	for i := range tile.Instances {
		for _, measure := range stats.Measures() {
			if v, ok := tile.Instances[i].Value(measure); ok && measure != stats.Vertices {
				out = append(out, fmt.Sprint(measure, " ", v))
			}
		}
	}
	return out
}

// TestBorderCut counts an outline along the border as cut by either rule of filling.
func TestBorderCut(t *testing.T) {
	const side = 32
	for _, tc := range []struct {
		x, y, to float64 // a square from x, y to "to"
		want     string
	}{
		{0, 8, 12, "border-cut 1"}, {8, 0, 12, "border-cut 1"}, {20, 8, 31, "border-cut 1"}, {8, 20, 31, "border-cut 1"},
		{8, 8, 20, "border-cut 0"}, {20, 20, 29, "border-cut 0"}, {2, 2, 12, "border-cut 0"},
	} {
		ring := rle.Ring{{tc.x, tc.y}, {tc.to, tc.y}, {tc.to, tc.to}, {tc.x, tc.to}}
		for _, rule := range []rle.Rule{rle.FillOpenCV, rle.FillCOCO} {
			m, err := rle.FromPolygon(side, side, rule, ring)
			if err != nil {
				t.Fatal(err)
			}
			if got := measured(t, side, side, []coco.Annotation{{Segmentation: coco.RLE(m)}}); !slices.Contains(got, tc.want) {
				t.Errorf("%v by %s: %v, expected %s", ring, rule, got, tc.want)
			}
		}
	}
}
