package evalcmd

import (
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring/partials"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

// mergeOptions say what is merged, and what is reported of it.
type mergeOptions struct {
	parts []string
	by    []string
	out   *output
}

// mergeable are the flags that have an effect on merged parts.
var mergeable = []string{"merge", "by", "pr-curve", "arrays", "force", "json", "quiet"}

// parseMerge reads the flags of --merge.
func parseMerge(ctx *cli.Context) (*mergeOptions, error) {
	for _, name := range ctx.LocalFlagNames() {
		if !slices.Contains(mergeable, name) {
			return nil, ui.Usagef("--%s has no effect with --merge: give it with --partial-out", name)
		}
	}
	if ctx.NArg() == 0 {
		return nil, ui.Usagef("--merge needs files of --partial-out").Hint("hubdata eval --merge parts/*.part")
	}
	o := &mergeOptions{parts: ctx.Args().Slice()}
	o.out = &output{curve: ctx.String("pr-curve"), arrays: ctx.String("arrays"), force: ctx.Bool("force")}
	for _, by := range flags.SplitList(ctx.String("by")) {
		if by == "tile" {
			return nil, ui.Usagef("--by %s needs all images in one run", by)
		}
		if !slices.Contains(o.by, by) {
			o.by = append(o.by, by)
		}
	}
	if err := o.out.checkForms(); err != nil {
		return nil, err
	}
	return o, flags.OneStdin(o.parts...)
}

// runMerge merges parts, and reports what their images come to.
func runMerge(c *ui.Console, o *mergeOptions) error {
	set, err := partials.Open(c, o.parts...)
	if err != nil {
		return err
	}
	defer set.Close()
	outs := &files.Outputs{Console: c, Force: o.out.force, Inputs: set.Inputs}
	defer outs.Abort()
	if err := outs.Check(o.out.curve, o.out.arrays); err != nil {
		return err
	}
	r, err := set.Report(o.by)
	if err != nil {
		return err
	}
	out := &result{reports: []*scoring.Report{r}, notes: set.Notes}
	o.out.force = true // existing files were checked
	if err := o.out.write(c, out.reports); err != nil {
		return err
	}
	return out.print(c, 0)
}
