package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/stats"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/wsi"
)

// pseudoMemory bounds what is kept in memory of the text of labels.
const pseudoMemory = 32 << 20

// pseudoReading is one reading of the predictions, and what they were fused to.
type pseudoReading struct {
	files   []*predictionFile // open
	told    []inputInfo       // of files
	tally   *pseudo.Tally
	areas   []stats.Values  // of what was kept, by set
	rows    []*labelledTile // by row of the tiles' table; nil: no predictions
	texts   spool.Store     // of rows
	results *resultsFile    // of --results
}

func (r *pseudoReading) close() {
	for _, f := range r.files {
		f.Close()
	}
	_ = r.texts.Close() // it is gone in any case
}

// predictionFile is an open file of a model's predictions.
type predictionFile struct {
	*resultFile
	model     int
	ids       *imageIDs       // its own for a dataset
	own       map[int64]int64 // its ids of the sets' categories
	admission pseudo.Admission
}

// read reads the predictions and fuses them, tile by tile.
func (job *pseudoJob) read(ctx context.Context, hold bool) error {
	total := int64(0)
	for _, path := range job.files() {
		if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
			total = -1
			break
		} else {
			total += st.Size()
		}
	}
	if job.reading != nil { // a second reading
		job.reading.close()
		job.outputs.abort()
	}
	sets := len(job.opts.labels.Above)
	r := &pseudoReading{tally: pseudo.NewTally(&job.opts.labels), areas: make([]stats.Values, sets), rows: make([]*labelledTile, len(job.aids.tiles)+1)}
	r.texts.Limit, r.texts.File.Dir = pseudoMemory, job.outputs.scratchFolder(job.setPath(sets-1))
	job.reading = r
	progress, stop := job.c.progress("fusing predictions", total)
	defer stop()
	for model, path := range job.opts.models.paths() {
		f, err := job.openPredictions(path, model, progress)
		if err != nil {
			return err
		}
		r.files = append(r.files, f)
	}
	if path := job.opts.results; path != "" {
		out, err := job.outputs.create(path)
		if err != nil {
			return err
		}
		r.results = &resultsFile{output: out}
	}
	if err := job.fuse(ctx, r, hold); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := r.texts.Complete(); err != nil {
		return err
	}
	return job.readAll(r)
}

// fuse fuses what the files give.
func (job *pseudoJob) fuse(ctx context.Context, r *pseudoReading, hold bool) error {
	var sources []pseudo.Source
	for _, f := range r.files {
		sources = append(sources, pseudo.Source{Model: f.model, Records: f.records})
	}
	admit := func(source int, record *coco.Result) (int, bool, error) {
		return r.files[source].admission.Admit(record)
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	groups := pseudo.Gather(inner, sources, admit, hold)
	worker := func() (func(*pseudo.Group) (*fusedTile, error), error) { return job.newWork(r) }
	for t, err := range parallel.MapWith(inner, job.opts.workers, groups, worker) {
		if err != nil {
			return job.place(r, err)
		}
		if err := job.take(r, t); err != nil {
			return err
		}
	}
	return nil
}

// openPredictions opens a file of a model.
func (job *pseudoJob) openPredictions(path string, model int, progress func(n int)) (*predictionFile, error) {
	in, err := openResults(job.c, path, progress)
	if err != nil {
		return nil, err
	}
	f := &predictionFile{resultFile: in, model: model, ids: job.aids.ids, own: map[int64]int64{}}
	if in.dataset != nil {
		f.ids = &imageIDs{categories: f.ids.categories}
		if err := f.ids.takeDataset(in.name, in.dataset); err != nil {
			in.Close()
			return nil, inFile(in.name, err)
		}
	}
	for _, cat := range job.aids.categories {
		if id, err := f.ids.category(cat.Name); err == nil {
			f.own[cat.ID] = id
		}
	}
	tiles := f.ids.in(job.aids.names)
	f.admission.Tile = func(id coco.ID) (int, bool, error) { return job.tile(tiles, id) }
	f.admission.Category = func(id int64) (int64, bool, error) {
		class, err := f.ids.class(id)
		if err != nil {
			return 0, false, err
		}
		category, ok := job.aids.category[class]
		return category, ok, nil
	}
	return f, nil
}

// tile finds the row of the tile of an image id, and says whether it is asked for.
func (job *pseudoJob) tile(tiles *idsIn, id coco.ID) (row int, ok bool, err error) {
	i, name, err := tiles.find(id)
	if err != nil {
		return 0, false, err
	}
	if i < 0 {
		return 0, false, fmt.Errorf("image_id: found %s: tile %s is not in %s: %s", id.AppendJSON(nil), name, job.aids.meta.name, nameImages)
	}
	t := &job.aids.tiles[i]
	if !job.opts.datasets.has(t.Dataset) && t.Dataset != wsi.UnlabelledDataset {
		return 0, false, &labelledError{t}
	}
	return t.Row, job.opts.selected(*t), nil
}

// labelledError says that a prediction is on a tile that has labels.
type labelledError struct{ tile *wsi.Tile }

func (e *labelledError) Error() string {
	return fmt.Sprintf("image_id: found tile %s of dataset %d, which is labelled: pseudo-labels there would leak into its evaluation", e.tile.ID, e.tile.Dataset)
}

// place says in which file an error is.
func (job *pseudoJob) place(r *pseudoReading, err error) error {
	var record *pseudo.PredictionError
	var source *pseudo.SourceError
	switch {
	case errors.As(err, &record):
		f := r.files[record.Source]
		out := failf(exitBadData, "%s: %s%w", f.name, f.list, err)
		var labelled *labelledError
		if errors.As(err, &labelled) {
			out = out.hint("--dataset %d fuses on its tiles all the same", labelled.tile.Dataset)
		}
		return out
	case errors.As(err, &source):
		return inFile(r.files[source.Source].name, err)
	}
	return err
}

// readAll makes sure that the files were read to the end, and were not one file
// under two names.
func (job *pseudoJob) readAll(r *pseudoReading) error {
	used, other := 0, 0
	for _, f := range r.files {
		info, err := f.provenance()
		if err != nil {
			return err
		}
		for i, before := range r.told {
			if before.SHA256 == info.SHA256 && r.files[i].admission.Counts.Records > 0 {
				return failf(exitBadData, "%s and %s are equal: the same predictions would count twice", r.files[i].name, f.name).
					hint("name each file once")
			}
		}
		r.told = append(r.told, info)
		used += f.admission.Counts.Admitted()
		other += f.admission.Counts.OtherClass
	}
	switch {
	case used > 0:
		return nil
	case other > 0:
		return failf(exitBadData, "found only %s of another class than %s: category ids are %s", count(other, "prediction", "predictions"),
			strings.Join(job.opts.classes, ", "), job.aids.ids.classes()).hint("--category-start says where the models' ids begin, --images names the file that they were run on")
	case job.opts.wsis.text != "":
		return failf(exitBadData, "no prediction is on a tile of dataset %s and WSI %s", job.opts.datasets, job.opts.wsis)
	}
	return failf(exitBadData, "no prediction is on a tile of dataset %s", job.opts.datasets)
}
