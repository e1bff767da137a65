package wsi

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
)

// folder is a generated tile table and outlines on some of its tiles.
type folder struct {
	tiles    []byte // tile_meta.csv
	polygons []byte // polygons.jsonl
}

// generate returns a folder with outlines on the first labelled tiles, about
// perTile per tile, written as by Python's json.dumps.
func generate(seed uint64, tiles, labelled int, perTile float64) folder {
	rng := rand.New(rand.NewPCG(seed, 7))
	var meta, poly bytes.Buffer
	meta.WriteString("id,source_wsi,dataset,i,j\n")
	for k := range tiles {
		id := fmt.Sprintf("%08x%04x", uint32(k)*2654435761, rng.IntN(1<<16))
		dataset, slide := 3, 6+rng.IntN(9)
		if k < labelled {
			dataset, slide = 1+k%2, 1+rng.IntN(4)
		}
		fmt.Fprintf(&meta, "%s,%d,%d,%d,%d\n", id, slide, dataset, 512*rng.IntN(60), 512*rng.IntN(60))
		if k >= labelled {
			continue
		}
		fmt.Fprintf(&poly, `{"id": "%s", "annotations": [`, id)
		for o := range int(rng.ExpFloat64()*perTile + 0.5) {
			if o > 0 {
				poly.WriteString(", ")
			}
			class := "blood_vessel"
			if r := rng.IntN(20); r < 3 {
				class = classNames[1+r%2]
			}
			fmt.Fprintf(&poly, `{"type": "%s", "coordinates": [`, class)
			writeRing(&poly, blob(rng, TilePixels))
			if rng.IntN(15) == 0 {
				poly.WriteString(", ")
				writeRing(&poly, blob(rng, TilePixels))
			}
			poly.WriteString("]}")
		}
		poly.WriteString("]}\n")
	}
	return folder{meta.Bytes(), poly.Bytes()}
}

func writeRing(b *bytes.Buffer, ring [][2]int) {
	b.WriteByte('[')
	for k, p := range ring {
		if k > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('[')
		b.Write(strconv.AppendInt(b.AvailableBuffer(), int64(p[0]), 10))
		b.WriteString(", ")
		b.Write(strconv.AppendInt(b.AvailableBuffer(), int64(p[1]), 10))
		b.WriteByte(']')
	}
	b.WriteByte(']')
}

// blob draws a wobbly closed outline with about one point per pixel, kept
// inside the tile as in the competition's files.
func blob(rng *rand.Rand, size int) [][2]int {
	cx, cy := rng.Float64()*float64(size), rng.Float64()*float64(size)
	r := 8 + rng.ExpFloat64()*18
	a, b, p, q := rng.Float64()*0.3, rng.Float64()*0.15, rng.Float64()*7, rng.Float64()*7
	var ring [][2]int
	n := int(7*r) + 8
	for k := range n {
		t := 2 * math.Pi * float64(k) / float64(n)
		d := r * (1 + a*math.Cos(2*t+p) + b*math.Cos(5*t+q))
		x := min(max(int(cx+d*math.Cos(t)), 0), size-1)
		y := min(max(int(cy+d*math.Sin(t)), 0), size-1)
		if pt := [2]int{x, y}; len(ring) == 0 || ring[len(ring)-1] != pt || rng.IntN(30) == 0 {
			ring = append(ring, pt)
		}
	}
	return append(ring, ring[0])
}
