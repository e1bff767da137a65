package eval

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/big"
	"slices"
	"sync/atomic"

	"github.com/hubdata/hubdata/coco"
)

// Evaluate scores results against a ground truth. If p is nil, it uses the zero
// [Params]. It changes neither the ground truth nor the results; the returned Result
// refers to the ground truth. It returns an [*Error] for a record that cannot be used,
// an error that wraps [ErrParams] for bad parameters, and the error of ctx when ctx
// ends.
func Evaluate(ctx context.Context, truth *coco.Dataset, results *coco.Results, p *Params) (*Result, error) {
	params, err := p.complete()
	if err != nil {
		return nil, err
	}
	if results == nil {
		results = new(coco.Results)
	}
	e := &evaluation{p: params, gt: truth, dt: results, grid: newGrid(params)}
	for _, step := range []func(context.Context) error{e.chooseCategories, e.chooseImages, e.readIgnore, e.checkTruth,
		e.readFederated, e.groupResults, e.matchImages} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	r := &Result{e.curves(), e}
	if err := r.accumulate(ctx, new([]plotter)); err != nil {
		return nil, err
	}
	return r, nil
}

// curves returns what the result begins with: curves without a group.
func (e *evaluation) curves() Curves {
	c := Curves{Params: e.p, Categories: e.categories, k: e.k}
	if e.federated != nil && !e.p.IgnoreCategories {
		c.frequency = e.federated.frequency
	}
	return c
}

// An evaluation is the state between the steps of Evaluate. Categories (k) and images
// are identified by their index in the order of evaluation, true instances and
// detections by their index in the ground truth and in the results.
type evaluation struct {
	p    *Params
	gt   *coco.Dataset
	dt   *coco.Results
	grid *grid
	ix   *coco.Index

	resultImages     []int32 // by index in dt.ImageIDs: the index in images; -1: does not count; -2: unknown
	resultCategories []int32 // by index in dt.CategoryIDs: k; -1: does not count; -2: unknown

	categories []int64       // by k
	kOf        map[int64]int // all categories of the ground truth; -1: does not count
	k          int           // number of categories that are scored separately
	images     []int32       // indices in gt.Images, in order of evaluation
	rank       []int32       // for each of gt.Images its index in images; -1: does not count

	boxAreas  bool // areas of detections are those of their boxes
	fromMasks bool // some box or area of a detection is that of its mask

	ignore    []bool     // by annotation: its member ignore counts; nil: none
	federated *federated // nil: every image is annotated for all categories

	// The detections that count, image by image: those of image i are
	// dets[detStart[i]:detStart[i+1]]. Once the image is matched they are ordered by
	// cell, then by descending score. Their scores and flags are in parallel slices.
	dets     []int32
	detStart []int32
	scores   []float64
	matched  []uint64 // grid.words per detection
	ignored  []uint64
	empty    []bool // without a pixel, where masks were read; nil: not known
	// The same for true instances.
	truth      []int32
	truthStart []int32

	records [][]record // by image
}

// chooseCategories fills categories and kOf.
func (e *evaluation) chooseCategories(context.Context) error {
	e.kOf = make(map[int64]int, len(e.gt.Categories))
	for i := range e.gt.Categories {
		id := e.gt.Categories[i].ID
		if _, ok := e.kOf[id]; ok {
			if !e.p.StrictPycocotools {
				return &Error{listCategories, i, "id", fmt.Errorf("%w: found %d again", ErrDuplicate, id)}
			}
			continue
		}
		e.kOf[id] = -1
		e.categories = append(e.categories, id)
	}
	slices.Sort(e.categories)
	if e.p.Categories != nil {
		e.categories = slices.Clone(e.p.Categories)
		if !e.p.IgnoreCategories { // otherwise the order is that in which instances are tried
			slices.Sort(e.categories)
		}
	}
	for k, id := range e.categories {
		switch at, ok := e.kOf[id]; {
		case !ok:
			return fmt.Errorf("%w: found category %d, which the ground truth does not have", ErrParams, id)
		case at >= 0:
			return fmt.Errorf("%w: found category %d twice", ErrParams, id)
		}
		e.kOf[id] = k
	}
	if e.k = len(e.categories); e.p.IgnoreCategories {
		e.k = 1
	}
	return nil
}

// chooseImages fills images and rank. The order is that of numpy's unique, which
// decides between equal scores: integers by size, strings by code points.
func (e *evaluation) chooseImages(context.Context) error {
	e.ix = e.gt.Index()
	e.rank = make([]int32, len(e.gt.Images))
	for i := range e.rank {
		e.rank[i] = -1
	}
	if e.p.Images == nil {
		for i := range e.gt.Images {
			at, _ := e.ix.ImageAt(e.gt.Images[i].ID)
			if at == i {
				e.images = append(e.images, int32(i))
			} else if !e.p.StrictPycocotools {
				return &Error{listImages, at, "id",
					fmt.Errorf("%w: images[%d] also has %s", ErrDuplicate, i, e.gt.Images[i].ID.AppendJSON(nil))}
			}
		}
	}
	for _, id := range e.p.Images {
		at, ok := e.ix.ImageAt(id)
		if !ok {
			return fmt.Errorf("%w: found image %s, which the ground truth does not have", ErrParams, id.AppendJSON(nil))
		}
		e.images = append(e.images, int32(at))
	}
	slices.SortFunc(e.images, func(a, b int32) int { return compareID(e.gt.Images[a].ID, e.gt.Images[b].ID) })
	e.images = slices.Compact(e.images)
	for r, at := range e.images {
		e.rank[at] = int32(r)
	}
	return nil
}

// compareID orders integers by size, before strings by their code points.
func compareID(a, b coco.ID) int {
	x, aInt := a.Int()
	y, bInt := b.Int()
	switch {
	case aInt && bInt:
		return cmp.Compare(x, y)
	case !a.IsString() && !b.IsString(): // more than 64 bits
		m, _ := new(big.Int).SetString(a.String(), 10)
		n, _ := new(big.Int).SetString(b.String(), 10)
		return m.Cmp(n)
	case a.IsString() != b.IsString():
		if b.IsString() {
			return -1
		}
		return 1
	}
	return cmp.Compare(a.String(), b.String()) // UTF-8 keeps the order of code points
}

// checkTruth returns an error for the first annotation that cannot be scored.
func (e *evaluation) checkTruth(context.Context) error {
	seen := newIDSet(e.gt.Annotations)
	for i := range e.gt.Annotations {
		a := &e.gt.Annotations[i]
		if !seen.add(a.ID) {
			return &Error{listAnnotations, i, "id", fmt.Errorf("%w: found %s again", ErrDuplicate, a.ID.AppendJSON(nil))}
		}
		if a.Missing.Has(coco.FieldCategoryID) {
			return &Error{listAnnotations, i, "category_id", ErrMissing}
		}
		k, ok := e.kOf[a.CategoryID]
		if !ok && !e.p.StrictPycocotools {
			return &Error{listAnnotations, i, "category_id", fmt.Errorf("%w: the ground truth has no category %d", ErrCategory,
				a.CategoryID)}
		}
		at, found := e.ix.ImageAt(a.ImageID)
		if !found && !e.p.StrictPycocotools {
			return &Error{listAnnotations, i, "image_id", fmt.Errorf("%w: the ground truth has no image %s", ErrImage,
				a.ImageID.AppendJSON(nil))}
		}
		if !ok || !found || k < 0 || e.rank[at] < 0 {
			continue
		}
		// pycocotools reads no area of a crowd, and NaN is outside no range.
		if a.Missing.Has(coco.FieldArea) && a.Area == a.Area && (e.federated != nil || !e.ignoresTruth(int32(i))) {
			return &Error{listAnnotations, i, "area", fmt.Errorf("%w or null", ErrMissing)}
		}
		switch {
		case e.p.Type != BBox && a.Missing.Has(coco.FieldSegmentation):
			return &Error{listAnnotations, i, "segmentation", ErrMissing}
		case e.p.Type == BBox && a.Missing.Has(coco.FieldBBox):
			return &Error{listAnnotations, i, "bbox", ErrMissing}
		case e.p.Type == BBox:
			if err := checkBox(a.BBox); err != nil {
				return &Error{listAnnotations, i, "bbox", err}
			}
		}
	}
	return nil
}

// unknown is the index of an image or a category that the ground truth does not have.
const unknown = -2

// findResults fills resultImages and resultCategories.
func (e *evaluation) findResults() {
	e.resultImages = make([]int32, len(e.dt.ImageIDs()))
	for i, id := range e.dt.ImageIDs() {
		if at, ok := e.ix.ImageAt(id); ok {
			e.resultImages[i] = e.rank[at]
		} else {
			e.resultImages[i] = unknown
		}
	}
	e.resultCategories = make([]int32, len(e.dt.CategoryIDs()))
	for i, id := range e.dt.CategoryIDs() {
		if k, ok := e.kOf[id]; ok {
			e.resultCategories[i] = int32(k)
		} else {
			e.resultCategories[i] = unknown
		}
	}
}

// groupResults checks the results and groups those that count by image.
func (e *evaluation) groupResults(ctx context.Context) error {
	e.findResults()
	e.boxAreas = e.firstHasBox() && (!e.p.MaskAreas || e.p.Type == BBox)
	var fromMasks atomic.Bool
	group := make([]int32, e.dt.Len())
	err := forEach(ctx, e.p.Workers, e.dt.Len(), 1<<12, func(_, i int) *Error {
		var err *Error
		group[i], err = e.imageRank(i)
		if group[i] >= 0 && (!e.boxAreas || e.dt.Missing(i).Has(coco.FieldBBox)) {
			fromMasks.Store(true)
		}
		return err
	})
	if err != nil {
		return err
	}
	e.fromMasks = fromMasks.Load()
	if e.p.Part == Whole && e.p.SkipUnknownCategories && !e.p.StrictPycocotools && e.dt.Len() > 0 && !e.knowsCategory() {
		return e.unknownCategory(0)
	}
	if e.federated != nil {
		e.federated.limit(e, group)
	}
	e.detStart = make([]int32, len(e.images)+1)
	for _, g := range group {
		if g >= 0 {
			e.detStart[g+1]++
		}
	}
	e.truthStart = make([]int32, len(e.images)+1)
	for i, at := range e.images {
		e.detStart[i+1] += e.detStart[i]
		e.truthStart[i+1] = e.truthStart[i] + int32(len(e.ix.Annotations(e.gt.Images[at].ID)))
	}
	n := e.detStart[len(e.images)]
	e.dets = make([]int32, n)
	next := slices.Clone(e.detStart)
	for i, g := range group {
		if g >= 0 {
			e.dets[next[g]] = int32(i)
			next[g]++
		}
	}
	e.scores = make([]float64, n)
	e.matched = make([]uint64, int(n)*e.grid.words)
	e.ignored = make([]uint64, int(n)*e.grid.words)
	e.empty = make([]bool, n)
	e.truth = make([]int32, e.truthStart[len(e.images)])
	return nil
}

// firstHasBox reports whether the first of the results has a box, or that of the list which
// they are a part of.
func (e *evaluation) firstHasBox() bool {
	switch e.p.Part {
	case PartBoxed:
		return true
	case PartUnboxed:
		return false
	}
	return e.dt.Len() > 0 && !e.dt.Missing(0).Has(coco.FieldBBox)
}

// knowsCategory reports whether the ground truth has the category of some result.
func (e *evaluation) knowsCategory() bool {
	return slices.ContainsFunc(e.resultCategories, func(k int32) bool { return k != unknown })
}

// imageRank returns the rank of the image of result i, or -1 if the result does not count.
// It checks the members that matching will need.
func (e *evaluation) imageRank(i int) (int32, *Error) {
	rank, missing := e.resultImages[e.dt.Image(i)], e.dt.Missing(i)
	if rank == unknown {
		return -1, &Error{listResults, i, "image_id", e.unknownImage(e.dt.ImageID(i))}
	}
	if missing.Has(coco.FieldCategoryID) {
		return -1, &Error{listResults, i, "category_id", ErrMissing}
	}
	if missing.Has(coco.FieldScore) {
		return -1, &Error{listResults, i, "score", ErrMissing}
	}
	if score := e.dt.Score(i); score != score {
		return -1, &Error{listResults, i, "score", fmt.Errorf("%w: found NaN", ErrNumber)}
	}
	k := e.resultCategories[e.dt.Category(i)]
	if k == unknown && !e.p.StrictPycocotools &&
		(!e.p.SkipUnknownCategories || e.dt.CategoryID(i) == 0 && e.lowestCategory() == 1) {
		return -1, e.unknownCategory(i)
	}
	if k < 0 || rank < 0 {
		return -1, nil
	}
	if missing.Has(coco.FieldSegmentation) {
		switch {
		case missing.Has(coco.FieldBBox) && (e.boxAreas || e.p.Type == BBox):
			return -1, &Error{listResults, i, "bbox", fmt.Errorf("%w: it has no segmentation to take it from", ErrMissing)}
		case missing.Has(coco.FieldBBox), !e.boxAreas && e.p.Type != BBox:
			return -1, &Error{listResults, i, "segmentation", ErrMissing}
		}
	}
	if (e.boxAreas || e.p.Type == BBox) && !missing.Has(coco.FieldBBox) {
		if err := checkBox(e.dt.BBox(i)); err != nil {
			return -1, &Error{listResults, i, "bbox", err}
		}
	}
	return rank, nil
}

// unknownCategory returns the error of a result of a category that the ground truth does not have.
func (e *evaluation) unknownCategory(i int) *Error {
	return &Error{listResults, i, "category_id", fmt.Errorf("%w: the ground truth has no category %d", ErrCategory,
		e.dt.CategoryID(i))}
}

func (e *evaluation) lowestCategory() int64 {
	lowest := int64(math.MaxInt64)
	for i := range e.gt.Categories {
		lowest = min(lowest, e.gt.Categories[i].ID)
	}
	return lowest
}

// unknownImage returns an error that explains why no image has the id.
func (e *evaluation) unknownImage(id coco.ID) error {
	if len(e.gt.Images) > 0 && e.gt.Images[0].ID.IsString() != id.IsString() {
		kinds := [2]string{"the integer", "strings"}
		if id.IsString() {
			kinds = [2]string{"the string", "integers"}
		}
		return fmt.Errorf("%w: found %s %s, but the image ids of the ground truth are %s", ErrIDType, kinds[0],
			id.AppendJSON(nil), kinds[1])
	}
	return fmt.Errorf("%w: the ground truth has no image %s", ErrImage, id.AppendJSON(nil))
}
