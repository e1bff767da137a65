package rle

import (
	"fmt"
	"math"
	"sync"
)

// IoU returns the intersection over union of two masks, from 0 to 1. It is the value
// that [AppendIoU] appends for the pair. Two masks without foreground have IoU 0.
// Masks of different sizes cannot be compared, and the result is NaN.
func IoU(a, b Mask) float64 {
	var v [1]float64
	out, err := AppendIoU(v[:0], []Mask{a}, []Mask{b}, nil)
	if err != nil {
		return math.NaN()
	}
	return out[0]
}

// AppendIoU appends the intersection over union of every detection with every
// ground truth. It appends len(dt)*len(gt) values row by row: the value of
// dt[i] and gt[j] is at index i*len(gt)+j. The values are bit for bit those of
// pycocotools' iou.
//
// If iscrowd[j] is true, the area of dt[i] is used in place of the union, so a
// detection that lies wholly inside a crowd has the value 1. A nil iscrowd
// means no crowds. Masks without foreground have the value 0.
//
// If masks differ in size, or iscrowd differs in length from gt, the error
// wraps [ErrSize].
func AppendIoU(dst []float64, dt, gt []Mask, iscrowd []bool) ([]float64, error) {
	if iscrowd != nil && len(iscrowd) != len(gt) {
		return dst, fmt.Errorf("%w: %d crowd flags, want one for each of %d masks", ErrSize, len(iscrowd), len(gt))
	}
	return appendOverlaps(dst, dt, gt, func(j int) bool { return iscrowd != nil && iscrowd[j] })
}

// AppendIoF appends the intersection over the area of the detection for every
// pair, in the layout of [AppendIoU].
func AppendIoF(dst []float64, dt, gt []Mask) ([]float64, error) {
	return appendOverlaps(dst, dt, gt, func(int) bool { return true })
}

// appendOverlaps appends, for every pair, the intersection over the area of the
// detection if ofDetection is true for the ground truth, and over the union
// otherwise.
func appendOverlaps(dst []float64, dt, gt []Mask, ofDetection func(j int) bool) ([]float64, error) {
	if len(dt) == 0 || len(gt) == 0 {
		return dst, nil
	}
	for _, masks := range [][]Mask{dt, gt} {
		for i, m := range masks {
			if m.h != dt[0].h || m.w != dt[0].w {
				return dst, fmt.Errorf("%w: mask %d is %d x %d, want %d x %d as the first detection", ErrSize, i, m.h, m.w, dt[0].h, dt[0].w)
			}
		}
	}
	s := overlapPool.Get().(*overlapper)
	defer s.release()
	s.reset(dt, gt)
	a, b := s.shapes[:len(dt)], s.shapes[len(dt):]
	for i := range a {
		d := &a[i]
		for j := range b {
			g := &b[j]
			if d.x0 > g.x1 || g.x0 > d.x1 || d.y0 > g.y1 || g.y0 > d.y1 {
				dst = append(dst, 0)
				continue
			}
			inter := s.intersection(d, g)
			if inter == 0 {
				dst = append(dst, 0)
				continue
			}
			over := d.area
			if !ofDetection(j) {
				over += g.area - inter
			}
			dst = append(dst, float64(inter)/float64(over))
		}
	}
	return dst, nil
}

// AppendBoxIoU appends the intersection over union of every pair of boxes, in
// the layout of [AppendIoU] and with the same meaning of iscrowd. The values
// are bit for bit those of pycocotools' iou. Boxes that only touch have the
// value 0, as do boxes of negative width or height.
//
// If iscrowd differs in length from gt, the error wraps [ErrSize].
func AppendBoxIoU(dst []float64, dt, gt []Box, iscrowd []bool) ([]float64, error) {
	if iscrowd != nil && len(iscrowd) != len(gt) {
		return dst, fmt.Errorf("%w: %d crowd flags, want one for each of %d boxes", ErrSize, len(iscrowd), len(gt))
	}
	for _, d := range dt {
		for j, g := range gt {
			dst = append(dst, boxIoU(d, g, iscrowd != nil && iscrowd[j]))
		}
	}
	return dst, nil
}

// boxIoU is bbIou of pycocotools' maskApi.c for one pair. The conversions to
// float64 keep the compiler from fusing a product into a sum, which rounds
// differently.
func boxIoU(d, g Box, crowd bool) float64 {
	w := lesser(d.W+d.X, g.W+g.X) - greater(d.X, g.X)
	if w <= 0 {
		return 0
	}
	h := lesser(d.H+d.Y, g.H+g.Y) - greater(d.Y, g.Y)
	if h <= 0 {
		return 0
	}
	inter := float64(w * h)
	over := float64(d.W * d.H)
	if !crowd {
		over = over + float64(g.W*g.H) - inter
	}
	return inter / over
}

// lesser is C's fmin. Unlike min, it ignores a NaN if the other argument is a
// number.
func lesser(a, b float64) float64 {
	if a < b || b != b {
		return a
	}
	return b
}

// greater is C's fmax.
func greater(a, b float64) float64 {
	if a > b || b != b {
		return a
	}
	return b
}

// overlapPool holds scratch memory for IoU matrices.
var overlapPool = sync.Pool{New: func() any { return new(overlapper) }}
