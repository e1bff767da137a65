package traincmd

import (
	"context"
	"os"
	"os/signal"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
	"github.com/urfave/cli/v2"
)

const runHelp = `Runs the stages of a recipe (default: recipe.yaml in this folder), each after the
stages that it needs. A stage that is done on the same inputs is skipped; one that
was interrupted continues from its own last checkpoint. A stage whose config, data,
weights or command line has changed since it began is refused: --rerun trains it
again and keeps the old folder.

Ctrl-C stops the running training; a second one kills it. The output of the training
goes to hubdata/console.log in its folder: hubdata train logs shows it.

examples:
   hubdata train run --dry-run
   hubdata train run
   hubdata train run --until cbnet-2 --keep-going winner.yaml
   hubdata train run --stage cbnet-2 --rerun`

func runCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "run",
		Usage:       "run the stages of a recipe",
		UsageText:   "[flags] [RECIPE]",
		Description: runHelp,
		Flags: append(selectFlags(),
			&cli.BoolFlag{Name: "dry-run", Usage: "only print what would be done"},
			&cli.BoolFlag{Name: "keep-going", Usage: "after a failure, continue with stages that do not need the failed one"},
			&cli.BoolFlag{Name: "rerun", Usage: "run stale stages again, with --stage done ones too; the old folder is kept as FOLDER.old-N"},
			&cli.BoolFlag{Name: "unlock", Usage: "take over the lock of a run on another machine that has certainly ended"},
			&cli.DurationFlag{Name: "grace", Value: 60 * time.Second, Usage: "after a signal, wait `TIME` for a training to end before it is killed"},
			&cli.BoolFlag{Name: "in-job", Usage: "run as a Slurm job: return to the queue when its time is over"},
			flags.QuietFlag("remarks, only problems"),
		),
		Action: func(ctx *cli.Context) error {
			s, err := parseSelection(ctx)
			if err != nil {
				return err
			}
			o := mmrun.Options{KeepGoing: ctx.Bool("keep-going"), Unlock: ctx.Bool("unlock"), InJob: ctx.Bool("in-job")}
			o.Grace = max(ctx.Duration("grace"), 1) // 0 would be the default
			if ctx.Bool("rerun") {
				o.Rerun = mmrun.RerunStale
				if ctx.IsSet("stage") && !o.InJob {
					o.Rerun = mmrun.RerunAll
				}
			}
			if ctx.Bool("dry-run") {
				return dryRun(c, s, o)
			}
			return run(ctx.Context, c, s, o)
		},
	}
}

// run runs the chosen stages.
func run(ctx context.Context, c *ui.Console, s *selection, o mmrun.Options) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, mmrun.StopSignals()...)
	defer signal.Stop(signals)
	c.WaitWhenInterrupted()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	o.Signals, o.Hubdata, o.Scores = signals, self, flushed{c}
	o.Dataset, o.ImageSize = datasetReader(c), imageWidthHeight
	events := &reporter{c: c, file: s.file}
	failures := 0
	o.Events = func(e mmrun.Event) {
		failed, is := e.(mmrun.StageFailed)
		if !is {
			events.note(e)
			return
		}
		events.explain(failed)
		// Run returns the first failure alone.
		if failures++; failures > 1 && ctx.Err() == nil {
			c.Report(ctx, events.failure(failed.Err))
		}
	}
	runner, err := s.runner(o)
	if err != nil {
		return err
	}
	return events.failure(runner.Run(ctx))
}
