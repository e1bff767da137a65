package statscmd

import (
	"context"
	"errors"
	"iter"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/folds"
)

// joinedImages are images with their annotations.
type joinedImages = iter.Seq2[*stats.AnnotatedImage, error]

// joined measures the tiles of a file, whose records join brings together.
func (in *statsInput) joined(ctx context.Context, join func(*stats.Join) joinedImages) (*stats.Collector, error) {
	names := &coco.Names{}
	var uses *folds.Index // of the images; nil: there is no plan
	var classes map[int64]bool
	var asked error // why the classes that are asked for are none
	j := &stats.Join{
		Begin: func(images []*coco.Image) error {
			in.found = len(images) > 0
			for _, img := range images {
				names.Add(img)
			}
			if classes, asked = in.classIDs(); asked != nil {
				return asked
			}
			uses, asked = in.aids.usesOf(names)
			return asked
		},
		KeepImage:      func(i int, img *coco.Image) (bool, error) { return in.aids.selected(img, names, i) },
		KeepAnnotation: func(a *coco.Annotation) bool { return classes == nil || classes[a.CategoryID] },
	}
	if in.o.score.Set {
		j.KeepScore = func(score float64) bool { return in.o.score.Outside(score, "") == "" }
	}
	return in.measure(ctx, func(yield func(*statsTile, error) bool) {
		for t, err := range join(j) {
			var record *stats.RecordError
			switch {
			case err == nil:
				keys := in.aids.keys(t.Image, names, t.Place, uses)
				if !yield(&statsTile{AnnotatedImage: t, name: names.Name(t.Place), keys: keys}, nil) {
					return
				}
				continue
			case errors.As(err, &record):
				err = in.fault(record)
			case !errors.Is(err, stats.ErrOrder) && asked == nil:
				err = ui.InFile(in.name, err)
			}
			yield(nil, err)
			return
		}
	})
}

// categoriesOf keeps the categories that come along with other records.
func (in *statsInput) categoriesOf(records iter.Seq2[coco.Record, error]) iter.Seq2[coco.Record, error] {
	return func(yield func(coco.Record, error) bool) {
		for r, err := range records {
			if cat, ok := r.(*coco.Category); ok {
				in.categories = append(in.categories, *cat)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// list is what messages call the list of the annotations.
func (in *statsInput) list() string {
	if in.results {
		return ""
	}
	return "annotations"
}

// fault says what is wrong with a record of the input.
func (in *statsInput) fault(err *stats.RecordError) error {
	return ui.Failf(ui.ExitBadData, "%s: %w", in.name, err).Hint("\"hubdata check\" tells all that is wrong with the file")
}
