package dsa

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

func read(ctx context.Context, src *formats.Source, emit func(*formats.Read) error) error {
	r, err := slides.NewReader(src)
	if err != nil {
		return err
	}
	files, err := shapes.Files(src, ending)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("found no .json files, expected one for each slide: export the annotations of the archive as JSON")
	}
	for _, file := range files {
		text, err := shapes.ReadText(src, file)
		if err != nil {
			return err
		}
		img, err := readFile(ctx, r, file, text)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if err := emit(img); err != nil {
			return err
		}
	}
	return nil
}

func readFile(ctx context.Context, r *slides.Reader, file string, text []byte) (*formats.Read, error) {
	sheet, err := r.Open(file, slides.Ending(ending)(file))
	if err != nil {
		return nil, err
	}
	s := &scan{ctx: ctx, c: jsonscan.New(text), sheet: sheet, collector: sheet.Collect()}
	if s.c.Peek() == '[' {
		err = s.c.Array(func(i int) error { return s.annotation(fmt.Sprintf("[%d].", i)) })
	} else {
		err = s.annotation("")
	}
	if err == nil {
		err = s.c.End()
	}
	if err == nil && !s.any {
		err = errors.New("found no elements, expected those of an annotation")
	}
	if err != nil {
		return nil, err
	}
	return s.collector.Done(ctx)
}

// scan reads a file.
type scan struct {
	ctx       context.Context
	c         *jsonscan.Cursor
	sheet     *slides.Sheet
	collector *slides.Collector
	any       bool // there were elements
}

// annotation reads an annotation, or a record of the archive with one.
func (s *scan) annotation(place string) error {
	return s.c.Object(func(key []byte) error {
		switch string(key) {
		case "annotation":
			if s.c.Peek() == '{' {
				return s.annotation(place + "annotation.")
			}
		case "elements":
			s.any = true
			return s.c.Array(func(i int) error {
				at := place + "elements[" + strconv.Itoa(i) + "]"
				if err := s.element(at); err != nil {
					return fmt.Errorf("%s: %w", at, err)
				}
				return s.ctx.Err()
			})
		}
		return s.c.Skip()
	})
}

// element is an element of an annotation.
type element struct {
	kind, group, label      string
	closed                  bool
	points                  rle.Ring
	holes                   []rle.Ring
	center, normal          [3]float64
	width, height, rotation float64
	radius                  float64
	crowd                   bool
	extra                   coco.Fields
	reserved                bool
}

func (s *scan) element(place string) error {
	e := element{normal: [3]float64{0, 0, 1}}
	err := s.c.Object(func(key []byte) (err error) {
		switch string(key) {
		case "type":
			e.kind, err = shapes.Text(s.c)
		case "group":
			e.group, err = shapes.Text(s.c)
		case "label":
			if s.c.Peek() != '{' {
				return s.c.Skip()
			}
			err = s.c.Object(func(key []byte) (err error) {
				if string(key) == "value" {
					e.label, err = shapes.Text(s.c)
					return err
				}
				return s.c.Skip()
			})
		case "closed":
			e.closed, err = s.c.Bool()
		case "points":
			e.points, err = s.ring()
		case "holes":
			err = s.c.Array(func(int) error {
				hole, err := s.ring()
				e.holes = append(e.holes, hole)
				return err
			})
		case "center":
			err = s.triple(&e.center)
		case "normal":
			err = s.triple(&e.normal)
		case "width":
			e.width, err = s.c.Float()
		case "height":
			e.height, err = s.c.Float()
		case "rotation":
			e.rotation, err = s.c.Float()
		case "radius":
			e.radius, err = s.c.Float()
		case "user":
			err = s.user(&e)
		default:
			return s.c.Skip()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", key, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	rings, skip := e.rings()
	if skip != "" {
		s.sheet.Skip(place, skip)
		return nil
	}
	if e.reserved {
		s.sheet.Note(place, "members of user with the name of a member of COCO, which are left out")
	}
	s.collector.Add(e.label, slides.Object{Class: e.group, Parts: [][]rle.Ring{rings}, Crowd: e.crowd, Extra: e.extra, Place: place})
	return nil
}

// user reads the object in which programs keep what they like.
func (s *scan) user(e *element) error {
	if s.c.Peek() != '{' {
		return s.c.Skip()
	}
	return s.c.Object(func(key []byte) error {
		f, err := shapes.Member(s.c, string(key))
		switch {
		case err != nil:
			return err
		case f.Key == "iscrowd":
			e.crowd = string(f.Value) == "1" || string(f.Value) == "true"
		case slides.Reserved(f.Key):
			e.reserved = true
		case e.extra.Get(f.Key) == nil:
			e.extra = append(e.extra, f)
		}
		return nil
	})
}

// rings returns the rings of an element, or why it has none.
func (e *element) rings() (rings []rle.Ring, skip string) {
	switch e.kind {
	case "polyline":
		switch {
		case !e.closed:
			return nil, "a polyline that is not closed"
		case len(e.points) < 3:
			return nil, "a polygon of fewer than three points"
		}
		return append([]rle.Ring{e.points}, e.holes...), ""
	case "rectangle", "ellipse", "circle":
		switch {
		case e.kind == "rectangle" && min(e.width, e.height) < 0:
			return nil, "a rectangle of a negative width or height"
		case e.kind == "ellipse" && min(e.width, e.height) < 0, e.kind == "circle" && e.radius < 0:
			return nil, shapes.NegativeRadius
		}
		x, y := e.center[0], e.center[1]
		ring := shapes.Rectangle(x-float64(e.width/2), y-float64(e.height/2), x+float64(e.width/2), y+float64(e.height/2))
		switch e.kind {
		case "ellipse":
			ring = shapes.Ellipse(x, y, e.width/2, e.height/2)
		case "circle":
			ring = shapes.Ellipse(x, y, e.radius, e.radius)
		}
		if e.rotation != 0 && e.kind != "circle" {
			// The sense of a rotation around a normal that points away is the other one.
			ring = shapes.Turned(ring, x, y, math.Copysign(e.rotation, e.rotation*e.normal[2])*180/math.Pi)
		}
		return []rle.Ring{ring}, ""
	case "":
		return nil, "an element without a type"
	case "point", "arrow", "rectanglegrid", "heatmap", "griddata", "image", "pixelmap":
		return nil, "an element of type " + e.kind
	default:
		return nil, "an element of an unknown type"
	}
}

// triple reads [x, y, z].
func (s *scan) triple(to *[3]float64) error {
	start := s.c.Pos()
	var buf [4]float64
	p, err := s.c.AppendFloats(buf[:0])
	if err != nil {
		return err
	}
	if len(p) < 2 {
		s.c.SetPos(start)
		return s.c.Unexpected("a point [x, y, z]")
	}
	copy(to[:], p)
	return nil
}

func (s *scan) ring() (rle.Ring, error) {
	var ring rle.Ring
	err := s.c.Array(func(int) error {
		var p [3]float64
		err := s.triple(&p)
		ring = append(ring, rle.Point{p[0], p[1]})
		return err
	})
	return ring, err
}
