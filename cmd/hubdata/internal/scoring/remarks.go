package scoring

import (
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// Remarks are what the notes of a report are made of. Those of parts of the images add up.
type Remarks struct {
	Images      int              `json:"images"`           // of the ground truth
	OnImages    int              `json:"on_images"`        // images that have detections
	Detections  int              `json:"detections"`       // in the results
	Crowds      int              `json:"crowds,omitempty"` // of the instances that do not count
	Outside     int              `json:"outside,omitempty"`
	ByClass     []classInstances `json:"classes"`
	UnknownArea int              `json:"unknown_area,omitempty"` // instances that count, with an area of NaN
	Federated   bool             `json:"federated,omitempty"`
	IDZero      bool             `json:"id_zero,omitempty"` // an annotation has the id 0
	Notes       []string         `json:"notes,omitempty"`   // of how the results were read
}

// classInstances are the instances of a class, and those of them that do not count.
type classInstances struct {
	Class   int64 `json:"class"`
	All     int   `json:"all"`
	Ignored int   `json:"ignored"`
}

// gather collects the remarks of an evaluation.
func (s *Scorer) gather(d *preds.Detections, whole *eval.Result) Remarks {
	m := Remarks{
		Images: len(s.Truth.Images), OnImages: len(d.List.ImageIDs()), Detections: d.List.Len(),
		Federated: eval.IsFederated(s.Truth.Dataset), Notes: d.Notes,
		IDZero: slices.ContainsFunc(s.Truth.Annotations, func(a coco.Annotation) bool { return a.ID == coco.ID{} }),
	}
	at := map[int64]int{}
	for cell := range whole.Cells() {
		for g, i := range cell.Truth {
			a := &s.Truth.Annotations[i]
			k, ok := at[a.CategoryID]
			if !ok {
				k = len(m.ByClass)
				at[a.CategoryID], m.ByClass = k, append(m.ByClass, classInstances{Class: a.CategoryID})
			}
			m.ByClass[k].All++
			switch {
			case !cell.TruthIgnored(g, 0):
				if a.Area != a.Area {
					m.UnknownArea++
				}
				continue
			case a.IsCrowd && !whole.Params.Federated:
				m.Crowds++
			default:
				m.Outside++
			}
			m.ByClass[k].Ignored++
		}
	}
	return m
}

// Add adds the remarks of other images, without those of how the results were read.
func (m *Remarks) Add(o *Remarks) {
	m.Images, m.OnImages, m.Detections = m.Images+o.Images, m.OnImages+o.OnImages, m.Detections+o.Detections
	m.Crowds, m.Outside, m.UnknownArea = m.Crowds+o.Crowds, m.Outside+o.Outside, m.UnknownArea+o.UnknownArea
	m.Federated, m.IDZero = m.Federated || o.Federated, m.IDZero || o.IDZero
	for _, c := range o.ByClass {
		k := slices.IndexFunc(m.ByClass, func(of classInstances) bool { return of.Class == c.Class })
		if k < 0 {
			k = len(m.ByClass)
			m.ByClass = append(m.ByClass, classInstances{Class: c.Class})
		}
		m.ByClass[k].All, m.ByClass[k].Ignored = m.ByClass[k].All+c.All, m.ByClass[k].Ignored+c.Ignored
	}
}

// remark notes what makes numbers mean something else than they seem to.
func (r *Report) remark(o *Scoring, truth string) {
	m := &r.remarks
	r.Notes = append(r.Notes, r.minusOnes()...)
	if note := m.unknownAreas(truth); note != "" {
		r.Notes = append(r.Notes, note)
	}
	if !r.params.Federated && m.Federated {
		r.Notes = append(r.Notes,
			"the ground truth has LVIS's neg_category_ids or not_exhaustive_category_ids, which COCO's rules do not use: --metric lvis scores by those of LVIS")
	}
	r.Notes = append(r.Notes, m.Notes...)
	if m.Detections == 0 {
		r.Notes = append(r.Notes, "no detections: all scores are 0")
	}
	if n := m.Images - m.OnImages; n > 0 && m.Detections > 0 {
		r.Notes = append(r.Notes,
			fmt.Sprintf("%s no detections", ui.Plural(n, "ground-truth image has", "ground-truth images have")))
	}
	if !o.Params.StrictPycocotools && m.IDZero {
		r.Notes = append(r.Notes,
			"the ground truth has an annotation with the id 0: pycocotools never counts it as found, hubdata does (--strict-pycocotools repeats pycocotools)")
	}
}

// minusOnes says why numbers of the summary are -1.
func (r *Report) minusOnes() (notes []string) {
	p, m := r.params, &r.remarks
	if !p.Federated && !slices.Contains(p.MaxDets, 100) && r.Stats != nil && r.Instances > 0 {
		notes = append(notes, fmt.Sprintf(
			"the first number is -1: as in pycocotools it is for 100 detections, which --max-dets %s does not have; AP for %d is %.3f",
			list(p.MaxDets), p.MaxDets[len(p.MaxDets)-1], r.Evaluation().AP(eval.Select{})))
	}
	n, empty := 0, 0
	for _, c := range m.ByClass {
		if n += c.All; c.Ignored == c.All {
			empty++
		}
	}
	switch {
	case n == 0:
		return append(notes, "the ground truth has no instances to find: all scores are -1")
	case m.Crowds == n:
		return append(notes, fmt.Sprintf("%s: nothing can be found or missed, so all scores are -1", crowdsOf(n)))
	case m.Crowds+m.Outside == n:
		return append(notes, "all ground-truth instances are crowds, marked to be ignored or outside the area range: all scores are -1")
	}
	if !p.IgnoreCategories && empty > 0 {
		notes = append(notes, fmt.Sprintf("%s only crowds or ignored instances: no mean contains %s",
			ui.Plural(empty, "class of the ground truth has", "classes of the ground truth have"),
			map[bool]string{true: "it", false: "them"}[empty == 1]))
	}
	return notes
}

// unknownAreas says how the instances count whose area is NaN; empty: there are none.
func (m *Remarks) unknownAreas(truth string) string {
	n := m.UnknownArea
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s an area of NaN and count%s in every area range, as in pycocotools: \"hubdata check --fix -o FILE %s\" takes it from the mask or the box",
		ui.Plural(n, "ground-truth instance has", "ground-truth instances have"), map[bool]string{true: "s"}[n == 1], truth)
}

func crowdsOf(n int) string {
	if n == 1 {
		return "the only ground-truth instance is a crowd"
	}
	return fmt.Sprintf("all %s ground-truth instances are crowds", ui.Thousands(n))
}

// list writes limits as --max-dets does.
func list(limits []int) (text string) {
	for i, n := range limits {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprint(n)
	}
	return text
}
