package check

import (
	"context"
	"hash/maphash"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/rle"
)

// Options are the options of [Dataset]. The zero value checks everything that needs no
// data from outside the dataset.
type Options struct {
	// Faults are those of [coco.DecodeLoose]. nil: the dataset was read by
	// [coco.Decode], or made.
	Faults []coco.TypeFault
	// Files describes the file of each element of Images; see [ReadImages]. nil: files
	// are not checked.
	Files []ImageFile
	// Origin returns what a table has for image i of Images. The error says what it does not
	// have: no tile "a". nil: origins are not checked.
	Origin func(i int) (Origin, error)
	// Tiny is the number of pixels below which a mask counts as tiny. 0: [DefaultTiny].
	Tiny int
	// Near is the IoU at which two masks count as nearly equal. 0: [DefaultNear].
	Near float64
	// OpenCV says that polygons are outlines whose vertices are pixels, which OpenCV
	// fills. Otherwise polygons are filled as by pycocotools.
	OpenCV bool
	// Workers is the number of goroutines. The result does not depend on it. 0: the
	// number of available processors.
	Workers int
}

// The defaults of [Options].
const (
	DefaultTiny = 10
	DefaultNear = 0.95
)

// Dataset checks a dataset against all [Rules] and returns its findings in the order of
// [Validate]. A finding that concerns two images or two masks is at the later one. The
// time is bounded: where too many masks of an image or edges of a ring lie on each
// other, a finding with the code [NotChecked] says what was left out.
func Dataset(d *coco.Dataset, o *Options) []coco.Finding {
	if o == nil {
		o = &Options{}
	}
	opts := *o
	if opts.Tiny == 0 {
		opts.Tiny = DefaultTiny
	}
	if opts.Near == 0 {
		opts.Near = DefaultNear
	}
	v := newValidator(d, &opts)
	// What is checked of the whole file needs nothing of the annotations' masks, and each part
	// nothing of the others.
	records, uses := v.findings(), v.findings()
	var wg sync.WaitGroup
	wg.Go(func() {
		v.members(records)
		v.typeFaults(coco.SectionCategories, records)
		v.categories(records)
		v.typeFaults(coco.SectionImages, records)
		v.images(records)
	})
	wg.Go(func() {
		v.used(uses)
		v.crowds(uses)
		v.typeFaults(coco.SectionAnnotations, uses)
		v.runs(uses)
		v.boxesOnly(uses)
	})
	found := v.annotations(opts.Workers)
	wg.Wait()
	n := len(records.list) + len(uses.list)
	for _, list := range found {
		n += len(list)
	}
	all := slices.Grow(append(records.list, uses.list...), n)
	for i, list := range found {
		all, found[i] = append(all, list...), nil
	}
	return all
}

// annotations checks all annotations, with the images in parallel, and returns the
// findings of each annotation.
func (v *validator) annotations(workers int) [][]coco.Finding {
	found := make([][]coco.Finding, len(v.d.Annotations))
	groups := len(v.d.Images) + 1 // the last group: annotations of no image
	_ = parallel.EachWith(context.Background(), workers, groups, func() func(int) error {
		t := newImageChecker(v)
		return func(g int) error {
			if places := v.group(g); len(places) > 0 {
				t.check(places, found)
			}
			return nil
		}
	}) // no error is possible
	return found
}

// group returns the indices of the annotations of image g. For g after the last image
// it returns the annotations of no image.
func (v *validator) group(g int) []int32 {
	if g == len(v.d.Images) {
		return v.ix.Orphans()
	}
	id := v.d.Images[g].ID
	if at, _ := v.ix.ImageAt(id); at != g {
		return nil // the id belongs to a later image
	}
	return v.ix.Annotations(id)
}

// An imageChecker checks the annotations of one image after another.
type imageChecker struct {
	v      *validator
	masks  []rle.Mask
	places []int32 // index of the annotation of each mask
	over   rle.Overlaps
	index  boxindex.Index
	seed   maphash.Seed
	most   int // pairs of masks to compare

	// Of the boxes of an image:
	boxes   []boxindex.Box
	of      []int32           // the annotation of each
	firstOf map[rle.Box]int32 // the first annotation with a box
	twin    map[int32]int32   // an annotation whose box is nearly the same
	iou     map[int32]float64 // with that
}

// emptied returns a map without entries: m, unless it is large.
func emptied[K comparable, V any](m map[K]V) map[K]V {
	if m == nil || len(m) > 1024 {
		return map[K]V{}
	}
	clear(m)
	return m
}

func newImageChecker(v *validator) *imageChecker {
	return &imageChecker{v: v, seed: maphash.MakeSeed(), most: maxPairs}
}

func (t *imageChecker) check(places []int32, found [][]coco.Finding) {
	t.masks, t.places = t.masks[:0], t.places[:0]
	image := -1
	var held rle.Budget
	for _, i := range places {
		f := t.v.findings()
		m, ok := t.v.annotation(int(i), f)
		if ok {
			if err := t.v.d.Annotations[i].Segmentation.Hold(&held, m); err != nil {
				f.add(MaskRuns, annotationAt(int(i)).Within("segmentation"), "not compared with others: %v", err)
				ok = false
			}
		}
		found[i], image = f.list, f.image
		if ok && image >= 0 {
			t.masks, t.places = append(t.masks, m), append(t.places, i)
		}
	}
	switch {
	case image < 0:
	case t.v.boxes:
		t.boxPairs(image, places, found)
	default:
		t.pairs(image, found)
	}
	clear(t.masks)
}
