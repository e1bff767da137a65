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

const checkHelp = `Tells what is wrong with a COCO file, or with the outlines and the tiles' table of a
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

// Options are the flags of a run of check.
type Options struct {
	In       string
	list     bool
	out      string // of --fix; empty: nothing is repaired
	changes  string
	consumer check.Consumer // empty: none is asked for
	Images   string
	TileMeta string
	Polygons string        // of a folder; empty: found in it
	Least    coco.Severity // of what is shown
	ignored  []string
	strict   bool
	all      bool
	Tiny     int
	Near     float64
	Workers  int
	sarif    string
	force    bool
}

// checkPlaces is how many places of a code are shown without --all.
const checkPlaces = 3

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "check",
		Usage:       "tell what is wrong with a COCO file or a HuBMAP folder, for whom, and repair it",
		UsageText:   "[flags] FILE|DIR",
		Description: checkHelp,
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
			flags.WorkersFlag(),
			flags.ForceFlag(),
			flags.JsonFlag("the report"),
			flags.QuietFlag("report: the exit status tells"),
		},
		Action: func(ctx *cli.Context) error {
			opts, err := parseCheck(ctx)
			if err != nil {
				return err
			}
			if opts.list {
				return printRules(c)
			}
			return runCheck(ctx.Context, c, opts)
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

func parseCheck(ctx *cli.Context) (*Options, error) {
	o := &Options{
		In:       ctx.Args().First(),
		list:     ctx.Bool("list"),
		out:      ctx.String("out"),
		changes:  ctx.String("changes"),
		consumer: check.Consumer(ctx.String("for")),
		Images:   ctx.String("image-dir"),
		TileMeta: ctx.String("tile-meta"),
		strict:   ctx.Bool("strict"),
		all:      ctx.Bool("all"),
		Tiny:     ctx.Int("tiny"),
		Near:     ctx.Float64("near"),
		sarif:    ctx.String("sarif"),
		force:    ctx.Bool("force"),
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
		o.ignored = append(o.ignored, flags.SplitList(v)...)
	}
	for _, code := range o.ignored {
		if Rule(coco.Code(code)) == nil {
			return nil, ui.Usagef("--ignore: there is no code %q", code).Hint("hubdata check --list prints the codes")
		}
	}
	stdout := 0
	for _, path := range []string{o.out, o.changes, o.sarif} {
		if path == "-" {
			stdout++
		}
	}
	switch fix := ctx.Bool("fix"); {
	case ctx.NArg() != 1:
		return nil, ui.Usagef("check takes one COCO file or HuBMAP folder, got %q", ctx.Args().Slice()).Hint("hubdata check all.json")
	case o.consumer != "" && !slices.Contains(check.Consumers(), o.consumer):
		return nil, ui.Usagef("--for: %q is not one of %s", string(o.consumer), consumerNames())
	case fix && o.out == "":
		return nil, ui.Usagef("--fix: name the file to write with -o FILE")
	case !fix && o.out != "":
		return nil, ui.Usagef("-o has no effect without --fix")
	case !fix && o.changes != "":
		return nil, ui.Usagef("--changes has no effect without --fix")
	case stdout > 1:
		return nil, ui.Usagef("standard output can take one of -o, --changes and --sarif")
	case o.Tiny < 1:
		return nil, ui.Usagef("--tiny: %d is not 1 or more", o.Tiny)
	case !(o.Near > 0 && o.Near <= 1):
		return nil, ui.Usagef("--near: %v is not above 0 and up to 1", o.Near)
	}
	var err error
	if o.Workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	return o, flags.OneStdin(o.In, o.TileMeta)
}

// skip says whether a code is left out of account.
func (o *Options) skip(code coco.Code) bool { return slices.Contains(o.ignored, string(code)) }

func runCheck(ctx context.Context, c *ui.Console, o *Options) error {
	job := &Job{Console: c, Options: o, Outputs: files.Outputs{Console: c, Force: o.force}}
	defer job.Outputs.Abort()
	if err := job.Read(ctx); err != nil {
		return err
	}
	if err := job.Look(ctx); err != nil {
		return err
	}
	if o.out != "" {
		if err := job.fix(); err != nil {
			return err
		}
	}
	if err := job.write(); err != nil {
		return err
	}
	if err := c.Summarize(job.Report(), o.out, o.changes, o.sarif); err != nil {
		return err
	}
	if err := c.Flush(); err != nil { // what was found is told whatever the run exits with
		return err
	}
	return job.verdict()
}

// verdict is the error that the findings make the run exit with.
func (job *Job) verdict() error {
	list, code, what := job.Findings, ui.ExitBadData, "found"
	if job.Options.out != "" {
		list, code, what = job.left, ui.ExitSkipped, "left"
	}
	n := check.CountSeverities(list)
	if n[coco.SeverityError] == 0 && (n[coco.SeverityWarning] == 0 || !job.Options.strict) {
		return nil
	}
	f := ui.Failf(code, "%s: %s %s", job.Name, what, wordSeverities(n))
	if job.Options.out == "" && slices.ContainsFunc(list, func(f coco.Finding) bool { return Rule(f.Code).Fix != "" }) && !job.Folder() {
		f = f.Hint("--fix -o FILE repairs what can be repaired")
	}
	return f
}

// wordSeverities words such counts, leaving out notes.
func wordSeverities(n [3]int) string {
	return fmt.Sprintf("%s and %s", ui.Plural(n[coco.SeverityError], "error", "errors"), ui.Plural(n[coco.SeverityWarning], "warning", "warnings"))
}
