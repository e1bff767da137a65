package partials

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/eval"
)

// A Set is files of --partial-out whose images are scored together.
type Set struct {
	Inputs []*files.Input
	Notes  []string // of what the parts leave out

	paths   []string
	labels  []*Label
	readers []*eval.PartialReader
}

// Open opens the parts, and refuses those that are not of one run.
func Open(c *ui.Console, paths ...string) (*Set, error) {
	s := &Set{paths: paths}
	if err := s.open(c); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

func (s *Set) open(c *ui.Console) error {
	for _, path := range s.paths {
		in, err := files.OpenInput(c, path)
		if err != nil {
			return err
		}
		in.WithoutChecksum()
		s.Inputs = append(s.Inputs, in)
		p, err := eval.NewPartialReader(in)
		if err != nil {
			return ui.InFile(in.Name, fault(err))
		}
		p.Name = in.Name
		label := &Label{}
		if err := json.Unmarshal(p.Label(), label); err != nil {
			return ui.Failf(ui.ExitBadData, "%s: it was not written by hubdata eval --partial-out: %w", in.Name, err)
		}
		s.readers, s.labels = append(s.readers, p), append(s.labels, label)
	}
	var err error
	if s.Notes, err = belongTogether(s.paths, s.labels); err != nil {
		return err
	}
	first := s.labels[0].Notes
	if !slices.ContainsFunc(s.labels, func(l *Label) bool { return !slices.Equal(l.Notes, first) }) {
		s.Notes = append(slices.Clone(first), s.Notes...) // of the same images in all parts; else each left out others
	}
	return nil
}

// Close closes the files.
func (s *Set) Close() {
	for _, in := range s.Inputs {
		in.Close()
	}
}

// Report merges the parts, and reports what their images come to, by parts of them or by class or size too. It reads
// the files.
func (s *Set) Report(by []string) (*scoring.Report, error) {
	for _, name := range by {
		for i, l := range s.labels {
			if scoring.Grouped(name) && !slices.ContainsFunc(l.By, func(k labelKey) bool { return k.Name == name }) {
				return nil, ui.Usagef("--by %s: %s was made without it", name, s.paths[i]).Hint("give --by %s with --partial-out too", name)
			}
		}
	}
	first := s.labels[0]
	of := &scoring.Merging{Results: first.Results.Name, Truth: first.Truth[0].Name, None: withoutGroup(s.labels...)}
	for _, l := range s.labels {
		of.Remarks.Add(&l.Remarks)
		if l.Results != first.Results {
			of.Results = ui.Plural(len(s.paths), "part", "parts")
		}
	}
	of.Remarks.Notes = notesOf(s.paths, s.labels, func(l *Label) []string { return l.Remarks.Notes })
	r, err := scoring.Merge(scoring.Scoring{Metric: first.Metric, Ious: first.Ious, By: by}, of, s.readers)
	if err != nil {
		return nil, fault(err)
	}
	return r, nil
}

// fault gives an error of parts its exit code.
func fault(err error) error {
	if errors.Is(err, eval.ErrPartial) || errors.Is(err, eval.ErrCategory) {
		return ui.Failf(ui.ExitBadData, "%w", err)
	}
	return err
}

// notesOf returns the notes of all parts: once if all have the same.
func notesOf(paths []string, labels []*Label, notes func(l *Label) []string) (out []string) {
	same := true
	for i, l := range labels {
		same = same && slices.Equal(notes(l), notes(labels[0]))
		for _, note := range notes(l) {
			out = append(out, fmt.Sprintf("%s: %s", paths[i], note))
		}
	}
	if same {
		return notes(labels[0])
	}
	return out
}
