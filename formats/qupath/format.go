// Package qupath writes and reads the GeoJSON of QuPath: a file for each slide, a feature
// for each object.
//
// What a feature has, and what of it a reader takes, is that of QuPath's
// QuPathTypeAdapters and ROITypeAdapters (version 0.4 and later, and what these still read
// of older ones):
//
//	id                        a UUID; [ID] makes it of the annotation's id
//	geometry                  Polygon or MultiPolygon in full-resolution pixels, with holes
//	properties.objectType     annotation, detection, cell, tile, ...
//	properties.classification name, or names of a derived class, with color [r, g, b]
//	properties.measurements   an object of numbers; before 0.4 a list of name and value
//	properties.metadata       an object of texts
//	properties.childObjects   features inside of this one
//	nucleusGeometry           of a cell
//
// Numbers among the members of an annotation become measurements, others metadata. The
// pixels of an object are those whose centres are inside, as for JTS, which QuPath uses.
package qupath

import (
	"bytes"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
)

// Format is GeoJSON of QuPath.
var Format = formats.Format{
	Name:   "qupath",
	About:  "QuPath: a GeoJSON file for each slide",
	Slides: true,
	Options: slides.Options(
		formats.Option{Name: "objects", Default: "annotation", Choices: []string{"annotation", "detection"},
			About: "export: the kind of QuPath's objects"},
		formats.Option{Name: "measurements", Default: "object", Choices: []string{"object", "list"},
			About: "export: as QuPath has them from 0.4 on, or as before"},
		formats.Option{Name: "locked", Default: "false", Choices: []string{"false", "true"},
			About: "export: objects that cannot be edited until they are unlocked"},
		formats.Option{Name: "cells", Default: "cell", Choices: []string{"cell", "nucleus"},
			About: "import: the outline of a cell, or that of its nucleus where there is one"},
		formats.Option{Name: "plane", Default: "0,0",
			About: "import: Z,T is the plane of a stack; objects on others are skipped"},
	),
	Export:    newExporter,
	Import:    read,
	Recognise: recognise,
}

// endings are those of files that are read.
var endings = []string{".geojson", ".geojson.gz", ".json", ".json.gz"}

// recognise reports whether the first file is GeoJSON.
func recognise(src *formats.Source) bool {
	file := shapes.FirstFile(src, ".geojson")
	if file == "" {
		if file = shapes.FirstFile(src, ".json"); file == "" {
			return false
		}
	}
	text := shapes.Head(src, file, 1<<16)
	keys, list := shapes.Keys(text)
	return keys["features"] && keys["type"] || (keys["geometry"] && keys["type"] && (list || keys["properties"])) &&
		bytes.Contains(text, []byte(`"Feature"`))
}
