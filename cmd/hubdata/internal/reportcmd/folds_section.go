package reportcmd

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/figures"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/internal/plot"
)

// auditedPlan is a fold plan and its audit.
type auditedPlan struct {
	path string
	*planAudit
}

// evenFolds is the largest deviation from the mean at which folds are even.
const evenFolds = 0.1

// foldsSection audits the plans.
func (b *builder) foldsSection(context.Context) ([]htmlreport.Block, error) {
	if len(b.files.Plans) == 0 && b.o.File != "" {
		return nil, absentf(b.command("folds --coco "+shellWord(b.o.File)+" -k 5 -o folds"),
			"no fold plan given: make one, and name its JSON file with --folds")
	}
	if len(b.files.Plans) == 0 {
		return nil, absentf(b.command("folds -k 5"), "there is no fold plan: coco_data has no folds*.json")
	}
	var blocks []htmlreport.Block
	for _, p := range b.plans {
		blocks = append(blocks, b.planBlocks(p)...)
	}
	return blocks, b.planErr
}

// shellWord writes a file's name as a shell reads it.
func shellWord(s string) string {
	if strings.IndexFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-+:@,", r)
	}) < 0 && !strings.HasPrefix(s, "-") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// auditPlans audits the plans as "hubdata folds --audit" does. The first that cannot be
// read ends it.
func (b *builder) auditPlans(ctx context.Context) {
	if slices.Contains(b.o.without, "folds") && slices.Contains(b.o.without, "maps") {
		return
	}
	for _, path := range b.files.Plans {
		audit, err := auditPlan(ctx, b.c, path, b.o, b.files)
		if err != nil {
			b.planErr = err
			return
		}
		b.plans = append(b.plans, auditedPlan{path, audit})
	}
}

// command is a command line that the reader can type in the folder.
func (b *builder) command(args string) string { return "hubdata " + args }

func (b *builder) planBlocks(p auditedPlan) []htmlreport.Block {
	name, audit := b.files.Show(p.path), p.Audit
	blocks := []htmlreport.Block{
		{Heading: name, Text: fmt.Sprintf("%s, %s.", sentence(p.Method), ui.Plural(p.K, "fold", "folds"))}}
	var remarks []htmlreport.Remark
	for _, f := range audit.Findings() {
		remarks = append(remarks, htmlreport.Remark{Level: findingLevel(f, audit), Text: sentence(f.Text)})
	}
	if audit.Clean() {
		remarks = append([]htmlreport.Remark{{Level: htmlreport.Good, Text: "No images leak from training into validation."}},
			remarks...)
	}
	if advice := audit.Advice(); advice != "" {
		remarks = append(remarks, htmlreport.Remark{Level: htmlreport.Note, Text: "Advice: " + advice})
	}
	leaking := 0
	for _, t := range audit.Totals {
		leaking = max(leaking, t.Images)
	}
	valid := 0
	for _, f := range audit.Folds {
		valid += f.Valid
	}
	switch shared := audit.SharedGroups(); {
	case leaking > 0:
		b.page.glance(htmlreport.Warning, "folds", "%s: %s of %s validation images have a neighbour or duplicate in training",
			name, ui.Thousands(leaking), ui.Thousands(valid))
	case len(shared) > 0:
		b.page.glance(htmlreport.Warning, "folds", "%s: images of one %s are in training and validation", name,
			strings.Join(shared, ", "))
	case !audit.Clean():
		b.page.glance(htmlreport.Note, "folds", "%s: no leak was found, but not all was checked", name)
	default:
		b.page.glance(htmlreport.Good, "folds", "%s: no images leak from training into validation", name)
	}
	table := &htmlreport.Table{Caption: "Folds of " + name,
		Columns: []htmlreport.Column{{Name: "fold", Numbers: true}, {Name: "training images", Numbers: true},
			{Name: "validation images", Numbers: true},
			{Name: "kept apart", Numbers: true, About: "images in neither, because they are near validation images"},
			{Name: "training instances", Numbers: true}, {Name: "validation instances", Numbers: true}}}
	for _, t := range audit.Totals {
		table.Columns = append(table.Columns,
			htmlreport.Column{Name: leakNames[t.Kind], Numbers: true,
				About: "validation images that form such a pair with a training image"})
	}
	groups := audit.Groups()
	for _, g := range groups {
		table.Columns = append(table.Columns, htmlreport.Column{Name: folds.GroupNoun(g) + " on both sides"})
	}
	for i := range audit.Folds {
		f := &audit.Folds[i]
		row := []htmlreport.Cell{{Text: fmt.Sprint(f.Fold)}, {Text: ui.Thousands(f.Train)}, {Text: ui.Thousands(f.Valid)},
			{Text: ui.Thousands(f.Apart)}, {Text: ui.Thousands(f.TrainInstances)}, {Text: ui.Thousands(f.ValidInstances)}}
		for _, t := range audit.Totals {
			row = append(row, htmlreport.Cell{Text: ui.Thousands(f.Leaking[t.Kind])})
		}
		for _, g := range groups {
			row = append(row, htmlreport.Cell{Text: folds.ListGroups(f.OnBothSides(g), ", ")})
		}
		table.Rows = append(table.Rows, row)
	}
	blocks = append(blocks, htmlreport.Block{Remarks: remarks}, htmlreport.Block{Table: table},
		htmlreport.Block{Charts: b.planCharts(audit)})
	if len(audit.Balance) > 0 {
		balance := &htmlreport.Table{Caption: "Balance: the fold farthest from the mean",
			Columns: []htmlreport.Column{{Name: "measure"}, {Name: "fold", Numbers: true}, {Name: "value", Numbers: true},
				{Name: "mean", Numbers: true}, {Name: "deviation", Numbers: true}}}
		for _, d := range audit.Balance {
			balance.Rows = append(balance.Rows, []htmlreport.Cell{{Text: d.Measure}, {Text: fmt.Sprint(d.Fold)},
				{Text: ui.Thousands(d.Value)}, {Text: figures.Float(d.Mean, 1)}, {Text: fmt.Sprintf("%+.1f %%", 100*d.Relative)}})
		}
		blocks = append(blocks, htmlreport.Block{Table: balance})
	}
	if len(audit.Pairs) > 0 {
		blocks = append(blocks, pairsBlock(audit))
	}
	return blocks
}

// leakNames are what the kinds of pairs are called in a column's head.
var leakNames = map[string]string{folds.KindOverlap: "overlapping", folds.KindTouch: "touching",
	folds.KindDuplicate:     "same file",
	folds.KindNearDuplicate: "look the same", folds.KindCutOutline: "outline continues"}

// findingLevel says how much a finding of an audit matters.
func findingLevel(f folds.Finding, a *folds.Audit) htmlreport.Level {
	switch f.Kind {
	case folds.KindDuplicate, folds.KindOverlap:
		return htmlreport.Bad
	case "not_audited":
		return htmlreport.Note
	case "balance":
		if math.Abs(a.Balance[0].Relative) <= evenFolds {
			return htmlreport.Good
		}
	}
	return htmlreport.Warning
}

// planCharts draws the size of the folds, and their leaks.
func (b *builder) planCharts(audit *folds.Audit) *htmlreport.Charts {
	var labels []string
	images, instances := plot.Series{Name: "images"}, plot.Series{Name: "instances"}
	for _, f := range audit.Folds {
		labels = append(labels, fmt.Sprint(f.Fold))
		images.Values = append(images.Values, float64(f.Valid))
		instances.Values = append(instances.Values, float64(f.ValidInstances))
	}
	charts := &htmlreport.Charts{Items: []htmlreport.Chart{
		bars(&plot.Bars{Title: "Validation images", X: "fold", Y: "images", Labels: labels, Series: []plot.Series{images}}),
		bars(&plot.Bars{Title: "Validation instances", X: "fold", Y: "instances", Labels: labels,
			Series: []plot.Series{instances}}),
	}}
	leaks := &plot.Bars{Title: "Validation images that leak", X: "fold", Y: "images", Labels: labels}
	for _, t := range audit.Totals {
		s := plot.Series{Name: leakNames[t.Kind]}
		for _, f := range audit.Folds {
			s.Values = append(s.Values, float64(f.Leaking[t.Kind]))
		}
		leaks.Series = append(leaks.Series, s)
	}
	if len(leaks.Series) > 0 {
		charts.Items = append(charts.Items, bars(leaks))
	}
	return charts
}

// pairsBlock lists pairs that leak, folded.
func pairsBlock(audit *folds.Audit) htmlreport.Block {
	table := &htmlreport.Table{Caption: "Pairs of images that leak", Shown: 10,
		Columns: []htmlreport.Column{{Name: "kind"}, {Name: "image"}, {Name: "fold", Numbers: true},
			{Name: "other image"}, {Name: "its fold", Numbers: true},
			{Name: "amount", Numbers: true, About: "depth of the overlap, distance of the hashes, or number of outlines"},
			{Name: "leaks in folds"}}}
	fold := func(f int) string {
		if f == folds.NoFold {
			return "always in training"
		}
		return fmt.Sprint(f)
	}
	total := 0
	for _, t := range audit.Totals {
		total += t.Pairs
	}
	for _, p := range audit.Pairs {
		var in []string
		for _, f := range p.Folds {
			in = append(in, fmt.Sprint(f))
		}
		table.Rows = append(table.Rows, []htmlreport.Cell{{Text: leakNames[p.Kind]}, {Text: p.A, Code: true},
			{Text: fold(p.FoldA)}, {Text: p.B, Code: true}, {Text: fold(p.FoldB)}, {Text: fmt.Sprint(p.Amount)},
			{Text: strings.Join(in, ", ")}})
	}
	return htmlreport.Block{
		Folded: &htmlreport.Folded{
			Summary: fmt.Sprintf("%s that leak, the first of each kind", ui.Plural(total, "pair", "pairs")),
			Blocks:  []htmlreport.Block{{Table: table}}}}
}
