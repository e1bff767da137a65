package evalcmd

import (
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
				o, out, err := parse(ctx)
				if err != nil {
					return err
				}
				out.partial = "-"
				o.Params.Part = eval.APart
				return o.byPartials().ScoreRows(ctx.Context, c, ctx.Int("shards"))
			})
		},
	}
}
