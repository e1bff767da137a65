package main

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// filterRules say which images and annotations filter keeps: its flags.
type filterRules struct {
	datasets, wsis numbers
	tileMeta       string
	plan           string
	fold           int
	part           string
	images         []string // to keep; nil: all, unless imagesFrom
	imagesFrom     string
	exclude        []string
	classes        []string
	score, area    bounds
	crowd          string
}

// bounds are inclusive.
type bounds struct {
	least, most float64
	set         bool
}

// parseFilterRules checks the flags' values.
func parseFilterRules(ctx *cli.Context) (filterRules, error) {
	r := filterRules{
		tileMeta:   ctx.String("tile-meta"),
		plan:       ctx.String("folds"),
		fold:       ctx.Int("fold"),
		part:       ctx.String("part"),
		images:     ctx.StringSlice("image"),
		imagesFrom: ctx.String("images-from"),
		exclude:    ctx.StringSlice("exclude-image"),
		classes:    ctx.StringSlice("class"),
		crowd:      ctx.String("crowd"),
	}
	var err error
	if r.datasets, err = numbersOf(ctx, "dataset"); err != nil {
		return r, err
	}
	if r.wsis, err = numbersOf(ctx, "wsi"); err != nil {
		return r, err
	}
	if r.score, err = parseBounds(ctx, "score"); err != nil {
		return r, err
	}
	if r.area, err = parseBounds(ctx, "area"); err != nil {
		return r, err
	}
	if !slices.Contains([]string{"keep", "drop", "only"}, r.crowd) {
		return r, usagef("--crowd: %q is not one of drop, keep, only", r.crowd)
	}
	switch {
	case r.plan == "" && (r.part != "" || ctx.IsSet("fold")):
		return r, usagef("--part and --fold want the plan: name it with --folds FILE")
	case r.plan != "" && !slices.Contains([]string{"train", "val", "test"}, r.part):
		return r, usagef("--folds wants --part train, val or test, got %q", r.part)
	case r.plan != "" && r.part != "test" && !ctx.IsSet("fold"):
		return r, usagef("--part %s wants the fold: name it with --fold N", r.part)
	case r.tileMeta != "" && r.datasets.text == "" && r.wsis.text == "":
		return r, usagef("--tile-meta has no effect without --dataset or --wsi")
	}
	return r, nil
}

// parseBounds reads --min-NAME and --max-NAME.
func parseBounds(ctx *cli.Context, name string) (bounds, error) {
	b := bounds{least: math.Inf(-1), most: math.Inf(1), set: ctx.IsSet("min-"+name) || ctx.IsSet("max-"+name)}
	if ctx.IsSet("min-" + name) {
		b.least = ctx.Float64("min-" + name)
	}
	if ctx.IsSet("max-" + name) {
		b.most = ctx.Float64("max-" + name)
	}
	if math.IsNaN(b.least) || math.IsNaN(b.most) {
		return b, usagef("--min-%s and --max-%s want numbers", name, name)
	}
	if b.least > b.most {
		return b, usagef("--min-%s %v is more than --max-%s %v: nothing lies between", name, b.least, name, b.most)
	}
	return b, nil
}

// openRules are rules with the files that they name, for one COCO file.
type openRules struct {
	*filterRules
	file     *cocoFile
	table    *wsi.Table // nil: none
	uses     *folds.Index
	names    *coco.Names // of the images; nil: no rule asks
	wanted   []bool      // images that lists name; nil: all
	excluded []bool
	class    map[int64]bool // nil: all
}

// open reads the files that the rules name and holds them against the COCO file.
func (r *filterRules) open(c *console, o *outputs, f *cocoFile) (*openRules, error) {
	rules := &openRules{filterRules: r, file: f}
	if r.plan != "" || len(r.images)+len(r.exclude) > 0 || r.imagesFrom != "" || r.datasets.text != "" || r.wsis.text != "" {
		rules.names = coco.NewNames(f.Images)
	}
	if r.tileMeta != "" {
		in, err := openInput(c, r.tileMeta)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		if rules.table, err = wsi.ReadTable(in); err != nil {
			return nil, inFile(in.name, err)
		}
		if _, err := in.provenance(); err != nil {
			return nil, err
		}
		o.inputs = append(o.inputs, in)
	}
	if r.plan != "" {
		if err := rules.openPlan(c, o); err != nil {
			return nil, err
		}
	}
	if err := rules.openLists(c, o); err != nil {
		return nil, err
	}
	if len(r.classes) > 0 {
		var known []string
		rules.class = map[int64]bool{}
		for i := range f.Categories {
			known = append(known, f.Categories[i].Name)
		}
		var err error
		if r.classes, err = chooseClasses(r.classes, known, f.in.name); err != nil {
			return nil, err
		}
		for i := range f.Categories {
			if cat := &f.Categories[i]; slices.Contains(r.classes, cat.Name) {
				rules.class[cat.ID] = true
			}
		}
	}
	return rules, nil
}

// openPlan reads the plan.
func (r *openRules) openPlan(c *console, o *outputs) error {
	plan, in, err := openPlan(c, r.plan)
	if err != nil {
		return err
	}
	o.inputs = append(o.inputs, in)
	if err := plan.Validate(); err != nil {
		return fmt.Errorf("%s: %w: %w", in.name, errInput, err)
	}
	if r.part != "test" && (r.fold < plan.First || r.fold >= plan.First+plan.K) {
		return usagef("--fold: there is no fold %d: the plan has %d to %d", r.fold, plan.First, plan.First+plan.K-1)
	}
	if plan, _, err = resolvePlan(plan, in.name, r.names); err != nil {
		return err
	}
	r.uses = plan.Index()
	return nil
}

// selects says whether image i of a list is of the datasets and slides that are asked
// for; if not, other is the member by which it is of another.
func selects(datasets, wsis numbers, img *coco.Image, names *coco.Names, i int, table *wsi.Table, tableName string) (other wsi.TileMember, err error) {
	for _, rule := range []struct {
		set    numbers
		member wsi.TileMember
		flag   string
	}{{datasets, wsi.MemberDataset, "--dataset"}, {wsis, wsi.MemberWSI, "--wsi"}} {
		if rule.set.text == "" {
			continue
		}
		v, err := rule.member.Number(img, table.Find(names, i))
		path := fmt.Sprintf("images[%d].%s", i, rule.member)
		switch {
		case errors.Is(err, wsi.ErrNoMember) && table == nil:
			return "", failf(exitBadData, "%s: %w, but %s asks for it (image %q)", path, err, rule.flag, names.Name(i)).
				hint("--tile-meta tile_meta.csv looks the tile up")
		case errors.Is(err, wsi.ErrNoMember):
			return "", fmt.Errorf("%s: %w: %w, and %s has no tile %q", path, errInput, err, tableName, coco.TileID(img))
		case err != nil:
			return "", fmt.Errorf("%s: %w: %w", path, errInput, err)
		case !rule.set.has(v):
			return rule.member, nil
		}
	}
	return "", nil
}

// image says why an image is left out.
func (r *openRules) image(i int) (string, error) {
	other, err := selects(r.datasets, r.wsis, &r.file.Images[i], r.names, i, r.table, r.tileMeta)
	if err != nil {
		return "", err
	}
	if other != "" {
		return "of another " + string(other), nil
	}
	if r.uses != nil {
		if reason := r.inPart(r.names.Name(i)); reason != "" {
			return reason, nil
		}
	}
	switch {
	case r.wanted != nil && !r.wanted[i]:
		return "not named by --image", nil
	case r.excluded != nil && r.excluded[i]:
		return "named by --exclude-image", nil
	}
	return "", nil
}

// inPart says why an image is not in the part of the plan that is asked for.
func (r *openRules) inPart(name string) string {
	entry, ok := r.uses.Entry(name)
	if !ok {
		return "not in the plan"
	}
	if r.part == "test" {
		if entry.Fold == folds.NoFold && !entry.Always {
			return ""
		}
		return "of the plan's folds or training sets"
	}
	want := folds.Train
	if r.part == "val" {
		want = folds.Validate
	}
	switch r.uses.Use(name, r.fold) {
	case want:
		return ""
	case folds.Apart:
		return "kept apart by the plan's buffer"
	}
	return fmt.Sprintf("of another part than %s of fold %d", r.part, r.fold)
}

// annotation says why an annotation is left out.
func (r *openRules) annotation(i int) (string, error) {
	a := &r.file.Annotations[i]
	switch {
	case r.class != nil && (a.Missing.Has(coco.FieldCategoryID) || !r.class[a.CategoryID]):
		return coco.OfOtherCategories, nil
	case r.crowd == "drop" && a.IsCrowd:
		return "with iscrowd", nil
	case r.crowd == "only" && !a.IsCrowd:
		return "without iscrowd", nil
	}
	if r.score.set {
		score, ok, err := a.Score()
		if err != nil {
			return "", fmt.Errorf("annotations[%d].score: %w: %w", i, errInput, err)
		}
		if reason := r.score.outside(score, "score"); ok && reason != "" {
			return reason, nil
		}
	}
	if r.area.set {
		if a.Missing.Has(coco.FieldArea) {
			return "", fmt.Errorf("annotations[%d].area: %w: found none, but --min-area or --max-area asks for it", i, errInput)
		}
		return r.area.outside(a.Area, "area"), nil
	}
	return "", nil
}

// outside says on which side of the bounds v lies.
func (b bounds) outside(v float64, what string) string {
	switch {
	case v < b.least:
		return "below the least " + what
	case v > b.most:
		return "above the most " + what
	}
	return ""
}
