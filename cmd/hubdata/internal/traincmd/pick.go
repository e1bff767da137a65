package traincmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
	"github.com/urfave/cli/v2"
)

const trainPickHelp = `Chooses a checkpoint of a training, and tells why it is that one. Files and
logs must agree: best is the file that MMDetection wrote as the best one, if
it is of the epoch with the log's highest score, the first one of equals.

examples:
   hubdata train pick work_dirs/cbnet-1
   hubdata train pick --pick last work_dirs/cbnet-1
   hubdata train pick --json --metric bbox_mAP work_dirs/cbnet-1 | jq -r .path`

func trainPickCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "pick",
		Usage:       "choose a checkpoint of a training",
		UsageText:   "[flags] WORK_DIR",
		Description: trainPickHelp,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "pick", Value: "best", Usage: "choose by `RULE`: best, last or epoch:N"},
			&cli.StringFlag{Name: "metric", Value: mmdet.DefaultMetric, Usage: "let the best epoch go by the score `METRIC`"},
			&cli.StringFlag{Name: "dialect", Usage: "read files of `DIALECT`: mmdet2 or mmdet3", DefaultText: "as the folder looks"},
			flags.JsonFlag("the choice"),
		},
		Action: func(ctx *cli.Context) error {
			if ctx.NArg() != 1 {
				return ui.Usagef("%s: want one folder", flags.CommandName(ctx.Command))
			}
			return trainFailure(pickCheckpoint(c, ctx.Args().First(), ctx))
		},
	}
}

func pickCheckpoint(c *ui.Console, dir string, ctx *cli.Context) error {
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return ui.Failf(ui.ExitBadData, "no folder %s", dir)
	}
	dialect := mmdet.Dialect(ctx.String("dialect"))
	switch dialect {
	case mmdet.MMDet2, mmdet.MMDet3:
	case "":
		var ok bool
		if dialect, ok = mmdet.DialectOf(os.DirFS(dir)); !ok {
			return ui.Failf(ui.ExitBadData, "%s: found no log of MMDetection 2.x or 3.x", dir).Hint("if there is none, name the dialect: --dialect mmdet3")
		}
	default:
		return ui.Usagef("--dialect: %q is not one of mmdet2, mmdet3", dialect)
	}
	wd, err := mmdet.ReadWorkDir(os.DirFS(dir), dir, dialect)
	if err != nil {
		return err
	}
	choice, err := wd.Pick(ctx.String("pick"), ctx.String("metric"))
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
	fmt.Fprintln(c.Out, path)
	score := "no score"
	if choice.Score != nil {
		score = choice.Metric + " " + strconv.FormatFloat(*choice.Score, 'g', -1, 64)
	}
	c.Note("epoch %d, %s: %s", choice.Epoch, score, choice.How)
	return nil
}

const trainLogsHelp = `Prints what the processes of a stage have printed.

examples:
   hubdata train logs cbnet-1
   hubdata train logs --follow -n 50 winner.yaml cbnet-1`

func trainLogsCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "logs",
		Usage:       "print what a stage has printed",
		UsageText:   "[flags] [RECIPE] STAGE",
		Description: trainLogsHelp,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "lines", Aliases: []string{"n"}, Usage: "print only the last `N` lines", DefaultText: "all"},
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "go on until the stage ends"},
		},
		Action: func(ctx *cli.Context) error {
			if n := ctx.NArg(); n != 1 && n != 2 {
				return ui.Usagef("%s: want a stage, with a recipe before it unless that is recipe.yaml", flags.CommandName(ctx.Command))
			}
			return trainFailure(printLog(c, ctx))
		},
	}
}

func printLog(c *ui.Console, ctx *cli.Context) error {
	words := append([]string{"."}, ctx.Args().Slice()...)
	words = words[len(words)-2:]
	recipe, err := openRecipe(words[0])
	if err != nil {
		return err
	}
	runner, err := mmrun.New(recipe, mmrun.Options{Select: mmrun.Selection{Only: strings.Split(words[1], ",")}})
	if err != nil {
		return err
	}
	stage := runner.Stages()[0]
	err = runner.Log(ctx.Context, stage, flushed{c}, mmrun.LogOptions{Lines: ctx.Int("lines"), Follow: ctx.Bool("follow")})
	var none *fs.PathError
	switch {
	case errors.As(err, &none) && errors.Is(err, fs.ErrNotExist):
		return ui.Failf(ui.ExitBadData, "stage %s has printed nothing: there is no %s", stage.ID, none.Path)
	case err != nil && ctx.Err() != nil:
		return ui.Failf(ui.ExitInterrupted, "interrupted")
	}
	return err
}
