package tune

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
)

// A Bench scores fusions of models' predictions on images with ground truth.
type Bench struct {
	Truth  *coco.Dataset
	Models []string // names
	Goal   Goal

	workers  int
	kept     int   // most of what a Prepared keeps of an image
	class    int64 // whose instances are matched image by image
	hasClass bool
	classes  map[int64]string // names by id
	images   []benchImage
}

// benchImage is an image with its predictions and its ground truth.
type benchImage struct {
	tile  *pseudo.Prepared
	truth *eval.HuBMAPTruth // of the class
	pairs [][]eval.Pair     // of every mask that was drawn, by its number
	masks []rle.Mask        // of the same, for goals that are not computed image by image
	// Memory that is reused.
	shaped []pseudo.Shaped
	scores []float64
	found  [][]eval.Pair
}

// Source is what a Bench is made from.
type Source struct {
	Truth  *coco.Dataset
	Models []string
	// Predictions are those of each image of the ground truth, with categories of the
	// ground truth. Prediction.Model is a place in Models.
	Predictions [][]pseudo.Prediction
	Goal        Goal
	Class       string // of the goal hubmap and of thresholds; empty: blood_vessel, else the only one
	Workers     int    // 0: as many as can run in parallel
}

// NewBench reads the masks of predictions and ground truth. An error about a prediction is a
// [*pseudo.PredictionError], one about the ground truth an [*eval.Error].
func NewBench(ctx context.Context, s *Source) (*Bench, error) {
	b := &Bench{Truth: s.Truth, Models: s.Models, Goal: s.Goal, workers: cmp.Or(s.Workers, runtime.GOMAXPROCS(0)), images: make([]benchImage, len(s.Truth.Images))}
	b.kept = max(mostKept/max(len(b.images), 1), fewestOfImage)
	// Faults of the ground truth are found once, as eval reports them.
	var err error
	if s.Goal.tiles() {
		_, err = eval.HuBMAP(s.Truth, nil, &eval.HuBMAPOptions{Class: s.Class})
	} else {
		_, err = s.Goal.evaluate(ctx, s.Truth, nil)
	}
	if err != nil {
		return nil, err
	}
	b.classes = map[int64]string{}
	for i := range s.Truth.Categories {
		b.classes[s.Truth.Categories[i].ID] = s.Truth.Categories[i].Name
	}
	b.class, b.hasClass = categoryOf(s.Truth.Categories, s.Class)
	ix := s.Truth.Index()
	errs := make([]error, len(b.images))
	err = parallel.Each(ctx, s.Workers, len(b.images), func(i int) error {
		errs[i] = b.read(i, s, ix)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// categoryOf returns the id of the first category of a name; of the only one, if the name is
// empty and none is called blood_vessel.
func categoryOf(list []coco.Category, name string) (id int64, ok bool) {
	called := cmp.Or(name, "blood_vessel")
	for i := range list {
		if list[i].Name == called {
			return list[i].ID, true
		}
	}
	if name == "" && len(list) == 1 {
		return list[0].ID, true
	}
	return 0, false
}

// read reads an image.
func (b *Bench) read(i int, s *Source, ix *coco.Index) error {
	img, of := &s.Truth.Images[i], &b.images[i]
	at := ix.Annotations(img.ID)
	annotations := make([]coco.Annotation, len(at))
	for k, n := range at {
		annotations[k] = s.Truth.Annotations[n]
	}
	var err error
	if of.truth, err = eval.NewHuBMAPTruth(img, annotations, b.class); err != nil {
		var e *eval.Error
		if errors.As(err, &e) {
			e.Index = int(at[e.Index])
		}
		return err
	}
	keep := !s.Goal.tiles()
	of.tile, err = pseudo.Prepare(&pseudo.Tile{Height: img.Height, Width: img.Width, Predictions: s.Predictions[i]}, len(s.Models), func(m rle.Mask) (int, error) {
		if keep {
			of.masks = append(of.masks, m)
		}
		pairs, err := of.truth.Pairs(m)
		of.pairs = append(of.pairs, pairs)
		return len(of.pairs) - 1, err
	})
	return err
}

// An imageOutcome is what the instances on an image come to.
type imageOutcome struct {
	tile eval.HuBMAPTile // of the class
	list []pseudo.Shaped // for goals that are not computed image by image
}

// measure matches instances on image i.
func (b *Bench) measure(i int, list []pseudo.Shaped) imageOutcome {
	img := &b.images[i]
	img.scores, img.found = img.scores[:0], img.found[:0]
	for _, s := range list {
		if s.Category == b.class && b.hasClass {
			img.scores, img.found = append(img.scores, s.Score), append(img.found, img.pairs[s.Shape])
		}
	}
	out := imageOutcome{tile: img.truth.Match(matchIoU, img.scores, img.found)}
	if !b.Goal.tiles() {
		out.list = slices.Clone(list)
	}
	return out
}

// Limits of what is kept of all fusions so far: some hundred bytes each.
const (
	mostKept      = 1 << 21 // of all images
	fewestOfImage = 1 << 10
)

// bound forgets what is kept of an image, if it is too much. No outcome needs it any more.
func (img *benchImage) bound(kept int) {
	if img.tile.Kept() > kept {
		img.tile.Forget()
		img.pairs, img.masks = nil, nil
	}
}

// fuse fuses with each of the options on the given images, and returns the outcomes by
// option and place in images.
func (b *Bench) fuse(ctx context.Context, options []pseudo.Options, images []int) ([][]imageOutcome, error) {
	out := make([][]imageOutcome, len(options))
	for k := range out {
		out[k] = make([]imageOutcome, len(images))
	}
	// A part has every nth image, with a fuser for each setting. One goroutine has an image,
	// which keeps what it finds.
	parts := min(len(images), b.workers)
	err := parallel.Each(ctx, b.workers, parts, func(part int) error {
		for k := range options {
			if err := ctx.Err(); err != nil {
				return err
			}
			o := options[k]
			o.ClassNames = b.classes
			f, err := pseudo.NewFuser(&o)
			if err != nil {
				return err
			}
			for i := part; i < len(images); i += parts {
				img := &b.images[images[i]]
				if k == 0 {
					img.bound(b.kept)
				}
				if img.shaped, err = f.Prepared(img.tile, img.shaped[:0]); err != nil {
					return err
				}
				out[k][i] = b.measure(images[i], img.shaped)
			}
		}
		return nil
	})
	return out, err
}

// single returns the outcomes of the predictions of a model on all images, as they are.
func (b *Bench) single(model int) ([]imageOutcome, error) {
	out := make([]imageOutcome, len(b.images))
	for i := range b.images {
		list, err := b.images[i].tile.Single(model)
		if err != nil {
			return nil, err
		}
		out[i] = b.measure(i, list)
	}
	return out, nil
}

// outcome joins the outcomes of images; the others have none.
func (b *Bench) outcome(ctx context.Context, list []imageOutcome, images []int) (*outcome, error) {
	o := &outcome{goal: b.Goal, tiles: make([]eval.HuBMAPTile, len(b.images))}
	for i, at := range images {
		o.tiles[at] = list[i].tile
	}
	if b.Goal.tiles() {
		return o, nil
	}
	var results coco.Results
	for i, at := range images {
		for _, s := range list[i].list {
			m := b.images[at].masks[s.Shape]
			results.Append(coco.Result{ImageID: b.Truth.Images[at].ID, CategoryID: s.Category, Score: s.Score, BBox: m.Bounds(), Segmentation: coco.RLE(m)})
		}
	}
	whole, err := b.Goal.evaluate(ctx, b.Truth, &results)
	if err != nil {
		return nil, err
	}
	o.of = whole.of
	return o, nil
}

// all returns the places of all images.
func (b *Bench) all() []int {
	out := make([]int, len(b.images))
	for i := range out {
		out[i] = i
	}
	return out
}

// outcomeOf returns the outcome of fusing with the options on all images.
func (b *Bench) outcomeOf(ctx context.Context, o pseudo.Options) ([]imageOutcome, *outcome, error) {
	list, err := b.fuse(ctx, []pseudo.Options{o}, b.all())
	if err != nil {
		return nil, nil, err
	}
	out, err := b.outcome(ctx, list[0], b.all())
	return list[0], out, err
}

// Score returns the goal of fusing with the options, on all images: what package eval
// computes of what package pseudo makes with these options.
func (b *Bench) Score(ctx context.Context, o *pseudo.Options) (float64, error) {
	_, out, err := b.outcomeOf(ctx, *o)
	if err != nil {
		return 0, err
	}
	return out.score(ctx, b.all())
}

// batch is the number of settings whose outcomes are in memory together.
const batch = 256

// scores returns the goal of each of the options for each list of images. Lists are
// ascending parts of images.
func (b *Bench) scores(ctx context.Context, options []pseudo.Options, images []int, lists [][]int) ([][]float64, error) {
	out := make([][]float64, len(options))
	for from := 0; from < len(options); from += batch {
		part := options[from:min(from+batch, len(options))]
		list, err := b.fuse(ctx, part, images)
		if err != nil {
			return nil, err
		}
		err = parallel.Each(ctx, b.workers, len(part), func(k int) error {
			o, err := b.outcome(ctx, list[k], images)
			if err != nil {
				return err
			}
			row := make([]float64, len(lists))
			for v, of := range lists {
				if row[v], err = o.score(ctx, of); err != nil {
					return err
				}
			}
			out[from+k] = row
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
