package qupath

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// maxDepth is the most levels of objects in each other, and of collections.
const maxDepth = 64

// scan reads a file.
type scan struct {
	ctx    context.Context
	reader *reader
	sheet  *slides.Sheet
	c      *jsonscan.Cursor
	any    bool // there was a feature, or a list of them
}

// list reads a list of features.
func (s *scan) list(place string, depth int) error {
	s.any = true
	return s.c.Array(func(i int) error {
		at := place + "features[" + strconv.Itoa(i) + "]"
		if err := s.object(at+".", depth+1); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
		return s.ctx.Err()
	})
}

// feature is an object of QuPath.
type feature struct {
	kind     string
	uuid     string
	geometry geometry
	nucleus  geometry
	class    string
	name     string
	origin   coco.Field // the id that its metadata say
	crowd    bool
	extra    coco.Fields
	reserved bool // a measurement has the name of a member of COCO
}

// object reads a feature or a collection, whose parts come after it. place is empty or ends
// with a dot.
func (s *scan) object(place string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("found more than %d levels of objects, expected fewer", maxDepth)
	}
	var f feature
	isFeature := false
	var children []int // lists of the objects in it
	err := s.c.Object(func(key []byte) (err error) {
		switch string(key) {
		case "id":
			f.uuid, err = s.text()
		case "geometry":
			isFeature = true
			err = in("geometry", s.geometry(&f.geometry, 0))
		case "nucleusGeometry":
			err = in("nucleusGeometry", s.geometry(&f.nucleus, 0))
		case "properties":
			if s.c.Null() {
				return nil
			}
			err = in("properties", s.properties(&f, &children))
		case "features":
			s.any = true
			children = append(children, s.c.Pos())
			err = s.c.Skip()
		case "childObjects", "children": // QuPath has them in the properties
			err = s.children(&children)
		case "hubdata":
			err = in("hubdata", s.declared())
		default:
			err = s.c.Skip()
		}
		return err
	})
	if err != nil {
		return err
	}
	if isFeature {
		s.any = true
		if err := s.add(&f, strings.TrimSuffix(place, ".")); err != nil {
			return err
		}
	}
	end := s.c.Pos()
	for _, at := range children {
		s.c.SetPos(at)
		if err := s.list(place, depth); err != nil {
			return err
		}
	}
	s.c.SetPos(end)
	return nil
}

// children notes where a list of the objects inside of one begins, and skips it.
func (s *scan) children(at *[]int) error {
	if s.c.Peek() == '[' {
		*at = append(*at, s.c.Pos())
	}
	return s.c.Skip()
}

// in names the member that an error is in.
func in(member string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", member, err)
}

// declared reads what hubdata says of the slide.
func (s *scan) declared() error {
	var width, height int
	scale := 0.0
	err := s.c.Object(func(key []byte) (err error) {
		switch string(key) {
		case "width":
			width, err = shapes.Length(s.c)
		case "height":
			height, err = shapes.Length(s.c)
		case "scale":
			scale, err = s.c.Float()
		default:
			err = s.c.Skip()
		}
		return err
	})
	if err == nil && scale > 0 {
		s.sheet.Declare(width, height, scale)
	}
	return err
}

// text reads a string; of other values their JSON, of null nothing.
func (s *scan) text() (string, error) {
	if s.c.Null() {
		return "", nil
	}
	if s.c.Peek() == '"' {
		return shapes.Text(s.c)
	}
	raw, err := s.c.Raw()
	return string(raw), err
}

func (s *scan) properties(f *feature, children *[]int) error {
	return s.c.Object(func(key []byte) (err error) {
		switch string(key) {
		case "objectType", "object_type":
			f.kind, err = s.text()
		case "type":
			var kind string
			if kind, err = s.text(); f.kind == "" {
				f.kind = kind
			}
		case "name":
			f.name, err = s.text()
		case "classification":
			f.class, err = s.class(0)
		case "measurements":
			err = in("measurements", s.measurements(f))
		case "metadata":
			if s.c.Peek() != '{' {
				return s.c.Skip()
			}
			err = in("metadata", s.metadata(f))
		case "childObjects", "children":
			err = s.children(children)
		default:
			err = s.c.Skip()
		}
		return err
	})
}

// class reads a classification: a name, or an object with a name or the names of a derived
// class. Before QuPath 0.4 that had a parentClass.
func (s *scan) class(depth int) (string, error) {
	switch {
	case s.c.Peek() != '{':
		return s.text()
	case depth > maxDepth:
		return "", fmt.Errorf("classification: found more than %d classes in each other", maxDepth)
	}
	var names []string
	parent := ""
	err := s.c.Object(func(key []byte) (err error) {
		switch string(key) {
		case "name":
			var name string
			if name, err = s.text(); name != "" {
				names = append(names, name)
			}
		case "names":
			if s.c.Peek() != '[' {
				return s.c.Skip()
			}
			err = s.c.Array(func(int) error {
				name, err := s.text()
				names = append(names, name)
				return err
			})
		case "parentClass":
			parent, err = s.class(depth + 1)
		default:
			err = s.c.Skip()
		}
		return err
	})
	if parent != "" {
		names = slices.Insert(names, 0, parent)
	}
	return strings.Join(names, ": "), err
}

// measurements reads an object of numbers, or a list of objects with name and value.
func (s *scan) measurements(f *feature) error {
	switch s.c.Peek() {
	case '{':
		return s.c.Object(func(key []byte) error { return s.measurement(f, string(key)) })
	case '[':
		return s.c.Array(func(int) error {
			name, value := "", -1
			err := s.c.Object(func(key []byte) (err error) {
				switch string(key) {
				case "name":
					name, err = s.text()
				case "value":
					value = s.c.Pos()
					err = s.c.Skip()
				default:
					err = s.c.Skip()
				}
				return err
			})
			if err != nil || name == "" || value < 0 {
				return err
			}
			end := s.c.Pos()
			s.c.SetPos(value)
			if err := s.measurement(f, name); err != nil {
				return err
			}
			s.c.SetPos(end)
			return nil
		})
	default:
		return s.c.Skip()
	}
}

// measurement reads a number. NaN is that of an object that was not measured.
func (s *scan) measurement(f *feature, name string) error {
	raw, err := s.c.Raw()
	if err != nil {
		return err
	}
	number, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || number != number || number-number != 0 {
		return nil
	}
	if name == areaName {
		return nil // that of the outline
	}
	if slides.Reserved(name) {
		f.reserved = true
		return nil
	}
	// Java writes a whole number with a point.
	if whole := int64(number); float64(whole) == number && whole < 1<<53 && whole > -1<<53 && !isWhole(raw) {
		raw = strconv.AppendInt(nil, whole, 10)
	}
	s.member(f, coco.Field{Key: name, Value: slices.Clone(raw)})
	return nil
}

func isWhole(number []byte) bool { return !strings.ContainsAny(string(number), ".eE") }

// member adds a member unless there is one of its name.
func (s *scan) member(f *feature, m coco.Field) {
	if m.Key != "" && f.extra.Get(m.Key) == nil {
		f.extra = append(f.extra, m)
	}
}

func (s *scan) metadata(f *feature) error {
	return s.c.Object(func(key []byte) error {
		name := string(key)
		text, err := s.text()
		switch {
		case err != nil:
			return err
		case name == "iscrowd":
			f.crowd = text == "1" || text == "true"
		case name == slide.OriginMember:
			f.origin = coco.Field{Key: name, Value: originID(text)}
		case slides.Reserved(name):
			f.reserved = true
		default:
			s.member(f, slides.TextMember(name, text))
		}
		return nil
	})
}

// originID returns an id as JSON: that of a metadata text, which may have been edited.
func originID(text string) json.RawMessage {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil || len(text) > 1 && text[0] == '"' && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return jsonscan.AppendString(nil, text)
}

// add adds a feature.
func (s *scan) add(f *feature, place string) error {
	if place == "" {
		place = "the feature"
	}
	g := &f.geometry
	if s.reader.nucleus && f.nucleus.parts != nil {
		g = &f.nucleus
	}
	switch kind := kinds[f.kind]; {
	case f.kind == "" && kinds[f.uuid] != "": // before 0.3 the id was the kind
		f.uuid = ""
	case kind == "root":
		return nil
	case kind == "tmaCore":
		s.sheet.Skip(place, "a core of a TMA")
		return nil
	}
	for _, what := range g.skipped {
		s.sheet.Skip(place, what)
	}
	if g.plane != "" {
		s.sheet.Skip(place, "an object on another plane: "+g.plane)
		return nil
	}
	if g.parts == nil {
		if g.skipped == nil {
			s.sheet.Skip(place, "an object without a geometry")
		}
		return nil
	}
	if g == &f.geometry && f.nucleus.parts != nil {
		s.sheet.Note(place, "a cell whose nucleus is not read: the option cells=nucleus reads it instead")
	}
	if f.reserved {
		s.sheet.Note(place, "measurements or metadata with the name of a member of COCO, which are left out")
	}
	o := slides.Object{Class: f.class, Parts: g.parts, Crowd: f.crowd, Extra: f.extra, Place: place}
	if f.name != "" {
		s.member(f, coco.Field{Key: "name", Value: jsonscan.AppendString(nil, f.name)})
		o.Extra = f.extra
	}
	if id, ok := AnnotationID(f.uuid); ok {
		f.origin = coco.Field{Key: slide.OriginMember, Value: id.AppendJSON(nil)}
	} else if isUUID(f.uuid) {
		o.Extra = append(o.Extra, coco.Field{Key: slide.EditorMember, Value: jsonscan.AppendString(nil, f.uuid)})
	}
	if f.origin.Key != "" {
		o.Extra = append(o.Extra, f.origin)
	}
	return s.sheet.Add(s.ctx, o)
}

// kinds are the names of QuPath's kinds of objects, today's and those of version 0.2.
var kinds = map[string]string{
	"annotation": "annotation", "PathAnnotationObject": "annotation",
	"detection": "detection", "PathDetectionObject": "detection",
	"cell": "cell", "PathCellObject": "cell", "tile": "tile", "PathTileObject": "tile",
	"tmaCore": "tmaCore", "tma_core": "tmaCore", "TMACoreObject": "tmaCore",
	"root": "root", "PathRootObject": "root",
}

// geometry is the polygons of a geometry, and what else is in it.
type geometry struct {
	parts   [][]rle.Ring
	skipped []string
	plane   string // another one than is read
}

// geometry reads a geometry, whose type may come after its coordinates.
func (s *scan) geometry(g *geometry, depth int) error {
	if s.c.Null() {
		return nil
	}
	if depth > maxDepth {
		return fmt.Errorf("found more than %d collections in each other, expected fewer", maxDepth)
	}
	kind, coordinates := "", -1
	hasPart := false
	err := s.c.Object(func(key []byte) (err error) {
		switch string(key) {
		case "type":
			kind, err = shapes.Text(s.c)
		case "coordinates":
			if kind != "" {
				hasPart = true
				return in("coordinates", s.coordinates(g, kind))
			}
			coordinates = s.c.Pos()
			err = s.c.Skip()
		case "geometries":
			hasPart = true
			if err = s.c.Array(func(int) error { return s.geometry(g, depth+1) }); depth == 0 {
				err = in("geometries", err) // once, however deep the collections are
			}
		case "plane":
			err = in("plane", s.plane(g))
		default:
			err = s.c.Skip()
		}
		return err
	})
	if err != nil || hasPart {
		return err
	}
	if coordinates < 0 {
		return fmt.Errorf("found no coordinates, expected those of a %q", kind)
	}
	end := s.c.Pos()
	s.c.SetPos(coordinates)
	if err := in("coordinates", s.coordinates(g, kind)); err != nil {
		return err
	}
	s.c.SetPos(end)
	return nil
}

func (s *scan) plane(g *geometry) error {
	if s.c.Null() {
		return nil
	}
	var z, t int64
	err := s.c.Object(func(key []byte) (err error) {
		switch string(key) {
		case "z":
			z, _, err = s.c.Whole()
		case "t":
			t, _, err = s.c.Whole()
		default:
			err = s.c.Skip()
		}
		return err
	})
	if z != s.reader.z || t != s.reader.t {
		g.plane = "z " + strconv.FormatInt(z, 10) + ", t " + strconv.FormatInt(t, 10)
	}
	return err
}

func (s *scan) coordinates(g *geometry, kind string) error {
	polygon := func() error {
		var rings []rle.Ring
		err := s.c.Array(func(int) error {
			ring, err := s.ring()
			rings = append(rings, ring)
			return err
		})
		g.parts = append(g.parts, rings)
		return err
	}
	switch kind {
	case "Polygon":
		return polygon()
	case "MultiPolygon":
		return s.c.Array(func(int) error { return polygon() })
	case "Point", "MultiPoint":
		g.skipped = append(g.skipped, "points")
	case "LineString", "MultiLineString":
		g.skipped = append(g.skipped, "a line")
	default:
		return fmt.Errorf("found type %q, expected one of GeoJSON's", kind)
	}
	return s.c.Skip()
}

// ring reads [[x, y], ...]. What follows x and y is ignored.
func (s *scan) ring() (rle.Ring, error) {
	var ring rle.Ring
	var buf [4]float64
	err := s.c.Array(func(int) error {
		start := s.c.Pos()
		p, err := s.c.AppendFloats(buf[:0])
		if err != nil {
			return err
		}
		if len(p) < 2 {
			s.c.SetPos(start)
			return s.c.Unexpected("a point [x, y]")
		}
		ring = append(ring, rle.Point{p[0], p[1]})
		return nil
	})
	return ring, err
}
