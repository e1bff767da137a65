package eval

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// readIgnore reads the member ignore of annotations for the rules that honour it:
// boundary IoU, and LVIS. COCOeval overwrites it.
func (e *evaluation) readIgnore(context.Context) error {
	if e.p.Type != Boundary && !e.p.Federated {
		return nil
	}
	for i := range e.gt.Annotations {
		if text := e.gt.Annotations[i].Extra.Get("ignore"); text != nil && isTrue(text) {
			if e.ignore == nil {
				e.ignore = make([]bool, len(e.gt.Annotations))
			}
			e.ignore[i] = true
		}
	}
	return nil
}

// isTrue reports whether Python takes a JSON value for true.
func isTrue(text json.RawMessage) bool {
	switch text[0] {
	case 'n', 'f':
		return false
	case '"', '[', '{':
		return len(text) > 2
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		var v float64
		return json.Unmarshal(text, &v) != nil || v != 0 // a number that float64 cannot hold is not 0
	}
	return true
}

// isCrowd reports whether annotation at is a crowd: any number of detections match it,
// by their share in it. LVIS has no crowds.
func (e *evaluation) isCrowd(at int32) bool {
	return e.gt.Annotations[at].IsCrowd && e.federated == nil
}

// ignoresTruth reports whether annotation at does not count as missed, whatever its
// area.
func (e *evaluation) ignoresTruth(at int32) bool {
	return e.isCrowd(at) || e.ignore != nil && e.ignore[at]
}

// federated holds what LVIS says of each image about categories: which are annotated,
// and which are not annotated exhaustively.
type federated struct {
	images    []annotatedCategories // by index in the ground truth's images
	frequency map[int64]string      // of the categories
}

// annotatedCategories are what is known of the categories of an image, as ascending ids.
type annotatedCategories struct {
	judged     []int64 // an instance is annotated, or there is certainly none
	unfinished []int64 // not all instances are annotated
}

// The members of an image of LVIS.
const (
	memberNegative      = "neg_category_ids"
	memberNotExhaustive = "not_exhaustive_category_ids"
)

// IsFederated reports whether the images of a dataset have one of the members of LVIS
// by which [Params.Federated] scores: neg_category_ids and not_exhaustive_category_ids.
func IsFederated(d *coco.Dataset) bool {
	return slices.ContainsFunc(d.Images, func(img coco.Image) bool {
		return img.Extra.Get(memberNegative) != nil || img.Extra.Get(memberNotExhaustive) != nil
	})
}

// readFederated reads the members of LVIS.
func (e *evaluation) readFederated(context.Context) error {
	if !e.p.Federated {
		return nil
	}
	e.federated = &federated{images: make([]annotatedCategories, len(e.gt.Images)), frequency: frequencies(e.gt)}
	for _, at := range e.images {
		img, known := &e.gt.Images[at], &e.federated.images[at]
		for _, m := range []struct {
			name string
			list *[]int64
		}{{memberNegative, &known.judged}, {memberNotExhaustive, &known.unfinished}} {
			text := img.Extra.Get(m.name)
			if text == nil {
				return &Error{listImages, int(at), m.name, ErrMissing}
			}
			if err := json.Unmarshal(text, m.list); err != nil {
				return &Error{listImages, int(at), m.name, fmt.Errorf("%w: found %s, expected a list of category ids", ErrNumber, text)}
			}
		}
		for _, a := range e.ix.Annotations(img.ID) {
			if k, ok := e.kOf[e.gt.Annotations[a].CategoryID]; ok && k >= 0 && e.hasArea(e.gt.Annotations[a].Area) {
				known.judged = append(known.judged, e.gt.Annotations[a].CategoryID)
			}
		}
		slices.Sort(known.judged)
		slices.Sort(known.unfinished)
	}
	return nil
}

// frequencies returns the member frequency of the categories, by id.
func frequencies(gt *coco.Dataset) map[int64]string {
	out := map[int64]string{}
	for i := range gt.Categories {
		c := &gt.Categories[i]
		if _, again := out[c.ID]; again {
			continue
		}
		var v string
		if json.Unmarshal(c.Extra.Get("frequency"), &v) != nil {
			v = ""
		}
		out[c.ID] = v
	}
	return out
}

// unjudged reports whether a detection of a category on an image is ignored if it
// matches nothing: the instances of the category are not all annotated there.
func (e *evaluation) unjudged(image int, category int64) bool {
	if e.federated == nil {
		return false
	}
	_, found := slices.BinarySearch(e.federated.images[image].unfinished, category)
	return found
}

// hasArea reports whether what has an area exists: lvis-api skips instances and
// detections whose area is not above 0.
func (e *evaluation) hasArea(area float64) bool {
	return e.federated == nil || area > 0 && !math.IsInf(area, 1)
}

// limit removes, from the ranks of the results' images, the results that LVIS leaves
// out: those beyond the largest limit of an image, of all categories together, those of
// categories that the image is not annotated for, and boxes without area. A mask without
// area is ignored when it is compared: it matches nothing.
func (f *federated) limit(e *evaluation, group []int32) {
	ofImage := make([][]int32, len(e.images))
	for i := range e.dt.Len() { // those of categories that do not count take places too
		if rank := e.resultImages[e.dt.Image(i)]; rank >= 0 {
			ofImage[rank] = append(ofImage[rank], int32(i))
		}
	}
	most := e.p.MaxDets[len(e.p.MaxDets)-1]
	for g, list := range ofImage {
		slices.SortStableFunc(list, func(a, b int32) int { return cmp.Compare(scoreKey(e.dt.Score(int(a))), scoreKey(e.dt.Score(int(b)))) })
		for n, i := range list {
			box := e.dt.BBox(int(i))
			_, judged := slices.BinarySearch(f.images[e.images[g]].judged, e.dt.CategoryID(int(i)))
			boxed := e.boxAreas && !e.dt.Missing(int(i)).Has(coco.FieldBBox)
			if !judged || n >= most || boxed && !e.hasArea(float64(box.W*box.H)) {
				group[i] = -1
			}
		}
	}
}
