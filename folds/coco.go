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

// Resolve returns the plan in the full names of a list of images. Its entries are read by
// the rules of [coco.Names.Resolve], whose errors it returns. Entries that name no image
// of the list stay as they are: a plan may be of more images than the list. Apart is
// changed as the entries are.
func (p *Plan) Resolve(images *coco.Names) (*Resolved, error) {
	listed := make([]string, len(p.Entries))
	for k := range p.Entries {
		listed[k] = p.Entries[k].ID
	}
	r, err := images.Resolve(listed)
	if err != nil {
		return nil, fmt.Errorf("folds: %w", err)
	}
	return p.resolved(images, r), nil
}

// resolved is the plan with the names that were found.
func (p *Plan) resolved(images *coco.Names, r *coco.ResolvedNames) *Resolved {
	plan := *p
	out := &Resolved{Plan: &plan, Matched: r.Matched, ByID: r.ByID}
	plan.Entries = slices.Clone(p.Entries)
	renamed := map[string]string{}
	for k, i := range r.Images {
		if i < 0 {
			out.Unknown = append(out.Unknown, k)
			continue
		}
		e := &plan.Entries[k]
		if name := images.Name(i); name != e.ID {
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
