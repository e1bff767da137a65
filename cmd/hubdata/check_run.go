package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/wsi"
)

// checkJob is a run of check.
type checkJob struct {
	c        *console
	o        *checkOptions
	outputs  outputs
	name     string // of the input
	dataset  *coco.Dataset
	in       *input        // of the dataset; nil: a folder
	outlines *wsi.Outlines // nil: a file
	polygons string        // name of a folder's outlines
	table    *wsi.Table    // nil: none
	files    []check.ImageFile
	findings []coco.Finding

	fixed   *coco.Dataset
	changes []check.Change
	left    []coco.Finding // of fixed
}

// folder says whether a HuBMAP folder is looked at.
func (job *checkJob) folder() bool { return job.outlines != nil }

// add adds a finding unless its code is to be left out of account.
func (job *checkJob) add(f coco.Finding) {
	if !job.o.skip(f.Code) {
		f.Severity = checkRule(f.Code).Severity
		job.findings = append(job.findings, f)
	}
}

// counted are the findings whose codes are not left out of account.
func (job *checkJob) counted(list []coco.Finding) []coco.Finding {
	return slices.DeleteFunc(list, func(f coco.Finding) bool { return job.o.skip(f.Code) })
}

// read reads the dataset and what it is compared with.
func (job *checkJob) read(ctx context.Context) error {
	o := job.o
	job.name = o.in
	if st, err := os.Stat(o.in); o.in != "-" && err == nil && st.IsDir() {
		if o.out != "" {
			return usagef("--fix repairs COCO files, not folders").hint("\"hubdata convert\" makes them")
		}
		return job.readFolder(ctx)
	}
	in, err := openInput(job.c, o.in)
	if err != nil {
		return err
	}
	job.name, job.in = in.name, in
	job.outputs.inputs = append(job.outputs.inputs, in)
	if err := job.checkOutputs(); err != nil {
		in.Close()
		return err
	}
	f, err := readCOCO(ctx, job.c, in)
	var data *coco.Error
	switch {
	case isReadError(err):
		return err
	case errors.As(err, &data):
		job.add(coco.Finding{Code: check.FileUnreadable, Place: coco.Place{Member: data.Path}, Reason: strings.TrimPrefix(data.Error(), data.Path+": ")})
	case errors.Is(err, errInput):
		job.add(coco.Finding{Code: check.FileUnreadable, Reason: err.Error()})
	case err != nil:
		return err
	default:
		job.dataset = f.Dataset
	}
	if err != nil && o.out != "" {
		return err
	}
	if job.dataset == nil || o.tileMeta == "" {
		return nil
	}
	return job.readTable(o.tileMeta)
}

// checkOutputs refuses early what could not be written.
func (job *checkJob) checkOutputs() error {
	for _, path := range []string{job.o.out, job.o.changes, job.o.sarif} {
		if path == "" {
			continue
		}
		if path == job.o.sarif && madeSARIF(path) {
			continue
		}
		if err := job.outputs.check(path); err != nil {
			return err
		}
	}
	return nil
}

// readTable reads the tiles' table.
func (job *checkJob) readTable(path string) error {
	in, err := openInput(job.c, path)
	if err != nil {
		return err
	}
	defer in.Close()
	job.outputs.inputs = append(job.outputs.inputs, in)
	job.table, err = wsi.ReadTable(in)
	var row *wsi.RowError
	if errors.As(err, &row) {
		job.add(coco.Finding{Code: wsi.TableInvalid, File: filepath.Base(in.name), Line: row.Line, Reason: row.Error()})
		return nil
	}
	if err != nil {
		return inFile(in.name, err)
	}
	_, err = in.provenance()
	return err
}

// options are the library's.
func (job *checkJob) options() *check.Options {
	opts := &check.Options{Tiny: job.o.tiny, Near: job.o.near, Workers: job.o.workers, OpenCV: job.folder()}
	if job.table != nil && !job.folder() { // whose tiles are placed by the table
		opts.Origin = func(name string) (check.Origin, bool) {
			t, ok := job.table.Tile(name)
			return check.Origin{Subset: t.Dataset, Members: []check.OriginMember{
				{Name: "dataset", Value: t.Dataset}, {Name: "source_wsi", Value: t.WSI}, {Name: "i", Value: t.I}, {Name: "j", Value: t.J}}}, ok
		}
	}
	return opts
}

// look looks at the dataset.
func (job *checkJob) look(ctx context.Context) error {
	if job.dataset == nil {
		return nil
	}
	opts := job.options()
	if job.o.images != "" {
		var err error
		if job.files, err = readImageFiles(ctx, job.c, job.o.images, job.dataset.Images); err != nil {
			return err
		}
		opts.Files = job.files
	}
	found := check.Dataset(job.dataset, opts)
	if job.folder() {
		job.locate(found)
		return ctx.Err()
	}
	if found = job.counted(found); len(job.findings) > 0 { // in the table
		found = append(job.findings, found...)
	}
	job.findings = found
	return ctx.Err()
}

// fix repairs the dataset, and looks at what is left.
func (job *checkJob) fix() error {
	fixed, changes := check.Fix(job.dataset, &check.FixOptions{Files: job.files, Skip: job.o.skip, Workers: job.o.workers})
	job.fixed, job.changes = fixed, changes
	opts := job.options()
	if job.files != nil && len(fixed.Images) == len(job.files) {
		opts.Files = job.files
	}
	job.left = job.counted(check.Dataset(fixed, opts))
	if fixed.Licenses == nil {
		fixed.Licenses = json.RawMessage(`[]`)
	}
	if _, ours := provenanceIn(fixed.Info); ours && len(changes) == 0 {
		return nil // fixed again: the same bytes
	}
	info, err := job.info("repaired copy of "+filepath.Base(job.in.name), coco.Field{Key: "source", Value: job.dataset.Info})
	if err == nil {
		fixed.Info = info
	}
	return err
}

// info is what a written file says of its making.
func (job *checkJob) info(description string, more ...coco.Field) (json.RawMessage, error) {
	options := map[string]any{"fix": true}
	if len(job.o.ignored) > 0 {
		options["ignore"] = job.o.ignored
	}
	from := provenance{Version: version, Command: "check", Options: options}
	for _, in := range job.outputs.inputs {
		from.Inputs = append(from.Inputs, in.told)
	}
	return from.info(description, more...)
}

// write writes the files that are asked for, together.
func (job *checkJob) write() error {
	if job.fixed != nil {
		if err := writeCOCO(&job.outputs, job.o.out, job.fixed); err != nil {
			return err
		}
	}
	if job.o.changes != "" {
		if err := job.writeChanges(); err != nil {
			return err
		}
	}
	if job.o.sarif != "" {
		if err := job.writeSARIF(); err != nil {
			return err
		}
	}
	return job.outputs.commit()
}

// writeChanges writes the changes: a JSON object or, by suffix, one a line.
func (job *checkJob) writeChanges() error {
	out, err := job.outputs.create(job.o.changes)
	if err != nil {
		return err
	}
	lines := strings.Contains(filepath.Base(job.o.changes), ".jsonl")
	var text bytes.Buffer
	if !lines {
		info, err := job.info("changes of " + filepath.Base(job.in.name))
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
		return out.failed(err)
	}
	return out.finish()
}
