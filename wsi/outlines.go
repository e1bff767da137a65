package wsi

import (
	"strings"

	"github.com/hubdata/hubdata/coco"
)

// The codes of findings in a HuBMAP folder. Findings in its outlines have the
// codes of package coco/check.
const (
	OutlineInvalid coco.Code = "outline-invalid" // an invalid line of a polygons file; see [LineError]
	OutlineMissing coco.Code = "outline-missing" // a labelled tile without a line
	TableInvalid   coco.Code = "table-invalid"   // an invalid row of the table of tiles; see [RowError]
)

// Outlines is a dataset of converted lines that records where in the polygons
// file its records come from. The zero Outlines is empty and ready to use.
type Outlines struct {
	Dataset coco.Dataset // Add appends to it; do not add or remove records in any other way
	lines   []int        // of each image
	first   []int        // index of the first annotation of each image
	whole   []bool       // whether all outlines of the image's line became annotations
	image   []int32      // of each annotation
}

// Add appends the records of a converted line.
func (o *Outlines) Add(tile *Converted) {
	o.lines = append(o.lines, tile.Line)
	o.first = append(o.first, len(o.Dataset.Annotations))
	o.whole = append(o.whole, tile.Counts.Dropped.Total() == 0)
	for range tile.Annotations {
		o.image = append(o.image, int32(len(o.Dataset.Images)))
	}
	o.Dataset.Images = append(o.Dataset.Images, tile.Image)
	o.Dataset.Annotations = append(o.Dataset.Annotations, tile.Annotations...)
}

// Locate translates a finding in Dataset into a finding in the polygons file,
// with the line and the place inside the line. The result is false for a
// finding that belongs to no image, because no line causes it. The place names
// the index of an outline only if all outlines of its line became annotations.
func (o *Outlines) Locate(f coco.Finding) (coco.Finding, bool) {
	image := f.Place.Index
	switch {
	case f.Image == "":
		return f, false
	case f.Place.Section == coco.SectionAnnotations:
		image = int(o.image[f.Place.Index])
		f.Place = o.place(f.Place)
	case f.Place.Section == coco.SectionImages:
		f.Place = coco.Place{}
	default:
		return f, false
	}
	f.Line = o.lines[image]
	if f.Other.Section == coco.SectionAnnotations {
		other := o.place(f.Other)
		f.Reason = strings.Replace(f.Reason, f.Other.String(), other.String(), 1)
		f.Other = other
	}
	return f, true
}

// place returns the place of an annotation, or of a member of it, inside its
// line.
func (o *Outlines) place(p coco.Place) coco.Place {
	image := o.image[p.Index]
	p.Member = strings.Replace(p.Member, "segmentation", "coordinates", 1)
	if o.whole[image] {
		p.Index -= o.first[image]
		return p
	}
	member := string(p.Section)
	if p.Member != "" {
		member += "." + p.Member
	}
	return coco.Place{Member: member}
}
