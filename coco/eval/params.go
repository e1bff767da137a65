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

// Type is the kind of region by which a detection and a true instance are compared.
type Type uint8

// The types.
const (
	Segm     Type = iota // IoU of the masks
	BBox                 // IoU of the boxes
	Boundary             // the smaller IoU of masks and boundary bands; for crowds, that of the masks. As in boundary-iou-api, instances whose member ignore is true are ignored
)

var typeNames = [...]string{Segm: "segm", BBox: "bbox", Boundary: "boundary"}

// String returns the name that [ParseType] reads: segm, bbox or boundary.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("Type(%d)", uint8(t))
}

// ParseType returns the type of a name: segm, bbox or boundary. For any other name it
// returns an error that wraps [ErrParams].
func ParseType(s string) (Type, error) {
	for t, name := range typeNames {
		if s == name {
			return Type(t), nil
		}
	}
	return 0, fmt.Errorf("%w: found type %q, expected segm, bbox or boundary", ErrParams, s)
}

// ErrParams is wrapped by errors of parameters.
var ErrParams = errors.New("eval: invalid parameters")

// AreaRange is a class of instances by area in square pixels. Both ends are included.
// True instances outside of it are ignored, as are detections outside of it that have
// no match.
type AreaRange struct {
	Name     string
	Min, Max float64
}

// Params are the parameters of an evaluation. The zero Params are those of COCO for
// masks.
type Params struct {
	_ struct{}

	Type Type

	// IoU holds the IoU thresholds. nil: 0.5, 0.55 to 0.95.
	IoU []float64
	// Recall holds the recalls at which precision is computed. nil: 0, 0.01 to 1.
	Recall []float64
	// MaxDets holds the limits of detections per image and category; those with the
	// highest scores count. Each limit has numbers of its own. nil: 1, 10, 100, or 300
	// if Federated.
	// Evaluate sorts them.
	MaxDets []int
	// Areas holds the area ranges, which must have different names. nil: all, small,
	// medium and large, divided at 32 and 96 squared.
	Areas []AreaRange

	// IgnoreCategories compares all instances of an image, whatever their category
	// (useCats=0 in pycocotools).
	IgnoreCategories bool
	// Categories are the ids of the categories to score. nil: all.
	Categories []int64
	// Images are the ids of the images to score. nil: all.
	Images []coco.ID

	// MaskAreas takes the areas of results from their masks even if results have boxes,
	// as MMDetection does by removing the boxes. Without it, the area of a result is
	// width times height of its box if the first result has a box, as in pycocotools.
	// It has no effect on [BBox].
	MaskAreas bool
	// BoundaryRatio is the width of the band of [Boundary] as a share of the image
	// diagonal. 0: [rle.BoundaryRatio].
	BoundaryRatio float64

	// PairIoU is the IoU at which a pair of detection and true instance is kept in
	// [Cell.Pairs], if it is below every threshold. 0: the lowest threshold.
	PairIoU float64

	// Federated scores by the rules of LVIS, whose images are annotated for some of the
	// categories only:
	//   - The largest of MaxDets limits the detections of an image of all categories
	//     together. nil: 300.
	//   - A detection of a category counts only on images that have an instance of it or
	//     list it in neg_category_ids.
	//   - A detection without a match is ignored if the image lists its category in
	//     not_exhaustive_category_ids.
	//   - There are no crowds. Instances whose member ignore is true are ignored.
	//   - Instances and detections whose area is not above 0 do not exist.
	//
	// Images must have both members: see [IsFederated].
	Federated bool

	// SkipUnknownCategories leaves out results of categories that the ground truth does not
	// have, as pycocotools does. It is still an error if no result has a category of the
	// ground truth, or if the lowest category is 1 and a result has category 0: its ids
	// then mean other categories.
	SkipUnknownCategories bool

	// Part says whether the results are a part of those that are scored together: see
	// [MergePartials].
	Part Part

	// StrictPycocotools repeats the faults of pycocotools: a match with the annotation
	// of id 0 is no match, records of categories and images that the ground truth does
	// not list are skipped, and of two images with one id the later one counts.
	StrictPycocotools bool

	// Workers is the number of goroutines. 0: as many as can run in parallel. The
	// result does not depend on it.
	Workers int
}

// Linspace returns n evenly spaced numbers from start to stop, as numpy's linspace
// does.
func Linspace(start, stop float64, n int) []float64 {
	list := make([]float64, n)
	step := (stop - start) / float64(max(n-1, 1))
	for i := range list {
		list[i] = float64(float64(i)*step) + start // the conversion prevents a fused multiply-add
	}
	if n > 1 {
		list[n-1] = stop
	}
	return list
}

// complete returns a copy of the parameters with defaults in place of nil and zero, or
// an error if they are not valid.
func (p *Params) complete() (*Params, error) {
	c := Params{}
	if p != nil {
		c = *p
	}
	if int(c.Type) >= len(typeNames) {
		return nil, fmt.Errorf("%w: found type %v, expected Segm, BBox or Boundary", ErrParams, c.Type)
	}
	if c.IoU = slices.Clone(c.IoU); c.IoU == nil {
		c.IoU = Linspace(.5, .95, 10)
	}
	if c.Recall = slices.Clone(c.Recall); c.Recall == nil {
		c.Recall = Linspace(0, 1, 101)
	}
	if c.MaxDets = slices.Clone(c.MaxDets); c.MaxDets == nil {
		c.MaxDets = []int{1, 10, 100}
		if c.Federated {
			c.MaxDets = []int{300}
		}
	}
	slices.Sort(c.MaxDets)
	if c.Areas = slices.Clone(c.Areas); c.Areas == nil {
		c.Areas = []AreaRange{{"all", 0, 1e10}, {"small", 0, 1024}, {"medium", 1024, 9216}, {"large", 9216, 1e10}}
	}
	if len(c.IoU) == 0 || len(c.Recall) == 0 || len(c.MaxDets) == 0 || len(c.Areas) == 0 {
		return nil, fmt.Errorf("%w: found an empty list of thresholds, recalls, limits or areas, expected at least one of each", ErrParams)
	}
	for _, p := range []struct {
		name string
		list []float64
	}{{"IoU", c.IoU}, {"recall", c.Recall}, {"pair IoU", []float64{c.PairIoU}}, {"boundary ratio", []float64{c.BoundaryRatio}}} {
		for _, v := range p.list {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%w: found %s %v, expected a finite number", ErrParams, p.name, v)
			}
		}
	}
	if c.MaxDets[0] < 1 {
		return nil, fmt.Errorf("%w: found a limit of %d detections, expected at least 1", ErrParams, c.MaxDets[0])
	}
	names := map[string]bool{}
	for _, a := range c.Areas {
		if math.IsNaN(a.Min) || math.IsNaN(a.Max) {
			return nil, fmt.Errorf("%w: found area range %q from %v to %v, expected numbers", ErrParams, a.Name, a.Min, a.Max)
		}
		if names[a.Name] {
			return nil, fmt.Errorf("%w: found two area ranges with the name %q, expected different names", ErrParams, a.Name)
		}
		names[a.Name] = true
	}
	c.BoundaryRatio = cmp.Or(c.BoundaryRatio, rle.BoundaryRatio)
	if c.Workers <= 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	return &c, nil
}
