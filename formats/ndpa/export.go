package ndpa

import (
	"fmt"
	"math"
	"strconv"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
	"github.com/hubdata/hubdata/internal/wtf8"
)

type exporter struct {
	*slides.Writer
	scale         scale
	width, height int // of the option; 0: none
	class         map[string]string
	colour        map[string]string
}

func newExporter(set *formats.Set, options formats.Values) (formats.Exporter, error) {
	w, err := slides.NewWriter(set, options, ending)
	if err != nil {
		return nil, err
	}
	e := &exporter{Writer: w, class: map[string]string{}, colour: map[string]string{}}
	if e.scale, err = scaleOf(options); err != nil {
		return nil, err
	}
	if e.width, e.height, err = slides.Size(options); err != nil {
		return nil, err
	}
	colours := slides.Colours(set)
	for i := range set.Categories {
		c := &set.Categories[i]
		name, err := shapes.AppendXML(nil, c.Name)
		if err != nil {
			return nil, fmt.Errorf("category %d: %w", c.ID, err)
		}
		rgb := colours[c.Name]
		e.class[c.Name], e.colour[c.Name] = string(name), fmt.Sprintf("#%02x%02x%02x", rgb.R, rgb.G, rgb.B)
	}
	return e, nil
}

func (e *exporter) Frame(string) formats.Frame {
	return formats.Frame{Before: "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<" + root + ">\n", After: "</" + root + ">\n"}
}

func (e *exporter) Finish() ([]formats.Part, error) { return nil, nil }

func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	p, err := e.Place(img)
	if err != nil {
		return nil, err
	}
	width, height := e.width, e.height
	if width == 0 {
		if !p.Whole {
			return nil, fmt.Errorf("image %s: it is a tile of a slide whose size is not known, expected the option size: "+
				"give --option size=WIDTHxHEIGHT of the slide", wtf8.Quote(img.FileName))
		}
		width, height = img.Width, img.Height
	}
	return p.Rings(func(dst []byte, r *slides.Ring) []byte {
		for i := range r.Points {
			r.Points[i] = e.scale.nanometres(r.Points[i], float64(width)*p.Frame.Scale, float64(height)*p.Frame.Scale)
		}
		return e.annotation(dst, r)
	})
}

// annotation appends a part of an instance, in nanometres.
func (e *exporter) annotation(dst []byte, r *slides.Ring) []byte {
	ring := r.Points
	dst = fmt.Appendf(dst, "<ndpviewstate id=\"%d\">\n<title>%s</title>\n<details>%s</details>\n<coordformat>nanometers</coordformat>\n"+
		"<lens>20</lens>\n<x>%d</x>\n<y>%d</y>\n<z>0</z>\n<showtitle>0</showtitle>\n<showhistogram>0</showhistogram>\n"+
		"<showlineprofile>0</showlineprofile>\n<annotation type=\"freehand\" displayname=\"AnnotateFreehand\" color=\"%s\">\n"+
		"<measuretype>0</measuretype>\n<closed>1</closed>\n<pointlist>\n", slides.Number31(r.ID, r.Part), e.class[r.Class], r.Label,
		nanometre(ring[0][0]), nanometre(ring[0][1]), e.colour[r.Class])
	for _, p := range ring {
		dst = strconv.AppendInt(append(dst, "<point><x>"...), nanometre(p[0]), 10)
		dst = strconv.AppendInt(append(dst, "</x><y>"...), nanometre(p[1]), 10)
		dst = append(dst, "</y></point>\n"...)
	}
	return append(dst, "</pointlist>\n</annotation>\n</ndpviewstate>\n"...)
}

// nanometre rounds to a whole nanometre, as NDP.view has them.
func nanometre(v float64) int64 { return int64(math.Round(v)) }
