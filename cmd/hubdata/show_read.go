package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/wsi"
)

// showJob is a run of show.
type showJob struct {
	c       *console
	o       *showOptions
	outputs outputs
	labels  *cocoFile // what is outlined, and the images
	images  fileImages
	index   *coco.Index // of labels
	rules   *openRules
	table   *wsi.Table // of a folder or of --tile-meta; nil: none
	dets    *detections
	scores  *tileMatches // of dets; nil: there are none
	classes map[int64]int
	unlined map[coco.ID]bool // images of a folder's tiles without a line of outlines
	tiles   []int            // places of the images to draw, in order
	marks   map[int][]int32  // of images: places in labels.Annotations of what --check found
	codes   map[int][]string // of images: what --check found
	folder  string           // of the images; empty: none is found
	// How many images of the file have a base name.
	namesakes map[string]int
	legend    showLegend
	faults    faults
}

// prepare refuses early what could not be written or shown.
func (job *showJob) prepare() error {
	o := job.o
	if o.out == "" {
		return job.findTerminal()
	}
	if o.out == "-" || job.intoFolder() {
		return nil
	}
	return job.outputs.check(o.out)
}

// intoFolder says whether -o names a folder.
func (job *showJob) intoFolder() bool {
	out := job.o.out
	if out == "" || out == "-" {
		return false
	}
	st, err := os.Stat(out)
	return os.IsPathSeparator(out[len(out)-1]) || err == nil && st.IsDir()
}

// read reads the data.
func (job *showJob) read(ctx context.Context) error {
	o := job.o
	st, err := os.Stat(o.in)
	switch {
	case o.in != "-" && err == nil && st.IsDir():
		err = job.readFolder(ctx)
	default:
		err = job.readFile(ctx)
	}
	if err != nil {
		return err
	}
	for i := range job.labels.Annotations {
		if _, _, err := job.labels.Annotations[i].Score(); err != nil {
			return failf(exitBadData, "%s: annotations[%d].score: %w", job.labels.in.name, i, err)
		}
	}
	job.describe()
	if n := len(job.index.Orphans()); n > 0 {
		job.c.note("%s of no image", count(n, "annotation is", "annotations are"))
	}
	if job.rules, err = o.rules.open(job.c, &job.outputs, job.labels); err != nil {
		return err
	}
	if job.table == nil {
		job.table = job.rules.table
	}
	if o.predictions == "" {
		return ctx.Err()
	}
	return job.readPredictions(ctx)
}

// describe names the labels' images and classes.
func (job *showJob) describe() {
	job.images, job.namesakes = newFileImages(job.labels.Images), namesakesOf(job.labels.Images)
	job.index = job.labels.Index()
	job.classes = map[int64]int{}
	for i := range job.labels.Categories {
		job.classes[job.labels.Categories[i].ID] = i
	}
}

// readFolder converts a folder's outlines in memory, of all classes: those that are
// not asked for are left out later.
func (job *showJob) readFolder(ctx context.Context) error {
	o := job.o
	ct := defaultContent()
	ct.classes = wsi.AllClasses()
	ct.tileIDs, ct.categoryStart = o.tileIDs, o.categoryStart
	ct.datasets, ct.wsis = o.rules.datasets, o.rules.wsis
	if ct.datasets.text == "" && o.predictions == "" && !o.isMap {
		ct.datasets = labelled
	}
	src := source{dir: o.in, tiles: o.rules.tileMeta, workers: o.workers, maxLine: wsi.DefaultMaxLine}
	folder, err := openFolder(job.c, &ct, &src)
	if err != nil {
		return err
	}
	defer folder.close()
	job.table = folder.table
	job.outputs.inputs = append(job.outputs.inputs, folder.meta, folder.polygons)
	opts := ct.options(o.in)
	opts.Workers = o.workers
	d := &coco.Dataset{}
	if d.Categories, err = opts.Categories(); err != nil {
		return err
	}
	seen := map[string]bool{}
	job.unlined = map[coco.ID]bool{}
	for tile, err := range wsi.Convert(ctx, folder.table, folder.polygons, opts) {
		if err != nil {
			return inFile(folder.polygons.name, err)
		}
		seen[tile.Tile.ID] = true
		d.Images = append(d.Images, tile.Image)
		d.Annotations = append(d.Annotations, tile.Annotations...)
	}
	for t := range folder.table.All() {
		if ct.selected(t) && !seen[t.ID] && (t.Dataset == wsi.UnlabelledDataset || o.isMap) {
			img, err := opts.Image(t)
			if err != nil {
				return err
			}
			d.Images = append(d.Images, img)
			job.unlined[img.ID] = true
		}
	}
	if len(d.Images) == 0 {
		return folder.nothingSelected()
	}
	slices.SortStableFunc(d.Images, func(a, b coco.Image) int { return compareNumbers(a.ID.String(), b.ID.String()) })
	job.labels = &cocoFile{Dataset: d, in: folder.polygons}
	return nil
}

// readFile reads a COCO file.
func (job *showJob) readFile(ctx context.Context) error {
	o := job.o
	f, err := openResults(job.c, o.in, nil)
	if err != nil {
		return err
	}
	defer f.Close()
	if f.dataset == nil {
		for _, err := range f.records { // or it is no list either
			if err != nil {
				return inFile(f.name, err)
			}
			break
		}
		return usagef("%s is a list of results, which does not tell of images", f.name).
			hint("name the dataset or folder first: hubdata show all.json %s", o.in)
	}
	if _, err := f.provenance(); err != nil {
		return err
	}
	job.labels = &cocoFile{Dataset: f.dataset, in: f.input}
	job.outputs.inputs = append(job.outputs.inputs, f.input)
	return ctx.Err()
}

// readPredictions reads what a model found, and matches it with the labels.
func (job *showJob) readPredictions(ctx context.Context) error {
	o := job.o
	size := int64(-1)
	if st, err := os.Stat(o.predictions); err == nil {
		if other, err := os.Stat(o.in); err == nil && os.SameFile(st, other) {
			return usagef("%s is the dataset and the predictions", o.in)
		}
		if st.Mode().IsRegular() {
			size = st.Size()
		}
	}
	add, stop := job.c.progress("reading predictions", size)
	defer stop()
	var err error
	if job.dets, err = readDetections(job.c, o.predictions, eval.Segm, add); err != nil {
		return err
	}
	t := &truth{Dataset: job.labels.Dataset, name: job.labels.in.name, images: job.images}
	if o.ids != "" {
		if err := translateDetections(job.c, o.ids, o.categoryStart, t, job.dets); err != nil {
			return err
		}
	}
	by := matching{iou: o.iou, minScore: o.minScore, classes: o.rules.classes, workers: o.workers}
	job.scores, err = by.match(ctx, t, job.dets)
	return err
}

// matching says how predictions are matched with a truth.
type matching struct {
	iou      float64  // from which on a prediction finds an instance
	minScore float64  // of the predictions that are drawn
	classes  []string // nil: all
	workers  int
}

// tileMatches are the predictions of one file, matched with the truth.
type tileMatches struct {
	result   *eval.Result
	at       []int // index into result.Images, by the image's place in the truth
	minScore float64
}

// match matches predictions with the truth.
func (m *matching) match(ctx context.Context, t *truth, d *detections) (*tileMatches, error) {
	// The first limit is eval's, for AP; the second lets all be matched.
	p := &eval.Params{IoU: []float64{m.iou}, MaxDets: []int{limitOfAP, 1 << 30}, Workers: m.workers}
	for _, name := range m.classes {
		for _, cat := range t.Categories {
			if cat.Name == name {
				p.Categories = append(p.Categories, cat.ID)
			}
		}
	}
	r, err := eval.Evaluate(ctx, t.Dataset, d.list, p)
	if err != nil {
		return nil, d.fault(t, err)
	}
	s := &tileMatches{result: r, at: make([]int, len(t.Images)), minScore: m.minScore}
	for i, image := range r.Images() {
		s.at[image] = i
	}
	return s, ctx.Err()
}

// of returns what is drawn on a tile, matched.
func (s *tileMatches) of(image int) *eval.Matches {
	return s.result.Matches(s.at[image], eval.Select{}).From(s.minScore)
}

// limitOfAP is how many predictions of a tile count for its AP, as in COCO's.
const limitOfAP = 100

// tileScore is how well a tile's predictions do.
type tileScore struct {
	AP     float64 `json:"ap"` // at --iou; -1 without a true instance
	F1     float64 `json:"f1"` // at --iou and --min-score; -1 without instance and prediction
	Found  int     `json:"found"`
	Missed int     `json:"missed"`
	False  int     `json:"false"`
}

// score scores a tile.
func (s *tileMatches) score(ctx context.Context, image int) (tileScore, error) {
	part, err := s.result.Subset(ctx, s.at[image:image+1])
	if err != nil {
		return tileScore{}, err
	}
	c := s.of(image).Counts()
	return tileScore{AP: part.AP(eval.Select{MaxDets: limitOfAP}), F1: c.F1(), Found: c.Found, Missed: c.Missed, False: c.False}, nil
}

// left says why an annotation is not drawn; empty: it is.
func (job *showJob) left(at int32) string {
	a := &job.labels.Annotations[at]
	if job.rules.class != nil && !job.rules.class[a.CategoryID] {
		return coco.OfOtherCategories
	}
	if score, ok, _ := a.Score(); ok && job.dets == nil && score < job.o.minScore {
		return "below the least score"
	}
	return ""
}

// findFolder looks for the images: in --image-dir, or near the data and here, in the
// first folder that has one of those that are drawn.
func (job *showJob) findFolder() error {
	o := job.o
	if o.images != "" {
		if st, err := os.Stat(o.images); err != nil || !st.IsDir() {
			return failf(exitFailure, "--image-dir: no folder %s", o.images)
		}
		job.folder = o.images
		return nil
	}
	base := o.in
	if st, err := os.Stat(base); err != nil || !st.IsDir() {
		base = filepath.Dir(base)
	}
	if o.in == "-" {
		base = "."
	}
	var dirs []string
	for range 3 { // convert writes two folders below the data
		dirs = append(dirs, filepath.Join(base, "train"), base)
		base = filepath.Join(base, "..")
	}
	if data := os.Getenv("HUBDATA_DATA"); data != "" {
		dirs = append(dirs, filepath.Join(data, "train"))
	}
	for _, dir := range append(dirs, "train") {
		if st, err := os.Stat(dir); err != nil || !st.IsDir() {
			continue
		}
		for _, i := range job.tiles {
			job.folder = dir
			if job.hasImage(i) {
				return nil
			}
		}
	}
	job.folder = ""
	return nil
}

// namesakesOf counts the images of each base name.
func namesakesOf(images []coco.Image) map[string]int {
	n := make(map[string]int, len(images))
	for i := range images {
		n[coco.TileID(&images[i])]++
	}
	return n
}

// hasImage says whether an image has a file.
func (job *showJob) hasImage(i int) bool { return job.imageFile(i) != "" }

// imageFile finds the file of an image, by its file name or else, if no other image has
// that, by its base name; the path is empty if there is none. Names that lead out of the
// folder are not followed.
func (job *showJob) imageFile(i int) string {
	if job.folder == "" {
		return ""
	}
	if path, err := imagePath(job.folder, job.labels.Images[i].FileName); err == nil {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			return path
		}
	}
	base := coco.TileID(&job.labels.Images[i])
	if job.namesakes[base] > 1 {
		return "" // it may be the file of another
	}
	path, err := findImage(job.folder, base)
	if err != nil {
		return "" // a name that no file has
	}
	return path
}
