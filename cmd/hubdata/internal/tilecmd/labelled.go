package tilecmd

import (
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/slide"
)

// shows is the part of the picture that a tile shows.
func (p *picture) shows(tile int) slide.Rectangle {
	at := p.onSlide(tile)
	x, y := at.Min.X*p.scale, at.Min.Y*p.scale
	return slide.Rectangle{X: x, Y: y, Width: min(at.Max.X*p.scale, p.image.Width) - x, Height: min(at.Max.Y*p.scale, p.image.Height) - y}
}

// leaveUnlabelled takes tiles that nobody labelled out of those that are kept: those without annotations of which nothing
// was, or with --min-labelled those of which a lower share was, and their parts.
func (w *writing) leaveUnlabelled(r *reading, kept, filled []bool) {
	left := map[uint32]bool{} // tiles with parts
	for _, p := range r.pictures {
		if p.labelled == nil {
			continue
		}
		for tile := range p.tiles.Len() {
			at := p.shows(tile)
			n, all := p.labelled.Pixels(at), int64(at.Width)*int64(at.Height)
			i := p.first + tile
			below := n == 0 && !filled[i]
			if w.opts.minLabelled >= 0 {
				below = float64(n) < float64(w.opts.minLabelled*float64(all))
			}
			switch {
			case below:
				w.tiles.Unlabelled++
				if kept[i] = false; filled[i] {
					left[uint32(i)] = true
				}
			case n < all:
				w.tiles.Partly++
			}
		}
	}
	if len(left) == 0 {
		return
	}
	n := len(w.parts)
	w.parts = slices.DeleteFunc(w.parts, func(t spool.Text) bool { return left[t.Of] })
	n -= len(w.parts)
	w.counts.Parts, w.counts.Unlabelled = w.counts.Parts-n, n
}

// labelledOf is what a tile says of its labelled part. One that is all labelled says nothing.
func (p *picture) labelledOf(tile int) coco.Fields {
	if p.labelled == nil {
		return nil
	}
	at := p.shows(tile)
	if p.labelled.Pixels(at) == int64(at.Width)*int64(at.Height) {
		return nil
	}
	return coco.Fields{{Key: slide.LabelledMember, Value: p.labelled.Part(at, p.scale).AppendJSON(nil)}}
}
