package selection

import (
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

// ParseRules checks the flags' values.
func ParseRules(ctx *cli.Context) (Rules, error) {
	r := Rules{
		TileMeta:   ctx.String("tile-meta"),
		Plan:       ctx.String("folds"),
		fold:       ctx.Int("fold"),
		part:       ctx.String("part"),
		Images:     ctx.StringSlice("image"),
		ImagesFrom: ctx.String("images-from"),
		exclude:    ctx.StringSlice("exclude-image"),
		Classes:    ctx.StringSlice("class"),
		Crowd:      ctx.String("crowd"),
	}
	var err error
	if r.Where, err = ParseWhere(ctx); err != nil {
		return r, err
	}
	if r.Datasets, err = flags.NumbersOf(ctx, "dataset"); err != nil {
		return r, err
	}
	if r.Wsis, err = flags.NumbersOf(ctx, "wsi"); err != nil {
		return r, err
	}
	if r.score, err = ParseBounds(ctx, "score"); err != nil {
		return r, err
	}
	if r.area, err = ParseBounds(ctx, "area"); err != nil {
		return r, err
	}
	if !slices.Contains([]string{"keep", "drop", "only"}, r.Crowd) {
		return r, ui.Usagef("--crowd: %q is not one of drop, keep, only", r.Crowd)
	}
	switch {
	case r.Plan == "" && (r.part != "" || ctx.IsSet("fold")):
		return r, ui.Usagef("--part and --fold need a fold plan: name it with --folds FILE")
	case r.Plan != "" && !slices.Contains([]string{"train", "val", "test"}, r.part):
		return r, ui.Usagef("--folds needs --part train, val or test, found %q", r.part)
	case r.Plan != "" && r.part != "test" && !ctx.IsSet("fold"):
		return r, ui.Usagef("--part %s needs a fold: name it with --fold N", r.part)
	case r.TileMeta != "" && r.Datasets.String() == "" && r.Wsis.String() == "":
		return r, ui.Usagef("--tile-meta has no effect without --dataset or --wsi")
	}
	return r, nil
}
