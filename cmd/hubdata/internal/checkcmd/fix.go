package checkcmd

import (
	"bufio"
	"encoding/json"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/internal/jsonscan"
)

// repair is a fixed copy of a file's dataset, or of its results.
type repair struct {
	dataset *coco.Dataset // nil: results
	results []coco.Result
	changes []check.Change
	left    []coco.Finding // in the copy
	before  int            // annotations, or detections, of the input
}

// fixedText adds the changes of the text itself to those of its records.
func (s *Subject) fixedText(changes []check.Change) []check.Change {
	if !s.bom || s.o.ignores(check.ByteOrderMark) {
		return changes
	}
	return append([]check.Change{{Code: check.ByteOrderMark, Action: "removed"}}, changes...)
}

// fix fixes what was checked, and checks the copy.
func (s *Subject) fix() (*repair, error) {
	if s.results != nil {
		return s.fixResults()
	}
	r := &repair{before: len(s.Dataset.Annotations)}
	r.dataset, r.changes = check.Fix(s.Dataset, &check.FixOptions{Faults: s.faults, Files: s.files, Skip: s.o.ignores, Workers: s.o.Workers})
	r.changes = s.fixedText(r.changes)
	opts := s.options()
	if s.files != nil && len(r.dataset.Images) == len(s.files) {
		opts.Files = s.files
	}
	r.left = s.kept(check.Dataset(r.dataset, opts))
	if r.dataset.Licenses == nil {
		r.dataset.Licenses = json.RawMessage(`[]`)
	}
	if _, ours := files.ProvenanceIn(r.dataset.Info); ours && len(r.changes) == 0 {
		return r, nil // fixed again: the same bytes
	}
	info, err := s.info("repaired copy of "+filepath.Base(s.Name), coco.Field{Key: "source", Value: s.Dataset.Info})
	r.dataset.Info = info
	return r, err
}

// info is the provenance of a file that --fix writes.
func (s *Subject) info(description string, more ...coco.Field) (json.RawMessage, error) {
	options := map[string]any{"fix": true}
	if len(s.o.Ignore) > 0 {
		options["ignore"] = s.o.Ignore
	}
	from := files.Provenance{Version: ui.Version, Command: "check", Options: options}
	for _, in := range s.inputs {
		from.Inputs = append(from.Inputs, in.FileInfo())
	}
	return from.Info(description, more...)
}

// writeChanges writes the changes: a JSON object or, by suffix, one per line.
func (s *Subject) writeChanges(outs *files.Outputs, path string, changes []check.Change) error {
	out, err := outs.Create(path)
	if err != nil {
		return err
	}
	lines := strings.Contains(filepath.Base(path), ".jsonl")
	text := bufio.NewWriter(out) // whose errors are sticky
	if !lines {
		info, err := s.info("changes of " + filepath.Base(s.Name))
		if err != nil {
			return err
		}
		text.WriteString("{\n\"info\":")
		_, _ = text.Write(info)
		text.WriteString(",\n\"changes\":[")
	}
	for i := range changes {
		line, err := jsonscan.Marshal(&changes[i])
		if err != nil {
			return err
		}
		switch {
		case lines:
		case i > 0:
			text.WriteString(",\n")
		default:
			text.WriteString("\n")
		}
		_, _ = text.Write(line)
		if lines {
			text.WriteString("\n")
		}
	}
	if !lines {
		text.WriteString("\n]\n}\n")
	}
	if err := text.Flush(); err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}
