package submissioncmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/spool"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

const encodeHelp = `Writes predictions as a submission: a row for each tile of the test set, also for
those on which nothing was found. RESULTS are COCO results, or a COCO dataset
whose annotations have a score. DIR is the dataset folder (default:
$HUBDATA_DATA, else this folder).

The tiles are those of --tiles; without, the images in DIR/test, else the rows of
DIR/sample_submission.csv. A prediction on any other tile is an error. Image ids are
those of --images; without, strings are names of tiles and integers rows of
DIR/tile_meta.csv, counted from 1. A dataset has its own.

Of the instances of a tile, in this order: lower scores than --min-score go; the
others are put by falling score, equal ones as they come; --post and then
--dilate change the mask; those without a pixel go; --top keeps the first.

examples:
   hubdata submission encode fused.segm.json
   hubdata submission encode --top 100 --min-score 0.01 --dilate 1 fused.segm.json
   hubdata submission encode --post fill,largest --tiles test -o - model.segm.json
   hubdata submission encode --images val.json --tiles val.json -o val.csv val.segm.json`

type encodeOptions struct {
	results, dir, out string
	tiles             testTiles
	images            string
	categoryStart     int64
	top               int
	minScore          float64
	post              []rle.Step
	workers           int
	force             bool
}

func encodeCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "encode",
		Usage:       "write predictions as a submission",
		UsageText:   "[flags] RESULTS [DIR]",
		Description: encodeHelp,
		Flags: append([]cli.Flag{
			flags.OutFlag("write to the file `OUT`; - is standard output (default: submission.csv)"),
			tilesFlag("the images in DIR/test, else sample_submission.csv in DIR"),
			tilesSizeFlag(),
			flags.ImagesFlag("RESULTS has"),
			flags.CategoryStartFlag(", unless a COCO file tells it"),
			&cli.Float64Flag{Name: "min-score", Usage: "keep instances that score `SCORE` or more", DefaultText: "none"},
			&cli.IntFlag{Name: "top", Usage: "keep at most `N` instances of a tile", DefaultText: "all"},
			flags.PostFlag("none"),
			&cli.IntFlag{Name: "dilate", Usage: "grow each mask `N` times by the 3 x 3 cross"},
			flags.WorkersFlag("encode tiles by"),
			flags.ForceFlag(),
		}, flags.SummaryFlags()...),
		Action: func(ctx *cli.Context) error {
			opts, err := parseEncode(ctx)
			if err != nil {
				return err
			}
			return runEncode(ctx.Context, c, opts)
		},
	}
}

func parseEncode(ctx *cli.Context) (*encodeOptions, error) {
	o := &encodeOptions{
		results:  ctx.Args().Get(0),
		out:      cmp.Or(ctx.String("out"), "submission.csv"),
		images:   ctx.String("images"),
		top:      ctx.Int("top"),
		minScore: ctx.Float64("min-score"),
		force:    ctx.Bool("force"),
	}
	if n := ctx.NArg(); n < 1 || n > 2 {
		return nil, ui.Usagef("submission encode takes a file of predictions and at most a folder, got %q", ctx.Args().Slice())
	}
	var err error
	if o.tiles, err = parseTestTiles(ctx, 1); err != nil {
		return nil, err
	}
	if o.workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	if o.categoryStart, err = flags.CategoryStartOf(ctx); err != nil {
		return nil, err
	}
	switch {
	case !(o.minScore >= 0 && o.minScore <= 1):
		return nil, ui.Usagef("--min-score: %v is not from 0 to 1", o.minScore)
	case o.top < 0, ctx.IsSet("top") && o.top == 0:
		return nil, ui.Usagef("--top: %d is not positive", o.top)
	}
	if o.post, err = flags.ParseSteps(ctx.String("post")); err != nil {
		return nil, err
	}
	if n := ctx.Int("dilate"); n < 0 {
		return nil, ui.Usagef("--dilate: %d is negative", n)
	} else if n > 1000 {
		return nil, ui.Usagef("--dilate: %d is more than 1000", n)
	} else if n > 0 {
		cross, err := rle.Cross(3)
		if err != nil {
			return nil, err
		}
		o.post = append(o.post, rle.Step{Kind: rle.StepDilate, Element: cross, Times: n})
	}
	if err := flags.OneStdin(o.results, o.tiles.path, o.images); err != nil {
		return nil, err
	}
	if o.dir, err = folder.DataFolder(ctx.Args().Get(1)); err != nil {
		return nil, err
	}
	return o, o.tiles.inFolder(o.dir)
}

// encodeMemory bounds what is kept of masks' texts in memory.
const encodeMemory = 64 << 20

func runEncode(ctx context.Context, c *ui.Console, opts *encodeOptions) error {
	job := &encodeJob{c: c, opts: opts, outputs: files.Outputs{Console: c, Force: opts.force, Unsigned: true}}
	job.spill.Dir = job.outputs.ScratchFolder(opts.out)
	defer job.outputs.Abort()
	defer func() { _ = job.spill.Close() }() // it is gone in any case
	if err := job.read(ctx); err != nil {
		return err
	}
	if err := job.write(ctx); err != nil {
		return err
	}
	job.sum.Files = []ui.SummaryFile{ui.NewSummarySet(opts.out, job.sum.Tiles, job.sum.Instances)}
	return c.Summarize(&job.sum, opts.out)
}

// encodeJob is a run of submission encode.
type encodeJob struct {
	c       *ui.Console
	opts    *encodeOptions
	outputs files.Outputs
	spill   spool.File
	tiles   []wsi.SubmissionTile // that the submission is of
	encoder *wsi.SubmissionEncoder
	file    *preds.ResultFile // closed
	sum     encodeSummary
}

// read reads the tiles, then the predictions, which it gives to the encoder.
func (job *encodeJob) read(ctx context.Context) error {
	opts := job.opts
	tiles, in, err := opts.tiles.read(job.c)
	if err != nil {
		return err
	}
	if in != nil {
		job.outputs.Inputs = append(job.outputs.Inputs, in)
	}
	job.tiles = tiles
	job.encoder, err = wsi.NewSubmissionEncoder(tiles, &wsi.EncodeOptions{
		MinScore: opts.minScore, Steps: opts.post, Top: opts.top, Workers: opts.workers, Spill: &job.spill, Memory: encodeMemory,
	})
	if err != nil {
		return err
	}
	ids, err := job.ids()
	if err != nil {
		return err
	}
	add, stop := job.c.Progress("reading", -1)
	defer stop()
	if job.file, err = preds.OpenResults(job.c, opts.results, add); err != nil {
		return err
	}
	defer job.file.Close()
	job.outputs.Inputs = append(job.outputs.Inputs, job.file.Input)
	if err := job.outputs.Check(opts.out); err != nil {
		return err
	}
	if job.file.Dataset != nil {
		if err := ids.TakeDataset(job.file.Name, job.file.Dataset); err != nil {
			return ui.InFile(job.file.Name, err)
		}
	}
	category, err := ids.Category(wsi.BloodVessel)
	if err != nil {
		return err
	}
	list := &coco.Names{}
	for _, t := range tiles {
		list.AddName(t.ID)
	}
	listed := ids.In(list)
	record := 0
	for r, err := range job.file.Records {
		if err != nil {
			return ui.InFile(job.file.Name, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		job.sum.Predictions++
		if err := job.take(&r, record, listed, category); err != nil {
			return job.inRecord(err)
		}
		record++
	}
	_, err = job.file.ReadToEnd()
	return err
}

// inRecord says in which record of the predictions an error is, if it is in one.
func (job *encodeJob) inRecord(err error) error {
	var record *wsi.RecordError
	if !errors.As(err, &record) {
		return err
	}
	err = record.Err
	var tile *wsi.TileError
	if errors.As(err, &tile) {
		err = fmt.Errorf("%w: --tiles names them", err)
	}
	f := ui.Failf(ui.ExitBadData, "%s: %s[%d].%w", job.file.Name, job.file.List, record.Record, err)
	if errors.Is(err, rle.ErrSize) {
		f = f.Hint("--tiles or --tile-size tells the heights and widths of the tiles")
	}
	return f
}

// ids says what the predictions' ids are.
func (job *encodeJob) ids() (*preds.ImageIDs, error) {
	path := job.opts.images
	if path == "" {
		var err error
		if path, err = files.FindInput(job.opts.dir, "tile_meta.csv"); err != nil {
			return preds.NewImageIDs(job.opts.categoryStart), nil
		}
	}
	ids, in, err := preds.ReadImageIDs(job.c, path, job.opts.categoryStart)
	if err != nil {
		return nil, err
	}
	job.outputs.Inputs = append(job.outputs.Inputs, in)
	return ids, nil
}

// take gives a prediction to the encoder if it is of the category.
func (job *encodeJob) take(r *coco.Result, record int, list *preds.IdsIn, category int64) error {
	i, name, err := list.Find(r.ImageID)
	if err == nil && r.Missing.Has(coco.FieldCategoryID) {
		err = errors.New("category_id: found none")
	}
	if err == nil {
		_, err = list.Class(r.CategoryID)
	}
	if err != nil {
		return &wsi.RecordError{Record: record, Err: err}
	}
	if r.CategoryID != category {
		job.sum.OtherClass++
		return nil
	}
	if i >= 0 {
		name = job.tiles[i].ID
	}
	return job.encoder.Add(record, name, r)
}

// write writes the rows, in the order of the tiles.
func (job *encodeJob) write(ctx context.Context) error {
	out, err := job.outputs.Create(job.opts.out)
	if err != nil {
		return err
	}
	counts, err := job.encoder.Write(ctx, failing{out})
	if err != nil {
		return job.inRecord(err)
	}
	sum := &job.sum
	sum.Tiles, sum.Empty, sum.Instances = counts.Tiles, counts.Empty, counts.Instances
	sum.LowScore, sum.Gone, sum.BeyondTop = counts.LowScore, counts.NoPixel, counts.BeyondTop
	if err := out.Finish(); err != nil {
		return err
	}
	return job.outputs.Commit()
}

// failing is an output whose errors name it.
type failing struct{ *files.Output }

func (f failing) Write(p []byte) (int, error) {
	n, err := f.Output.Write(p)
	if err != nil {
		err = f.Failed(err)
	}
	return n, err
}

// encodeSummary is what a run reports.
type encodeSummary struct {
	Files       []ui.SummaryFile `json:"files"`
	Tiles       int              `json:"tiles"`
	Empty       int              `json:"tiles_without_instance"`
	Predictions int              `json:"predictions"`
	OtherClass  int              `json:"of_another_class"`
	LowScore    int              `json:"below_min_score"`
	Gone        int              `json:"without_pixel"`
	BeyondTop   int              `json:"beyond_top"`
	Instances   int              `json:"instances"`
}

func (sum *encodeSummary) WriteText(text *strings.Builder) {
	for _, d := range []struct {
		n   int
		why string
	}{{sum.OtherClass, "of another class"}, {sum.LowScore, "below the least score"}, {sum.Gone, "without a pixel"}, {sum.BeyondTop, "beyond --top"}} {
		if d.n > 0 {
			fmt.Fprintf(text, "dropped: %s %s\n", ui.Plural(d.n, "prediction", "predictions"), d.why)
		}
	}
	if sum.Empty > 0 {
		fmt.Fprintf(text, "%s without an instance\n", ui.Plural(sum.Empty, "tile", "tiles"))
	}
	ui.ListInstances(text, sum.Files)
}
