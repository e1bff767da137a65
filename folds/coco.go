package folds

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/coco"
)

// Resolved is what [Plan.Resolve] makes of a plan.
type Resolved struct {
	Plan    *Plan // with the full names of the images
	Matched int   // entries that name an image of the list
	ByID    bool  // the entries were read as ids
	Unknown []int // places of the entries that name no image, in order
}

// Resolve returns the plan in the full names of a list of images. An entry may have any
// name that fits one image alone, a short form or a longer path; see [coco.Names.FindName].
// Entries that name no image of the list stay as they are: a plan may be of more images
// than the list. Apart is changed as the entries are.
//
// The entries of a plan are all names or all ids. They are ids if none is a name, or if
// every entry is the id of an image, but not every one a name. Otherwise they are names,
// unless more of them are ids than names, which is an error.
//
// An entry that fits several images, or an image that two entries name in whichever
// forms, is an error; of the first kind it wraps a [*coco.AmbiguousNameError].
func (p *Plan) Resolve(images *coco.Names) (*Resolved, error) {
	names, err := p.read(images.Len(), images.FindName)
	if err != nil {
		return nil, err
	}
	if names.matched == len(p.Entries) {
		return p.resolved(images, names, false), nil
	}
	isID := 0
	for k := range p.Entries {
		if _, err := images.FindID(p.Entries[k].ID); !isUnknown(err) {
			isID++
		}
	}
	switch {
	case isID > 0 && (names.matched == 0 || isID == len(p.Entries)):
		ids, err := p.read(images.Len(), images.FindID)
		if err != nil {
			return nil, err
		}
		return p.resolved(images, ids, true), nil
	case isID > names.matched:
		return nil, fmt.Errorf("folds: %d of the %d entries are names of images, but %d are ids: use names only, with extensions where they are numbers", names.matched, len(p.Entries), isID)
	}
	return p.resolved(images, names, false), nil
}

// A matching is which images the entries of a plan are, read as names or as ids.
type matching struct {
	image   []int32 // of each entry; -1: none
	matched int
}

// read reads the entries.
func (p *Plan) read(images int, find func(string) (int, error)) (*matching, error) {
	r := &matching{image: make([]int32, len(p.Entries))}
	entry := make([]int32, images) // of each image, counted from 1; 0: none
	for k, e := range p.Entries {
		i, err := find(e.ID)
		switch {
		case isUnknown(err):
			r.image[k] = -1
			continue
		case err != nil:
			return nil, fmt.Errorf("folds: entry %d: %w", k+1, err)
		}
		if first := int(entry[i]) - 1; first >= 0 {
			return nil, fmt.Errorf("folds: %q and %q, entries %d and %d, are the same image: remove one", p.Entries[first].ID, e.ID, first+1, k+1)
		}
		r.image[k], entry[i] = int32(i), int32(k)+1
		r.matched++
	}
	return r, nil
}

// isUnknown reports whether an error says that no image has a name.
func isUnknown(err error) bool {
	var unknown *coco.UnknownNameError
	return errors.As(err, &unknown)
}

// resolved is the plan with the names that were found.
func (p *Plan) resolved(images *coco.Names, r *matching, byID bool) *Resolved {
	plan := *p
	out := &Resolved{Plan: &plan, Matched: r.matched, ByID: byID}
	plan.Entries = slices.Clone(p.Entries)
	renamed := map[string]string{}
	for k, i := range r.image {
		if i < 0 {
			out.Unknown = append(out.Unknown, k)
			continue
		}
		e := &plan.Entries[k]
		if name := images.Name(int(i)); name != e.ID {
			renamed[e.ID], e.ID = name, name
		}
	}
	if p.Apart != nil && len(renamed) > 0 {
		plan.Apart = make([][]string, len(p.Apart))
		for f, ids := range p.Apart {
			plan.Apart[f] = slices.Clone(ids)
			for k, id := range ids {
				if name, ok := renamed[id]; ok {
					plan.Apart[f][k] = name
				}
			}
		}
	}
	return out
}

// ErrNoImage is wrapped by the errors of [Plan.Split] and [File.Split] for images of
// which none is in the plan.
var ErrNoImage = errors.New("no image of the plan")

// Split applies a plan to a dataset: it returns the training and the validation set of
// the fold of a number. The entries may be short names, longer paths or ids, as those of
// [Plan.Resolve]. Both sets share d's records; the ids stay. unknown is the number of
// images that are not in the plan, and so in neither set. If no image is in the plan,
// the error wraps [ErrNoImage].
func (p *Plan) Split(d *coco.Dataset, fold int) (train, valid *coco.Dataset, unknown int, err error) {
	if !p.HasFold(fold) {
		return nil, nil, 0, p.noFold(fold)
	}
	names := coco.NewNames(d.Images)
	resolved, err := p.Resolve(names)
	if err != nil {
		return nil, nil, 0, err
	}
	if resolved.Matched == 0 {
		return nil, nil, 0, fmt.Errorf("folds: %w among %d images", ErrNoImage, len(d.Images))
	}
	part := func() *coco.Dataset {
		return &coco.Dataset{Info: d.Info, Licenses: d.Licenses, Categories: d.Categories, Extra: d.Extra}
	}
	train, valid = part(), part()
	ix := resolved.Plan.Index()
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
