package traincmd

import (
	"fmt"
	"io"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
)

// dryRun prints what a run would do.
func dryRun(c *ui.Console, s *selection, o mmrun.Options) error {
	runner, err := s.runner(o)
	if err != nil {
		return err
	}
	steps, err := runner.Plan()
	if err != nil {
		return failure(err)
	}
	return printSteps(c.Out, steps)
}

// printSteps prints a table of stages, and the command lines.
func printSteps(out io.Writer, steps []mmrun.Planned) error {
	tw := ui.NewTable(out, ui.Left)
	fmt.Fprintln(tw, "stage\tkind\tcondition\taction\treason")
	for _, p := range steps {
		verb := string(p.Action.Verb)
		switch p.Action.Verb {
		case mmrun.Wait:
			verb = "cannot run"
		case mmrun.After:
			verb = "run after those"
		case mmrun.Resume:
			verb = "continue from " + p.Action.Resume
		}
		ui.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\n", p.Stage.ID, p.Stage.Kind, p.Condition, verb, p.Action.Reason)
	}
	if err := tw.Flush(); err != nil {
		return err
	}
	for _, p := range steps {
		for _, command := range p.Commands {
			ui.Fprintf(out, "\n%s:\n  cd %s\n", p.Stage.ID, mmdet.Quote([]string{command.Dir}))
			for _, kv := range command.Env {
				ui.Fprintf(out, "  export %s\n", mmdet.Quote([]string{kv}))
			}
			ui.Fprintf(out, "  %s\n", mmdet.Quote(command.Argv))
		}
	}
	return nil
}
