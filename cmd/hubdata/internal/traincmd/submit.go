package traincmd

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
	"github.com/urfave/cli/v2"
)

const submitHelp = `Submits each stage of a recipe that is not done to Slurm, as a job that begins when the
jobs of the stages that it needs have succeeded. A stage whose job is already in the
queue is not submitted again, unless that job waits for one that is gone, or has other
options: then it is replaced. The data of the trainings is checked first. Before its
time is over, a job stops its training, returns to the queue, and continues from the
last checkpoint; one that made no new checkpoint fails instead.

examples:
   hubdata train submit --dry-run
   hubdata train submit
   hubdata train submit --until cbnet-2 winner.yaml
   hubdata train submit --json | jq -r 'select(.job) | .job' > jobs.txt`

func submitCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "submit",
		Usage:       "submit the stages of a recipe to Slurm",
		UsageText:   "[flags] [RECIPE]",
		Description: submitHelp,
		Flags: append(selectFlags(),
			&cli.BoolFlag{Name: "dry-run", Usage: "only print the command lines"},
			&cli.BoolFlag{Name: "rerun", Usage: "run stale stages again"},
			flags.JsonFlag("one object per line for each stage"),
			flags.QuietFlag("remarks"),
		),
		Action: func(ctx *cli.Context) error {
			s, err := parseSelection(ctx)
			if err != nil {
				return err
			}
			rerun := mmrun.RerunNone
			if ctx.Bool("rerun") {
				rerun = mmrun.RerunStale
			}
			return submit(ctx.Context, c, s, rerun, ctx.Bool("dry-run"))
		},
	}
}

// submit submits the chosen stages to Slurm.
func submit(ctx context.Context, c *ui.Console, s *selection, rerun mmrun.Rerun, dryRun bool) error {
	runner, err := s.runner(mmrun.Options{Rerun: rerun, Dataset: datasetReader(c), ImageSize: imageWidthHeight})
	if err != nil {
		return err
	}
	words, err := jobWords(s.file, rerun)
	if err != nil {
		return err
	}
	events := &reporter{c: c, file: s.file}
	err = runner.Submit(ctx, mmrun.SubmitOptions{Command: words, DryRun: dryRun, Report: events.submitted})
	var data *mmrun.DataError
	if errors.As(err, &data) {
		events.explain(mmrun.StageFailed{Stage: data.Stage, Err: err})
	}
	var locked *mmrun.LockedError
	if errors.As(err, &locked) && locked.Elsewhere {
		return ui.Failf(ui.ExitFailure, "another hubdata train submit is running: %v", err).Hint("if it has ended, delete %s", locked.File)
	}
	var blocked *mmrun.BlockedError
	if errors.As(err, &blocked) && blocked.Err == nil {
		return ui.Usagef("%v", err).Hint("--until %s submits what it needs too", blocked.Stage)
	}
	return failure(err)
}

// submitted prints the job of a stage without delay: it exists even if the next one fails.
func (r *reporter) submitted(j mmrun.Job) error {
	switch {
	case r.c.JSON:
		if err := ui.PrintJSONLine(r.c.Out, j); err != nil {
			return err
		}
	case j.State == mmrun.JobDone:
		r.note(mmrun.StageDone{Stage: j.Stage, Choice: j.Choice})
	case j.State == mmrun.JobQueued:
		r.c.Note("stage %s is in the queue as job %s", j.Stage, j.Job)
	case j.State == mmrun.JobPlanned:
		ui.Fprintf(r.c.Out, "%s\n", mmdet.Quote(j.Command))
	default:
		text := ""
		if len(j.After) > 0 {
			text = " after " + strings.Join(j.After, ", ")
		}
		if len(j.Replaces) > 0 {
			text += ", in place of " + strings.Join(j.Replaces, ", ")
		}
		ui.Fprintf(r.c.Out, "stage %s is job %s%s\n", j.Stage, j.Job, text)
	}
	if len(j.NotChecked) > 0 {
		r.c.Note("stage %s: data not checked, since another job writes it: %s", j.Stage, strings.Join(j.NotChecked, ", "))
	}
	return r.c.Flush()
}

// jobWords gives what a job runs: this program.
func jobWords(file string, rerun mmrun.Rerun) (func(*mmdet.Stage) []string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	recipe, err := filepath.Abs(file)
	if err != nil {
		return nil, err
	}
	return func(s *mmdet.Stage) []string {
		words := []string{self, "train", "run", "--in-job", "--stage", s.ID}
		if rerun != mmrun.RerunNone {
			words = append(words, "--rerun")
		}
		return append(words, recipe)
	}, nil
}
