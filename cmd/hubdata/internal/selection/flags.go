package selection

import (
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/urfave/cli/v2"
)

// ImageFlags are --image, --images-from and --exclude-image; keep and drop say what is done to images.
func ImageFlags(keep, drop string) []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "image", Usage: keep + " the image `NAME`; repeatable"},
		&cli.StringFlag{Name: "images-from", Usage: keep + " the images that `FILE` names, one per line"},
		&cli.StringSliceFlag{Name: "exclude-image", Usage: drop + " the image `NAME`; repeatable"},
	}
}

// ParseImages reads the flags of [ImageFlags] and [WhereFlag]: rules that select images alone. Where has no table.
func ParseImages(ctx *cli.Context) (Rules, error) {
	r := imageLists(ctx)
	var err error
	r.Where.conditions, err = parseConditions(ctx)
	return r, err
}

// imageLists reads the flags of [ImageFlags].
func imageLists(ctx *cli.Context) Rules {
	return Rules{Images: ctx.StringSlice("image"), ImagesFrom: ctx.String("images-from"), exclude: ctx.StringSlice("exclude-image")}
}

// ParseRules checks the flags' values.
func ParseRules(ctx *cli.Context) (Rules, error) {
	r, err := ParseContent(ctx)
	if err != nil {
		return r, err
	}
	r.Plan, r.fold, r.part = ctx.String("folds"), ctx.Int("fold"), ctx.String("part")
	switch {
	case r.Plan == "" && (r.part != "" || ctx.IsSet("fold")):
		return r, ui.Usagef("--part and --fold need a fold plan: name it with --folds FILE")
	case r.Plan != "" && !slices.Contains([]string{"train", "val", "test"}, r.part):
		return r, ui.Usagef("--folds needs --part train, val or test, found %q", r.part)
	case r.Plan != "" && r.part != "test" && !ctx.IsSet("fold"):
		return r, ui.Usagef("--part %s needs a fold: name it with --fold N", r.part)
	}
	return r, nil
}

// ParseContent is [ParseRules] for commands that do not take a part of a fold plan.
func ParseContent(ctx *cli.Context) (Rules, error) {
	r := imageLists(ctx)
	r.TileMeta, r.Classes, r.Crowd = ctx.String("tile-meta"), ctx.StringSlice("class"), ctx.String("crowd")
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
	if r.TileMeta != "" && r.Datasets.String() == "" && r.Wsis.String() == "" {
		return r, ui.Usagef("--tile-meta has no effect without --dataset or --wsi")
	}
	return r, nil
}
