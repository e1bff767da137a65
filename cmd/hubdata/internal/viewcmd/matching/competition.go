package matching

import (
	"context"
	"math"
	"slices"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/wsi"
)

// competition is what the competition's metric is computed from.
type competition struct {
	mu    sync.Mutex // one at a time: each takes all cores
	truth *coco.Dataset
	class int64 // id of the class that it scores
	ok    bool  // it scores these data
}

// newCompetition says of which class the competition's metric is, if it is of these data.
func (m *Model) newCompetition(truth *coco.Dataset) {
	m.competition.truth = truth
	i := slices.IndexFunc(truth.Categories, func(c coco.Category) bool { return c.Name == wsi.BloodVessel })
	if i < 0 || m.ByBoxes() {
		return
	}
	m.competition.class = truth.Categories[i].ID
	chosen := m.result.Params.Categories
	m.competition.ok = chosen == nil || slices.Contains(chosen, m.competition.class)
}

// InCompetition says whether the competition's metric is one of these data: they have its class, and masks.
func (m *Model) InCompetition() bool { return m.competition.ok }

// Competition returns the metric of the HuBMAP competition at a position, as eval's for the images and classes that
// count alone: NaN without an instance, or where the competition's class does not count.
func (m *Model) Competition(ctx context.Context, k int, sel *Selection) (float64, error) {
	c := &m.competition
	if !c.ok || !sel.hasClass(c.class) {
		return math.NaN(), nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	truth, list, from := c.truth, &m.Detections.List, m.result
	if sel.Images != nil {
		truth, list, from = m.part(sel)
	}
	if list.Len() == 0 {
		return 0, nil
	}
	s, err := eval.HuBMAP(truth, list, &eval.HuBMAPOptions{IoU: m.result.Params.IoU[k], Class: wsi.BloodVessel, From: from})
	if err != nil {
		return 0, err
	}
	return s.AP, nil
}

// part returns the images that count, with what is on them. They have not been evaluated.
func (m *Model) part(sel *Selection) (*coco.Dataset, *coco.Results, *eval.Result) {
	truth, list := &coco.Dataset{Categories: m.competition.truth.Categories}, new(coco.Results)
	for i := range m.competition.truth.Images {
		if sel.Images[m.image[i]] {
			truth.Images = append(truth.Images, m.competition.truth.Images[i])
		}
	}
	index := truth.Index()
	for i := range m.competition.truth.Annotations {
		if a := &m.competition.truth.Annotations[i]; a.CategoryID == m.competition.class {
			if _, ok := index.ImageAt(a.ImageID); ok {
				truth.Annotations = append(truth.Annotations, *a)
			}
		}
	}
	for _, d := range m.Detections.List.All() {
		if _, ok := index.ImageAt(d.ImageID); ok {
			list.Append(d)
		}
	}
	return truth, list, nil
}
