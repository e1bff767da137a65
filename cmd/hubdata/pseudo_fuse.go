package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/wsi"
)

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
	if f.tiles == nil {
		f.tiles = f.ids.in(job.names)
	}
	i, name, err := f.tiles.find(id)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		return nil, fmt.Errorf("image_id: found %s: tile %s is not in %s: %s", id.AppendJSON(nil), name, job.meta.name, nameImages)
	}
	f.last.id, f.last.tile = id, &job.tiles[i]
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
