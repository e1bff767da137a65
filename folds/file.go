package folds

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/slide"
)

// File is a COCO file that is divided as a stream. Every method that needs its records
// reads the file again from the beginning. The file is never held in memory: memory
// grows only with the number of images.
type File struct {
	Members    []coco.Member // members of the top-level object, such as info
	Categories []coco.Category
	Images     []FileImage // in the order of the file
	Orphans    int         // annotations without an image: they are in no set

	open  Opener
	order map[coco.ID]int32 // index of each image
	late  bool              // some annotations come before images
}

// FileImage is an image of a [File].
type FileImage struct {
	ID            coco.ID
	Height, Width int
	Annotations   int   // number of annotations
	Area          int64 // sum of their areas in pixels, each rounded down; of masks that come after their image where there is no area
}

// Opener opens a file at its beginning. The returned reader is closed after reading; an
// error of Close counts as a read error.
type Opener func() (io.ReadCloser, error)

// FileError reports records of a file that cannot be divided.
type FileError struct{ Err error }

// Error returns the reason.
func (e *FileError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *FileError) Unwrap() error { return e.Err }

// ReadFile reads a file for the first time. It calls image with each image and its
// index; image may keep what it needs, such as a field for a label. It may be nil.
//
// ReadFile returns errors of open, ctx and image unchanged. Other errors are a
// [*coco.Error] or, for two images with one id, a [*FileError].
func ReadFile(ctx context.Context, open Opener, image func(i int, img *coco.Image) error) (*File, error) {
	f := &File{open: open, order: map[coco.ID]int32{}}
	type sums struct {
		n    int
		area int64
	}
	early := map[coco.ID]sums{} // of annotations that come before their image
	find := f.finder()
	err := f.records(ctx, func(r coco.Record) error {
		switch r := r.(type) {
		case *coco.Member:
			f.Members = append(f.Members, coco.Member{Key: r.Key, Value: bytes.Clone(r.Value)})
		case *coco.Category:
			f.Categories = append(f.Categories, *r)
		case *coco.Image:
			i := len(f.Images)
			if f.order[r.ID] = int32(i); len(f.order) == i {
				first := slices.IndexFunc(f.Images, func(img FileImage) bool { return img.ID == r.ID })
				return &FileError{fmt.Errorf("images %d and %d have the same id %s: give one of them another id, and its annotations too", first+1, i+1, r.ID)}
			}
			f.Images = append(f.Images, FileImage{ID: r.ID, Height: r.Height, Width: r.Width})
			if image != nil {
				return image(i, r)
			}
		case *coco.Annotation:
			if i, ok := find(r.ImageID); ok {
				f.Images[i].Annotations++
				f.Images[i].Area += pixels(r, f.Images[i].Height, f.Images[i].Width)
			} else {
				s := early[r.ImageID]
				early[r.ImageID] = sums{s.n + 1, s.area + pixels(r, 0, 0)}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for id, s := range early {
		if i, ok := f.order[id]; ok {
			f.late = true
			f.Images[i].Annotations += s.n
			f.Images[i].Area += s.area
		} else {
			f.Orphans += s.n
		}
	}
	return f, nil
}

// pixels returns the area of an annotation, rounded down; that of its mask if it has none,
// and 0 if the mask is not known either.
func pixels(a *coco.Annotation, height, width int) int64 {
	if !a.Missing.Has(coco.FieldArea) {
		return int64(a.Area)
	}
	if height <= 0 || width <= 0 || a.Segmentation.Kind() == coco.KindNone {
		return 0
	}
	m, err := a.Segmentation.Mask(height, width)
	if err != nil {
		return 0
	}
	return int64(m.Area())
}

// Member returns a member of the top-level object, or nil if there is none.
func (f *File) Member(key string) []byte {
	for _, m := range f.Members {
		if m.Key == key {
			return m.Value
		}
	}
	return nil
}

// Instances reads the file and returns the instances of each image as an audit needs
// them, with their contacts with the image's border. If a mask is not valid, it returns
// a [*FileError].
func (f *File) Instances(ctx context.Context) ([][]Instance, error) {
	class := map[int64]string{}
	for _, c := range f.Categories {
		class[c.ID] = c.Name
	}
	out := make([][]Instance, len(f.Images))
	find := f.finder()
	err := f.records(ctx, func(r coco.Record) error {
		a, ok := r.(*coco.Annotation)
		if !ok {
			return nil
		}
		i, ok := find(a.ImageID)
		if !ok {
			return nil
		}
		img := &f.Images[i]
		in := Instance{Class: class[a.CategoryID], Area: int(pixels(a, img.Height, img.Width))}
		if a.Segmentation.Kind() != coco.KindNone && img.Height > 0 && img.Width > 0 {
			m, err := a.Segmentation.Mask(img.Height, img.Width)
			if err != nil {
				return &FileError{fmt.Errorf("annotation %s: %w", a.ID, err)}
			}
			in.Contacts = slide.Contacts(m, 1)
		}
		out[i] = append(out[i], in)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// finder returns a function that finds the image of an id. An annotation often has the
// image of the one before, or the next one.
func (f *File) finder() func(coco.ID) (int32, bool) {
	at := int32(-1)
	return func(id coco.ID) (int32, bool) {
		if at >= 0 && f.Images[at].ID == id {
			return at, true
		}
		if next := at + 1; int(next) < len(f.Images) && f.Images[next].ID == id {
			at = next
			return at, true
		}
		found, ok := f.order[id]
		if ok {
			at = found
		}
		return found, ok
	}
}

// records reads the file from its beginning and calls yield for each record.
func (f *File) records(ctx context.Context, yield func(coco.Record) error) (err error) {
	r, err := f.open()
	if err != nil {
		return err
	}
	defer func() {
		if closed := r.Close(); err == nil {
			err = closed
		}
	}()
	n := 0
	from := coco.NewReader(r)
	from.ReuseAnnotations()
	for rec, err := range from.Records() {
		if n++; n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil {
			err = yield(rec)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
