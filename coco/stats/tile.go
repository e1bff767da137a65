package stats

import (
	"errors"
	"fmt"
	"math"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/rle"
)

// Tile holds the measurements of one image.
type Tile struct {
	Height, Width int
	Instances     []Instance // in the order of the annotations, without crowds
	Crowds        int        // annotations with iscrowd: counted, not measured
	Covered       float64    // share of the pixels that instances cover; NaN: not known, since one has no mask
	classes       []classOnTile
}

// classOnTile holds the measurements of a class on a tile.
type classOnTile struct {
	category  int64
	instances int
	covered   float64
}

// Instance holds the measurements of one annotation.
type Instance struct {
	Category int64
	values   [Instances]float64 // NaN: not known
}

// Value returns a measure of the instance, and reports false if the instance has none:
// the area of a box without a mask, the eccentricity of a mask without a pixel, the
// vertices of a mask given as runs, the score of an instance that no model found.
func (in *Instance) Value(m Measure) (float64, bool) {
	if m >= Instances {
		return 0, false
	}
	v := in.values[m]
	return v, !math.IsNaN(v)
}

// SetVertices sets the vertices of an outline whose mask was given as runs.
func (in *Instance) SetVertices(n int) { in.values[Vertices] = float64(n) }

// SetScore sets the score of an instance whose annotation has none.
func (in *Instance) SetScore(v float64) { in.values[Score] = v }

// A Measurer measures tiles. It reuses memory from tile to tile, so several goroutines
// must not use it at the same time. The zero Measurer is ready for use.
type Measurer struct {
	masks  []rle.Mask
	boxes  []rle.Box
	masked []int // index of the instance of each mask

	classes     map[int64]int // of the tile: the index of each category
	starts      []int         // of each class in byClass
	byClass     []int         // masks, class by class
	spans       []boxindex.Box
	index       boxindex.Index
	apart, near []int
	compared    rle.Overlaps
}

// AnnotationError names an annotation of a tile that could not be measured.
type AnnotationError struct {
	Index  int    // index in the annotations passed to Measure
	Member string // such as segmentation
	Err    error
}

// Error returns the member and the reason.
func (e *AnnotationError) Error() string {
	return fmt.Sprintf("annotations[%d].%s: %v", e.Index, e.Member, e.Err)
}

// Unwrap returns Err.
func (e *AnnotationError) Unwrap() error { return e.Err }

// Measure measures the annotations of an image of the given height and width. The
// annotations must be all of the image, since they are compared with each other. Masks
// are read by [coco.Segmentation.Mask]. Without a segmentation only the width and
// height of the box are measured.
//
// An error is an [*AnnotationError]: the mask is not valid, or the score is not a
// number.
func (m *Measurer) Measure(height, width int, annotations []coco.Annotation) (*Tile, error) {
	t := &Tile{Height: height, Width: width, Instances: make([]Instance, 0, len(annotations))}
	m.masks, m.boxes, m.masked = m.masks[:0], m.boxes[:0], m.masked[:0]
	defer func() { clear(m.masks) }() // release the memory
	var held rle.Budget
	for i := range annotations {
		a := &annotations[i]
		if a.IsCrowd {
			t.Crowds++
			continue
		}
		in := Instance{Category: a.CategoryID}
		for k := range in.values {
			in.values[k] = math.NaN()
		}
		if score, ok, err := a.Score(); err != nil {
			return nil, &AnnotationError{i, "score", err}
		} else if ok {
			in.values[Score] = score
		}
		mask, err := a.Segmentation.Mask(height, width)
		if err == nil {
			err = a.Segmentation.Hold(&held, mask)
		}
		switch {
		case errors.Is(err, coco.ErrNoMask):
			if !a.Missing.Has(coco.FieldBBox) {
				in.values[Width], in.values[Height] = a.BBox.W, a.BBox.H
			}
		case err != nil:
			return nil, &AnnotationError{i, "segmentation", err}
		default:
			box := in.measure(mask)
			if n, ok := a.Segmentation.Vertices(); ok {
				in.SetVertices(n)
			}
			m.masks, m.boxes, m.masked = append(m.masks, mask), append(m.boxes, box), append(m.masked, len(t.Instances))
		}
		t.Instances = append(t.Instances, in)
	}
	m.overlaps(t)
	return t, nil
}

// measure sets the measures that depend on the mask alone.
func (in *Instance) measure(mask rle.Mask) rle.Box {
	h, w := mask.Size()
	area, box := mask.Area(), mask.Bounds()
	in.values[Area], in.values[Width], in.values[Height] = float64(area), box.W, box.H
	in.values[Diameter] = math.Sqrt(4 * float64(area) / math.Pi)
	in.values[BorderCut] = 0
	if area > 0 && (box.X <= 1 || box.Y <= 1 || box.X+box.W >= float64(w-1) || box.Y+box.H >= float64(h-1)) {
		in.values[BorderCut] = 1
	}
	if xx, yy, xy, ok := mask.Covariance(); ok {
		in.values[Eccentricity] = eccentricity(xx, yy, xy)
	}
	return box
}

// eccentricity returns the eccentricity of the ellipse with these second moments. Its
// axes are proportional to the roots of the eigenvalues of the matrix xx xy; xy yy,
// which are half of xx+yy+d and of xx+yy-d. The usual formula sqrt(1 - less/greater) is
// rewritten so that no digits are lost if the two are nearly equal.
func eccentricity(xx, yy, xy float64) float64 {
	x, y := xx-yy, float64(2*xy)
	d := math.Sqrt(float64(x*x) + float64(y*y)) // the last bit of math.Hypot depends on the machine
	if xx+yy == 0 {
		return 0 // a single pixel
	}
	return min(math.Sqrt(2*d/(xx+yy+d)), 1)
}
