// Package viewcmd is hubdata view: a page in the browser on which one looks at a dataset and at what models predict, and
// reviews pseudo-labels.
package viewcmd

import (
	"os/user"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/placing"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/viewcmd/matching"
	"github.com/hubdata/hubdata/review"
	"github.com/urfave/cli/v2"
)

const help = `Opens a page in the browser with the tiles of a HuBMAP folder or a COCO file, in their
places on the slides where these are known, and with what models predict. Zoom and pan,
search and sort tiles, and move the sliders for score and IoU: found, missed and false
instances are matched again as "hubdata eval" does it, with its counts and AP. Two models
are shown next to each other or over each other.

With --decisions, pseudo-labels are reviewed: you accept or reject one after the other
with a key, and each decision is appended to the log FILE at once. "hubdata filter
--decisions FILE" then writes the accepted ones. A dataset is never written to.

The page is served to this machine only, at an address with a random token, until
Ctrl-C. Nothing is fetched from elsewhere. On another machine, forward the port with
ssh -L N:127.0.0.1:N and open the address that is printed.

` + placing.About + `

examples:
   hubdata view                                     (in a dataset folder)
   hubdata view all.json
   hubdata view truth.json vit.segm.json cascade.segm.json
   hubdata view --decisions review.jsonl pseudo_ds3_thr60.json
   hubdata view --port 8642 --no-open --folds folds5.csv all.json`

// options are a command line.
type options struct {
	from      paint.Source
	results   []string
	ids       string // file whose ids the results have; empty: the ground truth's
	imageDir  string // empty: found near the data
	classes   []string
	maxDets   []int
	iou       float64
	score     float64
	scoreSet  bool
	plan      string // empty: none
	table     string // of further values of the images; empty: none
	rule      *placing.Rule
	decisions string // log; empty: no review
	reviewer  string
	readOnly  bool
	port      int
	open      bool
	line      commandLine
}

// Command is hubdata view.
func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "view",
		Usage:       "look at a dataset and predictions in the browser, and review pseudo-labels",
		UsageText:   "[flags] [FILE|DIR] [PREDICTIONS...]",
		Description: help,
		Flags: slices.Concat([]cli.Flag{
			&cli.IntFlag{Name: "port", Usage: "serve the page on the port `N`; 0: any that is free"},
			&cli.BoolFlag{Name: "no-open", Usage: "open no browser, only print the address"},
			&cli.StringFlag{Name: "decisions", Usage: "review instances, and append what is decided to the log `FILE`"},
			&cli.StringFlag{Name: "reviewer", Usage: "decide as `NAME`, which the page can change", DefaultText: "the user's name"},
			&cli.BoolFlag{Name: "read-only", Usage: "show decisions, but take none"},
			flags.DatasetFlag("of a folder, take tiles", ""),
			flags.WsiFlag("of a folder, take tiles"),
			flags.ClassFlag("show and score instances", "all"),
			&cli.Float64Flag{Name: "min-score", Usage: "begin with instances that score at least `SCORE`", DefaultText: "0.5 with PREDICTIONS, else all"},
			&cli.Float64Flag{Name: "iou", Value: 0.6, Usage: "begin with instances that count as found from `IOU` on"},
			&cli.StringFlag{Name: "max-dets", Value: "1,10,100", Usage: "limits `LIST` of detections per image and class, as of eval: the largest counts"},
			flags.FoldsFlag("color and filter tiles by"),
			&cli.StringFlag{Name: "image-dir", Usage: "read images from `DIR`", DefaultText: "train/ near the data"},
			flags.TileMetaFlag("look tiles up", "that of a folder"),
			flags.ImagesFlag("match PREDICTIONS by"),
			flags.ImageIDFlag(" of a folder DIR"),
			flags.CategoryStartFlag(" of a folder DIR, and of a table of --images"),
		}, placing.Flags(), []cli.Flag{
			flags.WorkersFlag(),
			flags.QuietFlag("remarks, only the address"),
		}),
		Action: func(ctx *cli.Context) error {
			o, err := parse(ctx)
			if err != nil {
				return err
			}
			return run(ctx.Context, c, o)
		},
	}
}

// surePrediction is the default of --min-score with predictions, as of show.
const surePrediction = 0.5

func parse(ctx *cli.Context) (*options, error) {
	o := &options{
		from:      paint.Source{In: ctx.Args().First(), Command: "view", TileMeta: ctx.String("tile-meta"), AllTiles: true},
		results:   ctx.Args().Tail(),
		ids:       ctx.String("images"),
		imageDir:  ctx.String("image-dir"),
		classes:   ctx.StringSlice("class"),
		iou:       ctx.Float64("iou"),
		score:     ctx.Float64("min-score"),
		scoreSet:  ctx.IsSet("min-score"),
		plan:      ctx.String("folds"),
		table:     ctx.String("table"),
		decisions: ctx.String("decisions"),
		reviewer:  ctx.String("reviewer"),
		readOnly:  ctx.Bool("read-only"),
		port:      ctx.Int("port"),
		open:      !ctx.Bool("no-open"),
	}
	var err error
	if o.from.In == "" {
		if o.from.In, err = folder.DataFolder(""); err != nil {
			return nil, err
		}
	}
	if !o.scoreSet && len(o.results) > 0 {
		o.score = surePrediction
	}
	if !ctx.IsSet("reviewer") {
		if u, err := user.Current(); err == nil {
			o.reviewer = u.Username
		}
	}
	if err := o.parseText(ctx); err != nil {
		return nil, err
	}
	_, onGrid := matching.Position(o.iou)
	switch {
	case o.port < 0 || o.port > 65535:
		return nil, ui.Usagef("--port: %d is not from 0 to 65535", o.port)
	case !onGrid:
		return nil, ui.Usagef("--iou: %v is not from 0.05 to 1 in steps of 0.01", o.iou)
	case o.score != o.score:
		return nil, ui.Usagef("--min-score: NaN is not a number")
	case o.readOnly && o.decisions == "":
		return nil, ui.Usagef("--read-only has no effect without --decisions")
	case ctx.IsSet("reviewer") && (o.decisions == "" || o.readOnly):
		return nil, ui.Usagef("--reviewer has no effect without --decisions, or with --read-only")
	case len(o.reviewer) > review.MaxReviewer:
		return nil, ui.Usagef("--reviewer: found a name of %d bytes, expected at most %d", len(o.reviewer), review.MaxReviewer)
	case o.ids != "" && len(o.results) == 0:
		return nil, ui.Usagef("--images has no effect without predictions")
	case o.decisions == "-":
		return nil, ui.Usagef("--decisions: a log is a file, not standard input")
	}
	if err := flags.OneStdin(append([]string{o.from.In, o.ids, o.from.TileMeta, o.plan, o.table}, o.results...)...); err != nil {
		return nil, err
	}
	o.line = newCommandLine(ctx)
	return o, nil
}

// parseText checks the flags whose values have a form.
func (o *options) parseText(ctx *cli.Context) error {
	var err error
	if o.from.Datasets, err = flags.NumbersOf(ctx, "dataset"); err != nil {
		return err
	}
	if o.from.Wsis, err = flags.NumbersOf(ctx, "wsi"); err != nil {
		return err
	}
	if o.from.TileIDs, err = flags.TileIDsOf(ctx); err != nil {
		return err
	}
	if o.from.CategoryStart, err = flags.CategoryStartOf(ctx); err != nil {
		return err
	}
	if o.from.Workers, err = flags.WorkersOf(ctx); err != nil {
		return err
	}
	if o.maxDets, err = flags.ParseMaxDets(ctx.String("max-dets")); err != nil {
		return err
	}
	o.rule, err = placing.Parse(ctx)
	return err
}

// commandLine is what the page needs to say which command shows or scores the same.
type commandLine struct {
	View []string `json:"view"` // flags of view, without those that the page sets
	Eval []string `json:"eval"` // those that eval has too
}

// ofPage are flags whose values the page knows better, and of the server.
var ofPage = []string{"iou", "min-score", "port", "no-open", "reviewer", "quiet", "workers"}

// ofEval are flags that eval has too.
var ofEval = []string{"max-dets", "images", "image-id", "category-start", "table", "wsi"}

func newCommandLine(ctx *cli.Context) commandLine {
	l := commandLine{View: []string{}, Eval: []string{}}
	for _, f := range ctx.Command.Flags {
		name := f.Names()[0]
		if !ctx.IsSet(name) || slices.Contains(ofPage, name) {
			continue
		}
		var words []string
		switch f.(type) {
		case *cli.BoolFlag:
			words = []string{"--" + name}
		case *cli.StringSliceFlag:
			for _, v := range ctx.StringSlice(name) {
				words = append(words, "--"+name, v)
			}
		default:
			words = []string{"--" + name, strings.TrimSpace(ctx.String(name))}
			if _, isID := f.(*cli.Int64Flag); isID {
				words[1] = numberText(ctx.Int64(name))
			}
		}
		l.View = append(l.View, words...)
		if slices.Contains(ofEval, name) {
			l.Eval = append(l.Eval, words...)
		}
	}
	return l
}
