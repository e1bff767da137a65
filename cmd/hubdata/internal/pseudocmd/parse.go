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
	"github.com/hubdata/hubdata/cmd/hubdata/internal/shards"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/pseudo"
	"github.com/urfave/cli/v2"
)

// parse reads the flags and the argument.
func parse(ctx *cli.Context) (*options, error) {
	o := &options{}
	var err error
	if o.Dir, err = folder.DataDir(ctx); err != nil {
		return nil, err
	}
	read := folder.ParseTileOptions
	if o.ofImages = ctx.String("images") != "" && ctx.String("tile-meta") == "" && !hasTable(o.Dir); o.ofImages {
		read = folder.ParseTiles
		for _, name := range []string{"dataset", "wsi", "tile-size", "image-id", "category-start"} {
			if ctx.IsSet(name) {
				return nil, ui.Usagef("--%s is about a table of tiles, and %s has no tile_meta.csv: name it with --tile-meta FILE", name, o.Dir)
			}
		}
	}
	set, err := read(ctx)
	if err != nil {
		return nil, err
	}
	*o = options{
		ofImages: o.ofImages, classes: ctx.StringSlice("class"),
		SetOptions: set,
		Location:   folder.Location{Dir: o.Dir, Tiles: ctx.String("tile-meta"), Force: ctx.Bool("force")},
		images:     ctx.String("images"),
		labels:     pseudo.Labels{Segmentation: set.Segmentation},
		merge:      ctx.String("merge"),
		results:    ctx.String("results"),
		out:        ctx.String("out"),
		dropEmpty:  ctx.Bool("drop-empty"),
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
	if o.shard, err = shards.Parse(ctx); err != nil {
		return nil, err
	}
	if o.shard.Of > 0 {
		for _, name := range []string{"out", "merge", "thr", "ignore-band", "drop-empty"} {
			if ctx.IsSet(name) {
				return nil, ui.Usagef("--%s has no effect with --shard, which writes fused instances and no labels", name)
			}
		}
		if o.results == "" || o.results == "-" {
			return nil, ui.Usagef("--shard needs --results FILE, next to which it writes a manifest")
		}
	}
	if o.out == "" {
		o.out = filepath.Join(o.Dir, "coco_data", "pseudo_coco")
	} else if o.outFile() && (len(o.labels.Above) > 1 || o.merge != "") {
		return nil, ui.Usagef("-o %s names one file: give one --thr and no --merge, or name a folder", o.out)
	}
	return o, nil
}

// hasTable says whether a folder has a table of tiles.
func hasTable(dir string) bool {
	_, err := files.FindInput(dir, "tile_meta.csv")
	return err == nil
}

// parseThresholds reads --thr and --ignore-band.
func (o *options) parseThresholds(ctx *cli.Context) error {
	l := &o.labels
	for _, part := range flags.SplitList(ctx.String("thr")) {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || !(v >= 0 && v < 1) {
			return ui.Usagef("--thr: %q is not a score from 0 to below 1, such as 0.6", part)
		}
		// Without the rounding error of the product: 0.55 gives 55.
		percent := strconv.FormatFloat(v*100, 'g', 12, 64)
		if slices.Contains(o.percents, percent) {
			return ui.Usagef("--thr: duplicate %s", part)
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

// parseFusion reads the preset, and the flags that replace its parts.
func (o *options) parseFusion(ctx *cli.Context) error {
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
			return ui.Usagef("%v: IoU %v, expected 0 or more and below 1", pseudo.ErrOptions, v)
		}
		f.Fusion.IoU = explicit(v)
	}
	if ctx.IsSet("vote") {
		v := ctx.Float64("vote")
		if v < 0 {
			return ui.Usagef("%v: part %v of the vote, expected 0 to 1", pseudo.ErrOptions, v)
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

// parseModels reads --model and --weight; without --model, it searches the folder for files.
func (o *options) parseModels(ctx *cli.Context) error {
	for _, text := range ctx.StringSlice("model") {
		name, list, ok := strings.Cut(text, "=")
		if !ok || name == "" || list == "" {
			return ui.Usagef("--model: %q is not NAME=FILE[,FILE...]", text)
		}
		if o.models.Place(name) >= 0 {
			return ui.Usagef("--model: duplicate %s: name its files in one flag, with commas between", name)
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
			// Several files of one model have the same objects. They are joined with MMDetection's default.
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
