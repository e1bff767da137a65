package cvat

import (
	"fmt"
	"hash/fnv"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

const (
	fileName  = "annotations.xml"
	imagesDir = "images"
)

type exporter struct {
	names  map[int64]string // escaped
	before string
	masks  bool
	claims shapes.Claims
}

func newExporter(set *formats.Set, options formats.Values) (formats.Exporter, error) {
	e := &exporter{names: map[int64]string{}, masks: options["masks"] == "masks"}
	labels := []byte("<labels>\n")
	for i := range set.Categories {
		c := &set.Categories[i]
		name, err := shapes.AppendXML(nil, c.Name)
		if err != nil {
			return nil, fmt.Errorf("category %d: %w", c.ID, err)
		}
		e.names[c.ID] = string(name)
		labels = append(labels, fmt.Sprintf("<label><name>%s</name><attributes></attributes></label>\n", name)...)
	}
	labels = append(labels, "</labels>\n"...)
	name, err := shapes.AppendXML(nil, set.Name)
	if err != nil {
		return nil, fmt.Errorf("set: %w", err)
	}
	meta := fmt.Sprintf("<task>\n<name>%s</name>\n<mode>annotation</mode>\n%s</task>\n", name, labels)
	if len(set.Splits) > 0 { // a project has subsets, a task for each
		meta = fmt.Sprintf("<project>\n<name>%s</name>\n%s<tasks>\n", name, labels)
		for _, split := range set.Splits {
			text, err := shapes.AppendXML(nil, split)
			if err != nil {
				return nil, fmt.Errorf("split: %w", err)
			}
			meta += fmt.Sprintf("<task><name>%s</name><mode>annotation</mode><subset>%s</subset></task>\n", text, text)
		}
		meta += "</tasks>\n</project>\n"
	}
	e.before = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n<version>1.1</version>\n<meta>\n" + meta + "</meta>\n"
	return e, nil
}

func (e *exporter) Frame(string) formats.Frame {
	return formats.Frame{Before: e.before, After: "</annotations>\n"}
}

// Finish returns an empty part, so that a set without images has its file too.
func (e *exporter) Finish() ([]formats.Part, error) { return []formats.Part{{File: fileName}}, nil }

func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	if err := shapes.CheckName(img.FileName); err != nil {
		return nil, err
	}
	id := frame(img)
	if err := e.claims.Claim("frame "+id, img.FileName); err != nil {
		return nil, err
	}
	if err := e.claims.Claim(img.FileName, img.FileName); err != nil {
		return nil, err
	}
	name, err := shapes.AppendXML(nil, img.FileName)
	if err != nil {
		return nil, fmt.Errorf("image %w", err)
	}
	text := append(append([]byte(`<image id="`+id+`" name="`), name...), '"')
	if img.Split != "" {
		split, err := shapes.AppendXML(nil, img.Split)
		if err != nil {
			return nil, fmt.Errorf("split %w", err)
		}
		text = append(append(append(text, ` subset="`...), split...), '"')
	}
	text = fmt.Appendf(text, " width=\"%d\" height=\"%d\">\n", img.Width, img.Height)
	out := &formats.Output{ImageFile: imagesDir + "/" + img.FileName, Fates: make([]formats.Fate, len(img.Instances))}
	for i := range img.Instances {
		text, out.Fates[i] = e.instance(text, img, &img.Instances[i], i+1)
	}
	out.Parts = []formats.Part{{File: fileName, Text: append(text, "</image>\n"...)}}
	return out, nil
}

// frame returns the number of an image.
func frame(img *formats.Image) string {
	if n, ok := img.ID.Int(); ok && n >= 0 {
		return strconv.FormatInt(n, 10)
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(img.FileName))
	return strconv.FormatUint(h.Sum64()>>1, 10)
}

// instance appends the shapes of an instance, the number-th of its image.
func (e *exporter) instance(dst []byte, img *formats.Image, a *coco.Annotation, number int) ([]byte, formats.Fate) {
	fate := formats.Fate{IoU: 1}
	label, ok := e.names[a.CategoryID]
	if !ok {
		return dst, formats.Fate{Dropped: shapes.NoCategory}
	}
	o, dropped := shapes.Of(img, a)
	if dropped != "" {
		return dst, formats.Fate{Dropped: dropped}
	}
	if o.Short {
		fate.Changed = "rings of fewer than three points"
	}
	m := split(a, &fate)
	open := func(dst []byte, element string) []byte {
		dst = append(append(append(dst, '<'), element...), ` label="`...)
		dst = append(append(dst, label...), `" source="manual" occluded="`...)
		return append(append(dst, m.occluded...), '"')
	}
	closed := func(dst []byte, element string) []byte {
		dst = append(append(append(dst, ` z_order="`...), m.zOrder...), "\">"...)
		dst = append(dst, m.attributes...)
		return append(append(append(dst, "</"...), element...), ">\n"...)
	}
	switch {
	case o.Rings == nil:
		dst = open(dst, "box")
		for i, v := range [4]float64{o.Box.X, o.Box.Y, o.Box.X + o.Box.W, o.Box.Y + o.Box.H} {
			dst = append(append(append(dst, ' '), []string{"xtl", "ytl", "xbr", "ybr"}[i]...), `="`...)
			dst = append(jsonscan.AppendFloat(dst, v), '"')
		}
		return closed(dst, "box"), fate
	case o.Traced && e.masks:
		return closed(appendMask(open(dst, "mask"), o.Mask), "mask"), fate
	}
	for _, ring := range o.Rings {
		dst = append(open(dst, "polygon"), ` points="`...)
		for i, p := range ring {
			if i > 0 {
				dst = append(dst, ';')
			}
			dst = jsonscan.AppendFloat(append(jsonscan.AppendFloat(dst, p[0]), ','), p[1])
		}
		dst = append(dst, '"')
		if len(o.Rings) > 1 {
			dst = append(strconv.AppendInt(append(dst, ` group_id="`...), int64(number), 10), '"')
		}
		dst = closed(dst, "polygon")
	}
	return dst, fate
}

// members are the members of an annotation as CVAT has them.
type members struct {
	occluded, zOrder string
	attributes       []byte
}

func split(a *coco.Annotation, fate *formats.Fate) members {
	m := members{occluded: "0", zOrder: "0"}
	if a.IsCrowd {
		m.attributes = append(m.attributes, `<attribute name="iscrowd">1</attribute>`...)
	}
	for _, f := range shapes.Members(a, fate) {
		value := string(f.Value)
		switch f.Key {
		case "occluded":
			if value == "true" {
				m.occluded = "1"
				continue
			}
		case "z_order":
			if _, err := strconv.ParseInt(value, 10, 32); err == nil {
				m.zOrder = value
				continue
			}
		}
		text, exact := shapes.MemberText(f)
		if !exact {
			fate.Changed = "texts that read as a number or other JSON"
		}
		key, err := shapes.AppendXML(nil, f.Key)
		if err == nil {
			var escaped []byte
			if escaped, err = shapes.AppendXML(nil, text); err == nil {
				m.attributes = fmt.Appendf(m.attributes, "<attribute name=\"%s\">%s</attribute>", key, escaped)
			}
		}
		if err != nil {
			fate.Changed = "members with characters that XML cannot represent"
		}
	}
	return m
}

// appendMask appends the attributes of a mask: its runs along the rows of its bounds,
// background first.
func appendMask(dst []byte, m rle.Mask) []byte {
	b := m.Bounds()
	part, err := m.Crop(int(b.X), int(b.Y), int(b.H), int(b.W))
	if err != nil {
		panic(err) // the bounds of a mask are inside it
	}
	dst = append(dst, ` rle="`...)
	for i, n := range part.Transpose().Runs() {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = strconv.AppendUint(dst, uint64(n), 10)
	}
	return fmt.Appendf(dst, `" left="%d" top="%d" width="%d" height="%d"`, int(b.X), int(b.Y), int(b.W), int(b.H))
}
