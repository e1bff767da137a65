package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

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

// checkOptions are the flags of a run of check.
type checkOptions struct {
	in       string
	list     bool
	out      string // of --fix; empty: nothing is repaired
	changes  string
	consumer check.Consumer // empty: none is asked for
	images   string
	tileMeta string
	polygons string        // of a folder; empty: found in it
	least    coco.Severity // of what is shown
	ignored  []string
	strict   bool
	all      bool
	tiny     int
	near     float64
	workers  int
	sarif    string
	force    bool
}

// checkPlaces is how many places of a code are shown without --all.
const checkPlaces = 3

func checkCommand(c *console) *cli.Command {
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
			tileMetaFlag("look tiles up", "that of a folder"),
			&cli.IntFlag{Name: "tiny", Value: check.DefaultTiny, Usage: "call a mask of fewer than `N` pixels tiny"},
			&cli.Float64Flag{Name: "near", Value: check.DefaultNear, Usage: "call two masks nearly equal from `IOU` on"},
			&cli.BoolFlag{Name: "fix", Usage: "write a repaired file to -o"},
			outFlag("write with --fix to the file `OUT`; - is standard output"),
			&cli.StringFlag{Name: "changes", Usage: "list what --fix changed in `FILE`; .jsonl has one change a line"},
			&cli.StringFlag{Name: "sarif", Usage: "write SARIF 2.1.0 to `FILE`; - is standard output"},
			workersFlag("look at tiles by"),
			forceFlag(),
			jsonFlag("the report"),
			quietFlag("report: the exit status tells"),
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

func parseCheck(ctx *cli.Context) (*checkOptions, error) {
	o := &checkOptions{
		in:       ctx.Args().First(),
		list:     ctx.Bool("list"),
		out:      ctx.String("out"),
		changes:  ctx.String("changes"),
		consumer: check.Consumer(ctx.String("for")),
		images:   ctx.String("image-dir"),
		tileMeta: ctx.String("tile-meta"),
		strict:   ctx.Bool("strict"),
		all:      ctx.Bool("all"),
		tiny:     ctx.Int("tiny"),
		near:     ctx.Float64("near"),
		sarif:    ctx.String("sarif"),
		force:    ctx.Bool("force"),
	}
	if o.list {
		if ctx.NArg() > 0 {
			return nil, usagef("check --list takes no file")
		}
		return o, nil
	}
	var ok bool
	if o.least, ok = coco.ParseSeverity(ctx.String("severity")); !ok {
		return nil, usagef("--severity: %q is not one of note, warning, error", ctx.String("severity"))
	}
	for _, v := range ctx.StringSlice("ignore") {
		o.ignored = append(o.ignored, splitList(v)...)
	}
	for _, code := range o.ignored {
		if checkRule(coco.Code(code)) == nil {
			return nil, usagef("--ignore: there is no code %q", code).hint("hubdata check --list prints the codes")
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
		return nil, usagef("check takes one COCO file or HuBMAP folder, got %q", ctx.Args().Slice()).hint("hubdata check all.json")
	case o.consumer != "" && !slices.Contains(check.Consumers(), o.consumer):
		return nil, usagef("--for: %q is not one of %s", string(o.consumer), consumerNames())
	case fix && o.out == "":
		return nil, usagef("--fix: name the file to write with -o FILE")
	case !fix && o.out != "":
		return nil, usagef("-o has no effect without --fix")
	case !fix && o.changes != "":
		return nil, usagef("--changes has no effect without --fix")
	case stdout > 1:
		return nil, usagef("standard output can take one of -o, --changes and --sarif")
	case o.tiny < 1:
		return nil, usagef("--tiny: %d is not 1 or more", o.tiny)
	case !(o.near > 0 && o.near <= 1):
		return nil, usagef("--near: %v is not above 0 and up to 1", o.near)
	}
	var err error
	if o.workers, err = workersOf(ctx); err != nil {
		return nil, err
	}
	return o, oneStdin(o.in, o.tileMeta)
}

// skip says whether a code is left out of account.
func (o *checkOptions) skip(code coco.Code) bool { return slices.Contains(o.ignored, string(code)) }

func runCheck(ctx context.Context, c *console, o *checkOptions) error {
	job := &checkJob{c: c, o: o, outputs: outputs{c: c, force: o.force}}
	defer job.outputs.abort()
	if err := job.read(ctx); err != nil {
		return err
	}
	if err := job.look(ctx); err != nil {
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
	if err := c.summarize(job.report(), o.out, o.changes, o.sarif); err != nil {
		return err
	}
	if err := c.flush(); err != nil { // what was found is told whatever the run exits with
		return err
	}
	return job.verdict()
}

// verdict is the error that the findings make the run exit with.
func (job *checkJob) verdict() error {
	list, code, what := job.findings, exitBadData, "found"
	if job.o.out != "" {
		list, code, what = job.left, exitSkipped, "left"
	}
	n := check.CountSeverities(list)
	if n[coco.SeverityError] == 0 && (n[coco.SeverityWarning] == 0 || !job.o.strict) {
		return nil
	}
	f := failf(code, "%s: %s %s", job.name, what, wordSeverities(n))
	if job.o.out == "" && slices.ContainsFunc(list, func(f coco.Finding) bool { return checkRule(f.Code).Fix != "" }) && !job.folder() {
		f = f.hint("--fix -o FILE repairs what can be repaired")
	}
	return f
}

// wordSeverities words such counts, leaving out notes.
func wordSeverities(n [3]int) string {
	return fmt.Sprintf("%s and %s", count(n[coco.SeverityError], "error", "errors"), count(n[coco.SeverityWarning], "warning", "warnings"))
}
