package coco

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/internal/jsonscan"
)

// Source is a dataset that [Merge] takes in.
type Source struct {
	Name    string // what its annotations get as the member source; no two alike
	File    string // what errors call it; empty: Name
	Dataset *Dataset
}

// MergeOptions say how datasets are merged. nil stands for the zero value.
type MergeOptions struct {
	// Info is the info object of the merged dataset; nil: it has none.
	Info json.RawMessage
	// RenumberImages numbers the images from 1 in the order of their first
	// appearance, in place of keeping their ids.
	RenumberImages bool
	// RenumberCategories gives a category whose id another one has the lowest
	// id from 1 that none has. Without it that is a conflict.
	RenumberCategories bool
	// DropDuplicates keeps the first of annotations that are equal in image,
	// category, iscrowd and mask. If there is no mask, or none that can be
	// decoded, or one without a pixel, then the text of the segmentation and the
	// box are compared.
	DropDuplicates bool
}

// Merged is what [Merge] gives.
type Merged struct {
	Dataset *Dataset
	Sources []SourceMap // one for each source, in their order
}

// SourceMap says where the records of a source went. Each list has an entry for
// each record of the source, in its order.
type SourceMap struct {
	Name        string
	Images      []IDChange
	Annotations []IDChange
	Categories  []IDChange
	NewImages   int // images that no source before it has
	Namesakes   int // of those: images with the base name of an image of a source before it, and another path
	Duplicates  int // annotations that were left out
}

// IDChange is the id of a record in its source and in the merged dataset.
type IDChange struct {
	Old, New ID
	// Duplicate says that the annotation was left out; New is the id of the
	// equal one that was kept.
	Duplicate bool
}

// sourceKey is the member of an annotation that names its source.
const sourceKey = "source"

// Merge unites datasets, so that nothing is lost and nothing is there twice. The
// sources are not changed; the merged dataset shares their memory.
//
// Images of one tile or one path are one image, and so are paths that differ by
// their extension alone, unless one source has both; see [Names]. An image keeps
// its id, and has the members of all its sources. Categories of one name are one category, with the id of the
// first source that has it. Annotations are numbered from 1, source by source in
// the order of each; each gets the member source, the name of its source, unless
// it has a member of that name. Other members of the outermost object and
// licenses are kept; empty licenses count as none.
//
// Whatever contradicts another source, or itself, is a conflict: Merge finds
// all of them and returns a [*MergeError]. The same sources and options give the
// same dataset.
func Merge(sources []Source, opts *MergeOptions) (*Merged, error) {
	if opts == nil {
		opts = new(MergeOptions)
	}
	if len(sources) == 0 {
		return nil, errors.New("coco: no dataset to merge")
	}
	names := make(map[string]bool, len(sources))
	annotations := 0
	for i, s := range sources {
		switch {
		case s.Dataset == nil:
			return nil, fmt.Errorf("coco: source %d (%q) has no dataset", i, s.Name)
		case s.Name == "":
			return nil, fmt.Errorf("coco: source %d has no name", i)
		case names[s.Name]:
			return nil, fmt.Errorf("coco: two sources are named %q: want another name for each", s.Name)
		}
		names[s.Name] = true
		annotations += len(s.Dataset.Annotations)
	}
	m := &merger{
		opts:    opts,
		sources: sources,
		out:     &Dataset{Info: opts.Info, Annotations: make([]Annotation, 0, annotations)},
		maps:    make([]SourceMap, len(sources)),
		imageOf: make([]map[ID]int32, len(sources)),
		images:  imageUnion{byName: map[string]int32{}, byPath: map[string]int32{}, byBase: map[string]int32{}, byID: map[ID]int32{}},
	}
	if opts.DropDuplicates {
		m.kept = make(map[instanceKey]int32, annotations)
	}
	m.members()
	m.mergeCategories()
	for i := range sources {
		m.source = i
		m.maps[i].Name = sources[i].Name
		m.mergeImages()
	}
	for i := range sources { // their images are complete now
		m.source = i
		m.mergeAnnotations()
	}
	if len(m.conflicts) > 0 {
		return nil, &MergeError{Conflicts: m.conflicts}
	}
	return &Merged{Dataset: m.out, Sources: m.maps}, nil
}

// A merger is a merge at work.
type merger struct {
	opts      *MergeOptions
	sources   []Source
	source    int // that is being taken in
	out       *Dataset
	maps      []SourceMap
	conflicts []Finding

	images     imageUnion
	imageOf    []map[ID]int32    // for each source and old id the place in out
	categoryOf []map[int64]int32 // for each source and old id the place in out
	kept       map[instanceKey]int32
	buf        []byte
}

// place is where a record stands: a source and a place in its list.
type place struct{ source, at int }

func (m *merger) file(source int) string {
	if s := m.sources[source]; s.File != "" {
		return s.File
	}
	return m.sources[source].Name
}

// members merges licenses and the members that this package does not know.
func (m *merger) members() {
	licenses := -1             // the source they are from
	from := map[string]place{} // the source of each member, and its place in out
	for i := range m.sources {
		d := m.sources[i].Dataset
		m.source = i
		switch {
		case emptyJSON(d.Licenses):
			if m.out.Licenses == nil {
				m.out.Licenses = d.Licenses
			}
		case licenses < 0:
			m.out.Licenses, licenses = d.Licenses, i
		case !bytes.Equal(m.out.Licenses, d.Licenses):
			m.conflict(MemberDiffers, Place{Member: "licenses"}, "unlike that of %s: want the same in all files, or none", m.file(licenses))
		}
		for _, f := range d.Extra {
			o, known := from[f.Key]
			if !known {
				from[f.Key] = place{i, len(m.out.Extra)}
				m.out.Extra = append(m.out.Extra, f)
			} else if !bytes.Equal(m.out.Extra[o.at].Value, f.Value) {
				m.conflict(MemberDiffers, Place{Member: f.Key}, "unlike that of %s: want the same in all files that have it", m.file(o.source))
			}
		}
	}
}

// emptyJSON says whether a value is absent, null, or an empty list or object.
func emptyJSON(v json.RawMessage) bool {
	switch string(v) {
	case "", "null", "[]", "{}":
		return true
	}
	return false
}

// mergeAnnotations takes in the annotations of the source.
func (m *merger) mergeAnnotations() {
	d, s := m.sources[m.source].Dataset, &m.maps[m.source]
	name := json.RawMessage(jsonscan.AppendString(nil, s.Name))
	seen := make(map[ID]int32, len(d.Annotations))
	s.Annotations = make([]IDChange, 0, len(d.Annotations))
	fields := 0
	for i := range d.Annotations {
		fields += len(d.Annotations[i].Extra) + 1
	}
	slab := make(Fields, 0, fields)
	for i := range d.Annotations {
		a := d.Annotations[i]
		change := IDChange{Old: a.ID, New: IntID(int64(len(m.out.Annotations)) + 1)}
		if first, ok := seen[a.ID]; ok {
			m.conflict(AnnotationIDDuplicate, Place{SectionAnnotations, i, "id"}, "%s is also the id of annotations[%d]: want another for each", jsonID(a.ID), first)
		} else {
			seen[a.ID] = int32(i)
		}
		image, ok := m.imageOf[m.source][a.ImageID]
		if ok {
			a.ImageID = m.out.Images[image].ID
		} else {
			m.conflict(ImageUnknown, Place{SectionAnnotations, i, "image_id"}, "%s is the id of no image: add the image, or delete the annotation", jsonID(a.ImageID))
		}
		if !a.Missing.Has(FieldCategoryID) {
			category, known := m.categoryOf[m.source][a.CategoryID]
			if !known {
				m.conflict(CategoryUnknown, Place{SectionAnnotations, i, "category_id"}, "%d is the id of no category: add the category, or delete the annotation", a.CategoryID)
				ok = false
			} else {
				a.CategoryID = m.out.Categories[category].ID
			}
		}
		if len(m.conflicts) > 0 {
			continue // nothing will be made of it
		}
		if m.kept != nil && ok {
			key := m.instanceKey(&a, image)
			if first, ok := m.kept[key]; ok {
				change.New, change.Duplicate = m.out.Annotations[first].ID, true
				s.Annotations = append(s.Annotations, change)
				s.Duplicates++
				continue
			}
			m.kept[key] = int32(len(m.out.Annotations))
		}
		start := len(slab)
		slab = append(slab, a.Extra...)
		if a.Extra.Get(sourceKey) == nil {
			slab = append(slab, Field{Key: sourceKey, Value: name})
		}
		a.ID, a.Extra = change.New, slab[start:len(slab):len(slab)]
		m.out.Annotations = append(m.out.Annotations, a)
		s.Annotations = append(s.Annotations, change)
	}
}
