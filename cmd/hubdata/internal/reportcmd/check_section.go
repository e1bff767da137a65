package reportcmd

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/printable"
)

// reportPlaces is how many places of each code the report lists.
const reportPlaces = 50

var levels = map[coco.Severity]htmlreport.Level{coco.SeverityError: htmlreport.Bad,
	coco.SeverityWarning: htmlreport.Warning, coco.SeverityNote: htmlreport.Note}

// checkSection reports what is wrong with the dataset.
func (b *builder) checkSection(ctx context.Context) ([]htmlreport.Block, error) {
	if b.o.File == "" && b.files.Lacking() != "" {
		return nil, absentf("", "there are no outlines to check: %s is not in the folder", b.files.Lacking())
	}
	if b.data.labels == nil {
		return nil, b.data.labelsErr
	}
	r, err := b.data.labels.check(ctx)
	if err != nil {
		return nil, err
	}
	command := "hubdata check " + b.datasetShown()
	switch {
	case r.Errors > 0:
		b.page.glance(htmlreport.Bad, "check", "the check found %s and %s", ui.Plural(r.Errors, "error", "errors"),
			ui.Plural(r.Warnings, "warning", "warnings"))
	case r.Warnings > 0:
		b.page.glance(htmlreport.Warning, "check", "the check found no errors and %s",
			ui.Plural(r.Warnings, "warning", "warnings"))
	default:
		b.page.glance(htmlreport.Good, "check", "the check found no errors and no warnings")
	}
	blocks := []htmlreport.Block{{Facts: []htmlreport.Fact{
		{Name: "errors", Value: ui.Thousands(r.Errors), Note: "a consumer fails, or its numbers are wrong"},
		{Name: "warnings", Value: ui.Thousands(r.Warnings), Note: "data is lost silently"},
		{Name: "notes", Value: ui.Thousands(r.Notes), Note: "worth knowing"},
	}}}
	if len(r.Counts) == 0 {
		return append(blocks, htmlreport.Block{Text: "No findings (hubdata check --list prints the rules)."}), nil
	}
	table := &htmlreport.Table{Caption: "Findings, worst first", Columns: []htmlreport.Column{
		{Name: "severity"}, {Name: "code"}, {Name: "count", Numbers: true}, {Name: "what is wrong"},
		{Name: "who fails, drops or misreads data"}, {Name: "what --fix does"}}}
	var places []htmlreport.Block
	for _, row := range r.Counts {
		rule := checkRule(row.Code)
		table.Rows = append(table.Rows, []htmlreport.Cell{{Text: row.Severity.String(), Level: levels[rule.Severity]},
			{Text: string(row.Code), Code: true},
			{Text: ui.Thousands(row.Count)}, {Text: row.About}, {Text: wordEffects(rule)}, {Text: row.Fix}})
		places = append(places, placesBlock(row, r.Findings, command))
	}
	return append(append(blocks, htmlreport.Block{Table: table}), places...), nil
}

// datasetShown names the dataset as a command line would.
func (b *builder) datasetShown() string {
	if b.o.File != "" {
		return b.files.Show(b.o.File)
	}
	return "."
}

// wordEffects says which consumers do what about a problem.
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
		Columns: []htmlreport.Column{{Name: "tile"}, {Name: "where"}, {Name: "finding"}}}
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
		table.Rows = append(table.Rows,
			[]htmlreport.Cell{{Text: f.Image, Code: f.Image != ""}, {Text: printable.Text(where + path), Code: true},
				{Text: printable.Text(f.Reason)}})
	}
	blocks := []htmlreport.Block{{Table: table}}
	if n := row.Count - len(table.Rows); n > 0 {
		blocks = append(blocks, htmlreport.Block{Text: fmt.Sprintf("And %s more: %s --all lists more.", ui.Thousands(n),
			command)})
	}
	return htmlreport.Block{
		Folded: &htmlreport.Folded{Summary: fmt.Sprintf("%s: %s", row.Code, ui.Plural(row.Count, "place", "places")),
			Blocks: blocks}}
}
