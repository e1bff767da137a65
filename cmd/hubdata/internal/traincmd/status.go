package traincmd

import (
	"context"
	"fmt"
	"io"
	"slices"
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
   queued      a job is in Slurm's queue: the last column says why it waits
   running     a process works on it
   done        on the current inputs
   stale       begun on other inputs: the last column says what has changed
   resumable   interrupted or failed, with a checkpoint to continue from
   failed      interrupted or failed, without one
   blocked     by an earlier stage, or by a missing input
   unreadable  what is stored of it cannot be read: the last column says why

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
			&cli.BoolFlag{Name: "watch", Usage: "repeat until nothing runs and no job is in the queue"},
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

// status prints the status of the chosen stages; if every is not 0, again and again until nothing runs and no job is in
// the queue.
func status(ctx context.Context, c *ui.Console, s *selection, every time.Duration) error {
	runner, err := s.runner(mmrun.Options{})
	if err != nil {
		return err
	}
	said, queued := "", false
	for {
		stages, unasked := runner.QueueStatus(ctx)
		st := &statusReport{Recipe: s.recipe.Name, Stages: stages}
		if unasked != nil {
			st.NotChecked = fmt.Sprintf("the queue: %v", unasked)
			if unasked.Error() != said { // once, while it stays so
				said = unasked.Error()
				c.Note("the queue was not checked: %v", unasked)
			}
		}
		if c.JSON && every == 0 {
			err = ui.PrintJSON(c.Out, st)
		} else {
			err = st.print(c)
		}
		if err != nil {
			return err
		}
		// A queue that does not answer for a while may still have the jobs.
		queued = st.has(mmrun.IsQueued) || queued && unasked != nil
		if every == 0 || !st.has(mmrun.IsRunning) && !queued {
			return st.failure(c)
		}
		if err := c.Flush(); err != nil {
			return err
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
	Recipe     string         `json:"recipe"`
	Stages     []mmrun.Status `json:"stages"`
	NotChecked string         `json:"not_checked,omitempty"` // the queue, and why
}

// has reports whether a stage is in a condition.
func (st *statusReport) has(condition mmrun.Condition) bool {
	return slices.ContainsFunc(st.Stages, func(s mmrun.Status) bool { return s.Condition == condition })
}

// failure reports the stages that could not be read; what is known of the others has been printed.
func (st *statusReport) failure(c *ui.Console) error {
	n := 0
	for _, s := range st.Stages {
		if s.Condition == mmrun.IsUnreadable {
			n++
			c.Problem(fmt.Sprintf("stage %s: %s", s.ID, strings.Join(s.Why, "; ")))
		}
	}
	if n == 0 {
		return nil
	}
	return ui.Failf(ui.ExitBadData, "%s cannot be read", ui.Plural(n, "stage", "stages"))
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
	if err := tw.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(c.Out, "epoch: current/last; score, 0 to 1: of the last validated epoch, by the stage's metric; best (epoch): so far;\n"+
		"gives: the checkpoint for later stages; \"hubdata train status --help\" lists the conditions\n")
	return err
}
