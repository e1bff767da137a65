package rle

// FillHoles returns the mask with its holes filled. Holes are parts of the
// background that are not connected to the border of the image. The
// connectivity is that of the background. With [Conn4], the default of
// scipy.ndimage.binary_fill_holes, a diagonal line of foreground pixels can
// enclose a hole. With [Conn8] the background connects through the diagonal.
func (m Mask) FillHoles(background Connectivity) Mask {
	if len(m.runs) == 0 {
		return m
	}
	blocks := m.blocks(false)
	labels, n := labelBlocks(blocks, background)
	open := make([]bool, n)
	for i, b := range blocks {
		if b.x0 == 0 || b.y0 == 0 || int(b.x1) == m.w || int(b.y1) == m.h {
			open[labels[i]] = true
		}
	}
	kept := blocks[:0]
	for i, b := range blocks {
		if open[labels[i]] {
			kept = append(kept, b)
		}
	}
	return fromBlocks(m.h, m.w, kept).Complement()
}
