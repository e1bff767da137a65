package main

import (
	"context"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

const decodeHelp = `Writes the instances of a submission as COCO results: one a line, in the order of
the file. Image ids are the names of the tiles, or with --images those of a COCO
file, or rows of a table like tile_meta.csv, counted from 1.

What is wrong stops it; "hubdata submission check" lists all of it.

examples:
   hubdata submission decode -o submission.segm.json submission.csv
   hubdata submission decode --images tile_meta.csv -o rows.segm.json submission.csv
   hubdata submission decode --images val.json -o - submission.csv | jq length`

type decodeOptions struct {
	in, out  string
	images   string
	start    int64
	startSet bool
	force    bool
}

func decodeCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "decode",
		Usage:       "write a submission as COCO results",
		UsageText:   "[flags] -o OUT SUBMISSION",
		Description: decodeHelp,
		Flags: append([]cli.Flag{
			outFileFlag(),
			imagesFlag("give"),
			categoryStartFlag(", unless a COCO file tells it"),
			forceFlag(),
		}, summaryFlags()...),
		Action: func(ctx *cli.Context) error {
			o := &decodeOptions{
				in:       ctx.Args().First(),
				images:   ctx.String("images"),
				startSet: ctx.IsSet("category-start"),
				force:    ctx.Bool("force"),
			}
			var err error
			if o.out, err = outFile(ctx); err != nil {
				return err
			}
			if ctx.NArg() != 1 {
				return usagef("submission decode takes one submission, got %q", ctx.Args().Slice())
			}
			if o.start, err = categoryStartOf(ctx); err != nil {
				return err
			}
			if err := oneStdin(o.in, o.images); err != nil {
				return err
			}
			return runDecode(ctx.Context, c, o)
		},
	}
}

// decodeSummary is what a run reports.
type decodeSummary struct {
	Files     []summaryFile `json:"files"`
	Tiles     int           `json:"tiles"`
	Empty     int           `json:"tiles_without_instance"`
	Instances int           `json:"instances"`
}

func runDecode(ctx context.Context, c *console, opts *decodeOptions) error {
	o := &outputs{c: c, force: opts.force, unsigned: true}
	defer o.abort()
	in, err := openInput(c, opts.in)
	if err != nil {
		return err
	}
	defer in.Close()
	o.inputs = append(o.inputs, in)
	ids := newImageIDs(opts.start)
	if opts.images != "" {
		var images *input
		if ids, images, err = readImageIDs(c, opts.images, opts.start); err != nil {
			return err
		}
		o.inputs = append(o.inputs, images)
	}
	category := opts.start
	if !opts.startSet {
		if category, err = ids.category(wsi.BloodVessel); err != nil {
			return err
		}
	}
	out, err := o.create(opts.out)
	if err != nil {
		return err
	}
	add, stop := c.progress("decoding", in.size)
	defer stop()
	in.count.seen = add
	sum := &decodeSummary{}
	if err := decodeRows(ctx, in, out, ids, category, sum); err != nil {
		return err
	}
	if _, err := in.provenance(); err != nil {
		return err
	}
	if err := out.finish(); err != nil {
		return err
	}
	if err := o.commit(); err != nil {
		return err
	}
	sum.Files = []summaryFile{newSummarySet(opts.out, sum.Tiles, sum.Instances)}
	return c.summarize(sum, opts.out)
}

// decodeRows writes the results of all rows.
func decodeRows(ctx context.Context, in *input, out *output, ids *imageIDs, category int64, sum *decodeSummary) error {
	image := func(row *wsi.SubmissionRow) (coco.ID, bool, error) {
		if err := ctx.Err(); err != nil {
			return coco.ID{}, false, err
		}
		sum.Tiles++
		if strings.TrimSpace(row.Prediction) == "" {
			sum.Empty++
		}
		id, err := ids.id(row.ID)
		return id, true, err
	}
	return coco.WriteResults(failing{out}, func(yield func(coco.Result, error) bool) {
		for r, err := range wsi.SubmissionResults(in, category, image) {
			if err == nil {
				sum.Instances++
			}
			if !yield(r, inFile(in.name, err)) {
				return
			}
		}
	})
}

func (sum *decodeSummary) write(text *strings.Builder) { wroteInstances(text, sum.Files) }
