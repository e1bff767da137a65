package pseudocmd

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// labelRows reads the rows of slides, and writes the sets of each as "hubdata pseudo --wsi N" does: a line per set, whose
// text is empty if the slide has no predictions.
func labelRows(ctx context.Context, c *ui.Console, o *options, _ dividing) error {
	if o.merge != "" || o.results != "" {
		return ui.Usagef("sets by slide have neither --merge nor --results")
	}
	a, err := readAids(ctx, c, o)
	if err != nil {
		return err
	}
	slides, err := a.slides(o)
	if err != nil {
		return err
	}
	measuring, stop := context.WithCancel(ctx)
	defer stop()
	known := <-startLabels(measuring, c, o, a.table)
	return eachShard(c, o, func(shard int, sources []*rowSource) error {
		if shard > len(slides) {
			return ui.Failf(ui.ExitBadData, "found slide %d of %d", shard, len(slides))
		}
		return labelSlide(ctx, c, o, a, &known, slides[shard-1], sources)
	})
}

// labelSlide writes the sets of a slide.
func labelSlide(ctx context.Context, c *ui.Console, of *options, a *aids, known *labelledAreas, slide int, sources []*rowSource) error {
	o := *of
	o.Wsis = flags.MustNumbers(fmt.Sprint(slide))
	o.models = nil
	for _, name := range of.models.Names() {
		o.models = append(o.models, preds.ModelFiles{Name: name})
	}
	for _, s := range sources {
		m := &o.models[s.model]
		m.Files = append(m.Files, s.path)
	}
	r := newRowReader(c, &o, a, sources)
	f := r.newFused()
	defer f.close()
	if err := r.fuse(ctx, f, true); err != nil { // all rows of the slide are in memory
		return err
	}
	if err := f.texts.Complete(); err != nil {
		return err
	}
	used := 0
	for i, s := range sources {
		counts := &r.files[i].admission.Counts
		used += counts.Admitted()
		counts.OtherTiles += s.whole.Records - counts.Records
		counts.Records = s.whole.Records
		f.tally.AddSource(s.model, *counts)
		for k, before := range f.told {
			if before.SHA256 == s.whole.File.SHA256 && s.whole.Records > 0 {
				return ui.Failf(ui.ExitBadData, "%s and %s are equal: their predictions would count twice", sources[k].path, s.path).
					Hint("name each file once")
			}
		}
		f.told = append(f.told, s.whole.File)
	}
	account := f.account(&o, a, &known.areas)
	w, err := newSetWriter(c, &o, a, f, r.outs, account, known.file)
	if err != nil {
		return err
	}
	for set := range o.sets() {
		var text bytes.Buffer
		if used > 0 {
			if err := w.encodeSet(&text, set); err != nil {
				return err
			}
		}
		if err := shards.WriteFile(c.Out, path.Join(fmt.Sprint(slide), filepath.Base(o.setPath(set))), text.Bytes()); err != nil {
			return err
		}
	}
	return nil
}
