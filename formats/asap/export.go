package asap

import (
	"fmt"
	"strconv"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

type exporter struct {
	*slides.Writer
	groups map[string]string // the attributes of an annotation, by its class
	after  string
}

func newExporter(set *formats.Set, options formats.Values) (formats.Exporter, error) {
	w, err := slides.NewWriter(set, options, ending)
	if err != nil {
		return nil, err
	}
	e := &exporter{Writer: w, groups: map[string]string{}, after: "</Annotations>\n<AnnotationGroups>\n"}
	colours := slides.Colours(set)
	for i := range set.Categories {
		c := &set.Categories[i]
		name, err := shapes.AppendXML(nil, c.Name)
		if err == nil && c.Name == none {
			err = fmt.Errorf("found a class called %s, which is ASAP's name for none, expected another name: export with --class %s=NAME", none, none)
		}
		if err != nil {
			return nil, fmt.Errorf("category %d: %w", c.ID, err)
		}
		rgb := colours[c.Name]
		colour := fmt.Sprintf("#%02x%02x%02x", rgb.R, rgb.G, rgb.B)
		e.groups[c.Name] = fmt.Sprintf(`PartOfGroup="%s" Color="%s"`, name, colour)
		e.after += fmt.Sprintf("<Group Name=\"%s\" PartOfGroup=\"%s\" Color=\"%s\"><Attributes /></Group>\n", name, none, colour)
	}
	e.after += "</AnnotationGroups>\n</" + root + ">\n"
	return e, nil
}

func (e *exporter) Frame(string) formats.Frame {
	return formats.Frame{Before: "<?xml version=\"1.0\"?>\n<" + root + ">\n<Annotations>\n", After: e.after}
}

func (e *exporter) Finish() ([]formats.Part, error) { return nil, nil }

func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	p, err := e.Place(img)
	if err != nil {
		return nil, err
	}
	return p.Rings(func(dst []byte, r *slides.Ring) []byte {
		dst = append(append(append(dst, `<Annotation Name="`...), r.Label...), `" Type="Polygon" `...)
		dst = append(append(dst, e.groups[r.Class]...), "><Coordinates>\n"...)
		return append(appendRing(dst, r.Points), "</Coordinates></Annotation>\n"...)
	})
}

func appendRing(dst []byte, ring rle.Ring) []byte {
	for i, p := range ring {
		dst = strconv.AppendInt(append(dst, `<Coordinate Order="`...), int64(i), 10)
		dst = jsonscan.AppendFloat(append(dst, `" X="`...), p[0])
		dst = append(jsonscan.AppendFloat(append(dst, `" Y="`...), p[1]), "\" />\n"...)
	}
	return dst
}
