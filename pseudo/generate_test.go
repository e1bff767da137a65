package pseudo

import (
	"math/rand/v2"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// randomTile returns predictions of some models on a tile: blobs that several
// models find, each somewhat differently, and objects that only one finds.
// Scores are coarse, so ties are frequent. Some boxes extend beyond the tile or
// are missing.
func randomTile(t testing.TB, rng *rand.Rand, h, w, models, objects int) *Tile {
	t.Helper()
	tile := &Tile{Height: h, Width: w}
	blob := func(cx, cy, r float64) rle.Mask {
		ring := make(rle.Ring, 8)
		for k, d := range [][2]float64{{1, 0}, {.7, .7}, {0, 1}, {-.7, .7}, {-1, 0}, {-.7, -.7}, {0, -1}, {.7, -.7}} {
			s := r * (0.7 + 0.6*rng.Float64())
			ring[k] = rle.Point{cx + s*d[0], cy + s*d[1]}
		}
		m, err := rle.FromPolygon(h, w, rle.FillCOCO, ring)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	add := func(model, source int, category int64, cx, cy, r float64) {
		m := blob(cx, cy, r)
		b := m.Bounds()
		p := Prediction{
			Model: model, Source: source, Record: len(tile.Predictions), Category: category,
			Score: float64(rng.IntN(41)) / 40, Segmentation: coco.RLE(m),
		}
		switch rng.IntN(10) {
		case 0:
			p.NoBox = true
		case 1:
			p.Box = rle.Box{X: b.X - 3*rng.Float64(), Y: b.Y, W: b.W + 2, H: b.H + 6*rng.Float64()}
		case 2:
			p.Box = rle.Box{X: b.X, Y: b.Y} // no area
		default:
			p.Box = rle.Box{X: b.X + rng.Float64(), Y: b.Y - rng.Float64(), W: b.W, H: b.H}
		}
		tile.Predictions = append(tile.Predictions, p)
	}
	for range objects {
		cx, cy, r := rng.Float64()*float64(w), rng.Float64()*float64(h), 1+rng.Float64()*float64(min(h, w))/5
		category := int64(rng.IntN(2))
		for m := range models {
			for range rng.IntN(3) {
				add(m, m, category, cx+rng.NormFloat64(), cy+rng.NormFloat64(), r)
			}
		}
	}
	return tile
}
