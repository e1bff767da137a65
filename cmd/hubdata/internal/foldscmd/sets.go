package foldscmd

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// writeSets writes the plan and its sets, and audits it. It returns no summary if the
// plan alone is written.
func (job *foldsJob) writeSets(ctx context.Context, o *foldsOutput, images string) (*Summary, error) {
	if err := o.checkFold(job.plan); err != nil {
		return nil, err
	}
	if err := job.layOut(o); err != nil {
		return nil, err
	}
	if job.planned.only {
		return nil, job.writePlanOnly(o)
	}
	sum, err := job.audit(ctx, images)
	if err != nil {
		return nil, err
	}
	sum.Unlabelled = job.Divided.Lacking(job.Table, job.Rules)
	if err := job.writePlan(); err != nil {
		return nil, err
	}
	wrote, err := job.Write(ctx, job.from)
	if err != nil {
		return nil, err
	}
	sum.Files = append(job.planned.files(), wrote.Files...)
	return sum, nil
}

// layOut lays out the sets and the plan's own files.
func (job *foldsJob) layOut(o *foldsOutput) error {
	plan, always := job.plan, &job.plans.always
	job.planned = planNames(o.path, fmt.Sprintf("folds%d", plan.K))
	if err := job.planned.check(&job.Outputs); err != nil {
		return err
	}
	if job.planned.only {
		return nil
	}
	categories, err := job.categories()
	if err != nil {
		return err
	}
	name := tierName(job.in.Datasets, job.in.Wsis, job.Table)
	train := name
	if always.text != "" {
		train += "_" + tierName(always.datasets, always.wsis, job.Table)
	}
	add := func(name string) *coco.Builder {
		return &job.AddSet(filepath.Join(o.path, "coco", name+".json"), categories).Builder
	}
	sets := map[folds.Set]*coco.Builder{}
	for _, s := range plan.Sets() {
		if o.writes(s.Fold) {
			tiles := name
			if s.Use == folds.Train {
				tiles = train
			}
			sets[s] = add(tiles + setSuffix(plan, s))
		}
	}
	var full *coco.Builder
	if o.full {
		full = add(train + setSuffix(plan, allImages))
	}
	reached := make([]*coco.Builder, 0, len(job.Sets))
	numbers := plan.Folds()
	job.Divided.Route = func(t wsi.Tile) []*coco.Builder {
		reached = reached[:0]
		for _, f := range numbers {
			if s := sets[folds.Set{Fold: f, Use: job.index.Use(t.ID, f)}]; s != nil {
				reached = append(reached, s)
			}
		}
		if full != nil {
			reached = append(reached, full)
		}
		return reached
	}
	return job.Prepare()
}

// allImages is the set of all images that a fold uses.
var allImages = folds.Set{Fold: folds.NoFold, Use: folds.Train}

// setSuffix is what the name of a set's file ends in.
func setSuffix(plan *folds.Plan, s folds.Set) string {
	switch {
	case s.Fold == folds.NoFold:
		return "_train_full_includes_valid"
	case s.Use == folds.Validate:
		return fmt.Sprintf("_valid_fold%d", s.Fold)
	case plan.Buffer > 0:
		return fmt.Sprintf("_train_buffer%d_fold%d", plan.Buffer, s.Fold)
	}
	return fmt.Sprintf("_train_fold%d", s.Fold)
}

// tierName names datasets, and slides if they are chosen: ds1, ds2wsi3-4.
func tierName(datasets, wsis flags.Numbers, table *wsi.Table) string {
	list := func(has func(int) bool, of func(wsi.Tile) int) string {
		var found []int
		for t := range table.All() {
			if t.Dataset != wsi.UnlabelledDataset && has(of(t)) {
				found = append(found, of(t))
			}
		}
		return joinNumbers(found, "-")
	}
	name := "ds" + list(datasets.Has, func(t wsi.Tile) int { return t.Dataset })
	if wsis.String() != "" {
		name += "wsi" + list(wsis.Has, func(t wsi.Tile) int { return t.WSI })
	}
	return name
}

// writePlanOnly writes the plan and no set.
func (job *foldsJob) writePlanOnly(o *foldsOutput) error {
	if err := job.writePlan(); err != nil {
		return err
	}
	if err := job.Outputs.Commit(); err != nil {
		return err
	}
	return job.Console.Summarize(&planSummary{job.planned.files(), len(job.plan.Entries)}, o.path)
}

// planSummary is what a run reports that writes a plan alone.
type planSummary struct {
	Files []ui.SummaryFile `json:"files"`
	Tiles int              `json:"tiles"`
}

func (sum *planSummary) WriteText(text *strings.Builder) {
	fmt.Fprintf(text, "divided %s\n", ui.Plural(sum.Tiles, "tile", "tiles"))
	ui.ListFiles(text, sum.Files...)
}

// writePlan writes the plan's files.
func (job *foldsJob) writePlan() error {
	return job.planned.write(&job.Outputs, job.plan, files.HubmapTitle, files.Provenance{Version: ui.Version, Command: "folds",
		Dataset: job.in.Datasets.String(), Options: job.plans.provenance(job.plan), Inputs: []files.FileInfo{job.Meta.FileInfo()}})
}

// from says what made a set.
func (job *foldsJob) from(s *folder.Set) files.Provenance {
	options := job.in.Provenance()
	options["folds"] = job.plans.provenance(job.plan)
	options["set"] = strings.TrimSuffix(filepath.Base(s.Path), ".json")
	f := files.Provenance{Version: ui.Version, Command: "folds", Dataset: job.in.Datasets.String(), Options: options,
		Inputs: job.Inputs()}
	if job.in.Wsis.String() != "" {
		f.WSI = job.in.Wsis.String()
	}
	return f
}
