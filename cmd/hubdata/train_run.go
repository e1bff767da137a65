package main

import (
	"cmp"
	"context"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/hubdata/hubdata/mmdet"
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
func trainRunCommands(c *console) []*cli.Command {
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

func trainRunCommand(c *console) *cli.Command {
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
			quietFlag("remarks, only what goes wrong"),
		),
		Action: func(ctx *cli.Context) error {
			r, err := newTrainRun(c, ctx)
			if err != nil {
				return trainFailure(err)
			}
			r.dryRun, r.keepGoing, r.rerun = ctx.Bool("dry-run"), ctx.Bool("keep-going"), ctx.Bool("rerun")
			r.unlock, r.grace, r.inJob = ctx.Bool("unlock"), ctx.Duration("grace"), ctx.Bool("in-job")
			r.again = ctx.IsSet("stage") && !r.inJob
			return r.run(ctx.Context)
		},
	}
}

// A trainRun is a run of a recipe's stages.
type trainRun struct {
	c         *console
	survey    *mmdet.Survey
	file      string         // of the recipe
	stages    []*mmdet.Stage // chosen, in their order
	dryRun    bool
	keepGoing bool
	rerun     bool
	again     bool // rerun what is done, too
	unlock    bool
	inJob     bool
	grace     time.Duration
	signals   chan os.Signal
	failed    map[string]bool
}

// newTrainRun reads the recipe that the command line names and chooses its stages.
func newTrainRun(c *console, ctx *cli.Context) (*trainRun, error) {
	recipe, err := recipeArgument(ctx)
	if err != nil {
		return nil, err
	}
	r := &trainRun{c: c, file: cmp.Or(ctx.Args().First(), "."), survey: newSurvey(recipe), failed: map[string]bool{}}
	order, err := recipe.Order()
	if err != nil {
		return nil, err
	}
	r.stages, err = selectStages(recipe, order, ctx.String("stage"), ctx.String("until"), ctx.String("from"))
	return r, err
}

func newSurvey(recipe *mmdet.Recipe) *mmdet.Survey {
	return &mmdet.Survey{Recipe: recipe, PythonPath: os.Getenv("PYTHONPATH")}
}

// selectStages chooses from the stages in their order.
func selectStages(recipe *mmdet.Recipe, order []*mmdet.Stage, only, until, from string) ([]*mmdet.Stage, error) {
	index := func(flag, id string) (int, error) {
		i := slices.IndexFunc(order, func(s *mmdet.Stage) bool { return s.ID == id })
		if i < 0 {
			var ids []string
			for _, s := range order {
				ids = append(ids, s.ID)
			}
			return 0, usagef("--%s: no stage %q", flag, id).hint("the stages are %s", strings.Join(ids, ", "))
		}
		return i, nil
	}
	keep := map[string]bool{}
	for _, s := range order {
		keep[s.ID] = true
	}
	restrict := func(to map[string]bool) {
		for id := range keep {
			keep[id] = keep[id] && to[id]
		}
	}
	if only != "" {
		to := map[string]bool{}
		for id := range strings.SplitSeq(only, ",") {
			if _, err := index("stage", id); err != nil {
				return nil, err
			}
			to[id] = true
		}
		restrict(to)
	}
	if until != "" {
		i, err := index("until", until)
		if err != nil {
			return nil, err
		}
		to := map[string]bool{until: true}
		for ; i >= 0; i-- { // what a stage needs stands before it
			if to[order[i].ID] {
				for _, id := range recipe.Needs(order[i]) {
					to[id] = true
				}
			}
		}
		restrict(to)
	}
	if from != "" {
		if _, err := index("from", from); err != nil {
			return nil, err
		}
		to := map[string]bool{from: true}
		for _, s := range order {
			if slices.ContainsFunc(recipe.Needs(s), func(id string) bool { return to[id] }) {
				to[s.ID] = true
			}
		}
		restrict(to)
	}
	var out []*mmdet.Stage
	for _, s := range order {
		if keep[s.ID] {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, usagef("--stage, --until and --from leave no stage")
	}
	return out, nil
}

// run runs the chosen stages.
func (r *trainRun) run(ctx context.Context) error {
	r.signals = make(chan os.Signal, 4)
	signal.Notify(r.signals, stopSignals...)
	defer signal.Stop(r.signals)
	if r.dryRun {
		return r.tell()
	}
	if r.inJob {
		if err := r.findHead(ctx); err != nil {
			return trainFailure(err)
		}
	}
	var first error
	for _, s := range r.stages {
		if by, needed := r.needsFailed(s); needed {
			r.failed[s.ID] = true
			r.c.note("stage %s waits for %s, which failed", s.ID, by)
			continue
		}
		err := trainFailure(r.stage(ctx, s))
		switch {
		case err == nil:
			continue
		case isInterrupt(err) || ctx.Err() != nil:
			return err
		case !r.keepGoing:
			return err
		}
		r.failed[s.ID] = true
		if first == nil {
			first = err
		} else {
			r.c.report(ctx, err)
		}
	}
	return first
}

// needsFailed says whether a stage needs one that has failed in this run.
func (r *trainRun) needsFailed(s *mmdet.Stage) (string, bool) {
	for _, id := range r.survey.Recipe.Needs(s) {
		if r.failed[id] {
			return id, true
		}
	}
	return "", false
}

// tell prints what a run would do.
func (r *trainRun) tell() error {
	steps, err := r.survey.All()
	if err != nil {
		return trainFailure(err)
	}
	return r.printActions(steps)
}
