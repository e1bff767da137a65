package folds

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/folds/imagehash"
	"github.com/hubdata/hubdata/slide"
)

func at(x, y int) slide.Place { return slide.Place{Slide: "1", X: x, Y: y, Width: 512, Height: 512} }

// auditSamples returns samples in which a and b touch, c overlaps b, d is far away with
// the same bytes as a, and e looks like a but is on another slide.
func auditSamples() []Sample {
	vessel := func(area int, contacts ...slide.Contact) Instance {
		return Instance{Class: "blood_vessel", Area: area, Contacts: contacts}
	}
	return []Sample{
		{ID: "a", Place: at(0, 0), Placed: true, Labelled: true, Digest: "1", HasHash: true,
			Instances: []Instance{vessel(10, slide.Contact{Side: slide.Right, From: 5, To: 9}),
				vessel(20, slide.Contact{Side: slide.Right, From: 100, To: 120})}},
		{ID: "b", Place: at(512, 0), Placed: true, Labelled: true, Digest: "2", HasHash: true,
			Hash: imagehash.Hash{1<<40 - 1},
			Instances: []Instance{vessel(30, slide.Contact{Side: slide.Left, From: 9, To: 12}),
				{Class: "unsure", Area: 5, Contacts: []slide.Contact{{Side: slide.Left, From: 100, To: 120}}}}},
		{ID: "c", Place: at(1000, 0), Placed: true, Labelled: true, Digest: "3"},
		{ID: "d", Place: at(9000, 0), Placed: true, Labelled: true, Digest: "1", HasHash: true},
		{ID: "e", Place: slide.Place{Slide: "2", Width: 512, Height: 512}, Placed: true, Labelled: true, Digest: "5",
			HasHash: true, Hash: imagehash.Hash{3}},
		{ID: "f", Place: slide.Place{Slide: "3", Width: 512, Height: 512}, Placed: true, Labelled: true, Digest: "6"},
	}
}

func TestAudit(t *testing.T) {
	p := &Plan{Method: "kfold", First: 1, K: 2, Entries: []Entry{
		{ID: "a", Fold: 1}, {ID: "b", Fold: 2}, {ID: "c", Fold: NoFold, Always: true}, {ID: "d", Fold: 2}, {ID: "e", Fold: 2},
		{ID: "f", Fold: NoFold, Always: true}, {ID: "x", Fold: NoFold, Why: "unlabelled"},
	}}
	a, err := NewAudit(p, auditSamples(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Pair{
		{Kind: KindOverlap, A: "b", FoldA: 2, B: "c", FoldB: NoFold, Amount: 24, Folds: []int{2}},
		{Kind: KindTouch, A: "a", FoldA: 1, B: "b", FoldB: 2, Folds: []int{1, 2}},
		{Kind: KindDuplicate, A: "a", FoldA: 1, B: "d", FoldB: 2, Folds: []int{1, 2}},
		{Kind: KindNearDuplicate, A: "a", FoldA: 1, B: "e", FoldB: 2, Amount: 2, Folds: []int{1, 2}},
		{Kind: KindCutOutline, A: "a", FoldA: 1, B: "b", FoldB: 2, Amount: 1, Folds: []int{1, 2}},
	}
	if !reflect.DeepEqual(a.Pairs, want) {
		t.Errorf("pairs\n%+v, want\n%+v", a.Pairs, want)
	}
	if got := a.Total(KindOverlap); got != (PairTotal{KindOverlap, 1, 1, 1}) {
		t.Errorf("overlaps: %+v", got)
	}
	f := a.Folds[0]
	if f.Train != 5 || f.Valid != 1 || f.ValidInstances != 2 || f.ValidArea != 30 || f.TrainInstances != 2 ||
		!reflect.DeepEqual(f.SharedSlides, []SharedSlide{{"1", 3, 1}}) || f.Leaking[KindTouch] != 1 {
		t.Errorf("fold 1: %+v", f)
	}
	if d := a.Balance[0]; d.Measure != "class unsure" || d.Relative != -1 || d.Fold != 1 {
		t.Errorf("balance: %+v", a.Balance)
	}
	if !a.Leaks() || a.Advice() == "" ||
		!strings.HasPrefix(a.Findings()[0].Text, "leak: 2 of 4 validation images have the same file") {
		t.Errorf("%+v, advice %q", a.Findings(), a.Advice())
	}
	if err := p.KeepApart(1, func(id string) (slide.Place, error) {
		for _, s := range auditSamples() {
			if s.ID == id {
				return s.Place, nil
			}
		}
		return slide.Place{}, fmt.Errorf("no %s", id)
	}); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p.Apart, [][]string{{"b"}, {"a", "c"}}) {
		t.Errorf("kept apart: %v", p.Apart)
	}
	if a, _ = NewAudit(p, auditSamples(), nil); a.Total(KindTouch).Pairs+a.Total(KindOverlap).Pairs+
		a.Total(KindCutOutline).Pairs != 0 || a.Folds[1].Apart != 2 {
		t.Errorf("with a buffer: %+v", a.Totals)
	}
	if _, err := json.Marshal(a); err != nil {
		t.Error(err)
	}
	if err := p.KeepApart(1<<20, func(id string) (slide.Place, error) { return at(0, 0), nil }); err == nil {
		t.Error("no error for a buffer that leaves nothing to train on")
	}
}
