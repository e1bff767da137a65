package termimage

import (
	"bufio"
	"fmt"
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

// shrink scales a picture down to a width. Narrower pictures stay the same.
func shrink(img *image.RGBA, width int) *image.RGBA {
	if img.Rect.Dx() <= width {
		return img
	}
	h := max(1, (img.Rect.Dy()*width+img.Rect.Dx()/2)/img.Rect.Dx())
	out := image.NewRGBA(image.Rect(0, 0, width, h))
	draw.CatmullRom.Scale(out, out.Rect, img, img.Rect, draw.Src, nil)
	return out
}

// encodeBlocks writes two rows of pixels per line, as upper half blocks. The
// background of each is the lower pixel.
func encodeBlocks(w *bufio.Writer, img *image.RGBA, full bool) {
	code := func(layer int, c color.RGBA) string {
		if full {
			return fmt.Sprintf("\x1b[%d;2;%d;%d;%dm", layer, c.R, c.G, c.B)
		}
		return fmt.Sprintf("\x1b[%d;5;%dm", layer, nearest256(c))
	}
	r := img.Rect
	for y := r.Min.Y; y < r.Max.Y; y += 2 {
		last := ""
		for x := r.Min.X; x < r.Max.X; x++ {
			next := code(38, img.RGBAAt(x, y))
			char := "▀"
			if y+1 < r.Max.Y {
				next += code(48, img.RGBAAt(x, y+1))
			}
			if next != last {
				_, _ = w.WriteString(next)
				last = next
			}
			_, _ = w.WriteString(char)
		}
		_, _ = w.WriteString("\x1b[0m\n")
	}
}

// cube lists the values of a channel in the 6 x 6 x 6 cube of the 256 colours.
var cube = [6]int{0, 95, 135, 175, 215, 255}

// nearest256 returns the nearest of the 256 colours, except for the first 16,
// which users can change. The others are the cube and 24 greys.
func nearest256(c color.RGBA) int {
	level := func(v uint8) int {
		best := 0
		for i, l := range cube {
			if diff(int(v), l) < diff(int(v), cube[best]) {
				best = i
			}
		}
		return best
	}
	r, g, b := level(c.R), level(c.G), level(c.B)
	sum := (int(c.R) + int(c.G) + int(c.B)) / 3
	grey := min(max((sum-3)/10, 0), 23)
	away := func(r, g, b int) int {
		dr, dg, db := int(c.R)-r, int(c.G)-g, int(c.B)-b
		return dr*dr + dg*dg + db*db
	}
	if v := 8 + 10*grey; away(v, v, v) < away(cube[r], cube[g], cube[b]) {
		return 232 + grey
	}
	return 16 + 36*r + 6*g + b
}

func diff(a, b int) int { return max(a-b, b-a) }
