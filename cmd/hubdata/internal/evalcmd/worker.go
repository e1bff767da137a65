package evalcmd

import (
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/urfave/cli/v2"
)

// Workers are the hidden commands of a cluster: __score reads rows of some shards of results, and writes for each shard
// a line with the file of what it adds to a score, for --merge; it has the flags of hubdata eval.
func Workers(c *ui.Console) []*cli.Command { return []*cli.Command{scoreWorker(c)} }

// scoreWorker is __score.
func scoreWorker(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name: "__score", Usage: "rows of shards to parts of a score", UsageText: "[flags] GT RESULTS",
		Flags: append(Command(c).Flags,
			&cli.IntFlag{Name: "shards", Value: 16, Usage: "there are `N` shards"},
			&cli.StringFlag{Name: "failed", Usage: "write what is wrong with the data to `FILE`, and end if it is there"}),
		Action: func(ctx *cli.Context) error {
			return shards.Once(ctx.String("failed"), func() error {
				o, err := parseWorker(ctx)
				if err != nil {
					return err
				}
				whole, err := o.truth.Read(ctx.Context, c)
				if err != nil {
					return err
				}
				t, err := o.choose(c, whole)
				if err != nil {
					return err
				}
				return o.byPartials(t).ScoreRows(ctx.Context, c, ctx.Int("shards"))
			})
		},
	}
}

// parseWorker refuses flags that have no effect on a cluster, where parts have all images and the ids of the ground truth.
func parseWorker(ctx *cli.Context) (*options, error) {
	without := []string{"image", "images-from", "exclude-image", "where", "folds", "fold", "images", "shard", "merge", "partial-out", "pr-curve", "arrays", "json"}
	if err := shards.CheckWorker(ctx, slices.Concat(needsAll, without)...); err != nil {
		return nil, err
	}
	o, _, err := parse(ctx)
	if err != nil {
		return nil, err
	}
	if slices.Contains(o.By, "tile") {
		return nil, ui.Usagef("--by tile has no effect on a cluster: %s", mergeAdvice("tile"))
	}
	o.Params.Part = eval.APart
	return o, o.checkIoU(ctx.String("iou"))
}
