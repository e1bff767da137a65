package reportcmd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/checkcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/internal/htmlreport"
)

// reportPlaces is how many places of each code the report lists.
const reportPlaces = 50

var levels = map[coco.Severity]htmlreport.Level{coco.SeverityError: htmlreport.Bad, coco.SeverityWarning: htmlreport.Warning, coco.SeverityNote: htmlreport.Note}

// readLabels reads the dataset as "hubdata check" does: the COCO file, or the folder's
// outlines of all classes.
func (job *reportJob) readLabels(ctx context.Context) error {
	if job.o.file == "" && (job.files.polygons == "" || job.files.table == "") {
		return nil
	}
	o := &checkcmd.Options{In: job.o.dir, TileMeta: job.files.table, Polygons: job.files.polygons, Least: coco.SeverityNote, Tiny: check.DefaultTiny, Near: check.DefaultNear, Workers: job.o.workers}
	if job.o.file != "" {
		o.In = job.o.file
	}
	read := &checkcmd.Job{Console: job.c, Options: o, Outputs: files.Outputs{Console: job.c}}
	if err := read.Read(ctx); err != nil {
		return err
	}
	job.labels = read
	if d := read.Dataset; d != nil {
		job.instances, job.onTile = make([]int, len(d.Images)), map[string]int{}
		at := make(map[coco.ID]int, len(d.Images))
		for i := range d.Images {
			at[d.Images[i].ID] = i
		}
		for i := range d.Annotations {
			if i, ok := at[d.Annotations[i].ImageID]; ok {
				job.instances[i]++
			}
		}
		names := coco.NewNames(d.Images)
		for i, n := range job.instances {
			if t := job.table.Find(names, i); t != nil {
				job.onTile[t.ID] = n
			}
		}
	}
	return nil
}

// checkSection tells what is wrong with the dataset.
func (job *reportJob) checkSection(ctx context.Context) ([]htmlreport.Block, error) {
	if job.o.file == "" && (job.files.polygons == "" || job.files.table == "") {
		return nil, absentf("", "there are no outlines to check: %s is not in the folder", job.files.lacking())
	}
	if job.labels == nil {
		return nil, job.labelsErr
	}
	if err := job.labels.Look(ctx); err != nil {
		return nil, err
	}
	r := job.labels.Report()
	command := "hubdata check " + job.datasetShown()
	switch {
	case r.Errors > 0:
		job.glance(htmlreport.Bad, "check", "the check finds %s and %s", ui.Plural(r.Errors, "error", "errors"), ui.Plural(r.Warnings, "warning", "warnings"))
	case r.Warnings > 0:
		job.glance(htmlreport.Warning, "check", "the check finds no error, and %s", ui.Plural(r.Warnings, "warning", "warnings"))
	default:
		job.glance(htmlreport.Good, "check", "the check finds no error and no warning")
	}
	blocks := []htmlreport.Block{{Facts: []htmlreport.Fact{
		{Name: "errors", Value: ui.Thousands(r.Errors), Note: "a consumer fails, or its numbers are wrong"},
		{Name: "warnings", Value: ui.Thousands(r.Warnings), Note: "data are lost without a word"},
		{Name: "notes", Value: ui.Thousands(r.Notes), Note: "worth knowing"},
	}}}
	if len(r.Counts) == 0 {
		return append(blocks, htmlreport.Block{Text: "None of the rules finds anything (hubdata check --list prints them)."}), nil
	}
	table := &htmlreport.Table{Caption: "What is wrong, the worst first", Columns: []htmlreport.Column{
		{Name: "severity"}, {Name: "code"}, {Name: "count", Numbers: true}, {Name: "what is wrong"}, {Name: "who fails, drops data or misreads"}, {Name: "what --fix does"}}}
	var places []htmlreport.Block
	for _, row := range r.Counts {
		rule := checkcmd.Rule(row.Code)
		table.Rows = append(table.Rows, []htmlreport.Cell{{Text: row.Severity.String(), Level: levels[rule.Severity]}, {Text: string(row.Code), Code: true},
			{Text: ui.Thousands(row.Count)}, {Text: row.About}, {Text: wordEffects(rule)}, {Text: row.Fix}})
		places = append(places, placesBlock(row, r.Findings, command))
	}
	return append(append(blocks, htmlreport.Block{Table: table}), places...), nil
}

// datasetShown names the dataset as a command line would.
func (job *reportJob) datasetShown() string {
	if job.o.file != "" {
		return job.files.show(job.o.file)
	}
	return "."
}

// wordEffects says who does what about a problem.
func wordEffects(rule *check.Rule) string {
	who := map[check.Outcome][]string{}
	for _, e := range rule.Effects {
		who[e.Outcome] = append(who[e.Outcome], string(e.Consumer))
	}
	var words []string
	for _, outcome := range slices.Sorted(maps.Keys(who)) {
		words = append(words, fmt.Sprintf("%s: %s", outcome, strings.Join(who[outcome], ", ")))
	}
	return strings.Join(words, "; ")
}

// placesBlock lists the places of a code, folded.
func placesBlock(row check.Count, list []coco.Finding, command string) htmlreport.Block {
	table := &htmlreport.Table{Caption: fmt.Sprintf("%s: %s", row.Code, row.About), Shown: 10,
		Columns: []htmlreport.Column{{Name: "tile"}, {Name: "where"}, {Name: "what was found"}}}
	for i := range list {
		f := &list[i]
		if f.Code != row.Code {
			continue
		}
		if len(table.Rows) == reportPlaces {
			break
		}
		where := f.File
		if f.Line > 0 {
			where = fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		path := f.Place.String()
		if path != "" && where != "" {
			where += ", "
		}
		table.Rows = append(table.Rows, []htmlreport.Cell{{Text: f.Image, Code: f.Image != ""}, {Text: ui.OneLine(where + path), Code: true}, {Text: ui.OneLine(f.Reason)}})
	}
	blocks := []htmlreport.Block{{Table: table}}
	if n := row.Count - len(table.Rows); n > 0 {
		blocks = append(blocks, htmlreport.Block{Text: fmt.Sprintf("And %s more: %s --all lists them.", ui.Thousands(n), command)})
	}
	return htmlreport.Block{Folded: &htmlreport.Folded{Summary: fmt.Sprintf("%s: %s", row.Code, ui.Plural(row.Count, "place", "places")), Blocks: blocks}}
}

// lacking names the files of a HuBMAP folder that are not there.
func (f *reportFiles) lacking() string {
	var names []string
	if f.table == "" {
		names = append(names, "tile_meta.csv")
	}
	if f.polygons == "" {
		names = append(names, "polygons.jsonl")
	}
	return strings.Join(names, " and ")
}
