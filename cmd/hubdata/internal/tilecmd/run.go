package tilecmd

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/atomicfile"
	"github.com/hubdata/hubdata/internal/parallel"
	"github.com/hubdata/hubdata/internal/spool"
)

// setName is the COCO file of the tiles in the folder.
const setName = "tiles.json"

// storeMemory is how many bytes of the text of parts are in memory; the rest is on disk.
const storeMemory = 64 << 20

// run cuts the slides.
func run(ctx context.Context, c *ui.Console, opts *options) error {
	o := &files.Outputs{Console: c, Force: opts.force}
	defer o.Abort()
	paths, err := inputFiles(opts.inputs)
	if err != nil {
		return err
	}
	if err := o.CheckFolder(opts.out, append(slices.Clone(paths), opts.images, opts.table)...); err != nil {
		return err
	}
	r := &reading{c: c, opts: opts, outputs: o, classes: map[int64]*classUse{}}
	if opts.table != "" {
		if r.listed, err = openTable(c, o, opts.table); err != nil {
			return err
		}
		if r.listed.isSet && opts.minLabelled >= 0 {
			return ui.Usagef("--min-labelled has no effect with %s: its images are the tiles", opts.table)
		}
	}
	w := &writing{c: c, opts: opts, store: spool.Store{Limit: storeMemory, File: spool.File{Dir: o.ScratchFolder(opts.out)}}}
	defer func() { _ = w.store.Close() }() // it is removed in any case
	if err := w.cut(ctx, r, paths); err != nil {
		return err
	}
	if err := r.complete(); err != nil {
		return err
	}
	if w.folder, err = o.CreateFolder(opts.out); err != nil {
		return err
	}
	if err := w.write(ctx, o, r); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := o.Commit(); err != nil {
		return err
	}
	sum := w.summary(r)
	if err := c.Summarize(sum, opts.out); err != nil {
		return err
	}
	if err := c.Flush(); err != nil {
		return err
	}
	return sum.failure()
}

// complete names the slides once all are read, and fails if there are no tiles.
func (r *reading) complete() error {
	if len(r.pictures) == 0 {
		return ui.Failf(ui.ExitBadData, "%s: found no image; nothing was written", r.outputs.Inputs[len(r.outputs.Inputs)-1].Name)
	}
	r.findStrangers()
	if r.listed != nil {
		if err := r.listed.unused(); err != nil {
			return err
		}
	} else if r.tiles == 0 {
		return ui.Failf(ui.ExitBadData, "no tile of %d x %d pixels fits on a slide; nothing was written", r.opts.width, r.opts.height).
			Hint("make them smaller, or choose another --edge than drop")
	}
	name(r.pictures)
	return apart(r.pictures)
}

// writing is the tiles being written.
type writing struct {
	c      *ui.Console
	opts   *options
	store  spool.Store
	parts  []spool.Text // their record is the tile
	counts counts
	folder *atomicfile.Folder
	tiles  tileCounts
}

// cut cuts the instances of all inputs, and keeps the parts.
func (w *writing) cut(ctx context.Context, r *reading, paths []string) error {
	add, stop := w.c.Progress("cutting", -1)
	defer stop()
	for out, err := range parallel.Map(ctx, w.opts.workers, r.instances(ctx, paths), cutter{w.opts}.cutAll) {
		if err != nil {
			return err
		}
		for _, p := range out.parts {
			t, err := w.store.Add(p.text, p.tile)
			if err != nil {
				return err
			}
			w.parts = append(w.parts, t)
		}
		w.counts.add(out.counts)
		add(out.counts.In)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	w.counts.In, w.counts.Orphans = w.counts.In+r.orphans, r.orphans
	slices.SortStableFunc(w.parts, func(a, b spool.Text) int { return int(a.Of) - int(b.Of) })
	return w.store.Complete()
}

// write fills the folder.
func (w *writing) write(ctx context.Context, o *files.Outputs, r *reading) error {
	kept, err := w.keep(ctx, r)
	if err != nil {
		return err
	}
	from := files.Provenance{Version: ui.Version, Command: "tile", Options: w.opts.recorded}
	for _, in := range o.Inputs {
		from.Inputs = append(from.Inputs, in.FileInfo())
	}
	description, more := fmt.Sprintf("tiles of %d slides", len(r.pictures)), []coco.Field(nil)
	if r.files == 1 {
		description, more = "tiles of "+filepath.Base(o.Inputs[len(o.Inputs)-1].Name), []coco.Field{{Key: "source", Value: r.info}}
	}
	info, err := from.Info(description, more...)
	if err != nil {
		return err
	}
	mark := append(append([]byte(`{"info":`), info...), "}\n"...)
	if err := w.folder.Root().WriteFile(files.MarkName, mark, 0o666); err != nil {
		return err
	}
	return w.writeSet(ctx, r, kept, info)
}

// keep returns which tiles are kept, and writes their images.
func (w *writing) keep(ctx context.Context, r *reading) ([]bool, error) {
	filled := make([]bool, r.tiles)
	for _, t := range w.parts {
		filled[t.Of] = true
	}
	kept := slices.Repeat([]bool{true}, r.tiles)
	w.tiles.Tiles = r.tiles
	w.leaveUnlabelled(r, kept, filled)
	for i := range kept {
		if filled[i] || !kept[i] {
			continue
		}
		w.tiles.Empty++
		kept[i] = !w.opts.dropEmpty
	}
	if w.opts.dropEmpty {
		w.tiles.DroppedEmpty = w.tiles.Empty
	}
	if w.opts.images == "" {
		return kept, nil
	}
	return kept, w.writeImages(ctx, r, kept, filled)
}

// writeSet writes the COCO file of the tiles that are kept.
func (w *writing) writeSet(ctx context.Context, r *reading, kept []bool, info []byte) (err error) {
	f, err := w.folder.Root().Create(setName)
	if err != nil {
		return err
	}
	defer func() {
		if err == nil {
			err = f.Sync()
		}
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	to := coco.NewWriter(f)
	licenses := r.licenses
	if licenses == nil || r.files != 1 {
		licenses = []byte("[]")
	}
	if err := to.Header(info, licenses); err != nil {
		return err
	}
	for i := range r.categories {
		if err := to.Category(&r.categories[i]); err != nil {
			return err
		}
	}
	for _, p := range r.pictures {
		for tile := range p.tiles.Len() {
			if !kept[p.first+tile] {
				continue
			}
			if w.tiles.Written++; w.tiles.Written%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			img := p.imageOf(tile)
			img.Extra = append(img.Extra, p.labelledOf(tile)...)
			if err := to.Image(&img); err != nil {
				return err
			}
		}
	}
	if err := to.Annotations(&annotations{parts: w.parts, store: &w.store}); err != nil {
		return err
	}
	return to.Close()
}

// annotations reads the annotations of all tiles, which it numbers from 1.
type annotations struct {
	parts []spool.Text
	store *spool.Store
	n     int
	text  []byte // not yet read
	buf   []byte
}

func (a *annotations) Read(p []byte) (int, error) {
	if len(a.text) == 0 {
		if a.n == len(a.parts) {
			return 0, io.EOF
		}
		a.buf = a.buf[:0]
		if a.n > 0 {
			a.buf = append(a.buf, ",\n"...)
		}
		own, err := a.store.Get(a.parts[a.n], nil)
		if err != nil {
			return 0, err
		}
		a.n++
		a.buf = fmt.Appendf(a.buf, `{"id":%d`, a.n)
		a.buf = append(a.buf, own...)
		a.text = a.buf
	}
	n := copy(p, a.text)
	a.text = a.text[n:]
	return n, nil
}
