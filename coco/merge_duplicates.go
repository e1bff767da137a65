package coco

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// instanceKey is equal for annotations that are the same instance.
type instanceKey struct {
	image    int32 // index in the merged dataset
	category int64
	missing  FieldSet // of category
	crowd    bool
	masked   bool     // sum is that of the mask, not of the text
	sum      [32]byte // SHA-256
}

// instanceKey returns the key of an annotation of an image.
func (m *merger) instanceKey(a *Annotation, image int32) instanceKey {
	key := instanceKey{image: image, category: a.CategoryID, missing: a.Missing & FieldCategoryID, crowd: a.IsCrowd}
	img := &m.out.Images[image]
	if mask, err := a.Segmentation.Mask(img.Height, img.Width); err == nil && mask.Area() > 0 {
		key.masked = true
		m.buf, _ = mask.AppendText(m.buf[:0]) // never fails
	} else {
		m.buf = append(a.Segmentation.AppendJSON(m.buf[:0]), byte(a.Missing&(FieldSegmentation|FieldBBox)))
		for _, v := range []float64{a.BBox.X, a.BBox.Y, a.BBox.W, a.BBox.H} {
			m.buf = binary.LittleEndian.AppendUint64(m.buf, math.Float64bits(v))
		}
	}
	key.sum = sha256.Sum256(m.buf)
	return key
}
