package mmdet

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// onGPU reports whether a stage needs GPUs.
func (r *Recipe) onGPU(s *Stage) bool {
	gpus, _ := r.gpus(s)
	return (s.Trains() || s.Predicts()) && gpus > 0
}

// tasks returns the number of processes that srun starts on a node: one per GPU, or a
// single one that starts those, as commands do.
func (r *Recipe) tasks(s *Stage) int {
	gpus, _ := r.gpus(s)
	if !r.onGPU(s) || r.Launch.Slurm.Launcher == "torchrun" || s.Kind == CommandKind {
		return 1
	}
	return gpus
}

// Srun returns the words that come before the command line of a stage that runs under
// Slurm, or nil if it does not. Outside of a job, srun requests one itself.
func (r *Recipe) Srun(s *Stage, inJob bool) []string {
	if r.Launch.Engine != SlurmEngine || !r.onGPU(s) {
		return nil
	}
	_, nodes := r.gpus(s)
	words := []string{"srun", "--nodes=" + strconv.Itoa(nodes), "--ntasks=" + strconv.Itoa(nodes*r.tasks(s)),
		"--ntasks-per-node=" + strconv.Itoa(r.tasks(s)), "--kill-on-bad-exit=1"}
	words = append(words, r.cpus(s)...)
	if !inJob {
		words = append(words, "--job-name="+r.jobName(s))
		words = append(words, r.resources(s)...)
	}
	return words
}

// Sbatch returns the command line that submits a stage to Slurm's queue, to run after
// other jobs. script is the script of the job, output the file for its output, in which
// %j is the job's number. Before its time is over, Slurm sends the job SIGUSR1. SIGTERM is
// not used, since scancel sends it, and then the job must not be requeued.
func (r *Recipe) Sbatch(s *Stage, after []string, script, output string) []string {
	_, nodes := r.gpus(s)
	if !r.onGPU(s) {
		nodes = 1
	}
	words := []string{"sbatch", "--parsable", "--job-name=" + r.jobName(s), "--output=" + output, "--open-mode=append",
		"--requeue", fmt.Sprintf("--signal=B:USR1@%d", r.Launch.Slurm.Lead),
		"--nodes=" + strconv.Itoa(nodes), "--ntasks-per-node=" + strconv.Itoa(r.tasks(s))}
	words = append(words, r.cpus(s)...)
	words = append(words, r.resources(s)...)
	if len(after) > 0 {
		words = append(words, "--dependency=afterok:"+strings.Join(after, ":"), "--kill-on-invalid-dep=yes")
	}
	return append(words, script)
}

// slurmOptions returns the options for a stage's job: those of the stage, else those of
// its kind, else those of all stages.
func (r *Recipe) slurmOptions(s *Stage) Resources {
	all := &r.Launch.Slurm
	o := Resources{all.Partition, all.Account, all.Time, all.Gres, r.Launch.CPUsPerTask, all.Extra}
	own := []Resources{all.Kinds[string(s.Kind)]}
	if s.Slurm != nil {
		own = append(own, *s.Slurm)
	}
	for _, more := range own {
		o.Partition = cmp.Or(more.Partition, o.Partition)
		o.Account = cmp.Or(more.Account, o.Account)
		o.Time = cmp.Or(more.Time, o.Time)
		o.Gres = cmp.Or(more.Gres, o.Gres)
		o.CPUsPerTask = cmp.Or(more.CPUsPerTask, o.CPUsPerTask)
		if more.Extra != nil {
			o.Extra = more.Extra
		}
	}
	return o
}

// cpus returns the option for the processors of each process.
func (r *Recipe) cpus(s *Stage) []string {
	n := r.slurmOptions(s).CPUsPerTask
	if n == 0 {
		return nil
	}
	return []string{"--cpus-per-task=" + strconv.Itoa(n)}
}

// resources returns the options of a job that sbatch and srun share.
func (r *Recipe) resources(s *Stage) []string {
	var words []string
	o := r.slurmOptions(s)
	for _, option := range []struct{ name, value string }{{"partition", o.Partition}, {"account", o.Account}, {"time", o.Time}} {
		if option.value != "" {
			words = append(words, "--"+option.name+"="+option.value)
		}
	}
	if r.onGPU(s) {
		gpus, _ := r.gpus(s)
		words = append(words, "--gres="+cmp.Or(o.Gres, "gpu:"+strconv.Itoa(gpus)))
	}
	return append(words, o.Extra...)
}

func (r *Recipe) jobName(s *Stage) string { return cmp.Or(r.Name, "hubdata") + "/" + s.ID }
