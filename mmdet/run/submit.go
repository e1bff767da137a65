package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/hubdata/hubdata/mmdet"
)

// Job describes a stage that was to be submitted to Slurm.
type Job struct {
	Stage   string        `json:"stage"`
	State   JobState      `json:"state"`
	Job     string        `json:"job,omitempty"`     // number of the job
	After   []string      `json:"after,omitempty"`   // jobs that must succeed before it begins
	Command []string      `json:"command,omitempty"` // of a planned job, with <STAGE> for jobs that do not exist yet
	Choice  *mmdet.Choice `json:"-"`                 // checkpoint of a training that is done
}

// JobState is the outcome of submitting a stage.
type JobState string

// The states of a [Job].
const (
	JobDone      JobState = "done"      // the stage is done: there is no job
	JobQueued    JobState = "queued"    // it was already in the queue
	JobSubmitted JobState = "submitted" // it is now in the queue
	JobPlanned   JobState = "planned"   // it would be submitted
)

// SubmitOptions are the options of [Runner.Submit].
type SubmitOptions struct {
	// Command returns the command line of a job: a program that runs this one stage
	// with [Options.InJob], and with the Rerun of the Runner.
	Command func(s *mmdet.Stage) []string
	// DryRun only reports what would be submitted.
	DryRun bool
	// Report is called immediately for each stage, since a job remains in the queue
	// even if a later one fails. An error from it ends Submit. nil: no calls.
	Report func(Job) error
}

// Submit submits each chosen stage that is not done to Slurm, as a job that begins when
// the jobs of the stages that it needs have succeeded. Errors are those of
// [Runner.Run]; a [*BlockedError] names a stage that needs another one that is not in
// the queue.
func (r *Runner) Submit(ctx context.Context, o SubmitOptions) error {
	if o.Report == nil {
		o.Report = func(Job) error { return nil }
	}
	if !o.DryRun {
		for _, name := range []string{"sbatch", "squeue"} {
			if _, err := lookPath(name, ""); err != nil {
				return err
			}
		}
	}
	steps, err := r.survey.all()
	if err != nil {
		return err
	}
	byID := map[string]*surveyed{}
	jobs := map[string]string{} // by stage
	for _, step := range steps {
		byID[step.Stage.ID] = step
		if !o.DryRun && step.Condition != IsDone {
			if job := readJob(step.WorkDir); job != "" && r.jobInQueue(ctx, job) {
				jobs[step.Stage.ID] = job
			}
		}
	}
	rerun := min(r.o.Rerun, RerunStale) // a stage that is done needs no job
	for _, s := range r.stages {
		step := byID[s.ID]
		act := next(step, rerun)
		if job := jobs[s.ID]; job != "" {
			if err := o.Report(Job{Stage: s.ID, State: JobQueued, Job: job}); err != nil {
				return err
			}
			continue
		}
		if act.Verb == Skip {
			if err := o.Report(Job{Stage: s.ID, State: JobDone, Choice: step.State.Choice}); err != nil {
				return err
			}
			continue
		}
		// A stage may wait for others that have jobs in the queue, but not for a file.
		if err := refusal(step, act); err != nil && (act.Verb != Wait || step.Err != nil) {
			return err
		}
		var after []string
		for _, id := range r.recipe.Needs(s) {
			switch need := byID[id]; {
			case jobs[id] != "":
				after = append(after, jobs[id])
			case need != nil && need.Condition != IsDone:
				return &BlockedError{Stage: s.ID, Reason: fmt.Sprintf("needs %s, which is %s and not in a queue", id, need.Condition)}
			}
		}
		job, err := r.submit(ctx, step, after, o)
		if err != nil {
			return err
		}
		if err := o.Report(job); err != nil {
			return err
		}
		if jobs[s.ID] = job.Job; o.DryRun {
			jobs[s.ID] = "<" + s.ID + ">"
		}
	}
	return nil
}

// submit submits a stage.
func (r *Runner) submit(ctx context.Context, step *surveyed, after []string, o SubmitOptions) (Job, error) {
	s := step.Stage
	path := jobScript(step.WorkDir)
	words := r.recipe.Sbatch(s, after, path, jobOutput(step.WorkDir))
	if o.DryRun {
		return Job{Stage: s.ID, State: JobPlanned, After: after, Command: words}, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return Job{}, err
	}
	// exec replaces the shell by the program, so that the program receives the job's
	// signals.
	if err := writeText(path, "#!/bin/sh\nexec "+mmdet.Quote(o.Command(s))+"\n"); err != nil {
		return Job{}, err
	}
	text, err := r.slurm(ctx, words[0], words[1:]...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return Job{}, &InfrastructureError{fmt.Sprintf("stage %s: sbatch rejected the job: %s", s.ID, strings.TrimSpace(string(exit.Stderr))),
			"launch.slurm in the recipe sets its options; jobs that were already submitted stay in the queue"}
	} else if err != nil {
		return Job{}, err
	}
	// With several clusters the name of the cluster follows: 123;cluster.
	number, _, _ := strings.Cut(strings.TrimSpace(string(text)), ";")
	if jobPort(number) == 0 {
		return Job{}, &InfrastructureError{Reason: fmt.Sprintf("stage %s: sbatch --parsable printed %q, expected the number of a job", s.ID, text)}
	}
	if err := writeText(jobRecord(step.WorkDir), number+"\n"); err != nil {
		return Job{}, err
	}
	return Job{Stage: s.ID, State: JobSubmitted, Job: number, After: after}, nil
}
