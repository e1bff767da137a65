package checkcmd

import (
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

// Report is what a check finds.
type Report struct {
	File        string         `json:"file"`
	Images      int            `json:"images"`
	Annotations int            `json:"annotations"`
	Detections  *int           `json:"detections,omitempty"` // of a results file; nil: a dataset
	Categories  int            `json:"categories"`
	Errors      int            `json:"errors"`
	Warnings    int            `json:"warnings"`
	Notes       int            `json:"notes"`
	Counts      []check.Count  `json:"counts"`   // of the findings of [Options.Least] or worse, by code
	Findings    []coco.Finding `json:"findings"` // of these the first [Options.Most] of each code
	// Unlisted are how many more there are, by code.
	Unlisted map[coco.Code]int `json:"unlisted,omitempty"`
	For      *check.Losses     `json:"for,omitempty"`

	all *findings
}

// report words what was found.
func (s *Subject) report(found *findings) *Report {
	n := found.severity
	r := &Report{File: s.Name, Errors: n[coco.SeverityError], Warnings: n[coco.SeverityWarning], Notes: n[coco.SeverityNote], Findings: []coco.Finding{}, all: found}
	for _, f := range found.list {
		if f.Severity >= s.o.Least || f.Code == check.NotChecked { // which is no pass, at any severity
			r.Findings = append(r.Findings, f)
		}
	}
	r.Counts = check.CountCodes(r.Findings, allRules(), s.o.Consumer)
	for i := range r.Counts {
		row := &r.Counts[i]
		if n := found.codes[row.Code] - row.Count; n > 0 {
			if r.Unlisted == nil {
				r.Unlisted = map[coco.Code]int{}
			}
			r.Unlisted[row.Code] = n
			row.Count += n
		}
	}
	if s.results != nil {
		n, images, categories := detections(s.results.Results)
		r.Detections, r.Images, r.Categories = &n, images, categories
	}
	if d := s.Dataset; d != nil {
		r.Images, r.Annotations, r.Categories = len(d.Images), len(d.Annotations), len(d.Categories)
		if s.o.Consumer != "" {
			losses := check.LossesOf(d, s.o.Consumer)
			r.For = &losses
		}
	}
	return r
}

// summary is what a run of the command prints.
type summary struct {
	*Report
	Fix   *fixSummary      `json:"fix,omitempty"`
	Files []ui.SummaryFile `json:"files"` // that were written

	consumer check.Consumer // of --for
	all      bool           // list all places
}

// newSummary words a run that wrote its files; without --fix, fixed is nil.
func newSummary(o *options, r *Report, fixed *repair) *summary {
	sum := &summary{Report: r, Files: []ui.SummaryFile{}, consumer: o.Consumer, all: o.all}
	if fixed != nil {
		if fixed.dataset == nil {
			sum.Files = append(sum.Files, ui.NewSummaryFile(o.out))
		} else {
			sum.Files = append(sum.Files, ui.NewSummarySet(o.out, len(fixed.dataset.Images), len(fixed.dataset.Annotations)))
		}
		sum.Fix = fixed.summary()
	}
	for _, path := range []string{o.changes, o.sarif} {
		if path != "" {
			sum.Files = append(sum.Files, ui.NewSummaryFile(path))
		}
	}
	return sum
}
