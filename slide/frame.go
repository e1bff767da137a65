package slide

import (
	"errors"
	"fmt"
	"math"

	"github.com/hubdata/hubdata/internal/wtf8"
)

// Tile is an image of a slide.
type Tile struct {
	Place
	// Unlabelled says that nobody looked for instances on the tile: an instance of a
	// neighbour may go on there.
	Unlabelled bool
}

// Frame is the tiles of one slide, which have one scale.
type Frame struct {
	Slide string
	Scale float64 // slide pixels per frame pixel
	Tiles []Tile
	rects []rect // of the tiles
	near  [][]int32
}

// rect is a part of a frame, from x0, y0 to before x1, y1.
type rect struct{ x0, y0, x1, y1 int }

func (r rect) and(o rect) rect {
	return rect{max(r.x0, o.x0), max(r.y0, o.y0), min(r.x1, o.x1), min(r.y1, o.y1)}
}

func (r rect) empty() bool { return r.x0 >= r.x1 || r.y0 >= r.y1 }

// TileError names a tile, by its index in the list, that cannot be in a frame.
type TileError struct {
	Tile  int
	Other int // the tile that it contradicts; -1: none
	Err   error
}

func (e *TileError) Error() string {
	if e.Other < 0 {
		return fmt.Sprintf("tile %d: %v", e.Tile, e.Err)
	}
	return fmt.Sprintf("tiles %d and %d: %v", e.Other, e.Tile, e.Err)
}

func (e *TileError) Unwrap() error { return e.Err }

// The kinds of [TileError]; others wrap [ErrPlace].
var (
	ErrSamePlace = errors.New("both are at one place of the slide: keep one of them")
	ErrScales    = errors.New("they have different scales on one slide: keep the tiles of one scale")
	ErrSlides    = errors.New("they are on different slides")
)

// NewFrame returns the frame of the tiles of one slide. The error is a [*TileError]. Tiles
// may overlap and leave gaps, but no two of them are at one place and of one size.
func NewFrame(tiles []Tile) (*Frame, error) {
	f := &Frame{Tiles: tiles, Scale: 1}
	seen := map[rect]int{}
	places := make([]Place, len(tiles))
	for i := range tiles {
		p := tiles[i].Place
		if err := p.check(); err != nil {
			return nil, &TileError{i, -1, err}
		}
		if i == 0 {
			f.Slide, f.Scale = p.Slide, p.scale()
		}
		switch {
		case p.Slide != f.Slide:
			return nil, &TileError{i, 0, fmt.Errorf("%w: %s and %s", ErrSlides, wtf8.Quote(f.Slide), wtf8.Quote(p.Slide))}
		case p.scale() != f.Scale:
			return nil, &TileError{i, 0, fmt.Errorf("%w (found %v and %v)", ErrScales, f.Scale, p.scale())}
		}
		x, errX := f.pixel(p.X)
		y, errY := f.pixel(p.Y)
		if err := errors.Join(errX, errY); err != nil {
			return nil, &TileError{i, -1, err}
		}
		r := rect{x, y, x + p.Width, y + p.Height}
		if other, ok := seen[r]; ok {
			return nil, &TileError{i, other, ErrSamePlace}
		}
		seen[r] = i
		f.rects = append(f.rects, r)
		// In frame pixels, neighbours touch whatever their scale.
		places[i] = Place{Slide: "s", X: x, Y: y, Width: p.Width, Height: p.Height}
	}
	f.near = make([][]int32, len(tiles))
	Near(places, 0, func(a, b, _ int) {
		f.near[a], f.near[b] = append(f.near[a], int32(b)), append(f.near[b], int32(a))
	})
	return f, nil
}

// pixel returns the frame pixel of a position in slide pixels, which was rounded to one.
func (f *Frame) pixel(v int) (int, error) {
	at := math.Round(float64(v) / f.Scale)
	if math.Abs(float64(at*f.Scale)-float64(v)) > 0.5 {
		return 0, fmt.Errorf("%w: slide pixel %d is between two pixels of the scale %v", ErrPlace, v, f.Scale)
	}
	return int(at), nil
}

// Size returns the width and height of the frame up to the last tile, in frame pixels.
func (f *Frame) Size() (width, height int) {
	for _, r := range f.rects {
		width, height = max(width, r.x1), max(height, r.y1)
	}
	return width, height
}

// Origin returns the frame pixel of the top left corner of a tile.
func (f *Frame) Origin(tile int) (x, y int) { return f.rects[tile].x0, f.rects[tile].y0 }
