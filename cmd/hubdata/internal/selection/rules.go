// Package selection chooses images and annotations of a COCO file by rules: those of filter, and of other commands that
// take a part of a file.
package selection

import (
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/wtf8"
	"github.com/hubdata/hubdata/wsi"
)

// Rules say which images and annotations filter keeps: its flags.
type Rules struct {
	Datasets, Wsis flags.Numbers
	TileMeta       string
	Plan           string
	fold           int
	part           string
	Images         []string // to keep; nil: all, unless ImagesFrom
	ImagesFrom     string
	exclude        []string
	Classes        []string
	score, area    Bounds
	Crowd          string
	Where          Where
}

// OpenRules are rules with the files that they name, for one COCO file.
type OpenRules struct {
	*Rules
	file     *files.COCOFile
	Table    *wsi.Table // nil: none
	uses     *folds.Index
	names    *coco.Names // of the images; nil: no rule asks
	wanted   []bool      // images that lists name; nil: all
	excluded []bool
	Class    map[int64]bool // nil: all
	where    []openCondition
}

// Open reads the files that the rules name and checks them against the COCO file.
func (r *Rules) Open(c *ui.Console, o *files.Outputs, f *files.COCOFile) (*OpenRules, error) {
	rules := &OpenRules{Rules: r, file: f}
	if r.Plan != "" || r.SelectImages() || r.Datasets.String() != "" || r.Wsis.String() != "" {
		rules.names = coco.NewNames(f.Images)
	}
	if r.TileMeta != "" {
		in, err := files.OpenInput(c, r.TileMeta)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		in.Flag = "tile-meta"
		if rules.Table, err = wsi.ReadTable(in); err != nil {
			return nil, ui.InFile(in.Name, err)
		}
		if _, err := in.ReadToEnd(); err != nil {
			return nil, err
		}
		o.Inputs = append(o.Inputs, in)
	}
	if r.Plan != "" {
		if err := rules.openPlan(c, o); err != nil {
			return nil, err
		}
	}
	if err := rules.openLists(c, o); err != nil {
		return nil, err
	}
	if err := rules.openWhere(c, o); err != nil {
		return nil, err
	}
	if len(r.Classes) > 0 {
		var known []string
		rules.Class = map[int64]bool{}
		for i := range f.Categories {
			known = append(known, f.Categories[i].Name)
		}
		var err error
		if r.Classes, err = flags.ChooseClasses(r.Classes, known, f.Input.Name); err != nil {
			return nil, err
		}
		for i := range f.Categories {
			if cat := &f.Categories[i]; slices.Contains(r.Classes, cat.Name) {
				rules.Class[cat.ID] = true
			}
		}
	}
	return rules, nil
}

// Open reads the plan.
func (r *OpenRules) openPlan(c *ui.Console, o *files.Outputs) error {
	plan, in, err := planfile.Open(c, r.Plan)
	if err != nil {
		return err
	}
	in.Flag = "folds"
	o.Inputs = append(o.Inputs, in)
	if r.part != "test" && !plan.HasFold(r.fold) {
		return ui.Usagef("--fold: no fold %d: the plan has folds %d to %d", r.fold, plan.First, plan.First+plan.K-1)
	}
	if plan, err = planfile.Apply(c, plan, in.Name, r.names, r.file.Input.Name); err != nil {
		return err
	}
	r.uses = plan.Index()
	return nil
}

// Selects says whether image i of a list is in the datasets and slides that are requested;
// if not, other is the member that differs.
func Selects(datasets, wsis flags.Numbers, img *coco.Image, names *coco.Names, i int, table *wsi.Table, tableName string) (other wsi.TileMember, err error) {
	for _, rule := range []struct {
		set    flags.Numbers
		member wsi.TileMember
		flag   string
	}{{datasets, wsi.MemberDataset, "--dataset"}, {wsis, wsi.MemberWSI, "--wsi"}} {
		if rule.set.String() == "" {
			continue
		}
		row, noRow := table.Find(names, i)
		v, err := rule.member.Number(img, row)
		path := fmt.Sprintf("images[%d].%s", i, rule.member)
		switch {
		case errors.Is(err, wsi.ErrNoMember) && table == nil:
			return "", ui.Failf(ui.ExitBadData, "%s: %w, but %s needs it (image %s)", path, err, rule.flag, wtf8.Quote(names.Name(i))).
				Hint("--tile-meta tile_meta.csv adds it from the table of tiles")
		case errors.Is(err, wsi.ErrNoMember):
			return "", fmt.Errorf("%s: %w: %w, and %s has %w", path, ui.ErrInput, err, tableName, noRow)
		case err != nil:
			return "", fmt.Errorf("%s: %w: %w", path, ui.ErrInput, err)
		case !rule.set.Has(v):
			return rule.member, nil
		}
	}
	return "", nil
}

// SelectImages reports whether the rules may leave out images by name or value.
func (r *Rules) SelectImages() bool {
	return len(r.Images)+len(r.exclude) > 0 || r.ImagesFrom != "" || r.Where.Conditions()
}

// Image says why an image is left out.
func (r *OpenRules) Image(i int) (string, error) {
	other, err := Selects(r.Datasets, r.Wsis, &r.file.Images[i], r.names, i, r.Table, r.TileMeta)
	if err != nil {
		return "", err
	}
	if other != "" {
		return "of another " + string(other), nil
	}
	for _, w := range r.where {
		if !w.wanted[w.values[i]] {
			return "of another " + w.key, nil
		}
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

// inPart says why an image is not in the part of the plan that is requested.
func (r *OpenRules) inPart(name string) string {
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

// Annotation says why an annotation is left out.
func (r *OpenRules) Annotation(i int) (string, error) {
	a := &r.file.Annotations[i]
	switch {
	case r.Class != nil && (a.Missing.Has(coco.FieldCategoryID) || !r.Class[a.CategoryID]):
		return coco.OfOtherCategories, nil
	case r.Crowd == "drop" && a.IsCrowd:
		return "with iscrowd", nil
	case r.Crowd == "only" && !a.IsCrowd:
		return "without iscrowd", nil
	}
	if r.score.Set {
		score, ok, err := a.Score()
		if err != nil {
			return "", fmt.Errorf("annotations[%d].score: %w: %w", i, ui.ErrInput, err)
		}
		if reason := r.score.Outside(score, "score"); ok && reason != "" {
			return reason, nil
		}
	}
	if r.area.Set {
		if a.Missing.Has(coco.FieldArea) {
			return "", fmt.Errorf("annotations[%d].area: %w: found none, but --min-area and --max-area need it", i, ui.ErrInput)
		}
		return r.area.Outside(a.Area, "area"), nil
	}
	return "", nil
}
