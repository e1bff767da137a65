package checkcmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/wsi"
)

// Job is a run of check.
type Job struct {
	Console  *ui.Console
	Options  *Options
	Outputs  files.Outputs
	Name     string // of the input
	Dataset  *coco.Dataset
	in       *files.Input  // of the dataset; nil: a folder
	outlines *wsi.Outlines // nil: a file
	polygons string        // name of a folder's outlines
	table    *wsi.Table    // nil: none
	files    []check.ImageFile
	Findings []coco.Finding

	fixed   *coco.Dataset
	changes []check.Change
	left    []coco.Finding // of fixed
}

// Folder says whether a HuBMAP folder is looked at.
func (job *Job) Folder() bool { return job.outlines != nil }

// add adds a finding unless its code is to be left out of account.
func (job *Job) add(f coco.Finding) {
	if !job.Options.skip(f.Code) {
		f.Severity = Rule(f.Code).Severity
		job.Findings = append(job.Findings, f)
	}
}

// counted are the findings whose codes are not left out of account.
func (job *Job) counted(list []coco.Finding) []coco.Finding {
	return slices.DeleteFunc(list, func(f coco.Finding) bool { return job.Options.skip(f.Code) })
}

// Read reads the dataset and what it is compared with.
func (job *Job) Read(ctx context.Context) error {
	o := job.Options
	job.Name = o.In
	if st, err := os.Stat(o.In); o.In != "-" && err == nil && st.IsDir() {
		if o.out != "" {
			return ui.Usagef("--fix repairs COCO files, not folders").Hint("\"hubdata convert\" makes them")
		}
		return job.readFolder(ctx)
	}
	in, err := files.OpenInput(job.Console, o.In)
	if err != nil {
		return err
	}
	job.Name, job.in = in.Name, in
	job.Outputs.Inputs = append(job.Outputs.Inputs, in)
	if err := job.checkOutputs(); err != nil {
		in.Close()
		return err
	}
	f, err := files.ReadCOCO(ctx, job.Console, in)
	var data *coco.Error
	switch {
	case ui.IsReadError(err):
		return err
	case errors.As(err, &data):
		job.add(coco.Finding{Code: check.FileUnreadable, Place: coco.Place{Member: data.Path}, Reason: strings.TrimPrefix(data.Error(), data.Path+": ")})
	case errors.Is(err, ui.ErrInput):
		job.add(coco.Finding{Code: check.FileUnreadable, Reason: err.Error()})
	case err != nil:
		return err
	default:
		job.Dataset = f.Dataset
	}
	if err != nil && o.out != "" {
		return err
	}
	if job.Dataset == nil || o.TileMeta == "" {
		return nil
	}
	return job.readTable(o.TileMeta)
}

// checkOutputs refuses early what could not be written.
func (job *Job) checkOutputs() error {
	for _, path := range []string{job.Options.out, job.Options.changes, job.Options.sarif} {
		if path == "" {
			continue
		}
		if path == job.Options.sarif && madeSARIF(path) {
			continue
		}
		if err := job.Outputs.Check(path); err != nil {
			return err
		}
	}
	return nil
}

// readTable reads the tiles' table.
func (job *Job) readTable(path string) error {
	in, err := files.OpenInput(job.Console, path)
	if err != nil {
		return err
	}
	defer in.Close()
	job.Outputs.Inputs = append(job.Outputs.Inputs, in)
	job.table, err = wsi.ReadTable(in)
	var row *wsi.RowError
	if errors.As(err, &row) {
		job.add(coco.Finding{Code: wsi.TableInvalid, File: filepath.Base(in.Name), Line: row.Line, Reason: row.Error()})
		return nil
	}
	if err != nil {
		return ui.InFile(in.Name, err)
	}
	_, err = in.ReadToEnd()
	return err
}

// options are the library's.
func (job *Job) options() *check.Options {
	opts := &check.Options{Tiny: job.Options.Tiny, Near: job.Options.Near, Workers: job.Options.Workers, OpenCV: job.Folder()}
	if job.table != nil && !job.Folder() { // whose tiles are placed by the table
		opts.Origin = func(name string) (check.Origin, bool) {
			t, ok := job.table.Tile(name)
			return check.Origin{Subset: t.Dataset, Members: []check.OriginMember{
				{Name: "dataset", Value: t.Dataset}, {Name: "source_wsi", Value: t.WSI}, {Name: "i", Value: t.I}, {Name: "j", Value: t.J}}}, ok
		}
	}
	return opts
}

// Look looks at the dataset.
func (job *Job) Look(ctx context.Context) error {
	if job.Dataset == nil {
		return nil
	}
	opts := job.options()
	if job.Options.Images != "" {
		var err error
		if job.files, err = readImageFiles(ctx, job.Console, job.Options.Images, job.Dataset.Images); err != nil {
			return err
		}
		opts.Files = job.files
	}
	found := check.Dataset(job.Dataset, opts)
	if job.Folder() {
		job.locate(found)
		return ctx.Err()
	}
	if found = job.counted(found); len(job.Findings) > 0 { // in the table
		found = append(job.Findings, found...)
	}
	job.Findings = found
	return ctx.Err()
}

// fix repairs the dataset, and looks at what is left.
func (job *Job) fix() error {
	fixed, changes := check.Fix(job.Dataset, &check.FixOptions{Files: job.files, Skip: job.Options.skip, Workers: job.Options.Workers})
	job.fixed, job.changes = fixed, changes
	opts := job.options()
	if job.files != nil && len(fixed.Images) == len(job.files) {
		opts.Files = job.files
	}
	job.left = job.counted(check.Dataset(fixed, opts))
	if fixed.Licenses == nil {
		fixed.Licenses = json.RawMessage(`[]`)
	}
	if _, ours := files.ProvenanceIn(fixed.Info); ours && len(changes) == 0 {
		return nil // fixed again: the same bytes
	}
	info, err := job.info("repaired copy of "+filepath.Base(job.in.Name), coco.Field{Key: "source", Value: job.Dataset.Info})
	if err == nil {
		fixed.Info = info
	}
	return err
}

// info is what a written file says of its making.
func (job *Job) info(description string, more ...coco.Field) (json.RawMessage, error) {
	options := map[string]any{"fix": true}
	if len(job.Options.ignored) > 0 {
		options["ignore"] = job.Options.ignored
	}
	from := files.Provenance{Version: ui.Version, Command: "check", Options: options}
	for _, in := range job.Outputs.Inputs {
		from.Inputs = append(from.Inputs, in.FileInfo())
	}
	return from.Info(description, more...)
}

// write writes the files that are asked for, together.
func (job *Job) write() error {
	if job.fixed != nil {
		if err := files.WriteCOCO(&job.Outputs, job.Options.out, job.fixed); err != nil {
			return err
		}
	}
	if job.Options.changes != "" {
		if err := job.writeChanges(); err != nil {
			return err
		}
	}
	if job.Options.sarif != "" {
		if err := job.writeSARIF(); err != nil {
			return err
		}
	}
	return job.Outputs.Commit()
}

// writeChanges writes the changes: a JSON object or, by suffix, one a line.
func (job *Job) writeChanges() error {
	out, err := job.Outputs.Create(job.Options.changes)
	if err != nil {
		return err
	}
	lines := strings.Contains(filepath.Base(job.Options.changes), ".jsonl")
	var text bytes.Buffer
	if !lines {
		info, err := job.info("changes of " + filepath.Base(job.in.Name))
		if err != nil {
			return err
		}
		text.WriteString("{\n\"info\":")
		text.Write(info)
		text.WriteString(",\n\"changes\":[")
	}
	for i := range job.changes {
		line, err := json.Marshal(&job.changes[i])
		if err != nil {
			return err
		}
		switch {
		case lines:
		case i > 0:
			text.WriteString(",\n")
		default:
			text.WriteByte('\n')
		}
		text.Write(line)
		if lines {
			text.WriteByte('\n')
		}
	}
	if !lines {
		text.WriteString("\n]\n}\n")
	}
	if _, err := text.WriteTo(out); err != nil {
		return out.Failed(err)
	}
	return out.Finish()
}
