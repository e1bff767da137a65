package submissioncmd

import (
	"context"
	"io"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

const decodeHelp = `Writes the instances of a submission as COCO results: one per line, in the order
of the file. Image ids are the names of the tiles, or with --images those of a
COCO file, or rows of a table like tile_meta.csv, counted from 1.

It stops at the first fault; "hubdata submission check" lists all of them.

examples:
   hubdata submission decode -o submission.segm.json submission.csv
   hubdata submission decode --images tile_meta.csv -o rows.segm.json submission.csv
   hubdata submission decode --images val.json -o - submission.csv | jq length`

// decodeOptions say which submission becomes which results.
type decodeOptions struct {
	in, out  string
	images   string
	start    int64
	startSet bool
	force    bool
}

// decodeCommand is hubdata submission decode.
func decodeCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "decode",
		Usage:       "write a submission as COCO results",
		UsageText:   "[flags] -o OUT SUBMISSION",
		Description: decodeHelp,
		Flags: append([]cli.Flag{
			flags.OutFileFlag(),
			flags.ImagesFlag("write"),
			flags.CategoryStartFlag(", unless a COCO file has it"),
			flags.ForceFlag(),
		}, flags.SummaryFlags()...),
		Action: func(ctx *cli.Context) error {
			o := &decodeOptions{
				in:       ctx.Args().First(),
				images:   ctx.String("images"),
				startSet: ctx.IsSet("category-start"),
				force:    ctx.Bool("force"),
			}
			var err error
			if o.out, err = flags.OutFile(ctx); err != nil {
				return err
			}
			if ctx.NArg() != 1 {
				return ui.Usagef("submission decode takes one submission, found %q", ctx.Args().Slice())
			}
			if o.start, err = flags.CategoryStartOf(ctx); err != nil {
				return err
			}
			if err := flags.OneStdin(o.in, o.images); err != nil {
				return err
			}
			sum, err := decode(ctx.Context, c, o)
			if err != nil {
				return err
			}
			return c.Summarize(sum, o.out)
		},
	}
}

// decodeSummary is what a decode reports.
type decodeSummary struct {
	Files     []ui.SummaryFile `json:"files"`
	Tiles     int              `json:"tiles"`
	Empty     int              `json:"tiles_without_instance"`
	Instances int              `json:"instances"`
}

// decode reads a submission and writes its instances as COCO results.
func decode(ctx context.Context, c *ui.Console, o *decodeOptions) (*decodeSummary, error) {
	outs := &files.Outputs{Console: c, Force: o.force, Unsigned: true}
	defer outs.Abort()
	in, err := files.OpenInput(c, o.in)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	outs.Inputs = append(outs.Inputs, in)
	ids := preds.NewImageIDs(o.start)
	if o.images != "" {
		var images *files.Input
		if ids, images, err = preds.ReadImageIDs(c, o.images, o.start); err != nil {
			return nil, err
		}
		outs.Inputs = append(outs.Inputs, images)
	}
	category := o.start
	if !o.startSet {
		if category, err = ids.Category(wsi.BloodVessel); err != nil {
			return nil, err
		}
	}
	out, err := outs.Create(o.out)
	if err != nil {
		return nil, err
	}
	add, stop := c.Progress("decoding", in.Size)
	defer stop()
	in.OnRead(add)
	sum := &decodeSummary{}
	if err := decodeRows(ctx, in, failing{out}, o.out, ids, category, sum); err != nil {
		return nil, err
	}
	if _, err := in.ReadToEnd(); err != nil {
		return nil, err
	}
	if err := out.Finish(); err != nil {
		return nil, err
	}
	if err := outs.Commit(); err != nil {
		return nil, err
	}
	sum.Files = []ui.SummaryFile{ui.NewSummarySet(o.out, sum.Tiles, sum.Instances)}
	return sum, nil
}

// decodeRows writes the results of all rows to a file of that path.
func decodeRows(ctx context.Context, in *files.Input, out io.Writer, path string, ids *preds.ImageIDs, category int64, sum *decodeSummary) error {
	image := func(row *wsi.SubmissionRow) (coco.ID, bool, error) {
		if err := ctx.Err(); err != nil {
			return coco.ID{}, false, err
		}
		sum.Tiles++
		if strings.TrimSpace(row.Prediction) == "" {
			sum.Empty++
		}
		id, err := ids.Id(row.ID)
		return id, true, err
	}
	return files.WriteResults(out, path, func(yield func(coco.Result, error) bool) {
		for r, err := range wsi.SubmissionResults(in, category, image) {
			if err == nil {
				sum.Instances++
			}
			if !yield(r, ui.InFile(in.Name, err)) {
				return
			}
		}
	})
}

func (sum *decodeSummary) WriteText(text *strings.Builder) { ui.ListInstances(text, sum.Files) }
