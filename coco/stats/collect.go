package stats

import (
	"context"
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/parallel"
)

// CollectOptions are the options of [Collect]. The zero value measures all images and
// adds them to no groups other than those of their classes.
type CollectOptions struct {
	_ struct{}

	// Keys returns the groups of an image. It may be called by several goroutines. nil:
	// none.
	Keys func(*coco.Image) []Key

	// Workers is the number of goroutines that measure. The result does not depend on
	// it. 0: the number of available processors.
	Workers int
}

// ErrOrphan is returned for an annotation whose image is not in the dataset.
var ErrOrphan = errors.New("stats: annotation without an image")

// Collect measures the images of a dataset. If o is nil, it uses the zero options. An
// error names the record by its path in the file, such as annotations[12].segmentation.
// Of several errors Collect returns the first in the order of images.
func Collect(d *coco.Dataset, o *CollectOptions) (*Collector, error) {
	if o == nil {
		o = &CollectOptions{}
	}
	ix := d.Index()
	if list := ix.Orphans(); len(list) > 0 {
		return nil, fmt.Errorf("%w: annotations[%d].image_id: no image has the id %s", ErrOrphan, list[0], d.Annotations[list[0]].ImageID.AppendJSON(nil))
	}
	var parts []*Collector
	err := parallel.EachWith(context.Background(), o.Workers, len(d.Images), func() func(int) error {
		var m Measurer
		var list []coco.Annotation
		part := &Collector{}
		parts = append(parts, part)
		return func(i int) error {
			img := &d.Images[i]
			of := ix.Annotations(img.ID)
			if at, _ := ix.ImageAt(img.ID); at != i {
				of = nil // duplicate id: the annotations belong to the later image
			}
			list = list[:0]
			for _, k := range of {
				list = append(list, d.Annotations[k])
			}
			t, err := m.Measure(img.Height, img.Width, list)
			var at *AnnotationError
			if errors.As(err, &at) {
				return &AnnotationError{int(of[at.Index]), at.Member, at.Err}
			}
			if err != nil {
				return err
			}
			var keys []Key
			if o.Keys != nil {
				keys = o.Keys(img)
			}
			part.Add(t, keys...)
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	all := &Collector{}
	for _, part := range parts {
		all.Merge(part)
	}
	return all, nil
}
