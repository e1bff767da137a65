package partials

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/eval"
)

// ScoreRows reads rows of n shards, sorted by shard, image and record, and writes for each shard a line with the
// file of what it adds to a score: see [shards.WriteFile].
func (r *Run) ScoreRows(ctx context.Context, c *ui.Console, n int) error {
	label, err := r.label(c)
	if err != nil {
		return err
	}
	label.Results = files.FileInfo{Name: r.Results}
	w := &rowScorer{s: r.Scorer, c: c, label: label, index: r.Scorer.Truth.Index()}
	err = shards.ReadRows(c.Stdin(), func(row *shards.Row) error {
		if row.Shard > n {
			return ui.Failf(ui.ExitBadData, "found shard %d of %d", row.Shard, n)
		}
		if shard := (shards.Shard{I: row.Shard, Of: n}); shard != w.shard {
			if err := w.end(ctx); err != nil {
				return err
			}
			w.begin(shard)
		}
		return w.add(row)
	})
	if err != nil {
		return err
	}
	return w.end(ctx)
}

// A rowScorer scores shards, one after another.
type rowScorer struct {
	s     *scoring.Scorer
	c     *ui.Console
	label *Label // of all shards
	index *coco.Index
	shard shards.Shard
	list  coco.Results
	from  []rowPlace // where each of the list comes from
}

// A rowPlace is a record of a file.
type rowPlace struct {
	path   string
	record int
}

func (w *rowScorer) begin(shard shards.Shard) {
	w.shard, w.list, w.from = shard, coco.Results{}, w.from[:0]
}

// add adds the results of a row.
func (w *rowScorer) add(row *shards.Row) error {
	if row.Image == 0 {
		return nil
	}
	list, err := coco.DecodeResults(bytes.NewReader(row.Text))
	if err != nil {
		return ui.Failf(ui.ExitBadData, "%s: records from %d on: %w", row.Path, row.First, err)
	}
	from, to := w.shard.Range(len(w.s.Truth.Images))
	for i, r := range list.All() {
		at, ok := w.index.ImageAt(r.ImageID)
		if !ok || at < from || at >= to {
			return ui.Failf(ui.ExitBadData, "%s: [%d].image_id: found %s, which is not an image of shard %s of the ground truth", row.Path, row.First+i, r.ImageID.AppendJSON(nil), w.shard)
		}
		w.list.Append(r)
		w.from = append(w.from, rowPlace{row.Path, row.First + i})
	}
	return nil
}

// end scores the shard, and writes its line.
func (w *rowScorer) end(ctx context.Context) error {
	if w.shard.Of == 0 {
		return nil
	}
	s := *w.s
	label := *w.label
	label.Shard = w.shard
	from, to := w.shard.Range(len(w.s.Truth.Images))
	groupings, err := label.divide(&s, from, to)
	if err != nil {
		return err
	}
	truth := *w.s.Truth
	s.Truth = &truth
	truth.Only(func(i int) bool { return from <= i && i < to })
	d := &preds.Detections{Name: "results", List: w.list}
	var text bytes.Buffer
	if err := write(ctx, &s, d, &label, groupings, &text); err != nil {
		var fault *eval.Error
		if errors.As(err, &fault) && fault.List == "results" {
			at := w.from[fault.Index]
			d.Name, fault.Index = at.path, at.record
		}
		return d.Fault(&truth, err)
	}
	return shards.WriteFile(w.c.Out, fmt.Sprintf("%06d.part", w.shard.I), text.Bytes())
}
