package raster

import (
	"fmt"
	"math"
	"strconv"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

// Instance returns an instance of the pixels of a mask, with its area and box.
func Instance(class string, m rle.Mask) formats.Instance {
	return formats.Instance{Class: class, Annotation: coco.Annotation{
		Segmentation: coco.RLE(m),
		Area:         float64(m.Area()),
		BBox:         m.Bounds(),
	}}
}

// SetScore gives an instance the member score.
func SetScore(in *formats.Instance, score float64) error {
	if math.IsNaN(score) || math.IsInf(score, 0) {
		return fmt.Errorf("found the score %v, expected a finite number", score)
	}
	in.Extra = append(in.Extra, coco.Field{Key: "score", Value: strconv.AppendFloat(nil, score, 'g', -1, 64)})
	return nil
}

// Parts returns the pixels of a mask as one instance, or with a connectivity each
// connected part of them; 0: none.
func Parts(m rle.Mask, conn rle.Connectivity) []rle.Mask {
	if conn == 0 {
		return []rle.Mask{m}
	}
	return m.Components(conn)
}
