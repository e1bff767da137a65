package eval

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// MistakeKind is a type of error of TIDE (Bolya et al. 2020): what is wrong with a
// detection, or with a true instance that no detection finds.
type MistakeKind uint8

// The kinds, by TIDE's names. The kind of a mistake is the first that applies in the
// order Loc, Cls, Dupe, Bkg, Both.
const (
	MistakeClass        MistakeKind = iota // Cls: enough IoU with an instance of another category
	MistakeLocalisation                    // Loc: the IoU with an instance of its category is between the thresholds
	MistakeBoth                            // Both: the IoU with an instance of another category is between the thresholds
	MistakeDuplicate                       // Dupe: a better detection has taken the instance
	MistakeBackground                      // Bkg: there is no instance
	MistakeMissed                          // Miss: a true instance that no Cls or Loc would find if fixed

	mistakeKinds = 6
)

var mistakeNames = [mistakeKinds]string{"Cls", "Loc", "Both", "Dupe", "Bkg", "Miss"}

// String returns TIDE's name of the kind.
func (k MistakeKind) String() string {
	if k < mistakeKinds {
		return mistakeNames[k]
	}
	return fmt.Sprintf("MistakeKind(%d)", uint8(k))
}

// MistakeOptions define what counts as a mistake. The zero options are those of tidecv.
type MistakeOptions struct {
	_ struct{}

	// Positive is the IoU at which a detection is correct. 0: 0.5.
	Positive float64
	// Background is the IoU up to which a detection counts as background. 0: 0.1.
	Background float64
	// MaxDets is the number of detections per image that count, those with the highest
	// scores of all categories together. 0: 100.
	MaxDets int
}

// A Mistake is a detection that is not correct, or a true instance that is missed.
type Mistake struct {
	Kind MistakeKind
	// BecomesCorrect reports whether the detection becomes correct when its kind is fixed. Only
	// a Cls or a Loc can. An instance needs only one detection, so the others are
	// removed.
	BecomesCorrect bool
	// Ignored reports whether the detection lies in a crowd of its category and so does
	// not count as false.
	Ignored bool

	Image     int32 // index in the ground truth's images
	Detection int32 // index in the results; -1 for Miss
	Truth     int32 // index in the ground truth's annotations of the nearest or missed instance; -1 for Bkg
	TakenBy   int32 // index in the results of the detection that has taken Truth; -1: none
	IoU       float64
}

// Mistakes lists everything that keeps the detections from an average precision of 1,
// and what each kind costs. Average precision is that of TIDE, from 0 to 1: the mean
// over the categories with a detection or a true instance, or 0 if there is none.
type Mistakes struct {
	Options MistakeOptions // with the defaults filled in

	// List holds the mistakes image by image in the order of the ground truth. For each
	// image, detections come in descending order of score, then missed instances.
	List   []Mistake
	Counts [mistakeKinds]int // by kind

	// AP is the average precision with all mistakes.
	AP float64
	// Gain is the increase of AP when one kind is fixed, by kind. It is never negative.
	Gain [mistakeKinds]float64
	// GainPositive is the increase of AP if all false detections had the lowest score.
	// GainNegative is the increase if the instances that are not found did not exist.
	// They are TIDE's dAP of FalsePos and FalseNeg. The latter may be negative if
	// scores are equal.
	GainPositive, GainNegative float64

	steps     []step  // in descending order of score; of equal ones mistakes come first
	instances []int32 // by category: number of true instances that are not ignored
	unmatched []int32 // by category: number of those without a match
	classOf   func(truth int32) int32
}

// Mistakes explains why detections are false and instances missed, as tidecv does. If o
// is nil, it uses the zero [MistakeOptions]. Categories and images are those of the
// evaluation; if categories are ignored, they count as one. The evaluation's thresholds
// and its area ranges, which TIDE does not have, have no effect. When ctx ends, its
// error is returned.
//
// With one category, Mistakes uses the pairs of the evaluation if [Params.PairIoU] (or
// the lowest threshold) is at most Background and the largest of [Params.MaxDets] is at
// least MaxDets. Otherwise it compares detections again, with all instances of their
// image.
//
// These peculiarities are the same as in tidecv:
//   - A detection that is ignored in a crowd is still a mistake of some kind, and a fix
//     of that kind may make it correct.
//   - A category with detections and no true instance has a precision of 0, unless a
//     fix removes all of its detections.
//   - For equal scores, the order of images is that of the file, not that of the ids.
//     Once a kind is fixed, mistakes come first of all.
//   - A detection whose IoU with a taken instance is exactly Positive is a Loc. So is
//     one whose IoU with an instance of its category is exactly Background.
//   - A detection of a taken instance is a Cls rather than a Dupe if it also overlaps
//     an instance of another category.
//
// These are different: tidecv fails if nothing remains to be averaged and on Cls and
// Loc with scores of -1 or less, skips unknown images, and treats a crowd of category
// -1 as a crowd of all categories. It also changes its inputs, while Mistakes does not.
func (r *Result) Mistakes(ctx context.Context, o *MistakeOptions) (*Mistakes, error) {
	opts, err := o.complete()
	if err != nil {
		return nil, err
	}
	e := r.e
	order := make([]int, len(e.images)) // in the order of the file, as in tidecv
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(e.images[a], e.images[b]) })
	finders := make([]finder, e.p.Workers)
	for i := range finders {
		finders[i].init(e, opts)
	}
	images := make([]imageMistakes, len(order))
	err = forEach(ctx, e.p.Workers, len(order), 4, func(worker, i int) (err *Error) {
		images[i], err = finders[worker].image(order[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	m := &Mistakes{
		Options: opts, instances: make([]int32, e.k), unmatched: make([]int32, e.k),
		classOf: func(truth int32) int32 { return e.class(e.gt.Annotations[truth].CategoryID) },
	}
	for i := range finders {
		for k := range e.k {
			m.instances[k] += finders[i].instances[k]
			m.unmatched[k] += finders[i].unmatched[k]
		}
	}
	n, wrong := 0, 0
	for i := range images {
		n, wrong = n+len(images[i].points), wrong+len(images[i].mistakes)
	}
	points := make([]point, 0, n)
	if wrong > 0 {
		m.List = make([]Mistake, 0, wrong)
	}
	for _, f := range images {
		for _, p := range f.points {
			if p.mistake >= 0 {
				p.mistake += int32(len(m.List))
			}
			points = append(points, p)
		}
		m.List = append(m.List, f.mistakes...)
	}
	for i := range m.List {
		m.Counts[m.List[i].Kind]++
	}
	m.weigh(points)
	return m, nil
}

// complete returns the options with defaults in place of zeros, or an error if they are
// not valid.
func (o *MistakeOptions) complete() (MistakeOptions, error) {
	c := MistakeOptions{}
	if o != nil {
		c = *o
	}
	c.Positive, c.Background, c.MaxDets = cmp.Or(c.Positive, .5), cmp.Or(c.Background, .1), cmp.Or(c.MaxDets, 100)
	if !(0 < c.Background && c.Background <= c.Positive && c.Positive <= 1) {
		return c, fmt.Errorf("%w: found mistakes between an IoU of %v and %v, expected numbers above 0 and up to 1, the first one no larger", ErrParams, c.Background, c.Positive)
	}
	if c.MaxDets < 1 {
		return c, fmt.Errorf("%w: found a limit of %d detections, expected at least 1", ErrParams, c.MaxDets)
	}
	return c, nil
}

// class returns the number of the class that a category belongs to.
func (e *evaluation) class(category int64) int32 {
	if e.p.IgnoreCategories {
		return 0
	}
	return int32(e.kOf[category])
}
