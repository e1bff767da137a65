package eval

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// MistakeKind is what is wrong with a detection that is not right, or with a
// true instance that none finds: a type of error of TIDE (Bolya et al. 2020).
type MistakeKind uint8

// The kinds, by TIDE's names. A mistake is of the first that fits in the order
// Loc, Cls, Dupe, Bkg, Both.
const (
	MistakeClass        MistakeKind = iota // Cls: the IoU with an instance of another category is enough
	MistakeLocalisation                    // Loc: the IoU with an instance of its category is between the thresholds
	MistakeBoth                            // Both: the IoU with an instance of another category is between the thresholds
	MistakeDuplicate                       // Dupe: the instance is taken by a better detection
	MistakeBackground                      // Bkg: nothing is there
	MistakeMissed                          // Miss: a true instance that no mended Cls or Loc would find

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

// MistakeOptions say what is a mistake. The zero options are tidecv's.
type MistakeOptions struct {
	_ struct{}

	// Positive is the IoU from which on a detection is right. 0: 0.5.
	Positive float64
	// Background is the IoU up to which a detection is on background. 0: 0.1.
	Background float64
	// MaxDets is how many detections of an image count, the best ones of all
	// categories together. 0: 100.
	MaxDets int
}

// A Mistake is a detection that is not right, or a true instance that is missed.
type Mistake struct {
	Kind MistakeKind
	// Mends says that the detection becomes right when its kind is mended. Others
	// go away: an instance needs one detection. Only of Cls and Loc.
	Mends bool
	// Ignored says that the detection lies in a crowd of its category and so does
	// not count as false.
	Ignored bool

	Image     int32 // place in the truth's images
	Detection int32 // place in the results; -1 of Miss
	Truth     int32 // place in the truth's annotations of what is nearest to the detection, or missed; -1 of Bkg
	TakenBy   int32 // place in the results of the detection that Truth is taken by; -1 if by none
	IoU       float64
}

// Mistakes are all that keeps detections from an average precision of 1, and how
// much of it each kind costs. Average precision is TIDE's, of 0 to 1: the mean
// over the categories with a detection or a true instance. Without any it is 0.
type Mistakes struct {
	Options MistakeOptions // with the defaults filled in

	// List holds them image by image in the order of the truth's file: those of
	// detections from the highest score on, then missed instances.
	List   []Mistake
	Counts [mistakeKinds]int // by kind

	// AP is the average precision as it is.
	AP float64
	// Gain is by how much it rises when one kind is mended, by kind: no less than 0.
	Gain [mistakeKinds]float64
	// GainPositive is by how much it rises if all that is false had the lowest
	// score, GainNegative if only what is found were there to be found: dAP of
	// FalsePos and FalseNeg. The latter may be below 0 where scores are equal.
	GainPositive, GainNegative float64

	points    []point
	mended    []int32 // points from the highest score on, of equal ones mistakes first
	instances []int32 // by category: true instances that are not ignored
	unmatched []int32 // by category: those of them that nothing matches
	of        func(truth int32) int32
}

// Mistakes says why detections are false and instances missed, as tidecv does.
// nil options are the zero [MistakeOptions]. Categories and images are those of
// the evaluation; ignored categories are one. Areas, which TIDE does not know,
// play no part, nor do the evaluation's thresholds. When ctx ends, its error is
// returned.
//
// Of one category, the pairs of the evaluation serve if [Params.PairIoU] (or the
// lowest threshold) is no more than Background and the largest of
// [Params.MaxDets] no less than MaxDets. Else detections are compared anew with
// all instances of their image.
//
// What is odd in tidecv is so here:
//   - A detection ignored in a crowd still is a mistake of some kind, and mending
//     that may make it right.
//   - A category with detections and no true instance has a precision of 0,
//     unless mending takes all its detections.
//   - Of equal scores, images count in the order of the file, not by id. Once
//     something is mended, mistakes come first of all.
//   - A detection at the very IoU of Positive with a taken instance is a Loc, and
//     one at the IoU of Background with an instance of its category too.
//   - A detection of a taken instance is a Cls rather than a Dupe if one of
//     another category is there.
//
// Here it is otherwise: tidecv fails where nothing remains to be averaged and on
// scores of -1 or less of Cls and Loc, passes over unknown images, and takes a
// crowd of category -1 for one of all categories. It also writes into its inputs,
// which are left alone here.
func (r *Result) Mistakes(ctx context.Context, o *MistakeOptions) (*Mistakes, error) {
	opts, err := o.complete()
	if err != nil {
		return nil, err
	}
	e := r.e
	order := make([]int, len(e.images)) // by the file, as tidecv has them
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(e.images[a], e.images[b]) })
	finders := make([]finder, e.p.Workers)
	for i := range finders {
		finders[i].init(e, opts)
	}
	images := make([]found, len(order))
	err = share(ctx, e.p.Workers, len(order), 4, func(worker, i int) (err *Error) {
		images[i], err = finders[worker].image(order[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	m := &Mistakes{
		Options: opts, instances: make([]int32, e.k), unmatched: make([]int32, e.k),
		of: func(truth int32) int32 { return e.class(e.gt.Annotations[truth].CategoryID) },
	}
	for i := range finders {
		for k := range e.k {
			m.instances[k] += finders[i].instances[k]
			m.unmatched[k] += finders[i].unmatched[k]
		}
	}
	for _, f := range images {
		for _, p := range f.points {
			if p.mistake >= 0 {
				p.mistake += int32(len(m.List))
			}
			m.points = append(m.points, p)
		}
		m.List = append(m.List, f.mistakes...)
	}
	for i := range m.List {
		m.Counts[m.List[i].Kind]++
	}
	m.weigh()
	return m, nil
}

// complete returns the options with the defaults in place of zeros, or what is
// wrong with them.
func (o *MistakeOptions) complete() (MistakeOptions, error) {
	c := MistakeOptions{}
	if o != nil {
		c = *o
	}
	c.Positive, c.Background, c.MaxDets = cmp.Or(c.Positive, .5), cmp.Or(c.Background, .1), cmp.Or(c.MaxDets, 100)
	if !(0 < c.Background && c.Background <= c.Positive && c.Positive <= 1) {
		return c, fmt.Errorf("%w: mistakes between an IoU of %v and %v: want numbers above 0 up to 1, the first no larger", ErrParams, c.Background, c.Positive)
	}
	if c.MaxDets < 1 {
		return c, fmt.Errorf("%w: a limit of %d detections: want at least 1", ErrParams, c.MaxDets)
	}
	return c, nil
}

// class returns the number of the class that a category counts as.
func (e *evaluation) class(category int64) int32 {
	if e.p.IgnoreCategories {
		return 0
	}
	return int32(e.kOf[category])
}
