//go:build unix

package run

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hubdata/hubdata/mmdet"
)

const engineSlurm = "launch: {engine: slurm}\n"

func fakeCommand(s *mmdet.Stage) []string { return []string{"my program", s.ID} }

func TestSubmit(t *testing.T) {
	l := newSlurmLab(t, chain, engineSlurm)
	if got, err := l.submit(SubmitOptions{DryRun: true}); err != nil ||
		got != "s1 planned ; s2 planned  after <s1>; other planned " {
		t.Fatalf("jobs %s, %v", got, err)
	}
	if j := l.jobs[1]; j.Command[0] != "sbatch" || l.live() != "" {
		t.Errorf("job %+v, live %s", j, l.live())
	}
	path := os.Getenv("PATH")
	t.Setenv("PATH", "")
	if _, err := l.submit(SubmitOptions{}); err == nil || !strings.Contains(err.Error(), "sbatch") {
		t.Errorf("without Slurm: %v", err)
	}
	if got, err := l.submit(SubmitOptions{DryRun: true}); err != nil || len(l.jobs) != 3 {
		t.Errorf("without Slurm: %s, %v", got, err)
	}
	t.Setenv("PATH", path)
	var blocked *BlockedError
	l.o.Select.Only = []string{"s2"}
	if _, err := l.submit(SubmitOptions{}); !errors.As(err, &blocked) ||
		blocked.Error() != "stage s2 needs s1, which is fresh and not in a queue" {
		t.Errorf("error %v", err)
	}
	l.o.Select.Only = nil
	if got, err := l.submit(SubmitOptions{}); err != nil ||
		got != "s1 submitted 1; s2 submitted 2 after 1; other submitted 3" {
		t.Fatalf("jobs %s, %v", got, err)
	}
	if text := readAll(filepath.Join(l.dir, "work", ".hubdata"),
		"s2.job.sh"); text != "#!/bin/sh\nexec 'my program' s2\n" {
		t.Errorf("script %q", text)
	}
	const kept = "s1 queued 1; s2 queued 2; other queued 3"
	for _, dry := range []bool{true, false} {
		if got, err := l.submit(SubmitOptions{DryRun: dry}); err != nil || got != kept {
			t.Errorf("jobs %s, %v", got, err)
		}
	}
	_ = os.Remove(jobRecord(filepath.Join(l.dir, "work", "s1"))) // it is known by its script
	l.set(1, "RUNNING", "None")
	if got, err := l.submit(SubmitOptions{}); err != nil || got != kept {
		t.Errorf("jobs %s, %v", got, err)
	}
	l.set(1, "GONE", "")
	var refused *InfrastructureError
	for text, reason := range map[string]string{
		"sbatch: error: no such partition":    "stage s1: sbatch rejected the job: sbatch: error: no such partition",
		"squeue: error: Unable to contact it": "squeue: squeue: error: Unable to contact it",
	} {
		t.Setenv("RUN_FAKE_REFUSES", text)
		if _, err := l.submit(SubmitOptions{}); !errors.As(err, &refused) || refused.Reason != reason {
			t.Errorf("error %v", err)
		}
	}
}

// TestResubmit submits a recipe again after something has happened to its jobs: 1 of s1, 2
// of s2, which waits for it, and 3 of other.
func TestResubmit(t *testing.T) {
	for _, c := range []struct {
		name     string
		happens  func(l *slurmLab)
		only     []string
		expected string
		live     string
	}{
		{"the first one failed", func(l *slurmLab) { l.set(1, "GONE", "") }, nil,
			"s1 submitted 4; s2 submitted 5 after 4 for 2; other queued 3", "3 4 5"},
		{"and Slurm knows", func(l *slurmLab) { l.set(1, "GONE", ""); l.set(2, "PENDING", neverRuns) }, nil,
			"s1 submitted 4; s2 submitted 5 after 4 for 2; other queued 3", "3 4 5"},
		{"only the first one is submitted", func(l *slurmLab) {
			l.set(1, "PENDING", "Priority")
			l.options("time: '9:00:00'")
		}, []string{"s1"}, "s1 submitted 4 for 1; s2 submitted 5 after 4 for 2", "3 4 5"},
		{"only the one that is doomed", func(l *slurmLab) { l.set(1, "GONE", "") }, []string{"s2"},
			"error: stage s2 needs s1, which is fresh and not in a queue", "2 3"},
		{"it was done by its job", func(l *slurmLab) { l.set(1, "GONE", ""); l.do("s1", "1") }, nil,
			"s1 done ; s2 queued 2; other queued 3", "2 3"},
		{"it was done without a job", func(l *slurmLab) { l.set(1, "GONE", ""); l.do("s1", "") }, nil,
			"s1 done ; s2 submitted 4 for 2; other queued 3", "3 4"},
		{"it is running", func(l *slurmLab) { l.set(1, "RUNNING", "None") }, nil,
			"s1 queued 1; s2 queued 2; other queued 3", "1 2 3"},
		{"it was requeued", func(l *slurmLab) { l.set(1, "REQUEUE_HOLD", "launch_failed_requeued_held") }, nil,
			"s1 queued 1; s2 queued 2; other queued 3", "1 2 3"},
		{"other options", func(l *slurmLab) { l.set(1, "RUNNING", "None"); l.options("time: '9:00:00'") }, nil,
			"s1 queued 1; s2 submitted 4 after 1 for 2; other submitted 5 for 3", "1 4 5"},
		{"a record of an earlier version", func(l *slurmLab) {
			l.set(1, "RUNNING", "None")
			write(l.t, l.dir, map[string]string{"work/.hubdata/s1.job": "1\n", "work/.hubdata/s2.job": "2\n"})
		}, nil, "s1 queued 1; s2 submitted 4 after 1 for 2; other queued 3", "1 3 4"},
		{"two jobs of one stage", func(l *slurmLab) {
			j, _ := readFakeJob(l.queue, 2)
			j.write(l.queue, 4)
		}, nil, "s1 queued 1; s2 queued 2 for 4; other queued 3", "1 2 3"},
		{"all are gone", func(l *slurmLab) { l.set(1, "GONE", ""); l.set(2, "GONE", ""); l.set(3, "GONE", "") }, nil,
			"s1 submitted 4; s2 submitted 5 after 4; other submitted 6", "4 5 6"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newSlurmLab(t, chain, engineSlurm)
			if _, err := l.submit(SubmitOptions{}); err != nil {
				t.Fatal(err)
			}
			c.happens(l)
			l.o.Select.Only = c.only
			planned, _ := l.submit(SubmitOptions{DryRun: true})
			got, err := l.submit(SubmitOptions{})
			if err != nil {
				got = "error: " + err.Error()
			}
			if got != c.expected || l.live() != c.live {
				t.Errorf("found %s\nexpected %s\nlive %s, expected %s", got, c.expected, l.live(), c.live)
			}
			if n := strings.Count(planned, "planned"); n != strings.Count(got, "submitted") {
				t.Errorf("planned %s\ndone %s", planned, got)
			}
			if err != nil {
				return
			}
			before := l.live() // once more changes nothing
			if again, err := l.submit(SubmitOptions{}); err != nil || strings.Contains(again, "submitted") ||
				l.live() != before {
				t.Errorf("again %s, %v, live %s", again, err, l.live())
			}
		})
	}
}

// do runs a stage, as the job would.
func (l *slurmLab) do(stage, job string) {
	l.t.Helper()
	o := l.o
	o.Env = append(os.Environ(), "SLURM_JOB_ID="+job)
	o.Select.Only = []string{stage}
	r, err := New(l.recipe, o)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := r.Run(l.t.Context()); err != nil {
		l.t.Fatal(err)
	}
}

// options reads the recipe again with an option of Slurm.
func (l *slurmLab) options(text string) {
	l.t.Helper()
	l.recipe = makeLabRecipe(l.t, l.dir, chain, "launch: {engine: slurm, slurm: {"+text+"}}\n")
}

// TestSubmitTwice submits a recipe several times at once.
func TestSubmitTwice(t *testing.T) {
	l := newSlurmLab(t, chain, engineSlurm)
	var wg sync.WaitGroup
	for range 3 {
		r := l.runner()
		wg.Go(func() {
			if err := r.Submit(t.Context(), SubmitOptions{Command: fakeCommand}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if l.live() != "1 2 3" {
		t.Errorf("jobs %s", l.live())
	}
}

// TestSubmitChecksData submits nothing if the data of one training is wrong.
func TestSubmitChecksData(t *testing.T) {
	l := newSlurmLab(t, chain, engineSlurm)
	text, err := os.ReadFile(filepath.Join(l.dir, "data", "t.json"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, l.dir, map[string]string{"data/t.json": strings.ReplaceAll(string(text), "blood_vessel", "vessel")})
	var data *DataError
	for _, dry := range []bool{true, false} {
		if _, err := l.submit(SubmitOptions{DryRun: dry}); !errors.As(err, &data) || data.Stage != "s1" || l.live() != "" ||
			len(l.jobs) > 0 {
			t.Errorf("error %v, jobs %+v", err, l.jobs)
		}
	}
	// What a job is to write is not checked.
	built := "\n  - {id: s1, kind: train, config: a.py, train: d, val: v}\n"
	l.recipe = makeLabRecipe(t, l.dir, built, engineSlurm+"#d\n")
	if got, err := l.submit(SubmitOptions{}); err != nil || got != "build-d submitted 1; s1 submitted 2 after 1" ||
		len(l.jobs[1].NotChecked) != 1 || l.jobs[1].NotChecked[0] != "d" {
		t.Errorf("jobs %s %+v, %v", got, l.jobs, err)
	}
}

// TestQueueStatus compares the status of stages with what the queue says.
func TestQueueStatus(t *testing.T) {
	l := newSlurmLab(t, chain, engineSlurm)
	expect := func(expected string) {
		t.Helper()
		var got []string
		all, err := l.runner().QueueStatus(t.Context())
		if err != nil {
			t.Error(err)
		}
		for _, s := range all {
			got = append(got, strings.TrimSpace(s.ID+" "+string(s.Condition)+" "+strings.Join(s.Why, ", ")))
		}
		if text := strings.ReplaceAll(strings.Join(got, "; "), l.dir, "DIR"); text != expected {
			t.Errorf("found    %s\nexpected %s", text, expected)
		}
	}
	expect("s1 fresh; s2 blocked waits for s1, which is fresh; other fresh")
	if _, err := l.submit(SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	l.set(2, "PENDING", "Dependency")
	expect("s1 queued job 1 is pending: Priority; s2 queued job 2 is pending: Dependency; other queued job 3 is pending: Priority")
	l.set(1, "CONFIGURING", "None")
	l.set(3, "GONE", "")
	expect("s1 queued job 1 is configuring; s2 queued job 2 is pending: Dependency; other fresh job 3 left the queue before it began")
	write(t, l.dir, map[string]string{"work/.hubdata/other-3.out": "hubdata: ..."})
	l.set(1, "GONE", "")
	l.set(2, "GONE", "")
	l.do("s1", "1")
	expect("s1 done; s2 fresh job 2 left the queue before it began; other fresh job 3 ended before it began the stage: its output is in DIR/work/.hubdata/other-3.out")
	path := os.Getenv("PATH")
	t.Setenv("PATH", "")
	var look *exec.Error
	if all, err := l.runner().QueueStatus(t.Context()); !errors.As(err, &look) || len(all) != 3 ||
		all[0].Condition != IsDone {
		t.Errorf("without Slurm: %+v, %v", all, err)
	}
	t.Setenv("PATH", path)
}

// TestLogOfQueued follows a stage from the queue to its end.
func TestLogOfQueued(t *testing.T) {
	l := newSlurmLab(t, chain, engineSlurm)
	l.o.Select.Only = []string{"s1"}
	if _, err := l.submit(SubmitOptions{}); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	ended := make(chan error)
	r := l.runner()
	go func() { ended <- r.Log(t.Context(), r.Stages()[0], &text, LogOptions{Follow: true}) }()
	select {
	case err := <-ended:
		t.Fatalf("it did not wait: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	l.set(1, "GONE", "")
	l.do("s1", "1")
	if err := <-ended; err != nil || text.String() != "begins with https://example.org/coco.pth\n" {
		t.Errorf("log %q, %v", &text, err)
	}
}

// TestRequeue stops jobs before their time is over.
func TestRequeue(t *testing.T) {
	for _, c := range []struct {
		name, config, restarts, expected string
		requeued                         bool
	}{
		{"progress", "hangs", "1", "interrupted: time limit reached: stage s1 was stopped, and job 5 was requeued", true},
		{"no checkpoint", "nothing hangs", "",
			"time limit reached: stage s1 was stopped: no new checkpoint since its last start, so it was not requeued", false},
		{"too often", "hangs", "50",
			"time limit reached: stage s1 was stopped: job 5 had been requeued 50 times, the most that launch.slurm.requeues permits", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newSlurmLab(t, chain, "")
			write(t, l.dir, map[string]string{"configs/a.py": c.config})
			write(t, l.queue, map[string]string{"5": ""})
			signals := make(chan os.Signal, 1)
			l.o.Signals, l.o.InJob, l.o.Select.Only = signals, true, []string{"s1"}
			l.o.Env = append(os.Environ(), "SLURM_JOB_ID=5", "SLURM_RESTART_COUNT="+c.restarts)
			ended := make(chan error)
			r := l.runner()
			go func() { ended <- r.Run(context.Background()) }()
			for i := 0; !strings.Contains(readAll(filepath.Join(l.dir, "work", "s1"), "waits*"), "waits"); i++ {
				if i > 1000 {
					t.Fatal("the training does not begin")
				}
				time.Sleep(10 * time.Millisecond)
			}
			signals <- syscall.SIGUSR1
			err := <-ended
			if err == nil || err.Error() != c.expected {
				t.Errorf("found %v, expected %s", err, c.expected)
			}
			if j, _ := readFakeJob(l.queue, 5); (j.State == "PENDING") != c.requeued {
				t.Errorf("job %+v", j)
			}
			st, err := readState(filepath.Join(l.dir, "work", "s1"))
			if expected := map[bool]status{true: interrupted, false: failed}[c.requeued]; err != nil || st.Status != expected {
				t.Errorf("state %+v, %v", st, err)
			}
		})
	}
}

func TestJobFiles(t *testing.T) {
	for got, want := range map[string]string{
		jobScript("/100%/s1"):         "/100%/.hubdata/s1.job.sh",
		jobRecord("/100%/s1"):         "/100%/.hubdata/s1.job",
		jobOutput("/100%/s1"):         "/100%%/.hubdata/s1-%j.out",
		jobOutputOf("/100%/s1", "17"): "/100%/.hubdata/s1-17.out",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if jobPort("4711") == jobPort("4712") || jobPort("x") != 0 || jobPort("-1") != 0 {
		t.Error("ports")
	}
}
