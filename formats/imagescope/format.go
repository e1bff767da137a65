// Package imagescope writes and reads the XML of Aperio ImageScope: a file for each slide.
//
// An Annotation of ImageScope is a layer, which is a class here; its regions have one ring
// each. A hole is a region with NegativeROA, which belongs to the smallest region of its
// layer around it, of those that have its Text if there are any. Parts of an instance are several regions, whose Text says so: the id of
// the annotation, and "part 2". Members are attributes of the first region.
package imagescope

import (
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
)

const (
	ending = ".xml"
	root   = "Annotations"
)

// Format is XML of ImageScope.
var Format = formats.Format{
	Name:      "imagescope",
	About:     "Aperio ImageScope: an XML file for each slide",
	Slides:    true,
	Options:   slides.Options(),
	Export:    newExporter,
	Import:    read,
	Recognise: recognise,
}

func recognise(src *formats.Source) bool {
	file := shapes.FirstFile(src, ending)
	return file != "" && shapes.RootName(shapes.Head(src, file, 1<<16)) == root
}
