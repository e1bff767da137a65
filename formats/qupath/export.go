package qupath

import (
	"encoding/json"
	"math"
	"strconv"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/slides"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/internal/palette"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

const ending = ".geojson"

type exporter struct {
	*slides.Writer
	kind   string
	list   bool
	locked bool
	class  map[string][]byte // classifications by their names

	mu     sync.Mutex
	frames map[string]formats.Frame
}

func newExporter(set *formats.Set, options formats.Values) (formats.Exporter, error) {
	w, err := slides.NewWriter(set, options, ending)
	if err != nil {
		return nil, err
	}
	e := &exporter{Writer: w, kind: options["objects"], list: options["measurements"] == "list",
		locked: options["locked"] == "true", class: map[string][]byte{}, frames: map[string]formats.Frame{}}
	for i := range set.Categories {
		e.class[set.Categories[i].Name] = classification(set.Categories[i].Name, i)
	}
	return e, nil
}

// classification returns the i-th class of a set, with a colour, without which QuPath
// refuses it.
func classification(name string, i int) []byte {
	c := palette.Overlay(i % palette.Overlays)
	text := jsonscan.AppendString([]byte(`{"name":`), name)
	for k, v := range [3]uint8{c.R, c.G, c.B} {
		text = append(text, [3]string{`,"color":[`, ",", ","}[k]...)
		text = strconv.AppendUint(text, uint64(v), 10)
	}
	return append(text, "]}"...)
}

func (e *exporter) Frame(file string) formats.Frame {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.frames[file]
}

func (e *exporter) Finish() ([]formats.Part, error) { return nil, nil }

// open begins the file of a slide. The size of a whole slide is noted for the way back.
func (e *exporter) open(p *slides.Placed, img *formats.Image) {
	before := []byte(`{"type":"FeatureCollection",`)
	if p.Whole {
		before = strconv.AppendInt(append(before, `"hubdata":{"width":`...), int64(img.Width), 10)
		before = strconv.AppendInt(append(before, `,"height":`...), int64(img.Height), 10)
		before = append(jsonscan.AppendFloat(append(before, `,"scale":`...), p.Frame.Scale), "},"...)
	}
	frame := formats.Frame{Before: string(append(before, "\"features\":[\n"...)), Between: ",\n", After: "\n]}\n"}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.frames[p.File] = frame
}

func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	p, err := e.Place(img)
	if err != nil {
		return nil, err
	}
	e.open(p, img)
	out := &formats.Output{Fates: make([]formats.Fate, len(img.Instances))}
	var text []byte
	for i := range img.Instances {
		a := &img.Instances[i]
		outline, fate := p.Outline(a)
		if out.Fates[i] = fate; fate.Dropped != "" {
			continue
		}
		if len(text) > 0 {
			text = append(text, ",\n"...)
		}
		text = e.feature(text, p, a, &outline)
	}
	out.Parts = []formats.Part{{File: p.File, Text: text}}
	return out, nil
}

// feature appends an instance.
func (e *exporter) feature(dst []byte, p *slides.Placed, a *coco.Annotation, o *slides.Outline) []byte {
	dst = append(append(append(dst, `{"type":"Feature","id":"`...), objectID(p.Slide, a)...), `","geometry":`...)
	dst = appendGeometry(dst, o.Polygons)
	dst = append(append(append(dst, `,"properties":{"objectType":"`...), e.kind...), '"')
	if name, ok := a.Extra.Text("name"); ok && name != "" {
		dst = jsonscan.AppendString(append(dst, `,"name":`...), name)
	}
	dst = append(append(dst, `,"classification":`...), e.class[o.Class]...)
	if e.locked {
		dst = append(dst, `,"isLocked":true`...)
	}
	values := measurements{list: e.list}
	values.add(areaName, jsonscan.AppendFloat(nil, o.Area))
	var metadata []byte
	note := func(key, text string) {
		metadata = jsonscan.AppendString(append(metadata, ','), key)
		metadata = jsonscan.AppendString(append(metadata, ':'), text)
	}
	note(slide.OriginMember, string(a.ID.AppendJSON(nil)))
	if a.IsCrowd {
		note("iscrowd", "1")
	}
	for _, f := range slides.Members(a) {
		switch number, ok := measured(f.Value); {
		case f.Key == "name" && len(f.Value) > 2 && f.Value[0] == '"':
		case ok:
			values.add(f.Key, number)
		default:
			note(f.Key, slides.MemberText(f))
		}
	}
	dst = append(values.end(append(dst, `,"measurements":`...)), `,"metadata":{`...)
	return append(append(dst, metadata[1:]...), "}}}"...)
}

// areaName is the measurement of an instance's area in square slide pixels.
const areaName = "area"

// measurements are the numbers of an object.
type measurements struct {
	list bool
	text []byte
}

func (m *measurements) add(name string, number []byte) {
	if len(m.text) > 0 {
		m.text = append(m.text, ',')
	}
	if m.list {
		m.text = jsonscan.AppendString(append(m.text, `{"name":`...), name)
		m.text = append(append(append(m.text, `,"value":`...), number...), '}')
		return
	}
	m.text = append(append(jsonscan.AppendString(m.text, name), ':'), number...)
}

func (m *measurements) end(dst []byte) []byte {
	if m.list {
		return append(append(append(dst, '['), m.text...), ']')
	}
	return append(append(append(dst, '{'), m.text...), '}')
}

// measured returns the value of a member that is a number, as a double holds it.
func measured(value json.RawMessage) ([]byte, bool) {
	if len(value) == 0 || value[0] != '-' && (value[0] < '0' || value[0] > '9') {
		return nil, false
	}
	v, err := strconv.ParseFloat(string(value), 64)
	if err != nil || math.IsInf(v, 0) {
		return nil, false
	}
	if n, err := strconv.ParseInt(string(value), 10, 64); err == nil && int64(float64(n)) != n || len(value) > 25 {
		return nil, false // a double does not hold it
	}
	return value, true
}

// appendGeometry appends polygons.
func appendGeometry(dst []byte, list []rle.Polygon) []byte {
	if len(list) == 1 {
		dst = appendPolygon(append(dst, `{"type":"Polygon","coordinates":`...), &list[0])
		return append(dst, '}')
	}
	dst = append(dst, `{"type":"MultiPolygon","coordinates":[`...)
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendPolygon(dst, &list[i])
	}
	return append(dst, "]}"...)
}

func appendPolygon(dst []byte, p *rle.Polygon) []byte {
	dst = appendRing(append(dst, '['), p.Outer)
	for _, hole := range p.Holes {
		dst = appendRing(append(dst, ','), hole)
	}
	return append(dst, ']')
}

// appendRing appends a ring, whose last point repeats the first.
func appendRing(dst []byte, ring rle.Ring) []byte {
	dst = append(dst, '[')
	slides.Closed(ring, func(i int, p rle.Point) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonscan.AppendFloat(append(dst, '['), p[0])
		dst = append(jsonscan.AppendFloat(append(dst, ','), p[1]), ']')
	})
	return append(dst, ']')
}
