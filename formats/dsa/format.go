// Package dsa writes and reads annotations of the Digital Slide Archive and HistomicsUI, as
// large_image has them in JSON: a file for each slide.
//
// An element of type polyline that is closed is a polygon, with holes. Parts of an instance
// are several elements, whose labels say so: the id of the annotation, and "part 2". The
// class is the group. Members are in the element's object user.
package dsa

import (
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
)

const ending = ".json"

// Format is JSON of the Digital Slide Archive.
var Format = formats.Format{
	Name:      "dsa",
	About:     "Digital Slide Archive, HistomicsUI: a JSON file for each slide",
	Slides:    true,
	Options:   slides.Options(),
	Export:    newExporter,
	Import:    read,
	Recognise: recognise,
}

func recognise(src *formats.Source) bool {
	file := shapes.FirstFile(src, ending)
	if file == "" {
		return false
	}
	keys, _ := shapes.Keys(shapes.Head(src, file, 1<<16))
	return keys["elements"] || keys["annotation"] && !keys["segments"]
}
