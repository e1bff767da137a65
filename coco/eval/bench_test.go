package eval

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// drawLarge returns a dataset of discs, and detections that are slightly shifted copies
// of them.
func drawLarge(b *testing.B, images, each, detections int) (*coco.Dataset, []coco.Result) {
	b.Helper()
	rnd := rand.New(rand.NewPCG(1, 2))
	disc := func(x, y, r int) coco.Segmentation {
		pix := make([]byte, 512*512)
		for dy := -r; dy <= r; dy++ {
			for dx := -r; dx <= r; dx++ {
				if dx*dx+dy*dy <= r*r {
					pix[(y+dy)*512+x+dx] = 1
				}
			}
		}
		m, err := rle.FromBitmap(512, 512, pix)
		if err != nil {
			b.Fatal(err)
		}
		return coco.RLE(m)
	}
	d := &coco.Dataset{Categories: []coco.Category{{ID: 1}, {ID: 2}}}
	var results []coco.Result
	for i := range images {
		d.Images = append(d.Images, coco.Image{ID: coco.IntID(int64(i)), Height: 512, Width: 512})
		for range each {
			x, y, r := 100+rnd.IntN(300), 100+rnd.IntN(300), 10+rnd.IntN(40)
			k := int64(1 + rnd.IntN(2))
			d.Annotations = append(d.Annotations, coco.Annotation{
				ID: coco.IntID(int64(len(d.Annotations) + 1)), ImageID: coco.IntID(int64(i)), CategoryID: k, Segmentation: disc(x, y, r),
				Area: 3.14 * float64(r*r), BBox: rle.Box{X: float64(x - r), Y: float64(y - r), W: float64(2*r + 1), H: float64(2*r + 1)},
			})
			for range detections {
				x, y, r := x+rnd.IntN(r)-r/2, y+rnd.IntN(r)-r/2, r+rnd.IntN(5)
				results = append(results, coco.Result{
					ImageID: coco.IntID(int64(i)), CategoryID: k, Segmentation: disc(x, y, r), Score: rnd.Float64(),
					BBox: rle.Box{X: float64(x - r), Y: float64(y - r), W: float64(2*r + 1), H: float64(2*r + 1)},
				})
			}
		}
	}
	return d, results
}

func BenchmarkEvaluate(b *testing.B) {
	truth, results := drawLarge(b, 20, 10, 8)
	for _, kind := range []Type{Segm, BBox, Boundary} {
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("%v/%d", kind, workers), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Evaluate(context.Background(), truth, coco.NewResults(results...), &Params{Type: kind, Workers: workers}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
