package exportcmd

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/atomicfile"
	"github.com/hubdata/hubdata/internal/parallel"
)

// run writes the set in the format.
func run(ctx context.Context, c *ui.Console, opts *options) error {
	o := &files.Outputs{Console: c, Force: opts.force}
	defer o.Abort()
	f, err := read(ctx, c, o, opts)
	if err != nil {
		return err
	}
	s, err := choose(c, o, opts, f)
	if err != nil {
		return err
	}
	if err := check(o, opts); err != nil {
		return err
	}
	states, err := locate(ctx, c, o, opts, f.Images, s)
	if err != nil {
		return ui.InFile(f.Input.Name, err)
	}
	if states, err = s.judge(opts, states); err != nil {
		return ui.InFile(f.Input.Name, err)
	}
	sum := newSummary(opts, f, s, states)
	if err := sum.empty(f.Input.Name); err != nil && !opts.allowEmpty {
		return err
	}
	info, err := opts.info(o, f)
	if err != nil {
		return err
	}
	w := &writing{c: c, opts: opts, set: s, states: states, sum: sum, info: info, source: f.Input.Name}
	if err := w.write(ctx, o, files.Stem(filepath.Base(f.Input.Name))); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := o.Commit(); err != nil {
		return err
	}
	sum.done(opts, s)
	if err := c.Summarize(sum, opts.out); err != nil {
		return err
	}
	if err := c.Flush(); err != nil {
		return err
	}
	return sum.failure(opts.format)
}

// check reports early why the output could not be written.
func check(o *files.Outputs, opts *options) error {
	if opts.oneFile {
		o.Unsigned = opts.format.Unsigned
		return o.Check(opts.out)
	}
	return o.CheckFolder(opts.out)
}

// info is the info object of what is written. It keeps that of the input.
func (o *options) info(out *files.Outputs, f *files.COCOFile) ([]byte, error) {
	from := files.Provenance{Version: ui.Version, Command: "export", Options: o.recorded}
	for _, in := range out.Inputs {
		from.Inputs = append(from.Inputs, in.FileInfo())
	}
	return from.Info(filepath.Base(f.Input.Name)+" as "+o.format.Name, coco.Field{Key: "source", Value: f.Info})
}

// writing is an export being written.
type writing struct {
	c      *ui.Console
	opts   *options
	set    *selected
	states []imageState
	sum    *summary
	info   []byte
	source string // the input, for errors
	folder *atomicfile.Folder
}

// maxPiece is the most instances that a format of slides gets in one call.
const maxPiece = 1 << 12

// piece is instances of an image, from to before to.
type piece struct{ image, from, to int }

// pieces cuts the images of a format of slides.
func (w *writing) pieces() []piece {
	var list []piece
	for i, img := range w.set.images {
		n := len(img.Instances)
		if !w.opts.format.Slides || n <= maxPiece {
			list = append(list, piece{i, 0, n})
			continue
		}
		for at := 0; at < n; at += maxPiece {
			list = append(list, piece{i, at, min(at+maxPiece, n)})
		}
	}
	return list
}

// made is what a worker made of a piece of an image.
type made struct {
	img    *formats.Image
	first  bool // it is the image's first piece
	out    *formats.Output
	placed placed
}

func (w *writing) write(ctx context.Context, o *files.Outputs, name string) error {
	exporter, err := w.opts.format.Export(&formats.Set{Name: name, Categories: w.set.categories, Splits: w.set.splits, Info: w.info}, w.opts.values)
	if err != nil {
		return &ui.Failure{Code: ui.ExitBadData, Err: ui.InFile(w.source, err)}
	}
	p := newParts(exporter, o.ScratchFolder(w.opts.out))
	defer p.close()
	if p.to, err = w.open(o, p); err != nil {
		return err
	}
	add, stop := w.c.Progress("writing", -1)
	defer stop()
	for m, err := range parallel.Map(ctx, w.opts.workers, parallel.Items(w.pieces()), func(p piece) (*made, error) { return w.make(exporter, p) }) {
		if err != nil {
			return err
		}
		add(1)
		for _, part := range m.out.Parts {
			if err := p.add(part); err != nil {
				return err
			}
		}
		w.sum.add(m)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	rest, err := exporter.Finish()
	if err != nil {
		return err
	}
	for _, part := range rest {
		if err := p.add(part); err != nil {
			return err
		}
	}
	return p.end(ctx, w.opts.workers)
}

// open begins the output.
func (w *writing) open(o *files.Outputs, p *parts) (sink, error) {
	if w.opts.oneFile {
		out, err := o.Create(w.opts.out)
		if w.opts.out == "-" {
			return oneFile{out, p.buffer()}, err
		}
		return oneFile{out, nil}, err
	}
	var err error
	if w.folder, err = o.CreateFolder(w.opts.out); err != nil {
		return nil, err
	}
	mark := append(append([]byte(`{"info":`), w.info...), "}\n"...)
	return inFolder{w.folder.Root()}, w.folder.Root().WriteFile(files.MarkName, mark, 0o666)
}

// make makes the parts of a piece, and brings the image's file into the folder.
func (w *writing) make(exporter formats.Exporter, p piece) (*made, error) {
	i, img := p.image, w.set.images[p.image]
	if p.to-p.from < len(img.Instances) {
		part := *img
		part.Instances = img.Instances[p.from:p.to]
		img = &part
	}
	at := func(err error) error {
		return &ui.Failure{Code: ui.ExitBadData, Err: ui.InFile(w.source, fmt.Errorf("images[%d]: %w", w.set.at[i], err))}
	}
	out, err := exporter.Image(img)
	if err != nil {
		return nil, at(err)
	}
	if len(out.Fates) != len(img.Instances) {
		return nil, fmt.Errorf("format %s: found %d fates of %d instances", w.opts.format.Name, len(out.Fates), len(img.Instances))
	}
	m := &made{img: img, first: p.from == 0, out: out}
	source := w.states[i].path
	if out.ImageFile == "" || source == "" || w.opts.how == leaveOut {
		return m, nil
	}
	if err := checkPath(out.ImageFile); err != nil {
		return nil, at(err)
	}
	m.placed, err = place(w.folder.Root(), source, out.ImageFile, w.opts.how)
	return m, err
}
