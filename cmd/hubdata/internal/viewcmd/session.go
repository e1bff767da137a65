package viewcmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/decisions"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/matching"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/memory"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/origins"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/pictures"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/review"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
	"github.com/hubdata/hubdata/wsi"
)

// session is what the page shows.
type session struct {
	console  *ui.Console
	options  *options
	labels   *paint.File
	scene    *paint.Scene // of the labels
	table    *wsi.Table   // of tiles; nil: none
	keys     *imagekey.Reader
	extra    *imagekey.Table // --table; nil: none
	classAt  map[int64]int32
	classes  map[int64]bool // that are shown, by id
	models   []*model
	sizes    []size
	places   []slide.Place // of the images; without a slide: not known
	pictures *pictures.Store
	folder   *paint.ImageFolder
	review   *decisions.Log // nil: none
	reviewed review.Dataset // what it is about: the labels as they were read
	notes    []string

	overviewText []byte
	columns      []column
	plan         *planInfo // nil: none
	found        findings
	origins      *origins.Origins
	parts        partScores
}

// model is a file of predictions.
type model struct {
	*matching.Model
	name string
	path string // as the command line has it
	// unscored are detections on images that were never outlined, by image; positions are those in the file.
	unscored  map[int][]int32
	list      coco.Results // of these
	positions []int
}

// size is that of an image in pixels; 0: not known.
type size struct{ height, width int }

// open reads all that the page shows.
func open(ctx context.Context, c *ui.Console, o *options) (*session, error) {
	s := &session{console: c, options: o, classAt: map[int64]int32{}}
	if err := s.readLabels(ctx); err != nil {
		return nil, err
	}
	if err := s.readModels(ctx); err != nil {
		return nil, err
	}
	var err error
	if s.folder, err = paint.FindImages(o.imageDir, o.from.In, s.labels.Images, func(f *paint.ImageFolder) bool {
		return slices.ContainsFunc(s.labels.Images, func(img coco.Image) bool { return f.Has(&img) })
	}); err != nil {
		return nil, err
	}
	workers := o.from.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	s.pictures = pictures.New(s.folder, s.labels.Images, s.labels.Input.Name, workers)
	s.measure()
	if err := s.readColumns(); err != nil {
		return nil, err
	}
	if o.decisions != "" {
		if s.review, err = s.openReview(); err != nil {
			return nil, err
		}
	}
	s.origins = origins.New(s.looked())
	s.overviewText, err = s.overview()
	return s, cmp.Or(err, ctx.Err())
}

// looked are the files that the page shows.
func (s *session) looked() []origins.Looked {
	list := []origins.Looked{{Path: s.labelsPath(), Shows: "labels", Read: s.labels.Input.Stat()}}
	for _, m := range s.models {
		list = append(list, origins.Looked{Path: m.path, Shows: "predictions: " + m.name, Read: m.Detections.Info})
	}
	return list
}

// labelsPath is the file of the labels: of a folder, that of its outlines.
func (s *session) labelsPath() string {
	if s.options.from.In == "-" {
		return "-"
	}
	return s.labels.Input.Name
}

func (s *session) close() {
	if s.review != nil {
		s.review.Close()
	}
}

// readLabels reads the dataset.
func (s *session) readLabels(ctx context.Context) error {
	var outs files.Outputs
	var err error
	if s.labels, err = s.options.from.Read(ctx, s.console, &outs); err != nil {
		return err
	}
	if len(s.labels.Images) == 0 {
		return ui.Failf(ui.ExitBadData, "%s has no images: there is nothing to show", s.labels.Input.Name)
	}
	if s.options.decisions != "" {
		if s.reviewed, err = review.DatasetOf(s.labels.Dataset); err != nil {
			return fmt.Errorf("%s: %w: %w", s.labels.Input.Name, ui.ErrInput, err)
		}
	}
	if err := memory.CompactLabels(ctx, s.labels.Dataset, s.options.from.Workers); err != nil {
		return err
	}
	if s.table = s.labels.Table; s.table == nil && s.options.from.TileMeta != "" {
		if s.table, err = openTable(s.console, s.options.from.TileMeta); err != nil {
			return err
		}
	}
	var known []string
	for i := range s.labels.Categories {
		cat := &s.labels.Categories[i]
		s.classAt[cat.ID] = int32(i)
		known = append(known, cat.Name)
	}
	chosen, err := flags.ChooseClasses(s.options.classes, known, s.labels.Input.Name)
	if err != nil {
		return err
	}
	s.classes = map[int64]bool{}
	for i := range s.labels.Categories {
		if cat := &s.labels.Categories[i]; chosen == nil || slices.Contains(chosen, cat.Name) {
			s.classes[cat.ID] = true
		}
	}
	filter := paint.Filter{MinScore: math.Inf(-1)}
	if chosen != nil {
		filter.Classes = s.classes
	}
	s.scene = paint.NewScene(s.labels.Labels(), filter)
	return nil
}

// openTable reads the table of --tile-meta.
func openTable(c *ui.Console, path string) (*wsi.Table, error) {
	in, err := files.OpenInput(c, path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	table, err := wsi.ReadTable(in)
	return table, ui.InFile(in.Name, err)
}

// readModels reads the predictions, and matches them.
func (s *session) readModels(ctx context.Context) error {
	truth := s.truth()
	for _, path := range s.options.results {
		m, err := s.readModel(ctx, path, truth)
		if err != nil {
			return err
		}
		s.models = append(s.models, m)
	}
	names := map[string]bool{}
	for i, m := range s.models {
		if m.name = files.Stem(s.options.results[i]); names[m.name] {
			m.name = s.options.results[i]
		}
		names[m.name] = true
	}
	return nil
}

// truth is the ground truth: the labels of images that were outlined.
func (s *session) truth() *preds.Truth {
	t := &preds.Truth{Dataset: s.labels.Dataset, Name: s.scene.File, Names: s.scene.Names}
	if len(s.labels.Unlabelled) > 0 {
		t.Only(func(i int) bool { return !s.scene.IsUnlabelled(i) })
	}
	return t
}

// readModel reads a file of predictions.
func (s *session) readModel(ctx context.Context, path string, truth *preds.Truth) (*model, error) {
	if st, err := os.Stat(path); err == nil {
		if other, err := os.Stat(s.options.from.In); err == nil && os.SameFile(st, other) {
			return nil, ui.Usagef("%s is both the dataset and the predictions", path)
		}
	}
	add, stop := s.console.Progress("reading predictions", -1)
	defer stop()
	d, err := preds.ReadDetections(s.console, path, s.options.from.In, eval.Segm, add)
	if err != nil {
		return nil, preds.Swapped(s.console, err, s.options.from.In, path, fmt.Sprintf("hubdata view %s %s", path, s.options.from.In))
	}
	all := &preds.Truth{Dataset: s.labels.Dataset, Name: s.scene.File, Names: s.scene.Names}
	if err := preds.Align(s.console, s.options.ids, s.options.from.CategoryStart, all, d); err != nil {
		return nil, err
	}
	if err := memory.CompactDetections(ctx, s.labels.Dataset, &d.List, s.options.from.Workers); err != nil {
		return nil, err
	}
	m := &model{path: path, unscored: map[int][]int32{}}
	if err := s.setApart(m, d); err != nil {
		return nil, err
	}
	o := matching.Options{Type: paint.KindOf(truth.Dataset, &d.List), MaxDets: s.options.maxDets, IoU: s.options.iou, Workers: s.options.from.Workers}
	if s.scene.Classes != nil {
		for id := range s.classes {
			o.Categories = append(o.Categories, id)
		}
		slices.Sort(o.Categories)
	}
	m.Model, err = matching.Match(ctx, s.labels.Dataset, truth, d, o)
	return m, err
}

// setApart takes detections on images that were never outlined out of those that are scored.
func (s *session) setApart(m *model, d *preds.Detections) error {
	if len(s.labels.Unlabelled) == 0 {
		return nil
	}
	index := s.labels.Index()
	i := -1
	return d.Keep(func(r *coco.Result) (bool, error) {
		i++
		if !s.labels.Unlabelled[r.ImageID] {
			return true, nil
		}
		if image, ok := index.ImageAt(r.ImageID); ok {
			m.unscored[image] = append(m.unscored[image], int32(m.list.Len()))
		}
		m.positions = append(m.positions, i)
		m.list.Append(*r)
		return false, nil
	})
}

// measure finds the sizes of the images.
func (s *session) measure() {
	s.sizes = make([]size, len(s.labels.Images))
	for i := range s.sizes {
		h, w, err := s.pictures.Size(i)
		if err != nil || w > rle.MaxPixels/h {
			h, w = 0, 0 // the page says why
		}
		s.sizes[i] = size{h, w}
	}
}

// column is the values of a field of the images.
type column struct {
	Name   string   `json:"name"`
	Values []string `json:"values"` // without duplicates, in order
	Of     []int    `json:"of"`     // index of the value of each image
}

// Limits of columns: what has more values is no field to filter by.
const (
	mostColumns = 40
	mostValues  = 500
)

// readColumns reads the fields by which images are filtered.
func (s *session) readColumns() error {
	var err error
	if s.extra, err = imagekey.Open(s.console, s.options.table); err != nil {
		return err
	}
	if s.keys, err = s.extra.Reader(s.scene.Names, s.scene.File); err != nil {
		return err
	}
	if s.options.plan != "" {
		if err := s.addFolds(); err != nil {
			return err
		}
	}
	for _, name := range s.fieldNames() {
		if len(s.columns) >= mostColumns {
			break
		}
		key, err := imagekey.Parse("where", name)
		if err != nil {
			continue // no name of a field on a command line
		}
		values, some := make([]string, len(s.labels.Images)), false
		for i := range values {
			text, ok, err := s.keys.Value(key, i, &s.labels.Images[i], s.table)
			if err != nil {
				return err
			}
			if !ok {
				text = coco.NoValue
			}
			values[i], some = text, some || ok
		}
		if some {
			s.addColumn(name, values)
		}
	}
	return nil
}

// fieldNames lists what may be a field: members of the images, columns of a table, folders.
func (s *session) fieldNames() []string {
	names := []string{"dataset", "wsi"}
	seen := map[string]bool{"dataset": true, "wsi": true, "source_wsi": true, "id": true, "file_name": true, "height": true, "width": true}
	add := func(name string) {
		if !seen[name] && name != "" {
			seen[name] = true
			names = append(names, name)
		}
	}
	for i := range s.labels.Images {
		for _, f := range s.labels.Images[i].Extra {
			if len(names) < 4*mostColumns {
				add(f.Key)
			}
		}
	}
	if s.extra != nil {
		for _, name := range s.extra.Columns() {
			add(name)
		}
	}
	return append(names, "path:1", "path:dir")
}

// addColumn adds a field, unless its values divide the images into none or too many parts.
func (s *session) addColumn(name string, values []string) {
	col := column{Name: name, Values: slices.Clone(values), Of: make([]int, len(values))}
	sortNaturally(col.Values)
	col.Values = slices.Compact(col.Values)
	n := len(col.Values)
	if n < 2 && name != "dataset" && name != "wsi" || n > mostValues || n == len(values) && n > 12 {
		return
	}
	at := make(map[string]int, n)
	for k, v := range col.Values {
		at[v] = k
	}
	for i, v := range values {
		col.Of[i] = at[v]
	}
	s.columns = append(s.columns, col)
}

// planInfo is what a fold plan leaves out of training.
type planInfo struct {
	Buffer int              `json:"buffer"` // in pixels of the slide
	Apart  map[string][]int `json:"apart"`  // by fold, the images that are neither validated nor trained on
}

// addFolds adds the folds of a plan as a field.
func (s *session) addFolds() error {
	given, in, err := planfile.Open(s.console, s.options.plan)
	if err != nil {
		return err
	}
	plan, err := planfile.Apply(s.console, given, in.Name, s.scene.Names.All, s.scene.File)
	if err != nil {
		return err
	}
	index := plan.Index()
	values := make([]string, len(s.labels.Images))
	for i := range values {
		values[i] = coco.NoValue
		if e, ok := index.Entry(s.scene.Names.Name(i)); ok {
			switch {
			case e.Fold != folds.NoFold:
				values[i] = fmt.Sprint(e.Fold)
			case e.Always:
				values[i] = "always in training"
			}
		}
	}
	s.addColumn("fold", values)
	s.plan = &planInfo{plan.Buffer, map[string][]int{}}
	for f := range plan.Apart {
		fold := plan.First + f
		for i := range values {
			if index.Use(s.scene.Names.Name(i), fold) == folds.Apart {
				s.plan.Apart[fmt.Sprint(fold)] = append(s.plan.Apart[fmt.Sprint(fold)], i)
			}
		}
	}
	return nil
}

// picturesFault words why an image has no picture.
func picturesFault(err error) (reason string, ok bool) {
	var fault *pictures.Fault
	if errors.As(err, &fault) {
		return fault.Error(), true
	}
	return "", false
}
