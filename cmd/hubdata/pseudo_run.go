package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
)

func runPseudo(ctx context.Context, c *console, opts *pseudoOptions) error {
	job, err := newPseudoJob(ctx, c, opts)
	if err != nil {
		return err
	}
	defer job.close()
	labels := job.startLabels(ctx)
	err = job.fuse(ctx, job.readsStdin())
	if errors.Is(err, pseudo.ErrOrder) {
		c.note("the predictions of a tile are not together in a file: reading again, with all of them in memory")
		err = job.fuse(ctx, true)
	}
	if err != nil {
		return err
	}
	known := <-labels
	job.accounting = job.account(&known.areas)
	if err := job.write(ctx); err != nil {
		return err
	}
	return c.summarize(job.summary(known), opts.out, opts.results)
}

// pseudoJob is a run of pseudo.
type pseudoJob struct {
	c          *console
	opts       *pseudoOptions
	outputs    outputs
	meta       *input
	table      *wsi.Table
	tiles      []wsi.Tile // of table, by row
	ids        *imageIDs
	files      []*predictionFile // open
	categories []coco.Category
	class      map[string]int // name to place in opts.classes
	regions    map[int][]rle.Mask
	inputs     []inputInfo // of what was read besides predictions
	filesInfo  []inputInfo
	sets       []*set // one for each threshold
	scratch    scratch
	texts      textStore // of what was kept, until the sets are written
	merged     []summaryFile
	results    *output
	accounting *pseudoAccounting
	*pseudoTally
}

func newPseudoJob(ctx context.Context, c *console, opts *pseudoOptions) (*pseudoJob, error) {
	job := &pseudoJob{c: c, opts: opts, outputs: outputs{c: c, force: opts.force}, class: map[string]int{}}
	if err := job.prepare(ctx); err != nil {
		job.close()
		return nil, err
	}
	return job, nil
}

// prepare reads all but the predictions.
func (job *pseudoJob) prepare(ctx context.Context) error {
	c, opts := job.c, job.opts
	for k, name := range opts.classes {
		job.class[name] = k
	}
	var err error
	if job.categories, err = opts.options(opts.dir).Categories(); err != nil {
		return err
	}
	if job.meta, err = opts.open(c, opts.tiles, "tile_meta.csv"); err != nil {
		return err
	}
	if job.table, err = wsi.ReadTable(job.meta); err != nil {
		return inFile(job.meta.name, err)
	}
	job.tiles = slices.Collect(job.table.All())
	if !slices.ContainsFunc(job.tiles, opts.selected) {
		return (&conversion{content: &opts.content, meta: job.meta, table: job.table}).nothingSelected()
	}
	if _, err = job.meta.provenance(); err != nil {
		return err
	}
	job.read(job.meta)
	if opts.images == "" {
		names := make([]string, len(job.tiles))
		for i := range job.tiles {
			names[i] = job.tiles[i].ID
		}
		job.ids = newImageIDs(opts.categoryStart)
		job.ids.takeRows(job.meta.name, names)
	} else {
		var in *input
		if job.ids, in, err = readImageIDs(c, opts.images, opts.categoryStart); err != nil {
			return err
		}
		job.read(in)
	}
	if err = job.readRegions(ctx); err != nil {
		return err
	}
	if err = job.sameFiles(); err != nil {
		return err
	}
	return job.plan()
}

// read notes an input that was read to its end.
func (job *pseudoJob) read(in *input) {
	job.inputs = append(job.inputs, in.told)
	job.outputs.inputs = append(job.outputs.inputs, in)
}

func (job *pseudoJob) close() {
	job.scratch.close()
	job.texts.scratch.close()
	job.outputs.abort()
	job.closeFiles()
	if job.meta != nil {
		job.meta.Close()
	}
}

func (job *pseudoJob) closeFiles() {
	for _, f := range job.files {
		f.Close()
	}
	job.files = nil
}

// paths gives the files of predictions, with their models.
func (job *pseudoJob) paths() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for m, model := range job.opts.models {
			for _, path := range model.files {
				if !yield(m, path) {
					return
				}
			}
		}
	}
}

func (job *pseudoJob) readsStdin() bool {
	for _, path := range job.paths() {
		if path == "-" {
			return true
		}
	}
	return false
}

// sameFiles refuses a file that is named twice, and an output that is a file of
// predictions.
func (job *pseudoJob) sameFiles() error {
	var infos []os.FileInfo
	var names []string
	stdin := 0
	for _, path := range job.paths() {
		if path == "-" {
			if stdin++; stdin > 1 {
				return usagef("standard input cannot be two files of predictions")
			}
			continue
		}
		st, err := os.Stat(path)
		if err != nil {
			return err
		}
		for i, other := range infos {
			if os.SameFile(st, other) {
				return failf(exitBadData, "%s and %s are one file: its predictions would count twice", names[i], path).
					hint("name each file once")
			}
		}
		infos, names = append(infos, st), append(names, path)
		job.outputs.inputs = append(job.outputs.inputs, &input{name: path, info: st})
	}
	return nil
}

// plan lays out the sets, and refuses early what could not be written.
func (job *pseudoJob) plan() error {
	o := job.opts
	for _, t := range o.thresholds {
		path := o.out
		if !o.outFile() {
			name := strings.NewReplacer(",", "_", "<", "lt", ">", "gt", "=", "", " ", "").Replace(o.datasets.text)
			path = filepath.Join(o.out, fmt.Sprintf("pseudo_ds%s_thr%s.json", name, t.name))
		}
		s := &set{path: path, categories: job.categories}
		job.scratch.dir = job.outputs.scratchFolder(path)
		s.spoolTo(&job.scratch, spoolMemory)
		job.sets = append(job.sets, s)
		if err := job.outputs.check(path); err != nil {
			return err
		}
		if o.merge != "" {
			if err := job.outputs.check(job.mergePath(t)); err != nil {
				return err
			}
		}
	}
	if o.results != "" {
		return job.outputs.check(o.results)
	}
	return nil
}

// mergePath names the union with --merge.
func (job *pseudoJob) mergePath(t threshold) string {
	return filepath.Join(job.opts.out, fmt.Sprintf("thr%s_combined_%s.json", t.name, setName(job.opts.merge)))
}

// setName is a file's name without folder and suffixes.
func setName(path string) string {
	name := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".gz"), ".zst")
	return strings.TrimSuffix(name, filepath.Ext(name))
}

// readRegions reads the masks of --exclude, by row of their tile.
func (job *pseudoJob) readRegions(ctx context.Context) error {
	for _, e := range job.opts.exclude {
		d, err := openCOCO(ctx, job.c, e.path)
		if err != nil {
			return err
		}
		job.read(d.in)
		ix := d.Index()
		if e.class != "" {
			known := false
			for _, cat := range d.Categories {
				known = known || cat.Name == e.class
			}
			if !known {
				return usagef("--exclude: %s has no class %s", e.path, e.class)
			}
		}
		if job.regions == nil {
			job.regions = map[int][]rle.Mask{}
		}
		for i := range d.Annotations {
			a := &d.Annotations[i]
			cat, img := ix.Category(a.CategoryID), ix.Image(a.ImageID)
			if e.class != "" && (cat == nil || cat.Name != e.class) {
				continue
			}
			fault := func(err error) error {
				return failf(exitBadData, "%s: annotations[%d]: %w", d.in.name, i, err)
			}
			if img == nil {
				return fault(fmt.Errorf("image_id: found %s, which no image has", a.ImageID.AppendJSON(nil)))
			}
			t, ok := job.table.Tile(coco.ImageName(img))
			if !ok {
				continue // of another folder
			}
			m, err := a.Segmentation.Mask(img.Height, img.Width)
			if err != nil {
				return fault(err)
			}
			job.regions[t.Row] = append(job.regions[t.Row], m)
		}
	}
	return nil
}

// open opens the files of predictions.
func (job *pseudoJob) open(progress func(n int)) error {
	job.closeFiles()
	for m, path := range job.paths() {
		f, err := openPredictions(job.c, path, m, job.ids, progress)
		if err != nil {
			return err
		}
		job.files = append(job.files, f)
	}
	return nil
}

// fuse reads the predictions and fuses them, tile by tile.
func (job *pseudoJob) fuse(ctx context.Context, hold bool) error {
	if hold {
		var paths []string
		for _, path := range job.paths() {
			paths = append(paths, path)
		}
		holdInput(sizeOf(paths...), 1.4)
	}
	total := int64(0)
	for _, path := range job.paths() {
		if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
			total = -1
			break
		} else {
			total += st.Size()
		}
	}
	progress, stop := job.c.progress("fusing predictions", total)
	defer stop()
	if err := job.open(progress); err != nil {
		return err
	}
	job.pseudoTally = newPseudoTally(job.opts, len(job.files))
	job.texts.scratch.close()
	job.texts = textStore{limit: pseudoMemory, scratch: scratch{dir: job.scratch.dir}}
	if !hold {
		holdInput(max(total, 0)/16, 1) // what is kept of each prediction, at most
	}
	if job.results != nil { // a second reading
		job.outputs.abort()
		job.results = nil
	}
	if path := job.opts.results; path != "" {
		var err error
		if job.results, err = job.outputs.create(path); err != nil {
			return err
		}
	}
	var sources []pseudo.Source
	for _, f := range job.files {
		sources = append(sources, pseudo.Source{Model: f.model, Records: f.records})
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	groups := pseudo.Gather(inner, sources, job.admit(), hold)
	workers := job.opts.workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	for t, err := range inOrder(workers, groups, job.newWork) {
		if err != nil {
			return job.place(err)
		}
		if err := job.take(t); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := job.texts.complete(); err != nil {
		return err
	}
	return job.readAll()
}

// place says in which file an error is.
func (job *pseudoJob) place(err error) error {
	var record *pseudo.PredictionError
	var source *pseudo.SourceError
	switch {
	case errors.As(err, &record):
		f := job.files[record.Source]
		out := failf(exitBadData, "%s: %s%w", f.name, f.list, err)
		var labelled *labelledError
		if errors.As(err, &labelled) {
			out = out.hint("--dataset %d fuses on its tiles all the same", labelled.tile.Dataset)
		}
		return out
	case errors.As(err, &source):
		return inFile(job.files[source.Source].name, err)
	}
	return err
}

// labelledError says that a prediction is on a tile that has labels.
type labelledError struct{ tile *wsi.Tile }

func (e *labelledError) Error() string {
	return fmt.Sprintf("image_id: found tile %s of dataset %d, which is labelled: pseudo-labels there would leak into its evaluation", e.tile.ID, e.tile.Dataset)
}

// tile finds the tile of an image id.
func (job *pseudoJob) tile(f *predictionFile, id coco.ID) (*wsi.Tile, error) {
	if f.last.tile != nil && f.last.id == id {
		return f.last.tile, nil
	}
	name, err := f.ids.tile(id)
	if err != nil {
		return nil, err
	}
	t, ok := job.table.Tile(name)
	if !ok {
		return nil, fmt.Errorf("image_id: found %s: tile %s is not in %s: %s", id.AppendJSON(nil), name, job.meta.name, nameImages)
	}
	f.last.id, f.last.tile = id, &job.tiles[t.Row-1]
	return f.last.tile, nil
}

// admit returns what finds the tile of a record, counts what is passed over, and makes
// the record's category the place of its class. It may be called when the run is
// interrupted and its files are closed, so it has its own list of them.
func (job *pseudoJob) admit() func(source int, r *coco.Result) (int, bool, error) {
	files, counts := job.files, job.bySource
	return func(source int, r *coco.Result) (int, bool, error) {
		return job.admitOf(files[source], &counts[source], r)
	}
}

func (job *pseudoJob) admitOf(f *predictionFile, count *sourceTally, r *coco.Result) (int, bool, error) {
	count.Records++
	t, err := job.tile(f, r.ImageID)
	if err != nil {
		return 0, false, err
	}
	if r.Missing.Has(coco.FieldCategoryID) {
		return t.Row, true, nil // Gather says so
	}
	class, err := f.ids.class(r.CategoryID)
	if err != nil {
		return 0, false, err
	}
	if !job.opts.datasets.has(t.Dataset) && t.Dataset != unlabelledTier {
		return 0, false, &labelledError{t}
	}
	if !job.opts.selected(*t) {
		count.OtherTiles++
		return 0, false, nil
	}
	k, ok := job.class[class]
	if !ok {
		count.OtherClass++
		return 0, false, nil
	}
	r.CategoryID = int64(k)
	return t.Row, true, nil
}

// readAll makes sure that the files were read to the end, and were not one file
// under two names.
func (job *pseudoJob) readAll() error {
	job.filesInfo = nil
	for _, f := range job.files {
		info, err := f.provenance()
		if err != nil {
			return err
		}
		for i, other := range job.filesInfo {
			if other.SHA256 == info.SHA256 && job.bySource[i].Records > 0 {
				return failf(exitBadData, "%s and %s are equal: the same predictions would count twice", job.files[i].name, f.name).
					hint("name each file once")
			}
		}
		job.filesInfo = append(job.filesInfo, info)
	}
	if job.used() == 0 {
		other := 0
		for _, c := range job.bySource {
			other += c.OtherClass
		}
		if other > 0 {
			return failf(exitBadData, "found only %s of another class than %s: category ids are %s", count(other, "prediction", "predictions"),
				strings.Join(job.opts.classes, ", "), job.ids.classes()).hint("--category-start says where the models' ids begin, --images names the file that they were run on")
		}
		f := failf(exitBadData, "no prediction is on a tile of dataset %s", job.opts.datasets)
		if job.opts.wsis.text != "" {
			f = failf(exitBadData, "no prediction is on a tile of dataset %s and WSI %s", job.opts.datasets, job.opts.wsis)
		}
		return f
	}
	return nil
}

// fusedTile is what a worker makes of a tile.
type fusedTile struct {
	tile    *wsi.Tile
	counts  pseudo.Counts
	present []bool // by model
	bySet   []fusedSet
	scores  []float64 // of all fused instances
	results []byte
	nResult int
}

// fusedSet is what of a tile goes into the set of a threshold.
type fusedSet struct {
	encoded       // until it is stored
	stored        storedText
	sizes         []uint32 // of the image and the bodies in it
	kept, ignored int
	areas         []int
	agreement     []int // instances by how many models they have
	members       []int // of kept instances, by model
}

// pseudoMemory bounds what is kept in memory of the text of sets.
const pseudoMemory = 32 << 20

// storeIn moves the text into a store.
func (s *fusedSet) storeIn(texts *textStore) error {
	text := s.image
	s.sizes = append(make([]uint32, 0, len(s.bodies)+1), uint32(len(s.image)))
	for _, b := range s.bodies {
		text = append(text, b...)
		s.sizes = append(s.sizes, uint32(len(b)))
	}
	s.encoded = encoded{}
	var err error
	s.stored, err = texts.add(text, 0)
	return err
}

// load gets it back into e.
func (s *fusedSet) load(texts *textStore, e *encoded) error {
	text, err := texts.get(s.stored, nil)
	if err != nil {
		return err
	}
	e.bodies = e.bodies[:0]
	for i, n := range s.sizes {
		if i == 0 {
			e.image = text[:n]
		} else {
			e.bodies = append(e.bodies, text[:n])
		}
		text = text[n:]
	}
	return nil
}

// newWork returns what fuses a tile.
func (job *pseudoJob) newWork() (func(*pseudo.Group) (*fusedTile, error), error) {
	fuser, err := pseudo.NewFuser(&job.opts.fuse)
	if err != nil {
		return nil, err
	}
	images := job.opts.options(job.opts.dir)
	return func(g *pseudo.Group) (*fusedTile, error) {
		t := &job.tiles[g.Tile-1]
		img, err := images.Image(*t)
		if err != nil {
			return nil, err
		}
		instances, counts, err := fuser.Tile(&pseudo.Tile{Height: img.Height, Width: img.Width, Predictions: g.Predictions, Exclude: job.regions[t.Row]})
		if err != nil {
			return nil, err
		}
		out := &fusedTile{tile: t, present: make([]bool, len(job.opts.models)), bySet: make([]fusedSet, len(job.sets))}
		out.counts.Add(counts)
		for i := range g.Predictions {
			out.present[g.Predictions[i].Model] = true
		}
		for i := range instances {
			out.scores = append(out.scores, instances[i].Score)
		}
		for k := range job.sets {
			if err := job.keep(&out.bySet[k], job.opts.thresholds[k].value, &img, instances); err != nil {
				return nil, err
			}
		}
		if job.opts.results != "" {
			err = job.encodeResults(out, g, instances)
		}
		return out, err
	}, nil
}

// keep encodes the instances that score above a threshold.
func (job *pseudoJob) keep(s *fusedSet, thr float64, img *coco.Image, instances []pseudo.Instance) error {
	s.agreement = make([]int, len(job.opts.models)+1)
	s.members = make([]int, len(job.opts.models))
	var list []coco.Annotation
	for i := range instances {
		in := &instances[i]
		crowd := !(in.Score > thr)
		if crowd && !(job.opts.ignoreBand >= 0 && in.Score > job.opts.ignoreBand) {
			continue
		}
		a := coco.Annotation{
			ImageID: img.ID, CategoryID: job.categories[in.Category].ID, IsCrowd: crowd,
			Area: float64(in.Mask.Area()), BBox: in.Mask.Bounds(),
			Segmentation: job.segmentation(in.Mask, crowd), Extra: job.origin(in),
		}
		list = append(list, a)
		if crowd {
			s.ignored++
			continue
		}
		s.kept++
		s.areas = append(s.areas, int(a.Area))
		s.agreement[in.Models]++
		for _, m := range in.Members {
			s.members[m.Model]++
		}
	}
	return s.encode(img, list)
}

// segmentation gives a mask the form of --segmentation; crowds are always runs,
// as pycocotools wants them.
func (job *pseudoJob) segmentation(m rle.Mask, crowd bool) coco.Segmentation {
	switch {
	case job.opts.segmentation == coco.KindCounts || crowd && job.opts.segmentation == coco.KindPolygons:
		return coco.Counts(m)
	case job.opts.segmentation == coco.KindPolygons:
		return coco.Polygons(m.COCOPolygons())
	}
	return coco.RLE(m)
}

// origin is what an annotation says of where it comes from: its score, how many
// predictions it was fused of, and the models that they are of.
func (job *pseudoJob) origin(in *pseudo.Instance) coco.Fields {
	models := []byte{'['}
	for i, m := range job.opts.models {
		for k := range in.Members {
			if in.Members[k].Model == i {
				if len(models) > 1 {
					models = append(models, ',')
				}
				models = appendJSONString(models, m.name)
				break
			}
		}
	}
	return coco.Fields{
		{Key: "score", Value: appendScore(nil, in.Score)},
		{Key: "votes", Value: fmt.Appendf(nil, "%d", len(in.Members))},
		{Key: "models", Value: append(models, ']')},
	}
}

// encodeResults appends all instances of a tile as results, with the ids that
// the predictions have.
func (job *pseudoJob) encodeResults(out *fusedTile, g *pseudo.Group, instances []pseudo.Instance) error {
	f := job.files[g.Predictions[0].Source]
	ids := make([]int64, len(job.opts.classes))
	for id, name := range f.ids.categories {
		if k, ok := job.class[name]; ok {
			ids[k] = id
		}
	}
	for i := range instances {
		in := &instances[i]
		if out.nResult > 0 {
			out.results = append(out.results, ",\n"...)
		}
		out.nResult++
		var err error
		out.results, err = coco.AppendResult(out.results, &coco.Result{
			ImageID: g.Image, CategoryID: ids[in.Category], BBox: in.Box, Score: in.Score,
			Segmentation: coco.RLE(in.Mask), Extra: job.origin(in)[1:],
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// take adds a tile to the tallies, and writes its results.
func (job *pseudoJob) take(t *fusedTile) error {
	job.add(t)
	for k := range t.bySet {
		if err := t.bySet[k].storeIn(&job.texts); err != nil {
			return err
		}
	}
	if job.results == nil || t.nResult == 0 {
		return nil
	}
	head := ",\n"
	if job.resultCount == 0 {
		head = "[\n"
	}
	job.resultCount += t.nResult
	if _, err := job.results.buf.WriteString(head); err != nil {
		return job.results.failed(err)
	}
	if _, err := job.results.Write(t.results); err != nil {
		return job.results.failed(err)
	}
	t.results = nil
	return nil
}
