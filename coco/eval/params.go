package eval

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// Type is what a detection and a true instance are compared by.
type Type uint8

// The types.
const (
	Segm     Type = iota // IoU of the masks
	BBox                 // IoU of the boxes
	Boundary             // the lesser of the masks' IoU and their boundary bands' IoU; of crowds, the masks'
)

var typeNames = [...]string{Segm: "segm", BBox: "bbox", Boundary: "boundary"}

// String returns the name that [ParseType] reads: segm, bbox or boundary.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// ParseType returns the type of a name: segm, bbox or boundary. For any other
// it returns an error that wraps [ErrParams].
func ParseType(s string) (Type, error) {
	for t, name := range typeNames {
		if s == name {
			return Type(t), nil
		}
	}
	return 0, fmt.Errorf("%w: unknown type %q: want segm, bbox or boundary", ErrParams, s)
}

// ErrParams is wrapped by the errors that parameters give.
var ErrParams = errors.New("eval: bad parameters")

// AreaRange is a class of instances by area in square pixels, both ends
// included. True instances outside are ignored, as are detections outside that
// match none.
type AreaRange struct {
	Name     string
	Min, Max float64
}

// Params are the parameters of an evaluation. The zero Params are those of
// COCO for masks.
type Params struct {
	_ struct{}

	Type Type

	// IoU holds the thresholds of IoU. nil: 0.5, 0.55 to 0.95.
	IoU []float64
	// Recall holds the recalls at which precision is taken. nil: 0, 0.01 to 1.
	Recall []float64
	// MaxDets says how many detections of an image and category count, the best
	// ones; each limit gives numbers of its own. nil: 1, 10, 100. They are sorted.
	MaxDets []int
	// Areas holds the classes of area, of different names. nil: all, small,
	// medium and large, divided at 32 and 96 squared.
	Areas []AreaRange

	// IgnoreCategories compares all instances of an image, whatever their category
	// (useCats of pycocotools being 0).
	IgnoreCategories bool
	// Categories are the ids of the categories that count. nil: all.
	Categories []int64
	// Images are the ids of the images that count. nil: all.
	Images []coco.ID

	// MaskAreas takes the areas of results from their masks even where results
	// carry boxes, as MMDetection does, which takes the boxes out. Without it they
	// are width times height of the box if the first result has one, as
	// pycocotools has them. It does nothing for [BBox].
	MaskAreas bool
	// BoundaryRatio is the width of the band of [Boundary] as a part of the image
	// diagonal. 0: [rle.BoundaryRatio].
	BoundaryRatio float64

	// PairIoU is from which IoU on a pair of detection and true instance is kept
	// in [Cell.Pairs], if it is less than every threshold. 0: as the lowest
	// threshold.
	PairIoU float64

	// StrictPycocotools repeats what pycocotools gets wrong: a match with the
	// annotation of id 0 is none, records of categories and images that the truth
	// does not list are passed over, and of two images with one id the later one
	// counts.
	StrictPycocotools bool

	// Workers is how many goroutines work. 0: as many as may run at once. The
	// result does not depend on it.
	Workers int
}

// Linspace returns n numbers from start to stop, evenly spaced as numpy's
// linspace gives them.
func Linspace(start, stop float64, n int) []float64 {
	list := make([]float64, n)
	step := (stop - start) / float64(max(n-1, 1))
	for i := range list {
		list[i] = float64(float64(i)*step) + start // never fused
	}
	if n > 1 {
		list[n-1] = stop
	}
	return list
}

// complete returns the parameters with the defaults in place of what is nil or
// zero, and with lists of their own, or what is wrong with them.
func (p *Params) complete() (*Params, error) {
	c := Params{}
	if p != nil {
		c = *p
	}
	if int(c.Type) >= len(typeNames) {
		return nil, fmt.Errorf("%w: %v: want Segm, BBox or Boundary", ErrParams, c.Type)
	}
	if c.IoU = slices.Clone(c.IoU); c.IoU == nil {
		c.IoU = Linspace(.5, .95, 10)
	}
	if c.Recall = slices.Clone(c.Recall); c.Recall == nil {
		c.Recall = Linspace(0, 1, 101)
	}
	if c.MaxDets = slices.Clone(c.MaxDets); c.MaxDets == nil {
		c.MaxDets = []int{1, 10, 100}
	}
	slices.Sort(c.MaxDets)
	if c.Areas = slices.Clone(c.Areas); c.Areas == nil {
		c.Areas = []AreaRange{{"all", 0, 1e10}, {"small", 0, 1024}, {"medium", 1024, 9216}, {"large", 9216, 1e10}}
	}
	if len(c.IoU) == 0 || len(c.Recall) == 0 || len(c.MaxDets) == 0 || len(c.Areas) == 0 {
		return nil, fmt.Errorf("%w: found an empty list of thresholds, recalls, limits or areas: want at least one of each", ErrParams)
	}
	for name, list := range map[string][]float64{"IoU": c.IoU, "recall": c.Recall, "pair IoU": {c.PairIoU}, "boundary ratio": {c.BoundaryRatio}} {
		for _, v := range list {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%w: %s is %v: want a finite number", ErrParams, name, v)
			}
		}
	}
	if c.MaxDets[0] < 1 {
		return nil, fmt.Errorf("%w: a limit of %d detections: want at least 1", ErrParams, c.MaxDets[0])
	}
	names := map[string]bool{}
	for _, a := range c.Areas {
		if math.IsNaN(a.Min) || math.IsNaN(a.Max) {
			return nil, fmt.Errorf("%w: area range %q is from %v to %v: want numbers", ErrParams, a.Name, a.Min, a.Max)
		}
		if names[a.Name] {
			return nil, fmt.Errorf("%w: two area ranges are called %q: want different names", ErrParams, a.Name)
		}
		names[a.Name] = true
	}
	c.BoundaryRatio = cmp.Or(c.BoundaryRatio, rle.BoundaryRatio)
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	return &c, nil
}
