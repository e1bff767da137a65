package showcmd

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/selection"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/termimage"
	"github.com/urfave/cli/v2"
)

// options say what is drawn and how.
type options struct {
	in, predictions string
	ids             string // COCO file whose ids the predictions have
	images          string // folder of the images; empty: found near the data
	tileIDs         bool   // of a folder
	categoryStart   int64
	out             string // empty: the terminal
	terminal        termimage.Kind
	rules           selection.Rules
	style           paint.Style
	iou             float64
	minScore        float64
	grid            [2]int // columns, rows; 0: as it fits
	zoom            float64
	crop            int // margin; below 0: whole tiles
	pick            pick
	isMap           bool
	plan            string
	plain, beside   bool
	workers         int
	force           bool
}

// pick says which tiles are drawn.
type pick struct {
	all     bool
	worst   int
	worstBy string
	random  int
	seed    uint64
	codes   []coco.Code
}

// surePrediction is the default of --min-score with predictions.
const surePrediction = 0.5

// mapColors are what maps can be coloured by.
var mapColors = []string{"tier", "fold", "vessels", "score"}

func parse(ctx *cli.Context) (*options, error) {
	if ctx.NArg() > 2 {
		return nil, ui.Usagef("show takes a COCO file or a folder, and predictions, got %q", ctx.Args().Slice())
	}
	o := &options{
		in:          ctx.Args().Get(0),
		predictions: ctx.Args().Get(1),
		ids:         ctx.String("images"),
		images:      ctx.String("image-dir"),
		out:         ctx.String("out"),
		iou:         ctx.Float64("iou"),
		minScore:    ctx.Float64("min-score"),
		zoom:        ctx.Float64("zoom"),
		crop:        -1,
		isMap:       ctx.Bool("map"),
		plan:        ctx.String("folds"),
		plain:       ctx.Bool("plain"),
		beside:      ctx.Bool("beside"),
		force:       ctx.Bool("force"),
		style: paint.Style{
			Color: ctx.String("color"), Shape: ctx.String("style"), Alpha: ctx.Float64("alpha"),
			Width: ctx.Float64("line-width"),
		},
		pick: pick{
			all: ctx.Bool("all"), worst: ctx.Int("worst"), worstBy: ctx.String("worst-by"), random: ctx.Int("random"),
			seed: ctx.Uint64("seed"),
		},
		rules: selection.Rules{
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
		o.crop = ctx.Int("crop")
	}
	if !ctx.IsSet("min-score") {
		if o.minScore = math.Inf(-1); o.predictions != "" {
			o.minScore = surePrediction
		}
	}
	for _, v := range ctx.StringSlice("check") {
		for _, code := range flags.SplitList(v) {
			if !isCode(coco.Code(code)) {
				return nil, ui.Usagef("--check: there is no code %q", code).Hint("hubdata check --list prints the codes")
			}
			o.pick.codes = append(o.pick.codes, coco.Code(code))
		}
	}
	if err := o.parseText(ctx); err != nil {
		return nil, err
	}
	var err error
	if o.rules.Where, err = selection.ParseWhere(ctx); err != nil {
		return nil, err
	}
	named := len(o.rules.Images) > 0 || o.rules.ImagesFrom != ""
	ways := 0
	for _, set := range []bool{o.pick.all, o.pick.worst > 0, o.pick.random > 0, named} {
		if set {
			ways++
		}
	}
	if !o.isMap && o.rules.Wsis.String() != "" && ways == 0 && len(o.pick.codes) == 0 && o.grid[0] == 0 && o.crop < 0 &&
		(o.style.Color == "" || slices.Contains(mapColors, o.style.Color)) {
		o.isMap = true
	}
	if err := flags.OneStdin(o.in, o.predictions, o.ids, o.rules.TileMeta, o.rules.ImagesFrom, o.rules.Where.Table,
		o.plan); err != nil {
		return nil, err
	}
	switch {
	case ctx.Int("worst") < 0, ctx.Int("random") < 0:
		return nil, ui.Usagef("--worst and --random need a positive number of tiles")
	case ways > 1:
		return nil, ui.Usagef("--all, --image, --random and --worst exclude each other: use one of them")
	case o.pick.worst > 0 && o.predictions == "":
		return nil, ui.Usagef("--worst needs predictions").Hint("hubdata show --worst 6 truth.json results.segm.json")
	case o.beside && o.predictions == "":
		return nil, ui.Usagef("--beside needs predictions")
	case o.ids != "" && o.predictions == "":
		return nil, ui.Usagef("--images has no effect without predictions")
	case len(o.pick.codes) > 0 && o.in == "-":
		return nil, ui.Usagef("--check reads the data twice, so they cannot come from standard input")
	case o.out != "" && o.terminal != termimage.None:
		return nil, ui.Usagef("--terminal has no effect with -o")
	case ctx.Bool("json") && o.out == "":
		return nil, ui.Usagef("--json needs -o FILE: without it the pictures go to standard output")
	case o.isMap && (ways > 0 || len(o.pick.codes) > 0):
		return nil, ui.Usagef("--map draws all tiles of a slide: --all, --image, --random, --worst and --check have no effect")
	case o.plan != "" && !o.isMap:
		return nil, ui.Usagef("--folds has no effect without --map")
	case o.isMap && o.style.Color == "fold" && o.plan == "":
		return nil, ui.Usagef("--color fold needs a fold plan: name it with --folds FILE")
	}
	return o, nil
}

// parseText checks the flags whose values have a form.
func (o *options) parseText(ctx *cli.Context) error {
	var err error
	if o.rules.Datasets, err = flags.NumbersOf(ctx, "dataset"); err != nil {
		return err
	}
	if o.rules.Wsis, err = flags.NumbersOf(ctx, "wsi"); err != nil {
		return err
	}
	if o.tileIDs, err = flags.TileIDsOf(ctx); err != nil {
		return err
	}
	if o.categoryStart, err = flags.CategoryStartOf(ctx); err != nil {
		return err
	}
	if o.workers, err = flags.WorkersOf(ctx); err != nil {
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
	colors := paint.Colors
	if o.isMap || slices.Contains(mapColors, o.style.Color) && !slices.Contains(paint.Colors, o.style.Color) {
		colors, o.isMap = mapColors, true
	}
	within := func(flag string, v, least, most float64) error {
		if !(v >= least && v <= most) {
			return ui.Usagef("--%s: %v is not from %v to %v", flag, v, least, most)
		}
		return nil
	}
	switch {
	case o.style.Color != "" && !slices.Contains(colors, o.style.Color):
		return ui.Usagef("--color: %q is not one of %s", o.style.Color, strings.Join(colors, ", "))
	case o.style.Color == "match" && o.predictions == "":
		return ui.Usagef("--color match needs predictions")
	case !slices.Contains(paint.Shapes, o.style.Shape):
		return ui.Usagef("--style: %q is not one of outline, mask, both", o.style.Shape)
	case !slices.Contains([]string{"ap", "f1"}, o.pick.worstBy):
		return ui.Usagef("--worst-by: %q is not one of ap, f1", o.pick.worstBy)
	case ctx.IsSet("crop") && (o.crop < 0 || o.crop > 1<<20):
		return ui.Usagef("--crop: %d is not a number of pixels", ctx.Int("crop"))
	case math.IsNaN(o.minScore):
		return ui.Usagef("--min-score: NaN is not a number")
	}
	if ctx.IsSet("zoom") {
		if err := within("zoom", o.zoom, 0.01, 100); err != nil {
			return err
		}
	}
	if ctx.IsSet("line-width") {
		if err := within("line-width", o.style.Width, 0.1, 50); err != nil {
			return err
		}
	}
	if err := within("alpha", o.style.Alpha, 0, 1); err != nil {
		return err
	}
	if err := within("iou", o.iou, 0.01, 1); err != nil {
		return err
	}
	switch text := ctx.String("label"); text {
	case "":
	case "none":
		o.style.Labels = []string{}
	default:
		for _, part := range flags.SplitList(text) {
			if !slices.Contains(paint.LabelParts, part) {
				return ui.Usagef("--label: %q is not one of none, %s", part, strings.Join(paint.LabelParts, ", "))
			}
			o.style.Labels = append(o.style.Labels, part)
		}
	}
	return nil
}
