package evalcmd

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/urfave/cli/v2"
)

const evalHelp = `Scores detections DT (COCO results, or a COCO dataset whose annotations have a
score) against the truth GT: a COCO file, or a HuBMAP folder, whose outlines
are then converted in memory. The first lines are pycocotools', number for
number; then comes the competition's metric, AP at IoU 0.6 with all points of
the curve, for blood_vessel alone. .gz and .zst are read too.

examples:
   hubdata eval truth.json results.segm.json
   hubdata eval --by wsi,tile --errors --sweep truth.json results.segm.json
   hubdata eval --compare truth.json new.segm.json old.segm.json
   hubdata eval --type boundary --json truth.json results.segm.json | jq .stats
   hubdata eval --pr-curve pr.svg --max-dets mmdet truth.json results.segm.json
   hubdata eval --dataset 1 --folds coco_data/folds5.csv --fold 1 ~/hubmap fold1.segm.json`

// evalOptions are the flags of a run of eval.
type evalOptions struct {
	folder.SetOptions
	Scoring
	truth   string
	results []string
	compare bool
	samples int
	seed    uint64
	curve   string
	images  string // whose ids the results have
	plan    string
	fold    int      // of plan
	foldSet bool     // score its validation tiles alone
	scored  []string // the classes; nil: all of the truth
	force   bool
	worst   int
}

func Command(c *ui.Console) *cli.Command {
	return &cli.Command{
		Name:        "eval",
		Usage:       "score detections: pycocotools' numbers, the competition's, and what to do next",
		UsageText:   "[flags] GT DT [DT...]",
		Description: evalHelp,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "type", Value: "segm", Usage: "compare `WHAT`: masks (segm), boxes (bbox) or masks and their edges (boundary)"},
			&cli.StringFlag{Name: "iou", Value: "0.6", Usage: "IoU of the single thresholds: `IOU` is 0.6 or 0.5,0.75 or 0.5:0.95:0.05; the first is the competition's, and that of --sweep, --errors, --compare"},
			&cli.StringFlag{Name: "max-dets", Value: "1,10,100", Usage: "limits `LIST` of detections an image; mmdet is MMDetection's 100,300,1000"},
			&cli.StringFlag{Name: "areas", Usage: "classes of area beside all: `NAME:FROM:TO,...` in pixels", DefaultText: "small:0:1024,medium:1024:9216,large:9216:1e10"},
			&cli.StringFlag{Name: "metric", Value: "all", Usage: "compute `METRIC`: coco, hubmap or all"},
			flags.ClassFlag("score instances", "all"),
			&cli.StringFlag{Name: "by", Usage: "also score the parts of `LIST`: wsi, dataset, tile, fold, category, size"},
			&cli.IntFlag{Name: "worst", Value: 20, Usage: "list `N` tiles of --by tile, worst first; 0: all"},
			&cli.BoolFlag{Name: "sweep", Usage: "also tell what each threshold of the score keeps, and if scores can be trusted"},
			&cli.StringFlag{Name: "thr", Value: "0.5,0.6", Usage: "tell with --sweep what scores above `LIST`"},
			&cli.BoolFlag{Name: "errors", Usage: "also sort false positives and misses by what went wrong (TIDE), and what mending them would give"},
			&cli.BoolFlag{Name: "compare", Usage: "compare the first DT with each other one by a paired bootstrap over tiles"},
			&cli.IntFlag{Name: "samples", Value: 1000, Usage: "draw `N` samples in the bootstrap"},
			&cli.Uint64Flag{Name: "seed", Value: 42, Usage: "draw them with the seed `N`"},
			&cli.StringFlag{Name: "pr-curve", Usage: "draw precision over recall into `FILE`: .svg, .png or .csv"},
			flags.ImagesFlag("the results have, if not GT's,"),
			flags.DatasetFlag("of a folder GT, take tiles", "1"),
			flags.WsiFlag("of a folder GT, take tiles"),
			flags.ImageIDFlag(" of a folder GT"),
			flags.CategoryStartFlag(" of a folder GT, and of a table of --images"),
			flags.FoldsFlag("take tiles by"),
			flags.FoldFlag("score only the validation tiles of", "all"),
			&cli.BoolFlag{Name: "mask-areas", Usage: "take areas of results from masks also where there are boxes, as MMDetection does"},
			&cli.BoolFlag{Name: "strict-pycocotools", Usage: "repeat what pycocotools gets wrong: truth of id 0 never matches"},
			flags.WorkersFlag(),
			flags.ForceFlag(),
			flags.JsonFlag("one object, whose stats are pycocotools' twelve and hubmap the competition's,"),
			flags.QuietFlag("remarks, only the numbers"),
		},
		Action: func(ctx *cli.Context) error {
			opts, err := parseEval(ctx)
			if err != nil {
				return err
			}
			return runEval(ctx.Context, c, opts)
		},
	}
}

func parseEval(ctx *cli.Context) (*evalOptions, error) {
	if ctx.NArg() < 2 {
		return nil, ui.Usagef("eval takes the truth and one or more files of results, got %q", ctx.Args().Slice()).
			Hint("hubdata eval truth.json results.segm.json")
	}
	o := &evalOptions{
		SetOptions: folder.DefaultSetOptions(),
		truth:      ctx.Args().First(),
		results:    ctx.Args().Tail(),
		Scoring: Scoring{
			Metric: ctx.String("metric"),
			Sweep:  ctx.Bool("sweep"),
			Errors: ctx.Bool("errors"),
		},
		compare: ctx.Bool("compare"),
		samples: ctx.Int("samples"),
		seed:    ctx.Uint64("seed"),
		curve:   ctx.String("pr-curve"),
		images:  ctx.String("images"),
		plan:    ctx.String("folds"),
		fold:    ctx.Int("fold"),
		foldSet: ctx.IsSet("fold"),
		scored:  ctx.StringSlice("class"),
		force:   ctx.Bool("force"),
		worst:   ctx.Int("worst"),
	}
	var err error
	if o.Params.Type, err = eval.ParseType(ctx.String("type")); err != nil {
		return nil, ui.Usagef("--type: %v", err)
	}
	if o.Ious, err = parseIoUs(ctx.String("iou")); err != nil {
		return nil, err
	}
	if o.Params.MaxDets, err = parseMaxDets(ctx.String("max-dets")); err != nil {
		return nil, err
	}
	if o.Params.Areas, err = parseAreas(ctx.String("areas")); err != nil {
		return nil, err
	}
	if !slices.Contains([]string{"coco", "hubmap", "all"}, o.Metric) {
		return nil, ui.Usagef("--metric: %q is not one of all, coco, hubmap", o.Metric)
	}
	for _, part := range flags.SplitList(ctx.String("by")) {
		if !slices.Contains(slicings, part) {
			return nil, ui.Usagef("--by: %q is not one of %s", part, strings.Join(slicings, ", "))
		}
		o.By = append(o.By, part)
	}
	for _, part := range flags.SplitList(ctx.String("thr")) {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || v != v {
			return nil, ui.Usagef("--thr: %q is not a score", part)
		}
		o.Thrs = append(o.Thrs, v)
	}
	switch {
	case o.compare && len(o.results) < 2:
		return nil, ui.Usagef("--compare wants two or more files of results")
	case o.samples < 1 || o.samples > 1_000_000:
		return nil, ui.Usagef("--samples: %d is not from 1 to 1,000,000", o.samples)
	case o.plan != "" && !ctx.IsSet("fold") && !slices.Contains(o.By, "fold"):
		return nil, ui.Usagef("--folds wants the fold: name it with --fold N, or score each with --by fold")
	case o.plan == "" && (ctx.IsSet("fold") || slices.Contains(o.By, "fold")):
		return nil, ui.Usagef("--fold and --by fold want the plan: name it with --folds FILE")
	case o.worst < 0:
		return nil, ui.Usagef("--worst: %d is negative", o.worst)
	case o.Params.Type != eval.Segm && o.Metric == "hubmap":
		return nil, ui.Usagef("the competition's metric compares masks: leave out --type %s", o.Params.Type)
	}
	if o.curve != "" && !slices.Contains([]string{".svg", ".png", ".csv"}, curveFormat(o.curve)) {
		return nil, ui.Usagef("--pr-curve: %s does not end in .svg, .png or .csv", o.curve)
	}
	if err := flags.OneStdin(append([]string{o.truth, o.images, o.plan}, o.results...)...); err != nil {
		return nil, err
	}
	if o.Datasets, err = flags.NumbersOf(ctx, "dataset"); err != nil {
		return nil, err
	}
	if o.Wsis, err = flags.NumbersOf(ctx, "wsi"); err != nil {
		return nil, err
	}
	if o.TileIDs, err = flags.TileIDsOf(ctx); err != nil {
		return nil, err
	}
	if o.CategoryStart, err = flags.CategoryStartOf(ctx); err != nil {
		return nil, err
	}
	if o.Params.Workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	o.Params.MaskAreas = ctx.Bool("mask-areas")
	o.Params.StrictPycocotools = ctx.Bool("strict-pycocotools")
	return o, nil
}

// parseIoUs reads 0.6 or 0.5,0.75 or 0.5:0.95:0.05.
func parseIoUs(text string) ([]float64, error) {
	var out []float64
	bad := ui.Usagef("--iou: %q is not like 0.6 or 0.5,0.75 or 0.5:0.95:0.05, of numbers above 0 and up to 1", text)
	for part := range strings.SplitSeq(text, ",") {
		var v [3]float64
		words := strings.Split(strings.TrimSpace(part), ":")
		for i, w := range words {
			f, err := strconv.ParseFloat(w, 64)
			if err != nil || i > 2 || !(f > 0 && f <= 1) {
				return nil, bad
			}
			v[i] = f
		}
		switch {
		case len(words) == 1:
			out = append(out, v[0])
		case len(words) == 3 && v[1] >= v[0] && (v[1]-v[0])/v[2] < 1000:
			n := int((v[1]-v[0])/v[2]+1e-9) + 1
			out = append(out, eval.Linspace(v[0], v[0]+float64(float64(n-1)*v[2]), n)...)
		default:
			return nil, bad
		}
	}
	return out, nil
}

// parseMaxDets reads limits of detections.
func parseMaxDets(text string) ([]int, error) {
	if text == "mmdet" {
		return []int{100, 300, 1000}, nil
	}
	var out []int
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 {
			return nil, ui.Usagef("--max-dets: %q is neither a list of numbers such as 1,10,100 nor mmdet", text)
		}
		out = append(out, n)
	}
	return out, nil
}

// parseAreas reads classes of area; all comes first.
func parseAreas(text string) ([]eval.AreaRange, error) {
	if text == "" {
		return nil, nil
	}
	out := []eval.AreaRange{{Name: "all", Min: 0, Max: 1e10}}
	for part := range strings.SplitSeq(text, ",") {
		words := strings.Split(strings.TrimSpace(part), ":")
		if len(words) != 3 || words[0] == "" {
			return nil, ui.Usagef("--areas: %q is not NAME:FROM:TO", part)
		}
		a := eval.AreaRange{Name: words[0]}
		for i, v := range []*float64{&a.Min, &a.Max} {
			f, err := strconv.ParseFloat(words[i+1], 64)
			if err != nil || !(f >= 0) {
				return nil, ui.Usagef("--areas: %q is not a number of pixels", words[i+1])
			}
			*v = f
		}
		if a.Max < a.Min || slices.ContainsFunc(out, func(o eval.AreaRange) bool { return o.Name == a.Name }) {
			return nil, ui.Usagef("--areas: %q ends before it begins, or is there twice", part)
		}
		out = append(out, a)
	}
	return out, nil
}

// Score3 writes a score with as many digits as people compare; none is below 0.
func Score3(v float64) string {
	if v < 0 {
		return "-"
	}
	return fmt.Sprintf("%.3f", v)
}
