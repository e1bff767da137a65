package slide

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// TestCover compares covers of random rectangles with pixels that are painted one by one.
func TestCover(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const side = 24
	for n := range 500 {
		var painted [side][side]bool
		var list []Rectangle
		for range r.IntN(12) {
			x, y := r.IntN(side-1), r.IntN(side-1)
			q := Rectangle{x, y, 1 + r.IntN(side-x-1), 1 + r.IntN(side-y-1)}
			if n%2 == 0 { // tiles of one size
				q = Rectangle{x / 4 * 4, y / 4 * 4, 4, 4}
			}
			list = append(list, q)
			for i := range q.Height {
				for k := range q.Width {
					painted[q.Y+i][q.X+k] = true
				}
			}
		}
		given := slices.Clone(list)
		r.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
		c, err := NewCover(list)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ReadCover(c.AppendJSON(nil), side, side)
		if err != nil || !slices.Equal(again.Rectangles(), c.Rectangles()) {
			t.Fatalf("%v: read %v, %v, expected %v", given, again.Rectangles(), err, c.Rectangles())
		}
		if other, err := NewCover(given); err != nil || !slices.Equal(other.Rectangles(), c.Rectangles()) {
			t.Fatalf("%v: the order decides: %v and %v, %v", given, other.Rectangles(), c.Rectangles(), err)
		}
		count := func(in Rectangle) (n int64) {
			for y := in.Y; y < in.Y+in.Height; y++ {
				for x := in.X; x < in.X+in.Width; x++ {
					if painted[y][x] {
						n++
					}
				}
			}
			return n
		}
		for range 20 {
			x, y := r.IntN(side), r.IntN(side)
			in := Rectangle{x, y, 1 + r.IntN(side-x), 1 + r.IntN(side-y)}
			expected := count(in)
			if got := c.Pixels(in); got != expected {
				t.Fatalf("%v: %d pixels of %v, expected %d", given, got, in, expected)
			}
			if got := c.Part(in, 1).Pixels(Rectangle{0, 0, in.Width, in.Height}); got != expected {
				t.Fatalf("%v: the part in %v has %d pixels, expected %d", given, in, got, expected)
			}
			// Of a part at half the resolution, all four pixels are covered.
			half := c.Part(in, 2)
			for _, q := range half.Rectangles() {
				if got := count(Rectangle{in.X + 2*q.X, in.Y + 2*q.Y, 2 * q.Width, 2 * q.Height}); got != 4*int64(q.Width)*int64(q.Height) {
					t.Fatalf("%v: %v of the half of %v has %d pixels", given, q, in, got)
				}
			}
		}
	}
}

// TestCoverOfTiles: tiles side by side are one rectangle, as quickly as any.
func TestCoverOfTiles(t *testing.T) {
	var list []Rectangle
	for i := range 300 * 200 {
		list = append(list, Rectangle{i % 300 * 512, i / 300 * 512, 512, 512})
	}
	c, err := NewCover(list)
	if err != nil || len(c.Rectangles()) != 1 || c.Pixels(Rectangle{0, 0, MaxCoordinate, MaxCoordinate}) != 300*512*200*512 {
		t.Errorf("%d rectangles, %v", len(c.Rectangles()), err)
	}
}

// TestReadCoverRefused: what is no part of an image is named.
func TestReadCoverRefused(t *testing.T) {
	for text, expected := range map[string]string{
		`5`:                       "labelled: bad part of an image: found 5, expected a list of rectangles",
		`[[1,2,3]]`:               "labelled[0]: bad part of an image: found 3 numbers, expected four",
		`[[0,0,1,1],[1.5,0,1,1]]`: "labelled: bad part of an image: found",
		`[[0,0,1,1],[0,0,0,1]]`:   "labelled[1]: bad part of an image: found 0 x 1 pixels at 0, 0",
		`[[-1,0,2,1]]`:            "labelled[0]: bad part of an image: found 2 x 1 pixels at -1, 0",
		`[[95,0,6,1]]`:            "labelled[0]: bad part of an image: found 6 x 1 pixels at 95, 0, expected pixels of the image of 100 x 50",
		`[[0,50,1,1]]`:            "labelled[0]: bad part of an image: found 1 x 1 pixels at 0, 50",
	} {
		if _, err := ReadCover([]byte(text), 100, 50); !errors.Is(err, errCover) || !strings.HasPrefix(err.Error(), expected) {
			t.Errorf("%s: %v, expected %s", text, err, expected)
		}
	}
	for _, text := range []string{"", "null"} {
		if c, err := ReadCover([]byte(text), 100, 50); c != nil || err != nil {
			t.Errorf("%q: %v, %v", text, c, err)
		}
	}
	if c, err := ReadCover([]byte("[]"), 100, 50); err != nil || c.Pixels(Rectangle{0, 0, 100, 50}) != 0 {
		t.Errorf("of nothing: %v", err)
	}
}

// TestBeyond: pixels beyond each edge are found, outlines that only touch an edge have none.
func TestBeyond(t *testing.T) {
	box := func(x0, y0, x1, y1 float64) rle.Ring { return rle.Ring{{x0, y0}, {x1, y0}, {x1, y1}, {x0, y1}} }
	for _, tt := range []struct {
		rings    []rle.Ring
		expected bool
	}{
		{[]rle.Ring{box(0, 0, 40, 30)}, false},
		{[]rle.Ring{box(5, 5, 41, 9)}, true},
		{[]rle.Ring{box(5, 5, 9, 31)}, true},
		{[]rle.Ring{box(-1, 5, 9, 9)}, true},
		{[]rle.Ring{box(5, -2, 9, 9)}, true},
		{[]rle.Ring{box(5, 5, 40.2, 9)}, false},
		{[]rle.Ring{box(-0.2, 5, 9, 9)}, false},
		{[]rle.Ring{box(5, 5, 9, 9), box(60, 60, 64, 64)}, true},
		{[]rle.Ring{box(5, 5, 9, 9), box(-9, -9, -5, -5)}, true},
	} {
		if got := Beyond(coco.Polygons(tt.rings), 30, 40); got != tt.expected {
			t.Errorf("%v: %v", tt.rings, got)
		}
	}
	m, err := rle.FromBox(30, 40, rle.Box{W: 40, H: 30})
	if err != nil || Beyond(coco.RLE(m), 30, 40) {
		t.Error("runs have no pixels beyond the image")
	}
}
