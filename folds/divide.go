package folds

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/slide"
)

// defaultFolds is the default number of folds.
const defaultFolds = 5

// DivideOptions are the options of [Divide]. The zero value divides into five folds in
// the order of the images.
type DivideOptions struct {
	_ struct{}

	Method   Method   // empty: the method that ChooseMethod returns
	K        int      // number of folds; 0: 5; must be 0 for MethodSlide, which makes one per slide
	Stratify []string // labels to balance between folds; see Images.Label
	Group    string   // label whose groups are not split; empty: none

	Shuffle bool // shuffle the images before they are divided, using Seed
	Seed    uint32

	// Warn is called with problems that do not prevent a division: errors that wrap
	// ErrSmallClass. It may be nil.
	Warn func(error)
}

// Divide divides images into folds. For MethodSpatial it weighs tiles by their
// instances ([TileWeights]) if these are known. If o is nil, it uses the zero options.
//
// Errors are those of the strategies and of Images.Column. An error wraps ErrMethod if
// the method is unknown, or if the options do not fit it.
func Divide(im *Images, o *DivideOptions) (*Plan, error) {
	if o == nil {
		o = &DivideOptions{}
	}
	method := cmp.Or(o.Method, ChooseMethod(len(o.Stratify) > 0, o.Group != ""))
	if err := o.check(method); err != nil {
		return nil, err
	}
	needsPlaces := method == MethodSpatial || method == MethodQuantile || method == MethodSlide
	if len(im.Places) != len(im.Names) && (needsPlaces || im.Places != nil) {
		return nil, fmt.Errorf("%w: %d images, %d places", ErrLengths, len(im.Names), len(im.Places))
	}
	var labels [][]int
	var groups []int
	var err error
	for _, name := range o.Stratify {
		label, err := im.label(name)
		if err != nil {
			return nil, err
		}
		labels = append(labels, label)
	}
	if o.Group != "" {
		if groups, err = im.label(o.Group); err != nil {
			return nil, err
		}
	}
	k := cmp.Or(o.K, defaultFolds)
	how := &Options{Shuffle: o.Shuffle, Seed: o.Seed, Warn: o.Warn}
	var fold []int
	switch method {
	case MethodKFold:
		fold, err = KFold(len(im.Names), k, how)
	case MethodStratified:
		fold, err = StratifiedKFold(JointLabel(labels...), k, how)
	case MethodGroup:
		fold, err = GroupKFold(groups, k, how)
	case MethodStratifiedGroup:
		fold, err = StratifiedGroupKFold(JointLabel(labels...), groups, k, how)
	case MethodIterative:
		if len(im.Names) == 0 {
			return nil, checkSplits(0, k)
		}
		fold, err = IterativeKFold(labelsOfEach(labels), groups, k, how)
	case MethodSpatial:
		var weight []float64
		if im.Instances != nil {
			weight = TileWeights(im.Instances)
		}
		fold, err = Spatial(im.Places, weight, k)
	case MethodQuantile:
		fold, err = SpatialQuantile(im.Places, k)
	case MethodSlide:
		fold, k, err = bySlide(im.Places)
	}
	if err != nil {
		return nil, err
	}
	return NewPlan(string(method), im.Names, fold, k)
}

// label returns a label of all images as ranks.
func (im *Images) label(name string) ([]int, error) {
	label, err := im.Label(name)
	if err == nil && len(label) != len(im.Names) {
		err = fmt.Errorf("%w: %d images, %d values of %q", ErrLengths, len(im.Names), len(label), name)
	}
	return label, err
}

// check returns an error for options that the method does not use, or that it needs and
// lacks.
func (o *DivideOptions) check(method Method) error {
	labels, groups := len(o.Stratify) > 0, o.Group != ""
	switch {
	case !slices.Contains(Methods(), method):
		return fmt.Errorf("%w: unknown method %q", ErrMethod, method)
	case method.Labels() == Required && !labels:
		return fmt.Errorf("%w: %s needs a label to stratify by", ErrMethod, method)
	case method.Labels() == Ignored && labels:
		return fmt.Errorf("%w: %s does not stratify", ErrMethod, method)
	case method.Groups() == Required && !groups:
		return fmt.Errorf("%w: %s needs a label to group by", ErrMethod, method)
	case method.Groups() == Ignored && groups:
		return fmt.Errorf("%w: %s does not keep groups together", ErrMethod, method)
	case method == MethodSlide && o.K != 0:
		return fmt.Errorf("%w: %s makes one fold per slide, not %d folds", ErrMethod, method, o.K)
	}
	return nil
}

// bySlide makes one fold of each slide.
func bySlide(places []slide.Place) (fold []int, k int, err error) {
	slides := make([]string, len(places))
	for i, p := range places {
		if p.Slide == "" {
			return nil, 0, fmt.Errorf("%w: %s needs the slide of every image, but image %d has none", ErrMethod, MethodSlide, i+1)
		}
		slides[i] = p.Slide
	}
	fold, names, err := LeaveOneGroupOut(Ranks(slides))
	return fold, len(names), err
}
