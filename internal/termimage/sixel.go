package termimage

import (
	"bufio"
	"fmt"
	"image"
	"image/color"
	"slices"
)

// sixelColors is the maximum number of colours in a picture.
const sixelColors = 255

// encodeSixel writes bands of six rows, colour by colour.
func encodeSixel(w *bufio.Writer, img *image.RGBA) {
	colors, index := quantize(img, sixelColors)
	width, height := img.Rect.Dx(), img.Rect.Dy()
	fmt.Fprintf(w, "\x1bP0;1q\"1;1;%d;%d", width, height) // pixels are square, and none is cleared
	for i, c := range colors {
		percent := func(v uint8) int { return (int(v)*100 + 127) / 255 }
		fmt.Fprintf(w, "#%d;2;%d;%d;%d", i, percent(c.R), percent(c.G), percent(c.B))
	}
	bits := make([]byte, width)
	for top := 0; top < height; top += 6 {
		rows := min(6, height-top)
		band := index[top*width : (top+rows)*width]
		var used [sixelColors]bool
		for _, k := range band {
			used[k] = true
		}
		first := true
		for k := range colors {
			if !used[k] {
				continue
			}
			clear(bits)
			for y := range rows {
				for x, v := range band[y*width : (y+1)*width] {
					if int(v) == k {
						bits[x] |= 1 << y
					}
				}
			}
			if !first {
				_ = w.WriteByte('$') // back to the beginning of the band
			}
			first = false
			fmt.Fprintf(w, "#%d", k)
			for x := 0; x < width; {
				n := 1
				for x+n < width && bits[x+n] == bits[x] {
					n++
				}
				if char := bits[x] + 63; n > 3 {
					fmt.Fprintf(w, "!%d%c", n, char)
				} else {
					for range n {
						_ = w.WriteByte(char)
					}
				}
				x += n
			}
		}
		_ = w.WriteByte('-') // to the next band
	}
	_, _ = w.WriteString("\x1b\\\n")
}

// bin is a set of pixels whose channels agree in their first 5 bits.
type bin struct{ n, r, g, b int }

// quantize chooses colours by median cut, and assigns each pixel the colour of
// its box.
func quantize(img *image.RGBA, most int) (colors []color.RGBA, index []uint8) {
	key := func(p []uint8) int { return int(p[0]>>3)<<10 | int(p[1]>>3)<<5 | int(p[2]>>3) }
	all := make([]bin, 1<<15)
	width, height := img.Rect.Dx(), img.Rect.Dy()
	for y := range height {
		row := img.Pix[y*img.Stride : y*img.Stride+4*width]
		for ; len(row) > 0; row = row[4:] {
			h := &all[key(row)]
			h.n, h.r, h.g, h.b = h.n+1, h.r+int(row[0]), h.g+int(row[1]), h.b+int(row[2])
		}
	}
	var keys []int
	for k := range all {
		if all[k].n > 0 {
			keys = append(keys, k)
		}
	}
	boxes := [][]int{keys}
	for len(boxes) < most {
		best, worth := -1, 0
		for i, box := range boxes {
			if _, width := spread(box); len(box) > 1 {
				n := 0
				for _, k := range box {
					n += all[k].n
				}
				if n*width > worth {
					best, worth = i, n*width
				}
			}
		}
		if best < 0 {
			break
		}
		a, b := cut(boxes[best], all)
		boxes[best] = a
		boxes = append(boxes, b)
	}
	colorOf := make([]uint8, len(all))
	for i, box := range boxes {
		var sum bin
		for _, k := range box {
			colorOf[k] = uint8(i)
			sum.n, sum.r, sum.g, sum.b = sum.n+all[k].n, sum.r+all[k].r, sum.g+all[k].g, sum.b+all[k].b
		}
		if sum.n == 0 {
			sum.n = 1
		}
		colors = append(colors, color.RGBA{uint8(sum.r / sum.n), uint8(sum.g / sum.n), uint8(sum.b / sum.n), 0xff})
	}
	index = make([]uint8, 0, width*height)
	for y := range height {
		row := img.Pix[y*img.Stride : y*img.Stride+4*width]
		for ; len(row) > 0; row = row[4:] {
			index = append(index, colorOf[key(row)])
		}
	}
	return colors, index
}

// spread returns the channel in which the colours of a box differ most, and the
// difference.
func spread(box []int) (shift uint, width int) {
	for _, s := range []uint{10, 5, 0} {
		lo, hi := 31, 0
		for _, k := range box {
			v := k >> s & 31
			lo, hi = min(lo, v), max(hi, v)
		}
		if hi-lo > width {
			shift, width = s, hi-lo
		}
	}
	return shift, width
}

// cut splits a box of two or more colours into two with about the same number
// of pixels.
func cut(box []int, all []bin) (a, b []int) {
	shift, _ := spread(box)
	slices.SortFunc(box, func(p, q int) int {
		if d := p>>shift&31 - q>>shift&31; d != 0 {
			return d
		}
		return p - q
	})
	total := 0
	for _, k := range box {
		total += all[k].n
	}
	at, sum := 1, all[box[0]].n
	for at < len(box)-1 && sum < total/2 {
		sum += all[box[at]].n
		at++
	}
	return box[:at], box[at:]
}
