package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
)

// errOrder is returned by a stream whose images do not stand before the
// annotations, or whose annotations of one image do not stand together.
var errOrder = errors.New("not in the order of images")

// statsTiles brings images and annotations of a file together.
type statsTiles struct {
	*statsInput
	images  []*coco.Image
	names   *coco.Names
	uses    *folds.Uses // of the images; nil: there is no plan
	byID    map[coco.ID]int
	classes map[int64]bool // that are asked for; nil: all
}

// setImages takes the images.
func (t *statsTiles) setImages(images []*coco.Image) error {
	t.images, t.found = images, len(images) > 0
	t.byID = make(map[coco.ID]int, len(images))
	t.names = &coco.Names{}
	for i, img := range images {
		if first, ok := t.byID[img.ID]; ok {
			return t.fault("images", i, "id", "found %s, which images[%d] has too", img.ID.AppendJSON(nil), first)
		}
		t.byID[img.ID] = i
		t.names.Add(img)
	}
	var err error
	t.uses, err = t.aids.usesOf(t.names)
	return err
}

// fault says what is wrong with a member of a record.
func (t *statsTiles) fault(list string, i int, member, format string, args ...any) error {
	return failf(exitBadData, "%s: %s[%d].%s: %w", t.name, list, i, member, fmt.Errorf(format, args...)).
		hint("\"hubdata check\" tells all that is wrong with the file")
}

// tile is image i without annotations; nil if it is not asked for.
func (t *statsTiles) tile(i int, list string) (*statsTile, error) {
	img := t.images[i]
	if ok, err := t.aids.selected(img, t.names, i); err != nil || !ok {
		return nil, inFile(t.name, err)
	}
	return &statsTile{image: img, name: t.names.Name(i), keys: t.aids.keys(img, t.names, i, t.uses), list: list}, nil
}

// add adds the annotation at a place of its list, if it is asked for.
func (t *statsTiles) add(tile *statsTile, a *coco.Annotation, place int) error {
	if t.classes != nil && !t.classes[a.CategoryID] {
		return nil
	}
	if t.o.score.set {
		score, ok, err := a.Score()
		if err != nil {
			return t.fault(tile.list, place, "score", "%w", err)
		}
		if ok && t.o.score.outside(score, "") != "" {
			return nil
		}
	}
	img := tile.image
	if img.Missing&(coco.FieldHeight|coco.FieldWidth) != 0 && a.Segmentation.Kind() != coco.KindNone {
		member := "height"
		if !img.Missing.Has(coco.FieldHeight) {
			member = "width"
		}
		return t.fault("images", t.byID[img.ID], member, "found none, want the image's size in pixels, which %s[%d].segmentation needs", tile.list, place)
	}
	tile.annotations = append(tile.annotations, *a)
	tile.places = append(tile.places, place)
	return nil
}

// stream brings together what comes in the order of images: with the annotations
// of one image in memory. Another order ends it with errOrder.
func (t *statsTiles) stream(records iter.Seq2[coco.Record, error]) iter.Seq2[*statsTile, error] {
	return func(yield func(*statsTile, error) bool) {
		var images []*coco.Image
		var tile *statsTile // the one that annotations come for; nil: not asked for
		at, place := -1, 0  // its image, the next annotation
		var done []bool
		next := func(i int) bool {
			if tile != nil && !yield(tile, nil) {
				return false
			}
			var err error
			if tile, err = t.tile(i, "annotations"); err != nil {
				yield(nil, err)
				return false
			}
			at, done[i] = i, true
			return true
		}
		begin := func() error {
			if done != nil {
				return nil
			}
			done = make([]bool, len(images))
			return t.setImages(images)
		}
		for rec, err := range records {
			if err != nil {
				yield(nil, inFile(t.name, err))
				return
			}
			switch r := rec.(type) {
			case *coco.Category:
				t.categories = append(t.categories, *r)
			case *coco.Image:
				if done != nil {
					yield(nil, errOrder)
					return
				}
				images = append(images, r)
			case *coco.Annotation:
				if len(images) == 0 {
					yield(nil, errOrder)
					return
				}
				err := begin()
				if err != nil {
					yield(nil, err)
					return
				}
				i, ok := t.byID[r.ImageID]
				if !ok {
					yield(nil, t.noImage("annotations", place, r.ImageID))
					return
				}
				if i != at {
					if done[i] {
						yield(nil, errOrder)
						return
					}
					if !next(i) {
						return
					}
				}
				if tile != nil {
					if err := t.add(tile, r, place); err != nil {
						yield(nil, err)
						return
					}
				}
				place++
			}
		}
		if err := begin(); err != nil {
			yield(nil, err)
			return
		}
		for i := range images { // those without annotations
			if !done[i] && !next(i) {
				return
			}
		}
		if tile != nil {
			yield(tile, nil)
		}
	}
}

func (t *statsTiles) noImage(list string, i int, id coco.ID) error {
	return t.fault(list, i, "image_id", "found %s, which no image has", id.AppendJSON(nil))
}

// whole brings together the records of a dataset in memory.
func (t *statsTiles) whole(d *coco.Dataset) iter.Seq2[*statsTile, error] {
	return func(yield func(*statsTile, error) bool) {
		t.categories = d.Categories
		images := make([]*coco.Image, len(d.Images))
		for i := range images {
			images[i] = &d.Images[i]
		}
		of := func(i int) *coco.Annotation { return &d.Annotations[i] }
		t.grouped(images, "annotations", len(d.Annotations), of, yield)
	}
}

// results brings results together with the images of --images.
func (t *statsTiles) results(list []coco.Result) iter.Seq2[*statsTile, error] {
	return func(yield func(*statsTile, error) bool) {
		for i := range list {
			if list[i].Missing.Has(coco.FieldScore) {
				yield(nil, t.fault("", i, "score", "found none: predictions have scores, this may be a file of labels"))
				return
			}
		}
		d := t.aids.images
		t.categories = d.Categories
		images := make([]*coco.Image, len(d.Images))
		for i := range images {
			images[i] = &d.Images[i]
		}
		var a coco.Annotation
		t.grouped(images, "", len(list), func(i int) *coco.Annotation {
			r := &list[i]
			text, _ := json.Marshal(r.Score) // a number
			a = coco.Annotation{ImageID: r.ImageID, CategoryID: r.CategoryID, Segmentation: r.Segmentation, BBox: r.BBox, Missing: r.Missing,
				Extra: coco.Fields{{Key: "score", Value: text}}}
			return &a
		}, yield)
	}
}

// grouped brings together images and n records of a list, in any order.
func (t *statsTiles) grouped(images []*coco.Image, list string, n int, record func(i int) *coco.Annotation, yield func(*statsTile, error) bool) {
	err := t.setImages(images)
	if err == nil {
		t.classes, err = t.classIDs()
	}
	tiles := make([]*statsTile, len(images))
	for i := range images {
		if err == nil {
			tiles[i], err = t.tile(i, list)
		}
	}
	for i := range n {
		if err != nil {
			break
		}
		a := record(i)
		k, ok := t.byID[a.ImageID]
		switch {
		case !ok:
			err = t.noImage(list, i, a.ImageID)
		case tiles[k] != nil:
			err = t.add(tiles[k], a, i)
		}
	}
	if err != nil {
		yield(nil, err)
		return
	}
	for i, tile := range tiles {
		if tile != nil && !yield(tile, nil) {
			return
		}
		tiles[i] = nil // let go of it
	}
}
