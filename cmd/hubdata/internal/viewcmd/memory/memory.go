// Package memory keeps the page's server small: it may run for days next to a training.
package memory

import (
	"bytes"
	"context"
	"runtime"
	"runtime/debug"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/parallel"
)

// limit is how much memory the program takes before it frees more often what is no longer used. Where the data
// alone take that much, it is somewhat more.
const limit = 270 << 20

// readingPercent is by how much memory may grow while files are read before what is no longer used is freed.
const readingPercent = 12

// Savingly calls f, which reads files, with little room for what is no longer used.
func Savingly(f func() error) error {
	defer debug.SetGCPercent(debug.SetGCPercent(readingPercent))
	return f()
}

// Limit frees what reading took, and limits what is taken from now on: the page may be open for days. The function
// that it returns ends that.
func Limit() (end func()) {
	debug.FreeOSMemory()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	before := debug.SetMemoryLimit(-1)
	debug.SetMemoryLimit(min(before, max(limit, int64(now.Sys-now.HeapReleased)*5/4)))
	return func() { debug.SetMemoryLimit(before) }
}

// CompactLabels turns the outlines of labels into compressed runs: the page shows masks, and these take a third of the
// memory. A mask that cannot be read stays as it is.
func CompactLabels(ctx context.Context, d *coco.Dataset, workers int) error {
	index := d.Index()
	const block = 1 << 12
	err := parallel.Each(ctx, workers, (len(d.Annotations)+block-1)/block, func(b int) error {
		for i := b * block; i < min((b+1)*block, len(d.Annotations)); i++ {
			a := &d.Annotations[i]
			if at, ok := index.ImageAt(a.ImageID); ok {
				a.Segmentation = compact(a.Segmentation, &d.Images[at])
			}
			for k := range a.Extra {
				a.Extra[k].Value = bytes.Clone(a.Extra[k].Value) // it may keep the text of many outlines in memory
			}
		}
		return nil
	})
	d.Annotations = append(make([]coco.Annotation, 0, len(d.Annotations)), d.Annotations...)
	return err
}

// CompactDetections does the same with detections on the images of a dataset.
func CompactDetections(ctx context.Context, d *coco.Dataset, list *coco.Results, workers int) error {
	images, index := make([]*coco.Image, len(list.ImageIDs())), d.Index()
	for k, id := range list.ImageIDs() {
		if at, ok := index.ImageAt(id); ok {
			images[k] = &d.Images[at]
		}
	}
	return list.ReplaceMasks(func(first int, masks []coco.Segmentation) error {
		const block = 1 << 8
		return parallel.Each(ctx, workers, (len(masks)+block-1)/block, func(b int) error {
			for k := b * block; k < min((b+1)*block, len(masks)); k++ {
				masks[k] = compact(masks[k], images[list.Image(first+k)])
			}
			return nil
		})
	})
}

// compact returns a mask as compressed runs if it takes less memory.
func compact(s coco.Segmentation, img *coco.Image) coco.Segmentation {
	if s.Kind() == coco.KindNone || img == nil || img.Height <= 0 || img.Width <= 0 {
		return s
	}
	if c, err := s.Compressed(img.Height, img.Width); err == nil && c.Len() < s.Len() {
		return c
	}
	return s
}
