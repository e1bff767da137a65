package showcmd

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/checkcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/wsi"
)

// Job is a run of show.
type Job struct {
	Console *ui.Console
	Options *Options
	outputs files.Outputs
	Labels  *files.COCOFile // what is outlined, and the images
	Images  selection.Names
	index   *coco.Index // of labels
	Rules   *selection.OpenRules
	Table   *wsi.Table // of a folder or of --tile-meta; nil: none
	Dets    *preds.Detections
	Scores  *tileMatches // of dets; nil: there are none
	classes map[int64]int
	unlined map[coco.ID]bool // images of a folder's tiles without a line of outlines
	Tiles   []int            // places of the images to draw, in order
	marks   map[int][]int32  // of images: places in labels.Annotations of what --check found
	codes   map[int][]string // of images: what --check found
	Folder  string           // of the images; empty: none is found
	// How many images of the file have a base name.
	Namesakes map[string]int
	legend    showLegend
	Faults    faults
}

// prepare refuses early what could not be written or shown.
func (job *Job) prepare() error {
	o := job.Options
	if o.out == "" {
		return job.findTerminal()
	}
	if o.out == "-" || job.intoFolder() {
		return nil
	}
	return job.outputs.Check(o.out)
}

// intoFolder says whether -o names a folder.
func (job *Job) intoFolder() bool {
	out := job.Options.out
	if out == "" || out == "-" {
		return false
	}
	st, err := os.Stat(out)
	return os.IsPathSeparator(out[len(out)-1]) || err == nil && st.IsDir()
}

// read reads the data.
func (job *Job) read(ctx context.Context) error {
	o := job.Options
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
	for i := range job.Labels.Annotations {
		if _, _, err := job.Labels.Annotations[i].Score(); err != nil {
			return ui.Failf(ui.ExitBadData, "%s: annotations[%d].score: %w", job.Labels.Input.Name, i, err)
		}
	}
	job.Describe()
	if n := len(job.index.Orphans()); n > 0 {
		job.Console.Note("%s of no image", ui.Plural(n, "annotation is", "annotations are"))
	}
	if job.Rules, err = o.Rules.Open(job.Console, &job.outputs, job.Labels); err != nil {
		return err
	}
	if job.Table == nil {
		job.Table = job.Rules.Table
	}
	if o.predictions == "" {
		return ctx.Err()
	}
	return job.readPredictions(ctx)
}

// Describe names the labels' images and classes.
func (job *Job) Describe() {
	job.Images, job.Namesakes = selection.NewNames(job.Labels.Images), NamesakesOf(job.Labels.Images)
	job.index = job.Labels.Index()
	job.classes = map[int64]int{}
	for i := range job.Labels.Categories {
		job.classes[job.Labels.Categories[i].ID] = i
	}
}

// readFolder converts a folder's outlines in memory, of all classes: those that are
// not asked for are left out later.
func (job *Job) readFolder(ctx context.Context) error {
	o := job.Options
	ct := folder.DefaultSetOptions()
	ct.Classes = wsi.AllClasses()
	ct.TileIDs, ct.CategoryStart = o.tileIDs, o.categoryStart
	ct.Datasets, ct.Wsis = o.Rules.Datasets, o.Rules.Wsis
	if ct.Datasets.String() == "" && o.predictions == "" && !o.isMap {
		ct.Datasets = checkcmd.Labelled
	}
	src := folder.Location{Dir: o.in, Tiles: o.Rules.TileMeta, Workers: o.Workers, MaxLine: wsi.DefaultMaxLine}
	folder, err := folder.Open(job.Console, &ct, &src)
	if err != nil {
		return err
	}
	defer folder.Close()
	job.Table = folder.Table
	job.outputs.Inputs = append(job.outputs.Inputs, folder.Meta, folder.Polygons)
	opts := ct.Options(o.in)
	opts.Workers = o.Workers
	d := &coco.Dataset{}
	if d.Categories, err = opts.Categories(); err != nil {
		return err
	}
	seen := map[string]bool{}
	job.unlined = map[coco.ID]bool{}
	for tile, err := range wsi.Convert(ctx, folder.Table, folder.Polygons, opts) {
		if err != nil {
			return ui.InFile(folder.Polygons.Name, err)
		}
		seen[tile.Tile.ID] = true
		d.Images = append(d.Images, tile.Image)
		d.Annotations = append(d.Annotations, tile.Annotations...)
	}
	for t := range folder.Table.All() {
		if ct.Selected(t) && !seen[t.ID] && (t.Dataset == wsi.UnlabelledDataset || o.isMap) {
			img, err := opts.Image(t)
			if err != nil {
				return err
			}
			d.Images = append(d.Images, img)
			job.unlined[img.ID] = true
		}
	}
	if len(d.Images) == 0 {
		return folder.NothingSelected()
	}
	slices.SortStableFunc(d.Images, func(a, b coco.Image) int { return ui.CompareNumbers(a.ID.String(), b.ID.String()) })
	job.Labels = &files.COCOFile{Dataset: d, Input: folder.Polygons}
	return nil
}

// readFile reads a COCO file.
func (job *Job) readFile(ctx context.Context) error {
	o := job.Options
	f, err := preds.OpenResults(job.Console, o.in, nil)
	if err != nil {
		return err
	}
	defer f.Close()
	if f.Dataset == nil {
		for _, err := range f.Records { // or it is no list either
			if err != nil {
				return ui.InFile(f.Name, err)
			}
			break
		}
		return ui.Usagef("%s is a list of results, which does not tell of images", f.Name).
			Hint("name the dataset or folder first: hubdata show all.json %s", o.in)
	}
	if _, err := f.ReadToEnd(); err != nil {
		return err
	}
	job.Labels = &files.COCOFile{Dataset: f.Dataset, Input: f.Input}
	job.outputs.Inputs = append(job.outputs.Inputs, f.Input)
	return ctx.Err()
}

// readPredictions reads what a model found, and matches it with the labels.
func (job *Job) readPredictions(ctx context.Context) error {
	o := job.Options
	size := int64(-1)
	if st, err := os.Stat(o.predictions); err == nil {
		if other, err := os.Stat(o.in); err == nil && os.SameFile(st, other) {
			return ui.Usagef("%s is the dataset and the predictions", o.in)
		}
		if st.Mode().IsRegular() {
			size = st.Size()
		}
	}
	add, stop := job.Console.Progress("reading predictions", size)
	defer stop()
	var err error
	if job.Dets, err = preds.ReadDetections(job.Console, o.predictions, eval.Segm, add); err != nil {
		return err
	}
	t := &preds.Truth{Dataset: job.Labels.Dataset, Name: job.Labels.Input.Name, Names: job.Images}
	if o.ids != "" {
		if err := preds.TranslateDetections(job.Console, o.ids, o.categoryStart, t, job.Dets); err != nil {
			return err
		}
	}
	by := Matching{Iou: o.Iou, MinScore: o.MinScore, classes: o.Rules.Classes, Workers: o.Workers}
	job.Scores, err = by.Match(ctx, t, job.Dets)
	return err
}

// Matching says how predictions are matched with a truth.
type Matching struct {
	Iou      float64  // from which on a prediction finds an instance
	MinScore float64  // of the predictions that are drawn
	classes  []string // nil: all
	Workers  int
}

// tileMatches are the predictions of one file, matched with the truth.
type tileMatches struct {
	result   *eval.Result
	at       []int // index into result.Images, by the image's place in the truth
	minScore float64
}

// Match matches predictions with the truth.
func (m *Matching) Match(ctx context.Context, t *preds.Truth, d *preds.Detections) (*tileMatches, error) {
	// The first limit is eval's, for AP; the second lets all be matched.
	p := &eval.Params{IoU: []float64{m.Iou}, MaxDets: []int{limitOfAP, 1 << 30}, Workers: m.Workers}
	for _, name := range m.classes {
		for _, cat := range t.Categories {
			if cat.Name == name {
				p.Categories = append(p.Categories, cat.ID)
			}
		}
	}
	r, err := eval.Evaluate(ctx, t.Dataset, d.List, p)
	if err != nil {
		return nil, d.Fault(t, err)
	}
	s := &tileMatches{result: r, at: make([]int, len(t.Images)), minScore: m.MinScore}
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

// TileScore is how well a tile's predictions do.
type TileScore struct {
	AP     float64 `json:"ap"` // at --iou; -1 without a true instance
	F1     float64 `json:"f1"` // at --iou and --min-score; -1 without instance and prediction
	Found  int     `json:"found"`
	Missed int     `json:"missed"`
	False  int     `json:"false"`
}

// score scores a tile.
func (s *tileMatches) score(ctx context.Context, image int) (TileScore, error) {
	part, err := s.result.Subset(ctx, s.at[image:image+1])
	if err != nil {
		return TileScore{}, err
	}
	c := s.of(image).Counts()
	return TileScore{AP: part.AP(eval.Select{MaxDets: limitOfAP}), F1: c.F1(), Found: c.Found, Missed: c.Missed, False: c.False}, nil
}

// left says why an annotation is not drawn; empty: it is.
func (job *Job) left(at int32) string {
	a := &job.Labels.Annotations[at]
	if job.Rules.Class != nil && !job.Rules.Class[a.CategoryID] {
		return coco.OfOtherCategories
	}
	if score, ok, _ := a.Score(); ok && job.Dets == nil && score < job.Options.MinScore {
		return "below the least score"
	}
	return ""
}

// findFolder looks for the images: in --image-dir, or near the data and here, in the
// first folder that has one of those that are drawn.
func (job *Job) findFolder() error {
	o := job.Options
	if o.images != "" {
		if st, err := os.Stat(o.images); err != nil || !st.IsDir() {
			return ui.Failf(ui.ExitFailure, "--image-dir: no folder %s", o.images)
		}
		job.Folder = o.images
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
		for _, i := range job.Tiles {
			job.Folder = dir
			if job.hasImage(i) {
				return nil
			}
		}
	}
	job.Folder = ""
	return nil
}

// NamesakesOf counts the images of each base name.
func NamesakesOf(images []coco.Image) map[string]int {
	n := make(map[string]int, len(images))
	for i := range images {
		n[coco.TileID(&images[i])]++
	}
	return n
}

// hasImage says whether an image has a file.
func (job *Job) hasImage(i int) bool { return job.imageFile(i) != "" }

// imageFile finds the file of an image, by its file name or else, if no other image has
// that, by its base name; the path is empty if there is none. Names that lead out of the
// folder are not followed.
func (job *Job) imageFile(i int) string {
	if job.Folder == "" {
		return ""
	}
	if path, err := folder.ImagePath(job.Folder, job.Labels.Images[i].FileName); err == nil {
		if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
			return path
		}
	}
	base := coco.TileID(&job.Labels.Images[i])
	if job.Namesakes[base] > 1 {
		return "" // it may be the file of another
	}
	path, err := folder.FindImage(job.Folder, base)
	if err != nil {
		return "" // a name that no file has
	}
	return path
}
