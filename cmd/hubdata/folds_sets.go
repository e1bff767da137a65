package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/wsi"
)

// layOut plans the sets and the plan's own files.
func (job *foldsJob) layOut() error {
	opts, plan := job.opts, job.plan
	job.rules.Select = func(t wsi.Tile) bool {
		e, ok := job.uses.Entry(t.ID)
		return ok && (e.Fold != folds.NoFold || e.Always)
	}
	categories, err := opts.content.options("").Categories()
	if err != nil {
		return err
	}
	for _, cat := range categories {
		job.classes[cat.ID] = cat.Name
	}
	if opts.audit != "" {
		return nil
	}
	job.planned = planNames(opts.out, fmt.Sprintf("folds%d", plan.K))
	if err := job.planned.check(&job.outputs); err != nil {
		return err
	}
	if job.planned.only {
		return nil
	}
	name := tierName(opts.datasets, opts.wsis, job.table)
	train := name
	if opts.always.text != "" {
		train += "_" + tierName(opts.always.datasets, opts.always.wsis, job.table)
	}
	apart := ""
	if plan.Buffer > 0 {
		apart = fmt.Sprintf("_buffer%d", plan.Buffer)
	}
	add := func(format string, args ...any) *coco.Builder {
		return &job.addSet(filepath.Join(opts.out, "coco", fmt.Sprintf(format, args...)), categories).Builder
	}
	trains, valids := make([]*coco.Builder, plan.K), make([]*coco.Builder, plan.K)
	for f := range plan.K {
		number := plan.First + f
		if opts.onlySet && number != opts.only {
			continue
		}
		trains[f] = add("%s_train%s_fold%d.json", train, apart, number)
		valids[f] = add("%s_valid_fold%d.json", name, number)
	}
	var full *coco.Builder
	if opts.full {
		full = add("%s_train_full_includes_valid.json", train)
	}
	scratch := make([]*coco.Builder, 0, len(job.sets))
	job.divided.Route = func(t wsi.Tile) []*coco.Builder {
		scratch = scratch[:0]
		for f := range plan.K {
			if trains[f] == nil {
				continue
			}
			switch job.uses.Of(t.ID, plan.First+f) {
			case folds.Train:
				scratch = append(scratch, trains[f])
			case folds.Validate:
				scratch = append(scratch, valids[f])
			}
		}
		if full != nil {
			scratch = append(scratch, full)
		}
		return scratch
	}
	return job.prepare()
}

// tierName names datasets, and slides if they are chosen: ds1, ds2wsi3-4.
func tierName(datasets, wsis numbers, table *wsi.Table) string {
	list := func(has func(int) bool, of func(wsi.Tile) int) string {
		var found []int
		for t := range table.All() {
			if t.Dataset != wsi.UnlabelledDataset && has(of(t)) {
				found = append(found, of(t))
			}
		}
		return joinNumbers(found, "-")
	}
	name := "ds" + list(datasets.has, func(t wsi.Tile) int { return t.Dataset })
	if wsis.text != "" {
		name += "wsi" + list(wsis.has, func(t wsi.Tile) int { return t.WSI })
	}
	return name
}

// writePlanOnly writes the plan and no set.
func (job *foldsJob) writePlanOnly() error {
	if err := job.writePlan(); err != nil {
		return err
	}
	if err := job.outputs.commit(); err != nil {
		return err
	}
	return job.c.summarize(&planSummary{job.planned.files(), len(job.plan.Entries)}, job.opts.out)
}

// planSummary is what a run reports that writes a plan alone.
type planSummary struct {
	Files []summaryFile `json:"files"`
	Tiles int           `json:"tiles"`
}

func (sum *planSummary) write(text *strings.Builder) {
	fmt.Fprintf(text, "divided %s\n", count(sum.Tiles, "tile", "tiles"))
	wrote(text, sum.Files...)
}

// writePlan writes the plan's files.
func (job *foldsJob) writePlan() error {
	return job.planned.write(&job.outputs, job.plan, hubmapTitle, provenance{Version: version, Command: "folds",
		Dataset: job.opts.datasets.text, Options: job.opts.provenance(job.plan), Inputs: []inputInfo{job.meta.told}})
}

// from says what made a set.
func (job *foldsJob) from(s *set) provenance {
	options := job.opts.content.provenance()
	options["folds"] = job.opts.provenance(job.plan)
	options["set"] = strings.TrimSuffix(filepath.Base(s.path), ".json")
	f := provenance{Version: version, Command: "folds", Dataset: job.opts.datasets.text, Options: options,
		Inputs: job.inputs()}
	if job.opts.wsis.text != "" {
		f.WSI = job.opts.wsis.text
	}
	return f
}
