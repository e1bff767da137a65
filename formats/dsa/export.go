package dsa

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/slides"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

type exporter struct {
	*slides.Writer
	class map[string]string // the group and colours of an element, by its class

	mu     sync.Mutex
	frames map[string]formats.Frame
}

func newExporter(set *formats.Set, options formats.Values) (formats.Exporter, error) {
	w, err := slides.NewWriter(set, options, ending)
	if err != nil {
		return nil, err
	}
	e := &exporter{Writer: w, class: map[string]string{}, frames: map[string]formats.Frame{}}
	for name, c := range slides.Colours(set) {
		e.class[name] = fmt.Sprintf(`"group":%s,"lineColor":"rgb(%d,%d,%d)","lineWidth":2`, jsonscan.AppendString(nil, name), c.R, c.G, c.B)
	}
	return e, nil
}

func (e *exporter) Frame(file string) formats.Frame {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.frames[file]
}

func (e *exporter) Finish() ([]formats.Part, error) { return nil, nil }

func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	p, err := e.Place(img)
	if err != nil {
		return nil, err
	}
	head := append(jsonscan.AppendString([]byte(`{"name":`), p.Slide), ",\"description\":\"\",\"elements\":[\n"...)
	e.mu.Lock()
	e.frames[p.File] = formats.Frame{Before: string(head), Between: ",\n", After: "\n]}\n"}
	e.mu.Unlock()
	out := &formats.Output{Fates: make([]formats.Fate, len(img.Instances))}
	var text []byte
	for i := range img.Instances {
		a := &img.Instances[i]
		o, fate := p.Outline(a)
		if out.Fates[i] = fate; fate.Dropped != "" {
			continue
		}
		for k := range o.Polygons {
			if len(text) > 0 {
				text = append(text, ",\n"...)
			}
			text = e.element(text, p, a, &o, k)
		}
	}
	out.Parts = []formats.Part{{File: p.File, Text: text}}
	return out, nil
}

// element appends a part of an instance.
func (e *exporter) element(dst []byte, p *slides.Placed, a *coco.Annotation, o *slides.Outline, part int) []byte {
	label := slides.Label(a, part)
	sum := sha256.Sum256([]byte(p.Slide + "\x00" + label))
	dst = hex.AppendEncode(append(dst, `{"type":"polyline","closed":true,"id":"`...), sum[:12])
	dst = append(append(append(dst, `",`...), e.class[o.Class]...), `,"label":{"value":`...)
	dst = append(jsonscan.AppendString(dst, label), `},"points":`...)
	dst = appendRing(dst, o.Polygons[part].Outer)
	if holes := o.Polygons[part].Holes; len(holes) > 0 {
		dst = append(dst, `,"holes":[`...)
		for k, hole := range holes {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = appendRing(dst, hole)
		}
		dst = append(dst, ']')
	}
	members := slides.Members(a)
	if a.IsCrowd {
		members = append(members, coco.Field{Key: "iscrowd", Value: []byte("1")})
	}
	if part == 0 && len(members) > 0 {
		dst = append(dst, `,"user":{`...)
		for k, f := range members {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(jsonscan.AppendString(dst, f.Key), ':'), f.Value...)
		}
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

func appendRing(dst []byte, ring rle.Ring) []byte {
	dst = append(dst, '[')
	for i, p := range ring {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonscan.AppendFloat(append(dst, '['), p[0])
		dst = append(jsonscan.AppendFloat(append(dst, ','), p[1]), ",0]"...)
	}
	return append(dst, ']')
}
