package traincmd

import (
	"os"
	"path/filepath"
	"strconv"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/regularfile"
	"github.com/hubdata/hubdata/mmdet"
	"github.com/urfave/cli/v2"
)

const pickHelp = `Chooses a checkpoint of a training, and says why. Files and logs must agree: best is
the file that MMDetection wrote as the best one, if it belongs to the epoch with the
highest score in the log, the first of equal ones.

examples:
   hubdata train pick work_dirs/cbnet-1
   hubdata train pick --pick last work_dirs/cbnet-1
   hubdata train pick --json --metric bbox_mAP work_dirs/cbnet-1 | jq -r .path`

func pickCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "pick",
		Usage:       "choose a checkpoint of a training",
		UsageText:   "[flags] WORK_DIR",
		Description: pickHelp,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "pick", Value: "best", Usage: "choose by `RULE`: best, last or epoch:N"},
			&cli.StringFlag{Name: "metric", Value: mmdet.DefaultMetric, Usage: "choose the best epoch by the score `METRIC`"},
			&cli.StringFlag{Name: "dialect", Usage: "read files of `DIALECT`: mmdet2 or mmdet3", DefaultText: "found in the folder"},
			flags.JsonFlag("the choice"),
		},
		Action: func(ctx *cli.Context) error {
			if ctx.NArg() != 1 {
				return ui.Usagef("%s: found %d arguments, expected one folder", flags.CommandName(ctx.Command), ctx.NArg())
			}
			return failure(pick(c, ctx.Args().First(), mmdet.Dialect(ctx.String("dialect")), ctx.String("pick"), ctx.String("metric")))
		},
	}
}

// pick prints the checkpoint that a rule chooses in a folder; an empty dialect is that of the files in it.
func pick(c *ui.Console, dir string, dialect mmdet.Dialect, rule, metric string) error {
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return ui.Failf(ui.ExitBadData, "no folder %s", dir)
	}
	switch dialect {
	case mmdet.MMDet2, mmdet.MMDet3:
	case "":
		var ok bool
		if dialect, ok = mmdet.DialectOf(regularfile.DirFS(dir)); !ok {
			return ui.Failf(ui.ExitBadData, "%s: found no log of MMDetection 2.x or 3.x", dir).Hint("if there is none, name the dialect: --dialect mmdet3")
		}
	default:
		return ui.Usagef("--dialect: found %q, expected mmdet2 or mmdet3", dialect)
	}
	wd, err := mmdet.ReadWorkDir(regularfile.DirFS(dir), dir, dialect)
	if err != nil {
		return err
	}
	choice, err := wd.Pick(rule, metric)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, choice.File)
	if c.JSON {
		return ui.PrintJSON(c.Out, struct {
			Path string `json:"path"`
			*mmdet.Choice
		}{path, choice})
	}
	ui.Fprintf(c.Out, "%s\n", path)
	score := "no score"
	if choice.Score != nil {
		score = choice.Metric + " " + strconv.FormatFloat(*choice.Score, 'g', -1, 64)
	}
	c.Note("epoch %d, %s: %s", choice.Epoch, score, choice.How)
	return nil
}
