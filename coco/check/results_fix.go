package check

import (
	"bytes"
	"maps"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// FixResults returns detections in which the faults that [Rules] has a fix for are
// fixed, and lists every change. Elements that could not be read have no single meaning:
// if there are any, the error names the first. Skip is as in [FixOptions]. The input is
// not changed.
func FixResults(l *ResultList, o *ResultOptions, skip func(coco.Code) bool) (*ResultList, []Change, error) {
	if o == nil {
		o = &ResultOptions{}
	}
	for i := range l.faults {
		if f := &l.faults[i]; f.Code != ScoreString && f.Code != coco.ValueQuoted {
			return nil, nil, &coco.Error{Path: f.Place.String(), Err: unfixable(f.Reason)}
		}
	}
	c := newResultChecker(l, o)
	for _, i := range slices.Sorted(maps.Keys(l.named)) {
		if cat, reason := c.categoryNamed(l.named[i]); cat == nil {
			return nil, nil, &coco.Error{Path: l.at(i).Within("category_id").String(), Err: unfixable(reason)}
		}
	}
	f := &resultFixer{l: l, c: c, on: func(code coco.Code) bool { return skip == nil || !skip(code) }}
	f.list = slices.Clone(l.Results)
	for i := range f.list {
		f.record(i)
	}
	return NewResultList(f.unique()), f.changes, nil
}

// unfixable is a fault that has no fix.
type unfixable string

func (e unfixable) Error() string { return string(e) }

// A resultFixer fixes its own copy of a list of detections.
type resultFixer struct {
	l       *ResultList
	c       *resultChecker
	on      func(coco.Code) bool
	list    []coco.Result
	changes []Change
}

func (f *resultFixer) add(code coco.Code, i int, member, action string, c Change) {
	c.Code, c.Place, c.Action = code, f.l.at(i).Within(member), action
	if img := f.c.v.ix.Image(f.list[i].ImageID); img != nil {
		c.Image = coco.ImageName(img)
	}
	f.changes = append(f.changes, c)
}

// record fixes a single detection.
func (f *resultFixer) record(i int) {
	r, v := &f.list[i], f.c.v
	if f.c.truth && v.ix.Image(r.ImageID) == nil && f.on(ResultImageUnknown) {
		if k, ok := v.types()[r.ImageID.String()]; ok {
			before := r.ImageID
			r.ImageID = v.d.Images[k].ID
			f.add(ResultImageUnknown, i, "image_id", actionSet, Change{Before: rawID(before), After: rawID(r.ImageID)})
		}
	}
	if name, ok := f.l.named[i]; ok { // the id has no other source, so that this is not optional
		cat, _ := f.c.categoryNamed(name)
		r.CategoryID = cat.ID
		r.Missing &^= coco.FieldCategoryID
		f.add(ResultCategoryName, i, "category_id", actionSet, Change{Before: jsonscan.AppendString(nil, name), After: rawInt(cat.ID)})
	}
	if r.Missing.Has(coco.FieldCategoryID) && len(v.d.Categories) == 1 && f.on(ResultCategoryMissing) {
		r.CategoryID = v.d.Categories[0].ID
		r.Missing &^= coco.FieldCategoryID
		f.add(ResultCategoryMissing, i, "category_id", actionSet, Change{After: rawInt(r.CategoryID)})
	}
	if n, ok := f.l.numbers[i]; ok { // it was read as a number, so that this is not optional
		f.add(ScoreString, i, "score", actionSet, Change{Before: bytes.Clone(n.text), After: rawFloat(n.number)})
	}
	for _, q := range f.l.quoted[i] { // so were these
		f.add(q.Code, i, q.Place.Member, actionSet, Change{Before: q.Found, After: q.Meant})
	}
	if !hasMask(r) || !f.on(RLEZero) || r.Segmentation.Kind() == coco.KindPolygons {
		return
	}
	h, w, _ := r.Segmentation.Size()
	m, err := r.Segmentation.Mask(h, w)
	if err != nil || zeroRuns(r.Segmentation, m) <= 0 {
		return
	}
	after := coco.RLE(m)
	if r.Segmentation.Kind() == coco.KindCounts {
		after = coco.Counts(m)
	}
	same := 1.0
	r.Segmentation = after
	f.add(RLEZero, i, "segmentation", actionSet, Change{IoU: &same})
}

// unique returns the detections without those that equal an earlier one, score
// included.
func (f *resultFixer) unique() []coco.Result {
	if !f.on(ResultDuplicate) {
		return f.list
	}
	first := map[string]int{}
	kept := make([]coco.Result, 0, len(f.list))
	for i := range f.list {
		text, err := coco.AppendResult(nil, &f.list[i])
		if other, twice := first[string(text)]; err == nil && twice {
			f.add(ResultDuplicate, i, "", actionMerged, Change{After: rawPlace(f.l.at(other))})
			continue
		}
		first[string(text)] = i
		kept = append(kept, f.list[i])
	}
	return kept
}
