package check

import (
	"context"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/rle"
)

// Options are the options of [Dataset]. The zero value looks at all that the
// dataset itself tells.
type Options struct {
	// Files tells of the files of Images, one each; see [ReadImages]. nil: they are
	// not looked at.
	Files []ImageFile
	// Origin returns what is known of an image by one of its names, see
	// [coco.Names.Forms], and false if nothing is. nil: images are not looked up.
	Origin func(name string) (Origin, bool)
	// Tiny is the number of pixels below which a mask is tiny. 0: [DefaultTiny].
	Tiny int
	// Near is the IoU from which masks are nearly equal. 0: [DefaultNear].
	Near float64
	// OpenCV says that polygons are outlines of pixels, which OpenCV fills: their
	// vertices are pixels. Else pycocotools fills them.
	OpenCV bool
	// Workers is the number of goroutines. The result is the same with any. 0:
	// as many as there are processors to use.
	Workers int
}

// The defaults of [Options].
const (
	DefaultTiny = 10
	DefaultNear = 0.95
)

// Dataset returns everything in a dataset that [Rules] knows, in the order of
// [Validate]; what concerns two images or two masks stands with the later one. Of
// an image with thousands of masks of nearly one size 4 million pairs are
// compared, of a ring's edges 200 times their number.
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
	f := v.findings()
	v.categories(f)
	v.images(f)
	v.runs(f)
	found := v.annotations(opts.Workers)
	n := 0
	for _, list := range found {
		n += len(list)
	}
	f.list = slices.Grow(f.list, n)
	for i, list := range found {
		f.list, found[i] = append(f.list, list...), nil
	}
	return f.list
}

// annotations looks at all annotations, image by image and in parallel, and
// returns what it found of each.
func (v *validator) annotations(workers int) [][]coco.Finding {
	found := make([][]coco.Finding, len(v.d.Annotations))
	groups := len(v.d.Images) + 1 // the last: those of no image
	_ = parallel.EachWith(context.Background(), workers, groups, func() func(int) error {
		t := &tile{v: v}
		return func(g int) error {
			if places := v.group(g); len(places) > 0 {
				t.check(places, found)
			}
			return nil
		}
	}) // no error
	return found
}

// group returns the indices of the annotations of image g or, behind the last
// image, of none.
func (v *validator) group(g int) []int32 {
	if g == len(v.d.Images) {
		return v.ix.Orphans()
	}
	id := v.d.Images[g].ID
	if at, _ := v.ix.ImageAt(id); at != g {
		return nil // a later image has the id
	}
	return v.ix.Annotations(id)
}

// A tile looks at the annotations of one image after another.
type tile struct {
	v      *validator
	masks  []rle.Mask
	places []int32 // of the annotations that masks are of
	over   rle.Overlaps
}

func (t *tile) check(places []int32, found [][]coco.Finding) {
	t.masks, t.places = t.masks[:0], t.places[:0]
	image := -1
	for _, i := range places {
		f := t.v.findings()
		m, ok := t.v.annotation(int(i), f)
		found[i], image = f.list, f.image
		if ok && image >= 0 {
			t.masks, t.places = append(t.masks, m), append(t.places, i)
		}
	}
	if image >= 0 {
		t.pairs(image, found)
	}
	clear(t.masks)
}
