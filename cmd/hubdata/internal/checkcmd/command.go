package checkcmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/urfave/cli/v2"
)

const help = `Reports what is wrong with a COCO file, or with the outlines and the tile table of a
HuBMAP folder: whatever makes pycocotools, MMDetection, detectron2, ultralytics or
the competition's scorer fail, misread the data or lose some silently. It lists how
often each fault occurs, then the first few places. --list prints all rules.
--all and --json list up to 10,000 places of each fault, and say how many more there are.

FILE may be results too, a list of detections. --truth names the ground truth: ids of
images and categories, and sizes of masks, are compared with it. What was not checked
is reported as not-checked.

--for says what one consumer does with each fault, and which images and annotations
it drops silently. --fix writes a new file in which everything is fixed that needs no
guess; --changes lists every change, with the IoU of the mask before and after. A file
that was fixed once does not change again.

Errors exit with 3, with --strict warnings too. If --fix wrote a file that still has
some, or that lacks annotations which could not be fixed, the exit code is 4.

examples:
   hubdata check all.json
   hubdata check --for mmdet2 --image-dir ~/hubmap/train all.json
   hubdata check --fix -o sound.json --changes changes.json broken.json
   hubdata check --strict --ignore mask-tiny --sarif check.sarif all.json
   hubdata check --truth all.json results.json
   hubdata check ~/hubmap`

// options are a command line.
type options struct {
	Options
	list    bool
	fix     bool
	out     string // of --fix
	changes string // of --fix; empty: not written
	sarif   string // empty: not written
	strict  bool
	all     bool
	force   bool
}

// Command is hubdata check.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "check",
		Usage:       "report what is wrong with a COCO file or a HuBMAP folder, and fix it",
		UsageText:   "[flags] FILE|DIR",
		Description: help,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "list", Usage: "print all rules"},
			&cli.StringFlag{Name: "for", Usage: "say what `CONSUMER` does with each fault: " + consumerNames()},
			&cli.StringFlag{Name: "severity", Value: "note", Usage: "list findings of `LEVEL` or worse: note, warning or error"},
			&cli.StringSliceFlag{Name: "ignore", Usage: "ignore `CODE`; repeatable, or with commas"},
			&cli.BoolFlag{Name: "strict", Usage: "exit with 3 on warnings too"},
			&cli.BoolFlag{Name: "all", Usage: "list up to 10,000 places of each code, not only the first few"},
			&cli.StringFlag{Name: "image-dir", Usage: "check the image files in `DIR` too: sizes and duplicates"},
			&cli.StringFlag{Name: "truth", Usage: "compare results with the images and categories of the ground truth `FILE`"},
			flags.TileMetaFlag("look tiles up", "that of a folder"),
			&cli.IntFlag{Name: "tiny", Value: check.DefaultTiny, Usage: "report masks of fewer than `N` pixels as tiny"},
			&cli.Float64Flag{Name: "near", Value: check.DefaultNear, Usage: "report two masks as nearly equal from `IOU` on"},
			&cli.IntFlag{Name: "max-results", Value: check.DefaultMaxDetections, Usage: "report images with more than `N` results of a category"},
			&cli.BoolFlag{Name: "fix", Usage: "write a fixed copy of the file to -o"},
			flags.OutFlag("write with --fix to the file `OUT`; - is standard output"),
			&cli.StringFlag{Name: "changes", Usage: "write the changes of --fix to `FILE`; .jsonl has one change per line"},
			&cli.StringFlag{Name: "sarif", Usage: "write SARIF 2.1.0 to `FILE`; - is standard output"},
			flags.WorkersFlag(),
			flags.ForceFlag(),
			flags.JsonFlag("the report"),
			flags.QuietFlag("report; see the exit code"),
		},
		Action: func(ctx *cli.Context) error {
			o, err := parse(ctx)
			if err != nil {
				return err
			}
			if o.list {
				return printRules(c)
			}
			return run(ctx.Context, c, o)
		},
	}
}

func consumerNames() string {
	var names []string
	for _, c := range check.Consumers() {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

func parse(ctx *cli.Context) (*options, error) {
	o := &options{
		Options: Options{
			In:            ctx.Args().First(),
			TileMeta:      ctx.String("tile-meta"),
			Truth:         ctx.String("truth"),
			Images:        ctx.String("image-dir"),
			Consumer:      check.Consumer(ctx.String("for")),
			Tiny:          ctx.Int("tiny"),
			Near:          ctx.Float64("near"),
			MaxDetections: ctx.Int("max-results"),
			Most:          mostListed,
		},
		list:    ctx.Bool("list"),
		fix:     ctx.Bool("fix"),
		out:     ctx.String("out"),
		changes: ctx.String("changes"),
		sarif:   ctx.String("sarif"),
		strict:  ctx.Bool("strict"),
		all:     ctx.Bool("all"),
		force:   ctx.Bool("force"),
	}
	if o.list {
		if ctx.NArg() > 0 {
			return nil, ui.Usagef("check --list takes no argument")
		}
		return o, nil
	}
	var ok bool
	if o.Least, ok = coco.ParseSeverity(ctx.String("severity")); !ok {
		return nil, ui.Usagef("--severity: found %q, expected note, warning or error", ctx.String("severity"))
	}
	for _, v := range ctx.StringSlice("ignore") {
		for _, code := range flags.SplitList(v) {
			o.Ignore = append(o.Ignore, coco.Code(code))
		}
	}
	for _, code := range o.Ignore {
		if Rule(code) == nil {
			return nil, ui.Usagef("--ignore: no rule has the code %q", code).Hint("hubdata check --list prints the codes")
		}
	}
	if err := o.validate(ctx.Args().Slice()); err != nil {
		return nil, err
	}
	var err error
	if o.Workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	return o, flags.OneStdin(o.In, o.TileMeta, o.Truth)
}

// validate checks flags against each other; args are the arguments.
func (o *options) validate(args []string) error {
	switch {
	case len(args) != 1:
		return ui.Usagef("found %d arguments, expected one COCO file or HuBMAP folder", len(args)).Hint("hubdata check all.json")
	case o.Consumer != "" && !slices.Contains(check.Consumers(), o.Consumer):
		return ui.Usagef("--for: found %q, expected one of %s", string(o.Consumer), consumerNames())
	case o.fix && o.out == "":
		return ui.Usagef("--fix: name the file to write with -o FILE")
	case !o.fix && o.out != "":
		return ui.Usagef("-o has no effect without --fix")
	case !o.fix && o.changes != "":
		return ui.Usagef("--changes has no effect without --fix")
	case o.Tiny < 1:
		return ui.Usagef("--tiny: found %d, expected 1 or more", o.Tiny)
	case o.MaxDetections < 1:
		return ui.Usagef("--max-results: found %d, expected 1 or more", o.MaxDetections)
	case !(o.Near > 0 && o.Near <= 1):
		return ui.Usagef("--near: found %v, expected a number above 0 and up to 1", o.Near)
	}
	return nil
}

// outputs are the files that are to be written.
func (o *options) outputs() []string {
	return slices.DeleteFunc([]string{o.out, o.changes, o.sarif}, func(path string) bool { return path == "" })
}

// run checks, fixes if --fix is given, writes the files, and prints the summary.
func run(ctx context.Context, c *ui.Console, o *options) error {
	outs := &files.Outputs{Console: c, Force: o.force}
	defer outs.Abort()
	s, err := open(c, o.Options)
	if err != nil {
		return err
	}
	s.lists = true
	defer s.close()
	if s.IsFolder() && o.fix {
		return ui.Usagef("--fix needs a COCO file, found a folder").Hint("hubdata convert makes COCO files")
	}
	outs.Inputs = s.inputs
	if err := o.checkOutputs(outs); err != nil {
		return err
	}
	if err := s.read(ctx); err != nil {
		return err
	}
	if s.bad != nil && o.fix {
		return s.bad
	}
	if err := o.fits(s); err != nil {
		return err
	}
	outs.Inputs = s.inputs
	r, err := s.Check(ctx)
	if err != nil {
		return err
	}
	var fixed *repair
	if o.fix {
		if fixed, err = s.fix(); err != nil {
			return err
		}
	}
	if err := o.write(outs, s, r, fixed); err != nil {
		return err
	}
	if err := c.Summarize(newSummary(o, r, fixed), o.out, o.changes, o.sarif); err != nil {
		return err
	}
	if err := c.Flush(); err != nil { // so that the summary comes before the error
		return err
	}
	return o.verdict(s, r, fixed)
}

// checkOutputs refuses early what could not be written.
func (o *options) checkOutputs(outs *files.Outputs) error {
	for _, path := range o.outputs() {
		if path == o.sarif && madeSARIF(path) {
			continue
		}
		if err := outs.Check(path); err != nil {
			return err
		}
	}
	return outs.Apart(o.outputs()...)
}

// write writes the files, which appear together.
func (o *options) write(outs *files.Outputs, s *Subject, r *Report, fixed *repair) error {
	if fixed != nil {
		var err error
		if fixed.dataset == nil {
			err = writeResults(outs, o.out, fixed.results)
		} else {
			err = files.WriteCOCO(outs, o.out, fixed.dataset)
		}
		if err != nil {
			return err
		}
	}
	if o.changes != "" {
		if err := s.writeChanges(outs, o.changes, fixed.changes); err != nil {
			return err
		}
	}
	if o.sarif != "" {
		if err := writeSARIF(outs, o.sarif, o.In, r); err != nil {
			return err
		}
	}
	return outs.Commit()
}

// verdict is the error that the findings make the run exit with.
func (o *options) verdict(s *Subject, r *Report, fixed *repair) error {
	n, code, text := r.all.severity, ui.ExitBadData, "%s: found %s and %s"
	if fixed != nil {
		n, code, text = check.CountSeverities(fixed.left), ui.ExitSkipped, "%s: %s and %s remain"
	}
	failed := n[coco.SeverityError] > 0 || n[coco.SeverityWarning] > 0 && o.strict
	if fixed != nil {
		if lost := fixed.summary().losses(); lost != "" {
			if failed {
				lost += fmt.Sprintf("; %s and %s remain", ui.Plural(n[coco.SeverityError], "error", "errors"), ui.Plural(n[coco.SeverityWarning], "warning", "warnings"))
			}
			return ui.Failf(code, "%s: %s", s.Name, lost).Hint("--ignore CODE keeps what a rule would remove")
		}
	}
	if !failed {
		return nil
	}
	f := ui.Failf(code, text, s.Name, ui.Plural(n[coco.SeverityError], "error", "errors"), ui.Plural(n[coco.SeverityWarning], "warning", "warnings"))
	if fixed == nil && !s.IsFolder() && r.all.fixable() {
		f = f.Hint("--fix -o FILE fixes what needs no guess")
	}
	return f
}
