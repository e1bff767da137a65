package pseudocmd

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// manifest writes what the shard is, next to its results; the caller commits it.
func (w *setWriter) manifest() (ui.SummaryFile, error) {
	from := w.provenance(0)
	delete(from.Options, "thr")
	from.Accounting = nil
	m := &shards.Manifest{Shard: w.o.shard, Images: w.images(), Results: w.fused.results.info(w.o.results)}
	for _, f := range w.fused.admitted {
		m.Predictions += f
	}
	path := shards.ManifestOf(w.o.results)
	out, err := w.outs.Create(path)
	if err != nil {
		return ui.SummaryFile{}, err
	}
	if err := m.Write(out, &from); err != nil {
		return ui.SummaryFile{}, out.Failed(err)
	}
	return ui.NewSummaryFile(path), out.Finish()
}

// images is the number of tiles that the shard has.
func (w *setWriter) images() int {
	n := 0
	for _, t := range w.aids.tiles {
		if w.aids.selected(w.o, t) && w.aids.inShard(t.Row) {
			n++
		}
	}
	return n
}
