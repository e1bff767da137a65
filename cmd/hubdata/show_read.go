package main

import (
	"cmp"
	"context"
	"encoding/json"
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
	scores  *showScores // of dets; nil: there are none
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

// showMemory is what pictures need beside the data, in bytes.
const showMemory = 512 << 20

// prepare refuses early what could not be written or shown.
func (job *showJob) prepare() error {
	o := job.o
	holdInput(sizeOf(o.in, o.predictions)+showMemory/4, 4)
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
	cv, err := openConversion(job.c, &ct, &src)
	if err != nil {
		return err
	}
	defer cv.close()
	job.table = cv.table
	job.outputs.inputs = append(job.outputs.inputs, cv.meta, cv.polygons)
	opts := ct.options(o.in)
	opts.Workers = o.workers
	d := &coco.Dataset{}
	if d.Categories, err = opts.Categories(); err != nil {
		return err
	}
	seen := map[string]bool{}
	job.unlined = map[coco.ID]bool{}
	for tile, err := range wsi.Convert(ctx, cv.table, cv.polygons, opts) {
		if err != nil {
			return inFile(cv.polygons.name, err)
		}
		seen[tile.Tile.ID] = true
		d.Images = append(d.Images, tile.Image)
		d.Annotations = append(d.Annotations, tile.Annotations...)
	}
	for t := range cv.table.All() {
		if ct.selected(t) && !seen[t.ID] && (t.Dataset == unlabelledTier || o.isMap) {
			img, err := opts.Image(t)
			if err != nil {
				return err
			}
			d.Images = append(d.Images, img)
			job.unlined[img.ID] = true
		}
	}
	if len(d.Images) == 0 {
		return cv.nothingSelected()
	}
	slices.SortStableFunc(d.Images, func(a, b coco.Image) int { return compareNumbers(a.ID.String(), b.ID.String()) })
	job.labels = &cocoFile{Dataset: d, in: cv.polygons}
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
	if st, err := os.Stat(o.in); err == nil {
		if other, err := os.Stat(o.predictions); err == nil && os.SameFile(st, other) {
			return usagef("%s is the dataset and the predictions", o.in)
		}
	}
	add, stop := job.c.progress("reading predictions", sizeOf(o.predictions))
	defer stop()
	var err error
	if job.dets, err = readDetections(job.c, o.predictions, eval.Segm, add); err != nil {
		return err
	}
	t := &truth{Dataset: job.labels.Dataset, name: job.labels.in.name, images: job.images}
	if o.ids != "" {
		ids, _, err := readImageIDs(job.c, o.ids, o.categoryStart)
		if err != nil {
			return err
		}
		if err := job.dets.translate(ids, t); err != nil {
			return err
		}
	}
	job.scores, err = newShowScores(ctx, job, t)
	return err
}

// showScores are predictions matched with the labels.
type showScores struct {
	result  *eval.Result
	byImage [][]int32 // places of the predictions, from the highest score on
	det     []hit     // of each prediction
	found   []bool    // of each annotation: by a prediction that is drawn
	ignored []bool    // of each annotation: no miss if nothing finds it
}

// hit is what a prediction is.
type hit struct {
	truth int32 // place of the annotation that it found; -1: none
	state hitState
	iou   float64 // with truth
}

type hitState uint8

const (
	hitFalse hitState = iota
	hitRight
	hitIgnored
)

// newShowScores matches predictions with the labels.
func newShowScores(ctx context.Context, job *showJob, t *truth) (*showScores, error) {
	o := job.o
	// The first limit is eval's, for AP; the second lets all be matched.
	p := &eval.Params{IoU: []float64{o.iou}, MaxDets: []int{100, 1 << 30}, Workers: o.workers}
	for _, name := range o.rules.classes {
		for _, cat := range job.labels.Categories {
			if cat.Name == name {
				p.Categories = append(p.Categories, cat.ID)
			}
		}
	}
	s := &showScores{
		byImage: make([][]int32, len(job.labels.Images)),
		det:     make([]hit, len(job.dets.list)),
		found:   make([]bool, len(job.labels.Annotations)),
		ignored: make([]bool, len(job.labels.Annotations)),
	}
	var err error
	if s.result, err = eval.Evaluate(ctx, job.labels.Dataset, job.dets.list, p); err != nil {
		return nil, job.dets.fault(t, err)
	}
	var matches []int32
	for c := range s.result.Cells() {
		matches = c.AppendMatches(matches[:0], 0, 0)
		for d, at := range c.Detections {
			h := hit{truth: -1}
			switch g := matches[d]; {
			case c.Ignored(d, 0, 0):
				h.state = hitIgnored
			case g >= 0:
				h.state, h.truth = hitRight, c.Truth[g]
				for _, pair := range c.Pairs {
					if int(pair.Detection) == d && pair.Truth == g {
						h.iou = pair.IoU
					}
				}
				if c.Scores[d] >= o.minScore {
					s.found[h.truth] = true
				}
			}
			s.det[at] = h
			if c.Scores[d] >= o.minScore {
				s.byImage[c.Image] = append(s.byImage[c.Image], at)
			}
		}
		for g, at := range c.Truth {
			s.ignored[at] = c.TruthIgnored(g, 0)
		}
	}
	for _, list := range s.byImage {
		slices.SortStableFunc(list, func(a, b int32) int { return cmp.Compare(job.dets.list[b].Score, job.dets.list[a].Score) })
	}
	return s, ctx.Err()
}

// tileScore is how well a tile's predictions do.
type tileScore struct {
	AP     float64 `json:"ap"` // at --iou; -1 without a true instance
	F1     float64 `json:"f1"` // at --iou and --min-score; -1 without instance and prediction
	Found  int     `json:"found"`
	Missed int     `json:"missed"`
	False  int     `json:"false"`
}

// of scores a tile.
func (s *showScores) of(ctx context.Context, job *showJob, image int) (tileScore, error) {
	var t tileScore
	for _, at := range job.index.Annotations(job.labels.Images[image].ID) {
		switch {
		case job.left(at) != "" || s.ignored[at]:
		case s.found[at]:
			t.Found++
		default:
			t.Missed++
		}
	}
	for _, d := range s.byImage[image] {
		if s.det[d].state == hitFalse {
			t.False++
		}
	}
	t.F1 = -1
	if n := 2*t.Found + t.Missed + t.False; n > 0 {
		t.F1 = 2 * float64(t.Found) / float64(n)
	}
	part, err := s.result.Subset(ctx, []int{slices.Index(s.result.Images(), int32(image))})
	if err != nil {
		return t, err
	}
	t.AP = part.AP(0, -1, 0, 0)
	return t, nil
}

// left says why an annotation is not drawn; empty: it is.
func (job *showJob) left(at int32) string {
	a := &job.labels.Annotations[at]
	if job.rules.class != nil && !job.rules.class[a.CategoryID] {
		return coco.OfOtherCategories
	}
	if v := a.Extra.Get("score"); v != nil && job.dets == nil {
		var score float64
		if json.Unmarshal(v, &score) == nil && score < job.o.minScore {
			return "below the least score"
		}
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
