package pseudocmd

import (
	"errors"
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
func parse(c *ui.Console, ctx *cli.Context) (*options, error) {
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
	if err := o.parseFusion(c, ctx); err != nil {
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
func (o *options) parseFusion(c *ui.Console, ctx *cli.Context) error {
	f, err := o.readPreset(c, ctx.String("preset"))
	if err != nil {
		return err
	}
	for _, name := range []string{"fuse", "conf", "cluster", "vote-rule", "tta-nms", "rescore"} {
		if ctx.IsSet(name) {
			if err := f.Set(name, ctx.String(name)); err != nil {
				return ui.Usagef("--%s: %v", name, err)
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
	if ctx.IsSet("class-above") {
		if f.ClassAbove, err = parseClassAbove(ctx.StringSlice("class-above")); err != nil {
			return err
		}
	}
	given := func(name string) bool { return o.presetFile == nil || ctx.IsSet(name) }
	if given("allow-overflow") {
		f.Fusion.AllowOverflow = ctx.Bool("allow-overflow")
	}
	if given("decay") {
		if f.Fusion.Decay, err = flags.Choose(ctx, "decay", map[string]pseudo.Decay{"gaussian": pseudo.Gaussian, "linear": pseudo.Linear}); err != nil {
			return err
		}
	}
	if given("sigma") || f.Fusion.Sigma == 0 {
		if f.Fusion.Sigma = ctx.Float64("sigma"); !(f.Fusion.Sigma > 0) {
			return ui.Usagef("--sigma: %v is not positive", f.Fusion.Sigma)
		}
	}
	if given("non-overlap") {
		f.NonOverlap = ctx.Bool("non-overlap")
	}
	o.fuse = f
	return nil
}

// readPreset returns the options of a preset: one of the library, or of a file.
func (o *options) readPreset(c *ui.Console, name string) (pseudo.Options, error) {
	o.preset = name
	if f, err := pseudo.Preset(name); err == nil {
		return f, nil
	}
	if !files.Exists(name) && !strings.ContainsAny(name, `./\`) {
		return pseudo.Options{}, ui.Usagef("--preset: %q is not one of default, winner, and no file", name)
	}
	in, err := files.OpenInput(c, name)
	if err != nil {
		return pseudo.Options{}, err
	}
	defer in.Close()
	f, err := pseudo.ReadPreset(in)
	if err != nil {
		if errors.Is(err, pseudo.ErrPreset) {
			return pseudo.Options{}, ui.Failf(ui.ExitBadData, "%s: %w", in.Name, err)
		}
		return pseudo.Options{}, ui.InFile(in.Name, err)
	}
	if _, err := in.ReadToEnd(); err != nil {
		return pseudo.Options{}, err
	}
	o.preset, o.presetFile, o.presetOptions = filepath.Base(in.Name), in, *f
	f.Models, f.MaskAbove = nil, 0
	return *f, nil
}

// parseModels reads --model and --weight; without --model, it searches the folder for files.
func (o *options) parseModels(ctx *cli.Context) error {
	var err error
	if o.models, err = preds.ParseModels(ctx.StringSlice("model")); err != nil {
		return err
	}
	if len(o.models) == 0 {
		if o.models, err = preds.FindModels(filepath.Join(o.Dir, "predictions")); err != nil {
			return err
		}
	}
	if len(o.models) > pseudo.MaxModels {
		return ui.Usagef("%d models are more than %d", len(o.models), pseudo.MaxModels)
	}
	models, err := o.presetOptions.ModelsFor(o.models.Names())
	if err != nil {
		return ui.Usagef("--preset: %s: %v", o.presetFile.Name, err).Hint("give the models these names: --model NAME=FILE")
	}
	for i, m := range o.models {
		model := models[i]
		if o.presetFile == nil && len(m.Files) > 1 && o.fuse.Suppress == (pseudo.Suppression{}) && !ctx.IsSet("tta-nms") {
			// Several files of one model have the same objects. They are joined with MMDetection's default.
			model.Suppress = &pseudo.Suppression{Method: pseudo.NMS, IoU: 0.5}
		}
		o.fuse.Models = append(o.fuse.Models, model)
	}
	err = o.ofModels(ctx, "weight", "a number of 0 or more", func(m *pseudo.Model, text string) error {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || !(v >= 0) || v > 1e9 {
			return errors.New("no weight")
		}
		m.Weight = v
		return nil
	})
	if err != nil {
		return err
	}
	err = o.ofModels(ctx, "calibrate", "a power, a multiple of 0.25 up to 8", func(m *pseudo.Model, text string) (err error) {
		m.Power, err = pseudo.ParsePower(text)
		return err
	})
	if err != nil {
		return err
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

// ofModels reads a flag with a value for some of the models.
func (o *options) ofModels(ctx *cli.Context, flag, expected string, set func(m *pseudo.Model, text string) error) error {
	for _, part := range flags.SplitList(ctx.String(flag)) {
		name, text, _ := strings.Cut(part, "=")
		k := o.models.Place(name)
		var m pseudo.Model
		switch {
		case set(&m, text) != nil:
			return ui.Usagef("--%s: %q is not NAME=NUMBER with %s", flag, part, expected)
		case k < 0:
			return ui.Usagef("--%s: no model %s", flag, name).Hint("the models are %s", strings.Join(o.models.Names(), ", "))
		}
		_ = set(&o.fuse.Models[k], text) // as above
	}
	return nil
}

// parseClassAbove reads the values of --class-above, which take the place of those of the preset.
func parseClassAbove(list []string) (map[string]float64, error) {
	var out map[string]float64
	for _, text := range list {
		if text == "none" {
			continue
		}
		i := strings.LastIndexByte(text, '=')
		v, err := strconv.ParseFloat(text[i+1:], 64)
		if i < 1 || err != nil || !(v >= 0 && v <= 1) {
			return nil, ui.Usagef("--class-above: %q is not NAME=SCORE with a score from 0 to 1", text)
		}
		if _, again := out[text[:i]]; again {
			return nil, ui.Usagef("--class-above: duplicate class %s", text[:i])
		}
		if out == nil {
			out = map[string]float64{}
		}
		out[text[:i]] = v
	}
	if len(out) > 0 && len(out) < len(list) {
		return nil, ui.Usagef("--class-above: found none and a threshold, expected one of them")
	}
	return out, nil
}
