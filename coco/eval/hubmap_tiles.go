package eval

import (
	"math"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
)

// HuBMAPTruth holds the true instances of one image and one class, with which masks are
// compared one by one. With [HuBMAPTruth.Match] and [HuBMAPAP] it computes what [HuBMAP]
// does, for callers that score many lists of detections whose masks are often the same. Two
// goroutines must not use it at the same time.
type HuBMAPTruth struct {
	truths []rle.Mask
	crowd  []bool
	masks  rle.Overlaps
	pairs  []Pair
	sorter hubmapSorter
	taken  []bool
}

// NewHuBMAPTruth reads the true instances of the class with an id among the annotations of
// an image. The index of an [*Error] is that in the list.
func NewHuBMAPTruth(image *coco.Image, annotations []coco.Annotation, category int64) (*HuBMAPTruth, error) {
	t := &HuBMAPTruth{}
	for i := range annotations {
		a := &annotations[i]
		if a.CategoryID != category || a.Missing.Has(coco.FieldCategoryID) {
			continue
		}
		m, err := a.Segmentation.Mask(image.Height, image.Width)
		if err != nil {
			return nil, &Error{listAnnotations, i, "segmentation", err}
		}
		t.truths, t.crowd = append(t.truths, m), append(t.crowd, a.IsCrowd)
	}
	return t, nil
}

// Pairs returns the true instances that share a pixel with a mask, with their IoU, or the
// share of the mask that lies in a crowd. Detection is 0 in all.
func (t *HuBMAPTruth) Pairs(m rle.Mask) ([]Pair, error) {
	h, w := m.Size()
	if err := t.masks.Start(h, w); err != nil {
		return nil, err
	}
	if err := t.masks.Add(m); err != nil {
		return nil, err
	}
	t.pairs = t.pairs[:0]
	for j, truth := range t.truths {
		if err := t.masks.Add(truth); err != nil {
			return nil, err
		}
		if v := ratio(t.masks.Intersection(0, j+1), t.masks.Area(0), t.masks.Area(j+1), t.crowd[j]); v > 0 {
			t.pairs = append(t.pairs, Pair{Truth: int32(j), IoU: v})
		}
	}
	return append([]Pair(nil), t.pairs...), nil
}

// A HuBMAPTile is what the competition's metric takes of the detections on one image.
type HuBMAPTile struct {
	Truths int // without crowds
	// Scores are those of the detections that are not ignored, in the order in which they
	// chose. Right says which are true positives.
	Scores []float64
	Right  []bool
	IoU    []float64 // of each with its true instance; 0 if it is not a true positive
}

// Match matches detections, none of which is empty, at an IoU. scores and pairs are those of
// each, in the order of the results.
func (t *HuBMAPTruth) Match(iou float64, scores []float64, pairs [][]Pair) HuBMAPTile {
	n := len(scores)
	out := HuBMAPTile{Scores: make([]float64, 0, n), Right: make([]bool, 0, n), IoU: make([]float64, 0, n)}
	for _, crowd := range t.crowd {
		if !crowd {
			out.Truths++
		}
	}
	c := chooser{iou: iou, crowd: t.crowd, taken: append(t.taken[:0], make([]bool, len(t.crowd))...)}
	t.taken = c.taken
	for _, k := range t.sorter.order(scores) {
		if overlap, ignored := c.choose(pairs[k]); !ignored {
			out.Scores, out.Right, out.IoU = append(out.Scores, scores[k]), append(out.Right, overlap > 0), append(out.IoU, overlap)
		}
	}
	return out
}

// A chooser lets the detections of an image choose true instances, one after the other.
type chooser struct {
	iou   float64
	crowd []bool // of the true instances
	taken []bool
}

// choose takes the pairs of the next detection. It returns the IoU with the true instance
// that it finds, 0 if it finds none, and whether it is ignored.
func (c *chooser) choose(pairs []Pair) (overlap float64, ignored bool) {
	best, most := -1, -1.0
	inCrowd := false
	for _, p := range pairs {
		switch j := int(p.Truth); {
		case p.IoU < c.iou:
		case c.crowd[j]:
			inCrowd = true
		case p.IoU > most || p.IoU == most && j < best:
			best, most = j, p.IoU
		}
	}
	if best >= 0 && !c.taken[best] {
		c.taken[best] = true
		return most, false
	}
	return 0, inCrowd
}

// HuBMAPAP returns [HuBMAPScore.AP] of images, given in the order of the ground truth. An
// image may come several times, as in a sample with replacement.
func HuBMAPAP(images []HuBMAPTile) float64 {
	n, truths := 0, 0
	for i := range images {
		n += len(images[i].Scores)
		truths += images[i].Truths
	}
	s := HuBMAPScore{Truths: truths}
	if truths == 0 {
		return math.NaN()
	}
	scores, hits := make([]float64, 0, n), make([]bool, 0, n)
	for i := range images {
		scores, hits = append(scores, images[i].Scores...), append(hits, images[i].Right...)
	}
	s.curve(scores, hits)
	return s.AP
}
