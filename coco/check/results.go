package check

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/parallel"
)

// DefaultMaxDetections is the number of detections of an image and category that COCO's
// scores count.
const DefaultMaxDetections = 100

// ResultOptions are the options of [Results].
type ResultOptions struct {
	// Truth is the ground truth that the detections are scored against. nil: what needs
	// it is not checked.
	Truth *coco.Dataset
	// MaxDetections is the number of detections of an image and category that are
	// scored. 0: [DefaultMaxDetections].
	MaxDetections int
	// Workers is the number of goroutines. The result does not depend on it. 0: the
	// number of available processors.
	Workers int
}

// Results checks detections, and returns its findings in the order of the list. Those
// about the list as a whole come first.
func Results(l *ResultList, o *ResultOptions) []coco.Finding {
	if o == nil {
		o = &ResultOptions{}
	}
	c := newResultChecker(l, o)
	head := c.v.findings()
	c.whole(head)
	n := len(l.Results)
	c.found, c.keys = make([][]coco.Finding, n), make([]shapeKey, n)
	_ = parallel.Each(context.Background(), o.Workers, n, func(i int) error { // no error is possible
		c.result(i)
		return nil
	})
	c.groups()
	if n := c.unfilled.Load(); n > 0 {
		head.add(NotChecked, coco.Place{}, "%s polygons: they cannot be filled without the sizes of their images",
			figures.Int(int(n)))
	}
	list := append(head.list, l.faults...)
	for i := range c.found {
		list = append(list, c.found[i]...)
	}
	rest := list[len(head.list):]
	slices.SortStableFunc(rest, func(a, b coco.Finding) int { return cmp.Compare(a.Place.Index, b.Place.Index) })
	return list
}

// A resultChecker checks a list of detections.
type resultChecker struct {
	l        *ResultList
	v        *validator // of the ground truth, or of an empty dataset
	truth    bool
	most     int
	found    [][]coco.Finding // by result
	keys     []shapeKey       // by result
	unfilled atomic.Int64     // polygons of unknown size
}

// shapeKey identifies a shape on an image. Zero: none.
type shapeKey [sha256.Size]byte

func newResultChecker(l *ResultList, o *ResultOptions) *resultChecker {
	c := &resultChecker{l: l, truth: o.Truth != nil, most: cmp.Or(o.MaxDetections, DefaultMaxDetections)}
	truth := o.Truth
	if truth == nil {
		truth = &coco.Dataset{}
	}
	// The checks of outlines that only drawings can fail are left out, as in Validate.
	c.v = newValidator(truth, nil)
	return c
}

// whole checks the list as a whole.
func (c *resultChecker) whole(f *findings) {
	if !c.truth {
		f.add(NotChecked, coco.Place{},
			"ids of images and categories, sizes of masks, boxes beyond the image: there is no ground truth to compare with")
	}
	if c.l.length == 0 {
		f.add(NoResults, coco.Place{}, "found an empty list: COCO.loadRes fails on it")
	}
	if len(c.l.Results) == 0 {
		return
	}
	hasBox := func(r *coco.Result) bool { return !r.Missing.Has(coco.FieldBBox) }
	first := hasBox(&c.l.Results[0])
	for i := range c.l.Results {
		if r := &c.l.Results[i]; hasBox(r) != first && (first || !hasMask(r)) {
			missing, has := "bbox", "one"
			if !first {
				missing, has = "segmentation", "only that"
			}
			f.addOther(ResultsMixed, c.l.at(i), c.l.at(0), "found no %s, but %s has %s: COCO.loadRes treats all as the first",
				missing, c.l.at(0), has)
			return
		}
	}
}

func hasMask(r *coco.Result) bool {
	return !r.Missing.Has(coco.FieldSegmentation) && r.Segmentation.Kind() != coco.KindNone
}

// result checks a single detection.
func (c *resultChecker) result(i int) {
	r, at := &c.l.Results[i], c.l.at(i)
	f := c.v.findings()
	defer func() { c.found[i] = f.list }()
	img := c.v.ix.Image(r.ImageID)
	if img != nil {
		f.image, _ = c.v.ix.ImageAt(r.ImageID)
	} else if c.truth {
		_, hint := c.v.otherType(r.ImageID)
		f.add(ResultImageUnknown, at.Within("image_id"), "found %s, but no image of the ground truth has this id%s",
			r.ImageID.AppendJSON(nil), hint)
	}
	if name, ok := c.l.named[i]; ok {
		_, reason := c.categoryNamed(name)
		f.add(ResultCategoryName, at.Within("category_id"), "%s", reason)
	} else if r.Missing.Has(coco.FieldCategoryID) {
		f.add(ResultCategoryMissing, at.Within("category_id"), "found none")
	} else if c.truth && c.v.ix.Category(r.CategoryID) == nil {
		f.add(ResultCategoryUnknown, at.Within("category_id"), "found %d, but no category of the ground truth has this id",
			r.CategoryID)
	}
	switch {
	case r.Missing.Has(coco.FieldScore):
		f.add(ScoreMissing, at.Within("score"), "found none: COCOeval reads it for every detection")
	case r.Score < 0 || r.Score > 1:
		f.add(ScoreRange, at.Within("score"), "found %v, expected 0 to 1", r.Score)
	}
	c.keys[i] = c.shape(r, img, at, f)
}

// categoryNamed returns the category of a name if there is exactly one, and what was found and is expected.
func (c *resultChecker) categoryNamed(name string) (*coco.Category, string) {
	var of []*coco.Category
	for i := range c.v.d.Categories {
		if cat := &c.v.d.Categories[i]; cat.Name == name {
			of = append(of, cat)
		}
	}
	found := fmt.Sprintf("found the name %.60s", jsonscan.AppendString(nil, name))
	switch {
	case !c.truth:
		return nil, found + ", expected an id, which a ground truth gives"
	case len(of) == 0:
		return nil, found + ", but no category of the ground truth has it"
	case len(of) > 1:
		return nil, fmt.Sprintf("%s, but %d categories of the ground truth have it", found, len(of))
	}
	return of[0], fmt.Sprintf("%s, expected its id %d", found, of[0].ID)
}

// shape checks the mask and the box, and returns a key of the mask or, without one, of
// the box.
func (c *resultChecker) shape(r *coco.Result, img *coco.Image, at coco.Place, f *findings) shapeKey {
	a := &coco.Annotation{BBox: r.BBox, Segmentation: r.Segmentation, Missing: r.Missing}
	boxed := !r.Missing.Has(coco.FieldBBox)
	if boxed {
		c.v.box(a, img, at.Within("bbox"), f)
	}
	switch {
	case hasMask(r):
		return c.mask(a, img, at.Within("segmentation"), f)
	case boxed:
		b := r.BBox
		return sha256.Sum256(fmt.Appendf(nil, "box %v %v %v %v", b.X, b.Y, b.W, b.H))
	}
	f.add(ResultShapeMissing, at, "found neither a bbox nor a segmentation")
	return shapeKey{}
}

func (c *resultChecker) mask(a *coco.Annotation, img *coco.Image, at coco.Place, f *findings) shapeKey {
	if a.Segmentation.Kind() == coco.KindPolygons && !sized(img) && a.Segmentation.Finite() {
		c.unfilled.Add(1)
		return sha256.Sum256(append([]byte("text "), a.Segmentation.AppendJSON(nil)...))
	}
	n := len(f.list)
	m, ok := c.v.segmentation(a, img, at, f)
	for k := n; k < len(f.list); k++ {
		if found := &f.list[k]; found.Code == MaskEmpty {
			found.Code, found.Severity = ResultEmpty, RuleOf(ResultEmpty).Severity
		}
	}
	if !ok {
		return shapeKey{}
	}
	if n := zeroRuns(a.Segmentation, m); n > 0 {
		f.add(RLEZero, at.Within("segmentation.counts"),
			"found runs of length 0, %d more runs than needed: pycocotools computes wrong overlaps", n)
	}
	h, w := m.Size()
	text, _ := m.AppendText(fmt.Appendf(nil, "mask %d %d ", h, w)) // no error is possible
	return sha256.Sum256(text)
}

// groups finds duplicates, and images with more detections than are scored.
func (c *resultChecker) groups() {
	type class struct {
		image    coco.ID
		category int64
		name     string // instead of its id
	}
	type shape struct {
		class
		key shapeKey
	}
	first, count := map[shape]int{}, map[class]int{}
	for i := range c.l.Results {
		r := &c.l.Results[i]
		k := class{r.ImageID, r.CategoryID, c.l.named[i]}
		f := &findings{list: c.found[i], called: c.v.called, image: -1}
		if at, ok := c.v.ix.ImageAt(r.ImageID); ok {
			f.image = at
		}
		if c.keys[i] != (shapeKey{}) {
			s := shape{k, c.keys[i]}
			if other, ok := first[s]; ok {
				o := &c.l.Results[other]
				what := fmt.Sprintf("score %v and not %v", r.Score, o.Score)
				if r.Score == o.Score {
					what = "the same score"
				}
				f.addOther(ResultDuplicate, c.l.at(i), c.l.at(other), "it has the image, category and shape of %s, with %s",
					c.l.at(other), what)
			} else {
				first[s] = i
			}
		}
		if count[k]++; count[k] == c.most+1 {
			f.add(ResultsMany, c.l.at(i), "it is number %d of category %d on image %s: COCOeval counts the %d of highest score",
				count[k], r.CategoryID, r.ImageID.AppendJSON(nil), c.most)
		}
		c.found[i] = f.list
	}
}
