package slide

import (
	"cmp"
	"slices"

	"github.com/hubdata/hubdata/rle"
)

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

// Contacts returns the parts of the image's border that a mask touches, ordered by side.
// A mask touches the border where it has a pixel in the outer depth columns or rows: one
// if depth is 1; outlines filled by a rule that leaves their last pixels out end before it.
func Contacts(m rle.Mask, depth int) []Contact {
	h, w := m.Size()
	return contactsOf(NewRegion(0, 0, m), 0, 0, h, w, depth)
}

// contactsOf returns the contacts of a region with the border of a tile at (x, y).
func contactsOf(r Region, x, y, height, width, depth int) []Contact {
	h, w := r.Mask.Size()
	if h == 0 || w == 0 {
		return nil
	}
	var out []Contact
	if r.X < x+depth {
		out = appendContacts(out, Left, r, x, y, height, min(depth, width))
	}
	if r.X+w > x+width-depth {
		out = appendContacts(out, Right, r, x+max(width-depth, 0), y, height, min(depth, width))
	}
	if r.Y < y+depth {
		out = appendContacts(out, Top, r, x, y, min(depth, height), width)
	}
	if r.Y+h > y+height-depth {
		out = appendContacts(out, Bottom, r, x, y+max(height-depth, 0), min(depth, height), width)
	}
	return out
}

// appendContacts appends the parts of a side that the pixels in a strip along it cover.
func appendContacts(dst []Contact, side Side, r Region, x, y, height, width int) []Contact {
	h, w := r.Mask.Size()
	left, top, right, bottom := max(r.X, x), max(r.Y, y), min(r.X+w, x+width), min(r.Y+h, y+height)
	if left >= right || top >= bottom {
		return dst
	}
	strip, err := r.Mask.Crop(left-r.X, top-r.Y, bottom-top, right-left)
	if err != nil {
		panic(err) // the part is inside
	}
	var parts []Contact
	for _, s := range (Region{left, top, strip}).appendSpans(nil) {
		if side == Left || side == Right {
			parts = append(parts, Contact{side, s.y0 - y, s.y1 - y - 1})
		} else {
			parts = append(parts, Contact{side, s.x - x, s.x - x})
		}
	}
	slices.SortFunc(parts, func(a, b Contact) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	first := len(dst)
	for _, p := range parts {
		if last := len(dst) - 1; last >= first && p.From <= dst[last].To+1 {
			dst[last].To = max(dst[last].To, p.To)
			continue
		}
		dst = append(dst, p)
	}
	return dst
}
