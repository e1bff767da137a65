package foldscmd

import (
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/flags"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// writeSets writes the plan and its sets, and audits it.
func (t *tiles) writeSets(ctx context.Context, d *division, plan planfile.Outputs, o *output, images string) (*Summary, error) {
	if err := o.checkFold(d.Plan); err != nil {
		return nil, err
	}
	if err := plan.Check(&t.Outputs); err != nil {
		return nil, err
	}
	if err := t.layOut(d, o); err != nil {
		return nil, err
	}
	sum, err := t.audit(ctx, d, images)
	if err != nil {
		return nil, err
	}
	sum.Unlabelled = t.Divided.Lacking(t.Table, t.Rules)
	if err := t.writePlan(d.Plan, plan); err != nil {
		return nil, err
	}
	wrote, err := t.Write(ctx, func(s *folder.Set) files.Provenance { return t.from(s, d.Plan) })
	if err != nil {
		return nil, err
	}
	sum.Files = append(plan.Files(), wrote.Files...)
	return sum, nil
}

// layOut lays out the sets.
func (t *tiles) layOut(d *division, o *output) error {
	always := &t.plans.always
	categories, err := t.categories()
	if err != nil {
		return err
	}
	name := tierName(t.in.Datasets, t.in.Wsis, t.Table)
	train := name
	if always.text != "" {
		train += "_" + tierName(always.datasets, always.wsis, t.Table)
	}
	add := func(name string) *coco.Builder {
		return &t.AddSet(filepath.Join(o.path, "coco", name+".json"), categories).Builder
	}
	sets := map[folds.Set]*coco.Builder{}
	for _, s := range d.Sets() {
		if o.writes(s.Fold) {
			tiles := name
			if s.Use == folds.Train {
				tiles = train
			}
			sets[s] = add(tiles + setSuffix(d.Plan, s))
		}
	}
	var full *coco.Builder
	if o.full {
		full = add(train + setSuffix(d.Plan, allImages))
	}
	reached := make([]*coco.Builder, 0, len(t.Sets))
	numbers := d.Folds()
	t.Divided.Route = func(tile wsi.Tile) []*coco.Builder {
		reached = reached[:0]
		for _, f := range numbers {
			if s := sets[folds.Set{Fold: f, Use: d.index.Use(tile.ID, f)}]; s != nil {
				reached = append(reached, s)
			}
		}
		if full != nil {
			reached = append(reached, full)
		}
		return reached
	}
	var paths []string
	for _, s := range t.Sets {
		paths = append(paths, s.Path)
	}
	same := func(other string) bool { return other == name || strings.HasPrefix(other, name+"_") }
	made := func(options map[string]any) map[string]any {
		of, _ := options["folds"].(map[string]any)
		return of
	}
	if err := refuseStale(t.Console, filepath.Join(o.path, "coco"), paths, t.plans.provenance(d.Plan), same, made); err != nil {
		return err
	}
	return t.Prepare()
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

// joinNumbers writes distinct numbers in order.
func joinNumbers(list []int, sep string) string {
	slices.Sort(list)
	var text []string
	for _, n := range slices.Compact(list) {
		text = append(text, strconv.Itoa(n))
	}
	return strings.Join(text, sep)
}

// writePlanOnly writes the plan and no set.
func (t *tiles) writePlanOnly(d *division, plan planfile.Outputs, o *output) error {
	if err := o.checkFold(d.Plan); err != nil {
		return err
	}
	if err := plan.Check(&t.Outputs); err != nil {
		return err
	}
	if err := t.writePlan(d.Plan, plan); err != nil {
		return err
	}
	if err := t.Outputs.Commit(); err != nil {
		return err
	}
	return t.Console.Summarize(&planSummary{plan.Files(), len(d.Entries)}, o.path)
}

// writePlan writes the plan's files.
func (t *tiles) writePlan(plan *folds.Plan, out planfile.Outputs) error {
	return out.Write(&t.Outputs, plan, files.HubmapTitle, files.Provenance{Version: ui.Version, Command: "folds",
		Dataset: t.in.Datasets.String(), Options: t.plans.provenance(plan), Inputs: append(t.readInputs(), flagged(t.Outputs.Inputs)...)})
}

// readInputs identifies the table, and the outlines if they were read.
func (t *tiles) readInputs() []files.FileInfo {
	inputs := []files.FileInfo{t.Meta.FileInfo()}
	if of := t.Polygons.FileInfo(); of.SHA256 != "" {
		return append(inputs, of)
	}
	if t.counted.SHA256 != "" {
		inputs = append(inputs, t.counted)
	}
	return inputs
}

// from is the provenance of a set.
func (t *tiles) from(s *folder.Set, plan *folds.Plan) files.Provenance {
	options := t.in.Provenance()
	options["folds"] = t.plans.provenance(plan)
	options["set"] = strings.TrimSuffix(filepath.Base(s.Path), ".json")
	f := files.Provenance{Version: ui.Version, Command: "folds", Dataset: t.in.Datasets.String(), Options: options,
		Inputs: append(t.Inputs(), flagged(t.Outputs.Inputs)...)}
	if t.in.Wsis.String() != "" {
		f.WSI = t.in.Wsis.String()
	}
	return f
}
