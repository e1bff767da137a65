// Package ndpa writes and reads annotations of Hamamatsu's NDP.view 2: a file
// SLIDE.ndpi.ndpa for each slide.
//
// Coordinates are nanometres from the centre of the physical slide. Where this is in the
// image is only in the image file, so options must say it: mpp, the micrometres of a pixel,
// centre, the nanometres from the centre of the physical slide to that of the image (what
// OpenSlide calls hamamatsu.XOffsetFromSlideCentre and Y...), and the size of the image,
// if nothing else says it. Without them nothing is written or read.
//
// An annotation is a closed line without holes: a ring goes to each hole and back along
// one line, which encloses nothing. The title is the class, and the details are the id
// of the annotation, of a further part of it with "part 2". There is no place for members.
package ndpa

import (
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
	"github.com/hubdata/hubdata/rle"
)

const (
	ending     = ".ndpi.ndpa"
	short      = ".ndpa"
	root       = "annotations"
	mppOption  = "mpp"
	centreName = "centre"
)

// Format is NDPA.
var Format = formats.Format{
	Name:   "ndpa",
	About:  "Hamamatsu NDP.view 2: an NDPA file for each slide",
	Slides: true,
	Options: slides.Options(
		formats.Option{Name: mppOption, About: "micrometres of a slide pixel: MPP, or X,Y if they differ; needed"},
		formats.Option{Name: centreName,
			About: "X,Y is the distance from the physical slide's centre to the image's in nanometres; needed"},
	),
	Export:    newExporter,
	Import:    read,
	Recognise: recognise,
}

func recognise(src *formats.Source) bool {
	file := shapes.FirstFile(src, short)
	return file != "" && shapes.RootName(shapes.Head(src, file, 1<<16)) == root
}

// scale is where pixels are on the physical slide.
type scale struct{ mpp, centre [2]float64 }

func scaleOf(options formats.Values) (s scale, err error) {
	one := options[mppOption]
	if one == "" || options[centreName] == "" {
		return s, fmt.Errorf("found no options %s and %s, expected both, since NDPA is in nanometres from the slide's centre: "+
			"OpenSlide calls them openslide.mpp-x and hamamatsu.XOffsetFromSlideCentre", mppOption, centreName)
	}
	if offset := options["offset"]; offset != "0,0" && offset != "" {
		return s, fmt.Errorf("option offset: found %q, expected 0,0: for an image that is cut out, centre is the distance to its own centre", offset)
	}
	if !strings.Contains(one, ",") {
		one += "," + one
	}
	if s.mpp, err = pair(mppOption, one); err == nil {
		s.centre, err = pair(centreName, options[centreName])
	}
	if err == nil && !(s.mpp[0] > 0 && s.mpp[1] > 0) {
		err = fmt.Errorf("option %s: found %q, expected micrometres above 0", mppOption, options[mppOption])
	}
	return s, err
}

func pair(name, text string) (v [2]float64, err error) {
	x, y, ok := strings.Cut(text, ",")
	if ok && !strings.Contains(y, ",") {
		if v[0], err = slides.Number(x); err == nil {
			v[1], err = slides.Number(y)
		}
	}
	if !ok || err != nil || strings.Contains(y, ",") {
		return v, fmt.Errorf("option %s: found %q, expected X,Y", name, text)
	}
	return v, nil
}

// nanometres returns a point of the slide, whose image has a size, on the physical slide.
func (s scale) nanometres(p rle.Point, width, height float64) rle.Point {
	return rle.Point{s.centre[0] + float64((p[0]-float64(width/2))*s.mpp[0]*1000),
		s.centre[1] + float64((p[1]-float64(height/2))*s.mpp[1]*1000)}
}

// pixels is the other way round.
func (s scale) pixels(p rle.Point, width, height float64) rle.Point {
	return rle.Point{(p[0]-s.centre[0])/(s.mpp[0]*1000) + float64(width/2), (p[1]-s.centre[1])/(s.mpp[1]*1000) +
		float64(height/2)}
}
