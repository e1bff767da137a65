package showcmd

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/checkcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/termimage"
	"github.com/urfave/cli/v2"
)

const showHelp = `Draws tiles with what is outlined on them: the outlines of a HuBMAP folder or of a
COCO file, and beside them what a model found, PREDICTIONS being COCO results or a
dataset with scores. Then outlines tell what was found, missed and false, matched
as "hubdata eval" does at --iou, and --worst picks the tiles with the lowest score.

A terminal shows the pictures itself, in block letters if it cannot do better; -o
writes PNG. Without a choice of tiles 12 are drawn at random, always the same.
Images are looked for in train/; where one is absent the tile is blank.

--wsi N alone, of a folder or of a file made from one, draws the slide's map: all
its tiles in their places. --map draws it with other flags too; then --color is
tier, fold (with --folds), vessels or score. With --grid, --random, --worst, --all,
--check or --image, --wsi takes tiles of the slide.

Done with 4 if an image or a mask cannot be read: the tile is drawn without it.

examples:
   hubdata show                                     (in a dataset folder)
   hubdata show --image 0006ff2aa7cd -o tile.png
   hubdata show --grid 4x3 --random 12 --seed 7 --class all -o sheet.png all.json
   hubdata show --worst 6 -o worst.png truth.json results.segm.json
   hubdata show --color agreement --label votes -o votes.png pseudo_ds3_thr60.json
   hubdata show --check mask-near --crop 30 ~/hubmap
   hubdata show --all -o pictures/ all.json
   hubdata show --wsi 2 --color fold --folds coco_data/folds5.csv -o map.png`

// Options are the flags of a run of show.
type Options struct {
	in, predictions string
	ids             string // COCO file whose ids the predictions have
	images          string // folder
	tileIDs         bool   // of a folder
	categoryStart   int64
	out             string // empty: the terminal
	terminal        termimage.Kind
	Rules           selection.Rules
	Style           Style
	Iou             float64
	MinScore        float64
	grid            [2]int // columns, rows; 0: as it fits
	zoom            float64
	Crop            int // margin; below 0: whole tiles
	Pick            Pick
	isMap           bool
	plan            string
	plain, beside   bool
	Workers         int
	force           bool
}

// Style says how instances are drawn.
type Style struct {
	color  string
	Shape  string // outline, mask or both
	alpha  float64
	Width  float64  // 0: by the size of the pictures
	labels []string // nil: scores where there are some
}

// Pick says which tiles are drawn.
type Pick struct {
	all     bool
	worst   int
	worstBy string
	random  int
	Seed    uint64
	codes   []coco.Code
}

// surePrediction is the score from which on predictions are drawn, where nobody
// says so.
const surePrediction = 0.5

var (
	tileColors = []string{"match", "class", "instance", "score", "source", "agreement"}
	mapColors  = []string{"tier", "fold", "vessels", "score"}
	labelParts = []string{"score", "class", "id", "iou", "source", "votes"}
)

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "show",
		Usage:       "draw tiles, what is outlined on them and what was found, and maps of slides",
		UsageText:   "[flags] [FILE|DIR] [PREDICTIONS]",
		Description: showHelp,
		Flags: []cli.Flag{
			flags.OutFlag("write a PNG to `OUT`, or into the folder OUT/ one of each tile (of each sheet, with --grid); - is standard output"),
			&cli.StringFlag{Name: "terminal", Usage: "show in the terminal by `WAY`: " + strings.Join(termimage.Names(), ", "), DefaultText: "what it can do"},
			&cli.StringSliceFlag{Name: "image", Usage: "draw the tile `NAME`, or the image of that id; repeatable"},
			&cli.StringFlag{Name: "images-from", Usage: "draw the tiles that `FILE` names, one a line"},
			&cli.IntFlag{Name: "random", Usage: "draw `N` tiles at random"},
			&cli.Uint64Flag{Name: "seed", Value: 42, Usage: "choose them by the seed `N`"},
			&cli.IntFlag{Name: "worst", Usage: "draw the `N` tiles whose predictions score lowest"},
			&cli.StringFlag{Name: "worst-by", Value: "ap", Usage: "`SCORE` of --worst: ap at --iou, or f1 at --iou and --min-score"},
			&cli.StringSliceFlag{Name: "check", Usage: "draw tiles in which \"hubdata check\" finds `CODE`, and mark where; repeatable, or with commas"},
			&cli.BoolFlag{Name: "all", Usage: "draw all tiles"},
			flags.DatasetFlag("take tiles", ""),
			flags.WsiFlag("take tiles, or alone draw the map"),
			flags.ClassFlag("draw instances", "all"),
			&cli.Float64Flag{Name: "min-score", Usage: "draw instances that score at least `SCORE`", DefaultText: "0.5 with PREDICTIONS, else all"},
			&cli.Float64Flag{Name: "iou", Value: 0.6, Usage: "take an outline for found from `IOU` on"},
			&cli.StringFlag{Name: "color", Usage: "color by `WHAT`: match, class, instance, score, source or agreement; maps by tier, fold, vessels or score", DefaultText: "match with PREDICTIONS, else class; tier, or fold with --folds"},
			&cli.StringFlag{Name: "style", Value: "outline", Usage: "draw instances as `STYLE`: outline, mask or both"},
			&cli.Float64Flag{Name: "alpha", Value: 0.35, Usage: "fill masks by the part `A`, 0 to 1"},
			&cli.Float64Flag{Name: "line-width", Usage: "draw outlines `PIXELS` wide", DefaultText: "1.8, less on small pictures"},
			&cli.StringFlag{Name: "label", Usage: "write `LIST` beside instances: " + strings.Join(labelParts, ", ") + "; or none", DefaultText: "score, where there is one"},
			&cli.BoolFlag{Name: "beside", Usage: "draw the outlines on one picture and the predictions on another beside it"},
			&cli.StringFlag{Name: "grid", Usage: "make sheets of `CxR` tiles, columns and rows: 4x3", DefaultText: "as it fits"},
			&cli.Float64Flag{Name: "zoom", Usage: "draw a tile's pixel as `Z` of the picture", DefaultText: "as it fits"},
			&cli.IntFlag{Name: "crop", Usage: "cut tiles to what is drawn on them (with --check: to what is marked) and `PIXELS` around", DefaultText: "whole tiles"},
			&cli.BoolFlag{Name: "plain", Usage: "draw no captions and no legend"},
			&cli.BoolFlag{Name: "map", Usage: "draw the slides' maps"},
			flags.FoldsFlag("color maps by"),
			&cli.StringFlag{Name: "image-dir", Usage: "look at the images in `DIR`", DefaultText: "train/ near the data"},
			flags.TileMetaFlag("look tiles up", "that of a folder"),
			flags.ImagesFlag("PREDICTIONS have, if not FILE's,"),
			flags.ImageIDFlag(" of a folder DIR"),
			flags.CategoryStartFlag(" of a folder DIR, and of a table of --images"),
			flags.WorkersFlag(),
			flags.ForceFlag(),
			flags.JsonFlag("what was drawn, and how it scores,"),
			flags.QuietFlag("summary and no remarks"),
		},
		Action: func(ctx *cli.Context) error {
			opts, err := parseShow(ctx)
			if err != nil {
				return err
			}
			return runShow(ctx.Context, c, opts)
		},
	}
}

func parseShow(ctx *cli.Context) (*Options, error) {
	if ctx.NArg() > 2 {
		return nil, ui.Usagef("show takes a COCO file or a folder, and predictions, got %q", ctx.Args().Slice())
	}
	o := &Options{
		in:          ctx.Args().Get(0),
		predictions: ctx.Args().Get(1),
		ids:         ctx.String("images"),
		images:      ctx.String("image-dir"),
		out:         ctx.String("out"),
		Iou:         ctx.Float64("iou"),
		MinScore:    ctx.Float64("min-score"),
		zoom:        ctx.Float64("zoom"),
		Crop:        -1,
		isMap:       ctx.Bool("map"),
		plan:        ctx.String("folds"),
		plain:       ctx.Bool("plain"),
		beside:      ctx.Bool("beside"),
		force:       ctx.Bool("force"),
		Style: Style{
			color: ctx.String("color"), Shape: ctx.String("style"), alpha: ctx.Float64("alpha"), Width: ctx.Float64("line-width"),
		},
		Pick: Pick{
			all: ctx.Bool("all"), worst: ctx.Int("worst"), worstBy: ctx.String("worst-by"), random: ctx.Int("random"), Seed: ctx.Uint64("seed"),
		},
		Rules: selection.Rules{
			TileMeta: ctx.String("tile-meta"), Images: ctx.StringSlice("image"), ImagesFrom: ctx.String("images-from"),
			Classes: ctx.StringSlice("class"), Crowd: "keep",
		},
	}
	if o.in == "" {
		var err error
		if o.in, err = folder.DataFolder(""); err != nil {
			return nil, err
		}
	}
	if ctx.IsSet("crop") {
		o.Crop = ctx.Int("crop")
	}
	if !ctx.IsSet("min-score") {
		if o.MinScore = math.Inf(-1); o.predictions != "" {
			o.MinScore = surePrediction
		}
	}
	for _, v := range ctx.StringSlice("check") {
		for _, code := range flags.SplitList(v) {
			if checkcmd.Rule(coco.Code(code)) == nil {
				return nil, ui.Usagef("--check: there is no code %q", code).Hint("hubdata check --list prints the codes")
			}
			o.Pick.codes = append(o.Pick.codes, coco.Code(code))
		}
	}
	if err := o.parseText(ctx); err != nil {
		return nil, err
	}
	named := len(o.Rules.Images) > 0 || o.Rules.ImagesFrom != ""
	ways := 0
	for _, set := range []bool{o.Pick.all, o.Pick.worst > 0, o.Pick.random > 0, named} {
		if set {
			ways++
		}
	}
	if !o.isMap && o.Rules.Wsis.String() != "" && ways == 0 && len(o.Pick.codes) == 0 && o.grid[0] == 0 && o.Crop < 0 && (o.Style.color == "" || slices.Contains(mapColors, o.Style.color)) {
		o.isMap = true
	}
	if err := flags.OneStdin(o.in, o.predictions, o.ids, o.Rules.TileMeta, o.Rules.ImagesFrom, o.plan); err != nil {
		return nil, err
	}
	switch {
	case ctx.Int("worst") < 0, ctx.Int("random") < 0:
		return nil, ui.Usagef("--worst and --random want a number of tiles")
	case ways > 1:
		return nil, ui.Usagef("choose tiles by one of --all, --image, --random and --worst")
	case o.Pick.worst > 0 && o.predictions == "":
		return nil, ui.Usagef("--worst wants predictions to score").Hint("hubdata show --worst 6 truth.json results.segm.json")
	case o.beside && o.predictions == "":
		return nil, ui.Usagef("--beside wants predictions")
	case o.ids != "" && o.predictions == "":
		return nil, ui.Usagef("--images has no effect without predictions")
	case len(o.Pick.codes) > 0 && o.in == "-":
		return nil, ui.Usagef("--check reads the data twice, which standard input does not allow")
	case o.out != "" && o.terminal != termimage.None:
		return nil, ui.Usagef("--terminal has no effect with -o")
	case ctx.Bool("json") && o.out == "":
		return nil, ui.Usagef("--json wants -o, as pictures then do not go to standard output")
	case o.isMap && (ways > 0 || len(o.Pick.codes) > 0):
		return nil, ui.Usagef("--map draws all tiles of a slide: choose none of them")
	case o.plan != "" && !o.isMap:
		return nil, ui.Usagef("--folds has no effect without --map")
	case o.isMap && o.Style.color == "fold" && o.plan == "":
		return nil, ui.Usagef("--color fold wants the plan: name it with --folds FILE")
	}
	return o, nil
}

// parseText checks the flags whose values have a form.
func (o *Options) parseText(ctx *cli.Context) error {
	var err error
	if o.Rules.Datasets, err = flags.NumbersOf(ctx, "dataset"); err != nil {
		return err
	}
	if o.Rules.Wsis, err = flags.NumbersOf(ctx, "wsi"); err != nil {
		return err
	}
	if o.tileIDs, err = flags.TileIDsOf(ctx); err != nil {
		return err
	}
	if o.categoryStart, err = flags.CategoryStartOf(ctx); err != nil {
		return err
	}
	if o.Workers, err = flags.WorkersOf(ctx); err != nil {
		return err
	}
	if name := ctx.String("terminal"); name != "" {
		var ok bool
		if o.terminal, ok = termimage.Parse(name); !ok {
			return ui.Usagef("--terminal: %q is not one of %s", name, strings.Join(termimage.Names(), ", "))
		}
	}
	if text := ctx.String("grid"); text != "" {
		columns, rows, ok := strings.Cut(text, "x")
		for k, part := range []string{columns, rows} {
			n, err := strconv.Atoi(part)
			if ok = ok && err == nil && n >= 1 && n <= 100; ok {
				o.grid[k] = n
			}
		}
		if !ok {
			return ui.Usagef("--grid: %q is not columns and rows from 1 to 100, such as 4x3", text)
		}
	}
	colors := tileColors
	if o.isMap || slices.Contains(mapColors, o.Style.color) && !slices.Contains(tileColors, o.Style.color) {
		colors, o.isMap = mapColors, true
	}
	within := func(flag string, v, least, most float64) error {
		if !(v >= least && v <= most) {
			return ui.Usagef("--%s: %v is not from %v to %v", flag, v, least, most)
		}
		return nil
	}
	switch {
	case o.Style.color != "" && !slices.Contains(colors, o.Style.color):
		return ui.Usagef("--color: %q is not one of %s", o.Style.color, strings.Join(colors, ", "))
	case o.Style.color == "match" && o.predictions == "":
		return ui.Usagef("--color match wants predictions")
	case !slices.Contains([]string{"outline", "mask", "both"}, o.Style.Shape):
		return ui.Usagef("--style: %q is not one of outline, mask, both", o.Style.Shape)
	case !slices.Contains([]string{"ap", "f1"}, o.Pick.worstBy):
		return ui.Usagef("--worst-by: %q is not one of ap, f1", o.Pick.worstBy)
	case ctx.IsSet("crop") && (o.Crop < 0 || o.Crop > 1<<20):
		return ui.Usagef("--crop: %d is not a number of pixels", ctx.Int("crop"))
	case math.IsNaN(o.MinScore):
		return ui.Usagef("--min-score wants a number")
	}
	if ctx.IsSet("zoom") {
		if err := within("zoom", o.zoom, 0.01, 100); err != nil {
			return err
		}
	}
	if ctx.IsSet("line-width") {
		if err := within("line-width", o.Style.Width, 0.1, 50); err != nil {
			return err
		}
	}
	if err := within("alpha", o.Style.alpha, 0, 1); err != nil {
		return err
	}
	if err := within("iou", o.Iou, 0.01, 1); err != nil {
		return err
	}
	switch text := ctx.String("label"); text {
	case "":
	case "none":
		o.Style.labels = []string{}
	default:
		for _, part := range flags.SplitList(text) {
			if !slices.Contains(labelParts, part) {
				return ui.Usagef("--label: %q is not one of none, %s", part, strings.Join(labelParts, ", "))
			}
			o.Style.labels = append(o.Style.labels, part)
		}
	}
	return nil
}

func runShow(ctx context.Context, c *ui.Console, o *Options) error {
	job := &Job{Console: c, Options: o, outputs: files.Outputs{Console: c, Force: o.force}}
	defer job.outputs.Abort()
	if err := job.prepare(); err != nil {
		return err
	}
	if err := job.read(ctx); err != nil {
		return err
	}
	if o.isMap {
		return job.drawMaps(ctx)
	}
	if err := job.choose(ctx); err != nil {
		return err
	}
	return job.draw(ctx)
}
