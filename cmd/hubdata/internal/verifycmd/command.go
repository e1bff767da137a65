// Package verifycmd is the command hubdata verify: files compared with what they say of how they were made.
package verifycmd

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

const help = `Compares files with what they say of how they were made. Every file that hubdata writes
names its inputs with their checksums, its options and the version. verify looks for the
inputs by their checksums, so a folder may be moved and a file renamed. It says what is
unchanged, what has changed since, and what is gone.

FILE is a set, a plan, a folder's .hubdata.json, a submission with a record, or a result of a
stage; all that it was made from is followed to the files that hubdata did not make. With DIR,
these are all files below it that say how they were made. --search names more folders to look
for inputs in. For a FILE below a folder coco_data, that is the folder which has coco_data.

--rederive runs each recorded command again, in a temporary folder and by this program, and
compares the bytes. What differs is explained: another version, another option, another
input, or a file that was edited. An input that is gone is made again if its record is kept.
Trainings are not run again.

--graph prints what was made from what, with -o FILE as an SVG picture.

Exit codes: 3 if an input has changed, a file was made from itself, or bytes differ; else 4
if something is gone or could not be checked.

examples:
   hubdata verify ~/hubmap
   hubdata verify --rederive coco_data/pseudo_coco/pseudo_ds3_thr60.json
   hubdata verify --search /archive/predictions submission.csv
   hubdata verify --graph -o lineage.svg ~/hubmap`

// A Runner runs a command line of this program, of which words[0] is its name, and returns the exit code.
type Runner func(ctx context.Context, words []string, stdin io.Reader, stdout, stderr io.Writer) int

// Flags returns the flags of a command of this program, as a record names it; nil: there is none.
type Flags func(command string) []cli.Flag

// options are a command line.
type options struct {
	path     string
	search   []string
	rederive bool
	graph    bool
	out      string // of the graph
	force    bool
	run      Runner
	flags    Flags
}

// Command is hubdata verify, which runs other commands by run, with flags that these have.
func Command(c *ui.Console, run Runner, known Flags) *cli.Command {
	return &cli.Command{
		Name:        "verify",
		Usage:       "compare files with what they say of how they were made",
		UsageText:   "[flags] FILE|DIR",
		Description: help,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringSliceFlag{Name: "search", Usage: "look for inputs below `DIR` too; repeatable"},
			&cli.BoolFlag{Name: "rederive", Usage: "run the recorded commands again, and compare the bytes"},
			&cli.BoolFlag{Name: "graph", Usage: "print what was made from what, instead of a table"},
			flags.OutFlag("write the graph as SVG to the file `OUT`; - is standard output"),
			flags.ForceFlag(),
		}, flags.SummaryFlags()),
		Action: func(ctx *cli.Context) error {
			o, err := parse(ctx)
			if err != nil {
				return err
			}
			o.run, o.flags = run, known
			return verify(ctx.Context, c, o)
		},
	}
}

func parse(ctx *cli.Context) (*options, error) {
	o := &options{path: ctx.Args().First(), search: ctx.StringSlice("search"), rederive: ctx.Bool("rederive"), graph: ctx.Bool("graph"), out: ctx.String("out"), force: ctx.Bool("force")}
	switch {
	case ctx.NArg() != 1 || o.path == "":
		return nil, ui.Usagef("verify takes one file or folder, found %d arguments", ctx.NArg())
	case o.path == "-":
		return nil, ui.Usagef("verify cannot read standard input, since the inputs of a file are looked for near it: name a file")
	case ctx.IsSet("out") && o.out == "":
		return nil, ui.Usagef("-o: found no name, expected a file")
	case o.out != "" && !o.graph:
		return nil, ui.Usagef("-o has no effect without --graph")
	case o.out != "" && o.out != "-" && !strings.EqualFold(filepath.Ext(o.out), ".svg"):
		return nil, ui.Usagef("-o: %s does not end in .svg", o.out)
	}
	return o, nil
}
