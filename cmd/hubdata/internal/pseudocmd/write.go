package pseudocmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"path/filepath"
	"slices"
	"strconv"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/jsonscan"
	"github.com/hubdata/hubdata/pseudo"
)

// setWriter writes the sets.
type setWriter struct {
	c          *ui.Console
	o          *options
	aids       *aids
	fused      *fused
	outs       *files.Outputs
	accounting json.RawMessage
	labelled   *files.FileInfo // what the accounting compares areas with; nil: nothing
}

func newSetWriter(c *ui.Console, o *options, a *aids, f *fused, outs *files.Outputs, account *pseudo.Account, labelled *files.FileInfo) (*setWriter, error) {
	accounting, err := jsonscan.Marshal(account)
	return &setWriter{c, o, a, f, outs, accounting, labelled}, err
}

// write makes all files visible together: the sets, those merged with --merge, and the results. It returns the sets, then
// the merged ones.
func (w *setWriter) write(ctx context.Context) ([]ui.SummaryFile, error) {
	if results := w.fused.results; results != nil { // before the sets, which have its sum
		if err := results.end(); err != nil {
			return nil, err
		}
	}
	var written []ui.SummaryFile
	for set := range w.o.sets() {
		images, labels := 0, 0
		for _, t := range w.tilesOf(set) {
			images++
			for i := range t.labels {
				if w.holds(set, t, i) {
					labels++
				}
			}
		}
		written = append(written, ui.NewSummarySet(w.o.setPath(set), images, labels))
	}
	if w.o.merge != "" {
		merged, err := w.merge(ctx)
		if err != nil {
			return nil, err
		}
		written = append(written, merged...)
	}
	if w.fused.results != nil && w.o.shard.Of > 0 {
		manifest, err := w.manifest()
		if err != nil {
			return nil, err
		}
		written = append(written, manifest)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	errs := make([]error, w.o.sets())
	var wg sync.WaitGroup
	for set := range errs {
		wg.Go(func() { errs[set] = w.writeSet(set) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return written, w.outs.Commit()
}

// tilesOf are the tiles of a set, by row.
func (w *setWriter) tilesOf(set int) iter.Seq2[int, *labelledTile] {
	return func(yield func(int, *labelledTile) bool) {
		for row, t := range w.fused.rows {
			if t == nil {
				continue
			}
			empty := w.o.dropEmpty
			for i := 0; empty && i < len(t.labels); i++ {
				empty = !w.holds(set, t, i)
			}
			if !empty && !yield(row, t) {
				return
			}
		}
	}
}

// holds reports whether a label of a tile is in a set.
func (w *setWriter) holds(set int, t *labelledTile, label int) bool {
	l := &t.labels[label]
	return w.o.labels.Use(set, l.score) == l.use
}

// writeSet writes a set, which the caller commits.
func (w *setWriter) writeSet(set int) error {
	out, err := w.outs.Create(w.o.setPath(set))
	if err != nil {
		return err
	}
	if err := w.encodeSet(out, set); err != nil {
		return out.Failed(err)
	}
	return out.Close()
}

// encodeSet writes a set as JSON.
func (w *setWriter) encodeSet(to io.Writer, set int) error {
	from := w.provenance(set)
	info, err := from.Info(w.describe(&from))
	if err != nil {
		return err
	}
	out := coco.NewWriter(to)
	if err := out.Header(info, json.RawMessage(`[]`)); err != nil {
		return err
	}
	for i := range w.aids.categories {
		if err := out.Category(&w.aids.categories[i]); err != nil {
			return err
		}
	}
	texts := &w.fused.texts
	var buf []byte
	for _, t := range w.tilesOf(set) {
		image := t.text.First(int(t.image))
		buf = slices.Grow(buf[:0], image.Size())
		text, err := texts.Get(image, buf)
		if err != nil {
			return err
		}
		if err := out.Images(bytes.NewReader(text)); err != nil {
			return err
		}
	}
	var records []byte
	id := int64(0)
	for _, t := range w.tilesOf(set) {
		buf = slices.Grow(buf[:0], t.text.Size())
		text, err := texts.Get(t.text, buf)
		if err != nil {
			return err
		}
		text, records = text[t.image:], records[:0]
		for i, l := range t.labels {
			if w.holds(set, t, i) {
				if id++; len(records) > 0 {
					records = append(records, ",\n"...)
				}
				records = strconv.AppendInt(append(records, `{"id":`...), id, 10)
				records = append(records, text[:l.bytes]...)
			}
			text = text[l.bytes:]
		}
		if err := out.Annotations(bytes.NewReader(records)); err != nil {
			return err
		}
	}
	return out.Close()
}

// provenance is how a set is made.
func (w *setWriter) provenance(set int) files.Provenance {
	options := w.o.provenance()
	options["thr"] = w.o.labels.Above[set]
	var inputs []files.FileInfo
	for _, in := range w.aids.inputs {
		inputs = append(inputs, in.FileInfo())
	}
	inputs = append(inputs, w.fused.told...)
	if w.labelled != nil {
		inputs = append(inputs, *w.labelled)
	}
	f := files.Provenance{
		Version: ui.Version, Command: "pseudo", Dataset: w.o.Datasets.String(), Options: options,
		Inputs: inputs, Accounting: w.accounting,
	}
	if w.o.ofImages {
		f.Dataset = nil
	}
	if w.fused.results != nil {
		f.Results = w.fused.results.FileInfo()
	}
	if w.o.Wsis.String() != "" {
		f.WSI = w.o.Wsis.String()
	}
	return f
}

// describe is the description of a set.
func (w *setWriter) describe(from *files.Provenance) string {
	if w.o.ofImages {
		return "pseudo-labels of the images of " + filepath.Base(w.aids.tableName)
	}
	return from.Describe()
}

// merge writes each set merged with that of --merge.
func (w *setWriter) merge(ctx context.Context) ([]ui.SummaryFile, error) {
	labels, err := files.OpenCOCO(ctx, w.c, w.o.merge)
	if err != nil {
		return nil, err
	}
	in := labels.Input
	w.outs.Inputs = append(w.outs.Inputs, in)
	var written []ui.SummaryFile
	for set := range w.o.labels.Above {
		from := w.provenance(set)
		in.Flag = "merge"
		from.Inputs = append(from.Inputs, in.FileInfo())
		from.Options["merge"] = in.FileInfo().Name
		head, err := from.Info(w.describe(&from) + ", with " + setName(in.Name))
		if err != nil {
			return nil, err
		}
		m, err := coco.Merge([]coco.Source{
			{Name: setName(in.Name), File: in.Name, Dataset: labels.Dataset},
			{Name: setName(w.o.setPath(set)), File: w.o.setPath(set), Dataset: w.dataset(set)},
		}, &coco.MergeOptions{Info: head})
		var conflict *coco.MergeError
		if errors.As(err, &conflict) {
			return nil, (&ui.Failure{Code: ui.ExitBadData, Err: err}).
				Hint("use the ids of %s: set --image-id, --category-start and --class as when it was made", in.Name)
		} else if err != nil {
			return nil, err
		}
		path := w.o.mergePath(set)
		if err := files.WriteCOCO(w.outs, path, m.Dataset); err != nil {
			return nil, err
		}
		written = append(written, ui.NewSummarySet(path, len(m.Dataset.Images), len(m.Dataset.Annotations)))
	}
	return written, nil
}

// dataset is a set in memory, to be merged.
func (w *setWriter) dataset(set int) *coco.Dataset {
	d := &coco.Dataset{Categories: w.aids.categories}
	for _, t := range w.tilesOf(set) {
		d.Images = append(d.Images, t.merge.image)
		for i := range t.labels {
			if w.holds(set, t, i) {
				a := t.merge.labels[i]
				a.ID = coco.IntID(int64(len(d.Annotations) + 1))
				d.Annotations = append(d.Annotations, a)
			}
		}
	}
	return d
}
