package coco

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/rle"
)

// A record is appended as one compact JSON object: the known fields in the order of the
// code below, without those in Missing, then Extra. It is an error if a number is not
// finite or if a raw value is not valid JSON; it may have NaN, Infinity and -Infinity, as in
// files that Python wrote.

// AppendImage appends img as JSON: id, file_name, height, width, extra fields.
func AppendImage(dst []byte, img *Image) ([]byte, error) {
	dst = append(dst, `{"id":`...)
	dst = img.ID.AppendJSON(dst)
	if !img.Missing.Has(FieldFileName) {
		dst = jsonscan.AppendString(append(dst, `,"file_name":`...), img.FileName)
	}
	if !img.Missing.Has(FieldHeight) {
		dst = strconv.AppendInt(append(dst, `,"height":`...), int64(img.Height), 10)
	}
	if !img.Missing.Has(FieldWidth) {
		dst = strconv.AppendInt(append(dst, `,"width":`...), int64(img.Width), 10)
	}
	return appendExtra(dst, img.Extra)
}

// AppendAnnotation appends a as JSON: id, image_id, category_id, segmentation, area,
// bbox, iscrowd, extra fields. A segmentation of [KindNone] that was not read from a
// file is written as an empty list.
func AppendAnnotation(dst []byte, a *Annotation) ([]byte, error) {
	return appendAnnotationBody(a.ID.AppendJSON(append(dst, `{"id":`...)), a)
}

// appendAnnotationBody appends the part of an annotation after its id.
func appendAnnotationBody(dst []byte, a *Annotation) ([]byte, error) {
	if !a.Missing.Has(FieldImageID) {
		dst = a.ImageID.AppendJSON(append(dst, `,"image_id":`...))
	}
	if !a.Missing.Has(FieldCategoryID) {
		dst = strconv.AppendInt(append(dst, `,"category_id":`...), a.CategoryID, 10)
	}
	if !a.Missing.Has(FieldSegmentation) {
		if a.Segmentation.bad {
			return dst, fmt.Errorf("coco: annotation %s: segmentation: %w", a.ID.AppendJSON(nil), errNotFinite)
		}
		dst = a.Segmentation.AppendJSON(append(dst, `,"segmentation":`...))
	}
	if !a.Missing.Has(FieldArea) {
		if !finite(a.Area) {
			return dst, fmt.Errorf("coco: annotation %s: area is %v: JSON allows only finite numbers", a.ID.AppendJSON(nil), a.Area)
		}
		dst = jsonscan.AppendFloat(append(dst, `,"area":`...), a.Area)
	}
	if !a.Missing.Has(FieldBBox) {
		if !finiteBox(a.BBox) {
			return dst, fmt.Errorf("coco: annotation %s: bbox is %v: JSON allows only finite numbers", a.ID.AppendJSON(nil), a.BBox)
		}
		dst = appendBox(append(dst, `,"bbox":`...), a.BBox)
	}
	if !a.Missing.Has(FieldIsCrowd) {
		if a.IsCrowd {
			dst = append(dst, `,"iscrowd":1`...)
		} else {
			dst = append(dst, `,"iscrowd":0`...)
		}
	}
	return appendExtra(dst, a.Extra)
}

// AppendCategory appends c as JSON: id, name, supercategory unless empty, extra fields.
func AppendCategory(dst []byte, c *Category) ([]byte, error) {
	dst = strconv.AppendInt(append(dst, `{"id":`...), c.ID, 10)
	if !c.Missing.Has(FieldName) {
		dst = jsonscan.AppendString(append(dst, `,"name":`...), c.Name)
	}
	if c.Supercategory != "" {
		dst = jsonscan.AppendString(append(dst, `,"supercategory":`...), c.Supercategory)
	}
	return appendExtra(dst, c.Extra)
}

// AppendResult appends r as JSON: image_id, category_id, bbox, score, segmentation,
// extra fields. A segmentation of [KindNone] that was not read from a file is omitted,
// since tools take its presence as a sign of a mask.
func AppendResult(dst []byte, r *Result) ([]byte, error) {
	dst = append(dst, `{"image_id":`...)
	dst = r.ImageID.AppendJSON(dst)
	if !r.Missing.Has(FieldCategoryID) {
		dst = strconv.AppendInt(append(dst, `,"category_id":`...), r.CategoryID, 10)
	}
	if !r.Missing.Has(FieldBBox) {
		if !finiteBox(r.BBox) {
			return dst, fmt.Errorf("coco: result of image %s: bbox is %v: JSON allows only finite numbers", r.ImageID.AppendJSON(nil), r.BBox)
		}
		dst = appendBox(append(dst, `,"bbox":`...), r.BBox)
	}
	if !r.Missing.Has(FieldScore) {
		if !finite(r.Score) {
			return dst, fmt.Errorf("coco: result of image %s: score is %v: JSON allows only finite numbers", r.ImageID.AppendJSON(nil), r.Score)
		}
		dst = jsonscan.AppendFloat(append(dst, `,"score":`...), r.Score)
	}
	if !r.Missing.Has(FieldSegmentation) && r.Segmentation.raw != nil {
		if r.Segmentation.bad {
			return dst, fmt.Errorf("coco: result of image %s: segmentation: %w", r.ImageID.AppendJSON(nil), errNotFinite)
		}
		dst = r.Segmentation.AppendJSON(append(dst, `,"segmentation":`...))
	}
	return appendExtra(dst, r.Extra)
}

// appendExtra appends members and the closing brace.
func appendExtra(dst []byte, extra Fields) ([]byte, error) {
	for _, f := range extra {
		dst = jsonscan.AppendString(append(dst, ','), f.Key)
		var err error
		if dst, err = appendRaw(append(dst, ':'), f.Value); err != nil {
			return dst, fmt.Errorf("coco: field %q: %w", f.Key, err)
		}
	}
	return append(dst, '}'), nil
}

// appendRaw checks a JSON value and appends it in compact form.
func appendRaw(dst []byte, value json.RawMessage) ([]byte, error) {
	c := jsonscan.New(value)
	if err := c.Skip(); err != nil {
		return dst, err
	}
	if err := c.End(); err != nil {
		return dst, err
	}
	return jsonscan.AppendCompact(dst, value), nil
}

var errNotFinite = errors.New("a coordinate is not finite: JSON allows only finite numbers")

func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func finiteBox(b rle.Box) bool { return finite(b.X) && finite(b.Y) && finite(b.W) && finite(b.H) }

func appendBox(dst []byte, b rle.Box) []byte {
	dst = jsonscan.AppendFloat(append(dst, '['), b.X)
	dst = jsonscan.AppendFloat(append(dst, ','), b.Y)
	dst = jsonscan.AppendFloat(append(dst, ','), b.W)
	dst = jsonscan.AppendFloat(append(dst, ','), b.H)
	return append(dst, ']')
}
