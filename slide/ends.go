package slide

import "github.com/hubdata/hubdata/internal/boxindex"

// pixelBox is the box of the pixels of a region: those of two regions that share no pixel
// but touch do not meet.
func pixelBox(r Region) boxindex.Box {
	h, w := r.Mask.Size()
	return boxindex.Box{X0: float64(r.X), Y0: float64(r.Y), X1: float64(r.X+w) - 0.5, Y1: float64(r.Y+h) - 0.5}
}

// partsIn are the parts of wholes of several parts, by whole and tile.
type partsIn map[[2]int][]int

// countEnds counts the contacts that no other part of the whole explains.
func (s *stitcher) countEnds(out *Stitched) {
	parts := partsIn{}
	for k, w := range out.Wholes {
		if len(w.Parts) > 1 {
			for _, i := range w.Parts {
				key := [2]int{k, s.instances[i].Tile}
				parts[key] = append(parts[key], i)
			}
		}
	}
	for i := range s.instances {
		for _, c := range s.contacts[i] {
			e := &out.Wholes[out.Of[i]].Ends
			switch s.behind(i, out.Of[i], c, parts) {
			case outside:
				e.Outside++
			case unlabelled:
				e.Unlabelled++
			case unmatched:
				e.Unmatched++
			}
		}
	}
}

// neighbour is what is on the other side of a contact.
type neighbour uint8

const (
	outside neighbour = iota
	unmatched
	unlabelled
	continued
)

// behind looks across a contact of an instance, which belongs to a whole.
func (s *stitcher) behind(i, whole int, c Contact, parts partsIn) neighbour {
	tile := s.instances[i].Tile
	beyond := s.frame.beyond(tile, c)
	near := rect{beyond.x0 - s.opts.Depth, beyond.y0 - s.opts.Depth, beyond.x1 + s.opts.Depth, beyond.y1 + s.opts.Depth}
	found := outside
	for _, n := range s.frame.near[tile] {
		if s.frame.rects[n].and(beyond).empty() {
			continue
		}
		found = max(found, unmatched)
		if s.frame.Tiles[n].Unlabelled {
			found = unlabelled
		}
		for _, k := range parts[[2]int{whole, int(n)}] {
			r := s.instances[k].Region
			if h, w := r.Mask.Size(); !near.and(rect{r.X, r.Y, r.X + w, r.Y + h}).empty() {
				return continued
			}
		}
	}
	return found
}

// beyond is the pixels on the other side of a contact.
func (f *Frame) beyond(tile int, c Contact) rect {
	r := f.rects[tile]
	switch c.Side {
	case Left:
		return rect{r.x0 - 1, r.y0 + c.From, r.x0, r.y0 + c.To + 1}
	case Right:
		return rect{r.x1, r.y0 + c.From, r.x1 + 1, r.y0 + c.To + 1}
	case Top:
		return rect{r.x0 + c.From, r.y0 - 1, r.x0 + c.To + 1, r.y0}
	}
	return rect{r.x0 + c.From, r.y1, r.x0 + c.To + 1, r.y1 + 1}
}
