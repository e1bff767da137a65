package rle

// Overlaps compares masks of one size pair by pair, each mask being made ready
// once, when it is first needed. It keeps memory from [Overlaps.Reset] to Reset,
// so it must not be used by two goroutines at once. The zero Overlaps holds no
// masks. Besides Reset, [Overlaps.Start] and [Overlaps.Add] bring them in.
type Overlaps struct {
	o    overlapper
	h, w int      // of masks that are added
	runs []uint32 // of masks that were added as text
}

// Reset makes the masks those to compare, in place of others. Masks of different
// sizes are an error that wraps [ErrSize].
func (p *Overlaps) Reset(masks []Mask) error {
	clear(p.o.shapes) // let go of the masks before
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
// foreground. It is bit for bit that of [AppendIoU].
func (p *Overlaps) IoU(i, j int) float64 {
	inter := p.Intersection(i, j)
	if inter == 0 {
		return 0
	}
	return float64(inter) / float64(p.o.shapes[i].area+p.o.shapes[j].area-inter)
}
