package coco

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// Source is an input dataset of [Merge].
type Source struct {
	Name    string // value of the member source of its annotations; must be unique
	File    string // name for errors; empty: Name
	Dataset *Dataset
}

// MergeOptions are the options of [Merge]. nil means the zero value.
type MergeOptions struct {
	// Info is the info object of the merged dataset; nil: none.
	Info json.RawMessage
	// RenumberImages numbers the images from 1 in the order of their first appearance,
	// instead of keeping their ids.
	RenumberImages bool
	// RenumberCategories gives a category whose id is already taken the lowest free id
	// from 1. Without it, that is a conflict.
	RenumberCategories bool
	// DropDuplicates keeps the first of annotations that are equal in image, category,
	// iscrowd and mask. If there is no mask, it cannot be decoded or it has no pixel,
	// the text of the segmentation and the box are compared instead.
	DropDuplicates bool
}

// Merged is the result of [Merge].
type Merged struct {
	Dataset *Dataset
	Sources []SourceMap // one for each source, in order
}

// SourceMap maps the records of a source to those of the merged dataset. Each list has
// an entry for each record of the source, in order.
type SourceMap struct {
	Name        string
	Images      []IDChange
	Annotations []IDChange
	Categories  []IDChange
	NewImages   int // images that no earlier source has
	// SameBaseName is the number of new images with the base name of an earlier source's
	// image, but another path.
	SameBaseName int
	// AlikeName is the number of new images with the name of an earlier source's image
	// but for letters' case or Unicode form; see [FoldName].
	AlikeName  int
	Duplicates int // annotations that were dropped
}

// IDChange is the id of a record in its source and in the merged dataset.
type IDChange struct {
	Old, New ID
	// Duplicate says that the annotation was dropped; New is the id of the equal one
	// that was kept.
	Duplicate bool
}

// sourceKey is the member of an annotation that names its source.
const sourceKey = "source"

// Merge merges datasets without loss and without duplicates. The sources are not
// changed; the merged dataset shares their memory.
//
// Images of the same tile or path become one image, and so do images whose paths
// differ only in their extensions, unless one source has both; see [Names]. Images
// without tile and file_name are one image if their ids are equal. Of two spellings of
// a path, such as x/a.png and ./x/a.png, the first is kept. An image keeps its id, and
// has the members of all its sources. Categories with the same name
// become one category, with the id of the first source that has it. Annotations are
// numbered from 1, source by source in the order of each. Each gets the member source
// with the name of its source, unless it already has a member of that name. Other
// top-level members and licenses are kept; empty licenses count as absent.
//
// A contradiction between sources, or within one, is a conflict. Merge finds all
// conflicts and returns a [*MergeError]. The same sources and options give the same
// dataset.
func Merge(sources []Source, opts *MergeOptions) (*Merged, error) {
	if opts == nil {
		opts = new(MergeOptions)
	}
	if len(sources) == 0 {
		return nil, errors.New("coco: no datasets to merge")
	}
	names := make(map[string]bool, len(sources))
	annotations := 0
	for i, s := range sources {
		switch {
		case s.Dataset == nil:
			return nil, fmt.Errorf("coco: source %d (%s) has no dataset", i, wtf8.Quote(s.Name))
		case s.Name == "":
			return nil, fmt.Errorf("coco: source %d has no name", i)
		case names[s.Name]:
			return nil, fmt.Errorf("coco: two sources are named %s: give each a different name", wtf8.Quote(s.Name))
		}
		names[s.Name] = true
		annotations += len(s.Dataset.Annotations)
	}
	m := &merger{
		opts:    opts,
		sources: sources,
		out:     &Dataset{Info: opts.Info, Annotations: make([]Annotation, 0, annotations)},
		maps:    make([]SourceMap, len(sources)),
		imageOf: make([]*imagePlaces, len(sources)),
		images:  newImageUnion(),
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

// A merger is the state of a merge.
type merger struct {
	opts      *MergeOptions
	sources   []Source
	source    int // index of the source that is being merged
	out       *Dataset
	maps      []SourceMap
	conflicts []Finding

	images     imageUnion
	imageOf    []*imagePlaces    // for each source and old id the index in out
	categoryOf []map[int64]int32 // for each source and old id the index in out
	kept       map[instanceKey]int32
	buf        []byte
}

// place is the place of a record: a source and an index in its list.
type place struct{ source, at int }

func (m *merger) file(source int) string {
	if s := m.sources[source]; s.File != "" {
		return s.File
	}
	return m.sources[source].Name
}

// members merges licenses and the members that this package does not know.
func (m *merger) members() {
	licenses := -1             // the source of the licenses
	from := map[string]place{} // the source of each member, and its index in out
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
			m.conflict(MemberDiffers, Place{Member: "licenses"}, "differs from that of %s: make them equal in all files, or remove them", m.file(licenses))
		}
		for _, f := range d.Extra {
			o, known := from[f.Key]
			if !known {
				from[f.Key] = place{i, len(m.out.Extra)}
				m.out.Extra = append(m.out.Extra, f)
			} else if !bytes.Equal(m.out.Extra[o.at].Value, f.Value) {
				m.conflict(MemberDiffers, Place{Member: f.Key}, "differs from that of %s: make it equal in all files that have it", m.file(o.source))
			}
		}
	}
}

// emptyJSON reports whether a value is absent, null, or an empty list or object.
func emptyJSON(v json.RawMessage) bool {
	switch string(v) {
	case "", "null", "[]", "{}":
		return true
	}
	return false
}

// mergeAnnotations merges the annotations of the source.
func (m *merger) mergeAnnotations() {
	d, s := m.sources[m.source].Dataset, &m.maps[m.source]
	name := json.RawMessage(jsonscan.AppendString(nil, s.Name))
	var seen map[ID]int32 // nil: none is a duplicate
	if !ascending(d.Annotations) {
		seen = make(map[ID]int32, len(d.Annotations))
	}
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
			m.conflict(AnnotationIDDuplicate, Place{SectionAnnotations, i, "id"}, "%s is also the id of annotations[%d]: give each its own id", jsonID(a.ID), first)
		} else if seen != nil {
			seen[a.ID] = int32(i)
		}
		image, ok := m.imageOf[m.source].find(a.ImageID)
		if ok {
			a.ImageID = m.out.Images[image].ID
		} else {
			m.conflict(ImageUnknown, Place{SectionAnnotations, i, "image_id"}, "no image has the id %s: add the image, or delete the annotation", jsonID(a.ImageID))
		}
		if !a.Missing.Has(FieldCategoryID) {
			category, known := m.categoryOf[m.source][a.CategoryID]
			if !known {
				m.conflict(CategoryUnknown, Place{SectionAnnotations, i, "category_id"}, "no category has the id %d: add the category, or delete the annotation", a.CategoryID)
				ok = false
			} else {
				a.CategoryID = m.out.Categories[category].ID
			}
		}
		if len(m.conflicts) > 0 {
			continue // the merge has failed
		}
		if m.kept != nil && ok {
			key := m.instanceKey(&a, int32(image))
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
