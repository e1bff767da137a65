package coco

import (
	"errors"
	"fmt"
)

// Filter says what [Dataset.Filter] keeps. The zero value keeps everything.
type Filter struct {
	// Image and Annotation are called for Images[i] and Annotations[i]. They return an
	// empty reason to keep a record, and otherwise the reason to drop it; an error ends
	// Filter. Category reports whether to keep a category. nil: keep all.
	Image      func(i int) (reason string, err error)
	Annotation func(i int) (reason string, err error)
	Category   func(c *Category) bool
	// DropEmpty drops images without annotations.
	DropEmpty bool
	// Renumber numbers the images and the annotations from 1.
	Renumber bool
}

// The reasons that [Dataset.Filter] itself uses.
const (
	OfNoImage         = "of images that the file lacks"
	OfOtherCategories = "of other categories"
	OfOtherImages     = "of images left out"
	Empty             = "without annotations"
)

// ErrDuplicateID is returned for a dataset with two images of one id.
var ErrDuplicateID = errors.New("coco: two images with one id")

// Filtered is the result of [Dataset.Filter].
type Filtered struct {
	Dataset *Dataset
	// Images and Annotations count the dropped records, by the first reason.
	Images      map[string]int
	Annotations map[string]int
}

// Filter returns the part of the dataset that f keeps, in order and with the same ids.
// It drops annotations of images and categories that it drops, and of images that the
// dataset lacks. The result shares the records' memory with the dataset, which is not
// changed. If two images have the same id, Filter returns [ErrDuplicateID], since it is
// not clear to which one the annotations belong.
func (d *Dataset) Filter(f *Filter) (*Filtered, error) {
	out := &Dataset{Info: d.Info, Licenses: d.Licenses, Extra: d.Extra}
	res := &Filtered{Dataset: out, Images: map[string]int{}, Annotations: map[string]int{}}
	dropped := map[int64]bool{}
	for i := range d.Categories {
		if c := &d.Categories[i]; f.Category == nil || f.Category(c) {
			out.Categories = append(out.Categories, *c)
		} else {
			dropped[c.ID] = true
		}
	}
	places := newImagePlaces(len(d.Images))
	keep := make([]bool, len(d.Images))
	for i := range d.Images {
		if other, twice := places.find(d.Images[i].ID); twice {
			return nil, fmt.Errorf("%w: images[%d].id: %s is also that of images[%d]: give one of them another id, and its annotations too", ErrDuplicateID, i, jsonID(d.Images[i].ID), other)
		}
		places.set(d.Images[i].ID, i)
		if f.Image != nil {
			reason, err := f.Image(i)
			if err != nil {
				return nil, err
			}
			if reason != "" {
				res.Images[reason]++
				continue
			}
		}
		keep[i] = true
	}
	filled := make([]bool, len(d.Images))
	kept := make([]bool, len(d.Annotations))
	n := 0
	for i := range d.Annotations {
		a := &d.Annotations[i]
		image, ok := places.find(a.ImageID)
		reason := ""
		switch {
		case !ok:
			reason = OfNoImage
		case !keep[image]:
			reason = OfOtherImages
		case !a.Missing.Has(FieldCategoryID) && dropped[a.CategoryID]:
			reason = OfOtherCategories
		case f.Annotation != nil:
			var err error
			if reason, err = f.Annotation(i); err != nil {
				return nil, err
			}
		}
		if reason != "" {
			res.Annotations[reason]++
			continue
		}
		filled[image], kept[i] = true, true
		n++
	}
	if n > 0 {
		out.Annotations = make([]Annotation, 0, n)
	}
	for i, keep := range kept {
		if keep {
			out.Annotations = append(out.Annotations, d.Annotations[i])
		}
	}
	ids := map[ID]ID{}
	for i := range d.Images {
		switch {
		case !keep[i]:
			continue
		case f.DropEmpty && !filled[i]:
			res.Images[Empty]++
			continue
		}
		out.Images = append(out.Images, d.Images[i])
		if f.Renumber {
			last := &out.Images[len(out.Images)-1]
			last.ID = IntID(int64(len(out.Images)))
			ids[d.Images[i].ID] = last.ID
		}
	}
	if f.Renumber {
		for i := range out.Annotations {
			a := &out.Annotations[i]
			a.ID, a.ImageID = IntID(int64(i)+1), ids[a.ImageID]
		}
	}
	return res, nil
}
