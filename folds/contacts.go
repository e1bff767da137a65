package folds

import "github.com/hubdata/hubdata/rle"

// Side is a side of an image.
type Side uint8

// The sides.
const (
	Left Side = iota
	Right
	Top
	Bottom
)

// Contact is a part of an image's border that a mask touches: the pixels From to To,
// both included, of the left or right column or the top or bottom row.
type Contact struct {
	Side     Side
	From, To int
}

// Contacts returns the parts of the image's border that a mask touches, ordered by
// side.
func Contacts(m rle.Mask) []Contact {
	h, w := m.Size()
	b := m.Bounds()
	if b.W == 0 || b.H == 0 {
		return nil
	}
	var out []Contact
	along := func(side Side, x, y, height, width int) {
		strip, err := m.Crop(x, y, height, width)
		if err != nil {
			return // a strip of the mask is never too large
		}
		at := 0
		for i, n := range strip.Runs() {
			if i%2 == 1 && n > 0 {
				out = append(out, Contact{side, at, at + int(n) - 1})
			}
			at += int(n)
		}
	}
	if b.X == 0 {
		along(Left, 0, 0, h, 1)
	}
	if int(b.X+b.W) == w {
		along(Right, w-1, 0, h, 1)
	}
	if b.Y == 0 {
		along(Top, 0, 0, 1, w)
	}
	if int(b.Y+b.H) == h {
		along(Bottom, 0, h-1, 1, w)
	}
	return out
}
