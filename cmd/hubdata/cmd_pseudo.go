package main

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/pseudo"
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
	content
	source
	models     []modelFiles
	images     string
	thresholds []threshold
	ignoreBand float64 // below 0: none
	fuse       pseudo.Options
	tta        *pseudo.Suppression // of models with one file
	ttaSeveral *pseudo.Suppression // of those with several
	preset     string
	exclude    []classFile
	merge      string
	results    string
	out        string
	dropEmpty  bool
}

// modelFiles are the files of a model.
type modelFiles struct {
	name   string
	files  []string
	weight float64
}

// classFile is a COCO file, and a class in it if only that counts.
type classFile struct{ path, class string }

// threshold is a score above which instances are kept.
type threshold struct {
	value float64
	name  string // for the file: 60
}

func pseudoCommand(c *console) *cli.Command {
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
			&cli.StringFlag{Name: "tta-nms", Usage: "join what one model found several times: `[METHOD:][box:|mask:]IOU` with METHOD nms, soft-nms or soft-nms-linear; or none", DefaultText: presets["default"]["tta-nms"]},
			&cli.StringFlag{Name: "fuse", Usage: "fuse by `METHOD`: wbf, nmw, nms or soft-nms", DefaultText: presets["default"]["fuse"]},
			&cli.Float64Flag{Name: "iou", Usage: "take predictions for one object above `IOU`", DefaultText: presets["default"]["iou"]},
			&cli.Float64Flag{Name: "skip", Usage: "leave out predictions that score below `SCORE`", DefaultText: presets["default"]["skip"]},
			&cli.StringFlag{Name: "conf", Usage: "score of wbf by `RULE`: avg, max, box_and_model_avg or absent_model_aware_avg", DefaultText: presets["default"]["conf"]},
			&cli.StringFlag{Name: "cluster", Usage: "compare predictions by `SHAPE`: box or mask", DefaultText: presets["default"]["cluster"]},
			&cli.StringFlag{Name: "vote-rule", Usage: "choose the pixels of a fused instance by `RULE`: weight, count, union, intersection or best", DefaultText: presets["default"]["vote-rule"]},
			&cli.Float64Flag{Name: "vote", Usage: "part `X` of the members (count) or of their weight that must cover a pixel", DefaultText: presets["default"]["vote"]},
			&cli.BoolFlag{Name: "box-clip", Usage: "cut masks at the fused box, its corners cut to whole pixels"},
			postFlag(presets["default"]["post"]),
			&cli.BoolFlag{Name: "allow-overflow", Usage: "let wbf's scores exceed 1 where a model finds an object twice"},
			&cli.StringFlag{Name: "decay", Value: "gaussian", Usage: "lower scores in soft-nms by `CURVE`: gaussian or linear"},
			&cli.Float64Flag{Name: "sigma", Value: 0.5, Usage: "width `X` of the gaussian decay"},
			&cli.BoolFlag{Name: "non-overlap", Usage: "give each pixel to the instance with the highest score"},
			&cli.StringSliceFlag{Name: "exclude", Usage: "drop instances of which half or more lies in the annotations of `FILE[:CLASS]`; repeatable"},
			&cli.Float64Flag{Name: "ignore-band", Value: -1, Usage: "keep what scores above `SCORE` but not above --thr as iscrowd 1, which training passes over", DefaultText: "none"},
			imagesFlag("the predictions have"),
			&cli.StringFlag{Name: "merge", Usage: "also write the union with the COCO set `FILE`"},
			&cli.StringFlag{Name: "results", Usage: "also write all fused instances as COCO results to `FILE`, with the predictions' ids"},
			&cli.BoolFlag{Name: "drop-empty", Usage: "leave out images that no annotation is left of"},
			outFlag("write into the folder `OUT`, with one --thr to a file; - is standard output (default: DIR/coco_data/pseudo_coco)"),
		}, tileFlags("3", "fuse on tiles"), []cli.Flag{
			tileMetaFlag("look tiles up", "that in DIR"),
			workersFlag("fuse tiles by"),
			forceFlag(),
		}, summaryFlags()),
		Action: func(ctx *cli.Context) error {
			opts, err := parsePseudo(ctx)
			if err != nil {
				return err
			}
			return runPseudo(ctx.Context, c, opts)
		},
	}
}

// presets are texts of flags: default is what docs/pseudo.md's table picks, winner
// what the 3rd place did.
var presets = map[string]map[string]string{
	"default": {"tta-nms": "nms:mask:0.7", "fuse": "wbf", "iou": "0.6", "skip": "0.01", "conf": "avg", "cluster": "box",
		"vote-rule": "weight", "vote": "0.3", "box-clip": "false", "post": "fill,largest"},
	"winner": {"tta-nms": "none", "fuse": "wbf", "iou": "0.6", "skip": "0.01", "conf": "avg", "cluster": "box",
		"vote-rule": "count", "vote": "0.2", "box-clip": "true", "post": "close:cross:1"},
}

func parsePseudo(ctx *cli.Context) (*pseudoOptions, error) {
	ct, err := parseTiles(ctx)
	if err != nil {
		return nil, err
	}
	o := &pseudoOptions{
		content:    ct,
		source:     source{tiles: ctx.String("tile-meta"), force: ctx.Bool("force")},
		images:     ctx.String("images"),
		ignoreBand: ctx.Float64("ignore-band"),
		merge:      ctx.String("merge"),
		results:    ctx.String("results"),
		out:        ctx.String("out"),
		dropEmpty:  ctx.Bool("drop-empty"),
	}
	if o.dir, err = dataDir(ctx); err != nil {
		return nil, err
	}
	if o.workers, err = workersOf(ctx); err != nil {
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
		o.out = filepath.Join(o.dir, "coco_data", "pseudo_coco")
	} else if o.outFile() && (len(o.thresholds) > 1 || o.merge != "") {
		return nil, usagef("-o %s names one file: give one --thr and no --merge, or name a folder", o.out)
	}
	return o, nil
}

// outFile says whether -o names a file and not a folder.
func (o *pseudoOptions) outFile() bool {
	bare := unpackedName(o.out)
	return o.out == "-" || filepath.Ext(bare) == ".json"
}

func (o *pseudoOptions) parseThresholds(ctx *cli.Context) error {
	for _, part := range splitList(ctx.String("thr")) {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || !(v >= 0 && v < 1) {
			return usagef("--thr: %q is not a score from 0 to below 1, such as 0.6", part)
		}
		// Percent, without the noise of the product: 0.55 gives 55.
		name := strconv.FormatFloat(v*100, 'g', 12, 64)
		if slices.ContainsFunc(o.thresholds, func(t threshold) bool { return t.name == name }) {
			return usagef("--thr: %s is there twice", part)
		}
		o.thresholds = append(o.thresholds, threshold{v, name})
	}
	if len(o.thresholds) == 0 {
		return usagef("--thr: %q names no score, such as 0.6", ctx.String("thr"))
	}
	if o.ignoreBand < 0 && !ctx.IsSet("ignore-band") {
		return nil
	}
	for _, t := range o.thresholds {
		if !(o.ignoreBand >= 0 && o.ignoreBand < t.value) {
			return usagef("--ignore-band: %v is not from 0 to below the threshold %v", o.ignoreBand, t.value)
		}
	}
	return nil
}

// parseFusion reads the flags that a preset may set.
func (o *pseudoOptions) parseFusion(ctx *cli.Context) error {
	o.preset = ctx.String("preset")
	p, ok := presets[o.preset]
	if !ok {
		return usagef("--preset: %q is not one of default, winner", o.preset)
	}
	text := func(flag string) string {
		if ctx.IsSet(flag) {
			return ctx.String(flag)
		}
		return p[flag]
	}
	number := func(flag string, v *float64) error {
		if ctx.IsSet(flag) {
			*v = ctx.Float64(flag)
			return nil
		}
		var err error
		*v, err = strconv.ParseFloat(p[flag], 64)
		return err
	}
	f := &o.fuse
	var err error
	if f.Fusion.Method, err = pseudo.ParseMethod(text("fuse")); err != nil {
		return usagef("--fuse: %v", err)
	}
	if f.Fusion.Confidence, err = pseudo.ParseConfidence(text("conf")); err != nil {
		return usagef("--conf: %v", err)
	}
	if f.By, err = pseudo.ParseOverlap(text("cluster")); err != nil {
		return usagef("--cluster: %v", err)
	}
	if f.Vote.Rule, err = pseudo.ParseVoteRule(text("vote-rule")); err != nil {
		return usagef("--vote-rule: %v", err)
	}
	for flag, v := range map[string]*float64{"iou": &f.Fusion.IoU, "skip": &f.Fusion.Skip, "vote": &f.Vote.Part} {
		if err := number(flag, v); err != nil {
			return usagef("--%s: %v", flag, err)
		}
	}
	f.Vote.ClipBox = text("box-clip") == "true"
	if ctx.IsSet("box-clip") {
		f.Vote.ClipBox = ctx.Bool("box-clip")
	}
	if f.Post, err = parseSteps(text("post")); err != nil {
		return err
	}
	f.Fusion.AllowOverflow = ctx.Bool("allow-overflow")
	if f.Fusion.Decay, err = choose(ctx, "decay", map[string]pseudo.Decay{"gaussian": pseudo.Gaussian, "linear": pseudo.Linear}); err != nil {
		return err
	}
	if f.Fusion.Sigma = ctx.Float64("sigma"); !(f.Fusion.Sigma > 0) {
		return usagef("--sigma: %v is not positive", f.Fusion.Sigma)
	}
	f.NonOverlap = ctx.Bool("non-overlap")
	if o.tta, err = parseSuppression(text("tta-nms")); err != nil {
		return err
	}
	if o.ttaSeveral = o.tta; o.tta == nil && !ctx.IsSet("tta-nms") {
		// Files of one model find the same objects. That they are joined by this is
		// MMDetection's default.
		o.ttaSeveral = &pseudo.Suppression{Method: pseudo.NMS, IoU: 0.5}
	}
	return nil
}

// parseSuppression reads --tta-nms.
func parseSuppression(text string) (*pseudo.Suppression, error) {
	if text == "none" {
		return nil, nil
	}
	s := &pseudo.Suppression{Method: pseudo.NMS}
	words := strings.Split(text, ":")
	for _, w := range words[:len(words)-1] {
		switch w {
		case "nms":
		case "soft-nms":
			s.Method = pseudo.SoftNMS
		case "soft-nms-linear":
			s.Method, s.Decay = pseudo.SoftNMS, pseudo.Linear
		case "box":
			s.By = pseudo.ByBox
		case "mask":
			s.By = pseudo.ByMask
		default:
			return nil, usagef("--tta-nms: %q in %q is not one of nms, soft-nms, soft-nms-linear, box, mask", w, text)
		}
	}
	v, err := strconv.ParseFloat(words[len(words)-1], 64)
	if err != nil || !(v >= 0 && v < 1) {
		return nil, usagef("--tta-nms: %q does not end in an IoU from 0 to below 1, such as nms:mask:0.5", text)
	}
	s.IoU = v
	return s, nil
}

// splitFiles splits a list of files at its commas, but for those in the name of a file
// that is there.
func splitFiles(list string) []string {
	var files []string
	for parts := strings.Split(list, ","); len(parts) > 0; {
		n := len(parts)
		for n > 1 && !exists(strings.Join(parts[:n], ",")) {
			n--
		}
		files, parts = append(files, strings.Join(parts[:n], ",")), parts[n:]
	}
	return files
}

// parseModels reads --model and --weight; without --model, the folder is asked
// for files when the run begins.
func (o *pseudoOptions) parseModels(ctx *cli.Context) error {
	for _, text := range ctx.StringSlice("model") {
		name, list, ok := strings.Cut(text, "=")
		if !ok || name == "" || list == "" {
			return usagef("--model: %q is not NAME=FILE[,FILE...]", text)
		}
		if slices.ContainsFunc(o.models, func(m modelFiles) bool { return m.name == name }) {
			return usagef("--model: %s is there twice: name its files in one flag, with commas between", name)
		}
		o.models = append(o.models, modelFiles{name: name, files: splitFiles(list), weight: 1})
	}
	if len(o.models) == 0 {
		var err error
		if o.models, err = findModels(filepath.Join(o.dir, "predictions")); err != nil {
			return err
		}
	}
	if len(o.models) > pseudo.MaxModels {
		return usagef("%d models are more than %d", len(o.models), pseudo.MaxModels)
	}
	for _, part := range splitList(ctx.String("weight")) {
		name, number, _ := strings.Cut(part, "=")
		v, err := strconv.ParseFloat(number, 64)
		k := slices.IndexFunc(o.models, func(m modelFiles) bool { return m.name == name })
		switch {
		case err != nil || !(v >= 0) || v > 1e9:
			return usagef("--weight: %q is not NAME=NUMBER with a number of 0 or more", part)
		case k < 0:
			return usagef("--weight: no model %s", name).hint("the models are %s", strings.Join(o.modelNames(), ", "))
		}
		o.models[k].weight = v
	}
	for _, m := range o.models {
		model := pseudo.Model{Name: m.name, Weight: m.weight, Suppress: o.tta}
		if len(m.files) > 1 {
			model.Suppress = o.ttaSeveral
		}
		o.fuse.Models = append(o.fuse.Models, model)
	}
	o.fuse.MaskAbove = o.thresholds[0].value
	for _, t := range o.thresholds {
		o.fuse.MaskAbove = min(o.fuse.MaskAbove, t.value)
	}
	if o.ignoreBand >= 0 {
		o.fuse.MaskAbove = o.ignoreBand
	}
	if o.results != "" {
		o.fuse.MaskAbove = -1
	}
	if _, err := pseudo.NewFuser(&o.fuse); err != nil {
		return usagef("%v", err)
	}
	return nil
}

func (o *pseudoOptions) modelNames() []string {
	var names []string
	for _, m := range o.models {
		names = append(names, m.name)
	}
	return names
}

// provenance is what a file says of how it was made.
func (o *pseudoOptions) provenance() map[string]any {
	f := &o.fuse
	steps := []string{}
	for _, s := range f.Post {
		steps = append(steps, s.String())
	}
	all := o.content.provenance()
	m := map[string]any{
		"class": all["class"], "segmentation": all["segmentation"], "image_id": all["image_id"],
		"category_start": all["category_start"], "tile_size": all["tile_size"],
		"preset": o.preset, "fuse": f.Fusion.Method.String(), "iou": f.Fusion.IoU, "skip": f.Fusion.Skip,
		"cluster": f.By.String(), "vote_rule": f.Vote.Rule.String(), "vote": f.Vote.Part, "box_clip": f.Vote.ClipBox,
		"post": steps, "non_overlap": f.NonOverlap, "drop_empty": o.dropEmpty,
	}
	switch f.Fusion.Method {
	case pseudo.WBF:
		m["conf"], m["allow_overflow"] = f.Fusion.Confidence.String(), f.Fusion.AllowOverflow
	case pseudo.SoftNMS:
		m["decay"], m["sigma"] = f.Fusion.Decay.String(), f.Fusion.Sigma
	}
	if o.ignoreBand >= 0 {
		m["ignore_band"] = o.ignoreBand
	}
	models := []any{}
	for i, d := range o.models {
		e := map[string]any{"name": d.name, "weight": d.weight, "tta_nms": "none"}
		files := []string{}
		for _, path := range d.files {
			files = append(files, filepath.Base(path))
		}
		e["files"] = files
		if s := f.Models[i].Suppress; s != nil {
			text := s.Method.String() + ":" + s.By.String() + ":" + strconv.FormatFloat(s.IoU, 'g', -1, 64)
			if s.Method == pseudo.SoftNMS && s.Decay == pseudo.Linear {
				text = strings.Replace(text, "soft-nms", "soft-nms-linear", 1)
			}
			e["tta_nms"] = text
		}
		models = append(models, e)
	}
	m["models"] = models
	return m
}
