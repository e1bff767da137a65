package importcmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/formatlist"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
)

// run reads the inputs, and writes the set.
func run(ctx context.Context, c *ui.Console, opts *options) error {
	o := &files.Outputs{Console: c, Force: opts.force}
	defer o.Abort()
	origin, err := openOrigin(ctx, c, o, opts)
	if err != nil {
		return err
	}
	if err := o.Check(opts.out, opts.changes); err != nil {
		return err
	}
	from := files.Provenance{Version: ui.Version, Command: "import", Options: opts.recorded()}
	set := newSet()
	add, stop := c.Progress("reading", -1)
	defer stop()
	var names []string
	for _, input := range opts.inputs {
		fsys, src, err := openSource(c, o, input, opts.images)
		if err != nil {
			return err
		}
		format, err := opts.formatOf(input, src)
		if err != nil {
			return err
		}
		if src.Options, err = opts.values(format); err != nil {
			return err
		}
		src.Classes, src.Known = opts.classes, origin.known()
		names = append(names, format.Name)
		fsys.sums = map[string]files.FileInfo{}
		err = format.Import(ctx, src, func(r *formats.Read) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			add(1)
			return set.add(format, r, src)
		})
		if err != nil {
			return failure(input, format, err)
		}
		from.Inputs = append(from.Inputs, fsys.info(input))
	}
	stop()
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(set.images) == 0 {
		return ui.Failf(ui.ExitBadData, "%s: found no image as %s; nothing was written", strings.Join(opts.inputs, ", "), names[0])
	}
	d := set.dataset(c, opts)
	edits, err := origin.compare(ctx, d)
	if err != nil {
		return err
	}
	var source coco.Field
	if edits != nil {
		d = origin.set.Dataset
		from.Inputs = append(from.Inputs, origin.set.Input.FileInfo())
		source = coco.Field{Key: "source", Value: files.QuotedInfo(d.Info)}
	}
	if d.Info, err = from.Info("imported from "+names[0], source); err != nil {
		return err
	}
	if d.Licenses == nil {
		d.Licenses = json.RawMessage("[]")
	}
	if err := files.WriteCOCO(o, opts.out, d); err != nil {
		return err
	}
	if err := origin.write(o, opts, edits, &from); err != nil {
		return err
	}
	if err := o.Commit(); err != nil {
		return err
	}
	sum := newSummary(opts, names, set, d)
	sum.Changes = newEdits(edits, origin)
	if err := c.Summarize(sum, opts.out, opts.changes); err != nil {
		return err
	}
	if err := c.Flush(); err != nil {
		return err
	}
	return sum.failure()
}

// formatOf is the format of --from, or the one that an input is recognised as.
func (o *options) formatOf(input string, src *formats.Source) (*formats.Format, error) {
	if o.format != nil {
		return o.format, nil
	}
	return recognise(formatlist.Imported(), input, src)
}

// recognise finds the one format of a list that an input is of.
func recognise(list []*formats.Format, input string, src *formats.Source) (*formats.Format, error) {
	var found []*formats.Format
	for _, f := range list {
		if f.Recognise != nil && f.Recognise(src) {
			found = append(found, f)
		}
	}
	switch names := formatlist.Names(found); len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, ui.Failf(ui.ExitBadData, "%s: its format is not recognised", input).
			Hint("name it with --from: %s", strings.Join(formatlist.Names(list), ", "))
	default:
		return nil, ui.Failf(ui.ExitBadData, "%s: it may be of the formats %s", input, strings.Join(names, ", ")).
			Hint("name the one to read with --from, such as --from %s", names[0])
	}
}

// failure says of which input an error is. An error of the system stays one; others are of the data.
func failure(input string, f *formats.Format, err error) error {
	var worded *ui.Failure
	var system *fs.PathError
	switch {
	case errors.As(err, &worded):
		return err
	case errors.Is(err, context.Canceled), ui.IsReadError(err), errors.As(err, &system):
		return ui.InFile(input, err)
	}
	err = ui.InFile(input, fmt.Errorf("as %s: %w", f.Name, err))
	var syntax *coco.Error
	if errors.Is(err, ui.ErrInput) || errors.As(err, &syntax) {
		return err
	}
	return &ui.Failure{Code: ui.ExitBadData, Err: err}
}
