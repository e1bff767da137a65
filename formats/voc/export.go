package voc

import (
	"fmt"
	"image"
	"image/color"
	"path"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

type exporter struct {
	names  map[int64]string // escaped
	values map[int64]byte   // in SegmentationClass
	labels []byte
	origin float64
	claims shapes.Claims
}

func newExporter(set *formats.Set, options formats.Values) (formats.Exporter, error) {
	e := &exporter{names: map[int64]string{}, values: map[int64]byte{}}
	if options["origin"] != "0" {
		e.origin = 1
	}
	if n := len(set.Categories); n >= void {
		return nil, fmt.Errorf("found %d categories, expected at most %d, the values of pixels: filter the set", n, void-1)
	}
	e.labels = []byte("# label:color_rgb:parts:actions\nbackground:0,0,0::\n")
	for i := range set.Categories {
		c := &set.Categories[i]
		name, err := shapes.AppendXML(nil, c.Name)
		if err == nil && (strings.ContainsAny(c.Name, ":\n\r#") || strings.TrimSpace(c.Name) != c.Name || c.Name == "") {
			err = fmt.Errorf("%q: found a name that %s cannot hold, expected one without colon, # and lines: rename it",
				c.Name, labelsFile)
		}
		if err != nil {
			return nil, fmt.Errorf("category %w", err)
		}
		e.names[c.ID], e.values[c.ID] = string(name), byte(i+1)
		rgb := palette[i+1].(color.RGBA)
		e.labels = fmt.Appendf(e.labels, "%s:%d,%d,%d::\n", c.Name, rgb.R, rgb.G, rgb.B)
	}
	return e, nil
}

func (e *exporter) Frame(string) formats.Frame { return formats.Frame{} }
func (e *exporter) Finish() ([]formats.Part, error) {
	return []formats.Part{{File: labelsFile, Text: e.labels}}, nil
}

func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	if err := shapes.CheckName(img.FileName); err != nil {
		return nil, err
	}
	if err := rle.CheckSize(img.Height, img.Width); err != nil {
		return nil, fmt.Errorf("image %q: %w", img.FileName, err)
	}
	stem := shapes.Stem(img.FileName)
	if strings.ContainsAny(stem, "\n\r") || strings.TrimSpace(stem) != stem || strings.HasPrefix(stem, "#") {
		return nil, fmt.Errorf("image %q: found a name that a list of images cannot hold, expected one without lines, "+
			"without spaces at its ends and # at its start: rename it", img.FileName)
	}
	if err := e.claims.Claim(annotationsDir+"/"+stem+".xml", img.FileName); err != nil {
		return nil, err
	}
	name, err := shapes.AppendXML(nil, img.FileName)
	if err != nil {
		return nil, fmt.Errorf("image %w", err)
	}
	out := &formats.Output{ImageFile: imagesDir + "/" + img.FileName, Fates: make([]formats.Fate, len(img.Instances))}
	p := newPainter(img.Height, img.Width)
	var objects []byte
	for i := range img.Instances {
		objects, out.Fates[i] = e.object(objects, img, &img.Instances[i], p)
	}
	p.visible(out.Fates)
	text := fmt.Appendf(nil, "<annotation>\n<folder>%s</folder>\n<filename>%s</filename>\n", imagesDir, name)
	text = append(text, "<source><database>Unknown</database><annotation>Unknown</annotation><image>Unknown</image></source>\n"...)
	text = fmt.Appendf(text, "<size><width>%d</width><height>%d</height><depth>3</depth></size>\n<segmented>1</segmented>\n",
		img.Width, img.Height)
	text = append(append(text, objects...), "</annotation>\n"...)
	split := img.Split
	if split == "" {
		split = wholeSet
	}
	if path.Base(split) != split {
		return nil, fmt.Errorf("split %q: found a name that is not that of a file, expected one such as train", split)
	}
	objectMap, err := picture(p.objects, img)
	if err != nil {
		return nil, err
	}
	classMap, err := picture(p.classes, img)
	if err != nil {
		return nil, err
	}
	out.Parts = []formats.Part{
		{File: annotationsDir + "/" + stem + ".xml", Text: text},
		{File: objectsDir + "/" + stem + ".png", Text: objectMap},
		{File: classesDir + "/" + stem + ".png", Text: classMap},
		{File: setsDir + "/Main/" + split + ".txt", Text: []byte(stem + "\n")},
		{File: setsDir + "/Segmentation/" + split + ".txt", Text: []byte(stem + "\n")},
	}
	return out, nil
}

// object appends the element of an instance, and paints it.
func (e *exporter) object(dst []byte, img *formats.Image, a *coco.Annotation, p *painter) ([]byte, formats.Fate) {
	fate := formats.Fate{IoU: 1}
	name, ok := e.names[a.CategoryID]
	if !ok {
		return dst, formats.Fate{Dropped: shapes.NoCategory}
	}
	o, dropped := shapes.Of(img, a)
	if dropped != "" {
		return dst, formats.Fate{Dropped: dropped}
	}
	if len(p.areas) == void-1 {
		return dst, formats.Fate{Dropped: "an instance beyond the 254 that an image can have"}
	}
	box := o.Box
	if o.Rings == nil {
		p.areas = append(p.areas, 0)
	} else {
		m, err := o.Pixels(img.Height, img.Width)
		if err != nil {
			return dst, formats.Fate{Dropped: "a polygon that cannot be filled"}
		}
		if m.Area() == 0 {
			return dst, formats.Fate{Dropped: "a polygon without pixels"}
		}
		if !o.Traced {
			fate.Changed = "polygons, as pixels"
		}
		p.paint(m, e.values[a.CategoryID])
		box = m.Bounds()
	}
	attributes := members(a, &fate)
	dst = fmt.Appendf(dst, "<object>\n<name>%s</name>\n<bndbox>", name)
	for i, v := range [4]float64{box.X + e.origin, box.Y + e.origin, box.X + box.W, box.Y + box.H} {
		tag := [4]string{"xmin", "ymin", "xmax", "ymax"}[i]
		dst = append(append(append(dst, '<'), tag...), '>')
		dst = jsonscan.AppendFloat(dst, v)
		dst = append(append(append(dst, "</"...), tag...), '>')
	}
	return append(append(append(dst, "</bndbox>\n"...), attributes...), "</object>\n"...), fate
}

// members returns the elements of an object for the members of an annotation.
func members(a *coco.Annotation, fate *formats.Fate) []byte {
	pose, on := "Unspecified", [3]byte{'0', '0', '0'}
	var rest []byte
	add := func(key, text string) {
		name, err1 := shapes.AppendXML(nil, key)
		value, err2 := shapes.AppendXML(nil, text)
		if err1 != nil || err2 != nil {
			fate.Changed = "members with characters that XML cannot represent"
			return
		}
		rest = fmt.Appendf(rest, "<attribute><name>%s</name><value>%s</value></attribute>", name, value)
	}
	if a.IsCrowd {
		add("iscrowd", "1")
	}
	for _, f := range shapes.Members(a, fate) {
		text, exact := shapes.MemberText(f)
		if !exact {
			fate.Changed = "texts that read as a number or other JSON"
		}
		if i := slices.Index(flags, f.Key); i >= 0 && text == "1" {
			on[i] = '1'
			continue
		}
		if escaped, err := shapes.AppendXML(nil, text); f.Key == "pose" && err == nil && f.Value[0] == '"' {
			pose = string(escaped)
			continue
		}
		add(f.Key, text)
	}
	text := fmt.Appendf(nil, "<pose>%s</pose>", pose)
	for i, name := range flags {
		text = fmt.Appendf(text, "<%s>%c</%s>", name, on[i], name)
	}
	text = append(text, '\n')
	if rest != nil {
		text = append(append(append(text, "<attributes>"...), rest...), "</attributes>\n"...)
	}
	return text
}

// painter paints the maps of an image.
type painter struct {
	h, w             int
	objects, classes []byte
	areas            []int // of the objects, before later ones cover them
}

func newPainter(h, w int) *painter {
	return &painter{h: h, w: w, objects: make([]byte, h*w), classes: make([]byte, h*w)}
}

// paint paints the next object.
func (p *painter) paint(m rle.Mask, class byte) {
	p.areas = append(p.areas, m.Area())
	object := byte(len(p.areas))
	at := 0
	for i, n := range m.Runs() {
		end := at + int(n)
		for ; i%2 == 1 && at < end; at++ {
			k := at%p.h*p.w + at/p.h
			p.objects[k], p.classes[k] = object, class
		}
		at = end
	}
}

// visible sets the IoU of the objects, which are the instances that are not dropped.
func (p *painter) visible(fates []formats.Fate) {
	var seen [256]int
	for _, v := range p.objects {
		if v != 0 { // most are background
			seen[v]++
		}
	}
	object := 0
	for i := range fates {
		if fates[i].Dropped != "" {
			continue
		}
		object++
		if area := p.areas[object-1]; area > seen[object] {
			fates[i].IoU = float64(seen[object]) / float64(area)
			fates[i].Changed = "pixels that later instances cover"
		}
	}
}

// picture returns a map as a PNG with VOC's palette.
func picture(pixels []byte, img *formats.Image) ([]byte, error) {
	bounds := image.Rect(0, 0, img.Width, img.Height)
	return shapes.EncodePNG(&image.Paletted{Pix: pixels, Stride: img.Width, Rect: bounds, Palette: palette})
}
