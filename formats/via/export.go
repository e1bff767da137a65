package via

import (
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/shapes"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

const projectFile = "via_project.json"

type exporter struct {
	names  shapes.Categories
	frame  formats.Frame
	class  string // the attribute
	claims shapes.Claims
}

func newExporter(set *formats.Set, options formats.Values) (formats.Exporter, error) {
	e := &exporter{names: shapes.NewCategories(set), class: options["class-attribute"]}
	before := `{"_via_settings":{"ui":{"annotation_editor_height":25,"annotation_editor_fontsize":0.8,` +
		`"leftsidebar_width":18,"image_grid":{"img_height":80,"rshape_fill":"none","rshape_fill_opacity":0.3,` +
		`"rshape_stroke":"yellow","rshape_stroke_width":2,"show_region_shape":true,"show_image_policy":"all"},` +
		`"image":{"region_label":"__via_region_id__","region_color":"__via_default_region_color__",` +
		`"region_label_font":"10px Sans","on_image_annotation_editor_placement":"NEAR_REGION"}},` +
		`"core":{"buffer_size":18,"filepath":{},"default_filepath":""},"project":{"name":`
	after := "\n},\n\"_via_attributes\":{\"region\":{"
	after += string(jsonscan.AppendString(nil, e.class)) + `:{"type":"dropdown","description":"","options":{`
	for i := range set.Categories {
		if i > 0 {
			after += ","
		}
		after += string(jsonscan.AppendString(nil, set.Categories[i].Name)) + `:""`
	}
	after += `},"default_options":{}}},"file":{}}}` + "\n"
	e.frame = formats.Frame{
		Before:  before + string(jsonscan.AppendString(nil, set.Name)) + "}},\n\"_via_img_metadata\":{\n",
		Between: ",\n",
		After:   after,
	}
	return e, nil
}

func (e *exporter) Frame(string) formats.Frame { return e.frame }

// Finish returns an empty part of a set without images, so that it has its file.
func (e *exporter) Finish() ([]formats.Part, error) {
	if e.claims.Any() {
		return nil, nil
	}
	return []formats.Part{{File: projectFile}}, nil
}

func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	if err := shapes.CheckName(img.FileName); err != nil {
		return nil, err
	}
	if err := e.claims.Claim(img.FileName, img.FileName); err != nil {
		return nil, err
	}
	// VIA names an image by its file name and its size in bytes; -1: not known.
	text := jsonscan.AppendString(nil, img.FileName+"-1")
	text = jsonscan.AppendString(append(text, `:{"filename":`...), img.FileName)
	text = append(text, `,"size":-1,"regions":[`...)
	out := &formats.Output{ImageFile: img.FileName, Fates: make([]formats.Fate, len(img.Instances))}
	written := false
	for i := range img.Instances {
		text, out.Fates[i] = e.instance(text, img, &img.Instances[i], i+1, written)
		written = written || out.Fates[i].Dropped == ""
	}
	text = strconv.AppendInt(append(text, `],"file_attributes":{"width":"`...), int64(img.Width), 10)
	text = strconv.AppendInt(append(text, `","height":"`...), int64(img.Height), 10)
	text = append(text, '"')
	if img.Split != "" {
		text = jsonscan.AppendString(append(text, `,"split":`...), img.Split)
	}
	out.Parts = []formats.Part{{File: projectFile, Text: append(text, "}}"...)}}
	return out, nil
}

// instance appends the regions of an instance, the number-th of its image.
func (e *exporter) instance(dst []byte, img *formats.Image, a *coco.Annotation, number int, comma bool) ([]byte, formats.Fate) {
	fate := formats.Fate{IoU: 1}
	class, ok := e.names[a.CategoryID]
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
	attributes := e.attributes(a, class, &fate)
	if len(o.Rings) > 1 {
		attributes = append(attributes, `,"`+groupAttribute+`":"`...)
		attributes = append(strconv.AppendInt(attributes, int64(number), 10), '"')
	}
	open := func() {
		if comma {
			dst = append(dst, ',')
		}
		comma = true
		dst = append(dst, "\n{\"shape_attributes\":{\"name\":"...)
	}
	if o.Rings == nil {
		open()
		dst = jsonscan.AppendFloat(append(dst, `"rect","x":`...), o.Box.X)
		dst = jsonscan.AppendFloat(append(dst, `,"y":`...), o.Box.Y)
		dst = jsonscan.AppendFloat(append(dst, `,"width":`...), o.Box.W)
		dst = jsonscan.AppendFloat(append(dst, `,"height":`...), o.Box.H)
		dst = append(append(append(dst, `},"region_attributes":{`...), attributes...), "}}"...)
	}
	for _, ring := range o.Rings {
		open()
		dst = appendAxis(append(dst, `"polygon","all_points_x":[`...), ring, 0)
		dst = appendAxis(append(dst, `],"all_points_y":[`...), ring, 1)
		dst = append(append(append(dst, `]},"region_attributes":{`...), attributes...), "}}"...)
	}
	return dst, fate
}

func appendAxis(dst []byte, ring rle.Ring, axis int) []byte {
	for i, p := range ring {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = jsonscan.AppendFloat(dst, p[axis])
	}
	return dst
}

// attributes returns the attributes of a region: the class and the members, as texts.
func (e *exporter) attributes(a *coco.Annotation, class string, fate *formats.Fate) []byte {
	text := jsonscan.AppendString(nil, e.class)
	text = jsonscan.AppendString(append(text, ':'), class)
	if a.IsCrowd {
		text = append(text, `,"iscrowd":"1"`...)
	}
	for _, f := range shapes.Members(a, fate) {
		if f.Key == e.class || f.Key == groupAttribute || f.Key == "iscrowd" {
			fate.Changed = "members that have the name of an attribute of the format"
			continue
		}
		value, exact := shapes.MemberText(f)
		if !exact {
			fate.Changed = "texts that read as a number or other JSON"
		}
		text = jsonscan.AppendString(append(text, ','), f.Key)
		text = jsonscan.AppendString(append(text, ':'), value)
	}
	return text
}
