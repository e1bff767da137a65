// Package tunecmd is the command hubdata tune, which searches for fusion settings and judges them on tiles that the
// search has not seen.
//
// A run reads the ground truth and the predictions (read.go), divides the tiles (divide.go), makes sure that no model saw
// the tiles that it predicts (seen.go), and searches (run.go).
package tunecmd

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagekey"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/tune"
	"github.com/urfave/cli/v2"
)

const help = `Searches for the settings of "hubdata pseudo" that fuse the predictions of your models best,
on tiles with ground truth, and reports what to expect on tiles that the search has not seen.

The tiles are divided into folds: those of a plan (--folds), or five by a FIELD whose values
stay together (--by wsi), or five at random. For each fold a setting is chosen by the tiles
of the other folds and scored on those of the fold: the unseen score. A setting takes the
place of the default only if it is better by more than noise on the tiles that it is chosen
by. The optimistic score, of the best setting on the tiles that chose it, is higher than
what you will see elsewhere.

With --folds, files of predictions are checked against the plan: a tile must be predicted by
a model that did not train on it. Give one file per fold: --model a=fold0.json,fold1.json.

-o writes the setting that was chosen by all tiles as a preset for "hubdata pseudo --preset".
The same seed finds the same with any number of workers; with a budget of time the result
also depends on the speed of the machine. With --resume FILE, a search that was interrupted
continues where it was, and finds what it would have found.

` + imagekey.About + `

examples:
   hubdata tune --truth val.json --model a=a.segm.json --model b=b.segm.json -o preset.json
   hubdata pseudo --preset preset.json --model a=a.segm.json --model b=b.segm.json
   hubdata tune --truth ds1.json --folds folds3.csv --model a=a0.json,a1.json,a2.json
   hubdata tune --truth val.json --by wsi --budget 60s --model a=a.json --model b=b.json
   hubdata tune --show-space > space.yaml
   hubdata tune --truth val.json --space space.yaml --goal pseudo-precision@0.9 --model a=a.json`

// options say what is searched, by what, and what is written.
type options struct {
	truth     preds.TruthSource
	models    preds.ModelList
	images    string
	class     string
	goal      tune.Goal
	plan      string
	by        string
	table     string
	allowSeen bool
	settings  int
	budget    time.Duration // 0: none
	seed      uint64
	samples   int
	space     string
	resume    string // log of scores
	out, plot string
	force     bool
	workers   int
}

// manySettings is the limit of settings where time is the budget.
const manySettings = 1_000_000

// Command is hubdata tune.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "tune",
		Usage:       "search for fusion settings, judged on tiles that the search has not seen",
		UsageText:   "[flags] --truth FILE --model NAME=FILE",
		Description: help,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "truth", Usage: "score against the ground truth `FILE`: COCO, or a HuBMAP folder"},
			&cli.StringSliceFlag{Name: "model", Usage: "a model and its files: `NAME=FILE[,FILE...]`; repeatable"},
			&cli.StringFlag{Name: "goal", Value: "hubmap", Usage: "search for the highest `GOAL`: hubmap, ap, ap@0.6, f1@SCORE or pseudo-precision@0.9 (the recall at that precision)"},
			&cli.StringFlag{Name: "class", Usage: "class `NAME` of the goal hubmap and of the thresholds", DefaultText: "blood_vessel, or the only one"},
			flags.FoldsFlag("judge by"),
			&cli.StringFlag{Name: "by", Usage: "keep tiles with equal values in one fold: a `LIST` of one FIELD, such as wsi"},
			imagekey.TableFlag(),
			&cli.BoolFlag{Name: "allow-seen", Usage: "accept predictions of tiles that a model trained on, which are too good"},
			&cli.StringFlag{Name: "budget", Value: "2000", Usage: "try `N` settings, or search for a time such as 60s"},
			&cli.Uint64Flag{Name: "seed", Value: 42, Usage: "draw settings and samples with the seed `N`"},
			&cli.IntFlag{Name: "samples", Value: 1000, Usage: "draw `N` samples in the bootstrap of the intervals"},
			&cli.StringFlag{Name: "space", Usage: "try the values in `FILE`, YAML as --show-space prints it", DefaultText: "that of --show-space"},
			&cli.BoolFlag{Name: "show-space", Usage: "print the values that are tried, and do nothing else"},
			&cli.StringFlag{Name: "resume", Usage: "keep the scores of settings in `FILE`, and continue a search that has some there"},
			flags.ImagesFlag("the predictions have, if not GT's,"),
			flags.OutFlag("write the chosen setting to the preset `OUT`, JSON for \"hubdata pseudo --preset\""),
			&cli.StringFlag{Name: "plot", Usage: "draw the best score against settings tried to `FILE`, .svg or .png"},
			flags.WorkersFlag(),
			flags.ForceFlag(),
		}, flags.SummaryFlags()),
		Action: func(ctx *cli.Context) error {
			if ctx.Bool("show-space") {
				_, err := c.Out.WriteString(tune.DefaultSpace())
				return err
			}
			o, err := parse(ctx)
			if err != nil {
				return err
			}
			sum, err := run(ctx.Context, c, o)
			if err != nil {
				return err
			}
			return c.Summarize(sum, o.out)
		},
	}
}

// parse checks the flags' values.
func parse(ctx *cli.Context) (*options, error) {
	if ctx.NArg() > 0 {
		return nil, ui.Usagef("tune takes no arguments, found %q", ctx.Args().First()).Hint("hubdata tune --truth val.json --model a=a.segm.json")
	}
	o := &options{
		truth:  preds.TruthSource{Path: ctx.String("truth"), Content: folder.DefaultSetOptions()},
		images: ctx.String("images"), class: ctx.String("class"), plan: ctx.String("folds"), by: ctx.String("by"), table: ctx.String("table"),
		allowSeen: ctx.Bool("allow-seen"), seed: ctx.Uint64("seed"), samples: ctx.Int("samples"), space: ctx.String("space"),
		resume: ctx.String("resume"), out: ctx.String("out"), plot: ctx.String("plot"), force: ctx.Bool("force"),
	}
	var err error
	if o.goal, err = tune.ParseGoal(ctx.String("goal")); err != nil {
		return nil, ui.Usagef("--goal: %v", err)
	}
	if o.truth.Path == "" {
		return nil, ui.Usagef("tune needs the ground truth: --truth FILE")
	}
	if o.models, err = preds.ParseModels(ctx.StringSlice("model")); err != nil {
		return nil, err
	}
	switch {
	case len(o.models) == 0:
		return nil, ui.Usagef("tune needs predictions: --model NAME=FILE")
	case len(o.models) > pseudo.MaxModels:
		return nil, ui.Usagef("%d models are more than %d", len(o.models), pseudo.MaxModels)
	case o.plan != "" && o.by != "":
		return nil, ui.Usagef("--by and --folds both divide the tiles: give one")
	case o.table != "" && o.by == "":
		return nil, ui.Usagef("--table has no effect without --by")
	case o.samples < 10 || o.samples > 100_000:
		return nil, ui.Usagef("--samples: %d is not from 10 to 100,000", o.samples)
	}
	for _, path := range append([]string{o.truth.Path, o.images, o.plan, o.table, o.space}, o.paths()...) {
		if path == "-" {
			return nil, ui.Usagef("tune cannot read standard input: it records the checksums of its files")
		}
	}
	if o.resume == "-" {
		return nil, ui.Usagef("--resume: a log cannot be standard output: name a file")
	}
	if suffix := strings.ToLower(o.plot); o.plot != "" && !strings.HasSuffix(suffix, ".svg") && !strings.HasSuffix(suffix, ".png") {
		return nil, ui.Usagef("--plot: %s does not end in .svg or .png", o.plot)
	}
	if err := o.parseBudget(ctx.String("budget")); err != nil {
		return nil, err
	}
	if o.workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	o.truth.Workers = o.workers
	return o, nil
}

// parseBudget reads --budget.
func (o *options) parseBudget(text string) error {
	if n, err := strconv.Atoi(text); err == nil {
		if n < 1 || n > manySettings {
			return ui.Usagef("--budget: found %d settings, expected 1 to 1,000,000", n)
		}
		o.settings = n
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > 30*24*time.Hour {
		return ui.Usagef("--budget: %q is not a number of settings, such as 2000, or a time, such as 60s", text)
	}
	o.settings, o.budget = manySettings, d
	return nil
}

// paths are all files of predictions.
func (o *options) paths() []string {
	var paths []string
	for _, path := range o.models.Paths() {
		paths = append(paths, path)
	}
	return paths
}
