package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
)

// checkJob is a run of check.
type checkJob struct {
	c        *console
	o        *checkOptions
	outputs  outputs
	name     string // of the input
	dataset  *coco.Dataset
	in       *input     // of the dataset; nil: a folder
	outlines *outlines  // nil: a file
	table    *wsi.Table // nil: none
	files    []coco.ImageFile
	findings []finding

	fixed   *coco.Dataset
	changes []coco.Change
	left    []finding // of fixed
}

// finding is a problem and where it is.
type finding struct {
	Code     coco.Code `json:"code"`
	Severity string    `json:"severity"`
	File     string    `json:"file,omitempty"` // of a folder
	Line     int       `json:"line,omitempty"` // of that file, counted from 1
	Path     string    `json:"path,omitempty"` // in the JSON text or, of a folder, in the line's
	Tile     string    `json:"tile,omitempty"`
	Reason   string    `json:"reason"`
	image    int       // place in the dataset, if Tile is given
}

// found makes a finding of a problem of the dataset.
func found(d *coco.Dataset, p coco.Problem) finding {
	f := finding{Code: p.Code, Severity: coco.RuleOf(p.Code).Severity.String(), Path: p.Path, Reason: p.Reason}
	if p.Image >= 0 {
		f.Tile, f.image = coco.ImageName(&d.Images[p.Image]), p.Image
	}
	return f
}

// folder says whether a HuBMAP folder is looked at.
func (job *checkJob) folder() bool { return job.outlines != nil }

// add adds a finding unless its code is to be left out of account.
func (job *checkJob) add(f finding) {
	if !job.o.skip(f.Code) {
		f.Severity = coco.RuleOf(f.Code).Severity.String()
		job.findings = append(job.findings, f)
	}
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
	holdInput(sizeOf(o.in), 4)
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
		job.add(finding{Code: coco.FileUnreadable, Path: data.Path, Reason: strings.TrimPrefix(data.Error(), data.Path+": ")})
	case errors.Is(err, errInput):
		job.add(finding{Code: coco.FileUnreadable, Reason: err.Error()})
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
		job.add(finding{Code: coco.TableInvalid, File: filepath.Base(in.name), Line: row.Line, Reason: row.Error()})
		return nil
	}
	if err != nil {
		return inFile(in.name, err)
	}
	_, err = in.provenance()
	return err
}

// options are the library's.
func (job *checkJob) options() *coco.CheckOptions {
	opts := &coco.CheckOptions{Tiny: job.o.tiny, Near: job.o.near, Workers: job.o.workers, OpenCV: job.folder()}
	if job.table != nil && !job.folder() { // whose tiles are placed by the table
		opts.Tile = func(name string) (coco.TilePlace, bool) {
			t, ok := job.table.Tile(name)
			return coco.TilePlace{Dataset: t.Dataset, WSI: t.WSI, I: t.I, J: t.J}, ok
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
		opts.Files, opts.NearHash = job.files, nearHash
	}
	problems := job.dataset.Check(opts)
	if job.folder() {
		job.outlines.place(job, problems)
		return ctx.Err()
	}
	for _, p := range problems {
		if !job.o.skip(p.Code) {
			job.findings = append(job.findings, found(job.dataset, p))
		}
	}
	return ctx.Err()
}

// fix repairs the dataset, and looks at what is left.
func (job *checkJob) fix() error {
	fixed, changes := job.dataset.Fix(&coco.FixOptions{Files: job.files, Skip: job.o.skip, Workers: job.o.workers})
	job.fixed, job.changes = fixed, changes
	opts := job.options()
	if job.files != nil && len(fixed.Images) == len(job.files) {
		opts.Files, opts.NearHash = job.files, nearHash
	}
	for _, p := range fixed.Check(opts) {
		if !job.o.skip(p.Code) {
			job.left = append(job.left, found(fixed, p))
		}
	}
	if fixed.Licenses == nil {
		fixed.Licenses = json.RawMessage(`[]`)
	}
	if len(changes) == 0 && madeInfo(fixed.Info) {
		return nil // fixed again: the same bytes
	}
	info, err := job.info("repaired copy of " + filepath.Base(job.in.name))
	if err != nil {
		return err
	}
	fixed.Info = withSource(info, job.dataset.Info)
	return nil
}

// info is what a written file says of its making.
func (job *checkJob) info(description string) (json.RawMessage, error) {
	options := map[string]any{"fix": true}
	if len(job.o.ignored) > 0 {
		options["ignore"] = job.o.ignored
	}
	from := planFrom{Version: version, Command: "check", Options: options}
	for _, in := range job.outputs.inputs {
		from.Inputs = append(from.Inputs, in.told)
	}
	return json.Marshal(planInfo{Description: description, Hubdata: from})
}

// madeInfo says whether an info object names hubdata as the maker.
func madeInfo(info json.RawMessage) bool {
	var s setInfo
	return info != nil && json.Unmarshal(info, &s) == nil && s.Hubdata.Version != ""
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
