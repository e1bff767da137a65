package draw

import (
	"image"
	"image/color"
	"math"
	"sync"

	"golang.org/x/image/draw"

	"github.com/hubdata/hubdata/internal/gaps"
	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/internal/typeface"
)

// Slide is the map of a slide, with its tiles in their places.
type Slide struct {
	Tiles []Placed
	Side  int // side of a tile in slide pixels
	// Missing marks places next to a tile that have no tile.
	Missing bool

	laid   sync.Once
	xs, ys *gaps.Axis // places of Tiles
}

// Placed is a tile of a map.
type Placed struct {
	X, Y  int         // top left in slide pixels
	Image *image.RGBA // a thumbnail made by [Slide.Thumbnail]; nil: none
	Color color.RGBA
	Text  string // written in the middle, if there is room
}

// The size of a map, and of a tile on it, in pixels.
const (
	mapSide             = 1400
	placeMost, placeMin = 96, 5
	textLeast           = 24 // with a text
	mapMargin           = 8
)

// axes place the tiles and their missing neighbours, without long empty stretches. The
// tiles must not move afterwards.
func (s *Slide) axes() (x, y *gaps.Axis) {
	s.laid.Do(s.lay)
	return s.xs, s.ys
}

func (s *Slide) lay() {
	rim := 0
	if s.Missing {
		rim = s.Side
	}
	var across, down [][2]float64
	for i := range s.Tiles {
		t := &s.Tiles[i]
		for _, d := range []int{-rim, 0, rim} {
			across = append(across, [2]float64{float64(t.X + d), float64(t.X + d + s.Side)})
			down = append(down, [2]float64{float64(t.Y + d), float64(t.Y + d + s.Side)})
		}
	}
	s.xs, s.ys = gaps.Close(across), gaps.Close(down)
}

// placeSide returns the length of a tile's side on the map in pixels.
func (s *Slide) placeSide() int {
	x, y := s.axes()
	long := max(x.Total, y.Total)
	if !(long > 0) {
		return placeMost
	}
	return min(max(int(float64(mapSide)*float64(s.Side)/long), placeMin), placeMost)
}

// Thumbnail scales an image to the size that it has on the map.
func (s *Slide) Thumbnail(img image.Image) *image.RGBA {
	side := s.placeSide()
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(out, out.Rect, img, img.Bounds(), draw.Over, nil)
	return out
}

// missingPlaces returns the places where tiles have no neighbour to the left,
// right, top or bottom. Each place appears once, in the order of the tiles. A
// place counts as taken if there is a tile within half a tile of it.
func (s *Slide) missingPlaces() []image.Point {
	if len(s.Tiles) == 0 || s.Side < 1 {
		return nil
	}
	// The tiles of a slide lie on a lattice, or near one.
	x0, y0 := s.Tiles[0].X, s.Tiles[0].Y
	cell := func(x, y int) image.Point {
		round := func(v int) int { return int(math.Round(float64(v) / float64(s.Side))) }
		return image.Pt(round(x-x0), round(y-y0))
	}
	taken := map[image.Point]bool{}
	for i := range s.Tiles {
		taken[cell(s.Tiles[i].X, s.Tiles[i].Y)] = true
	}
	var out []image.Point
	for i := range s.Tiles {
		for _, d := range []image.Point{{-s.Side, 0}, {s.Side, 0}, {0, -s.Side}, {0, s.Side}} {
			p := image.Pt(s.Tiles[i].X, s.Tiles[i].Y).Add(d)
			if c := cell(p.X, p.Y); !taken[c] {
				taken[c] = true
				out = append(out, p)
			}
		}
	}
	return out
}

// Shortened reports whether the map leaves out an empty part of the slide, at a dashed
// line.
func (s *Slide) Shortened() bool {
	x, y := s.axes()
	return len(x.Cuts)+len(y.Cuts) > 0
}

// CutStyle returns the style of the line where an empty part of the slide is left out.
func CutStyle() Style { return Style{Color: palette.Grey, Line: Dashed, Width: 1} }

// MissingStyle returns the style of places without a tile.
func MissingStyle() Style {
	return Style{Color: palette.Pale, Line: NoLine, Fill: 0.45}
}

// Picture draws the map. Empty stretches longer than two tiles are left out, at a dashed
// line. The error is an [*ErrSize].
func (s *Slide) Picture() (*image.RGBA, error) {
	xs, ys := s.axes()
	side := s.placeSide()
	zoom := float64(side) / float64(max(s.Side, 1))
	w, h := int(math.Ceil(float64(xs.Total*zoom)))+2*mapMargin, int(math.Ceil(float64(ys.Total*zoom)))+2*mapMargin
	if err := sized(w, h); err != nil || xs.Total <= 0 || ys.Total <= 0 {
		return nil, &ErrSize{w, h}
	}
	c := newCanvas(w, h, palette.White)
	at := func(x, y int) image.Rectangle {
		p := image.Pt(mapMargin+int(math.Round(float64(xs.Place(float64(x))*zoom))), mapMargin+int(math.Round(float64(ys.Place(float64(y))*zoom))))
		return image.Rectangle{p, p.Add(image.Pt(side, side))}
	}
	for _, x := range xs.Cuts {
		at := mapMargin + math.Round(float64(x*zoom))
		c.cut(point{at, mapMargin}, point{at, float64(h - mapMargin)})
	}
	for _, y := range ys.Cuts {
		at := mapMargin + math.Round(float64(y*zoom))
		c.cut(point{mapMargin, at}, point{float64(w - mapMargin), at})
	}
	if s.Missing {
		for _, p := range s.missingPlaces() {
			r := at(p.X, p.Y).Inset(max(1, side/16))
			c.fill([][]point{rectangle(float64(r.Min.X), float64(r.Min.Y), float64(r.Max.X), float64(r.Max.Y))}, translucent(palette.Pale, 0.45))
		}
	}
	var f *typeface.Face
	if side >= textLeast {
		f = typeface.New(min(13, float64(side)*0.38), true)
	}
	for i := range s.Tiles {
		t := &s.Tiles[i]
		c.place(t, at(t.X, t.Y))
		if f == nil || t.Text == "" {
			continue
		}
		r := at(t.X, t.Y)
		text := f.Fit(t.Text, side-2)
		ink, halo := palette.Black, palette.White
		if t.Image == nil && palette.Dark(t.Color) {
			ink, halo = palette.White, palette.Black
		}
		c.haloText(f, r.Min.X+(side-f.Width(text))/2, r.Min.Y+(side-f.Height)/2, ink, translucent(halo, 0.8), text)
	}
	return c.RGBA, nil
}

// cut draws the line where an empty part of the slide is left out.
func (c *canvas) cut(from, to point) {
	s := CutStyle()
	c.stroke(s.pieces([]point{from, to}), s.width(), s.Color)
}

// place draws a tile: its thumbnail in a frame of its colour, or just the
// colour.
func (c *canvas) place(t *Placed, r image.Rectangle) {
	gap := 0
	if r.Dx() >= 12 {
		gap = 1 // keeps tiles apart
	}
	in := image.Rect(r.Min.X, r.Min.Y, r.Max.X-gap, r.Max.Y-gap)
	if t.Image == nil {
		draw.Draw(c.RGBA, in, image.NewUniform(t.Color), image.Point{}, draw.Src)
		return
	}
	draw.Draw(c.RGBA, in, t.Image, image.Point{}, draw.Src)
	draw.Draw(c.RGBA, in, image.NewUniform(translucent(t.Color, 0.3)), image.Point{}, draw.Over)
	frame := max(1, r.Dx()/14)
	for _, side := range []image.Rectangle{
		{in.Min, image.Pt(in.Max.X, in.Min.Y+frame)}, {image.Pt(in.Min.X, in.Max.Y-frame), in.Max},
		{in.Min, image.Pt(in.Min.X+frame, in.Max.Y)}, {image.Pt(in.Max.X-frame, in.Min.Y), in.Max},
	} {
		draw.Draw(c.RGBA, side, image.NewUniform(t.Color), image.Point{}, draw.Src)
	}
}
