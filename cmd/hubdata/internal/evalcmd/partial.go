package evalcmd

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring/partials"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/urfave/cli/v2"
)

// partialFlags are the flags of evaluations in parts.
func partialFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "partial-out", Usage: "write what the images add to a score to `FILE`, for --merge, in place of the score"},
		shards.Flag("score only", ": with --partial-out"),
		&cli.BoolFlag{Name: "merge", Usage: "the arguments are files of --partial-out: merge them to the score of all their images"},
	}
}

// needsAll names the flags that need all images at once.
var needsAll = []string{"sweep", "errors", "confusion", "compare", "stitch"}

// checkPartial refuses flags that parts cannot have.
func checkPartial(ctx *cli.Context, o *options, out *output) error {
	out.partial, o.shard = ctx.String("partial-out"), shards.Shard{}
	var err error
	if o.shard, err = shards.Parse(ctx); err != nil {
		return err
	}
	if out.partial == "" {
		if o.shard.Of > 0 {
			return ui.Usagef("--shard needs --partial-out: a score of some images is not a part of the score of all")
		}
		return nil
	}
	if len(o.results) > 1 {
		return ui.Usagef("--partial-out takes one file of results, found %d", len(o.results))
	}
	for _, by := range o.By {
		if !scoring.Grouped(by) || by == "tile" {
			return ui.Usagef("--by %s has no effect with --partial-out: %s", by, mergeAdvice(by))
		}
	}
	for _, name := range append([]string{"pr-curve", "arrays"}, needsAll...) {
		if ctx.IsSet(name) {
			return ui.Usagef("--%s has no effect with --partial-out: %s", name, mergeAdvice(name))
		}
	}
	o.Params.Part = eval.APart
	return o.checkIoU(ctx.String("iou"))
}

// checkIoU refuses the value of --iou if it has thresholds of which a part has no outcome.
func (o *options) checkIoU(iou string) error {
	complete := eval.Params{IoU: o.Params.IoU}
	if complete.IoU == nil {
		complete.IoU = eval.Linspace(.5, .95, 10)
	}
	if !o.OtherIoU(&complete) {
		return nil
	}
	return ui.Usagef("--partial-out: --iou %s is not one of the thresholds of --iou-thrs, of which a part has the outcome", iou)
}

// mergeAdvice says what to do instead of a flag.
func mergeAdvice(name string) string {
	if name == "tile" || slices.Contains(needsAll, name) {
		return "it needs all images in one run"
	}
	return "give it with --merge"
}

// runPartial evaluates some images, and writes what that adds to a score.
func runPartial(ctx context.Context, c *ui.Console, o *options, out *output) error {
	outs := &files.Outputs{Console: c, Force: true} // existing files were checked before the run
	defer outs.Abort()
	var file *files.Output
	create := func() (w io.Writer, err error) { // once the inputs are open, of which it may be none
		file, err = outs.Create(out.partial)
		return file, err
	}
	label, err := writePartial(ctx, c, o, create)
	if err != nil {
		return err
	}
	if err := file.Finish(); err != nil {
		return err
	}
	if err := outs.Commit(); err != nil {
		return err
	}
	sum := &partialSummary{Images: label.Remarks.Images, Detections: label.Remarks.Detections, Files: []ui.SummaryFile{ui.NewSummaryFile(out.partial)}}
	if o.shard.Of > 0 {
		sum.Shard = o.shard.String()
	}
	return c.Summarize(sum, out.partial)
}

// writePartial writes a part, of results that are held in memory or scored piece by piece.
func writePartial(ctx context.Context, c *ui.Console, o *options, create func() (io.Writer, error)) (*partials.Label, error) {
	var label *partials.Label
	yes, end, err := o.byPieces(c, func(kept *files.KeptStdin) error {
		r, notes, err := o.pieces(ctx, c, kept)
		if err != nil {
			return err
		}
		if r.IDs, err = preds.NewMapping(c, o.images, o.truth.Content.CategoryStart, r.Whole); err != nil {
			return err
		}
		label, err = r.WriteStream(ctx, c, notes, create)
		return err
	})
	defer end()
	if yes {
		return label, err
	}
	p, err := prepare(ctx, c, o)
	if err != nil {
		return nil, err
	}
	held := &partials.Held{Results: p.results[0], Read: p.read, Notes: p.notes}
	return o.byPartials(p.chosen).Write(ctx, c, held, create)
}

// partialSummary is what is reported of a part.
type partialSummary struct {
	Images     int              `json:"images"`
	Detections int              `json:"detections"`
	Shard      string           `json:"shard,omitempty"`
	Files      []ui.SummaryFile `json:"files"`
}

func (s *partialSummary) WriteText(text *strings.Builder) {
	ui.Fprintf(text, "%s and %s\n", ui.Plural(s.Images, "image", "images"), ui.Plural(s.Detections, "detection", "detections"))
	ui.ListFiles(text, s.Files...)
}
