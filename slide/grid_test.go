package slide

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// TestLay: which tiles there are, by the edge.
func TestLay(t *testing.T) {
	for _, tt := range []struct {
		length, size, stride int
		edge                 Edge
		want                 string
	}{
		{10, 5, 5, EdgePad, "[{0 5} {5 5}]"},
		{11, 5, 5, EdgePad, "[{0 5} {5 5} {10 5}]"},
		{11, 5, 5, EdgeShift, "[{0 5} {5 5} {6 5}]"},
		{11, 5, 5, EdgeCrop, "[{0 5} {5 5} {10 1}]"},
		{11, 5, 5, EdgeDrop, "[{0 5} {5 5}]"},
		{11, 5, 3, EdgePad, "[{0 5} {3 5} {6 5}]"},
		{12, 5, 3, EdgePad, "[{0 5} {3 5} {6 5} {9 5}]"},
		{12, 5, 3, EdgeShift, "[{0 5} {3 5} {6 5} {7 5}]"},
		{12, 5, 3, EdgeCrop, "[{0 5} {3 5} {6 5} {9 3}]"},
		{12, 5, 3, EdgeDrop, "[{0 5} {3 5} {6 5}]"},
		{3, 5, 5, EdgePad, "[{0 5}]"},
		{3, 5, 5, EdgeShift, "[{0 5}]"},
		{3, 5, 5, EdgeCrop, "[{0 3}]"},
		{3, 5, 5, EdgeDrop, "[]"},
		{20, 5, 9, EdgePad, "[{0 5} {9 5} {18 5}]"},
		{20, 5, 9, EdgeShift, "[{0 5} {9 5} {15 5}]"},
		{20, 5, 9, EdgeCrop, "[{0 5} {9 5} {18 2}]"},
		{18, 5, 9, EdgePad, "[{0 5} {9 5}]"},
		{1, 1, 1 << 30, EdgeCrop, "[{0 1}]"},
	} {
		if got := fmt.Sprint(lay(tt.length, tt.size, tt.stride, tt.edge)); got != tt.want {
			t.Errorf("%d pixels, tiles of %d every %d, edge %d: %s, expected %s", tt.length, tt.size, tt.stride, tt.edge, got,
				tt.want)
		}
	}
}

// TestLayRejects: sizes are checked before tiles are laid.
func TestLayRejects(t *testing.T) {
	for _, tt := range []struct {
		grid Grid
		ok   bool
	}{
		{Grid{Width: 10, Height: 10, TileWidth: 5, TileHeight: 5, StrideX: 5, StrideY: 5}, true},
		{Grid{Width: 0, Height: 10, TileWidth: 5, TileHeight: 5, StrideX: 5, StrideY: 5}, false},
		{Grid{Width: 10, Height: -1, TileWidth: 5, TileHeight: 5, StrideX: 5, StrideY: 5}, false},
		{Grid{Width: 10, Height: 10, TileWidth: 0, TileHeight: 5, StrideX: 5, StrideY: 5}, false},
		{Grid{Width: 10, Height: 10, TileWidth: 5, TileHeight: 5, StrideX: 0, StrideY: 5}, false},
		{Grid{Width: 10, Height: 10, TileWidth: 5, TileHeight: 5, StrideX: 5, StrideY: -3}, false},
		{Grid{Width: 1<<30 + 1, Height: 10, TileWidth: 5, TileHeight: 5, StrideX: 5, StrideY: 5}, false},
		{Grid{Width: 1 << 30, Height: 1 << 30, TileWidth: 1 << 15, TileHeight: 1 << 15, StrideX: 1 << 15, StrideY: 1 << 15},
			false},
		{Grid{Width: 1 << 30, Height: 1 << 30, TileWidth: 1 << 15, TileHeight: 1 << 15, StrideX: 1 << 19, StrideY: 1 << 19},
			true},
		{Grid{Width: 1 << 30, Height: 1 << 30, TileWidth: 5, TileHeight: 5, StrideX: 1, StrideY: 1}, false},
		{Grid{Width: 1 << 30, Height: 1, TileWidth: 1, TileHeight: 1, StrideX: 1, StrideY: 1}, false},
		{Grid{Width: 1 << 30, Height: 1 << 30, TileWidth: 1 << 30, TileHeight: 1 << 30, StrideX: 1 << 30, StrideY: 1 << 30},
			false},
	} {
		if err := tt.grid.Lay(); (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrGrid) {
			t.Errorf("%+v: %v", tt.grid, err)
		}
	}
}

// randomGrid lays a grid over a slide.
func randomGrid(t testing.TB, r *rand.Rand, w, h int) *Grid {
	g := &Grid{Width: w, Height: h, TileWidth: 1 + r.IntN(w+10), TileHeight: 1 + r.IntN(h+10), Edge: Edge(r.IntN(4))}
	g.StrideX, g.StrideY = 1+r.IntN(g.TileWidth), 1+r.IntN(g.TileHeight)
	if r.IntN(8) == 0 {
		g.StrideX += r.IntN(20)
	}
	g.StrideX, g.StrideY = max(g.StrideX, w/12+1), max(g.StrideY, h/12+1)
	if err := g.Lay(); err != nil {
		t.Fatal(err)
	}
	return g
}

// randomRegion draws a region on a slide: outlines with fractions and holes, or single pixels.
func randomRegion(t testing.TB, r *rand.Rand, w, h int) Region {
	if r.IntN(3) == 0 {
		pix := make([]byte, w*h)
		for range 1 + r.IntN(20) {
			pix[r.IntN(len(pix))] = 1
		}
		m, err := rle.FromBitmap(h, w, pix)
		if err != nil {
			t.Fatal(err)
		}
		return NewRegion(0, 0, m)
	}
	region, err := Outline([]rle.Rule{rle.FillCOCO, rle.FillCenter, rle.FillOpenCV}[r.IntN(3)],
		randomRings(r, h, w, r.IntN(4))...)
	if err != nil {
		t.Fatal(err)
	}
	return region.clipped(rect{0, 0, w, h})
}

// checkCut compares the parts of a region with what its pixels say, tile by tile.
func checkCut(t testing.TB, g *Grid, r Region) {
	pixels := r.pixels()
	got := map[int]Region{}
	last := -1
	g.Cut(r, func(tile int, part Region) {
		if tile <= last {
			t.Fatalf("tile %d after tile %d", tile, last)
		}
		last = tile
		got[tile] = part
	})
	for i := range g.Len() {
		x, y, w, h := g.Tile(i)
		want := map[[2]int]bool{}
		for p := range pixels {
			if p[0] >= x && p[0] < x+w && p[1] >= y && p[1] < y+h {
				want[[2]int{p[0] - x, p[1] - y}] = true
			}
		}
		part, ok := got[i]
		if ok != (len(want) > 0) || !mapsEqual(part.pixels(), want) || ok &&
			!part.same(NewRegion(part.X, part.Y, part.Mask)) {
			t.Fatalf("grid %+v, region %+v: tile %d has %d pixels, expected %d", g, r, i, part.Area(), len(want))
		}
	}
}

func mapsEqual(a, b map[[2]int]bool) bool {
	if len(a) != len(b) {
		return false
	}
	for k := range a {
		if !b[k] {
			return false
		}
	}
	return true
}

// pixels lists the pixels of a region one by one.
func (r Region) pixels() map[[2]int]bool {
	out := map[[2]int]bool{}
	h, w := r.Mask.Size()
	pix := r.Mask.Bitmap()
	for y := range h {
		for x := range w {
			if pix[y*w+x] != 0 {
				out[[2]int{r.X + x, r.Y + y}] = true
			}
		}
	}
	return out
}

// TestCut compares the parts of random regions on random grids with their pixels.
func TestCut(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 3))
	for range 2000 {
		w, h := 1+r.IntN(80), 1+r.IntN(80)
		checkCut(t, randomGrid(t, r, w, h), randomRegion(t, r, w, h))
	}
	g := randomGrid(t, r, 9, 9)
	g.Cut(Region{}, func(int, Region) { t.Error("a region without pixels has a part") })
}

func FuzzCut(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, uint16(3), uint16(7), uint16(40), uint16(40))
	}
	f.Fuzz(func(t *testing.T, seed uint64, tw, th, sx, sy uint16) {
		r := rand.New(rand.NewPCG(seed, 4))
		w, h := 1+r.IntN(60), 1+r.IntN(60)
		g := &Grid{Width: w, Height: h, TileWidth: 1 + int(tw)%90, TileHeight: 1 + int(th)%90, StrideX: 4 + int(sx)%90,
			StrideY: 4 + int(sy)%90, Edge: Edge(seed % 4)}
		if err := g.Lay(); err != nil {
			t.Fatal(err)
		}
		checkCut(t, g, randomRegion(t, r, w, h))
	})
}

// TestCutAndStitch cuts the instances of thousands of slides into tiles, and joins them again by their numbers: no
// pixel
// is lost, whatever the grid, as long as its tiles cover the slide.
func TestCutAndStitch(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 5))
	slides, instances, parts, covered := 0, 0, 0, 0
	for range 3000 {
		w, h := 1+r.IntN(400), 1+r.IntN(400)
		g := randomGrid(t, r, w, h)
		if g.Len() == 0 {
			continue
		}
		whole := make([]Region, 1+r.IntN(6))
		frame, list := frameOf(t, g), []Instance(nil)
		for k := range whole {
			whole[k] = randomRegion(t, r, w, h)
			g.Cut(whole[k], func(tile int, part Region) {
				x, y, _, _ := g.Tile(tile)
				list = append(list, Instance{Tile: tile, Class: int64(k % 2), Region: part.Moved(x, y), Whole: int64(k + 1)})
			})
		}
		stitched, err := frame.Stitch(t.Context(), list, DefaultOptions(false))
		if err != nil {
			t.Fatal(err)
		}
		back := map[int64]Region{}
		for _, wh := range stitched.Wholes {
			var regions []Region
			for _, i := range wh.Parts {
				regions = append(regions, list[i].Region)
			}
			u, err := Unite(regions...)
			if err != nil {
				t.Fatal(err)
			}
			n := list[wh.Parts[0]].Whole
			if _, twice := back[n]; twice {
				t.Fatalf("grid %+v: instance %d came back in two", g, n)
			}
			back[n] = u
		}
		covers := g.Edge != EdgeDrop && g.StrideX <= g.TileWidth && g.StrideY <= g.TileHeight
		for k, want := range whole {
			if got := back[int64(k+1)]; covers && !got.same(want) {
				t.Fatalf("grid %+v: instance %d came back with %d pixels of %d", g, k+1, got.Area(), want.Area())
			} else if Shared(got, want) != got.Area() {
				t.Fatalf("grid %+v: instance %d came back with pixels that it did not have", g, k+1)
			}
		}
		slides, instances, parts = slides+1, instances+len(whole), parts+len(list)
		if covers {
			covered++
		}
	}
	t.Logf("%d slides, %d of them covered by tiles: %d instances in %d parts", slides, covered, instances, parts)
	if covered < 1000 {
		t.Errorf("%d grids cover their slides, expected 1,000 or more", covered)
	}
}

// frameOf returns the frame of the tiles of a grid.
func frameOf(t testing.TB, g *Grid) *Frame {
	var tiles []Tile
	for i := range g.Len() {
		x, y, w, h := g.Tile(i)
		tiles = append(tiles, Tile{Place: Place{Slide: "s", X: x, Y: y, Width: w, Height: h}})
	}
	f, err := NewFrame(tiles)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestCutAndStitchByGeometry: without numbers, a vessel that crosses an edge of tiles that touch comes back as one, and
// two vessels far from each other stay two.
func TestCutAndStitchByGeometry(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 6))
	for n := range 2000 {
		size := 64 + r.IntN(64)
		g := &Grid{Width: 4 * size, Height: 3 * size, TileWidth: size, TileHeight: size, StrideX: size, StrideY: size,
			Edge: EdgePad}
		if err := g.Lay(); err != nil {
			t.Fatal(err)
		}
		// Rectangles on the middle of an edge: each touches the border of a tile along one side alone.
		var whole []Region
		for column := range 3 {
			w, h := 10+2*r.IntN(10), 10+r.IntN(20)
			m, err := rle.FromBox(h, w, rle.Box{W: float64(w), H: float64(h)})
			if err != nil {
				t.Fatal(err)
			}
			whole = append(whole, NewRegion((column+1)*size-w/2, size*(n%3)+r.IntN(size-h-8)+4, m))
		}
		var list []Instance
		for _, w := range whole {
			g.Cut(w, func(tile int, part Region) {
				x, y, _, _ := g.Tile(tile)
				list = append(list, Instance{Tile: tile, Region: part.Moved(x, y)})
			})
		}
		s, err := frameOf(t, g).Stitch(t.Context(), list, DefaultOptions(false))
		if err != nil {
			t.Fatal(err)
		}
		var back []Region
		for _, wh := range s.Wholes {
			var regions []Region
			for _, i := range wh.Parts {
				regions = append(regions, list[i].Region)
			}
			u, err := Unite(regions...)
			if err != nil {
				t.Fatal(err)
			}
			back = append(back, u)
		}
		if !slices.EqualFunc(back, whole, Region.same) {
			t.Fatalf("tiles of %d: %d vessels came back as %d", size, len(whole), len(back))
		}
	}
}
