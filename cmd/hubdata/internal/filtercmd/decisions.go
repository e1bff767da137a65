package filtercmd

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/review"
	"github.com/urfave/cli/v2"
)

// decisions are --decisions and --verdict.
type decisions struct {
	path     string           // of the log; empty: none
	verdicts []review.Verdict // that are kept
}

// decisionFlags are the flags of decisions.
func decisionFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "decisions", Usage: "keep annotations by the decisions in the log `FILE` of \"hubdata view --decisions\""},
		&cli.StringFlag{Name: "verdict", Value: "accepted", Usage: "with --decisions, keep those that are `WHICH`: a list of accepted, rejected, uncertain, undecided"},
	}
}

// parseDecisions reads the values of decisionFlags.
func parseDecisions(ctx *cli.Context) (d decisions, err error) {
	d.path = ctx.String("decisions")
	if d.path == "" && ctx.IsSet("verdict") {
		return d, ui.Usagef("--verdict has no effect without --decisions")
	}
	for _, name := range flags.SplitList(ctx.String("verdict")) {
		v := review.Verdict(name)
		if !slices.Contains(review.Verdicts(), v) {
			return d, ui.Usagef("--verdict: %q is not one of accepted, rejected, uncertain, undecided", name)
		}
		d.verdicts = append(d.verdicts, v)
	}
	if len(d.verdicts) == 0 {
		return d, ui.Usagef("--verdict: found none of accepted, rejected, uncertain, undecided")
	}
	return d, nil
}

// open reads the log, and returns why an annotation is dropped; empty: it is kept.
func (d *decisions) open(c *ui.Console, o *files.Outputs, f *files.COCOFile) (func(i int) string, error) {
	in, err := files.OpenInput(c, d.path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	in.Flag = "decisions"
	o.Inputs = append(o.Inputs, in)
	log, err := review.Read(in)
	var line *review.LineError
	if errors.As(err, &line) {
		err = fmt.Errorf("%w: %w", ui.ErrInput, err)
	}
	if err != nil {
		return nil, ui.InFile(in.Name, err)
	}
	if _, err := in.ReadToEnd(); err != nil {
		return nil, err
	}
	of, err := review.DatasetOf(f.Dataset)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", f.Input.Name, ui.ErrInput, err)
	}
	if err := log.For(of); err != nil {
		return nil, ui.Failf(ui.ExitBadData, "%s: %w", in.Name, err).Hint("name the file that was reviewed: %s has %s", f.Input.Name, ui.Plural(of.Annotations, "annotation", "annotations"))
	}
	if log.Cut > 0 {
		c.Note("%s: its last line is cut off (%s): %s kept", in.Name, ui.Plural(int(log.Cut), "byte", "bytes"), ui.Plural(len(log.Decisions), "decision is", "decisions are"))
	}
	var state review.State
	for i := range log.Decisions {
		state.Add(&log.Decisions[i])
	}
	return func(i int) string {
		if v := state.Verdict(f.Annotations[i].ID); !slices.Contains(d.verdicts, v) {
			return string(v) + " by the review"
		}
		return ""
	}, nil
}
