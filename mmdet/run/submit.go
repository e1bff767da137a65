package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hubdata/hubdata/mmdet"
)

// Job describes a stage that was to be submitted to Slurm.
type Job struct {
	Stage string   `json:"stage"`
	State JobState `json:"state"`
	Job   string   `json:"job,omitempty"`   // number of the job
	After []string `json:"after,omitempty"` // jobs that must succeed before it begins
	// Replaces has the jobs of the stage that were removed from the queue: they waited for
	// jobs that are gone, or had other options.
	Replaces []string `json:"replaces,omitempty"`
	// NotChecked has the datasets that the data check of a training did not read, since a
	// job writes them. The training's own job checks them.
	NotChecked []string      `json:"not_checked,omitempty"`
	Command    []string      `json:"command,omitempty"` // of a planned job, with <STAGE> for jobs that do not exist yet
	Choice     *mmdet.Choice `json:"-"`                 // checkpoint of a training that is done
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
// the jobs of the stages that it needs have succeeded. A job that is in the queue already
// is kept if it is running, or if it waits for these jobs and has the same options;
// otherwise it is replaced, and so are the jobs that wait for it.
//
// Before any job is submitted, the data of the chosen trainings is checked as [Runner.Run]
// does. Errors are those of [Runner.Run]; a [*BlockedError] names a stage that needs
// another one that is not in the queue, and a [*LockedError] is returned if another Submit
// does not end.
func (r *Runner) Submit(ctx context.Context, o SubmitOptions) error {
	if o.Report == nil {
		o.Report = func(Job) error { return nil }
	}
	if !o.DryRun {
		for _, name := range []string{"sbatch", "squeue", "scancel"} {
			if _, err := lookPath(name, ""); err != nil {
				return err
			}
		}
	}
	r.survey.gone = r.jobIsGone
	steps, err := r.survey.all()
	if err != nil {
		return err
	}
	sub := &submission{r: r, o: o, steps: map[string]*surveyed{}, jobs: map[string]string{}, gone: map[string]bool{}, unchecked: map[string][]string{}}
	for _, step := range steps {
		sub.steps[step.Stage.ID] = step
	}
	if err := sub.checkData(ctx); err != nil {
		return err
	}
	if !o.DryRun {
		lock, err := r.lockSubmit(ctx)
		if err != nil {
			return err
		}
		defer lock.release()
		if steps, err = r.survey.all(); err != nil { // another one may have submitted
			return err
		}
		for _, step := range steps {
			sub.steps[step.Stage.ID] = step
		}
	}
	if err := sub.readQueue(ctx); err != nil {
		return err
	}
	for _, step := range steps {
		chosen := slices.ContainsFunc(r.stages, func(s *mmdet.Stage) bool { return s.ID == step.Stage.ID })
		if err := sub.stage(ctx, step, chosen); err != nil {
			return err
		}
	}
	return nil
}

// lockSubmit takes the lock of all Submits to a folder of work.
func (r *Runner) lockSubmit(ctx context.Context) (*lock, error) {
	// No stage has an id that begins with a period.
	name := filepath.Join(r.workRoot(), ".submit")
	for end := time.Now().Add(time.Minute); ; {
		lock, err := takeLock(name, self(r.job), false, r.jobIsGone)
		var held *LockedError
		if err == nil || !errors.As(err, &held) || time.Now().After(end) {
			return lock, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// A submission is a run of [Runner.Submit].
type submission struct {
	r         *Runner
	o         SubmitOptions
	steps     map[string]*surveyed // by stage
	queue     []queuedJob
	jobs      map[string]string   // current job by stage; there is none for a stage that is done
	gone      map[string]bool     // jobs that were removed from the queue
	unchecked map[string][]string // datasets by stage
}

// checkData checks the data of the chosen trainings that is there now.
func (sub *submission) checkData(ctx context.Context) error {
	r := sub.r
	check := DataChecker{Recipe: r.recipe, Dataset: r.o.Dataset, ImageSize: r.o.ImageSize}
	for _, s := range r.stages {
		if !s.Trains() || sub.steps[s.ID].Condition == IsDone {
			continue
		}
		if sub.unchecked[s.ID] = sub.unwritten(s); sub.unchecked[s.ID] != nil {
			continue
		}
		report, missing, err := check.Check(ctx, s)
		if err != nil {
			return err
		}
		if sub.unchecked[s.ID] = missing; missing == nil && report.Fatal() {
			return &DataError{s.ID, report}
		}
	}
	return nil
}

// unwritten returns the datasets of a stage that another one is still to write.
func (sub *submission) unwritten(s *mmdet.Stage) []string {
	var out []string
	for _, data := range sub.r.recipe.Uses(s) {
		for _, id := range sub.r.recipe.Needs(s) {
			if need := sub.steps[id]; need != nil && need.Stage.Out == data && data != "" && need.Condition != IsDone {
				out = append(out, data)
			}
		}
	}
	return out
}

// readQueue reads Slurm's queue. It waits for the jobs of the recipe that are ending.
func (sub *submission) readQueue(ctx context.Context) error {
	jobs, err := sub.r.queue(ctx)
	if err == nil && !sub.o.DryRun {
		jobs, err = sub.r.settle(ctx, jobs, func(j queuedJob) bool {
			return filepath.Dir(j.script) == filepath.Dir(jobScript(sub.r.recipe.WorkDir(sub.r.stages[0])))
		})
	}
	if err != nil && sub.o.DryRun {
		return nil // elsewhere than on the cluster
	}
	sub.queue = jobs
	return err
}

// stage submits a stage, unless it has a job that does what a new one would. A stage that
// is not chosen is submitted only to replace a job that waits for one that was removed.
func (sub *submission) stage(ctx context.Context, step *surveyed, chosen bool) error {
	s := step.Stage
	act := next(step, min(sub.r.o.Rerun, RerunStale)) // a stage that is done needs no job
	if act.Verb == Skip {
		if !chosen {
			return nil
		}
		return sub.o.Report(Job{Stage: s.ID, State: JobDone, Choice: step.State.Choice})
	}
	after, blocked := sub.after(s)
	script, words := sub.script(step)
	sum := textInput("", strings.Join(words, "\x00")+"\x00"+script).Sum
	last := readJob(step.WorkDir)
	// A stage may wait for others that have jobs in the queue, but not for a file.
	// The job waits for processes that an earlier one has left, or ends them.
	refused := refusal(step, act)
	if act.Verb == Wait && step.Err == nil || act.Verb == Busy && step.Held.Orphan {
		refused = blocked
	}
	var keep string
	var drop []string
	for _, j := range jobsOf(sub.queue, step.WorkDir, last) {
		switch {
		case !j.waits():
			keep = j.ID
		case keep != "", j.Reason == neverRuns, last != nil && last.Job == j.ID && slices.ContainsFunc(last.After, sub.isGone):
			drop = append(drop, j.ID)
		case !chosen, act.Verb == Refuse, sub.same(last, j, sum, after, s):
			keep = j.ID
		default:
			drop = append(drop, j.ID)
		}
	}
	if !chosen && len(drop) == 0 {
		if keep != "" {
			sub.jobs[s.ID] = keep
		}
		return nil
	}
	if keep == "" && refused != nil {
		return refused
	}
	if !sub.o.DryRun {
		var err error
		if keep, drop, err = sub.remove(ctx, keep, drop); err != nil {
			return err
		}
	}
	for _, id := range drop {
		sub.gone[id] = true
	}
	if keep != "" {
		sub.jobs[s.ID] = keep
		if !chosen {
			return nil
		}
		return sub.o.Report(Job{Stage: s.ID, State: JobQueued, Job: keep, Replaces: drop})
	}
	job, err := sub.submit(ctx, step, after, script, sum)
	if err != nil {
		return err
	}
	job.Replaces, job.NotChecked = drop, sub.unchecked[s.ID]
	if sub.jobs[s.ID] = job.Job; sub.o.DryRun {
		sub.jobs[s.ID] = "<" + s.ID + ">"
	}
	return sub.o.Report(job)
}

// after returns the jobs that must succeed before a stage begins, or an error that says
// which stage has none.
func (sub *submission) after(s *mmdet.Stage) ([]string, error) {
	var after []string
	for _, id := range sub.r.recipe.Needs(s) {
		switch need := sub.steps[id]; {
		case sub.jobs[id] != "":
			after = append(after, sub.jobs[id])
		case need != nil && need.Condition != IsDone:
			return nil, &BlockedError{Stage: s.ID, Reason: fmt.Sprintf("needs %s, which is %s and not in a queue", id, need.Condition)}
		}
	}
	return after, nil
}

// same reports whether a job that waits is what would be submitted now: it has the same
// options, and waits for the same jobs, of which some may have succeeded since.
func (sub *submission) same(last *submittedJob, j queuedJob, sum string, after []string, s *mmdet.Stage) bool {
	if last == nil || last.Job != j.ID || last.Sum != sum {
		return false
	}
	for _, id := range after {
		if !slices.Contains(last.After, id) {
			return false
		}
	}
	var succeeded []string
	for _, id := range sub.r.recipe.Needs(s) {
		if need := sub.steps[id]; need != nil && need.Condition == IsDone && need.State != nil {
			succeeded = append(succeeded, need.State.Job)
		}
	}
	return !slices.ContainsFunc(last.After, func(id string) bool { return !slices.Contains(after, id) && !slices.Contains(succeeded, id) })
}

// isGone reports whether a job was removed from the queue.
func (sub *submission) isGone(job string) bool { return sub.gone[job] }

// remove removes waiting jobs from the queue. One that has begun in the meantime is kept.
func (sub *submission) remove(ctx context.Context, keep string, drop []string) (string, []string, error) {
	if len(drop) == 0 {
		return keep, nil, nil
	}
	if text, err := sub.r.slurm(ctx, "scancel", append([]string{"--state=PENDING"}, drop...)...).CombinedOutput(); err != nil && ctx.Err() == nil {
		// It may just have left the queue.
		if !strings.Contains(string(text), "Invalid job id") {
			return "", nil, &InfrastructureError{Reason: fmt.Sprintf("scancel %s: %v: %s", strings.Join(drop, " "), err, strings.TrimSpace(string(text)))}
		}
	}
	jobs, err := sub.r.queue(ctx)
	if err != nil {
		return "", nil, err
	}
	drop = slices.DeleteFunc(drop, func(id string) bool {
		begun := slices.ContainsFunc(jobs, func(j queuedJob) bool { return j.ID == id && !j.waits() && !j.ends() })
		if begun {
			keep = id
		}
		return begun
	})
	return keep, drop, nil
}

// script returns the script of a stage's job, and the options without those that say
// which jobs it waits for.
func (sub *submission) script(step *surveyed) (script string, words []string) {
	words = sub.r.recipe.Sbatch(step.Stage, nil, jobScript(step.WorkDir), jobOutput(step.WorkDir))
	if sub.o.Command == nil { // of a dry run
		return "", words
	}
	// exec replaces the shell by the program, so that the program receives the job's
	// signals.
	return "#!/bin/sh\nexec " + mmdet.Quote(sub.o.Command(step.Stage)) + "\n", words
}

// submit submits a stage.
func (sub *submission) submit(ctx context.Context, step *surveyed, after []string, script, sum string) (Job, error) {
	r, s := sub.r, step.Stage
	path := jobScript(step.WorkDir)
	words := r.recipe.Sbatch(s, after, path, jobOutput(step.WorkDir))
	if sub.o.DryRun {
		return Job{Stage: s.ID, State: JobPlanned, After: after, Command: words}, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return Job{}, err
	}
	if err := writeText(path, script); err != nil {
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
	record := &submittedJob{Job: number, After: after, Sum: sum}
	if err := record.write(step.WorkDir); err != nil {
		return Job{}, err
	}
	return Job{Stage: s.ID, State: JobSubmitted, Job: number, After: after}, nil
}
