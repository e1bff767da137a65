package pseudocmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
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
	told    []files.FileInfo  // of files
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
	*preds.ResultFile
	model     int
	ids       *preds.ImageIDs // its own for a dataset
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
		job.outputs.Abort()
	}
	sets := len(job.opts.labels.Above)
	r := &pseudoReading{tally: pseudo.NewTally(&job.opts.labels), areas: make([]stats.Values, sets), rows: make([]*labelledTile, len(job.aids.tiles)+1)}
	r.texts.Limit, r.texts.File.Dir = pseudoMemory, job.outputs.ScratchFolder(job.setPath(sets-1))
	job.reading = r
	progress, stop := job.c.Progress("fusing predictions", total)
	defer stop()
	for model, path := range job.opts.models.Paths() {
		f, err := job.openPredictions(path, model, progress)
		if err != nil {
			return err
		}
		r.files = append(r.files, f)
	}
	if path := job.opts.results; path != "" {
		out, err := job.outputs.Create(path)
		if err != nil {
			return err
		}
		r.results = &resultsFile{Output: out}
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
		sources = append(sources, pseudo.Source{Model: f.model, Records: f.Records})
	}
	admit := func(source int, record *coco.Result) (int, bool, error) {
		return r.files[source].admission.Admit(record)
	}
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	groups := pseudo.Gather(inner, sources, admit, hold)
	worker := func() (func(*pseudo.Group) (*fusedTile, error), error) { return job.newWork(r) }
	for t, err := range parallel.MapWith(inner, job.opts.Workers, groups, worker) {
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
	in, err := preds.OpenResults(job.c, path, progress)
	if err != nil {
		return nil, err
	}
	f := &predictionFile{ResultFile: in, model: model, ids: job.aids.ids, own: map[int64]int64{}}
	if in.Dataset != nil {
		f.ids = &preds.ImageIDs{Categories: f.ids.Categories}
		if err := f.ids.TakeDataset(in.Name, in.Dataset); err != nil {
			in.Close()
			return nil, ui.InFile(in.Name, err)
		}
	}
	for _, cat := range job.aids.categories {
		if id, err := f.ids.Category(cat.Name); err == nil {
			f.own[cat.ID] = id
		}
	}
	tiles := f.ids.In(job.aids.names)
	f.admission.Tile = func(id coco.ID) (int, bool, error) { return job.tile(tiles, id) }
	f.admission.Category = func(id int64) (int64, bool, error) {
		class, err := f.ids.Class(id)
		if err != nil {
			return 0, false, err
		}
		category, ok := job.aids.category[class]
		return category, ok, nil
	}
	return f, nil
}

// tile finds the row of the tile of an image id, and says whether it is asked for.
func (job *pseudoJob) tile(tiles *preds.IdsIn, id coco.ID) (row int, ok bool, err error) {
	i, name, err := tiles.Find(id)
	if err != nil {
		return 0, false, err
	}
	if i < 0 {
		return 0, false, fmt.Errorf("image_id: found %s: tile %s is not in %s: %s", id.AppendJSON(nil), name, job.aids.meta.Name, preds.NameImages)
	}
	t := &job.aids.tiles[i]
	if !job.opts.Datasets.Has(t.Dataset) && t.Dataset != wsi.UnlabelledDataset {
		return 0, false, &labelledError{t}
	}
	return t.Row, job.opts.Selected(*t), nil
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
		out := ui.Failf(ui.ExitBadData, "%s: %s%w", f.Name, f.List, err)
		var labelled *labelledError
		if errors.As(err, &labelled) {
			out = out.Hint("--dataset %d fuses on its tiles all the same", labelled.tile.Dataset)
		}
		return out
	case errors.As(err, &source):
		return ui.InFile(r.files[source.Source].Name, err)
	}
	return err
}

// readAll makes sure that the files were read to the end, and were not one file
// under two names.
func (job *pseudoJob) readAll(r *pseudoReading) error {
	used, other := 0, 0
	for _, f := range r.files {
		info, err := f.ReadToEnd()
		if err != nil {
			return err
		}
		for i, before := range r.told {
			if before.SHA256 == info.SHA256 && r.files[i].admission.Counts.Records > 0 {
				return ui.Failf(ui.ExitBadData, "%s and %s are equal: the same predictions would count twice", r.files[i].Name, f.Name).
					Hint("name each file once")
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
		return ui.Failf(ui.ExitBadData, "found only %s of another class than %s: category ids are %s", ui.Plural(other, "prediction", "predictions"),
			strings.Join(job.opts.Classes, ", "), job.aids.ids.Classes()).Hint("--category-start says where the models' ids begin, --images names the file that they were run on")
	case job.opts.Wsis.String() != "":
		return ui.Failf(ui.ExitBadData, "no prediction is on a tile of dataset %s and WSI %s", job.opts.Datasets, job.opts.Wsis)
	}
	return ui.Failf(ui.ExitBadData, "no prediction is on a tile of dataset %s", job.opts.Datasets)
}
