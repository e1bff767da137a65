package run

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/hubdata/hubdata/mmdet"
)

// jobScript returns the script of a stage's job.
func jobScript(workDir string) string { return besideLock(workDir, ".job.sh") }

// jobOutput returns the output file of a stage's job, in the form that sbatch expects.
func jobOutput(workDir string) string {
	return strings.ReplaceAll(besideLock(workDir, "-"), "%", "%%") + "%j.out"
}

// jobOutputOf returns the output file of a job of a stage.
func jobOutputOf(workDir, job string) string { return besideLock(workDir, "-"+job+".out") }

func besideLock(workDir, suffix string) string {
	return filepath.Join(filepath.Dir(workDir), ".hubdata", filepath.Base(workDir)+suffix)
}

// jobPort returns a port that depends on the job's number, so that jobs on one node use
// different ones.
func jobPort(job string) int {
	n, err := strconv.Atoi(job)
	if err != nil || n < 0 {
		return 0
	}
	return 20000 + n%20000
}

// slurm returns a command that calls a program of Slurm.
func (r *Runner) slurm(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = r.o.Env
	return cmd
}

// jobIsGone reports whether the owner of a lock was a job that Slurm no longer knows.
func (r *Runner) jobIsGone(o Owner) bool {
	if o.Job == "" {
		return false
	}
	text, err := r.slurm(context.Background(), "squeue", "--noheader", "--jobs="+o.Job, "--format=%T").CombinedOutput()
	if err != nil {
		return strings.Contains(string(text), "Invalid job id")
	}
	return strings.TrimSpace(string(text)) == ""
}

// findHead determines the host and port where the processes of several nodes meet.
func (r *Runner) findHead(ctx context.Context) error {
	nodes := getenv(r.o.Env, "SLURM_JOB_NODELIST")
	if r.job == "" || nodes == "" {
		return nil
	}
	path, err := lookPath("scontrol", "")
	if err != nil {
		return err
	}
	text, err := r.slurm(ctx, path, "show", "hostnames", nodes).Output()
	if err != nil {
		return &InfrastructureError{Reason: fmt.Sprintf("scontrol show hostnames %s: %v", nodes, err)}
	}
	if hosts := strings.Fields(string(text)); len(hosts) > 0 {
		r.survey.head = fmt.Sprintf("%s:%d", hosts[0], jobPort(r.job))
	}
	return nil
}

// requeue requeues the job that this process runs in, unless it would only do the same
// again. before is how far the stage was when this job started it.
func (r *Runner) requeue(ctx context.Context, s *mmdet.Stage, before string) error {
	if r.job == "" {
		return interruptedf("stage %s was stopped, and there is no job to requeue", s.ID)
	}
	step, _ := r.surveyStage(s)
	if step.reached() == before {
		what := "no new checkpoint"
		if !s.Trains() {
			what = "no new result"
		}
		return &TimeError{Stage: s.ID, Reason: what + " since its last start, so it was not requeued",
			Advice: "give its jobs more time (launch.slurm in the recipe), or let it save more often, and submit it again"}
	}
	restarts, _ := strconv.Atoi(getenv(r.o.Env, "SLURM_RESTART_COUNT"))
	if most := r.recipe.Launch.Slurm.Requeues; restarts >= most {
		return &TimeError{Stage: s.ID, Reason: fmt.Sprintf("job %s had been requeued %d times, the most that launch.slurm.requeues permits", r.job, restarts),
			Advice: "submit it again: it resumes from the last checkpoint"}
	}
	if text, err := r.slurm(context.WithoutCancel(ctx), "scontrol", "requeue", r.job).CombinedOutput(); err != nil {
		return &InfrastructureError{fmt.Sprintf("stage %s was stopped, and scontrol requeue %s failed: %v: %s", s.ID, r.job, err, strings.TrimSpace(string(text))),
			"submit it again: it resumes from the last checkpoint"}
	}
	return interruptedf("time limit reached: stage %s was stopped, and job %s was requeued", s.ID, r.job)
}

// srun puts srun before a command line if the recipe says so.
func (r *Runner) srun(s *mmdet.Stage, command *mmdet.Command) {
	words := r.recipe.Srun(s, r.job != "")
	if words == nil {
		return
	}
	command.Argv = append(words, command.Argv...)
	if port := jobPort(r.job); port > 0 {
		command.Env = append(command.Env, fmt.Sprintf("MASTER_PORT=%d", port))
	}
}

// reached identifies how far a stage is: another start would begin there.
func (step *surveyed) reached() string {
	var text strings.Builder
	if st := step.State; st != nil {
		for _, o := range st.Outputs {
			fmt.Fprintf(&text, "%q %s\n", o.File, o.Sum.SHA256)
		}
	}
	if c := step.Resume; c != nil {
		// The name may be the same for all epochs.
		if info, err := os.Stat(filepath.Join(step.WorkDir, c.Name)); err == nil {
			fmt.Fprintf(&text, "%q %d %d\n", c.Name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return text.String()
}
