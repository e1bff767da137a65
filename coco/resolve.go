package coco

import (
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/internal/wtf8"
)

// ResolvedNames is what [Names.Resolve] makes of a list of names.
type ResolvedNames struct {
	Images  []int // image of each name; -1: none
	Matched int   // names that are those of images
	ByID    bool  // the names were read as ids
}

// Resolve finds the images that another file lists. Each of listed may be any name that
// fits one image alone, a short form or a longer path; see [Names.FindName]. A name may
// be that of no image: the other file may be of more images than the list.
//
// The names are all names or all ids. They are ids if none is a name, or if every one is
// the id of an image, but not every one a name. Otherwise they are names, unless more of
// them are ids than names, which is an error.
//
// A name that fits several images, or an image that two names mean in whichever forms,
// is an error; of the first kind it wraps an [*AmbiguousNameError].
func (n *Names) Resolve(listed []string) (*ResolvedNames, error) {
	names, err := n.resolveBy(listed, n.FindName)
	if err != nil {
		return nil, err
	}
	if names.Matched == len(listed) {
		return names, nil
	}
	isID := 0
	for _, name := range listed {
		if _, err := n.FindID(name); !isUnknown(err) {
			isID++
		}
	}
	switch {
	case isID > 0 && (names.Matched == 0 || isID == len(listed)):
		ids, err := n.resolveBy(listed, n.FindID)
		if err != nil {
			return nil, err
		}
		ids.ByID = true
		return ids, nil
	case isID > names.Matched:
		return nil, fmt.Errorf("%d of the %d entries are names of images, but %d are ids: use names only, with extensions where they are numbers", names.Matched, len(listed), isID)
	}
	return names, nil
}

// resolveBy reads the names in one way.
func (n *Names) resolveBy(listed []string, find func(string) (int, error)) (*ResolvedNames, error) {
	r := &ResolvedNames{Images: make([]int, len(listed))}
	entry := make([]int32, n.Len()) // of each image, counted from 1; 0: none
	for k, name := range listed {
		i, err := find(name)
		switch {
		case isUnknown(err):
			r.Images[k] = -1
			continue
		case err != nil:
			return nil, fmt.Errorf("entry %d: %w", k+1, err)
		}
		if first := int(entry[i]) - 1; first >= 0 {
			return nil, fmt.Errorf("%s and %s, entries %d and %d, are the same image: remove one", wtf8.Quote(listed[first]), wtf8.Quote(name), first+1, k+1)
		}
		r.Images[k], entry[i] = i, int32(k)+1
		r.Matched++
	}
	return r, nil
}

// isUnknown reports whether an error says that no image has a name.
func isUnknown(err error) bool {
	var unknown *UnknownNameError
	return errors.As(err, &unknown)
}
