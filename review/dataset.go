package review

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"

	"github.com/hubdata/hubdata/coco"
)

// Dataset says which annotations decisions are about.
type Dataset struct {
	// Annotations is their number.
	Annotations int
	// Digest is the SHA-256, in hexadecimal, of the ids, images, categories, boxes, areas and masks of the annotations, in
	// their order. It does not depend on scores and other members, nor on how the file is written.
	Digest string
}

// DatasetOf identifies the annotations of a dataset. Decisions name an annotation by its id, so that two annotations
// with one id are an error.
func DatasetOf(d *coco.Dataset) (Dataset, error) {
	sum := sha256.New()
	seen := make(map[coco.ID]int, len(d.Annotations))
	var line []byte
	for i := range d.Annotations {
		a := &d.Annotations[i]
		if first, twice := seen[a.ID]; twice {
			return Dataset{}, fmt.Errorf("annotations[%d].id: found %s, but annotations[%d] also has this id: decisions name annotations by it", i, a.ID.AppendJSON(nil), first)
		}
		seen[a.ID] = i
		line = a.ID.AppendJSON(line[:0])
		line = append(a.ImageID.AppendJSON(append(line, ' ')), ' ')
		line = binary.LittleEndian.AppendUint64(line, uint64(a.CategoryID))
		for _, v := range [...]float64{a.BBox.X, a.BBox.Y, a.BBox.W, a.BBox.H, a.Area} {
			line = binary.LittleEndian.AppendUint64(line, math.Float64bits(v))
		}
		line = append(a.Segmentation.AppendJSON(line), '\n')
		sum.Write(line)
	}
	return Dataset{len(d.Annotations), hex.EncodeToString(sum.Sum(nil))}, nil
}
