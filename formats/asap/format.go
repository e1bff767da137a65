// Package asap writes and reads the XML of ASAP, the Automated Slide Analysis Platform: a
// file for each slide.
//
// An annotation has one ring and is in a group, which is its class. ASAP has no holes: a
// ring goes to each hole and back along one line, which encloses nothing. An instance of
// several parts is several annotations, whose names say so: the id of the annotation, and
// "part 2". ASAP has no place for members.
package asap

import (
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
)

const (
	ending = ".xml"
	root   = "ASAP_Annotations"
	none   = "None" // the group of what is in none
)

// Format is XML of ASAP.
var Format = formats.Format{
	Name:      "asap",
	About:     "ASAP: an XML file for each slide",
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
