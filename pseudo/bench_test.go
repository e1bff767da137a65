package pseudo

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// benchDetections returns what several models detect: mostly the same objects,
// in slightly different places.
func benchDetections(models, boxes, classes int, size float64) (list []Detection) {
	rng := rand.New(rand.NewPCG(7, 8))
	thing := func() Detection {
		w, h := size*(0.3+0.7*rng.Float64()), size*(0.3+0.7*rng.Float64())
		x, y := rng.Float64()*(1-w), rng.Float64()*(1-h)
		return Detection{Label: int64(rng.IntN(classes)), Box: Corners{x, y, x + w, y + h}}
	}
	things := make([]Detection, boxes)
	for i := range things {
		things[i] = thing()
	}
	for m := range models {
		for _, d := range things {
			if rng.IntN(100) < 15 {
				d = thing()
			}
			w, h := d.Box[2]-d.Box[0], d.Box[3]-d.Box[1]
			for e, side := range [4]float64{w, h, w, h} {
				d.Box[e] = clip(d.Box[e]+0.05*side*rng.NormFloat64(), 1)
			}
			d.Model, d.Score = m, 0.02+0.98*rng.Float64()
			list = append(list, d)
		}
	}
	return list
}

func BenchmarkBoxFuser(b *testing.B) {
	for _, load := range []struct {
		boxes, classes int
		size           float64
	}{{60, 3, 0.2}, {100, 80, 0.3}, {1000, 1, 0.05}} {
		list := benchDetections(5, load.boxes, load.classes, load.size)
		for _, method := range []Method{WBF, NMW, NMS} {
			b.Run(fmt.Sprintf("%v/5x%dx%d", method, load.boxes, load.classes), func(b *testing.B) {
				f, err := NewBoxFuser(5, &Fusion{Method: method, IoU: 0.55, Skip: 0.01})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := f.Fuse(1, 1, list, nil); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(len(list)*b.N)/b.Elapsed().Seconds(), "boxes/s")
			})
		}
	}
}

// BenchmarkTile fuses 300 predictions of three models on a tile, including
// masks.
func BenchmarkTile(b *testing.B) {
	rng := rand.New(rand.NewPCG(9, 9))
	tile := &Tile{Height: 512, Width: 512}
	for len(tile.Predictions) < 300 {
		tile.Predictions = append(tile.Predictions, randomTile(b, rng, 512, 512, 3, 20).Predictions...)
	}
	tile.Predictions = tile.Predictions[:300]
	steps, err := rle.ParseSteps("fill,largest")
	if err != nil {
		b.Fatal(err)
	}
	for _, by := range []Overlap{ByBox, ByMask} {
		for _, above := range []float64{0.5, -1} {
			b.Run(fmt.Sprintf("%v/above=%v", by, above), func(b *testing.B) {
				o := &Options{Fusion: Fusion{IoU: 0.6, Skip: 0.01}, By: by, Vote: Vote{Part: 0.3}, Post: steps, MaskAbove: above}
				for range 3 {
					o.Models = append(o.Models, Model{Weight: 1, Suppress: &Suppression{Method: NMS, IoU: 0.7, By: ByMask}})
				}
				f, err := NewFuser(o)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if _, _, err := f.Tile(tile); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkGather gathers the records of three sources on 100 tiles, a hundred
// records per source and tile.
func BenchmarkGather(b *testing.B) {
	var images []int
	for t := range 100 {
		for range 100 {
			images = append(images, 2*t)
		}
	}
	for _, hold := range []bool{false, true} {
		b.Run(fmt.Sprintf("hold=%v", hold), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if groups, err := collect(b, [][]int{images, images, images}, hold); err != nil || len(groups) != 100 {
					b.Fatal(len(groups), err)
				}
			}
		})
	}
}
