package statscmd

import (
	"context"
	"errors"
	"iter"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
)

// file measures a COCO file, or results.
func (in *reader) file(ctx context.Context, path string) (*stats.Collector, error) {
	all, err := in.open(ctx, path, path != "-" && in.o.classes == nil && in.rows == nil)
	if errors.Is(err, stats.ErrOrder) { // the file is not in the order in which it can stream
		in.set = &set{name: path}
		return in.open(ctx, path, false)
	}
	return all, err
}

// open opens a file and measures it, in a stream or held in memory.
func (in *reader) open(ctx context.Context, path string, stream bool) (*stats.Collector, error) {
	f, err := files.OpenInput(in.c, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in.name = f.Name
	f.WithoutChecksum()
	add, stop := in.c.Progress("reading", f.Size)
	defer stop()
	f.OnRead(add)
	text := files.PeekResults(f, f, 4096)
	first := preds.FirstByte(text.Reader)
	switch {
	case first == '[':
		if in.aids.images == nil {
			return nil, ui.Failf(ui.ExitBadData, "%s is a list of results, which does not list the tiles", in.name).
				Hint("--images FILE names the COCO file that the model was run on")
		}
		in.results = true
		found, err := coco.DecodeResults(text)
		if err != nil {
			return nil, ui.InFile(in.name, err)
		}
		list := found.List()
		in.categories = in.aids.images.Categories
		ofResults := membersOf(list, func(r *coco.Result) coco.Fields { return r.Extra })
		if err := in.beginRows(in.aids.images.Images, ofResults); err != nil {
			return nil, err
		}
		return in.joined(ctx, func(j *stats.Join) joinedImages { return j.Results(in.aids.images.Images, list) })
	case stream:
		return in.joined(ctx, func(j *stats.Join) joinedImages { return j.Stream(in.categoriesOf(coco.NewReader(text).Records())) })
	}
	d, err := coco.Decode(text)
	if err != nil {
		return nil, ui.InFile(in.name, err)
	}
	in.categories = d.Categories
	if err := in.beginRows(d.Images, membersOf(d.Annotations, func(a *coco.Annotation) coco.Fields { return a.Extra })); err != nil {
		return nil, err
	}
	return in.joined(ctx, func(j *stats.Join) joinedImages { return j.Dataset(d) })
}

// beginRows begins the rows of instances, if there are to be any.
func (in *reader) beginRows(images []coco.Image, instances iter.Seq[coco.Fields]) error {
	if in.rows == nil {
		return nil
	}
	return in.rows.begin(in.categories, in.results, membersOf(images, func(img *coco.Image) coco.Fields { return img.Extra }), instances)
}

// membersOf yields the members of records that are not COCO's.
func membersOf[T any](records []T, members func(*T) coco.Fields) iter.Seq[coco.Fields] {
	return func(yield func(coco.Fields) bool) {
		for i := range records {
			if !yield(members(&records[i])) {
				return
			}
		}
	}
}

// classIDs are the ids of the classes that are requested; nil: all.
func (in *reader) classIDs() (map[int64]bool, error) {
	if in.o.classes == nil {
		return nil, nil
	}
	var known []string
	for _, cat := range in.categories {
		known = append(known, cat.Name)
	}
	names, err := flags.ChooseClasses(in.o.classes, known, in.name)
	if err != nil {
		return nil, err
	}
	chosen := map[string]bool{}
	for _, name := range names {
		chosen[name] = true
	}
	ids := map[int64]bool{}
	for _, cat := range in.categories {
		if chosen[cat.Name] {
			ids[cat.ID] = true
		}
	}
	return ids, nil
}

// joinedImages are images with their annotations.
type joinedImages = iter.Seq2[*stats.AnnotatedImage, error]

// joined measures the tiles of a file, whose records join brings together.
func (in *reader) joined(ctx context.Context, join func(*stats.Join) joinedImages) (*stats.Collector, error) {
	names := &coco.Names{}
	var classes map[int64]bool
	var asked error // why the classes that are requested are none
	j := &stats.Join{
		Begin: func(images []*coco.Image) error {
			in.hasTiles = len(images) > 0
			for _, img := range images {
				names.Add(img)
			}
			if classes, asked = in.classIDs(); asked != nil {
				return asked
			}
			in.grouping, asked = in.aids.grouping(names, in.name)
			return asked
		},
		KeepImage:      func(i int, img *coco.Image) (bool, error) { return in.aids.selected(img, names, i) },
		KeepAnnotation: func(a *coco.Annotation) bool { return classes == nil || classes[a.CategoryID] },
	}
	if in.o.score.Set {
		j.KeepScore = func(score float64) bool { return in.o.score.Outside(score, "") == "" }
	}
	return in.measure(ctx, func(yield func(*tile, error) bool) {
		for t, err := range join(j) {
			var record *stats.RecordError
			switch {
			case err == nil:
				var keys []stats.Key
				if keys, asked = in.grouping.groups(t.Image, t.Place); asked != nil {
					yield(nil, asked)
					return
				}
				if !yield(&tile{AnnotatedImage: t, name: names.Name(t.Place), keys: keys}, nil) {
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
func (in *reader) categoriesOf(records iter.Seq2[coco.Record, error]) iter.Seq2[coco.Record, error] {
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
