package tilecmd

import "image"

// What a pixel of tissue is, of 255: colours that differ so much, or a brightness below.
const (
	tissueColor  = 16
	tissueBright = 200
)

// tissue returns the share of pixels that are tissue.
func tissue(img image.Image) float64 {
	b := img.Bounds()
	n := 0
	is := func(r, g, b int) bool {
		return max(r, g, b)-min(r, g, b) >= tissueColor || r+g+b < 3*tissueBright
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		if m, ok := img.(*image.RGBA); ok {
			row := m.Pix[m.PixOffset(b.Min.X, y) : m.PixOffset(b.Max.X-1, y)+4]
			for ; len(row) >= 4; row = row[4:] {
				if is(int(row[0]), int(row[1]), int(row[2])) {
					n++
				}
			}
			continue
		}
		for x := b.Min.X; x < b.Max.X; x++ {
			r, g, b, _ := img.At(x, y).RGBA()
			if is(int(r>>8), int(g>>8), int(b>>8)) {
				n++
			}
		}
	}
	return float64(n) / float64(b.Dx()*b.Dy())
}
