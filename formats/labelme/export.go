package labelme

import (
	"encoding/base64"
	"math"
	"path"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// version is the version of labelme whose files these are: it has shapes of type mask.
const version = "5.5.0"

// shapeKeys are the members of a shape that labelme gives a meaning.
var shapeKeys = []string{
	"label", "points", "group_id", "shape_type", "flags", "description", "mask", "line_color", "fill_color", "iscrowd",
}

type exporter struct {
	names   shapes.Categories
	masks   bool // as shapes of type mask
	labelme bool // the fill rule is labelme's
	claims  shapes.Claims
}

func newExporter(set *formats.Set, options formats.Values) (formats.Exporter, error) {
	return &exporter{
		names:   shapes.NewCategories(set),
		masks:   options["masks"] == "masks",
		labelme: options["fill"] == fillLabelme,
	}, nil
}

func (e *exporter) Frame(string) formats.Frame      { return formats.Frame{} }
func (e *exporter) Finish() ([]formats.Part, error) { return nil, nil }

func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	if err := shapes.CheckName(img.FileName); err != nil {
		return nil, err
	}
	file := shapes.Stem(img.FileName) + ".json"
	if err := e.claims.Claim(file, img.FileName); err != nil {
		return nil, err
	}
	text := []byte(`{"version":"` + version + `","flags":{},"shapes":[`)
	out := &formats.Output{ImageFile: img.FileName, Fates: make([]formats.Fate, len(img.Instances))}
	first := true
	for i := range img.Instances {
		before := len(text)
		if !first {
			text = append(text, ',')
		}
		grown, fate, err := e.instance(append(text, '\n'), img, &img.Instances[i], i+1)
		if err != nil {
			return nil, err
		}
		text, out.Fates[i] = grown, fate
		if fate.Dropped != "" {
			text = text[:before]
			continue
		}
		first = false
	}
	text = jsonscan.AppendString(append(text, "],\n\"imagePath\":"...), path.Base(img.FileName))
	text = append(text, `,"imageData":null,"imageHeight":`...)
	text = strconv.AppendInt(text, int64(img.Height), 10)
	text = strconv.AppendInt(append(text, `,"imageWidth":`...), int64(img.Width), 10)
	if img.Split != "" {
		text = jsonscan.AppendString(append(text, `,"split":`...), img.Split)
	}
	out.Parts = []formats.Part{{File: file, Text: append(text, "}\n"...)}}
	return out, nil
}

// instance appends the shapes of an instance, the number-th of its image.
func (e *exporter) instance(dst []byte, img *formats.Image, a *coco.Annotation, number int) ([]byte, formats.Fate, error) {
	fate := formats.Fate{IoU: 1}
	label, ok := e.names[a.CategoryID]
	if !ok {
		return dst, formats.Fate{Dropped: shapes.NoCategory}, nil
	}
	o, dropped := shapes.Of(img, a)
	if dropped != "" {
		return dst, formats.Fate{Dropped: dropped}, nil
	}
	if o.Short {
		fate.Changed = "rings of fewer than three points"
	}
	kind, asMask := "polygon", o.Traced && e.masks
	switch {
	case o.Rings == nil:
		kind, o.Rings = "rectangle", []rle.Ring{{{o.Box.X, o.Box.Y}, {o.Box.X + o.Box.W, o.Box.Y + o.Box.H}}}
	case e.labelme && o.Traced && !asMask:
		o.Rings = o.Rings[:0]
		for _, p := range o.Mask.Contours() {
			o.Rings = append(o.Rings, p.Outer)
			asMask = asMask || len(p.Holes) > 0
		}
	case e.labelme && !o.Traced:
		fate.IoU = math.NaN()
		fate.Changed = "pixels: labelme draws the outline of a polygon too"
	}
	tail := members(a, &fate)
	if asMask {
		grown, err := appendMask(appendLabel(dst, label), o.Mask)
		return append(append(grown, tail...), '}'), fate, err
	}
	for i, ring := range o.Rings {
		if i > 0 {
			dst = append(dst, ",\n"...)
		}
		dst = append(appendLabel(dst, label), `,"points":`...)
		dst = append(shapes.AppendPoints(dst, ring), `,"group_id":`...)
		if len(o.Rings) > 1 {
			dst = strconv.AppendInt(dst, int64(number), 10)
		} else {
			dst = append(dst, "null"...)
		}
		dst = append(append(append(dst, `,"shape_type":"`...), kind...), `","flags":{}`...)
		dst = append(append(dst, tail...), '}')
	}
	return dst, fate, nil
}

func appendLabel(dst []byte, label string) []byte {
	return jsonscan.AppendString(append(dst, `{"label":`...), label)
}

// drawn returns the pixels of rings as labelme draws them, each on its own.
func drawn(h, w int, rings []rle.Ring) (rle.Mask, error) {
	masks := make([]rle.Mask, len(rings))
	for i, r := range rings {
		m, err := rle.FromPolygon(h, w, rle.FillOpenCV, r)
		if err != nil {
			return m, err
		}
		masks[i] = m
	}
	return rle.Union(masks...)
}

// members returns the members of a shape that say what labelme has no place for.
func members(a *coco.Annotation, fate *formats.Fate) []byte {
	var text []byte
	if a.IsCrowd {
		text = append(text, `,"iscrowd":1`...)
	}
	for _, f := range shapes.Members(a, fate) {
		if slices.Contains(shapeKeys, f.Key) {
			fate.Changed = "members that have the name of a member of labelme's"
			continue
		}
		text = jsonscan.AppendString(append(text, ','), f.Key)
		text = append(append(text, ':'), f.Value...)
	}
	return text
}

// appendMask appends the members of a shape of type mask: the first and last pixel of the
// bounds, and the pixels between them as a PNG.
func appendMask(dst []byte, m rle.Mask) ([]byte, error) {
	b := m.Bounds()
	x, y, w, h := int(b.X), int(b.Y), int(b.W), int(b.H)
	part, err := m.Crop(x, y, h, w)
	if err != nil {
		return dst, err
	}
	picture, err := shapes.EncodePNG(part.Image())
	if err != nil {
		return dst, err
	}
	corners := rle.Ring{{float64(x), float64(y)}, {float64(x + w - 1), float64(y + h - 1)}}
	dst = shapes.AppendPoints(append(dst, `,"points":`...), corners)
	dst = append(dst, `,"group_id":null,"shape_type":"mask","flags":{},"mask":"`...)
	return append(base64.StdEncoding.AppendEncode(dst, picture), '"'), nil
}
