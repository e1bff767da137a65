package folds

import (
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/coco"
)

// Resolve returns the plan in the full names of a list of images: an entry may
// have any name that fits one image alone, see [coco.Names.Match]. Ids count only
// if no entry has another name. Entries without an image of the list stay as they
// are; matched is how many have one.
//
// An entry that may be several images, or an image that two entries name, is an
// error; of the first kind it wraps a [*coco.AmbiguousNameError].
func (p *Plan) Resolve(images *coco.Names) (plan *Plan, matched int, err error) {
	var entries coco.Names
	for k := range p.Entries {
		entries.AddName(p.Entries[k].ID)
	}
	at, matched, err := p.match(func(k int) (int, error) { return entries.Match(k, images) })
	if err == nil && matched == 0 {
		at, matched, err = p.match(func(k int) (int, error) { return images.Find(p.Entries[k].ID) })
	}
	if err != nil {
		return nil, 0, err
	}
	resolved := *p
	resolved.Entries = append([]Entry(nil), p.Entries...)
	full := make(map[string]string, matched)
	for k, i := range at {
		if i >= 0 {
			full[p.Entries[k].ID] = images.Name(i)
			resolved.Entries[k].ID = images.Name(i)
		}
	}
	if p.Apart != nil {
		resolved.Apart = make([][]string, len(p.Apart))
		for f, ids := range p.Apart {
			resolved.Apart[f] = append([]string{}, ids...)
			for k, id := range ids {
				if name, ok := full[id]; ok {
					resolved.Apart[f][k] = name
				}
			}
		}
	}
	return &resolved, matched, nil
}

// match finds the image of each entry; -1: none.
func (p *Plan) match(find func(k int) (int, error)) (at []int, matched int, err error) {
	at = make([]int, len(p.Entries))
	entry := make(map[int]int, len(p.Entries))
	for k := range p.Entries {
		i, err := find(k)
		var ambiguous *coco.AmbiguousNameError
		if errors.As(err, &ambiguous) {
			return nil, 0, fmt.Errorf("folds: entry %d: %w", k+1, err)
		}
		if at[k] = i; i < 0 {
			continue
		}
		if first, twice := entry[i]; twice {
			return nil, 0, fmt.Errorf("folds: %q and %q, entries %d and %d, are of one image: remove one", p.Entries[first].ID, p.Entries[k].ID, first+1, k+1)
		}
		entry[i] = k
		matched++
	}
	return at, matched, nil
}

// ErrNoImage is wrapped by the error of [Plan.Split] for a dataset without an image
// of the plan.
var ErrNoImage = errors.New("no image of the plan")

// Split applies a plan to a dataset: the training and the validation set of a
// fold (a number from p.First), by the names of [Plan.Resolve]. Both share d's
// records; the ids stay. Images that are not in the plan are in neither, and are
// counted.
func (p *Plan) Split(d *coco.Dataset, fold int) (train, valid *coco.Dataset, unknown int, err error) {
	if fold < p.First || fold >= p.First+p.K {
		return nil, nil, 0, fmt.Errorf("folds: no fold %d: the plan has %d to %d", fold, p.First, p.First+p.K-1)
	}
	names := coco.NewNames(d.Images)
	plan, matched, err := p.Resolve(names)
	if err != nil {
		return nil, nil, 0, err
	}
	if matched == 0 {
		return nil, nil, 0, fmt.Errorf("folds: %w among %d images", ErrNoImage, len(d.Images))
	}
	part := func() *coco.Dataset {
		return &coco.Dataset{Info: d.Info, Licenses: d.Licenses, Categories: d.Categories, Extra: d.Extra}
	}
	train, valid = part(), part()
	uses := plan.Uses()
	side := make(map[coco.ID]*coco.Dataset, len(d.Images))
	for i := range d.Images {
		img, name := &d.Images[i], names.Name(i)
		if _, ok := uses.Entry(name); !ok {
			unknown++
		}
		switch uses.Of(name, fold) {
		case Train:
			side[img.ID] = train
		case Validate:
			side[img.ID] = valid
		default:
			continue
		}
		side[img.ID].Images = append(side[img.ID].Images, *img)
	}
	for i := range d.Annotations {
		if s := side[d.Annotations[i].ImageID]; s != nil {
			s.Annotations = append(s.Annotations, d.Annotations[i])
		}
	}
	return train, valid, unknown, nil
}
