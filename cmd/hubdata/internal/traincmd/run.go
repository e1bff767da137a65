package traincmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
	"github.com/urfave/cli/v2"
)

const trainRunHelp = `Runs the stages of a recipe (default: recipe.yaml in this folder), each after
those that it needs. A stage that is done on the same inputs is passed over; one
that was interrupted goes on from its own last checkpoint. One whose config, data,
weights or command line has changed since it began is refused: --rerun trains it
anew and keeps what is there.

Ctrl-C stops the training that runs; a second one kills it. What the training
prints goes to hubdata/console.log in its folder: hubdata train logs shows it.

examples:
   hubdata train run --dry-run
   hubdata train run
   hubdata train run --until cbnet-2 --keep-going winner.yaml
   hubdata train run --stage cbnet-2 --rerun`

// trainRunCommands are the subcommands of train that run trainings and tell of them.
func trainRunCommands(c *ui.Console) []*cli.Command {
	return []*cli.Command{
		trainRunCommand(c),
		trainStatusCommand(c),
		trainPickCommand(c),
		trainLogsCommand(c),
		trainSubmitCommand(c),
	}
}

// selectFlags choose stages of a recipe.
func selectFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "stage", Usage: "only these `STAGES`, several with commas"},
		&cli.StringFlag{Name: "until", Usage: "only `STAGE` and what it needs"},
		&cli.StringFlag{Name: "from", Usage: "only `STAGE` and what needs it"},
	}
}

func trainRunCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "run",
		Usage:       "run the stages of a recipe",
		UsageText:   "[flags] [RECIPE]",
		Description: trainRunHelp,
		Flags: append(selectFlags(),
			&cli.BoolFlag{Name: "dry-run", Usage: "only tell what would be done"},
			&cli.BoolFlag{Name: "keep-going", Usage: "after a failure, go on with stages that do not need the failed one"},
			&cli.BoolFlag{Name: "rerun", Usage: "begin stale stages anew, with --stage done ones too; what is there is kept in FOLDER.old-N"},
			&cli.BoolFlag{Name: "unlock", Usage: "take the place of a run on another machine, which is surely gone"},
			&cli.DurationFlag{Name: "grace", Value: 60 * time.Second, Usage: "let a training end for `TIME` after a signal, before it is killed"},
			&cli.BoolFlag{Name: "in-job", Usage: "run as a job of Slurm: go into the queue again when time is over"},
			flags.QuietFlag("remarks, only what goes wrong"),
		),
		Action: func(ctx *cli.Context) error {
			r, err := newTrainRun(c, ctx)
			if err != nil {
				return err
			}
			r.options.KeepGoing, r.options.Unlock, r.options.InJob = ctx.Bool("keep-going"), ctx.Bool("unlock"), ctx.Bool("in-job")
			r.options.Grace = max(ctx.Duration("grace"), 1) // 0 would be the default
			if ctx.Bool("rerun") {
				r.options.Rerun = mmrun.RerunStale
				if ctx.IsSet("stage") && !ctx.Bool("in-job") {
					r.options.Rerun = mmrun.RerunAll
				}
			}
			if ctx.Bool("dry-run") {
				return trainFailure(r.tell())
			}
			return r.run(ctx.Context)
		},
	}
}

// A trainRun is what a command line says of a run.
type trainRun struct {
	c       *ui.Console
	file    string // of the recipe
	recipe  *mmdet.Recipe
	options mmrun.Options
}

// newTrainRun reads the recipe that the command line names, and the choice of its stages.
func newTrainRun(c *ui.Console, ctx *cli.Context) (*trainRun, error) {
	recipe, err := recipeArgument(ctx)
	if err != nil {
		return nil, err
	}
	r := &trainRun{c: c, file: cmp.Or(ctx.Args().First(), "."), recipe: recipe}
	r.options.Select = mmrun.Selection{Until: ctx.String("until"), From: ctx.String("from")}
	if only := ctx.String("stage"); only != "" {
		r.options.Select.Only = strings.Split(only, ",")
	}
	return r, nil
}

func (r *trainRun) runner() (*mmrun.Runner, error) {
	runner, err := mmrun.New(r.recipe, r.options)
	return runner, trainFailure(err)
}

// run runs the chosen stages.
func (r *trainRun) run(ctx context.Context) error {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, mmrun.StopSignals()...)
	defer signal.Stop(signals)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	r.options.Signals, r.options.Hubdata, r.options.Scores = signals, self, flushed{r.c}
	r.options.Dataset, r.options.ImageSize = r.dataset, imageWidthHeight
	failures := 0
	r.options.Events = func(e mmrun.Event) {
		failed, is := e.(mmrun.StageFailed)
		if !is {
			r.note(e)
			return
		}
		r.explain(failed)
		// Run returns the first failure alone.
		if failures++; failures > 1 && ctx.Err() == nil {
			r.c.Report(ctx, r.failure(failed.Err))
		}
	}
	runner, err := r.runner()
	if err != nil {
		return err
	}
	return r.failure(runner.Run(ctx))
}

// note prints an event.
func (r *trainRun) note(e mmrun.Event) {
	switch e := e.(type) {
	case mmrun.StageBegun:
		r.c.Note("stage %s %v", e.Stage, e)
	case mmrun.StageProgress:
		r.c.Note("stage %s is %v", e.Stage, e.Progress)
	case mmrun.StageDone:
		for _, w := range e.Warnings {
			r.c.Note("stage %s: warning: %s", e.Stage, w)
		}
		r.c.Note("stage %s %v", e.Stage, e)
	case mmrun.StageSkipped:
		r.c.Note("stage %s %v", e.Stage, e)
	case mmrun.StageMoved:
		r.c.Note("stage %s: %v", e.Stage, e)
	case mmrun.StageWaits:
		r.c.Note("%v", e)
	}
}

// explain prints what made a stage fail, at once: the failure itself may follow much later.
func (r *trainRun) explain(e mmrun.StageFailed) {
	var (
		data    *mmrun.DataError
		process *mmrun.ProcessError
	)
	switch {
	case errors.As(e.Err, &data):
		for _, f := range data.Report.Findings {
			if f.Severity == coco.SeverityError {
				r.c.Problem(fmt.Sprintf("stage %s: %v", e.Stage, f))
			}
		}
	case errors.As(e.Err, &process):
		for _, line := range process.Tail {
			fmt.Fprintf(r.c.Stderr, "  | %s\n", line)
		}
	}
}

// failure words an error of a run, which knows the recipe's file.
func (r *trainRun) failure(err error) error {
	var process *mmrun.ProcessError
	if !errors.As(err, &process) {
		return trainFailure(err)
	}
	f := &ui.Failure{Code: ExitTrainer, Err: err}
	if process.Advice != "" {
		f = f.Hint("%s", process.Advice)
	}
	logs := fmt.Sprintf("hubdata train logs %s %s shows all it printed", r.file, process.Stage)
	if !process.Hubdata {
		return f.Hint("%s; run again to go on from the last checkpoint", logs)
	}
	// It has the exit codes of this program.
	if f.Code = process.Code; f.Code != ui.ExitBadData && f.Code != ui.ExitUsage {
		f.Code = ui.ExitFailure
	}
	return f.Hint("%s", logs)
}

// dataset reads a dataset of the recipe.
func (r *trainRun) dataset(ctx context.Context, path string) (*coco.Dataset, error) {
	return readDataset(ctx, r.c, path)
}

// flushed writes to standard output at once.
type flushed struct{ c *ui.Console }

func (f flushed) Write(p []byte) (int, error) {
	n, err := f.c.Out.Write(p)
	if err != nil {
		return n, err
	}
	return n, f.c.Flush()
}

// tell prints what a run would do.
func (r *trainRun) tell() error {
	runner, err := r.runner()
	if err != nil {
		return err
	}
	plan, err := runner.Plan()
	if err != nil {
		return err
	}
	tw := tabwriter.NewWriter(r.c.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "stage\tkind\tcondition\taction\treason")
	for _, p := range plan {
		verb := string(p.Action.Verb)
		switch p.Action.Verb {
		case mmrun.Wait:
			verb = "cannot run"
		case mmrun.After:
			verb = "run after those"
		case mmrun.Resume:
			verb = "go on from " + p.Action.Resume
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", p.Stage.ID, p.Stage.Kind, p.Condition, verb, p.Action.Reason)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, p := range plan {
		for _, command := range p.Commands {
			fmt.Fprintf(r.c.Out, "\n%s:\n  cd %s\n", p.Stage.ID, mmdet.Quote([]string{command.Dir}))
			for _, kv := range command.Env {
				fmt.Fprintf(r.c.Out, "  export %s\n", mmdet.Quote([]string{kv}))
			}
			fmt.Fprintf(r.c.Out, "  %s\n", mmdet.Quote(command.Argv))
		}
	}
	return nil
}
