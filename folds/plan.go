package folds

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// NoFold is the fold of an image that is in no fold.
const NoFold = -1

// maxFolds is the largest number of folds.
const maxFolds = 1 << 16

// Entry is an image of a plan.
type Entry struct {
	ID     string // full name of the image; see [coco.Names]
	Fold   int    // from Plan.First, or NoFold
	Always bool   // in no fold, but in the training set of every one
	Why    string // in no fold nor in any training set: why
}

// Plan says which image is validated in which fold. An image is in the training set
// of all other folds, unless Apart names it.
type Plan struct {
	Info    json.RawMessage // JSON object: who made the plan and from what; nil: unknown
	Method  string          // empty: unknown
	First   int             // number of the first fold: 0 or 1
	K       int             // number of folds
	Entries []Entry         // in the order of the table or dataset

	// Buffer is the least gap in slide pixels that KeepApart left between
	// validation and training images. Apart are, for each fold, the names of
	// the images that it left out of training, in the order of Entries. nil: none.
	Buffer int
	Apart  [][]string
}

// Use is what a fold does with an image.
type Use uint8

// The uses.
const (
	Unused   Use = iota // not in the plan, or left out
	Train               // in the training set
	Validate            // in the validation set
	Apart               // left out of this fold's training: too near to a validation image
)

// NewPlan makes a plan of k folds, numbered from 1, from the names of images and
// the fold of each, counted from 0.
func NewPlan(method string, ids []string, fold []int, k int) (*Plan, error) {
	if len(ids) != len(fold) {
		return nil, fmt.Errorf("folds: %d names, but folds of %d images", len(ids), len(fold))
	}
	p := &Plan{Method: method, First: 1, K: k}
	for i, id := range ids {
		p.Entries = append(p.Entries, Entry{ID: id, Fold: fold[i] + 1})
	}
	return p, p.Validate()
}

// Validate says what is wrong with a plan: no fold, a fold number outside the
// plan's, a fold without an image, an image that is there twice.
func (p *Plan) Validate() error {
	if p.K < 2 || p.K > maxFolds {
		return fmt.Errorf("folds: %d folds: want 2 to %d", p.K, maxFolds)
	}
	if p.First != 0 && p.First != 1 {
		return fmt.Errorf("folds: the first fold has number %d: want 0 or 1", p.First)
	}
	seen := make(map[string]int, len(p.Entries))
	sizes := make([]int, p.K)
	for i, e := range p.Entries {
		if first, ok := seen[e.ID]; ok {
			return fmt.Errorf("folds: %q is there twice, as entries %d and %d: remove one", e.ID, first+1, i+1)
		}
		seen[e.ID] = i
		switch {
		case e.Fold == NoFold:
		case e.Fold < p.First || e.Fold >= p.First+p.K:
			return fmt.Errorf("folds: %q is in fold %d: want %d to %d, or %d for none", e.ID, e.Fold, p.First, p.First+p.K-1, NoFold)
		case e.Always || e.Why != "":
			return fmt.Errorf("folds: %q is in fold %d, so it cannot be always in training or left out", e.ID, e.Fold)
		default:
			sizes[e.Fold-p.First]++
		}
	}
	if i := slices.Index(sizes, 0); i >= 0 {
		return fmt.Errorf("folds: fold %d has no image, but there are %d folds: number them without gaps", p.First+i, p.K)
	}
	if p.Apart != nil && len(p.Apart) != p.K {
		return fmt.Errorf("folds: images are kept apart in %d folds, but there are %d", len(p.Apart), p.K)
	}
	for f, ids := range p.Apart {
		for _, id := range ids {
			i, ok := seen[id]
			if !ok {
				return fmt.Errorf("folds: %q is kept apart in fold %d, but not in the plan", id, p.First+f)
			}
			if p.Entries[i].Fold == p.First+f {
				return fmt.Errorf("folds: %q is both validated and kept apart in fold %d", id, p.First+f)
			}
		}
	}
	return nil
}

// KeepApart leaves out of each fold's training the images whose gap to one of
// its validation images is below buffer slide pixels; see [Gap]. place gives
// an image's place. A fold without a training image left is an error.
func (p *Plan) KeepApart(buffer int, place func(id string) (Place, error)) error {
	if buffer < 0 {
		return fmt.Errorf("folds: a buffer of %d pixels: want 0 or more", buffer)
	}
	p.Buffer, p.Apart = buffer, nil
	if buffer == 0 {
		return nil
	}
	var used []Entry
	var places []Place
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
	eachNear(places, buffer-1, func(a, b, _ int) {
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
			return fmt.Errorf("%w: a buffer of %d pixels leaves fold %d no training image: take a smaller buffer, or the spatial method", ErrNoTraining, buffer, p.First+f)
		}
	}
	return nil
}

// ErrNoTraining is wrapped by the error for a fold that nothing is left to train on.
var ErrNoTraining = errors.New("no training image")

// Uses answers what the folds of a plan do with an image.
type Uses struct {
	plan  *Plan
	entry map[string]int
	apart []map[string]bool
}

// Uses prepares the answers. The plan must not change afterwards.
func (p *Plan) Uses() *Uses {
	u := &Uses{plan: p, entry: make(map[string]int, len(p.Entries))}
	for i, e := range p.Entries {
		u.entry[e.ID] = i
	}
	for _, ids := range p.Apart {
		set := make(map[string]bool, len(ids))
		for _, id := range ids {
			set[id] = true
		}
		u.apart = append(u.apart, set)
	}
	return u
}

// Entry returns the entry of an image.
func (u *Uses) Entry(id string) (Entry, bool) {
	i, ok := u.entry[id]
	if !ok {
		return Entry{}, false
	}
	return u.plan.Entries[i], true
}

// Of says what fold (a number from Plan.First) does with an image.
func (u *Uses) Of(id string, fold int) Use {
	e, ok := u.Entry(id)
	switch {
	case !ok || e.Fold == NoFold && !e.Always:
		return Unused
	case e.Fold == fold:
		return Validate
	case u.apart != nil && u.apart[fold-u.plan.First][id]:
		return Apart
	}
	return Train
}
