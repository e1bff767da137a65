package pseudocmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"slices"
	"strconv"
	"sync"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
)

// write makes all files visible together: the sets, their unions with --merge
// and the results. It gives the sets, then the unions.
func (job *pseudoJob) write(ctx context.Context, account *pseudo.Account) ([]ui.SummaryFile, error) {
	accounting, err := json.Marshal(account)
	if err != nil {
		return nil, err
	}
	var written []ui.SummaryFile
	for set := range job.opts.labels.Above {
		images, labels := 0, 0
		for _, t := range job.tilesOf(set) {
			images++
			for i := range t.labels {
				if job.holds(set, t, i) {
					labels++
				}
			}
		}
		written = append(written, ui.NewSummarySet(job.setPath(set), images, labels))
	}
	if job.opts.merge != "" {
		merged, err := job.merge(ctx, accounting)
		if err != nil {
			return nil, err
		}
		written = append(written, merged...)
	}
	if results := job.reading.results; results != nil {
		if err := results.end(); err != nil {
			return nil, err
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	errs := make([]error, len(job.opts.labels.Above))
	var wg sync.WaitGroup
	for set := range errs {
		wg.Go(func() { errs[set] = job.writeSet(set, accounting) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return written, job.outputs.Commit()
}

// tilesOf gives the tiles of a set, by row.
func (job *pseudoJob) tilesOf(set int) iter.Seq2[int, *labelledTile] {
	return func(yield func(int, *labelledTile) bool) {
		for row, t := range job.reading.rows {
			if t == nil {
				continue
			}
			empty := job.opts.dropEmpty
			for i := 0; empty && i < len(t.labels); i++ {
				empty = !job.holds(set, t, i)
			}
			if !empty && !yield(row, t) {
				return
			}
		}
	}
}

// holds says whether a label of a tile is in a set.
func (job *pseudoJob) holds(set int, t *labelledTile, label int) bool {
	l := &t.labels[label]
	return job.opts.labels.Use(set, l.score) == l.use
}

// writeSet writes a set beside its name.
func (job *pseudoJob) writeSet(set int, accounting json.RawMessage) error {
	out, err := job.outputs.Create(job.setPath(set))
	if err != nil {
		return err
	}
	if err := job.encodeSet(out, set, accounting); err != nil {
		return out.Failed(err)
	}
	return out.Close()
}

// encodeSet writes a set as JSON.
func (job *pseudoJob) encodeSet(to io.Writer, set int, accounting json.RawMessage) error {
	from := job.from(set, accounting)
	info, err := from.Info(from.Describe())
	if err != nil {
		return err
	}
	w := coco.NewWriter(to)
	if err := w.Header(info, json.RawMessage(`[]`)); err != nil {
		return err
	}
	for i := range job.aids.categories {
		if err := w.Category(&job.aids.categories[i]); err != nil {
			return err
		}
	}
	texts := &job.reading.texts
	var buf []byte
	for _, t := range job.tilesOf(set) {
		image := t.text.First(int(t.image))
		buf = slices.Grow(buf[:0], image.Size())
		text, err := texts.Get(image, buf)
		if err != nil {
			return err
		}
		if err := w.Images(bytes.NewReader(text)); err != nil {
			return err
		}
	}
	var records []byte
	id := int64(0)
	for _, t := range job.tilesOf(set) {
		buf = slices.Grow(buf[:0], t.text.Size())
		text, err := texts.Get(t.text, buf)
		if err != nil {
			return err
		}
		text, records = text[t.image:], records[:0]
		for i, l := range t.labels {
			if job.holds(set, t, i) {
				if id++; len(records) > 0 {
					records = append(records, ",\n"...)
				}
				records = strconv.AppendInt(append(records, `{"id":`...), id, 10)
				records = append(records, text[:l.bytes]...)
			}
			text = text[l.bytes:]
		}
		if err := w.Annotations(bytes.NewReader(records)); err != nil {
			return err
		}
	}
	return w.Close()
}

// from says what made a set.
func (job *pseudoJob) from(set int, accounting json.RawMessage) files.Provenance {
	options := job.opts.provenance()
	options["thr"] = job.opts.labels.Above[set]
	f := files.Provenance{
		Version: ui.Version, Command: "pseudo", Dataset: job.opts.Datasets.String(), Options: options,
		Inputs: append(append([]files.FileInfo{}, job.aids.told...), job.reading.told...), Accounting: accounting,
	}
	if job.opts.Wsis.String() != "" {
		f.WSI = job.opts.Wsis.String()
	}
	return f
}

// merge writes the union of each set with that of --merge.
func (job *pseudoJob) merge(ctx context.Context, accounting json.RawMessage) ([]ui.SummaryFile, error) {
	labels, err := files.OpenCOCO(ctx, job.c, job.opts.merge)
	if err != nil {
		return nil, err
	}
	in := labels.Input
	job.outputs.Inputs = append(job.outputs.Inputs, in)
	var written []ui.SummaryFile
	for set := range job.opts.labels.Above {
		from := job.from(set, accounting)
		from.Inputs = append(from.Inputs, in.FileInfo())
		from.Options["merge"] = in.FileInfo().Name
		head, err := from.Info(from.Describe() + ", with " + setName(in.Name))
		if err != nil {
			return nil, err
		}
		m, err := coco.Merge([]coco.Source{
			{Name: setName(in.Name), File: in.Name, Dataset: labels.Dataset},
			{Name: setName(job.setPath(set)), File: job.setPath(set), Dataset: job.dataset(set)},
		}, &coco.MergeOptions{Info: head})
		var conflict *coco.MergeError
		if errors.As(err, &conflict) {
			return nil, (&ui.Failure{Code: ui.ExitBadData, Err: err}).
				Hint("give this run the ids of %s: --image-id, --category-start and --class as it was made", in.Name)
		} else if err != nil {
			return nil, err
		}
		path := job.mergePath(set)
		if err := files.WriteCOCO(&job.outputs, path, m.Dataset); err != nil {
			return nil, err
		}
		written = append(written, ui.NewSummarySet(path, len(m.Dataset.Images), len(m.Dataset.Annotations)))
	}
	return written, nil
}

// dataset is a set in memory, for a union.
func (job *pseudoJob) dataset(set int) *coco.Dataset {
	d := &coco.Dataset{Categories: job.aids.categories}
	for _, t := range job.tilesOf(set) {
		d.Images = append(d.Images, t.merge.image)
		for i := range t.labels {
			if job.holds(set, t, i) {
				a := t.merge.labels[i]
				a.ID = coco.IntID(int64(len(d.Annotations) + 1))
				d.Annotations = append(d.Annotations, a)
			}
		}
	}
	return d
}
