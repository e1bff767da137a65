package rle

import (
	"math"
	"math/rand/v2"
	"testing"
)

// outlines returns polygons like those of the competition: closed rings with
// about one vertex per pixel, some 220 each, in images of 512 pixels.
func outlines(n int) []Ring {
	rng := rand.New(rand.NewPCG(1, 2))
	rings := make([]Ring, n)
	for i := range rings {
		r := 20 + 18*rng.Float64()
		rings[i] = denseRing(rng, r, 60+392*rng.Float64(), 60+392*rng.Float64())
	}
	return rings
}

// denseRing returns a wobbly circle in which neighbouring vertices are
// neighbouring pixels.
func denseRing(rng *rand.Rand, radius, cx, cy float64) Ring {
	var swing, phase [4]float64
	for k := range swing {
		swing[k], phase[k] = .2*rng.Float64(), 2*math.Pi*rng.Float64()
	}
	at := func(t float64) Point {
		r := radius
		for k := range swing {
			r += radius * swing[k] * math.Sin(float64(k+1)*t+phase[k])
		}
		return Point{math.Round(cx + r*math.Cos(t)), math.Round(cy + r*math.Sin(t))}
	}
	step := func(d float64) float64 { return max(-1, min(1, d)) }
	ring := Ring{at(0)}
	for k := 1; k <= 720; k++ {
		p, q := ring[len(ring)-1], at(2*math.Pi*float64(k)/720)
		for p != q {
			p = Point{p[0] + step(q[0]-p[0]), p[1] + step(q[1]-p[1])}
			ring = append(ring, p)
		}
	}
	return ring
}

// annotations returns polygons like COCO's: 32 to 68 vertices with two
// decimals, some 40 to 400 pixels wide, in images of 500 pixels.
func annotations(n int) []Ring {
	rng := rand.New(rand.NewPCG(3, 4))
	rings := make([]Ring, n)
	for i := range rings {
		radius := 20 * math.Pow(10, rng.Float64())
		cx, cy := 500*rng.Float64(), 500*rng.Float64()
		k := 32 + rng.IntN(37)
		for j := range k {
			t := 2 * math.Pi * float64(j) / float64(k)
			r := radius * (.7 + .3*rng.Float64())
			x, y := cx+r*math.Cos(t), cy+r*math.Sin(t)
			x, y = min(max(x, 0), 500), min(max(y, 0), 500)
			rings[i] = append(rings[i], Point{math.Round(x*100) / 100, math.Round(y*100) / 100})
		}
	}
	return rings
}

func benchmarkFill(b *testing.B, h, w int, rule Rule, rings []Ring) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := FromPolygon(h, w, rule, rings[i%len(rings)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFillDense(b *testing.B) {
	rings := outlines(200)
	for _, rule := range []Rule{FillOpenCV, FillCOCO, FillCenter} {
		b.Run(rule.String(), func(b *testing.B) { benchmarkFill(b, 512, 512, rule, rings) })
	}
}

func BenchmarkFillAnnotation(b *testing.B) {
	rings := annotations(200)
	for _, rule := range []Rule{FillOpenCV, FillCOCO, FillCenter} {
		b.Run(rule.String(), func(b *testing.B) { benchmarkFill(b, 500, 500, rule, rings) })
	}
}

// BenchmarkFillParallel fills in parallel. The workers share only the pool of
// scratch memory.
func BenchmarkFillParallel(b *testing.B) {
	rings := outlines(200)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			if _, err := FromPolygon(512, 512, FillOpenCV, rings[i%len(rings)]); err != nil {
				b.Error(err)
			}
		}
	})
}
