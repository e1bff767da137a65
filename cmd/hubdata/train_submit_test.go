//go:build unix

package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTrainSlurm submits the chain of twelve to a queue, in which some jobs get the
// signal of their time being over: they go back into the queue, go on from their own
// checkpoint, and the chain comes to the same end.
func TestTrainSlurm(t *testing.T) {
	for _, dialect := range []string{"mmdet2", "mmdet3"} {
		t.Run(dialect, func(t *testing.T) {
			stages, configs := twelve(4)
			configs["c.py"] = strings.Replace(configs["c.py"], "us=300", "us=8000", 1)
			l := newLab(t, dialect, stages, configs, `launch: {engine: slurm, gpus: 1, slurm: {partition: gpu, time: "1:00:00"}}`)
			t.Setenv("FAKE_SLURM", filepath.Join(l.dir, "slurm"))
			t.Setenv("FAKE_EVENTS", l.events)
			out, _ := l.run(0, "submit", "--dry-run")
			if strings.Count(out, "sbatch") != 12 || !strings.Contains(out, "--dependency=afterok:<s11>") || !strings.Contains(out, "--kill-on-invalid-dep=yes") {
				t.Errorf("dry run:\n%s", out)
			}
			if _, there := readFakeJob(firstFakeJob); there {
				t.Fatal("a dry run submitted something")
			}
			l.run(0, "submit")
			for i := range 12 {
				j, there := readFakeJob(firstFakeJob + i)
				if !there || i > 0 && fmt.Sprint(j.After) != fmt.Sprintf("[%d]", firstFakeJob+i-1) || i == 0 && j.After != nil {
					t.Fatalf("job %d: %+v", i, j)
				}
			}
			_, stderr := l.run(0, "submit")
			if _, there := readFakeJob(firstFakeJob + 12); there || strings.Count(stderr, "is in the queue as job") != 12 {
				t.Errorf("a second submit:\n%s", stderr)
			}
			requeued := 0
			err := runFakeJobs(func(id, run int) time.Duration {
				if run == 1 && id%3 == 0 {
					requeued++
					return 60 * time.Millisecond
				}
				return 0
			})
			if err != nil {
				t.Fatal(err)
			}
			again := 0
			for i := range 12 {
				j, _ := readFakeJob(firstFakeJob + i)
				if j.State != "COMPLETED" {
					t.Errorf("job of s%d: %s after %d runs", i+1, j.State, j.Runs)
				}
				again += j.Runs - 1
			}
			if again == 0 || requeued != 4 {
				t.Errorf("%d signals, %d runs more: the test shows nothing", requeued, again)
			}
			checkChain(l, 4)
			out, _ = l.run(0, "status")
			if strings.Count(out, "done") != 12 {
				t.Errorf("status:\n%s", out)
			}
		})
	}
}

// TestTrainSlurmRefused: what sbatch says is told, with the exit code of an
// infrastructure that fails.
func TestTrainSlurmRefused(t *testing.T) {
	stages, configs := twelve(1)
	l := newLab(t, "mmdet3", stages, configs, `launch: {engine: slurm}`)
	l.env = append(l.env, "FAKE_SBATCH_ERROR=sbatch: error: invalid partition specified: gpu")
	_, stderr := l.run(exitInfrastructure, "submit")
	if !strings.Contains(stderr, "stage s1: sbatch refused the job: sbatch: error: invalid partition") || !strings.Contains(stderr, "hint: launch.slurm") {
		t.Errorf("refused:\n%s", stderr)
	}
}
