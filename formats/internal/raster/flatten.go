package raster

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

// Rules by which one of several instances gets a pixel that they all cover.
const (
	Later   = "later"   // the one that is later in the file
	Score   = "score"   // the one of the higher score; none is below all
	Smaller = "smaller" // the one with fewer pixels
)

// OverlapOption is the option of formats whose pixels belong to one instance.
var OverlapOption = formats.Option{
	Name:    "overlap",
	Default: Later,
	Choices: []string{Later, Score, Smaller},
	About:   "instance that gets a pixel that several cover: the later one in the file; that of the higher score; the smaller one (equal ones: the later)",
}

// Choice returns the value of an option, or its default if there is none.
func Choice(values formats.Values, o formats.Option) string {
	if v, ok := values[o.Name]; ok {
		return v
	}
	return o.Default
}

// CheckChoices returns an error for a value that is not one of an option's choices.
func CheckChoices(values formats.Values, options []formats.Option) error {
	for _, o := range options {
		if v := Choice(values, o); o.Choices != nil && !slices.Contains(o.Choices, v) {
			return fmt.Errorf("option %s: found %q, expected one of %q", o.Name, v, o.Choices)
		}
	}
	return nil
}

// Why an instance has no place on a canvas, or not all of it.
const (
	droppedCrowd   = "a crowd region, which is no single instance"
	droppedBox     = "a box without a mask"
	droppedEmpty   = "a mask without a pixel"
	droppedCovered = "other instances cover all of its pixels"
	changedCovered = "it loses pixels that other instances cover too"
)

// Flat is an image whose pixels belong to one instance each.
type Flat struct {
	// Canvas has the index + 1 of the instance at each pixel.
	Canvas *Canvas
	// Masks are those of the instances, as they were; the zero Mask for those that were not
	// drawn.
	Masks []rle.Mask
	// Pixels are how many pixels each instance has on the canvas.
	Pixels []int
	// Fates say which instances were dropped, and which lost pixels.
	Fates []formats.Fate
}

// Flatten draws the instances of an image. The rule says which of them gets a pixel that
// several cover. Crowd regions, boxes without a mask and instances without a pixel of their
// own are dropped. An image without a size and a segmentation that has no mask are errors.
func Flatten(img *formats.Image, rule string) (*Flat, error) {
	c, err := NewCanvas(img.Height, img.Width)
	if err != nil {
		return nil, fmt.Errorf("image %q: %w", img.FileName, err)
	}
	n := len(img.Instances)
	f := &Flat{Canvas: c, Masks: make([]rle.Mask, n), Pixels: make([]int, n), Fates: make([]formats.Fate, n)}
	scores := make([]float64, n)
	var order []int
	for i := range img.Instances {
		a, fate := &img.Instances[i], &f.Fates[i]
		fate.IoU = math.NaN()
		switch {
		case a.IsCrowd:
			fate.Dropped = droppedCrowd
			continue
		case a.Segmentation.Kind() == coco.KindNone:
			fate.Dropped = droppedBox
			continue
		}
		m, err := a.Segmentation.Mask(img.Height, img.Width)
		if err != nil {
			return nil, fmt.Errorf("image %q: annotation %s: segmentation: %w", img.FileName, a.ID, err)
		}
		if m.Area() == 0 {
			fate.Dropped = droppedEmpty
			continue
		}
		scores[i] = math.Inf(-1)
		if rule == Score {
			s, ok, err := a.Score()
			if err != nil {
				return nil, fmt.Errorf("image %q: annotation %s: score: %w", img.FileName, a.ID, err)
			} else if ok {
				scores[i] = s
			}
		}
		f.Masks[i] = m
		order = append(order, i)
	}
	switch rule {
	case Score:
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
	case Smaller:
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(f.Masks[b].Area(), f.Masks[a].Area()) })
	}
	f.draw(order)
	return f, nil
}

// draw draws the instances, the last on top.
func (f *Flat) draw(order []int) {
	v := f.Canvas.Values
	for _, i := range order {
		number := uint32(i + 1)
		eachRun(f.Masks[i], func(begin, end int) {
			for k := begin; k < end; k++ {
				if under := v[k]; under != 0 {
					f.Pixels[under-1]--
				}
				v[k] = number
			}
			f.Pixels[i] += end - begin
		})
	}
	for _, i := range order {
		fate, area := &f.Fates[i], f.Masks[i].Area()
		switch left := f.Pixels[i]; {
		case left == 0:
			fate.Dropped = droppedCovered
		case left < area:
			fate.Changed, fate.IoU = changedCovered, float64(left)/float64(area)
		default:
			fate.IoU = 1
		}
	}
}
