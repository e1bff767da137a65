package evalcmd

import (
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
)

// minusOnes says why numbers of the summary are -1.
func (s *Scorer) minusOnes(r *Report) (notes []string) {
	p := r.Whole.Params
	if !p.Federated && !slices.Contains(p.MaxDets, 100) && r.Stats != nil && r.Instances > 0 {
		notes = append(notes, fmt.Sprintf("the first number is -1: as in pycocotools it is for 100 detections, which --max-dets %s does not have; AP for %d is %.3f",
			list(p.MaxDets), p.MaxDets[len(p.MaxDets)-1], r.Whole.AP(eval.Select{})))
	}
	all, ignored := map[int64]int{}, map[int64]int{} // by category
	n, crowds, outside := 0, 0, 0
	for cell := range r.Whole.Cells() {
		for g, at := range cell.Truth {
			a := &s.Truth.Annotations[at]
			all[a.CategoryID]++
			n++
			if !cell.TruthIgnored(g, 0) {
				continue
			}
			ignored[a.CategoryID]++
			if a.IsCrowd && !p.Federated {
				crowds++
			} else {
				outside++
			}
		}
	}
	switch {
	case n == 0:
		return append(notes, "the ground truth has no instances to find: all scores are -1")
	case crowds == n:
		return append(notes, fmt.Sprintf("%s: nothing can be found or missed, so all scores are -1", crowdsOf(n)))
	case crowds+outside == n:
		return append(notes, "all ground-truth instances are crowds, marked to be ignored or outside the area range: all scores are -1")
	}
	if p.IgnoreCategories {
		return notes
	}
	empty := 0
	for id, n := range all {
		if ignored[id] == n {
			empty++
		}
	}
	if empty > 0 {
		notes = append(notes, fmt.Sprintf("%s only crowds or ignored instances: no mean contains %s",
			ui.Plural(empty, "class of the ground truth has", "classes of the ground truth have"), map[bool]string{true: "it", false: "them"}[empty == 1]))
	}
	return notes
}

// unknownAreas says how the instances count whose area is NaN; empty: there are none.
func (s *Scorer) unknownAreas(r *Report) string {
	n := 0
	for cell := range r.Whole.Cells() {
		for g, at := range cell.Truth {
			if a := s.Truth.Annotations[at].Area; a != a && !cell.TruthIgnored(g, 0) {
				n++
			}
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s an area of NaN and count%s in every area range, as in pycocotools: \"hubdata check --fix -o FILE %s\" takes it from the mask or the box",
		ui.Plural(n, "ground-truth instance has", "ground-truth instances have"), map[bool]string{true: "s"}[n == 1], s.Truth.Name)
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
