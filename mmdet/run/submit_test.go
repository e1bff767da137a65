//go:build unix

package run

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/mmdet"
)

// TestSubmit is not parallel, since sbatch and squeue are found in the PATH of this
// process.
func TestSubmit(t *testing.T) {
	bin := t.TempDir()
	executable, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sbatch", "squeue"} {
		if err := os.Symlink(executable, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	write(t, dir, map[string]string{"data/t.json": tinyCOCO, "data/v.json": tinyCOCO, "configs/a.py": "", "configs/b.py": ""})
	recipe, err := mmdet.ReadRecipe(strings.NewReader("version: 1\nname: lab\ndialect: mmdet2\nclasses: [blood_vessel]\ntool: {root: tool}\n"+
		"roots: {work: work, data: data}\nlaunch: {engine: slurm}\ndatasets:\n  t: {coco: t.json}\n  v: {coco: v.json}\nstages:"+chain), filepath.Join(dir, "recipe.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var jobs []Job
	submit := func(o Options, dry bool) error {
		t.Helper()
		r, err := New(recipe, o)
		if err != nil {
			t.Fatal(err)
		}
		jobs = nil
		return r.Submit(t.Context(), SubmitOptions{DryRun: dry, Report: func(j Job) error { jobs = append(jobs, j); return nil },
			Command: func(s *mmdet.Stage) []string { return []string{"my program", s.ID} }})
	}
	if err := submit(Options{}, true); err != nil || len(jobs) != 3 {
		t.Fatalf("jobs %+v, %v", jobs, err)
	}
	if j := jobs[1]; j.State != JobPlanned || j.After[0] != "<s1>" || j.Command[0] != "sbatch" || j.Job != "" {
		t.Errorf("job %+v", j)
	}
	t.Setenv("PATH", "")
	if err := submit(Options{}, false); err == nil || !strings.Contains(err.Error(), "sbatch") {
		t.Errorf("without Slurm: %v", err)
	}
	t.Setenv("PATH", bin)
	t.Setenv("RUN_FAKE", "programs")
	var blocked *BlockedError
	if err := submit(Options{Select: Selection{Only: []string{"s2"}}}, false); !errors.As(err, &blocked) || blocked.Error() != "stage s2 needs s1, which is fresh and not in a queue" {
		t.Errorf("error %v", err)
	}
	if err := submit(Options{}, false); err != nil {
		t.Fatal(err)
	}
	if j := jobs[1]; j.State != JobSubmitted || len(j.After) != 1 || j.After[0] != jobs[0].Job || j.Job == "" {
		t.Errorf("jobs %+v", jobs)
	}
	if text := readAll(filepath.Join(dir, "work", ".hubdata"), "s2.job.sh"); text != "#!/bin/sh\nexec 'my program' s2\n" {
		t.Errorf("script %q", text)
	}
	if err := submit(Options{}, false); err != nil || jobs[2].State != JobQueued || jobs[2].Job == "" {
		t.Errorf("jobs %+v, %v", jobs, err)
	}
	_ = os.Remove(jobRecord(filepath.Join(dir, "work", "s1")))
	t.Setenv("RUN_FAKE_REFUSES", "1")
	var refused *InfrastructureError
	if err := submit(Options{}, false); !errors.As(err, &refused) || refused.Reason != "stage s1: sbatch rejected the job: sbatch: error: no such partition" {
		t.Errorf("error %v", err)
	}
}

func TestJobFiles(t *testing.T) {
	for got, want := range map[string]string{
		jobScript("/100%/s1"): "/100%/.hubdata/s1.job.sh",
		jobRecord("/100%/s1"): "/100%/.hubdata/s1.job",
		jobOutput("/100%/s1"): "/100%%/.hubdata/s1-%j.out",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if jobPort("4711") == jobPort("4712") || jobPort("x") != 0 || jobPort("-1") != 0 {
		t.Error("ports")
	}
}
