package pseudocmd

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/hubdata/hubdata/rle"
	"github.com/urfave/cli/v2"
)

const pseudoHelp = `Fuses the predictions of several models on the unlabelled tiles of DIR (default:
$HUBDATA_DATA, else this folder) and writes those that score above --thr as
COCO annotations: DIR/coco_data/pseudo_coco/pseudo_ds3_thr60.json.

Predictions are COCO results (*.segm.json of MMDetection, detectron2 or
pycocotools), or COCO datasets whose annotations have a score; .gz and .zst
are read too. Without --model, each file in DIR/predictions is a model. Their
image ids are rows of tile_meta.csv counted from 1, or tile names; for others
name with --images the COCO file that the models were run on.

What is done, in this order:
   1. inside a model, what it found twice is joined (flips, folds): --tta-nms
   2. across models: --fuse, --iou, --skip, --conf, by the IoU of --cluster
   3. the members of each fused instance vote on its pixels: --vote-rule, --vote
   4. --post tidies the mask; --non-overlap, --exclude
   5. what scores strictly above --thr is kept

Without flags it does what did best on real predictions with known truth; the
docs have the table. --preset winner is the competition's 3rd place.

examples:
   hubdata pseudo --thr 0.6
   hubdata pseudo --thr 0.5,0.6 --wsi '<8' --merge coco_data/coco/ds2.json
   hubdata pseudo --model r101=a.segm.json,b.segm.json --model cbnet=c.segm.json \
       --weight r101=1,cbnet=2 --tta-nms mask:0.5
   hubdata pseudo --preset winner --image-id tile
   hubdata pseudo --fuse nms --cluster mask --vote-rule best --results fused.segm.json
   hubdata pseudo --post open:cross:1,fill,largest,min-area:40 --ignore-band 0.3`

// pseudoOptions are the flags of a run of pseudo.
type pseudoOptions struct {
	folder.SetOptions
	folder.Location
	models    preds.ModelList
	images    string
	labels    pseudo.Labels
	percents  []string // of labels.Above, for the names of files: 60
	fuse      pseudo.Options
	preset    string
	exclude   []classFile
	merge     string
	results   string
	out       string
	dropEmpty bool
}

// classFile is a COCO file, and a class in it if only that counts.
type classFile struct{ path, class string }

func Command(c *ui.Console) *cli.Command {
	preset := pseudo.Default()
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	return &cli.Command{
		Name:        "pseudo",
		Usage:       "fuse models' predictions into pseudo-labels",
		UsageText:   "[flags] [DIR]",
		Description: pseudoHelp,
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "thr", Value: "0.6", Usage: "keep what scores above `LIST`; several, as in 0.5,0.6, give a set each"},
			&cli.StringSliceFlag{Name: "model", Usage: "a model and its files: `NAME=FILE[,FILE...]`; repeatable", DefaultText: "each file in DIR/predictions"},
			&cli.StringFlag{Name: "weight", Usage: "weights of models: `NAME=W,...`", DefaultText: "1 each"},
			&cli.StringFlag{Name: "preset", Value: "default", Usage: "take from `NAME`, default or winner, the flags down to --post that are not given"},
			&cli.StringFlag{Name: "tta-nms", Usage: "join what one model found several times: `[METHOD:][box:|mask:]IOU` with METHOD nms, soft-nms or soft-nms-linear; or none", DefaultText: preset.Suppress.String()},
			&cli.StringFlag{Name: "fuse", Usage: "fuse by `METHOD`: wbf, nmw, nms or soft-nms", DefaultText: preset.Fusion.Method.String()},
			&cli.Float64Flag{Name: "iou", Usage: "take predictions for one object above `IOU`", DefaultText: number(preset.Fusion.IoU)},
			&cli.Float64Flag{Name: "skip", Usage: "leave out predictions that score below `SCORE`", DefaultText: number(preset.Fusion.Skip)},
			&cli.StringFlag{Name: "conf", Usage: "score of wbf by `RULE`: avg, max, box_and_model_avg or absent_model_aware_avg", DefaultText: preset.Fusion.Confidence.String()},
			&cli.StringFlag{Name: "cluster", Usage: "compare predictions by `SHAPE`: box or mask", DefaultText: preset.By.String()},
			&cli.StringFlag{Name: "vote-rule", Usage: "choose the pixels of a fused instance by `RULE`: weight, count, union, intersection or best", DefaultText: preset.Vote.Rule.String()},
			&cli.Float64Flag{Name: "vote", Usage: "part `X` of the members (count) or of their weight that must cover a pixel", DefaultText: number(preset.Vote.Part)},
			&cli.BoolFlag{Name: "box-clip", Usage: "cut masks at the fused box, its corners cut to whole pixels"},
			flags.PostFlag(joinSteps(preset.Post)),
			&cli.BoolFlag{Name: "allow-overflow", Usage: "let wbf's scores exceed 1 where a model finds an object twice"},
			&cli.StringFlag{Name: "decay", Value: "gaussian", Usage: "lower scores in soft-nms by `CURVE`: gaussian or linear"},
			&cli.Float64Flag{Name: "sigma", Value: 0.5, Usage: "width `X` of the gaussian decay"},
			&cli.BoolFlag{Name: "non-overlap", Usage: "give each pixel to the instance with the highest score"},
			&cli.StringSliceFlag{Name: "exclude", Usage: "drop instances of which half or more lies in the annotations of `FILE[:CLASS]`; repeatable"},
			&cli.Float64Flag{Name: "ignore-band", Value: -1, Usage: "keep what scores above `SCORE` but not above --thr as iscrowd 1, which training passes over", DefaultText: "none"},
			flags.ImagesFlag("the predictions have"),
			&cli.StringFlag{Name: "merge", Usage: "also write the union with the COCO set `FILE`"},
			&cli.StringFlag{Name: "results", Usage: "also write all fused instances as COCO results to `FILE`, with the predictions' ids"},
			&cli.BoolFlag{Name: "drop-empty", Usage: "leave out images that no annotation is left of"},
			flags.OutFlag("write into the folder `OUT`, with one --thr to a file; - is standard output (default: DIR/coco_data/pseudo_coco)"),
		}, folder.TileFlags("3", "fuse on tiles"), []cli.Flag{
			flags.TileMetaFlag("look tiles up", "that in DIR"),
			flags.WorkersFlag("fuse tiles by"),
			flags.ForceFlag(),
		}, flags.SummaryFlags()),
		Action: func(ctx *cli.Context) error {
			opts, err := parsePseudo(ctx)
			if err != nil {
				return err
			}
			return runPseudo(ctx.Context, c, opts)
		},
	}
}

func parsePseudo(ctx *cli.Context) (*pseudoOptions, error) {
	ct, err := folder.ParseTiles(ctx)
	if err != nil {
		return nil, err
	}
	o := &pseudoOptions{
		SetOptions: ct,
		Location:   folder.Location{Tiles: ctx.String("tile-meta"), Force: ctx.Bool("force")},
		images:     ctx.String("images"),
		labels:     pseudo.Labels{Segmentation: ct.Segmentation},
		merge:      ctx.String("merge"),
		results:    ctx.String("results"),
		out:        ctx.String("out"),
		dropEmpty:  ctx.Bool("drop-empty"),
	}
	if o.Dir, err = folder.DataDir(ctx); err != nil {
		return nil, err
	}
	if o.Workers, err = flags.WorkersOf(ctx); err != nil {
		return nil, err
	}
	if err := o.parseThresholds(ctx); err != nil {
		return nil, err
	}
	if err := o.parseFusion(ctx); err != nil {
		return nil, err
	}
	if err := o.parseModels(ctx); err != nil {
		return nil, err
	}
	for _, text := range ctx.StringSlice("exclude") {
		f := classFile{path: text}
		if i := strings.LastIndexByte(text, ':'); i > 1 && !strings.ContainsAny(text[i:], `/\.`) {
			f = classFile{path: text[:i], class: text[i+1:]}
		}
		o.exclude = append(o.exclude, f)
	}
	if o.out == "" {
		o.out = filepath.Join(o.Dir, "coco_data", "pseudo_coco")
	} else if o.outFile() && (len(o.labels.Above) > 1 || o.merge != "") {
		return nil, ui.Usagef("-o %s names one file: give one --thr and no --merge, or name a folder", o.out)
	}
	return o, nil
}

// OutFile says whether -o names a file and not a folder.
func (o *pseudoOptions) outFile() bool {
	bare := files.UnpackedName(o.out)
	return o.out == "-" || filepath.Ext(bare) == ".json"
}

// parseThresholds reads --thr and --ignore-band.
func (o *pseudoOptions) parseThresholds(ctx *cli.Context) error {
	l := &o.labels
	for _, part := range flags.SplitList(ctx.String("thr")) {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || !(v >= 0 && v < 1) {
			return ui.Usagef("--thr: %q is not a score from 0 to below 1, such as 0.6", part)
		}
		// Without the noise of the product: 0.55 gives 55.
		percent := strconv.FormatFloat(v*100, 'g', 12, 64)
		if slices.Contains(o.percents, percent) {
			return ui.Usagef("--thr: %s is there twice", part)
		}
		l.Above, o.percents = append(l.Above, v), append(o.percents, percent)
	}
	if len(l.Above) == 0 {
		return ui.Usagef("--thr: %q names no score, such as 0.6", ctx.String("thr"))
	}
	if v := ctx.Float64("ignore-band"); v >= 0 || ctx.IsSet("ignore-band") {
		l.IgnoreBand, l.IgnoreAbove = true, v
		for _, above := range l.Above {
			if !(v >= 0 && v < above) {
				return ui.Usagef("--ignore-band: %v is not from 0 to below the threshold %v", v, above)
			}
		}
	}
	return nil
}

// parseFusion reads the preset, and the flags that are given in place of its parts.
func (o *pseudoOptions) parseFusion(ctx *cli.Context) error {
	o.preset = ctx.String("preset")
	f, err := pseudo.Preset(o.preset)
	if err != nil {
		return ui.Usagef("--preset: %q is not one of default, winner", o.preset)
	}
	for _, flag := range []struct {
		name string
		read func(text string) error
	}{
		{"fuse", func(s string) (err error) { f.Fusion.Method, err = pseudo.ParseMethod(s); return err }},
		{"conf", func(s string) (err error) { f.Fusion.Confidence, err = pseudo.ParseConfidence(s); return err }},
		{"cluster", func(s string) (err error) { f.By, err = pseudo.ParseOverlap(s); return err }},
		{"vote-rule", func(s string) (err error) { f.Vote.Rule, err = pseudo.ParseVoteRule(s); return err }},
		{"tta-nms", func(s string) (err error) { f.Suppress, err = pseudo.ParseSuppression(s); return err }},
	} {
		if ctx.IsSet(flag.name) {
			if err := flag.read(ctx.String(flag.name)); err != nil {
				return ui.Usagef("--%s: %v", flag.name, err)
			}
		}
	}
	// The library takes 0 for its default and a negative number for 0.
	explicit := func(v float64) float64 {
		if v == 0 {
			return -1
		}
		return v
	}
	if ctx.IsSet("iou") {
		v := ctx.Float64("iou")
		if v < 0 {
			return ui.Usagef("%v: IoU %v, want 0 or more and below 1", pseudo.ErrOptions, v)
		}
		f.Fusion.IoU = explicit(v)
	}
	if ctx.IsSet("vote") {
		v := ctx.Float64("vote")
		if v < 0 {
			return ui.Usagef("%v: part %v of the vote, want 0 to 1", pseudo.ErrOptions, v)
		}
		f.Vote.Part = explicit(v)
	}
	if ctx.IsSet("skip") {
		f.Fusion.Skip = ctx.Float64("skip")
	}
	if ctx.IsSet("box-clip") {
		f.Vote.ClipBox = ctx.Bool("box-clip")
	}
	if ctx.IsSet("post") {
		if f.Post, err = flags.ParseSteps(ctx.String("post")); err != nil {
			return err
		}
	}
	f.Fusion.AllowOverflow = ctx.Bool("allow-overflow")
	if f.Fusion.Decay, err = flags.Choose(ctx, "decay", map[string]pseudo.Decay{"gaussian": pseudo.Gaussian, "linear": pseudo.Linear}); err != nil {
		return err
	}
	if f.Fusion.Sigma = ctx.Float64("sigma"); !(f.Fusion.Sigma > 0) {
		return ui.Usagef("--sigma: %v is not positive", f.Fusion.Sigma)
	}
	f.NonOverlap = ctx.Bool("non-overlap")
	o.fuse = f
	return nil
}

// joinSteps writes steps as --post takes them.
func joinSteps(steps []rle.Step) string {
	var words []string
	for _, s := range steps {
		words = append(words, s.String())
	}
	return strings.Join(words, ",")
}

// parseModels reads --model and --weight; without --model, the folder is asked
// for files when the run begins.
func (o *pseudoOptions) parseModels(ctx *cli.Context) error {
	for _, text := range ctx.StringSlice("model") {
		name, list, ok := strings.Cut(text, "=")
		if !ok || name == "" || list == "" {
			return ui.Usagef("--model: %q is not NAME=FILE[,FILE...]", text)
		}
		if o.models.Place(name) >= 0 {
			return ui.Usagef("--model: %s is there twice: name its files in one flag, with commas between", name)
		}
		o.models = append(o.models, preds.ModelFiles{Name: name, Files: preds.SplitFiles(list)})
	}
	if len(o.models) == 0 {
		var err error
		if o.models, err = preds.FindModels(filepath.Join(o.Dir, "predictions")); err != nil {
			return err
		}
	}
	if len(o.models) > pseudo.MaxModels {
		return ui.Usagef("%d models are more than %d", len(o.models), pseudo.MaxModels)
	}
	for _, m := range o.models {
		model := pseudo.Model{Name: m.Name, Weight: 1}
		if len(m.Files) > 1 && o.fuse.Suppress == (pseudo.Suppression{}) && !ctx.IsSet("tta-nms") {
			// Files of one model find the same objects. That they are joined by this is
			// MMDetection's default.
			model.Suppress = &pseudo.Suppression{Method: pseudo.NMS, IoU: 0.5}
		}
		o.fuse.Models = append(o.fuse.Models, model)
	}
	for _, part := range flags.SplitList(ctx.String("weight")) {
		name, number, _ := strings.Cut(part, "=")
		v, err := strconv.ParseFloat(number, 64)
		k := o.models.Place(name)
		switch {
		case err != nil || !(v >= 0) || v > 1e9:
			return ui.Usagef("--weight: %q is not NAME=NUMBER with a number of 0 or more", part)
		case k < 0:
			return ui.Usagef("--weight: no model %s", name).Hint("the models are %s", strings.Join(o.models.Names(), ", "))
		}
		o.fuse.Models[k].Weight = v
	}
	o.labels.Models = o.fuse.Models
	if o.fuse.MaskAbove = o.labels.MaskAbove(); o.results != "" {
		o.fuse.MaskAbove = -1
	}
	if _, err := pseudo.NewFuser(&o.fuse); err != nil {
		return ui.Usagef("%v", err)
	}
	return nil
}

// provenance is what a file says of how it was made.
func (o *pseudoOptions) provenance() map[string]any {
	f := &o.fuse
	steps := []string{}
	for _, s := range f.Post {
		steps = append(steps, s.String())
	}
	all := o.SetOptions.Provenance()
	m := map[string]any{
		"class": all["class"], "segmentation": all["segmentation"], "image_id": all["image_id"],
		"category_start": all["category_start"], "tile_size": all["tile_size"],
		"preset": o.preset, "fuse": f.Fusion.Method.String(), "iou": max(0, f.Fusion.IoU), "skip": f.Fusion.Skip,
		"cluster": f.By.String(), "vote_rule": f.Vote.Rule.String(), "vote": max(0, f.Vote.Part), "box_clip": f.Vote.ClipBox,
		"post": steps, "non_overlap": f.NonOverlap, "drop_empty": o.dropEmpty,
	}
	switch f.Fusion.Method {
	case pseudo.WBF:
		m["conf"], m["allow_overflow"] = f.Fusion.Confidence.String(), f.Fusion.AllowOverflow
	case pseudo.SoftNMS:
		m["decay"], m["sigma"] = f.Fusion.Decay.String(), f.Fusion.Sigma
	}
	if o.labels.IgnoreBand {
		m["ignore_band"] = o.labels.IgnoreAbove
	}
	models := []any{}
	for i, d := range o.models {
		files := []string{}
		for _, path := range d.Files {
			files = append(files, filepath.Base(path))
		}
		suppress := f.Suppress
		if own := f.Models[i].Suppress; own != nil {
			suppress = *own
		}
		models = append(models, map[string]any{"name": d.Name, "weight": f.Models[i].Weight, "tta_nms": suppress.String(), "files": files})
	}
	m["models"] = models
	return m
}
