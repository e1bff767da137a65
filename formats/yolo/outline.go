package yolo

import (
	"github.com/hubdata/hubdata/rle"
)

// An outline is one closed ring around all parts and holes of a mask. It visits pixels by
// horizontal and vertical sides, and by steps from a pixel to one that touches its corner.
type outline struct {
	vertices []vertex
	joined   bool // it crosses the background
	left     int  // parts that are not in it
}

// trace returns the outline of a mask that has foreground.
func trace(m rle.Mask) outline {
	parts := m.Polygons(rle.Conn4)
	var o outline
	if len(parts) == 1 && len(parts[0].Holes) == 0 {
		o.vertices = appendInside(nil, parts[0].Outer)
	} else {
		o = join(m, parts)
	}
	stretch(o.vertices)
	return o
}

// stretch moves the outermost sides of an outline to the box of its pixels, since the loader
// takes the box of the vertices for that of the instance.
func stretch(vertices []vertex) {
	first, last := vertices[0].pixel, vertices[0].pixel
	for _, v := range vertices {
		first.x, first.y = min(first.x, v.x), min(first.y, v.y)
		last.x, last.y = max(last.x, v.x), max(last.y, v.y)
	}
	for i := range vertices {
		v := &vertices[i]
		v.px = outermost(v.px, v.x, first.x, last.x)
		v.py = outermost(v.py, v.y, first.y, last.y)
	}
}

func outermost(p place, at, first, last int) place {
	switch {
	case p == low && at == first:
		return lowest
	case p == high && at == last:
		return highest
	}
	return p
}

// appendInside appends the vertices of a ring along the sides of pixels, moved into the
// pixels of the mask, which are to the right of the ring.
func appendInside(dst []vertex, ring rle.Ring) []vertex {
	last := ring[len(ring)-1]
	for i, p := range ring {
		next := ring[(i+1)%len(ring)]
		across, along := last, next // the ends of the vertical and of the horizontal side
		if last[0] != p[0] {
			across, along = next, last
		}
		v := vertex{pixel: pixel{int(p[0]), int(p[1])}}
		if down := (across[1] < p[1]) == (across == last); down { // the mask is to the left of this side
			v.x, v.px = v.x-1, high
		}
		if left := (along[0] > p[0]) == (along == last); left { // the mask is above this side
			v.y, v.py = v.y-1, high
		}
		dst = append(dst, v)
		last = p
	}
	return dst
}
