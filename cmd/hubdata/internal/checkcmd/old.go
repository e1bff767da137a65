package checkcmd

import (
	"context"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
)

// Job is [Read] and [Subject.Check] for callers that have not changed to these.
type Job struct {
	Console  *ui.Console
	Options  *Options
	Outputs  files.Outputs
	Name     string
	Dataset  *coco.Dataset
	Findings []coco.Finding

	subject *Subject
	report  *Report
}

// Read reads the dataset.
func (job *Job) Read(ctx context.Context) (err error) {
	if job.subject, err = Read(ctx, job.Console, *job.Options); err == nil {
		job.Name, job.Dataset, job.Outputs.Inputs = job.subject.Name, job.subject.Dataset, job.subject.inputs
	}
	return err
}

// Look checks it.
func (job *Job) Look(ctx context.Context) (err error) {
	if job.report, err = job.subject.Check(ctx); err == nil {
		job.Findings = job.report.found
	}
	return err
}

// Folder reports whether it is a folder.
func (job *Job) Folder() bool { return job.subject.IsFolder() }

// Report is what was found.
func (job *Job) Report() *Report { return job.report }
