package traincmd

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
	"github.com/urfave/cli/v2"
)

const statusHelp = `Shows for each stage of a recipe (default: recipe.yaml in this folder) its condition,
how far it is if it runs, and its scores, as read from its logs. Nothing is changed.

conditions:
   fresh       not begun
   running     a process works on it
   done        on the current inputs
   stale       begun on other inputs: the last column says what has changed
   resumable   interrupted or failed, with a checkpoint to continue from
   failed      interrupted or failed, without one
   blocked     by an earlier stage, or by a missing input

examples:
   hubdata train status
   hubdata train status --watch winner.yaml
   hubdata train status --json | jq '.stages[] | select(.condition == "stale")'`

func statusCommand(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "status",
		Usage:       "show how far the stages of a recipe are",
		UsageText:   "[flags] [RECIPE]",
		Description: statusHelp,
		Flags: append(selectFlags(),
			&cli.BoolFlag{Name: "watch", Usage: "repeat until nothing runs"},
			&cli.DurationFlag{Name: "every", Value: 10 * time.Second, Usage: "wait `TIME` between two repetitions of --watch"},
			flags.JsonFlag("everything, with --watch one object per line,"),
		),
		Action: func(ctx *cli.Context) error {
			s, err := parseSelection(ctx)
			if err != nil {
				return err
			}
			var every time.Duration
			if ctx.Bool("watch") {
				every = max(ctx.Duration("every"), 100*time.Millisecond)
			}
			return status(ctx.Context, c, s, every)
		},
	}
}

// status prints the status of the chosen stages; if every is not 0, again and again until nothing runs.
func status(ctx context.Context, c *ui.Console, s *selection, every time.Duration) error {
	runner, err := s.runner(mmrun.Options{})
	if err != nil {
		return err
	}
	for {
		stages, err := runner.Status()
		if err != nil {
			return failure(err)
		}
		st := &statusReport{s.recipe.Name, stages}
		if c.JSON && every == 0 {
			return ui.PrintJSON(c.Out, st)
		}
		if err := st.print(c); err != nil || every == 0 {
			return err
		}
		if err := c.Flush(); err != nil {
			return err
		}
		if !st.running() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ui.Failf(ui.ExitInterrupted, "interrupted")
		case <-time.After(every):
		}
	}
}

// statusReport is what status prints.
type statusReport struct {
	Recipe string         `json:"recipe"`
	Stages []mmrun.Status `json:"stages"`
}

func (st *statusReport) running() bool {
	for _, s := range st.Stages {
		if s.Condition == mmrun.IsRunning {
			return true
		}
	}
	return false
}

func (st *statusReport) print(c *ui.Console) error {
	if c.JSON {
		return ui.PrintJSONLine(c.Out, st)
	}
	tw := ui.NewTable(c.Out, ui.Left)
	fmt.Fprintln(tw, "stage\tkind\tcondition\tepoch\tscore\tbest\tgives\tremark")
	for _, s := range st.Stages {
		epoch, score, best, gives := "", "", "", ""
		if s.Epoch > 0 {
			epoch = fmt.Sprint(s.Epoch)
			if s.Epochs > 0 {
				epoch += fmt.Sprintf("/%d", s.Epochs)
			}
		}
		if s.Score != nil {
			score = fmt.Sprintf("%.4f", *s.Score)
		}
		if s.Best != nil {
			best = fmt.Sprintf("%.4f (%d)", *s.Best, s.BestEpoch)
		}
		if s.Choice != nil {
			gives = s.Choice.File
		}
		why := strings.Join(s.Why, "; ")
		if len(s.Warnings) > 0 && why == "" {
			why = "warning: " + strings.Join(s.Warnings, "; ")
		}
		ui.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.ID, s.Kind, s.Condition, epoch, score, best, gives, why)
	}
	return tw.Flush()
}
