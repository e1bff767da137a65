package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/pseudo"
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
	post              []pseudo.Step
	workers           int
	force             bool
}

func encodeCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "encode",
		Usage:       "write predictions as a submission",
		UsageText:   "[flags] RESULTS [DIR]",
		Description: encodeHelp,
		Flags: append([]cli.Flag{
			outFlag("write to the file `OUT`; - is standard output (default: submission.csv)"),
			tilesFlag("the images in DIR/test, else sample_submission.csv in DIR"),
			tilesSizeFlag(),
			imagesFlag("RESULTS has"),
			categoryStartFlag(", unless a COCO file tells it"),
			&cli.Float64Flag{Name: "min-score", Usage: "keep instances that score `SCORE` or more", DefaultText: "none"},
			&cli.IntFlag{Name: "top", Usage: "keep at most `N` instances of a tile", DefaultText: "all"},
			postFlag("none"),
			&cli.IntFlag{Name: "dilate", Usage: "grow each mask `N` times by the 3 x 3 cross"},
			workersFlag("encode tiles by"),
			forceFlag(),
		}, summaryFlags()...),
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
		return nil, usagef("submission encode takes a file of predictions and at most a folder, got %q", ctx.Args().Slice())
	}
	var err error
	if o.tiles, err = parseTestTiles(ctx, 1); err != nil {
		return nil, err
	}
	if o.workers, err = workersOf(ctx); err != nil {
		return nil, err
	}
	if o.categoryStart, err = categoryStartOf(ctx); err != nil {
		return nil, err
	}
	switch {
	case !(o.minScore >= 0 && o.minScore <= 1):
		return nil, usagef("--min-score: %v is not from 0 to 1", o.minScore)
	case o.top < 0, ctx.IsSet("top") && o.top == 0:
		return nil, usagef("--top: %d is not positive", o.top)
	}
	if o.post, err = parseSteps(ctx.String("post")); err != nil {
		return nil, err
	}
	if n := ctx.Int("dilate"); n < 0 {
		return nil, usagef("--dilate: %d is negative", n)
	} else if n > 0 {
		steps, err := pseudo.ParseSteps("dilate:cross:1:" + strconv.Itoa(n))
		if err != nil {
			return nil, usagef("--dilate: %v", err)
		}
		o.post = append(o.post, steps...)
	}
	if err := oneStdin(o.results, o.tiles.path, o.images); err != nil {
		return nil, err
	}
	if o.dir, err = dataFolder(ctx.Args().Get(1)); err != nil {
		return nil, err
	}
	return o, o.tiles.inFolder(o.dir)
}

// encodeMemory bounds what is kept of masks' texts in memory.
const encodeMemory = 64 << 20

func runEncode(ctx context.Context, c *console, opts *encodeOptions) error {
	size := sizeOf(opts.results)
	holdInput(min(size, encodeMemory)+size/12, 1.5) // the texts, and where they are
	job := &encodeJob{c: c, opts: opts, outputs: outputs{c: c, force: opts.force, unsigned: true}}
	job.texts.limit, job.texts.scratch.dir = encodeMemory, job.outputs.scratchFolder(opts.out)
	defer job.outputs.abort()
	defer job.texts.scratch.close()
	if err := job.read(ctx); err != nil {
		return err
	}
	if err := job.write(ctx); err != nil {
		return err
	}
	job.sum.Files = []summaryFile{newSummarySet(opts.out, job.sum.Tiles, job.sum.Instances)}
	return c.summarize(&job.sum, opts.out)
}

// encodeJob is a run of submission encode.
type encodeJob struct {
	c       *console
	opts    *encodeOptions
	outputs outputs
	tiles   []wsi.SubmissionTile
	file    *resultFile // closed
	found   [][]scoredResult
	texts   textStore // of the segmentations
	text    []byte    // scratch of take
	sum     encodeSummary
}

// scoredResult is a prediction on a tile, by its place in the file.
type scoredResult struct {
	score        float64
	segmentation storedText
}

// read reads the tiles, then the predictions, which it puts to their tiles.
func (job *encodeJob) read(ctx context.Context) error {
	opts := job.opts
	var err error
	var in *input
	if job.tiles, in, err = opts.tiles.read(job.c); err != nil {
		return err
	}
	if in != nil {
		job.outputs.inputs = append(job.outputs.inputs, in)
	}
	names := &coco.Names{}
	for _, t := range job.tiles {
		names.AddName(t.ID)
	}
	ids, err := job.ids()
	if err != nil {
		return err
	}
	add, stop := job.c.progress("reading", -1)
	defer stop()
	if job.file, err = openResults(job.c, opts.results, add); err != nil {
		return err
	}
	defer job.file.Close()
	job.outputs.inputs = append(job.outputs.inputs, job.file.input)
	if err := job.outputs.check(opts.out); err != nil {
		return err
	}
	if job.file.dataset != nil {
		if err := ids.takeDataset(job.file.name, job.file.dataset); err != nil {
			return inFile(job.file.name, err)
		}
	}
	category, err := ids.category(hubmapClass)
	if err != nil {
		return err
	}
	job.found = make([][]scoredResult, len(job.tiles))
	tiles := ids.in(names)
	record := 0
	for r, err := range job.file.records {
		if err != nil {
			return inFile(job.file.name, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		job.sum.Predictions++
		if err := job.take(&r, record, tiles, category); err != nil {
			return job.inRecord(record, err)
		}
		record++
	}
	if err := job.texts.complete(); err != nil {
		return err
	}
	_, err = job.file.provenance()
	return err
}

// inRecord says in which record of the predictions an error is.
func (job *encodeJob) inRecord(record int, err error) error {
	if errors.Is(err, errStore) {
		return err
	}
	f := failf(exitBadData, "%s: %s[%d].%w", job.file.name, job.file.list, record, err)
	if errors.Is(err, rle.ErrSize) {
		f = f.hint("--tiles or --tile-size tells the heights and widths of the tiles")
	}
	return f
}

// ids says what the predictions' ids are.
func (job *encodeJob) ids() (*imageIDs, error) {
	path := job.opts.images
	if path == "" {
		var err error
		if path, err = findInput(job.opts.dir, "tile_meta.csv"); err != nil {
			return newImageIDs(job.opts.categoryStart), nil
		}
	}
	ids, in, err := readImageIDs(job.c, path, job.opts.categoryStart)
	if err != nil {
		return nil, err
	}
	job.outputs.inputs = append(job.outputs.inputs, in)
	return ids, nil
}

// take puts a prediction to its tile.
func (job *encodeJob) take(r *coco.Result, record int, tiles *idsIn, category int64) error {
	i, name, err := tiles.find(r.ImageID)
	if err != nil {
		return err
	}
	if r.Missing.Has(coco.FieldCategoryID) {
		return errors.New("category_id: found none")
	}
	if _, err := tiles.class(r.CategoryID); err != nil {
		return err
	}
	switch {
	case r.CategoryID != category:
		job.sum.OtherClass++
		return nil
	case r.Missing.Has(coco.FieldScore):
		return errors.New("score: found none: predictions have scores, this may be a file of labels")
	case !(r.Score >= 0 && r.Score <= 1):
		return fmt.Errorf("score: found %v, want 0 to 1", r.Score)
	}
	if i < 0 {
		return fmt.Errorf("image_id: found %s: tile %s is not among the %d that the submission is of: --tiles names them", r.ImageID.AppendJSON(nil), name, len(job.tiles))
	}
	if r.Score < job.opts.minScore {
		job.sum.LowScore++
		return nil
	}
	job.text = r.Segmentation.AppendJSON(job.text[:0])
	text, err := job.texts.add(job.text, record)
	if err != nil {
		return err
	}
	job.found[i] = append(job.found[i], scoredResult{r.Score, text})
	return nil
}

// encodedRow is a row of the submission.
type encodedRow struct {
	text                  []byte
	instances, gone, over int
}

// write writes the rows, in the order of the tiles.
func (job *encodeJob) write(ctx context.Context) error {
	out, err := job.outputs.create(job.opts.out)
	if err != nil {
		return err
	}
	if _, err := out.buf.WriteString(wsi.SubmissionHeader); err != nil {
		return out.failed(err)
	}
	each := func(yield func(int, error) bool) {
		for i := range job.tiles {
			if !yield(i, ctx.Err()) {
				return
			}
		}
	}
	workers := job.opts.workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	for row, err := range inOrder(workers, each, func() (func(int) (*encodedRow, error), error) { return job.row, nil }) {
		if err != nil {
			return err
		}
		job.sum.Tiles++
		job.sum.Instances += row.instances
		job.sum.Gone += row.gone
		job.sum.BeyondTop += row.over
		if row.instances == 0 {
			job.sum.Empty++
		}
		if _, err := out.Write(row.text); err != nil {
			return out.failed(err)
		}
	}
	if err := out.finish(); err != nil {
		return err
	}
	return job.outputs.commit()
}

// row makes the row of tile i.
func (job *encodeJob) row(i int) (*encodedRow, error) {
	tile, list := job.tiles[i], job.found[i]
	slices.SortStableFunc(list, func(a, b scoredResult) int { return cmp.Compare(b.score, a.score) })
	row := &encodedRow{}
	instances := make([]wsi.SubmissionInstance, 0, len(list))
	for k := range list {
		if n := len(instances); n > 0 && n == job.opts.top {
			row.over = len(list) - k
			break
		}
		m, err := job.mask(&list[k], tile)
		if err != nil {
			return nil, job.inRecord(int(list[k].segmentation.of), fmt.Errorf("segmentation: %w", err))
		}
		if m.Area() == 0 {
			row.gone++
			continue
		}
		instances = append(instances, wsi.SubmissionInstance{Score: list[k].score, Mask: m})
	}
	row.instances = len(instances)
	var err error
	row.text, err = wsi.AppendSubmissionRow(nil, tile.ID, tile.Height, tile.Width, instances)
	return row, err
}

// mask decodes a prediction and takes the steps of --post.
func (job *encodeJob) mask(r *scoredResult, tile wsi.SubmissionTile) (rle.Mask, error) {
	text, err := job.texts.get(r.segmentation, nil)
	if err != nil {
		return rle.Mask{}, err
	}
	segmentation, err := coco.SegmentationFromJSON(text)
	if err != nil {
		return rle.Mask{}, err
	}
	if segmentation.Kind() == coco.KindNone {
		return rle.Mask{}, errors.New("found none, want a mask: this may be a file of boxes alone")
	}
	m, err := segmentation.Mask(tile.Height, tile.Width)
	for _, step := range job.opts.post {
		if err != nil {
			break
		}
		m, err = step.Apply(m)
	}
	return m, err
}

// encodeSummary is what a run reports.
type encodeSummary struct {
	Files       []summaryFile `json:"files"`
	Tiles       int           `json:"tiles"`
	Empty       int           `json:"tiles_without_instance"`
	Predictions int           `json:"predictions"`
	OtherClass  int           `json:"of_another_class"`
	LowScore    int           `json:"below_min_score"`
	Gone        int           `json:"without_pixel"`
	BeyondTop   int           `json:"beyond_top"`
	Instances   int           `json:"instances"`
}

func (sum *encodeSummary) write(text *strings.Builder) {
	for _, d := range []struct {
		n   int
		why string
	}{{sum.OtherClass, "of another class"}, {sum.LowScore, "below the least score"}, {sum.Gone, "without a pixel"}, {sum.BeyondTop, "beyond --top"}} {
		if d.n > 0 {
			fmt.Fprintf(text, "dropped: %s %s\n", count(d.n, "prediction", "predictions"), d.why)
		}
	}
	if sum.Empty > 0 {
		fmt.Fprintf(text, "%s without an instance\n", count(sum.Empty, "tile", "tiles"))
	}
	wroteInstances(text, sum.Files)
}
