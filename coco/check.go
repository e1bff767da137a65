package coco

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/hubdata/hubdata/rle"
)

// CheckOptions are the options of [Dataset.Check]. The zero value looks at all
// that the dataset itself tells.
type CheckOptions struct {
	// Files tells of the files of Images, one each. nil: they are not looked at.
	Files []ImageFile
	// NearHash is how many bits the hashes of nearly equal pictures may differ in.
	NearHash int
	// Tile looks a tile up by a name of its image; see [Names.Forms]. nil: there is no
	// table.
	Tile func(name string) (TilePlace, bool)
	// Tiny is the number of pixels below which a mask is tiny. 0: 10.
	Tiny int
	// Near is the IoU from which masks are nearly equal. 0: 0.95.
	Near float64
	// OpenCV says that polygons are outlines which OpenCV fills, as those of
	// polygons.jsonl are; else pycocotools does.
	OpenCV bool
	// Workers is the number of goroutines. The result is the same with any. 0:
	// as many as there are processors to use.
	Workers int
}

// ImageFile is what is known of an image's file.
type ImageFile struct {
	Missing       bool
	Err           error // why it cannot be read; nil: it can
	Height, Width int   // in pixels
	Sum           string
	Hash          [4]uint64 // equal bits tell of equal pictures; all 0: not known
	Unread        error     // why the picture is not known though others may read it; nil: it is known
	Deep          bool      // 16 bits a channel
	Clear         bool      // some pixels are not opaque
}

// TilePlace is what the tiles' table says of a tile.
type TilePlace struct{ Dataset, WSI, I, J int }

const (
	defaultTiny = 10
	defaultNear = 0.95
)

// Check returns every problem that [Rules] knows, in the order of
// [Dataset.Validate]; what concerns two images or two masks stands with the
// later one. Of an image with thousands of masks of nearly one size 4 million
// pairs are compared, of a ring's edges 200 times their number.
func (d *Dataset) Check(o *CheckOptions) []Problem {
	if o == nil {
		o = &CheckOptions{}
	}
	opts := *o
	if opts.Tiny == 0 {
		opts.Tiny = defaultTiny
	}
	if opts.Near == 0 {
		opts.Near = defaultNear
	}
	v := newValidator(d, &opts)
	f := &findings{image: -1}
	v.categories(f)
	v.images(f)
	v.runs(f)
	for _, list := range v.annotations(opts.Workers) {
		f.list = append(f.list, list...)
	}
	return f.list
}

// annotations looks at all annotations, image by image and in parallel, and
// returns what it found of each.
func (v *validator) annotations(workers int) [][]Problem {
	found := make([][]Problem, len(v.d.Annotations))
	groups := len(v.d.Images) + 1 // the last: those of no image
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, groups) {
		wg.Go(func() {
			t := &tile{v: v}
			for g := int(next.Add(1)) - 1; g < groups; g = int(next.Add(1)) - 1 {
				places := v.ix.order[v.ix.start[g]:v.ix.start[g+1]]
				if len(places) > 0 {
					t.check(places, found)
				}
			}
		})
	}
	wg.Wait()
	return found
}

// A tile looks at the annotations of one image after another.
type tile struct {
	v      *validator
	masks  []rle.Mask
	places []int32 // of the annotations that masks are of
	over   rle.Overlaps
}

func (t *tile) check(places []int32, found [][]Problem) {
	t.masks, t.places = t.masks[:0], t.places[:0]
	image := -1
	for _, i := range places {
		f := &findings{}
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
