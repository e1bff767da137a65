package wsi

import (
	"strings"

	"github.com/hubdata/hubdata/coco"
)

// The codes of findings in a HuBMAP folder. What is wrong with its outlines has the
// codes of package coco/check.
const (
	OutlineInvalid coco.Code = "outline-invalid" // a wrong line of a polygons file; see [LineError]
	OutlineMissing coco.Code = "outline-missing" // a labelled tile without a line
	TableInvalid   coco.Code = "table-invalid"   // a wrong row of the tiles' table; see [RowError]
)

// Outlines is a dataset of converted lines that knows where in the polygons file
// its records are from. The zero Outlines is empty and ready to use.
type Outlines struct {
	Dataset coco.Dataset // Add appends to it; do not add or remove records otherwise
	lines   []int        // of each image
	first   []int        // index of each image's first annotation
	whole   []bool       // all outlines of the image's line became annotations
	image   []int32      // of each annotation
}

// Add appends the records of a line.
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

// Locate returns a finding in Dataset as one in the polygons file: with the line,
// and the place in the words of the line. It is false for a finding that is of no
// image, which the lines are not to blame for. An outline has an index only if all
// outlines of its line became annotations.
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

// place is where in its line an annotation, or a member of it, is.
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
