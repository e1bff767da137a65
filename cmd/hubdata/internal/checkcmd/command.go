package checkcmd

import (
	"context"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/urfave/cli/v2"
)

const help = `Tells what is wrong with a COCO file, or with the outlines and the tiles' table of a
HuBMAP folder: whatever makes pycocotools, MMDetection, detectron2, ultralytics or
the competition's scorer fail, misread it or lose data without a word. First how
often each fault is there, then the first few places. --list prints all rules.

--for says what one consumer will do with each fault, and what it leaves out of the
file without a word. --fix repairs what can be repaired without a guess, into a new
file; --changes lists every change, with the IoU of the mask before and after. What
was repaired once is not changed again.

An error exits with 3, with --strict a warning too; if a repaired file was written
that still has some, with 4.

examples:
   hubdata check all.json
   hubdata check --for mmdet2 --image-dir ~/hubmap/train all.json
   hubdata check --fix -o sound.json --changes changes.json broken.json
   hubdata check --strict --ignore mask-tiny --sarif check.sarif all.json
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
		Usage:       "tell what is wrong with a COCO file or a HuBMAP folder, for whom, and repair it",
		UsageText:   "[flags] FILE|DIR",
		Description: help,
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "list", Usage: "print all rules"},
			&cli.StringFlag{Name: "for", Usage: "say what `CONSUMER` does: " + consumerNames()},
			&cli.StringFlag{Name: "severity", Value: "note", Usage: "show what is at least `LEVEL`: note, warning or error"},
			&cli.StringSliceFlag{Name: "ignore", Usage: "leave `CODE` out of account; repeatable, or with commas"},
			&cli.BoolFlag{Name: "strict", Usage: "warnings count as errors"},
			&cli.BoolFlag{Name: "all", Usage: "list all places, not the first few of each code"},
			&cli.StringFlag{Name: "image-dir", Usage: "look at the images in `DIR` too: size, and pictures that are there twice"},
			flags.TileMetaFlag("look tiles up", "that of a folder"),
			&cli.IntFlag{Name: "tiny", Value: check.DefaultTiny, Usage: "call a mask of fewer than `N` pixels tiny"},
			&cli.Float64Flag{Name: "near", Value: check.DefaultNear, Usage: "call two masks nearly equal from `IOU` on"},
			&cli.BoolFlag{Name: "fix", Usage: "write a repaired file to -o"},
			flags.OutFlag("write with --fix to the file `OUT`; - is standard output"),
			&cli.StringFlag{Name: "changes", Usage: "list what --fix changed in `FILE`; .jsonl has one change a line"},
			&cli.StringFlag{Name: "sarif", Usage: "write SARIF 2.1.0 to `FILE`; - is standard output"},
			flags.WorkersFlag("look at tiles by"),
			flags.ForceFlag(),
			flags.JsonFlag("the report"),
			flags.QuietFlag("report: the exit status tells"),
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
			In:       ctx.Args().First(),
			TileMeta: ctx.String("tile-meta"),
			Images:   ctx.String("image-dir"),
			Consumer: check.Consumer(ctx.String("for")),
			Tiny:     ctx.Int("tiny"),
			Near:     ctx.Float64("near"),
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
			return nil, ui.Usagef("check --list takes no file")
		}
		return o, nil
	}
	var ok bool
	if o.Least, ok = coco.ParseSeverity(ctx.String("severity")); !ok {
		return nil, ui.Usagef("--severity: %q is not one of note, warning, error", ctx.String("severity"))
	}
	for _, v := range ctx.StringSlice("ignore") {
		for _, code := range flags.SplitList(v) {
			o.Ignore = append(o.Ignore, coco.Code(code))
		}
	}
	for _, code := range o.Ignore {
		if Rule(code) == nil {
			return nil, ui.Usagef("--ignore: there is no code %q", code).Hint("hubdata check --list prints the codes")
		}
	}
	if err := o.validate(ctx.Args().Slice()); err != nil {
		return nil, err
	}
	var err error
	if o.Workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	return o, flags.OneStdin(o.In, o.TileMeta)
}

// validate checks flags against each other; args are the arguments.
func (o *options) validate(args []string) error {
	stdout := 0
	for _, path := range o.outputs() {
		if path == "-" {
			stdout++
		}
	}
	switch {
	case len(args) != 1:
		return ui.Usagef("check takes one COCO file or HuBMAP folder, got %q", args).Hint("hubdata check all.json")
	case o.Consumer != "" && !slices.Contains(check.Consumers(), o.Consumer):
		return ui.Usagef("--for: %q is not one of %s", string(o.Consumer), consumerNames())
	case o.fix && o.out == "":
		return ui.Usagef("--fix: name the file to write with -o FILE")
	case !o.fix && o.out != "":
		return ui.Usagef("-o has no effect without --fix")
	case !o.fix && o.changes != "":
		return ui.Usagef("--changes has no effect without --fix")
	case stdout > 1:
		return ui.Usagef("standard output can take one of -o, --changes and --sarif")
	case o.Tiny < 1:
		return ui.Usagef("--tiny: %d is not 1 or more", o.Tiny)
	case !(o.Near > 0 && o.Near <= 1):
		return ui.Usagef("--near: %v is not above 0 and up to 1", o.Near)
	}
	return nil
}

// outputs are the files that are to be written.
func (o *options) outputs() []string {
	return slices.DeleteFunc([]string{o.out, o.changes, o.sarif}, func(path string) bool { return path == "" })
}

// run checks, repairs if --fix is given, writes the files, and prints the summary.
func run(ctx context.Context, c *ui.Console, o *options) error {
	outs := &files.Outputs{C: c, Force: o.force}
	defer outs.Abort()
	s, err := open(c, o.Options)
	if err != nil {
		return err
	}
	defer s.close()
	if s.IsFolder() && o.fix {
		return ui.Usagef("--fix repairs COCO files, not folders").Hint("\"hubdata convert\" makes them")
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
	if err := c.Flush(); err != nil { // what was found is told whatever the run exits with
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
	return nil
}

// write writes the files, which appear together.
func (o *options) write(outs *files.Outputs, s *Subject, r *Report, fixed *repair) error {
	if fixed != nil {
		if err := files.WriteCOCO(outs, o.out, fixed.dataset); err != nil {
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
	list, code, what := r.found, ui.ExitBadData, "found"
	if fixed != nil {
		list, code, what = fixed.left, ui.ExitSkipped, "left"
	}
	n := check.CountSeverities(list)
	if n[coco.SeverityError] == 0 && (n[coco.SeverityWarning] == 0 || !o.strict) {
		return nil
	}
	f := ui.Failf(code, "%s: %s %s and %s", s.Name, what, ui.Plural(n[coco.SeverityError], "error", "errors"), ui.Plural(n[coco.SeverityWarning], "warning", "warnings"))
	if fixed == nil && !s.IsFolder() && slices.ContainsFunc(list, func(f coco.Finding) bool { return Rule(f.Code).Fix != "" }) {
		f = f.Hint("--fix -o FILE repairs what can be repaired")
	}
	return f
}
