package slides

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// The names of options that formats of slides share.
const (
	offsetOption       = "offset"
	scaleOption        = "scale"
	sizeOption         = "size"
	unclassifiedOption = "unclassified"
)

// Options returns the options that formats of slides share, after those of the format.
func Options(own ...formats.Option) []formats.Option {
	return append(own,
		formats.Option{Name: offsetOption, Default: "0,0",
			About: "X,Y is the slide pixel at which the images begin: export adds it, import takes it away"},
		formats.Option{Name: scaleOption,
			About: "slide pixels per pixel of the images; empty: what the set says, else 1"},
		formats.Option{Name: sizeOption,
			About: "import: WIDTHxHEIGHT of the images in pixels; empty: what the set, the file or the image says"},
		formats.Option{Name: unclassifiedOption, Default: "Unclassified",
			About: "import: the class of objects that have none; empty: skip them"},
	)
}

// Frame is how pixels of an image become those of its slide: times Scale, plus X and Y.
type Frame struct{ X, Y, Scale float64 }

// toSlide moves rings from the image to the slide.
func (f Frame) toSlide(rings ...rle.Ring) {
	if f == (Frame{Scale: 1}) {
		return
	}
	for _, ring := range rings {
		for i, p := range ring {
			ring[i] = rle.Point{float64(p[0]*f.Scale) + f.X, float64(p[1]*f.Scale) + f.Y}
		}
	}
}

// toImage moves rings from the slide to the image.
func (f Frame) toImage(rings ...rle.Ring) {
	if f == (Frame{Scale: 1}) {
		return
	}
	for _, ring := range rings {
		for i, p := range ring {
			ring[i] = rle.Point{(p[0] - f.X) / f.Scale, (p[1] - f.Y) / f.Scale}
		}
	}
}

// frameOf reads the options offset and scale. The scale is 0 if it is not given.
func frameOf(options formats.Values) (Frame, error) {
	var f Frame
	text := options[offsetOption]
	if text != "" {
		x, y, ok := strings.Cut(text, ",")
		var errX, errY error
		f.X, errX = strconv.ParseFloat(strings.TrimSpace(x), 64)
		f.Y, errY = strconv.ParseFloat(strings.TrimSpace(y), 64)
		if !ok || errX != nil || errY != nil || !(math.Abs(f.X) <= slide.MaxCoordinate && math.Abs(f.Y) <= slide.MaxCoordinate) {
			return f, fmt.Errorf("option offset: found %q, expected X,Y in slide pixels, such as 1024,512", text)
		}
	}
	var err error
	f.Scale, err = parseScale("option scale", options[scaleOption])
	return f, err
}

// parseScale reads a scale; empty: 0.
func parseScale(what, text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0) || v > slide.MaxCoordinate {
		return 0, fmt.Errorf("%s: found %q, expected how many slide pixels a pixel of the image has, a number above 0", what, text)
	}
	return v, nil
}

// Size reads the option size; 0: it is not given.
func Size(options formats.Values) (width, height int, err error) {
	text := options[sizeOption]
	if text == "" {
		return 0, 0, nil
	}
	w, h, ok := strings.Cut(text, "x")
	width, errW := strconv.Atoi(w)
	height, errH := strconv.Atoi(h)
	if !ok || errW != nil || errH != nil || min(width, height) < 1 || max(width, height) > slide.MaxCoordinate {
		return 0, 0, fmt.Errorf("option size: found %q, expected WIDTHxHEIGHT in pixels, such as 40000x30000", text)
	}
	return width, height, nil
}
