package folds

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/slide"
)

// NoFold is the fold of an image that belongs to no fold.
const NoFold = -1

// maxFolds is the largest number of folds.
const maxFolds = 1 << 16

// Entry is an image of a plan.
type Entry struct {
	ID     string // full name of the image; see [coco.Names]
	Fold   int    // its number, or NoFold
	Always bool   // in no fold, but in the training set of every one
	Why    string // reason why it is in no fold and no training set
}

// Plan assigns images to folds for validation. An image is in the training set of all
// other folds, unless Apart names it. The numbers of folds start at First: at 1 in plans
// of hubdata, at 0 in some plans of other tools.
type Plan struct {
	Info    json.RawMessage // JSON object with the provenance of the plan; nil: unknown
	Method  string          // empty: unknown
	First   int             // number of the first fold: 0 or 1
	K       int             // number of folds
	Entries []Entry         // in the order of the table or dataset

	// Buffer is the smallest gap in slide pixels that KeepApart left between validation
	// and training images. Apart lists, for each fold, the names of the images that it
	// left out of training, in the order of Entries. nil: none.
	Buffer int
	Apart  [][]string
}

// Use is the role of an image in a fold.
type Use uint8

// The uses.
const (
	Unused   Use = iota // not in the plan, or left out
	Train               // in the training set
	Validate            // in the validation set
	Apart               // left out of this fold's training: too close to a validation image
)

// NewPlan returns a plan of k folds from the names of images and the fold of each. The
// folds in fold count from 0, as the strategies return them; those of the plan count
// from 1. NoFold does not change.
func NewPlan(method string, ids []string, fold []int, k int) (*Plan, error) {
	if len(ids) != len(fold) {
		return nil, fmt.Errorf("folds: found %d names, but folds for %d images", len(ids), len(fold))
	}
	p := &Plan{Method: method, First: 1, K: k, Entries: slices.Grow([]Entry(nil), len(ids))}
	for i, id := range ids {
		number := NoFold
		if fold[i] != NoFold {
			number = p.First + fold[i]
		}
		p.Entries = append(p.Entries, Entry{ID: id, Fold: number})
	}
	return p, p.Validate()
}

// Folds returns the numbers of the plan's folds, in order.
func (p *Plan) Folds() []int {
	list := make([]int, p.K)
	for k := range list {
		list[k] = p.First + k
	}
	return list
}

// HasFold reports whether the plan has a fold with that number.
func (p *Plan) HasFold(number int) bool { return number >= p.First && number < p.First+p.K }

func (p *Plan) noFold(number int) error {
	return fmt.Errorf("folds: no fold %d: the plan has folds %d to %d", number, p.First, p.First+p.K-1)
}

// Validate returns an error if the plan has no folds, a fold number out of range, a fold
// without images, or duplicate images.
func (p *Plan) Validate() error {
	if p.K < 2 || p.K > maxFolds {
		return fmt.Errorf("folds: found %d folds, expected 2 to %d", p.K, maxFolds)
	}
	if p.First != 0 && p.First != 1 {
		return fmt.Errorf("folds: found %d as the number of the first fold, expected 0 or 1", p.First)
	}
	seen := make(map[string]int, len(p.Entries))
	sizes := make([]int, p.K)
	for i, e := range p.Entries {
		if first, ok := seen[e.ID]; ok {
			return fmt.Errorf("folds: duplicate image %s, entries %d and %d: remove one", wtf8.Quote(e.ID), first+1, i+1)
		}
		seen[e.ID] = i
		switch {
		case e.Fold == NoFold:
		case e.Fold < p.First || e.Fold >= p.First+p.K:
			return fmt.Errorf("folds: %s is in fold %d, expected %d to %d, or %d for none", wtf8.Quote(e.ID), e.Fold, p.First, p.First+p.K-1, NoFold)
		case e.Always || e.Why != "":
			return fmt.Errorf("folds: %s is in fold %d, so it cannot be always in training or left out", wtf8.Quote(e.ID), e.Fold)
		default:
			sizes[e.Fold-p.First]++
		}
	}
	if i := slices.Index(sizes, 0); i >= 0 {
		return fmt.Errorf("folds: fold %d has no image, but there are %d folds: number them without gaps", p.First+i, p.K)
	}
	if p.Apart != nil && len(p.Apart) != p.K {
		return fmt.Errorf("folds: found images kept apart in %d folds, expected %d", len(p.Apart), p.K)
	}
	for f, ids := range p.Apart {
		for _, id := range ids {
			i, ok := seen[id]
			if !ok {
				return fmt.Errorf("folds: %s is kept apart in fold %d, but not in the plan", wtf8.Quote(id), p.First+f)
			}
			if p.Entries[i].Fold == p.First+f {
				return fmt.Errorf("folds: %s is both validated and kept apart in fold %d", wtf8.Quote(id), p.First+f)
			}
		}
	}
	return nil
}

// KeepApart leaves images out of each fold's training if their gap to one of its
// validation images is less than buffer slide pixels; see [slide.Gap]. place returns the
// place of an image. It is an error if a fold has no training image left.
func (p *Plan) KeepApart(buffer int, place func(id string) (slide.Place, error)) error {
	if buffer < 0 {
		return fmt.Errorf("folds: found a buffer of %d pixels, expected 0 or more", buffer)
	}
	p.Buffer, p.Apart = buffer, nil
	if buffer == 0 {
		return nil
	}
	var used []Entry
	var places []slide.Place
	for _, e := range p.Entries {
		if e.Fold == NoFold && !e.Always {
			continue
		}
		at, err := place(e.ID)
		if err != nil {
			return err
		}
		used, places = append(used, e), append(places, at)
	}
	apart := make([][]bool, p.K)
	for f := range apart {
		apart[f] = make([]bool, len(used))
	}
	mark := func(valid, other int) {
		if f := used[valid].Fold; f != NoFold && f != used[other].Fold {
			apart[f-p.First][other] = true
		}
	}
	slide.Near(places, buffer-1, func(a, b, _ int) {
		mark(a, b)
		mark(b, a)
	})
	p.Apart = make([][]string, p.K)
	for f := range p.Apart {
		left := 0
		p.Apart[f] = []string{}
		for i, e := range used {
			switch {
			case apart[f][i]:
				p.Apart[f] = append(p.Apart[f], e.ID)
			case e.Fold != p.First+f:
				left++
			}
		}
		if left == 0 {
			return fmt.Errorf("%w: a buffer of %d pixels leaves no training image for fold %d: use a smaller buffer, or the spatial method", ErrNoTraining, buffer, p.First+f)
		}
	}
	return nil
}

// ErrNoTraining is wrapped by the error for a fold without any training images.
var ErrNoTraining = errors.New("no training image")

// Index finds the images of a plan by their names, and their use in each fold.
type Index struct {
	plan  *Plan
	entry map[string]int
	apart []map[string]bool
}

// Index returns an index of the plan. The plan must not change afterwards.
func (p *Plan) Index() *Index {
	ix := &Index{plan: p, entry: make(map[string]int, len(p.Entries))}
	for i, e := range p.Entries {
		ix.entry[e.ID] = i
	}
	for _, ids := range p.Apart {
		set := make(map[string]bool, len(ids))
		for _, id := range ids {
			set[id] = true
		}
		ix.apart = append(ix.apart, set)
	}
	return ix
}

// Entry returns the entry of an image.
func (ix *Index) Entry(id string) (Entry, bool) {
	i, ok := ix.entry[id]
	if !ok {
		return Entry{}, false
	}
	return ix.plan.Entries[i], true
}

// Use returns the use of an image in the fold with the given number.
func (ix *Index) Use(id string, fold int) Use {
	e, ok := ix.Entry(id)
	if !ok {
		return Unused
	}
	return ix.useOf(&e, fold)
}

// useOf is [Index.Use] for the entry of the image.
func (ix *Index) useOf(e *Entry, fold int) Use {
	switch {
	case e.Fold == NoFold && !e.Always:
		return Unused
	case e.Fold == fold:
		return Validate
	case ix.apart != nil && ix.apart[fold-ix.plan.First][e.ID]:
		return Apart
	}
	return Train
}
