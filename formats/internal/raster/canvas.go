// Package raster is what formats of pixels have in common: instances are drawn onto a
// canvas of numbers and read back, label images are written and read, and files are paired
// with the images that they belong to.
//
// [Flatten] decides which instance a pixel belongs to that several cover. [Canvas.Regions]
// returns the pixels of each number as a mask.
package raster

import (
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/internal/imagefile"
	"github.com/hubdata/hubdata/rle"
)

// MaxPixels is the largest number of pixels of a canvas: 2^27.
const MaxPixels = imagefile.MaxIntegers

// maxRegions is the largest number of different numbers of a canvas: 2^20. Images with
// more are pictures, not labels.
const maxRegions = 1 << 20

// Canvas holds a number for each pixel of an image; 0 is background. Column follows column,
// from top to bottom, as the runs of masks go: pixel (x, y) is Values[x*Height+y].
type Canvas struct {
	Height, Width int
	Values        []uint32
}

// NewCanvas returns a canvas of background. A size that is not positive, or beyond
// [MaxPixels], is an error.
func NewCanvas(h, w int) (*Canvas, error) {
	if h < 1 || w < 1 || w > MaxPixels/h {
		return nil, fmt.Errorf("found %d x %d pixels (width x height), expected 1 to %d in all", w, h, MaxPixels)
	}
	return &Canvas{Height: h, Width: w, Values: zeroed(h * w)}, nil
}

// values are those of canvases that were freed.
var values sync.Pool // of *[]uint32

// zeroed returns n zeros.
func zeroed(n int) []uint32 {
	if used, ok := values.Get().(*[]uint32); ok && cap(*used) >= n {
		v := (*used)[:n]
		clear(v)
		return v
	}
	return make([]uint32, n)
}

// Free gives the memory of the canvas to those that are made later. It must not be used any
// more. It need not be called.
func (c *Canvas) Free() {
	if v := c.Values; cap(v) <= maxKept {
		values.Put(&v)
	}
	c.Values = nil
}

// maxKept is the largest canvas whose memory is kept, in pixels.
const maxKept = 1 << 22

// FromRows returns a canvas of numbers that are in the order of rows. Their number must be
// h*w.
func FromRows(h, w int, rows []uint32) (*Canvas, error) {
	c, err := NewCanvas(h, w)
	if err != nil {
		return nil, err
	}
	if len(rows) != h*w {
		return nil, fmt.Errorf("found %d numbers, expected %d of %d x %d pixels", len(rows), h*w, w, h)
	}
	for y := range h { // most pixels are background: the others alone are written, across the columns
		at := y
		for _, n := range rows[y*w : (y+1)*w] {
			if n != 0 {
				c.Values[at] = n
			}
			at += h
		}
	}
	return c, nil
}

// Read decodes an image whose pixels are numbers: grey or a palette's indices, TIFF also
// of 32 and 64 bits. Colours, fractions, negative numbers, several pages and more than
// [MaxPixels] are errors that say what was found.
func Read(r io.Reader) (*Canvas, error) {
	kept, _ := values.Get().(*[]uint32)
	if kept == nil {
		kept = new([]uint32)
	}
	h, w, rows, err := imagefile.Integers(r, *kept)
	if err != nil {
		return nil, err
	}
	c, err := FromRows(h, w, rows)
	if cap(rows) <= maxKept {
		values.Put(&rows)
	}
	return c, err
}

// Rows returns the numbers row by row.
func (c *Canvas) Rows() []uint32 {
	rows := make([]uint32, len(c.Values))
	transpose(rows, c.Values, c.Width, c.Height)
	return rows
}

// transpose writes the h rows of w numbers of from as w rows of h, in blocks that fit into
// the cache.
func transpose(to, from []uint32, h, w int) {
	const block = 32
	for y0 := 0; y0 < h; y0 += block {
		y1 := min(y0+block, h)
		for x0 := 0; x0 < w; x0 += block {
			for x := x0; x < min(x0+block, w); x++ {
				column := to[x*h : (x+1)*h]
				for y := y0; y < y1; y++ {
					column[y] = from[y*w+x]
				}
			}
		}
	}
}

// Fill sets the pixels of a mask, which has the size of the canvas, to a number.
func (c *Canvas) Fill(m rle.Mask, number uint32) {
	eachRun(m, func(begin, end int) {
		for i := begin; i < end; i++ {
			c.Values[i] = number
		}
	})
}

// eachRun calls f for each run of foreground of a mask.
func eachRun(m rle.Mask, f func(begin, end int)) {
	at := 0
	for k, n := range m.Runs() {
		if k%2 == 1 {
			f(at, at+int(n))
		}
		at += int(n)
	}
}

// Region is the pixels of one number.
type Region struct {
	Number uint32
	Mask   rle.Mask
}

// Regions returns the pixels of each number but 0, in the order of the numbers. More than
// maxRegions are an error.
func (c *Canvas) Regions() ([]Region, error) {
	type open struct {
		runs []uint32
		end  int // of the runs
	}
	regions := map[uint32]int{}
	var list []open
	var numbers []uint32
	v := c.Values
	last, lastIndex := uint32(0), 0
	for i := 0; i < len(v); {
		n, begin := v[i], i
		for i++; i < len(v) && v[i] == n; i++ {
		}
		if n == 0 {
			continue
		}
		k := lastIndex
		if n != last {
			var ok bool
			if k, ok = regions[n]; !ok {
				if k = len(list); k == maxRegions {
					return nil, fmt.Errorf("found more than %d different numbers, expected one per instance: the image looks like a picture, not like labels", maxRegions)
				}
				regions[n] = k
				list, numbers = append(list, open{}), append(numbers, n)
			}
			last, lastIndex = n, k
		}
		o := &list[k]
		o.runs = append(o.runs, uint32(begin-o.end), uint32(i-begin))
		o.end = i
	}
	slices.Sort(numbers)
	out := make([]Region, len(numbers))
	for i, n := range numbers {
		o := &list[regions[n]]
		if rest := len(v) - o.end; rest > 0 {
			o.runs = append(o.runs, uint32(rest))
		}
		m, err := rle.FromRuns(c.Height, c.Width, o.runs)
		if err != nil {
			return nil, err
		}
		out[i] = Region{n, m}
		o.runs = nil
	}
	return out, nil
}

// Counts returns how many pixels of a mask, which has the size of the canvas, have each
// number.
func (c *Canvas) Counts(m rle.Mask) map[uint32]int {
	counts := map[uint32]int{}
	eachRun(m, func(begin, end int) {
		for i := begin; i < end; {
			n, from := c.Values[i], i
			for i++; i < end && c.Values[i] == n; i++ {
			}
			counts[n] += i - from
		}
	})
	return counts
}
