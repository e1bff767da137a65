package demo

import (
	"io"
	"strconv"
)

// The classes of polygons.jsonl.
const (
	bloodVessel = "blood_vessel"
	glomerulus  = "glomerulus"
	unsure      = "unsure"
)

// annotation is an outline as an annotator drew it.
type annotation struct {
	class string
	ring  []pixel
}

// annotations returns the outlines of a tile of tier 1 or 2 in polygons.jsonl. The
// outlines of tier 2 are less exact, and some vessels are missing. A few tiles have
// no outlines at all, a few have no vessels, and a few of tier 2 have a duplicate
// outline.
func (s *Set) annotations(t *Tile) []annotation {
	if t.Dataset > 2 || t.ordinal%150 == 20 {
		return nil
	}
	r := newRNG(s.seed, "outlines", t.num)
	sc := s.scene(t)
	missed, shift, wobble := 0.02, 0.6, 0.8
	if t.Dataset == 2 {
		missed, shift, wobble = 0.09, 1.6, 2.2
	}
	var list []annotation
	add := func(class string, th thing) {
		off := vec{shift * r.normal(), shift * r.normal()}
		// The visible part of a thing at the edge may be tiny.
		if ring := th.outline.moved(r, off, 0.5*shift*r.normal(), wobble).trace(nil, r, true); wide(ring) {
			list = append(list, annotation{class, ring})
		}
	}
	for _, th := range sc.glomeruli {
		add(glomerulus, th)
	}
	for i, th := range sc.vessels {
		class := bloodVessel
		if r.chance(0.02) || t.ordinal%150 == 22 {
			class = unsure
		}
		if i > 0 && r.chance(missed) {
			continue
		}
		add(class, th)
	}
	if t.Dataset == 2 && t.ordinal%60 == 33 && len(list) > 0 {
		list = append(list, list[r.intN(len(list))])
	}
	return list
}

// wide reports whether an outline spans more than two columns and two rows.
func wide(ring []pixel) bool {
	if len(ring) == 0 {
		return false
	}
	lo, hi := ring[0], ring[0]
	for _, p := range ring {
		lo = pixel{min(lo.x, p.x), min(lo.y, p.y)}
		hi = pixel{max(hi.x, p.x), max(hi.y, p.y)}
	}
	return hi.x-lo.x > 2 && hi.y-lo.y > 2
}

// WritePolygons writes polygons.jsonl: a line for each tile of tiers 1 and 2,
// ordered by tile id, with the spacing of Python's json.dumps.
func (s *Set) WritePolygons(w io.Writer) error {
	tiles := s.tier(1, 2)
	return ordered(w, len(tiles), s.workers, func(dst []byte, i int) ([]byte, error) {
		t := tiles[i]
		dst = append(dst, `{"id": "`...)
		dst = append(dst, t.ID...)
		dst = append(dst, `", "annotations": [`...)
		for k, a := range s.annotations(t) {
			if k > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(dst, `{"type": "`...)
			dst = append(dst, a.class...)
			dst = append(dst, `", "coordinates": [[`...)
			for k, p := range a.ring {
				if k > 0 {
					dst = append(dst, ", "...)
				}
				dst = append(dst, '[')
				dst = strconv.AppendInt(dst, int64(p.x), 10)
				dst = append(dst, ", "...)
				dst = strconv.AppendInt(dst, int64(p.y), 10)
				dst = append(dst, ']')
			}
			dst = append(dst, "]]}"...)
		}
		return append(dst, "]}\n"...), nil
	})
}

// tier returns the tiles of the named tiers, in order.
func (s *Set) tier(datasets ...int) []*Tile {
	var list []*Tile
	for i := range s.tiles {
		for _, d := range datasets {
			if s.tiles[i].Dataset == d {
				list = append(list, &s.tiles[i])
			}
		}
	}
	return list
}
