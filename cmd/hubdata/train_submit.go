package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hubdata/hubdata/internal/atomicfile"
	"github.com/hubdata/hubdata/mmdet"
	"github.com/urfave/cli/v2"
)

const trainSubmitHelp = `Puts each stage of a recipe that is not done into the queue of Slurm, as a job that
begins when the jobs of the stages that it needs have ended well. A stage whose job
is in the queue already is not put there again. Before its time is over a job stops
its training, goes back into the queue, and goes on from the last checkpoint.

examples:
   hubdata train submit --dry-run
   hubdata train submit
   hubdata train submit --until cbnet-2 winner.yaml
   hubdata train submit --json | jq -r 'select(.job) | .job' > jobs.txt`

func trainSubmitCommand(c *console) *cli.Command {
	return &cli.Command{
		Name:        "submit",
		Usage:       "put the stages of a recipe into the queue of Slurm",
		UsageText:   "[flags] [RECIPE]",
		Description: trainSubmitHelp,
		Flags: append(selectFlags(),
			&cli.BoolFlag{Name: "dry-run", Usage: "only print the command lines"},
			&cli.BoolFlag{Name: "rerun", Usage: "let stale stages begin anew"},
			jsonFlag("an object a line for each stage,"),
			quietFlag("remarks"),
		),
		Action: func(ctx *cli.Context) error {
			r, err := newTrainRun(c, ctx)
			if err != nil {
				return trainFailure(err)
			}
			r.dryRun, r.rerun = ctx.Bool("dry-run"), ctx.Bool("rerun")
			return trainFailure(r.submit(ctx.Context))
		},
	}
}

// stageJob tells what became of a stage.
type stageJob struct {
	Stage   string   `json:"stage"`
	State   string   `json:"state"`             // done, queued before, submitted now, or planned by --dry-run
	Job     string   `json:"job,omitempty"`     // its number
	After   []string `json:"after,omitempty"`   // jobs that are to end well before it begins
	Command []string `json:"command,omitempty"` // of --dry-run; a job that is not there yet is <STAGE>
}

// submitted prints what became of a stage, at once: it stays so whatever becomes of the next.
func (r *trainRun) submitted(j *stageJob, step *mmdet.Step) error {
	switch {
	case r.c.json:
		if err := json.NewEncoder(r.c.out).Encode(j); err != nil {
			return err
		}
	case j.State == "done":
		r.c.note("stage %s is done%s", j.Stage, choiceText(step))
	case j.State == "queued":
		r.c.note("stage %s is in the queue as job %s", j.Stage, j.Job)
	case j.State == "planned":
		fmt.Fprintln(r.c.out, quoteWords(j.Command))
	default:
		text := ""
		if len(j.After) > 0 {
			text = " after " + strings.Join(j.After, ", ")
		}
		fmt.Fprintf(r.c.out, "stage %s is job %s%s\n", j.Stage, j.Job, text)
	}
	return r.c.flush()
}

// submit puts the chosen stages into the queue.
func (r *trainRun) submit(ctx context.Context) error {
	recipe := r.survey.Recipe
	if !r.dryRun {
		for _, name := range []string{"sbatch", "squeue"} {
			if _, err := lookPath(name, ""); err != nil {
				return err
			}
		}
	}
	steps, err := r.survey.All()
	if err != nil {
		return err
	}
	byID := map[string]*mmdet.Step{}
	jobs := map[string]string{} // by stage
	for _, step := range steps {
		byID[step.Stage.ID] = step
		if !r.dryRun && step.Condition != mmdet.IsDone {
			if job := readJob(step.WorkDir); job != "" && jobInQueue(ctx, job) {
				jobs[step.Stage.ID] = job
			}
		}
	}
	for _, s := range r.stages {
		step := byID[s.ID]
		act := mmdet.Next(step, r.rerun, false)
		if job := jobs[s.ID]; job != "" {
			if err := r.submitted(&stageJob{Stage: s.ID, State: "queued", Job: job}, step); err != nil {
				return err
			}
			continue
		}
		switch act.Verb {
		case mmdet.Skip:
			if err := r.submitted(&stageJob{Stage: s.ID, State: "done"}, step); err != nil {
				return err
			}
			continue
		case mmdet.Refuse:
			return staleFailure(step, act.Reason)
		case mmdet.Busy:
			return step.Held
		case mmdet.Wait:
			if step.Err != nil {
				return blockedFailure(step, act.Reason)
			}
		}
		var after []string
		for _, id := range recipe.Needs(s) {
			switch need := byID[id]; {
			case jobs[id] != "":
				after = append(after, jobs[id])
			case need != nil && need.Condition != mmdet.IsDone:
				return usagef("stage %s needs %s, which is %s and in no queue", s.ID, id, need.Condition).hint("--until %s submits what it needs, too", s.ID)
			}
		}
		if jobs[s.ID], err = r.submitStage(ctx, step, after); err != nil {
			return err
		}
	}
	return nil
}

// submitStage puts a stage into the queue and returns the number of its job.
func (r *trainRun) submitStage(ctx context.Context, step *mmdet.Step, after []string) (string, error) {
	s := step.Stage
	script, err := r.jobScript(s)
	if err != nil {
		return "", err
	}
	path := mmdet.JobScript(step.WorkDir)
	words := r.survey.Recipe.Sbatch(s, after, path, mmdet.JobOutput(step.WorkDir))
	if r.dryRun {
		return "<" + s.ID + ">", r.submitted(&stageJob{Stage: s.ID, State: "planned", After: after, Command: words}, step)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", err
	}
	if err := writeText(path, script); err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	text, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return "", failf(exitInfrastructure, "stage %s: sbatch refused the job: %s", s.ID, strings.TrimSpace(string(exit.Stderr))).
				hint("launch.slurm in the recipe has its options; what was submitted before stays in the queue")
		}
		return "", err
	}
	// With several clusters the name of one follows: 123;cluster.
	job, _, _ := strings.Cut(strings.TrimSpace(string(text)), ";")
	if mmdet.JobPort(job) == 0 {
		return "", failf(exitInfrastructure, "stage %s: sbatch --parsable printed %q: want the number of a job", s.ID, text)
	}
	if err := writeText(mmdet.JobRecord(step.WorkDir), job+"\n"); err != nil {
		return "", err
	}
	return job, r.submitted(&stageJob{Stage: s.ID, State: "submitted", Job: job, After: after}, step)
}

// jobScript is what a job runs: this program, in place of the shell, so that it gets
// the job's signals.
func (r *trainRun) jobScript(s *mmdet.Stage) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	recipe, err := filepath.Abs(r.file)
	if err != nil {
		return "", err
	}
	words := []string{self, "train", "run", "--in-job", "--stage", s.ID}
	if r.rerun {
		words = append(words, "--rerun")
	}
	return "#!/bin/sh\nexec " + quoteWords(append(words, recipe)) + "\n", nil
}

func writeText(path, text string) error {
	return atomicfile.WriteFile(path, func(w io.Writer) error { _, err := io.WriteString(w, text); return err })
}

// readJob reads the number of a stage's last job; empty: it had none.
func readJob(workDir string) string {
	text, err := os.ReadFile(mmdet.JobRecord(workDir))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// jobInQueue asks Slurm whether a job waits or runs.
func jobInQueue(ctx context.Context, job string) bool {
	text, err := exec.CommandContext(ctx, "squeue", "--noheader", "--jobs="+job, "--format=%T").Output()
	return err == nil && slices.Contains([]string{"PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "SUSPENDED", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT"}, strings.TrimSpace(string(text)))
}

// jobIsGone says whether the owner of a lock was a job that Slurm no longer knows.
func (r *trainRun) jobIsGone(o mmdet.Owner) bool {
	if o.Job == "" {
		return false
	}
	text, err := exec.Command("squeue", "--noheader", "--jobs="+o.Job, "--format=%T").CombinedOutput()
	if err != nil {
		return strings.Contains(string(text), "Invalid job id")
	}
	return strings.TrimSpace(string(text)) == ""
}

// findHead finds where the processes of several nodes meet.
func (r *trainRun) findHead(ctx context.Context) error {
	job, nodes := os.Getenv("SLURM_JOB_ID"), os.Getenv("SLURM_JOB_NODELIST")
	if job == "" || nodes == "" {
		return nil
	}
	path, err := lookPath("scontrol", "")
	if err != nil {
		return err
	}
	text, err := exec.CommandContext(ctx, path, "show", "hostnames", nodes).Output()
	if err != nil {
		return failf(exitInfrastructure, "scontrol show hostnames %s: %v", nodes, err)
	}
	if hosts := strings.Fields(string(text)); len(hosts) > 0 {
		r.survey.Head = fmt.Sprintf("%s:%d", hosts[0], mmdet.JobPort(job))
	}
	return nil
}

// requeue puts the job that this process runs in into the queue again.
func (r *trainRun) requeue(ctx context.Context, s *mmdet.Stage) error {
	job := os.Getenv("SLURM_JOB_ID")
	if job == "" {
		return interrupted("stage %s was stopped, and there is no job to put into the queue again", s.ID)
	}
	if text, err := exec.CommandContext(context.WithoutCancel(ctx), "scontrol", "requeue", job).CombinedOutput(); err != nil {
		return failf(exitInfrastructure, "stage %s was stopped, and scontrol requeue %s failed: %v: %s", s.ID, job, err, strings.TrimSpace(string(text))).
			hint("submit again: it goes on from the last checkpoint")
	}
	return interrupted("time is over: stage %s was stopped, and job %s is in the queue again", s.ID, job)
}

// slurmWords puts srun before a command line, where the recipe wants it.
func (r *trainRun) slurmWords(s *mmdet.Stage, command *mmdet.Command) {
	job := os.Getenv("SLURM_JOB_ID")
	srun := r.survey.Recipe.Srun(s, job != "")
	if srun == nil || command.Argv[0] == "srun" {
		return
	}
	command.Argv = append(srun, command.Argv...)
	if port := mmdet.JobPort(job); job != "" && port > 0 {
		command.Env = append(command.Env, fmt.Sprintf("MASTER_PORT=%d", port))
	}
}

// quoteWords writes words as a shell reads them.
func quoteWords(words []string) string {
	var out []string
	for _, w := range words {
		out = append(out, quoteWord(w))
	}
	return strings.Join(out, " ")
}

func quoteWord(w string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_@%+=:,./-", c)
	}
	if w != "" && strings.IndexFunc(w, func(c rune) bool { return !plain(c) }) < 0 {
		return w
	}
	return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
}
