package stats

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/hubdata/hubdata/coco"
)

// Join brings together the images of a file and their annotations, in the form that a
// [Measurer] expects. The zero Join keeps all of them.
type Join struct {
	_ struct{}

	// Begin is called once with all images, before the first one is yielded. It may be
	// nil.
	Begin func(images []*coco.Image) error
	// KeepImage reports whether to keep the image at a place of the list. nil: keep
	// all.
	KeepImage func(place int, img *coco.Image) (bool, error)
	// KeepAnnotation reports whether to keep an annotation of a kept image. nil: keep
	// all.
	KeepAnnotation func(a *coco.Annotation) bool
	// KeepScore reports whether an annotation with that score is wanted; one without a
	// score always is. nil: scores are not looked at.
	KeepScore func(score float64) bool
}

// AnnotatedImage is an image and its annotations that are kept.
type AnnotatedImage struct {
	Image       *coco.Image
	Place       int // index in the list of images
	Annotations []coco.Annotation
	Places      []int // index of each of Annotations in the file's list
}

// ErrOrder ends the sequence of [Join.Stream] if the order of the file does not allow
// it to be read as a stream.
var ErrOrder = errors.New("stats: the annotations of an image are not consecutive, or not after all images")

var errNoScore = errors.New("found none, expected a score: this may be a file of labels, not predictions")

// RecordError names a faulty record of a file: its list (annotations, images; empty:
// the file is a list of results), its index in it, and its member.
type RecordError struct {
	List   string
	Place  int
	Member string
	Err    error
}

// Error returns the path and the reason, as in annotations[12].image_id: found 5.
func (e *RecordError) Error() string {
	return fmt.Sprintf("%s[%d].%s: %v", e.List, e.Place, e.Member, e.Err)
}

// Unwrap returns Err.
func (e *RecordError) Unwrap() error { return e.Err }

// Stream joins the records that [coco.Reader.Records] yields, with the annotations of
// one image in memory. All images must come before the annotations, and the annotations
// of an image must be next to each other. Any other order ends the sequence with
// ErrOrder; then read the file again, whole, and pass it to [Join.Dataset]. Images come
// in the order of their annotations, then those without any.
//
// An error is the last element of the sequence. Errors of records and of j's functions
// are yielded unchanged; others are a [*RecordError].
func (j *Join) Stream(records iter.Seq2[coco.Record, error]) iter.Seq2[*AnnotatedImage, error] {
	return func(yield func(*AnnotatedImage, error) bool) {
		var images []*coco.Image
		var run *joinState
		var open *AnnotatedImage // the image to which annotations are added; nil: it is not kept
		var done []bool
		at, place := -1, 0 // index of the open image and of the next annotation
		begin := func() (err error) {
			if run == nil {
				done = make([]bool, len(images))
				run, err = j.begin(images, "annotations")
			}
			return err
		}
		// next yields the open image and opens another.
		next := func(i int) (more bool, err error) {
			if open != nil && !yield(open, nil) {
				return false, nil
			}
			at, done[i] = i, true
			open, err = run.image(i)
			return err == nil, err
		}
		take := func(a *coco.Annotation) (more bool, err error) {
			if len(images) == 0 {
				return false, ErrOrder
			}
			if err := begin(); err != nil {
				return false, err
			}
			i, err := run.find(place, a.ImageID)
			if err != nil {
				return false, err
			}
			if i != at {
				if done[i] {
					return false, ErrOrder
				}
				if more, err := next(i); !more {
					return false, err
				}
			}
			place++
			if open == nil {
				return true, nil
			}
			err = run.add(open, a, place-1)
			return err == nil, err
		}
		for rec, err := range records {
			more := err == nil
			switch r := rec.(type) {
			case *coco.Image:
				if images = append(images, r); run != nil {
					more, err = false, ErrOrder
				}
			case *coco.Annotation:
				more, err = take(r)
			}
			if err != nil {
				yield(nil, err)
			}
			if !more {
				return
			}
		}
		if err := begin(); err != nil {
			yield(nil, err)
			return
		}
		for i := range images { // images without annotations
			if done[i] {
				continue
			}
			more, err := next(i)
			if err != nil {
				yield(nil, err)
			}
			if !more {
				return
			}
		}
		if open != nil {
			yield(open, nil)
		}
	}
}

// Dataset joins the records of a dataset in memory, whatever their order. Images come
// in the order of the dataset. Errors are like those of [Join.Stream].
func (j *Join) Dataset(d *coco.Dataset) iter.Seq2[*AnnotatedImage, error] {
	return j.inMemory(d.Images, "annotations", len(d.Annotations), func(i int) *coco.Annotation {
		return &d.Annotations[i]
	})
}

// Results joins a model's results with the images that the model was run on, as
// [Join.Dataset] does. Each annotation has its score as a field of that name, then the other
// members of the result.
func (j *Join) Results(images []coco.Image, list []coco.Result) iter.Seq2[*AnnotatedImage, error] {
	for i := range list {
		if list[i].Missing.Has(coco.FieldScore) {
			return func(yield func(*AnnotatedImage, error) bool) {
				yield(nil, &RecordError{"", i, "score", errNoScore})
			}
		}
	}
	var a coco.Annotation
	return j.inMemory(images, "", len(list), func(i int) *coco.Annotation {
		r := &list[i]
		text, _ := json.Marshal(r.Score) // a number: no error
		a = coco.Annotation{ImageID: r.ImageID, CategoryID: r.CategoryID, Segmentation: r.Segmentation, BBox: r.BBox,
			Missing: r.Missing,
			Extra:   append(coco.Fields{{Key: "score", Value: text}}, r.Extra...)}
		return &a
	})
}

// inMemory joins n records of a list in memory.
func (j *Join) inMemory(all []coco.Image, list string, n int,
	record func(i int) *coco.Annotation) iter.Seq2[*AnnotatedImage, error] {
	return func(yield func(*AnnotatedImage, error) bool) {
		images := make([]*coco.Image, len(all))
		for i := range images {
			images[i] = &all[i]
		}
		run, err := j.begin(images, list)
		joined := make([]*AnnotatedImage, len(images))
		for i := range images {
			if err == nil {
				joined[i], err = run.image(i)
			}
		}
		for place := range n {
			if err != nil {
				break
			}
			a := record(place)
			var i int
			if i, err = run.find(place, a.ImageID); err == nil && joined[i] != nil {
				err = run.add(joined[i], a, place)
			}
		}
		if err != nil {
			yield(nil, err)
			return
		}
		for i, t := range joined {
			if t != nil && !yield(t, nil) {
				return
			}
			joined[i] = nil // release the memory
		}
	}
}

// joinState is the state of a join whose images are known.
type joinState struct {
	*Join
	images []*coco.Image
	list   string // name of the list of annotations
	byID   map[coco.ID]int
}

// begin starts a join with these images.
func (j *Join) begin(images []*coco.Image, list string) (*joinState, error) {
	run := &joinState{Join: j, images: images, list: list, byID: make(map[coco.ID]int, len(images))}
	for i, img := range images {
		if first, ok := run.byID[img.ID]; ok {
			return nil, &RecordError{"images", i, "id",
				fmt.Errorf("found %s, but images[%d] also has this id", img.ID.AppendJSON(nil), first)}
		}
		run.byID[img.ID] = i
	}
	if j.Begin != nil {
		return run, j.Begin(images)
	}
	return run, nil
}

// image returns an image without annotations, or nil if it is not kept.
func (r *joinState) image(i int) (*AnnotatedImage, error) {
	if r.KeepImage != nil {
		if ok, err := r.KeepImage(i, r.images[i]); err != nil || !ok {
			return nil, err
		}
	}
	return &AnnotatedImage{Image: r.images[i], Place: i}, nil
}

// find returns the index of the image of the annotation at a place.
func (r *joinState) find(place int, id coco.ID) (int, error) {
	i, ok := r.byID[id]
	if !ok {
		return 0, &RecordError{r.list, place, "image_id",
			fmt.Errorf("found %s, but no image has this id", id.AppendJSON(nil))}
	}
	return i, nil
}

// add adds the annotation at a place to its image, unless it is filtered out.
func (r *joinState) add(t *AnnotatedImage, a *coco.Annotation, place int) error {
	if r.KeepAnnotation != nil && !r.KeepAnnotation(a) {
		return nil
	}
	if r.KeepScore != nil {
		score, ok, err := a.Score()
		if err != nil {
			return &RecordError{r.list, place, "score", err}
		}
		if ok && !r.KeepScore(score) {
			return nil
		}
	}
	if img := t.Image; img.Missing&(coco.FieldHeight|coco.FieldWidth) != 0 && a.Segmentation.Kind() != coco.KindNone {
		member := "height"
		if !img.Missing.Has(coco.FieldHeight) {
			member = "width"
		}
		return &RecordError{"images", t.Place, member,
			fmt.Errorf("found none, expected the image's size in pixels: %s[%d].segmentation needs it", r.list, place)}
	}
	t.Annotations = append(t.Annotations, *a)
	t.Places = append(t.Places, place)
	return nil
}
