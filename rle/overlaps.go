package rle

// Overlaps compares masks of the same size pair by pair. Each mask is prepared
// once, when it is first needed. The zero Overlaps holds no masks; use
// [Overlaps.Reset], or [Overlaps.Start] and [Overlaps.Add], to set them.
// Overlaps reuses memory, so two goroutines must not use it at the same time.
type Overlaps struct {
	o      overlapper
	h, w   int      // size of the masks to add
	runs   []uint32 // runs of the masks added as text or as polygons
	budget Budget   // of the masks added as polygons
}

// Reset replaces the masks to compare. If masks differ in size, the error wraps
// [ErrSize].
func (p *Overlaps) Reset(masks []Mask) error {
	clear(p.o.shapes) // release the previous masks
	p.o.reset(nil, nil)
	if err := sameSize(masks); err != nil {
		return err
	}
	p.h, p.w = 0, 0
	if len(masks) > 0 {
		p.h, p.w = masks[0].h, masks[0].w
	}
	p.o.reset(masks, nil)
	return nil
}

// Len returns the number of masks.
func (p *Overlaps) Len() int { return len(p.o.shapes) }

// Area returns the number of foreground pixels of mask i.
func (p *Overlaps) Area(i int) int { return p.o.shapes[i].area }

// Intersection returns the number of pixels that are foreground in masks i and j.
func (p *Overlaps) Intersection(i, j int) int {
	a, b := &p.o.shapes[i], &p.o.shapes[j]
	if a.x0 > b.x1 || b.x0 > a.x1 || a.y0 > b.y1 || b.y0 > a.y1 {
		return 0
	}
	return p.o.intersection(a, b)
}

// IoU returns the intersection over union of masks i and j, 0 if neither has
// foreground. The value is bit for bit that of [AppendIoU].
func (p *Overlaps) IoU(i, j int) float64 {
	inter := p.Intersection(i, j)
	if inter == 0 {
		return 0
	}
	return float64(inter) / float64(p.o.shapes[i].area+p.o.shapes[j].area-inter)
}
