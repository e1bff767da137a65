// Package imagefolder is the format hf: the folder that the loader imagefolder of Hugging
// Face's datasets reads. Each split is a folder with the images and metadata.jsonl, whose
// objects the processors of DETR, RT-DETR, Mask2Former and the like take after a line of
// code.
package imagefolder

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// Format is the format hf.
var Format = formats.Format{
	Name:  "hf",
	About: "Hugging Face imagefolder: SPLIT/metadata.jsonl beside the images, for DETR and the like",
	Options: []formats.Option{
		{Name: "segmentation", Default: "polygon", Choices: []string{"polygon", "counts", "none"},
			About: "export: form of the masks: outlines; runs as numbers; boxes alone"},
	},
	Export:    export,
	Import:    read,
	Recognise: recognise,
}

// undivided is the split of a set that is not divided.
const undivided = "train"

type exporter struct {
	set   *formats.Set
	label map[int64]int // of a category, from 0
	form  string
}

var forms = map[string]coco.Kind{"polygon": coco.KindPolygons, "counts": coco.KindCounts}

func export(set *formats.Set, options formats.Values) (formats.Exporter, error) {
	e := &exporter{set: set, form: options["segmentation"], label: map[int64]int{}}
	for i := range set.Categories {
		e.label[set.Categories[i].ID] = i
	}
	return e, nil
}

var errNumber = errors.New("found a text as id, expected a number, as the processors of transformers need: number the images with --renumber")

// Image returns the line of an image.
func (e *exporter) Image(img *formats.Image) (*formats.Output, error) {
	if img.ID.IsString() {
		return nil, errNumber
	}
	split := cmp.Or(img.Split, undivided)
	o, err := e.objects(img)
	if err != nil {
		return nil, err
	}
	text := append([]byte(`{"file_name":`), jsonscan.AppendString(nil, img.FileName)...)
	text = img.ID.AppendJSON(append(text, `,"image_id":`...))
	text = strconv.AppendInt(append(text, `,"width":`...), int64(img.Width), 10)
	text = strconv.AppendInt(append(text, `,"height":`...), int64(img.Height), 10)
	text = append(text, `,"objects":{`...)
	for k, l := range o.lists {
		if k > 0 {
			text = append(text, ',')
		}
		text = append(append(text, l.name...), l.text...)
		text = append(text, ']')
	}
	text = append(text, "}}\n"...)
	return &formats.Output{
		Parts:     []formats.Part{{File: path.Join(split, metadata), Text: text}},
		ImageFile: path.Join(split, img.FileName),
		Fates:     o.fates,
	}, nil
}

// objects are the instances of an image as lists, a value for each instance in each.
type objects struct {
	lists []*list
	fates []formats.Fate
}

type list struct {
	name string
	text []byte
	n    int
}

func (l *list) next() {
	if l.n++; l.n > 1 {
		l.text = append(l.text, ',')
	}
}

func (e *exporter) objects(img *formats.Image) (*objects, error) {
	o := &objects{}
	add := func(name string) *list {
		l := &list{name: `"` + name + `":[`}
		o.lists = append(o.lists, l)
		return l
	}
	ids, boxes, categories, areas, crowds := add("id"), add("bbox"), add("category"), add("area"), add("iscrowd")
	var masks *list
	kind, with := forms[e.form]
	if with {
		masks = add("segmentation")
	}
	for i := range img.Instances {
		a := &img.Instances[i]
		if a.ID.IsString() {
			return nil, fmt.Errorf("annotation %s: %w", a.ID, errNumber)
		}
		box, area, err := place(a, img.Height, img.Width)
		if err != nil {
			return nil, fmt.Errorf("annotation %s: %w", a.ID, err)
		}
		for _, l := range o.lists {
			l.next()
		}
		ids.text = a.ID.AppendJSON(ids.text)
		boxes.text = append(boxes.text, '[')
		for k, v := range []float64{box.X, box.Y, box.W, box.H} {
			if k > 0 {
				boxes.text = append(boxes.text, ',')
			}
			boxes.text = appendDouble(boxes.text, v)
		}
		boxes.text = append(boxes.text, ']')
		categories.text = strconv.AppendInt(categories.text, int64(e.label[a.CategoryID]), 10)
		areas.text = appendDouble(areas.text, area)
		crowd := byte('0')
		if a.IsCrowd {
			crowd = '1'
		}
		crowds.text = append(crowds.text, crowd)
		if !with {
			fate := formats.Fate{IoU: math.NaN()}
			if a.Segmentation.Kind() != coco.KindNone {
				fate.Changed = "the mask is left out"
			}
			o.fates = append(o.fates, fate)
			continue
		}
		s, fate, err := formats.Reencode(a.Segmentation, kind, img.Height, img.Width)
		switch {
		case err != nil:
			return nil, fmt.Errorf("annotation %s: %w", a.ID, err)
		case s.Kind() != kind: // no mask, or one without a pixel
			fate = formats.Fate{IoU: math.NaN()}
			masks.text = append(masks.text, nothing[kind]...)
		case kind == coco.KindPolygons:
			if masks.text, err = appendRings(masks.text, s); err != nil {
				return nil, fmt.Errorf("annotation %s: %w", a.ID, err)
			}
		default:
			masks.text = s.AppendJSON(masks.text)
		}
		o.fates = append(o.fates, fate)
	}
	return o, nil
}

var errNoBox = errors.New("found no bbox and no segmentation, expected one: the format needs a box")

// place is the box and the area of an instance, those of its mask if the file does not say them.
func place(a *coco.Annotation, height, width int) (box rle.Box, area float64, err error) {
	noBox, noArea := a.Missing.Has(coco.FieldBBox), a.Missing.Has(coco.FieldArea) || math.IsNaN(a.Area)
	switch {
	case !noBox && !noArea:
		return a.BBox, a.Area, nil
	case a.Segmentation.Kind() != coco.KindNone:
		mask, err := a.Segmentation.Mask(height, width)
		if err != nil {
			return box, 0, err
		}
		box, area = mask.Bounds(), float64(mask.Area())
	case noBox:
		return box, 0, errNoBox
	default:
		area = a.BBox.W * a.BBox.H
	}
	if !noBox {
		box = a.BBox
	}
	if !noArea {
		area = a.Area
	}
	return box, area, nil
}

// nothing is the mask of an instance without one: of the type of the others, as Arrow needs.
var nothing = map[coco.Kind]string{coco.KindPolygons: "[]", coco.KindCounts: "null"}

// appendRings writes outlines.
func appendRings(dst []byte, s coco.Segmentation) ([]byte, error) {
	rings, err := s.Rings()
	if err != nil {
		return dst, err
	}
	dst = append(dst, '[')
	for i, ring := range rings {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '[')
		for k, p := range ring {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = appendDouble(append(appendDouble(dst, p[0]), ','), p[1])
		}
		dst = append(dst, ']')
	}
	return append(dst, ']'), nil
}

// appendDouble writes a number with a point: Arrow takes a column that begins with whole numbers for one of those.
func appendDouble(dst []byte, v float64) []byte {
	start := len(dst)
	dst = jsonscan.AppendFloat(dst, v)
	for _, b := range dst[start:] {
		if b == '.' || b == 'e' || b == 'N' || b == 'I' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// Frame is empty: a line is complete.
func (e *exporter) Frame(string) formats.Frame { return formats.Frame{} }

// Finish returns the names of the labels, as models have them in id2label.
func (e *exporter) Finish() ([]formats.Part, error) {
	text := []byte("{")
	for i := range e.set.Categories {
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, "\n  \""...)
		text = strconv.AppendInt(text, int64(i), 10)
		text = append(text, `": `...)
		text = jsonscan.AppendString(text, e.set.Categories[i].Name)
	}
	parts := []formats.Part{{File: idToLabel, Text: append(text, "\n}\n"...)}}
	splits := e.set.Splits
	if splits == nil {
		splits = []string{undivided}
	}
	for _, split := range splits {
		parts = append(parts, formats.Part{File: path.Join(split, metadata)})
	}
	return parts, nil
}
