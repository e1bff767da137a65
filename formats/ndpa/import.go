package ndpa

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
	"github.com/hubdata/hubdata/rle"
)

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	r, err := slides.NewReader(src)
	if err != nil {
		return err
	}
	s, err := scaleOf(src.Options)
	if err != nil {
		return err
	}
	return r.ReadXML(ctx, short, root, slides.Ending(ending, short), func(x *shapes.XML, _ shapes.Element, sheet *slides.Sheet) (*formats.Read, error) {
		f := &file{x: x, sheet: sheet, collector: sheet.Collect(), scale: s}
		var sized bool
		if f.width, f.height, sized = sheet.SlideSize(); !sized {
			return nil, errors.New("the size of the slide is not known, expected it, since NDPA counts from the slide's centre: give --option size=WIDTHxHEIGHT")
		}
		err := x.Elements(func(start shapes.Element) error {
			if start.Name != "ndpviewstate" {
				return x.Skip()
			}
			return errors.Join(ctx.Err(), f.view())
		})
		if err != nil {
			return nil, err
		}
		return f.collector.Done(ctx)
	}, emit)
}

// file is a file that is read.
type file struct {
	x             *shapes.XML
	sheet         *slides.Sheet
	collector     *slides.Collector
	scale         scale
	width, height float64 // of the slide
}

// view is a view state: the place of an annotation in NDP.view.
type view struct {
	title, details, format string
	kind                   string
	closed                 bool
	points                 rle.Ring
	x, y, radius           float64
	place                  string
}

func (f *file) view() error {
	v := view{place: "line " + strconv.Itoa(f.x.Line())}
	err := f.x.Elements(func(start shapes.Element) (err error) {
		switch start.Name {
		case "title":
			v.title, err = f.x.Text()
		case "details":
			v.details, err = f.x.Text()
		case "coordformat":
			v.format, err = f.x.Text()
		case "annotation":
			v.kind = start.Attribute("type")
			err = f.x.Elements(func(start shapes.Element) error { return f.shape(&v, start) })
		default:
			err = f.x.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if format := strings.TrimSpace(v.format); format != "" && format != "nanometers" {
		f.sheet.Skip(v.place, "an annotation whose coordinates are not nanometers")
		return nil
	}
	ring, skip := f.ring(&v)
	if skip != "" {
		f.sheet.Skip(v.place, skip)
		return nil
	}
	f.collector.Add(strings.TrimSpace(v.details), slides.Object{Class: strings.TrimSpace(v.title), Parts: [][]rle.Ring{{ring}}, Place: v.place})
	return nil
}

// shape reads an element of an annotation.
func (f *file) shape(v *view, start shapes.Element) (err error) {
	number := func(to *float64) error {
		text, err := f.x.Text()
		if err != nil {
			return err
		}
		if *to, err = slides.Number(text); err != nil {
			return f.x.Errorf("<%s>: %w", start.Name, err)
		}
		return nil
	}
	switch start.Name {
	case "closed":
		var text string
		text, err = f.x.Text()
		v.closed = strings.TrimSpace(text) == "1"
	case "x":
		err = number(&v.x)
	case "y":
		err = number(&v.y)
	case "radius":
		err = number(&v.radius)
	case "pointlist":
		err = f.x.Elements(func(start shapes.Element) error {
			if start.Name != "point" {
				return f.x.Skip()
			}
			var p rle.Point
			err := f.x.Elements(func(inner shapes.Element) error {
				start = inner
				switch inner.Name {
				case "x":
					return number(&p[0])
				case "y":
					return number(&p[1])
				default:
					return f.x.Skip()
				}
			})
			v.points = append(v.points, p)
			return err
		})
	default:
		err = f.x.Skip()
	}
	return err
}

// ring returns the ring of an annotation in slide pixels, or why it has none.
func (f *file) ring(v *view) (ring rle.Ring, skip string) {
	switch v.kind {
	case "freehand":
		switch {
		case !v.closed:
			return nil, "a line that is not closed"
		case len(v.points) < 3:
			return nil, "an outline of fewer than three points"
		}
		ring = v.points
	case "circle":
		if v.radius < 0 {
			return nil, shapes.NegativeRadius
		}
		ring = shapes.Ellipse(v.x, v.y, v.radius, v.radius)
	case "":
		return nil, "a view without an annotation"
	case "linearmeasure", "pin", "pointer", "arrow":
		return nil, "an annotation of type " + v.kind
	default:
		return nil, "an annotation of an unknown type"
	}
	for i := range ring {
		ring[i] = f.scale.pixels(ring[i], f.width, f.height)
	}
	return ring, ""
}
