package slides

import (
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/rle"
)

// Ring is a part of an instance for formats of XML whose objects have one ring and no
// members.
type Ring struct {
	ID     coco.ID // of the annotation
	Part   int     // from 0
	Class  string
	Label  string   // of the part, as XML
	Points rle.Ring // in slide pixels; holes are bridged
}

// Rings writes the instances of the image, ring by ring, by add, which appends one.
func (p *Placed) Rings(add func(dst []byte, r *Ring) []byte) (*formats.Output, error) {
	out := &formats.Output{Fates: make([]formats.Fate, len(p.img.Instances))}
	var text []byte
	for i := range p.img.Instances {
		a := &p.img.Instances[i]
		o, fate := p.Outline(a)
		if fate.Dropped == "" && fate.Changed == "" {
			fate.Changed = noMembers(a)
		}
		if out.Fates[i] = fate; fate.Dropped != "" {
			continue
		}
		for k := range o.Polygons {
			label, err := shapes.AppendXML(nil, Label(a, k))
			if err != nil {
				return nil, fmt.Errorf("annotation %s: id: %w", a.ID, err)
			}
			text = add(text, &Ring{ID: a.ID, Part: k, Class: o.Class, Label: string(label), Points: bridged(o.Polygons[k])})
		}
	}
	out.Parts = []formats.Part{{File: p.File, Text: text}}
	return out, nil
}
