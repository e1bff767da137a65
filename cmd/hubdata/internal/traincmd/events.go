package traincmd

import (
	"errors"
	"fmt"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
)

// A reporter prints the events of a run.
type reporter struct {
	c    *ui.Console
	file string // of the recipe, for advice
}

// note prints an event.
func (r *reporter) note(e mmrun.Event) {
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

// explain prints why a stage failed, without delay: the failure itself may follow much later.
func (r *reporter) explain(e mmrun.StageFailed) {
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
			ui.Fprintf(r.c.Stderr, "  | %s\n", uncoloured(line))
		}
	}
}

// failure words an error of a run, which knows the recipe's file.
func (r *reporter) failure(err error) error {
	var process *mmrun.ProcessError
	if !errors.As(err, &process) {
		return failure(err)
	}
	f := &ui.Failure{Code: ExitTrainer, Err: err}
	if process.Advice != "" {
		f = f.Hint("%s", process.Advice)
	}
	logs := fmt.Sprintf("hubdata train logs %s %s shows all that it printed", r.file, process.Stage)
	if !process.Hubdata {
		return f.Hint("%s; run again to continue from the last checkpoint", logs)
	}
	// It has the exit codes of this program.
	if f.Code = process.Code; f.Code != ui.ExitBadData && f.Code != ui.ExitUsage {
		f.Code = ui.ExitFailure
	}
	return f.Hint("%s", logs)
}

// flushed writes to standard output without a buffer.
type flushed struct{ c *ui.Console }

func (f flushed) Write(p []byte) (int, error) {
	n, err := f.c.Out.Write(p)
	if err != nil {
		return n, err
	}
	return n, f.c.Flush()
}
