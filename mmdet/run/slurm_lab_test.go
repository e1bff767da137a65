//go:build unix

package run

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// A slurmLab is a lab with a fake Slurm. Its test is not parallel, since programs are found
// in the PATH of this process.
type slurmLab struct {
	*lab
	queue string
	jobs  []Job // of the last submission
}

func newSlurmLab(t *testing.T, stages, head string) *slurmLab {
	t.Helper()
	l := &slurmLab{lab: makeLab(t, t.TempDir(), stages, head), queue: t.TempDir()}
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for _, name := range []string{"sbatch", "squeue", "scancel", "scontrol", "srun"} {
		if err := os.Symlink(executable, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	t.Setenv("RUN_FAKE", "programs")
	t.Setenv("RUN_FAKE_SLURM", l.queue)
	l.o.Env = nil
	return l
}

// submit submits the recipe, and returns what became of each stage in a line.
func (l *slurmLab) submit(o SubmitOptions) (string, error) {
	l.t.Helper()
	l.jobs = nil
	var lines strings.Builder
	o.Report = func(j Job) error {
		l.jobs = append(l.jobs, j)
		fmt.Fprintf(&lines, "%s %s %s", j.Stage, j.State, j.Job)
		if j.After != nil {
			fmt.Fprintf(&lines, " after %s", strings.Join(j.After, ","))
		}
		if j.Replaces != nil {
			fmt.Fprintf(&lines, " for %s", strings.Join(j.Replaces, ","))
		}
		lines.WriteString("; ")
		return nil
	}
	o.Command = fakeCommand
	err := l.runner().Submit(l.t.Context(), o)
	return strings.TrimSuffix(lines.String(), "; "), err
}

// set changes the state of a job.
func (l *slurmLab) set(n int, state, reason string) {
	l.t.Helper()
	j, err := readFakeJob(l.queue, n)
	if err != nil {
		l.t.Fatal(err)
	}
	j.State, j.Reason = state, reason
	j.write(l.queue, n)
}

// live lists the jobs in the queue.
func (l *slurmLab) live() string {
	var out []string
	for n := 1; ; n++ {
		j, err := readFakeJob(l.queue, n)
		if err != nil {
			return strings.Join(out, " ")
		}
		if j.State != "GONE" {
			out = append(out, strconv.Itoa(n))
		}
	}
}
