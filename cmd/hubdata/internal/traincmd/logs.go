package traincmd

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
	"github.com/urfave/cli/v2"
)

const logsHelp = `Prints what the processes of a stage have printed. With --follow it waits for the
stage while its job is in Slurm's queue.

examples:
   hubdata train logs cbnet-1
   hubdata train logs --follow -n 50 winner.yaml cbnet-1`

func logsCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "logs",
		Usage:       "print what a stage has printed",
		UsageText:   "[flags] [RECIPE] STAGE",
		Description: logsHelp,
		Flags: []cli.Flag{
			&cli.IntFlag{Name: "lines", Aliases: []string{"n"}, Usage: "print only the last `N` lines", DefaultText: "all"},
			&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "continue until the stage ends"},
		},
		Action: func(ctx *cli.Context) error {
			if n := ctx.NArg(); n != 1 && n != 2 {
				return ui.Usagef("%s: found %d arguments, expected a stage, or a recipe and a stage", flags.CommandName(ctx.Command), n)
			}
			words := append([]string{"."}, ctx.Args().Slice()...)
			words = words[len(words)-2:]
			return failure(printLog(ctx.Context, c, words[0], words[1], mmrun.LogOptions{Lines: ctx.Int("lines"), Follow: ctx.Bool("follow")}))
		},
	}
}

// printLog prints what a stage of a recipe's file has printed.
func printLog(ctx context.Context, c *ui.Console, file, id string, o mmrun.LogOptions) error {
	recipe, err := openRecipe(file)
	if err != nil {
		return err
	}
	runner, err := mmrun.New(recipe, mmrun.Options{Select: mmrun.Selection{Only: strings.Split(id, ",")}})
	if err != nil {
		return err
	}
	stage := runner.Stages()[0]
	text := newLogText(flushed{c})
	if err = runner.Log(ctx, stage, text, o); err == nil {
		err = text.end()
	}
	var none *fs.PathError
	switch {
	case errors.As(err, &none) && errors.Is(err, fs.ErrNotExist):
		why := ""
		if st, err := runner.QueueStatus(ctx); err == nil && recipe.Launch.Engine == mmdet.SlurmEngine && len(st[0].Why) > 0 {
			why = "; " + strings.Join(st[0].Why, "; ")
		}
		return ui.Failf(ui.ExitBadData, "stage %s has printed nothing: there is no %s%s", stage.ID, none.Path, why)
	case err != nil && ctx.Err() != nil:
		return ui.Failf(ui.ExitInterrupted, "interrupted")
	}
	return err
}
