package slide

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/wtf8"
)

// Fields are the values of an image that say where it lies.
type Fields struct {
	Slide coco.Key
	X, Y  coco.Key // of the top left corner, in slide pixels
	Scale coco.Key // slide pixels per pixel of the image; an image without it has 1
}

// DefaultFields returns the fields of HuBMAP's tiles, and those that people use.
func DefaultFields() Fields {
	key := func(members ...string) coco.Key { return coco.Key{Name: members[0], Members: members} }
	return Fields{
		Slide: key("source_wsi", "slide", "wsi"),
		X:     key("i", "x"),
		Y:     key("j", "y"),
		Scale: key("scale", "downsample"),
	}
}

// ErrNoValue is returned for an image that does not have a field.
var ErrNoValue = errors.New("found none")

// FieldError names the field of a place that is missing or wrong.
type FieldError struct {
	Field string
	Err   error // ErrNoValue, or what was found
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

func (e *FieldError) Unwrap() error { return e.Err }

// Place reads the place of an image of a size in pixels. value returns the value of a
// field, and whether there is one. The error is a [*FieldError], or that of value.
func (f *Fields) Place(height, width int, value func(coco.Key) (text string, ok bool, err error)) (Place, error) {
	p := Place{Width: width, Height: height}
	text, ok, err := value(f.Slide)
	if err != nil {
		return Place{}, err
	}
	if !ok || text == "" {
		return Place{}, &FieldError{f.Slide.Name, ErrNoValue}
	}
	p.Slide = text
	for _, c := range []struct {
		key coco.Key
		to  *int
	}{{f.X, &p.X}, {f.Y, &p.Y}} {
		text, ok, err := value(c.key)
		if err != nil {
			return Place{}, err
		}
		if !ok {
			return Place{}, &FieldError{c.key.Name, ErrNoValue}
		}
		if *c.to, err = coordinate(text); err != nil {
			return Place{}, &FieldError{c.key.Name, err}
		}
	}
	text, ok, err = value(f.Scale)
	if err != nil || !ok {
		return p, err
	}
	if p.Scale, err = scaleOf(text); err != nil {
		return Place{}, &FieldError{f.Scale.Name, err}
	}
	return p, nil
}

// coordinate reads a whole number of slide pixels.
func coordinate(text string) (int, error) {
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || v != math.Trunc(v):
		return 0, fmt.Errorf("found %s, expected a whole number of slide pixels", wtf8.Quote(text))
	case math.Abs(v) > MaxCoordinate:
		return 0, fmt.Errorf("found %s, expected at most 2^30 slide pixels", wtf8.Quote(text))
	}
	return int(v), nil
}

func scaleOf(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0) || v > MaxCoordinate {
		return 0, fmt.Errorf("found %s, expected how many slide pixels a pixel of the image has, a number above 0", wtf8.Quote(text))
	}
	return v, nil
}
