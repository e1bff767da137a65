package run

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hubdata/hubdata/mmdet"
)

// queuedJob is a job of a stage in Slurm's queue.
type queuedJob struct {
	ID     string
	State  string // such as PENDING
	Reason string // of a pending job, such as Priority
	script string
}

// waits reports whether a job has not begun, or is to begin again.
func (j queuedJob) waits() bool {
	switch j.State {
	case "PENDING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD":
		return true
	}
	return false
}

// ends reports whether a job is ending. It is not known yet whether it is requeued.
func (j queuedJob) ends() bool { return j.State == "COMPLETING" || j.State == "STAGE_OUT" }

// neverRuns is the reason of a job that needs one that has failed. Slurm is about to
// remove it.
const neverRuns = "DependencyNeverSatisfied"

func (j queuedJob) String() string {
	text := "job " + j.ID + " is " + strings.ToLower(strings.ReplaceAll(j.State, "_", " "))
	if j.waits() && j.Reason != "" && j.Reason != "None" {
		text += ": " + j.Reason
	}
	return text
}

// queueTimeout is the time after which squeue is not waited for.
const queueTimeout = time.Minute

// queue returns the jobs of this user that are in Slurm's queue.
func (r *Runner) queue(ctx context.Context) ([]queuedJob, error) {
	path, err := lookPath("squeue", "")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()
	// The path of the script is last, since it may contain any character.
	text, err := r.slurm(ctx, path, "--noheader", "--user="+strconv.Itoa(os.Getuid()), "--format=%i|%T|%r|%o").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return nil, &InfrastructureError{Reason: fmt.Sprintf("squeue: %v", err), Advice: "try again when Slurm answers"}
	}
	var jobs []queuedJob
	for line := range strings.Lines(string(text)) {
		if f := strings.SplitN(strings.TrimRight(line, "\n"), "|", 4); len(f) == 4 {
			jobs = append(jobs, queuedJob{f[0], f[1], f[2], strings.TrimSpace(f[3])})
		}
	}
	return jobs, nil
}

// jobsOf returns the jobs of a stage, first those that have begun, then its last job. A job
// belongs to the stage whose script it runs, or whose last job had its number.
func jobsOf(jobs []queuedJob, workDir string, last *submittedJob) []queuedJob {
	script := jobScript(workDir)
	var out []queuedJob
	for _, j := range jobs {
		if j.script == script || last != nil && j.ID == last.Job {
			out = append(out, j)
		}
	}
	rank := func(j queuedJob) int {
		switch {
		case !j.waits():
			return 0
		case last != nil && j.ID == last.Job:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out, func(a, b queuedJob) int { return cmp.Compare(rank(a), rank(b)) })
	return out
}

// submittedJob is what is stored of the last job of a stage.
type submittedJob struct {
	Job   string   `json:"job"`             // its number
	After []string `json:"after,omitempty"` // jobs that must succeed before it begins
	Sum   string   `json:"sum"`             // of its options and its script
}

// jobRecord returns the file with a stage's last job.
func jobRecord(workDir string) string { return besideLock(workDir, ".job") }

// readJob returns the last job of a stage, or nil if it had none.
func readJob(workDir string) *submittedJob {
	text, err := readFile(jobRecord(workDir), maxLock)
	if err != nil {
		return nil
	}
	j := new(submittedJob)
	if json.Unmarshal(text, j) != nil { // of an earlier version, with the number alone
		j = &submittedJob{Job: strings.TrimSpace(string(text))}
	}
	if jobPort(j.Job) == 0 {
		return nil
	}
	return j
}

func (j *submittedJob) write(workDir string) error {
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	return writeText(jobRecord(workDir), string(text)+"\n")
}

// QueueStatus returns what [Runner.Status] does, and what Slurm's queue says of the
// stages if the recipe uses Slurm: a stage whose job waits is [IsQueued]. An error says
// why the queue could not be read; the status is valid anyway.
func (r *Runner) QueueStatus(ctx context.Context) ([]Status, error) {
	if r.recipe.Launch.Engine != mmdet.SlurmEngine {
		return r.Status(), nil
	}
	jobs, err := r.queue(ctx)
	if err != nil {
		return r.Status(), err
	}
	r.survey.gone = r.jobIsGone
	out := r.Status()
	for i := range out {
		out[i].inQueue(jobs, r.survey.step(r.stages[i]))
	}
	return out, nil
}

// inQueue adds what the queue says of a stage.
func (s *Status) inQueue(jobs []queuedJob, step *surveyed) {
	if s.Condition == IsDone || s.Condition == IsRunning || s.Condition == IsUnreadable {
		return
	}
	last := readJob(s.Folder)
	if own := jobsOf(jobs, s.Folder, last); len(own) > 0 {
		why := []string{own[0].String()}
		if s.Condition != IsBlocked || step.Err != nil { // else it waits as its job does
			why = append(why, s.Why...)
		}
		s.Condition, s.Job, s.Why = IsQueued, own[0].ID, why
		return
	}
	if last == nil {
		return
	}
	output := jobOutputOf(s.Folder, last.Job)
	switch begun := step.State != nil && step.State.Job == last.Job; {
	case begun && (step.State.Status != started || !exists(output)):
	case begun: // killed, and Slurm may have said why
		s.Why = append(s.Why, "the output of its job is in "+output)
	case exists(output):
		s.Why = append(s.Why, fmt.Sprintf("job %s ended before it began the stage: its output is in %s", last.Job, output))
	default:
		s.Why = append(s.Why, fmt.Sprintf("job %s left the queue before it began", last.Job))
	}
}

// A follower reports whether a stage is running, or a job that will run it is in the
// queue.
type follower struct {
	r       *Runner
	stage   *mmdet.Stage
	asked   time.Time // when the queue was asked
	pending bool      // what it answered
}

// queueEvery is the shortest time between two questions to the queue.
const queueEvery = 5 * time.Second

func (f *follower) continues(ctx context.Context) (bool, error) {
	dir := f.r.recipe.WorkDir(f.stage)
	held, err := readLock(dir, self(f.r.job), nil)
	if err != nil {
		return false, err
	}
	if held != nil && (!held.Elsewhere || held.Owner.Job == "") {
		f.asked = time.Time{} // when it ends, its job may be requeued
		return true, nil
	}
	if f.r.recipe.Launch.Engine != mmdet.SlurmEngine {
		return false, nil
	}
	if st, err := readState(dir); err != nil || st != nil && st.Status == done {
		return false, err
	}
	if time.Since(f.asked) < queueEvery {
		return f.pending, nil
	}
	first := f.asked.IsZero()
	f.asked = time.Now()
	jobs, err := f.r.queue(ctx)
	if err != nil && first {
		return false, err
	} else if err != nil { // it may answer later
		return f.pending, ctx.Err()
	}
	f.pending = len(jobsOf(jobs, dir, readJob(dir))) > 0 ||
		held != nil && slices.ContainsFunc(jobs, func(j queuedJob) bool { return j.ID == held.Owner.Job })
	return f.pending, nil
}

// settle waits, for a minute at most, until none of the jobs for which mine is true is
// ending: then it is in the queue again, or gone. It returns the queue after that.
func (r *Runner) settle(ctx context.Context, jobs []queuedJob, mine func(queuedJob) bool) ([]queuedJob, error) {
	for range 60 {
		if !slices.ContainsFunc(jobs, func(j queuedJob) bool { return j.ends() && mine(j) }) {
			break
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
		var err error
		if jobs, err = r.queue(ctx); err != nil {
			return nil, err
		}
	}
	return jobs, nil
}

// workRoot returns the folder with the folders of the stages.
func (r *Runner) workRoot() string { return filepath.Dir(r.recipe.WorkDir(r.stages[0])) }
