package coco

import "github.com/hubdata/hubdata/rle"

// Kind tells the JSON form of a segmentation.
type Kind uint8

// The forms of a segmentation.
const (
	KindNone     Kind = iota // absent, null or an empty list
	KindPolygons             // [[x1, y1, x2, y2, ...], ...]
	KindCounts               // {"size": [h, w], "counts": [n, ...]}
	KindRLE                  // {"size": [h, w], "counts": "..."}
)

// Segmentation is the outline or mask of an instance. It keeps the JSON text,
// checked to be well-formed, and is decoded when asked: reading a file costs
// nothing for masks that nobody looks at, and writing gives back what was read.
// The zero Segmentation is KindNone.
type Segmentation struct {
	raw  []byte
	kind Kind
}

// Polygons returns a segmentation of polygons, every ring kept.
func Polygons(rings []rle.Ring) Segmentation { panic("coco") }

// Counts returns a segmentation of uncompressed runs.
func Counts(m rle.Mask) Segmentation { panic("coco") }

// RLE returns a segmentation of compressed runs.
func RLE(m rle.Mask) Segmentation { panic("coco") }

// Kind returns the form.
func (s Segmentation) Kind() Kind { return s.kind }

// Rings returns the rings of a KindPolygons segmentation.
func (s Segmentation) Rings() ([]rle.Ring, error) { panic("coco") }

// Mask returns the pixels of the instance on an h x w image, as pycocotools'
// annToRLE gives them: polygons are filled by the coco rule, runs are decoded.
// It is an error if runs are of another size.
func (s Segmentation) Mask(h, w int) (rle.Mask, error) { panic("coco") }
