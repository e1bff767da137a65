package imagescope

import (
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/formats/internal/slides"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

type exporter struct {
	*slides.Writer
	layers map[string]int // sections of the file, by class
	frame  formats.Frame
}

func newExporter(set *formats.Set, options formats.Values) (formats.Exporter, error) {
	w, err := slides.NewWriter(set, options, ending)
	if err != nil {
		return nil, err
	}
	const head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<" + root + ">\n"
	const foot = "</Regions><Plots/></Annotation>\n"
	e := &exporter{Writer: w, layers: map[string]int{}, frame: formats.Frame{Before: head, After: "</" + root + ">\n"}}
	colours := slides.Colours(set)
	for i := range set.Categories {
		c := &set.Categories[i]
		name, err := shapes.AppendXML(nil, c.Name)
		if err != nil {
			return nil, fmt.Errorf("category %d: %w", c.ID, err)
		}
		if _, ok := e.layers[c.Name]; ok {
			continue
		}
		n := len(e.layers)
		rgb := colours[c.Name]
		open := fmt.Sprintf("<Annotation Id=\"%d\" Name=\"%s\" ReadOnly=\"0\" NameReadOnly=\"0\" LineColorReadOnly=\"0\" "+
			"Incremental=\"0\" Type=\"4\" LineColor=\"%d\" Visible=\"1\" Selected=\"0\" MarkupImagePath=\"\" MacroName=\"\">"+
			"<Attributes/><Regions><RegionAttributeHeaders/>\n", n+1, name, int(rgb.R)|int(rgb.G)<<8|int(rgb.B)<<16)
		if e.layers[c.Name] = n; n == 0 {
			e.frame.Before += open
		} else {
			e.frame.Next = append(e.frame.Next, foot+open)
		}
	}
	if len(e.layers) > 0 {
		e.frame.After = foot + e.frame.After
	}
	return e, nil
}

func (e *exporter) Frame(string) formats.Frame { return e.frame }

func (e *exporter) Finish() ([]formats.Part, error) { return nil, nil }

func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	p, err := e.Place(img)
	if err != nil {
		return nil, err
	}
	out := &formats.Output{Fates: make([]formats.Fate, len(img.Instances))}
	layers := make([][]byte, max(len(e.layers), 1))
	for i := range img.Instances {
		a := &img.Instances[i]
		o, fate := p.Outline(a)
		if out.Fates[i] = fate; fate.Dropped != "" {
			continue
		}
		attributes, err := attributes(a)
		if err != nil {
			out.Fates[i].Changed = "members with characters that XML cannot represent"
		}
		k := e.layers[o.Class]
		if layers[k], err = appendRegions(layers[k], a, &o, attributes); err != nil {
			return nil, fmt.Errorf("annotation %s: id: %w", a.ID, err)
		}
	}
	out.Parts = append(out.Parts, formats.Part{File: p.File})
	for k, text := range layers {
		if len(text) > 0 {
			out.Parts = append(out.Parts, formats.Part{File: p.File, Section: k, Text: text})
		}
	}
	return out, nil
}

// attributes returns the members of an annotation. Those that XML cannot represent are
// left out, and there is an error.
func attributes(a *coco.Annotation) (dst []byte, failed error) {
	list := slides.Members(a)
	if a.IsCrowd {
		list = append(list, coco.Field{Key: "iscrowd", Value: []byte("1")})
	}
	for _, f := range list {
		key, errKey := shapes.AppendXML(nil, f.Key)
		value, errValue := shapes.AppendXML(nil, slides.MemberText(f))
		if err := errors.Join(errKey, errValue); err != nil {
			failed = err
			continue
		}
		dst = fmt.Appendf(dst, "<Attribute Name=\"%s\" Id=\"0\" Value=\"%s\"/>", key, value)
	}
	return dst, failed
}

// appendRegions appends the rings of an instance.
func appendRegions(dst []byte, a *coco.Annotation, o *slides.Outline, attributes []byte) ([]byte, error) {
	n := 0
	region := func(part int, ring rle.Ring, hole bool) error {
		label, err := shapes.AppendXML(nil, slides.Label(a, part))
		if err != nil {
			return err
		}
		negative := 0
		if hole {
			negative = 1
		}
		number := slides.Number31(a.ID, n)
		n++
		dst = fmt.Appendf(dst, "<Region Id=\"%d\" Type=\"0\" Zoom=\"1\" Selected=\"0\" ImageLocation=\"\" ImageFocus=\"0\" "+
			"Text=\"%s\" NegativeROA=\"%d\" InputRegionId=\"0\" Analyze=\"1\" DisplayId=\"%d\">", number, label, negative, number)
		if dst = append(dst, "<Attributes>"...); n == 1 {
			dst = append(dst, attributes...)
		}
		dst = append(dst, "</Attributes><Vertices>\n"...)
		for _, p := range ring {
			dst = jsonscan.AppendFloat(append(dst, `<Vertex X="`...), p[0])
			dst = append(jsonscan.AppendFloat(append(dst, `" Y="`...), p[1]), "\" Z=\"0\"/>\n"...)
		}
		dst = append(dst, "</Vertices></Region>\n"...)
		return nil
	}
	for k := range o.Polygons {
		if err := region(k, o.Polygons[k].Outer, false); err != nil {
			return dst, err
		}
		for _, hole := range o.Polygons[k].Holes {
			if err := region(k, hole, true); err != nil {
				return dst, err
			}
		}
	}
	return dst, nil
}
