package slide

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/hubdata/hubdata/rle"
)

// box is a region of a box of frame pixels.
func box(t testing.TB, x, y, w, h int) Region {
	t.Helper()
	m, err := rle.FromBox(h, w, rle.Box{W: float64(w), H: float64(h)})
	if err != nil {
		t.Fatal(err)
	}
	return NewRegion(x, y, m)
}

// row is n tiles of 100 x 100 pixels from left to right, each stride after the one before.
func row(n, stride int) []Tile {
	var tiles []Tile
	for i := range n {
		tiles = append(tiles, Tile{Place: Place{Slide: "s", X: i * stride, Width: 100, Height: 100}})
	}
	return tiles
}

func TestStitch(t *testing.T) {
	on := func(tile, x, y, w, h int) Instance { return Instance{Tile: tile, Class: 1, Region: box(t, x, y, w, h)} }
	numbered := func(in Instance, n int64) Instance { in.Whole = n; return in }
	glomerulus := on(1, 100, 20, 30, 10)
	glomerulus.Class = 2
	crowd := on(1, 100, 20, 30, 10)
	crowd.Crowd = true
	unlabelled := row(2, 100)
	unlabelled[1].Unlabelled = true
	apart := row(2, 100)
	apart[1].X = 120
	corner := row(2, 100)
	corner[1].Y = 100
	for _, tt := range []struct {
		name      string
		tiles     []Tile
		instances []Instance
		depth     int
		want      string // the whole of each instance, then the ends: outside, unlabelled, unmatched
		conflicts int
	}{
		{"one over a border", row(2, 100), []Instance{on(0, 80, 20, 20, 10), on(1, 100, 20, 30, 10)}, 2, "[0 0] 0 0 0", 0},
		{"over three tiles", row(3, 100), []Instance{on(0, 80, 20, 20, 10), on(1, 100, 20, 100, 10), on(2, 200, 20, 5, 10)},
			2, "[0 0 0] 0 0 0", 0},
		{"one a little lower", row(2, 100), []Instance{on(0, 80, 20, 20, 10), on(1, 100, 24, 30, 10)}, 2, "[0 0] 0 0 0", 0},
		{"two that touch at an edge", row(2, 100), []Instance{on(0, 80, 20, 20, 10), on(1, 100, 26, 30, 30)}, 2,
			"[0 1] 0 0 2", 0},
		{"two that touch at a corner", row(2, 100), []Instance{on(0, 80, 20, 20, 10), on(1, 100, 30, 30, 10)}, 2,
			"[0 1] 0 0 2", 0},
		{"another class", row(2, 100), []Instance{on(0, 80, 20, 20, 10), glomerulus}, 2, "[0 1] 0 0 2", 0},
		{"a crowd", row(2, 100), []Instance{on(0, 80, 20, 20, 10), crowd}, 2, "[0 1] 0 0 2", 0},
		{"drawn two pixels short", row(2, 100), []Instance{on(0, 78, 20, 20, 10), on(1, 100, 20, 30, 10)}, 2, "[0 1] 0 0 1",
			0},
		{"drawn one pixel short", row(2, 100), []Instance{on(0, 79, 20, 20, 10), on(1, 100, 20, 30, 10)}, 2, "[0 0] 0 0 0",
			0},
		{"three pixels short, by a model", row(2, 100), []Instance{on(0, 77, 20, 20, 10), on(1, 102, 20, 30, 10)}, 4,
			"[0 0] 0 0 0", 0},
		{"two branches", row(2, 100), []Instance{on(0, 80, 20, 20, 40), on(1, 100, 20, 30, 15), on(1, 100, 45, 30, 15)}, 2,
			"[0 0 0] 0 0 0", 0},
		{"a bow", row(2, 100), []Instance{on(0, 80, 20, 20, 10), on(0, 80, 50, 20, 10), on(1, 100, 20, 30, 40)}, 2,
			"[0 0 0] 0 0 0", 0},
		{"no labels", unlabelled, []Instance{on(0, 80, 20, 20, 10)}, 2, "[0] 0 1 0", 0},
		{"no tile", row(1, 100), []Instance{on(0, 0, 0, 100, 10)}, 2, "[0] 3 0 0", 0},
		{"a gap", apart, []Instance{on(0, 80, 20, 20, 10), on(1, 120, 20, 30, 10)}, 2, "[0 1] 2 0 0", 0},
		{"tiles at a corner", corner, []Instance{on(0, 80, 80, 20, 20), on(1, 100, 100, 20, 20)}, 2, "[0 1] 4 0 0", 0},
		{"seen twice", row(2, 50), []Instance{on(0, 60, 20, 20, 10), on(1, 60, 21, 20, 10)}, 2, "[0 0] 0 0 0", 0},
		{"seen once", row(2, 50), []Instance{on(0, 60, 20, 20, 10), on(1, 70, 27, 20, 10)}, 2, "[0 1] 0 0 0", 0},
		{"cut in an overlap", row(2, 50), []Instance{on(0, 60, 20, 40, 10), on(1, 60, 20, 60, 10)}, 2, "[0 0] 0 0 0", 0},
		{"cut by both in an overlap", row(2, 50), []Instance{on(0, 30, 20, 70, 10), on(1, 50, 20, 100, 10)}, 2, "[0 0] 1 0 0",
			0},
		{"a thin overlap", row(2, 98), []Instance{on(0, 80, 20, 17, 10), on(1, 101, 20, 30, 10)}, 2, "[0 0] 0 0 0", 0},
		{"two detections of one vessel", row(2, 100),
			[]Instance{on(0, 80, 20, 20, 10), on(0, 82, 20, 18, 11), on(1, 100, 20, 30, 10)}, 2, "[0 1 0] 0 0 1", 1},
		{"numbers", row(2, 100), []Instance{numbered(on(0, 80, 20, 20, 10), 7), numbered(on(1, 100, 60, 30, 10), 7)}, 2,
			"[0 0] 0 0 2", 0},
		{"other numbers", row(2, 100), []Instance{numbered(on(0, 80, 20, 20, 10), 7), numbered(on(1, 100, 20, 30, 10), 8)}, 2,
			"[0 1] 0 0 2", 0},
		{"a number and none", row(2, 100), []Instance{numbered(on(0, 80, 20, 20, 10), 7), on(1, 100, 20, 30, 10)}, 2,
			"[0 0] 0 0 0", 0},
		{"nothing", row(2, 100), nil, 2, "[] 0 0 0", 0},
	} {
		f, err := NewFrame(tt.tiles)
		if err != nil {
			t.Fatal(err)
		}
		opts := DefaultOptions(false)
		opts.Depth = tt.depth
		s, err := f.Stitch(context.Background(), tt.instances, opts)
		if err != nil {
			t.Fatal(err)
		}
		var ends Ends
		parts := 0
		for k, w := range s.Wholes {
			ends.Outside += w.Outside
			ends.Unlabelled += w.Unlabelled
			ends.Unmatched += w.Unmatched
			parts += len(w.Parts)
			for _, p := range w.Parts {
				if s.Of[p] != k {
					t.Errorf("%s: part %d of whole %d is of %d", tt.name, p, k, s.Of[p])
				}
			}
		}
		got := fmt.Sprint(s.Of, ends.Outside, ends.Unlabelled, ends.Unmatched)
		if got != tt.want || parts != len(tt.instances) || s.Conflicts != tt.conflicts {
			t.Errorf("%s: %s, expected %s; %d conflicts, expected %d", tt.name, got, tt.want, s.Conflicts, tt.conflicts)
		}
	}
}

// TestScales joins on a frame of tiles of half the resolution.
func TestScales(t *testing.T) {
	tiles := []Tile{{Place: Place{Slide: "s", X: 1000, Y: 2000, Width: 100, Height: 100, Scale: 2}},
		{Place: Place{Slide: "s", X: 1200, Y: 2000, Width: 100, Height: 100, Scale: 2}}}
	f, err := NewFrame(tiles)
	if err != nil {
		t.Fatal(err)
	}
	if x, y := f.Origin(1); x != 600 || y != 1000 {
		t.Errorf("the second tile begins at %d, %d", x, y)
	}
	if w, h := f.Size(); w != 700 || h != 1100 {
		t.Errorf("the frame has %d x %d pixels", w, h)
	}
	s, err := f.Stitch(context.Background(),
		[]Instance{{Tile: 0, Region: box(t, 590, 1010, 10, 10)}, {Tile: 1, Region: box(t, 600, 1010, 10, 10)}},
		DefaultOptions(false))
	if err != nil || len(s.Wholes) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestCancel(t *testing.T) {
	f, err := NewFrame(row(2, 100))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Stitch(ctx, nil, DefaultOptions(false)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestBadTiles(t *testing.T) {
	good := Place{Slide: "s", X: 100, Y: 0, Width: 100, Height: 100}
	with := func(change func(*Place)) []Tile {
		p := good
		change(&p)
		return []Tile{{Place: Place{Slide: "s", Width: 100, Height: 100}}, {Place: p}}
	}
	for _, tt := range []struct {
		tiles []Tile
		want  string
		is    error
	}{
		{with(func(p *Place) { p.X = 0 }), "tiles 0 and 1: both are at one place of the slide: keep one of them",
			ErrSamePlace},
		{with(func(p *Place) { p.X = -1 }),
			"tile 1: bad place: found -1, 0, expected a corner at 0, 0 or beyond: a slide has no negative pixels", ErrPlace},
		{with(func(p *Place) { p.Width = 0 }), "tile 1: bad place: found a size of 0 x 100 pixels, expected 1 x 1 or more",
			ErrPlace},
		{with(func(p *Place) { p.Scale = 2 }),
			"tiles 0 and 1: they have different scales on one slide: keep the tiles of one scale (found 1 and 2)", ErrScales},
		{with(func(p *Place) { p.Scale = -1 }), "tile 1: bad place: found the scale -1, expected a number above 0", ErrPlace},
		{with(func(p *Place) { p.Slide = "t" }), `tiles 0 and 1: they are on different slides: "s" and "t"`, ErrSlides},
		{with(func(p *Place) { p.X = 1 << 30 }), "tile 1: bad place: the tile ends beyond pixel 2^30", ErrPlace},
		{[]Tile{{Place: Place{Slide: "s", X: 3, Width: 10, Height: 10, Scale: 2}}},
			"tile 0: bad place: slide pixel 3 is between two pixels of the scale 2", ErrPlace},
	} {
		_, err := NewFrame(tt.tiles)
		var bad *TileError
		if err == nil || err.Error() != tt.want || !errors.Is(err, tt.is) || !errors.As(err, &bad) {
			t.Errorf("%v, expected %s", err, tt.want)
		}
	}
	if _, err := NewFrame(with(func(p *Place) { p.X, p.Height = 0, 50 })); err != nil {
		t.Errorf("a tile in another: %v", err)
	}
}

func TestSlides(t *testing.T) {
	at := func(slide string, x int) Tile { return Tile{Place: Place{Slide: slide, X: x, Width: 10, Height: 10}} }
	list := []Tile{at("A10", 0), at("A9", 0), at("A10", 10), at("A9", 30)}
	slides, err := Slides(list)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range slides {
		got = append(got, fmt.Sprint(s.Slide, s.Tiles))
	}
	if want := []string{"A9[1 3]", "A10[0 2]"}; !slices.Equal(got, want) {
		t.Errorf("%q, expected %q", got, want)
	}
	_, err = Slides(append(list, at("A10", 10)))
	var bad *TileError
	if !errors.As(err, &bad) || bad.Tile != 4 || bad.Other != 2 {
		t.Errorf("%v", err)
	}
}
