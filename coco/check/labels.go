package check

import (
	"sync"

	"github.com/hubdata/hubdata/coco"
)

// labels are what images are called in findings and changes: their full names, and their
// own where several images have all names. They are made when the first is asked for.
type labels struct {
	images []coco.Image
	names  func() *coco.Names
}

func newLabels(images []coco.Image) *labels {
	return &labels{images, sync.OnceValue(func() *coco.Names { return coco.NewNames(images) })}
}

// of returns the label of image i.
func (l *labels) of(i int) string {
	names := l.names()
	if names.ByID(i) {
		return coco.ImageName(&l.images[i])
	}
	return names.Name(i)
}
