package folds

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// Resolve returns the plan with the full names of a list of images. An entry may have
// any name that fits only one image, see [coco.Names.Match]. Ids are used only if no
// entry matches by another name. Entries without an image in the list are not changed;
// matched is the number of entries with one.
//
// It is an error if an entry may be several images, which wraps a
// [*coco.AmbiguousNameError], or if two entries name the same image.
func (p *Plan) Resolve(images *coco.Names) (plan *Plan, matched int, err error) {
	r := &resolution{plan: p, images: images, entry: make([]int32, images.Len())}
	r.fullNames()
	if err := r.shortForms(); err != nil {
		return nil, 0, err
	}
	if r.matched == 0 {
		if err := r.ids(); err != nil {
			return nil, 0, err
		}
	}
	return r.resolved(), r.matched, nil
}

// A resolution finds the images of a plan's entries.
type resolution struct {
	plan    *Plan
	images  *coco.Names
	entry   []int32 // entry of each image, counted from 1; 0: none
	matched int
}

// match records the image of an entry.
func (r *resolution) match(k, i int) error {
	if first := int(r.entry[i]) - 1; first >= 0 {
		e := r.plan.Entries
		return fmt.Errorf("folds: %q and %q, entries %d and %d, are the same image: remove one", e[first].ID, e[k].ID, first+1, k+1)
	}
	r.entry[i] = int32(k) + 1
	r.matched++
	return nil
}

// fullNames matches the entries that are full names. Of equal entries, which Validate
// rejects, the first one counts.
func (r *resolution) fullNames() {
	for k := range r.plan.Entries {
		id := r.plan.Entries[k].ID
		if i, err := r.images.FindName(id); err == nil && r.images.Name(i) == id && r.entry[i] == 0 {
			_ = r.match(k, i)
		}
	}
}

// shortForms matches the remaining entries.
func (r *resolution) shortForms() error {
	if r.matched == len(r.entry) || r.matched == len(r.plan.Entries) {
		return nil
	}
	full := make([]bool, len(r.plan.Entries))
	var places []int // of the remaining images
	for i, k := range r.entry {
		if k == 0 {
			places = append(places, i)
		} else {
			full[k-1] = true
		}
	}
	images := r.images.Part(places)
	var entries coco.Names
	var left []int
	for k := range full {
		if !full[k] {
			entries.AddName(r.plan.Entries[k].ID)
			left = append(left, k)
		}
	}
	for n, k := range left {
		i, err := entries.Match(n, images)
		if i >= 0 { // it may still be a short form of an image that is already matched
			_, err = r.images.FindName(r.plan.Entries[k].ID)
		}
		if err := ambiguous(k, err); err != nil {
			return err
		}
		if i >= 0 {
			if err := r.match(k, places[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// ids matches entries that are ids.
func (r *resolution) ids() error {
	for k := range r.plan.Entries {
		i, err := r.images.Find(r.plan.Entries[k].ID)
		if err := ambiguous(k, err); err != nil {
			return err
		}
		if i >= 0 {
			if err := r.match(k, i); err != nil {
				return err
			}
		}
	}
	return nil
}

// ambiguous returns the error for an entry that may be several images. An entry
// without an image is not an error.
func ambiguous(k int, err error) error {
	var e *coco.AmbiguousNameError
	if errors.As(err, &e) {
		return fmt.Errorf("folds: entry %d: %w", k+1, err)
	}
	return nil
}

// resolved returns the plan with the full names of the matched images.
func (r *resolution) resolved() *Plan {
	p := *r.plan
	p.Entries = slices.Clone(p.Entries)
	renamed := map[string]string{}
	for i, k := range r.entry {
		if k == 0 {
			continue
		}
		e := &p.Entries[k-1]
		if name := r.images.Name(i); name != e.ID {
			renamed[e.ID], e.ID = name, name
		}
	}
	if p.Apart != nil && len(renamed) > 0 {
		p.Apart = make([][]string, len(r.plan.Apart))
		for f, ids := range r.plan.Apart {
			p.Apart[f] = slices.Clone(ids)
			for k, id := range ids {
				if name, ok := renamed[id]; ok {
					p.Apart[f][k] = name
				}
			}
		}
	}
	return &p
}

// ErrNoImage is wrapped by the error of [Plan.Split] for a dataset without any image of
// the plan.
var ErrNoImage = errors.New("no image of the plan")

// Split applies a plan to a dataset. It returns the training and the validation set of
// the fold with the given number; entries are matched as by [Plan.Resolve]. Both sets
// share d's records and keep the ids. Images that are not in the plan are in neither
// set; unknown is their number.
func (p *Plan) Split(d *coco.Dataset, fold int) (train, valid *coco.Dataset, unknown int, err error) {
	if !p.HasFold(fold) {
		return nil, nil, 0, p.noFold(fold)
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
	ix := plan.Index()
	side := make(map[coco.ID]*coco.Dataset, len(d.Images))
	for i := range d.Images {
		img, name := &d.Images[i], names.Name(i)
		if _, ok := ix.Entry(name); !ok {
			unknown++
		}
		switch ix.Use(name, fold) {
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
