// Command seams measures how well instances that tiles cut are joined again. It takes the
// instances of a COCO file for whole ones and each image for a slide, lays tiles over it,
// draws each part of an instance again as an annotator would who sees one tile alone
// (moved, grown or shrunk by some pixels), joins them by many rules, and counts what came
// back as one and what was joined wrongly.
//
//	hubdata convert --dataset 1,2 --classes blood_vessel -o sets DATA
//	go run ./bench/seams sets/*.json
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

func main() {
	seed := flag.Uint64("seed", 1, "of the grids and errors")
	flag.Parse()
	log.SetFlags(0)
	var slides []whole
	for _, path := range flag.Args() {
		list, err := read(path)
		if err != nil {
			log.Fatalf("%s: %v", path, err)
		}
		slides = append(slides, list...)
	}
	fmt.Printf("%d images\n", len(slides))
	var rules []slide.Options
	for _, share := range []float64{0.3, 0.5, 0.7} {
		for _, iou := range []float64{0.05, 0.15, 0.25} {
			for _, depth := range []int{1, 2, 3, 4, 6} {
				rules = append(rules, slide.Options{Share: share, IoU: iou, Depth: depth})
			}
		}
	}
	for _, overlap := range []int{0, 2, 16, 64} {
		for _, errors := range []int{0, 1, 2, 4} {
			counts := make([]count, len(rules))
			rng := rand.New(rand.NewPCG(*seed, uint64(100*overlap+errors)))
			for _, size := range []int{128, 192, 256} {
				for i := range slides {
					if err := slides[i].try(rng, size, overlap, errors, rules, counts); err != nil {
						log.Fatal(err)
					}
				}
			}
			fmt.Printf("\noverlap %d, errors up to %d pixels: %d cut, %d whole\n", overlap, errors, counts[0].cut, counts[0].uncut)
			for k, r := range rules {
				c := counts[k]
				fmt.Printf("share %.1f iou %.2f depth %d: %.2f%% came back, %d wrong joins (%.2f per 100 cut)\n", r.Share, r.IoU, r.Depth, 100*float64(c.back)/float64(c.cut), c.wrong, 100*float64(c.wrong)/float64(c.cut))
			}
		}
	}
}

// count is what became of instances by a rule.
type count struct {
	cut   int // instances that tiles cut
	uncut int // those that they do not
	back  int // cut instances all of whose parts were joined with each other and nothing else
	wrong int // wholes with parts of several instances
}

// whole is a slide of instances that are whole.
type whole struct {
	height, width int
	masks         []rle.Mask
}

func read(path string) ([]whole, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	d, err := coco.Decode(f)
	if err != nil {
		return nil, err
	}
	at := map[coco.ID]int{}
	list := make([]whole, len(d.Images))
	for i, img := range d.Images {
		at[img.ID] = i
		list[i].height, list[i].width = img.Height, img.Width
	}
	for _, a := range d.Annotations {
		w := &list[at[a.ImageID]]
		m, err := a.Segmentation.Mask(w.height, w.width)
		if err != nil {
			return nil, err
		}
		if m.Area() > 0 && len(m.Components(rle.Conn8)) == 1 { // one that is cut already is not known whole
			w.masks = append(w.masks, m)
		}
	}
	return slices.DeleteFunc(list, func(w whole) bool { return len(w.masks) == 0 }), nil
}

// try cuts a slide into tiles of a size, and counts what the rules make of it.
func (w *whole) try(rng *rand.Rand, size, overlap, errors int, rules []slide.Options, counts []count) error {
	stride := size - overlap
	left, top := rng.IntN(stride), rng.IntN(stride)
	var tiles []slide.Tile
	for y := 0; y < w.height+top; y += stride {
		for x := 0; x < w.width+left; x += stride {
			tiles = append(tiles, slide.Tile{Place: slide.Place{Slide: "s", X: x, Y: y, Width: size, Height: size}})
		}
	}
	frame, err := slide.NewFrame(tiles)
	if err != nil {
		return err
	}
	var parts []slide.Instance
	var of []int
	pieces := make([]int, len(w.masks))
	for k, m := range w.masks {
		region := slide.NewRegion(left, top, m)
		for t := range tiles {
			x, y := frame.Origin(t)
			in, ok := region.In(x, y, size, size)
			if !ok {
				continue
			}
			for _, piece := range in.Components(rle.Conn8) {
				drawn, err := draw(rng, piece, errors)
				if err != nil {
					return err
				}
				if r := slide.NewRegion(x, y, drawn); r.Area() > 0 {
					parts = append(parts, slide.Instance{Tile: t, Region: r})
					of = append(of, k)
					pieces[k]++
				}
			}
		}
	}
	for k, rule := range rules {
		got, err := frame.Stitch(context.Background(), parts, rule)
		if err != nil {
			return err
		}
		for _, n := range pieces {
			switch {
			case n > 1:
				counts[k].cut++
			case n == 1:
				counts[k].uncut++
			}
		}
		for _, joined := range got.Wholes {
			pure := true
			for _, p := range joined.Parts {
				pure = pure && of[p] == of[joined.Parts[0]]
			}
			switch n := pieces[of[joined.Parts[0]]]; {
			case !pure:
				counts[k].wrong++
			case n > 1 && n == len(joined.Parts):
				counts[k].back++
			}
		}
	}
	return nil
}

// draw draws a mask again, with errors of up to some pixels.
func draw(rng *rand.Rand, m rle.Mask, errors int) (rle.Mask, error) {
	if errors == 0 {
		return m, nil
	}
	m = m.Translate(rng.IntN(2*errors+1)-errors, rng.IntN(2*errors+1)-errors)
	n := rng.IntN(2*errors+1) - errors
	e, err := rle.Disk(1)
	if err != nil || n == 0 {
		return m, err
	}
	// An annotator draws up to the border: what was cut there goes on.
	if n > 0 {
		return m.Dilate(e, n/2+n%2, rle.BorderIgnore)
	}
	return m.Erode(e, (1-n)/2, rle.BorderIgnore)
}
