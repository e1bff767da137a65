package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/boxindex"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/rle"
)

// HuBMAPIoU is the intersection over union at which the competition accepts a detection
// as a match.
const HuBMAPIoU = 0.6

// HuBMAPOptions are the options of [HuBMAP]. The zero HuBMAPOptions are those of the
// competition.
type HuBMAPOptions struct {
	IoU   float64 // lowest IoU of a match, up to 1; 0: HuBMAPIoU
	Class string  // name of the category to score; empty: blood_vessel

	// From is what [Evaluate] returned for the same ground truth and the same results, or
	// nil. Masks that it compared are not compared again; the score is the same.
	From *Result
}

// metric returns the IoU and the class, with those of the competition in place of zeros.
func (o *HuBMAPOptions) metric() (iou float64, class string) {
	if o == nil {
		o = new(HuBMAPOptions)
	}
	return cmp.Or(o.IoU, HuBMAPIoU), cmp.Or(o.Class, "blood_vessel")
}

// HuBMAPScore is the result of [HuBMAP].
type HuBMAPScore struct {
	AP            float64 // NaN if there are no true instances
	Truths        int     // without crowds
	Detections    int     // of the class
	Empty         int     // detections without a pixel, which are left out
	TruePositives int
	Ignored       int // detections on crowds, which count neither as correct nor as false

	// The curve has one point for each detection that is neither empty nor ignored, in
	// descending order of score. A [Merged] has no curve.
	Scores, Precision []float64
	Recall            []float64 // empty if there are no true instances
}

// HuBMAP computes the metric of the HuBMAP competition for one class: the average
// precision of instance segmentation at one IoU, as in the Open Images challenge. If o
// is nil, it uses the competition's options. [Result.APAt] computes the AP of COCO at one
// IoU, which differs: it interpolates precision at 101 recalls, and matches otherwise.
//
// The computation is that of the evaluation tools of TensorFlow's Object Detection API:
//
//   - Detections without a pixel are left out: they have no valid box, and the Object
//     Detection API removes detections without one. True instances without a pixel
//     remain, as instances that nothing finds.
//   - On each image, detections are processed in descending order of score. A detection
//     chooses the true instance with the largest IoU, the first one if several are
//     equal. If that IoU reaches the threshold and no earlier detection has taken the
//     instance, the detection is a true positive. Otherwise it is a false positive,
//     even if another true instance would have been free.
//   - A false positive is ignored if one crowd contains at least that share of its area
//     (the threshold of the IoU). Crowds have no other effect. (In the Object Detection
//     API they are group-of instances of weight 0.)
//   - The detections of all images are ordered by descending score. Precision and
//     recall after each detection make the curve. Each precision is raised to the
//     largest one at any later point. AP is the sum of precision times the growth of
//     recall.
//
// Equal scores are ordered as by argsort(scores)[::-1] with a stable argsort, in both
// places. On an image, the later of two equal detections chooses first. On the curve,
// equal scores come in descending order of the images of gt and, on one image, in the
// order of dt. Sums are added up in numpy's order, so that the value is the same to the
// last bit.
//
// Masks are compared pixel by pixel; segmentations are read by
// [coco.Segmentation.Mask]. Detections of other classes are skipped. HuBMAP returns an error for a detection without score
// or category, a detection of an unknown image, a mask that cannot be read, and a class
// that gt does not list. Errors of records are of type [*Error].
func HuBMAP(gt *coco.Dataset, dt *coco.Results, o *HuBMAPOptions) (*HuBMAPScore, error) {
	s, images, err := matchHuBMAP(gt, dt, o)
	if err != nil {
		return nil, err
	}
	n := 0
	for i := range images {
		n += len(images[i].order)
	}
	scores, hits := make([]float64, 0, n), make([]bool, 0, n)
	for i := range images {
		img := &images[i]
		for _, k := range img.order {
			if !img.ignored[k] {
				scores, hits = append(scores, dt.Score(int(img.detections[k]))), append(hits, img.found[k])
			}
		}
	}
	s.curve(scores, hits)
	return s, nil
}

// matchHuBMAP matches all images, and fills the counts of the score that need no curve.
func matchHuBMAP(gt *coco.Dataset, dt *coco.Results, o *HuBMAPOptions) (*HuBMAPScore, []hubmapImage, error) {
	iou, class := o.metric()
	var from *Result
	if o != nil {
		from = o.From
	}
	if !(iou > 0 && iou <= 1) {
		return nil, nil, fmt.Errorf("eval: found the IoU %v, expected more than 0 and at most 1", iou)
	}
	if dt == nil {
		dt = new(coco.Results)
	}
	images, err := hubmapImages(gt, dt, class)
	if err != nil {
		return nil, nil, err
	}
	if err := matchAll(gt, dt, images, iou, pairsKept(from, gt, dt, iou)); err != nil {
		return nil, nil, err
	}
	s := &HuBMAPScore{}
	for i := range images {
		img := &images[i]
		s.Truths += img.truths
		s.Detections += len(img.detections)
		s.Empty += len(img.detections) - len(img.order)
		for _, k := range img.order {
			if img.ignored[k] {
				s.Ignored++
			}
		}
	}
	return s, images, nil
}

// matchAll matches the images in parallel. Of several errors it returns the first in
// the order of the annotations, then of the results.
func matchAll(gt *coco.Dataset, dt *coco.Results, images []hubmapImage, iou float64, before *evaluation) error {
	errs := make([]error, len(images))
	_ = parallel.EachWith(context.Background(), 0, len(images), func() func(int) error {
		m := hubmapMatcher{before: before}
		return func(i int) error {
			errs[i] = m.match(&images[i], gt, dt, i, iou)
			return nil // every image is checked
		}
	})
	var first error
	var at *Error
	for _, err := range errs {
		var e *Error
		switch {
		case err == nil:
		case !errors.As(err, &e):
			return err
		case at == nil, e.List != at.List && e.List == listAnnotations, e.List == at.List && e.Index < at.Index:
			first, at = err, e
		}
	}
	return first
}

// hubmapImage holds the indices of an image's annotations and results of the class.
type hubmapImage struct {
	annotations, detections []int32
	truths                  int     // number of annotations that are not crowds
	order                   []int32 // detections with a pixel, in the order in which they choose
	found, ignored          []bool  // of each detection
}

// hubmapImages collects the records of the class by image.
func hubmapImages(gt *coco.Dataset, dt *coco.Results, class string) ([]hubmapImage, error) {
	k := slices.IndexFunc(gt.Categories, func(c coco.Category) bool { return c.Name == class })
	if k < 0 {
		var names []string
		for _, c := range gt.Categories {
			names = append(names, wtf8.Quote(c.Name))
		}
		return nil, fmt.Errorf("eval: %w: found %s in the ground truth, expected one with the name %s", ErrCategory, names, wtf8.Quote(class))
	}
	category := gt.Categories[k].ID
	images := make([]hubmapImage, len(gt.Images))
	place := make(map[coco.ID]int, len(gt.Images))
	for i := range gt.Images {
		if first, ok := place[gt.Images[i].ID]; ok {
			return nil, &Error{listImages, i, "id", fmt.Errorf("%w: images[%d] also has %s", ErrDuplicate, first, gt.Images[i].ID.AppendJSON(nil))}
		}
		place[gt.Images[i].ID] = i
	}
	find := func(list string, n int, id coco.ID) (int, error) {
		i, ok := place[id]
		if !ok {
			return 0, &Error{list, n, "image_id", fmt.Errorf("%w: the ground truth has no image %s", ErrImage, id.AppendJSON(nil))}
		}
		return i, nil
	}
	for n := range gt.Annotations {
		a := &gt.Annotations[n]
		if a.Missing.Has(coco.FieldCategoryID) {
			return nil, &Error{listAnnotations, n, "category_id", ErrMissing}
		}
		if a.CategoryID != category {
			continue
		}
		i, err := find(listAnnotations, n, a.ImageID)
		if err != nil {
			return nil, err
		}
		images[i].annotations = append(images[i].annotations, int32(n))
	}
	placeOf := make([]int, len(dt.ImageIDs())) // -1: unknown
	for i, id := range dt.ImageIDs() {
		var ok bool
		if placeOf[i], ok = place[id]; !ok {
			placeOf[i] = -1
		}
	}
	for n := range dt.Len() {
		i, missing := placeOf[dt.Image(n)], dt.Missing(n)
		switch {
		case i < 0:
			_, err := find(listResults, n, dt.ImageID(n))
			return nil, err
		case missing.Has(coco.FieldCategoryID):
			return nil, &Error{listResults, n, "category_id", ErrMissing}
		case dt.CategoryID(n) != category:
			continue
		case missing.Has(coco.FieldScore):
			return nil, &Error{listResults, n, "score", ErrMissing}
		case math.IsNaN(dt.Score(n)):
			return nil, &Error{listResults, n, "score", fmt.Errorf("%w: found NaN", ErrNumber)}
		}
		images[i].detections = append(images[i].detections, int32(n))
	}
	return images, nil
}

// A hubmapSorter holds the memory of sorting.
type hubmapSorter []ranked

// order returns argsort(scores)[::-1] with a stable argsort.
func (s *hubmapSorter) order(scores []float64) []int32 {
	n := len(scores)
	list := slices.Grow((*s)[:0], 2*n)[:n]
	*s = list
	for i, score := range scores {
		list[n-1-i] = ranked{key: scoreKey(score), at: int32(i)}
	}
	order := make([]int32, n)
	for i, r := range sortRanked(list, list[n:2*n]) {
		order[i] = r.at
	}
	return order
}

// A hubmapMatcher holds memory that is reused from image to image.
type hubmapMatcher struct {
	before *evaluation  // that compared the masks of some images; nil: none
	masks  rle.Overlaps // true instances with crowds, then detections
	near   neighbours   // true instances near each detection
	buf    []byte
	crowd  []bool // of the true instances
	taken  []bool
	scores []float64
	empty  []bool // detections without a pixel
	pairs  []Pair // of one detection
	sorter hubmapSorter
	spans  []span // of each detection in the pairs of a cell compared before
}

// match sets for each detection of image i whether it is a true positive, and whether
// it is ignored.
func (s *hubmapMatcher) match(img *hubmapImage, gt *coco.Dataset, dt *coco.Results, i int, iou float64) error {
	n := len(img.detections)
	s.scores, s.crowd = s.scores[:0], s.crowd[:0]
	for _, at := range img.detections {
		s.scores = append(s.scores, dt.Score(int(at)))
	}
	for _, at := range img.annotations {
		crowd := gt.Annotations[at].IsCrowd
		s.crowd = append(s.crowd, crowd)
		if !crowd {
			img.truths++
		}
	}
	s.empty = slices.Grow(s.empty[:0], n)[:n]
	pairsOf, ok := s.comparedBefore(img, i)
	if !ok {
		if err := s.read(img, gt, dt, i); err != nil {
			return err
		}
		for k := range s.empty {
			s.empty[k] = s.masks.Area(len(s.crowd)+k) == 0
		}
		s.near.reset(n, len(s.crowd), iou, func(j int) boxindex.Box { return pixels(s.masks.Bounds(j)) })
		pairsOf = func(k int) []Pair { return s.compare(k, iou) }
	}
	img.order = slices.DeleteFunc(s.sorter.order(s.scores), func(k int32) bool { return s.empty[k] })
	flags := make([]bool, 2*n)
	img.found, img.ignored = flags[:n:n], flags[n:]
	s.taken = slices.Grow(s.taken[:0], len(s.crowd))[:len(s.crowd)]
	clear(s.taken)
	c := chooser{iou: iou, crowd: s.crowd, taken: s.taken}
	for _, k := range img.order {
		var overlap float64
		overlap, img.ignored[k] = c.choose(pairsOf(int(k)))
		img.found[k] = overlap > 0 // at least the threshold, which is above 0
	}
	return nil
}

// compare returns the pairs of detection k whose IoU may reach the threshold.
func (s *hubmapMatcher) compare(k int, iou float64) []Pair {
	s.pairs = s.pairs[:0]
	for _, j := range s.near.of(pixels(s.masks.Bounds(len(s.crowd) + k))) {
		s.pairs = append(s.pairs, Pair{int32(k), j, s.overlap(k, int(j), iou)})
	}
	return s.pairs
}

// read reads the masks of an image.
func (s *hubmapMatcher) read(img *hubmapImage, gt *coco.Dataset, dt *coco.Results, i int) error {
	if len(img.annotations)+len(img.detections) == 0 {
		return nil
	}
	h, w := gt.Images[i].Height, gt.Images[i].Width
	err := s.masks.Start(h, w)
	if err != nil {
		return &Error{listImages, i, "", err}
	}
	for _, n := range img.annotations {
		if s.buf, err = gt.Annotations[n].Segmentation.AddTo(&s.masks, h, w, s.buf); err != nil {
			return &Error{listAnnotations, int(n), "segmentation", err}
		}
	}
	for _, n := range img.detections {
		if s.buf, err = dt.Segmentation(int(n)).AddTo(&s.masks, h, w, s.buf); err != nil {
			return &Error{listResults, int(n), "segmentation", err}
		}
	}
	return nil
}

// overlap returns the IoU of detection k and true instance j, or the share of the
// detection that is in a crowd. It returns 0 if the value is certainly below least.
func (s *hubmapMatcher) overlap(k, j int, least float64) float64 {
	d, crowd := len(s.crowd)+k, s.crowd[j]
	area, of := s.masks.Area(d), s.masks.Area(j)
	if ratio(s.masks.Most(d, j), area, of, crowd) < least { // rounding does not change this
		return 0
	}
	return ratio(s.masks.Intersection(d, j), area, of, crowd)
}

// curve computes precision, recall and AP. hits says which detections are true
// positives.
func (s *HuBMAPScore) curve(scores []float64, hits []bool) {
	s.Scores, s.Precision = make([]float64, len(scores)), make([]float64, len(scores))
	if s.Truths > 0 {
		s.Recall = make([]float64, len(scores))
	}
	var sorter hubmapSorter
	order := sorter.order(scores)
	for n, k := range order {
		if hits[k] {
			s.TruePositives++
		}
		s.Scores[n] = scores[k]
		s.Precision[n] = float64(s.TruePositives) / float64(n+1)
		if s.Truths > 0 {
			s.Recall[n] = float64(s.TruePositives) / float64(s.Truths)
		}
	}
	if s.Truths == 0 {
		s.AP = math.NaN()
		return
	}
	curve := hubmapCurve{truths: s.Truths}
	for _, k := range order {
		curve.add(hits[k])
	}
	s.AP = curve.ap()
}
