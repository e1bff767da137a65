package pseudocmd

import (
	"context"
	"crypto/sha256"
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

// textMemory is how many bytes of the labels' text are held in memory.
const textMemory = 32 << 20

// fused is what the predictions were fused to.
type fused struct {
	told    []files.FileInfo // of the files of predictions
	tally   *pseudo.Tally
	areas   []stats.Values  // of what was kept, by set
	rows    []*labelledTile // by row of the tiles' table; nil: no predictions
	texts   spool.Store     // of rows
	results *resultsFile    // of --results; nil: none

	admitted []int // by file: predictions that were fused
}

func (f *fused) close() { _ = f.texts.Close() } // it is removed in any case

// reader reads the files of predictions once.
type reader struct {
	c     *ui.Console
	o     *options
	aids  *aids
	outs  *files.Outputs
	files []*predictionFile
}

// predictionFile is an open file of a model's predictions.
type predictionFile struct {
	*preds.ResultFile
	model     int
	ids       *preds.ImageIDs // its own for a dataset
	own       map[int64]int64 // its ids of the sets' categories
	admission pseudo.Admission
	number    func(record int) int // in the file that the record comes from; nil: the same
	skipped   skipped
}

// read reads the predictions and fuses them, tile by tile. hold says that all are held in memory first, which is needed
// if those of a tile are not together.
func (r *reader) read(ctx context.Context, hold bool) (*fused, error) {
	defer func() {
		for _, f := range r.files {
			f.Close()
		}
	}()
	out := r.newFused()
	if err := r.readInto(ctx, out, hold); err != nil {
		out.close()
		return nil, err
	}
	return out, nil
}

// newFused returns what nothing was fused to yet.
func (r *reader) newFused() *fused {
	sets := len(r.o.labels.Above)
	scratch := r.o.setPath(sets - 1)
	if r.o.sets() == 0 {
		scratch = r.o.results
	}
	out := &fused{tally: pseudo.NewTally(&r.o.labels), areas: make([]stats.Values, sets), rows: make([]*labelledTile, len(r.aids.tiles)+1)}
	out.texts.Limit, out.texts.File.Dir = textMemory, r.outs.ScratchFolder(scratch)
	return out
}

func (r *reader) readInto(ctx context.Context, out *fused, hold bool) error {
	progress, stop := r.c.Progress("fusing predictions", totalSize(r.o.modelPaths()))
	defer stop()
	for model, path := range r.o.models.Paths() {
		f, err := r.open(path, model, progress)
		if err != nil {
			return err
		}
		r.files = append(r.files, f)
	}
	if path := r.o.results; path != "" {
		var err error
		if out.results, err = r.createResults(path); err != nil {
			return err
		}
	}
	if err := r.fuse(ctx, out, hold); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := out.texts.Complete(); err != nil {
		return err
	}
	for _, f := range r.files {
		f.admission.Counts.Records += f.skipped.n
		f.admission.Counts.OtherTiles += f.skipped.n
		out.tally.AddSource(f.model, f.admission.Counts)
		out.admitted = append(out.admitted, f.admission.Counts.Admitted())
	}
	var err error
	out.told, err = r.finish()
	return err
}

// createResults begins the file of --results.
func (r *reader) createResults(path string) (*resultsFile, error) {
	file, err := r.outs.CreateSummed(path)
	if err != nil {
		return nil, err
	}
	return &resultsFile{Output: file, lines: files.AsLines(path), sum: sha256.New()}, nil
}

// totalSize is the size of all files in bytes; -1: not known.
func totalSize(paths []string) int64 {
	total := int64(0)
	for _, path := range paths {
		st, err := os.Stat(path)
		if err != nil || !st.Mode().IsRegular() {
			return -1
		}
		total += st.Size()
	}
	return total
}

// fuse fuses the predictions of all files.
func (r *reader) fuse(ctx context.Context, out *fused, hold bool) error {
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
	worker := func() (func(*pseudo.Group) (*fusedTile, error), error) { return r.newWork() }
	for t, err := range parallel.MapWith(inner, r.o.Workers, groups, worker) {
		if err != nil {
			return r.place(err)
		}
		if err := out.take(r.aids, t); err != nil {
			return err
		}
	}
	return nil
}

// open opens a file of a model.
func (r *reader) open(path string, model int, progress func(n int)) (*predictionFile, error) {
	in, err := preds.OpenResults(r.c, path, progress)
	if err != nil {
		return nil, err
	}
	ids := r.aids.ids
	if in.Dataset != nil {
		ids = &preds.ImageIDs{Categories: ids.Categories}
		if err := ids.TakeDataset(in.Name, in.Dataset); err != nil {
			in.Close()
			return nil, ui.InFile(in.Name, err)
		}
	}
	f := r.admit(in, model, ids)
	f.skipOthers(r.aids, r.o, f.ids.In(r.aids.names))
	return f, nil
}

// admit prepares to read the records of a file of a model, whose ids have a meaning.
func (r *reader) admit(in *preds.ResultFile, model int, of *preds.ImageIDs) *predictionFile {
	f := &predictionFile{ResultFile: in, model: model, ids: of, own: map[int64]int64{}}
	ids := f.ids.OfClasses()
	for _, cat := range r.aids.categories {
		if id, ok := ids[cat.Name]; ok {
			f.own[cat.ID] = id
		}
	}
	tiles := f.ids.In(r.aids.names)
	f.admission.Tile = func(id coco.ID) (int, bool, error) { return r.tile(tiles, id) }
	f.admission.Category = func(id int64) (int64, bool, error) {
		class, err := f.ids.Class(id)
		if err != nil {
			return 0, false, err
		}
		category, ok := r.aids.category[class]
		return category, ok, nil
	}
	return f
}

// tile finds the row of the tile of an image id, and reports whether the flags choose it.
func (r *reader) tile(tiles *preds.IdsIn, id coco.ID) (row int, ok bool, err error) {
	i, name, err := tiles.Find(id)
	if err != nil {
		return 0, false, err
	}
	if i < 0 {
		return 0, false, fmt.Errorf("image_id: found %s: tile %s is not in %s: %s", id.AppendJSON(nil), name, r.aids.tableName, preds.NameImages)
	}
	t := &r.aids.tiles[i]
	if r.aids.images == nil && !r.o.Datasets.Has(t.Dataset) && t.Dataset != wsi.UnlabelledDataset {
		return 0, false, &labelledError{t}
	}
	return t.Row, r.aids.selected(r.o, *t) && r.aids.inShard(t.Row), nil
}

// labelledError says that a prediction is on a tile that has labels.
type labelledError struct{ tile *wsi.Tile }

func (e *labelledError) Error() string {
	return fmt.Sprintf("image_id: found tile %s of dataset %d, which is labelled: pseudo-labels there would leak into its evaluation", e.tile.ID, e.tile.Dataset)
}

// place says in which file an error is.
func (r *reader) place(err error) error {
	var record *pseudo.PredictionError
	var source *pseudo.SourceError
	switch {
	case errors.As(err, &record):
		f := r.files[record.Source]
		if f.number != nil {
			record.Record = f.number(record.Record)
		}
		out := ui.Failf(ui.ExitBadData, "%s: %s%w", f.Name, f.List, err)
		var labelled *labelledError
		if errors.As(err, &labelled) {
			out = out.Hint("--dataset %d uses its tiles anyway", labelled.tile.Dataset)
		}
		return out
	case errors.As(err, &source):
		return ui.InFile(r.files[source.Source].Name, err)
	}
	return err
}

// finish reads the files to their end, and identifies them. It reports files that are equal, and files without a
// prediction that is used.
func (r *reader) finish() ([]files.FileInfo, error) {
	var told []files.FileInfo
	used, other := 0, 0
	for _, f := range r.files {
		info, err := f.ReadToEnd()
		if err != nil {
			return nil, err
		}
		for i, before := range told {
			if before.SHA256 == info.SHA256 && r.files[i].admission.Counts.Records > 0 {
				return nil, ui.Failf(ui.ExitBadData, "%s and %s are equal: their predictions would count twice", r.files[i].Name, f.Name).
					Hint("name each file once")
			}
		}
		told = append(told, info)
		used += f.admission.Counts.Admitted()
		other += f.admission.Counts.OtherClass
	}
	switch {
	case used > 0, r.o.shard.Of > 0:
		return told, nil
	case other > 0:
		return nil, ui.Failf(ui.ExitBadData, "found only %s of classes other than %s: category ids are %s", ui.Plural(other, "prediction", "predictions"),
			strings.Join(r.o.Classes, ", "), r.aids.ids.Classes()).Hint("--category-start sets the first id of the models, --images names the file that they were run on")
	case r.aids.images != nil:
		return nil, ui.Failf(ui.ExitBadData, "no prediction is on an image of %s", r.aids.tableName)
	case r.o.Wsis.String() != "":
		return nil, ui.Failf(ui.ExitBadData, "no prediction is on a tile of dataset %s and WSI %s", r.o.Datasets, r.o.Wsis)
	}
	return nil, ui.Failf(ui.ExitBadData, "no prediction is on a tile of dataset %s", r.o.Datasets)
}
