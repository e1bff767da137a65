package stitchcmd

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/wholes"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/atomicfile"
	"github.com/hubdata/hubdata/slide"
)

// run joins the instances, and writes the slides or the tiles.
func run(ctx context.Context, c *ui.Console, opts *options) error {
	o := &files.Outputs{Console: c, Force: opts.force}
	defer o.Abort()
	in, err := read(ctx, c, o, opts)
	if err != nil {
		return err
	}
	kept := in.kept()
	joined, empty, err := in.join(ctx, opts, kept)
	if err != nil {
		return err
	}
	sum := newSummary(in, joined, empty)
	if opts.keepTiles {
		err = writeTiles(ctx, o, opts, in, kept, joined, sum)
	} else {
		err = writeSlides(ctx, c, o, opts, in, kept, joined, sum)
	}
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := o.Commit(); err != nil {
		return err
	}
	for _, note := range in.notes {
		c.Note("%s: %s", in.file, note)
	}
	return c.Summarize(sum, opts.out)
}

// check reports why the output may not be written.
func (o *options) check(out *files.Outputs) error {
	if o.keepTiles {
		return out.Check(o.out)
	}
	return out.CheckFolder(o.out)
}

// info is the info object of the files, which keeps that of the tiles.
func (o *options) info(out *files.Outputs, in *input) (json.RawMessage, error) {
	from := files.Provenance{Version: ui.Version, Command: "stitch", Options: o.recorded}
	for _, input := range out.Inputs {
		from.Inputs = append(from.Inputs, input.FileInfo())
	}
	return from.Info("whole instances of "+filepath.Base(in.file), coco.Field{Key: "source", Value: in.set.Info})
}

// writeSlides writes a file for each slide.
func writeSlides(ctx context.Context, c *ui.Console, o *files.Outputs, opts *options, in *input, kept []int, joined []wholes.Joined, sum *summary) error {
	info, err := opts.info(o, in)
	if err != nil {
		return err
	}
	dir, err := o.CreateFolder(opts.out)
	if err != nil {
		return err
	}
	mark := append(append([]byte(`{"info":`), info...), "}\n"...)
	if err := dir.Root().WriteFile(files.MarkName, mark, 0o666); err != nil {
		return err
	}
	images := make([]coco.Image, len(joined))
	for k := range joined {
		images[k] = slideImage(&joined[k], int64(k+1))
		labelled, err := in.placed.Labelled(k)
		if err != nil {
			return fmt.Errorf("%s: %w", in.set.Input.Name, err)
		}
		if labelled != nil {
			images[k].Extra = append(images[k].Extra, coco.Field{Key: slide.LabelledMember, Value: labelled.AppendJSON(nil)})
		}
	}
	names := files.FileNames(images)
	add, stop := c.Progress("writing slides", -1)
	defer stop()
	first := int64(1)
	for k := range joined {
		j := &joined[k]
		name := names[k] + ".json"
		err := writeFile(dir, name, func(w io.Writer) error {
			return in.writeSlide(ctx, opts, w, info, &images[k], j, kept, first, sum)
		})
		if err != nil {
			return err
		}
		add(len(j.Wholes))
		sum.wrote(filepath.Join(opts.out, name), &images[k], j)
		first += int64(len(j.Wholes))
	}
	return nil
}

// slideImage is the image that a slide is.
func slideImage(j *wholes.Joined, id int64) coco.Image {
	width, height := j.Size()
	name, _ := json.Marshal(j.Frame.Slide) // a text
	img := coco.Image{ID: coco.IntID(id), FileName: j.Frame.Slide, Width: width, Height: height, Extra: coco.Fields{{Key: "source_wsi", Value: name}}}
	if n, err := strconv.Atoi(j.Frame.Slide); err == nil && strconv.Itoa(n) == j.Frame.Slide {
		img.Extra[0].Value = json.RawMessage(j.Frame.Slide) // as HuBMAP has it
	}
	if j.Scale != 1 {
		img.Extra = append(img.Extra, coco.Field{Key: "scale", Value: strconv.AppendFloat(nil, j.Scale, 'g', -1, 64)})
	}
	return img
}

func (in *input) writeSlide(ctx context.Context, opts *options, to io.Writer, info json.RawMessage, img *coco.Image, j *wholes.Joined, kept []int, first int64, sum *summary) error {
	w := coco.NewWriter(to)
	licenses := in.set.Licenses
	if licenses == nil {
		licenses = json.RawMessage("[]")
	}
	if err := w.Header(info, licenses); err != nil {
		return err
	}
	if err := w.Image(img); err != nil {
		return err
	}
	for i := range in.set.Categories {
		if err := w.Category(&in.set.Categories[i]); err != nil {
			return err
		}
	}
	if err := in.eachWhole(ctx, opts, j, kept, img.ID, first, sum, w.Annotation); err != nil {
		return err
	}
	return w.Close()
}

// writeFile writes a file of a folder.
func writeFile(dir *atomicfile.Folder, name string, write func(io.Writer) error) error {
	f, err := dir.Root().OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	w := newBuffer(f)
	return cmp.Or(write(w), w.Flush(), f.Close())
}

// writeTiles writes the tiles as they were, with the number of the whole of each instance.
func writeTiles(ctx context.Context, o *files.Outputs, opts *options, in *input, kept []int, joined []wholes.Joined, sum *summary) error {
	number := make([]int64, in.len())
	next := int64(1)
	for k := range joined {
		j := &joined[k]
		for n, from := range j.From {
			number[kept[from]] = next + int64(j.Of[n])
		}
		next += int64(len(j.Wholes))
	}
	if in.results != nil {
		return in.writeResults(o, opts, number, sum)
	}
	d := *in.set.Dataset
	d.Annotations = nil
	for i, a := range in.set.Annotations {
		if in.of[i] < 0 {
			continue
		}
		a.Extra = withNumber(a.Extra, wholes.Member, number[i])
		d.Annotations = append(d.Annotations, a)
	}
	groups := in.groups(joined, kept)
	d.Images = slices.Clone(d.Images)
	for i := range d.Images {
		d.Images[i].Extra = withNumber(d.Images[i].Extra, groupMember, groups[i])
	}
	sum.count(groups)
	var err error
	if d.Info, err = opts.info(o, in); err != nil {
		return err
	}
	if d.Licenses == nil {
		d.Licenses = json.RawMessage("[]")
	}
	sum.Files = append(sum.Files, ui.NewSummarySet(opts.out, len(d.Images), len(d.Annotations)))
	return files.WriteCOCO(o, opts.out, &d)
}

func (in *input) writeResults(o *files.Outputs, opts *options, number []int64, sum *summary) error {
	out, err := o.Create(opts.out)
	if err != nil {
		return err
	}
	n := 0
	err = files.WriteResults(out, opts.out, func(yield func(coco.Result, error) bool) {
		for i, r := range in.results.List.All() {
			if in.of[i] < 0 {
				continue
			}
			n++
			if r.Extra = withNumber(r.Extra, wholes.Member, number[i]); !yield(r, nil) {
				return
			}
		}
	})
	if err != nil {
		return out.Failed(err)
	}
	sum.Files = append(sum.Files, ui.NewSummarySet(opts.out, len(in.set.Images), n))
	return out.Finish()
}

// withNumber sets a member to a number; 0: there is none.
func withNumber(extra coco.Fields, member string, number int64) coco.Fields {
	var out coco.Fields
	for _, f := range extra {
		if f.Key != member {
			out = append(out, f)
		}
	}
	if number == 0 {
		return out
	}
	return append(out, coco.Field{Key: member, Value: strconv.AppendInt(nil, number, 10)})
}
