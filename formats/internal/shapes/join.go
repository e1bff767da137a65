package shapes

import (
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

// Part is a shape that was read: one of Ring and Mask, or a Box.
type Part struct {
	Class string
	Group string // parts of one class and group are one instance; empty: the part is one itself
	Ring  rle.Ring
	Mask  *rle.Mask
	Box   bool // Ring is a rectangle, which alone is a box without an outline
	Crowd bool
	Extra coco.Fields
}

// Join returns the instances that parts of an image are, in the order of their first
// parts. Class, crowd and members are those of the first part. If fill is nil, rings stay
// polygons; else it returns the pixels of rings, which become masks.
func Join(h, w int, parts []Part, fill func(h, w int, rings []rle.Ring) (rle.Mask, error)) ([]formats.Instance, error) {
	type key struct{ class, group string }
	at := map[key]int{}
	var groups [][]*Part
	for i := range parts {
		p := &parts[i]
		if k := (key{p.Class, p.Group}); p.Group != "" {
			if g, ok := at[k]; ok {
				groups[g] = append(groups[g], p)
				continue
			}
			at[k] = len(groups)
		}
		groups = append(groups, []*Part{p})
	}
	list := make([]formats.Instance, len(groups))
	for i, group := range groups {
		list[i].Class = group[0].Class
		list[i].IsCrowd, list[i].Extra = group[0].Crowd, group[0].Extra
		if err := outline(&list[i].Annotation, h, w, group, fill); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// outline sets the outline of an instance from its parts.
func outline(a *coco.Annotation, h, w int, group []*Part, fill func(h, w int, rings []rle.Ring) (rle.Mask, error)) error {
	if r := group[0].Ring; len(group) == 1 && group[0].Box {
		boxOnly(a, r[0][0], r[0][1], r[2][0], r[2][1])
		return nil
	}
	var rings []rle.Ring
	var masks []rle.Mask
	for _, p := range group {
		if p.Mask != nil {
			masks = append(masks, *p.Mask)
		} else {
			rings = append(rings, p.Ring)
		}
	}
	if masks == nil && fill == nil {
		a.Segmentation = coco.Polygons(rings)
		return nil
	}
	if fill == nil {
		fill = func(h, w int, rings []rle.Ring) (rle.Mask, error) {
			return rle.FromPolygon(h, w, rle.FillCOCO, rings...)
		}
	}
	if rings != nil {
		m, err := fill(h, w, rings)
		if err != nil {
			return err
		}
		masks = append(masks, m)
	}
	m, err := rle.Union(masks...)
	a.Segmentation = coco.RLE(m)
	return err
}
