//go:build unix

package traincmd_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/traincmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

const onSlurm = "launch: {engine: slurm, gpus: 3, cpus_per_task: 4, slurm: {partition: gpu, account: lab, time: '12:00:00', extra: [--mem=9G]}}"

// TestTrainSubmit puts a chain of twelve into the queue of a fake Slurm, which tells some
// jobs that their time is over.
func TestTrainSubmit(t *testing.T) {
	stages, configs := twelve(3)
	l := newLab(t, "mmdet3", stages, configs, onSlurm)
	t.Setenv("FAKE_SLURM", filepath.Join(l.dir, "slurm"))
	t.Setenv("FAKE_EVENTS", l.events)

	out, _ := l.run(0, "submit", "--dry-run")
	wants(t, out, "sbatch --parsable --job-name=lab/s1 ",
		" --requeue --signal=B:USR1@180 --nodes=1 --ntasks-per-node=3 --cpus-per-task=4 --partition=gpu --account=lab --time=12:00:00 --gres=gpu:3 --mem=9G ",
		"'--dependency=afterok:<s1>' --kill-on-invalid-dep=yes")
	out, _ = l.run(0, "submit", "--dry-run", "--json")
	wants(t, out, `{"stage":"s2","state":"planned","after":["\u003cs1\u003e"],"command":["sbatch","--parsable",`)
	if _, there := readFakeJob(firstFakeJob); there {
		t.Fatal("a dry run submitted a job")
	}
	out, _ = l.run(0, "submit")
	wants(t, out, "stage s1 is job 1001\n", "stage s12 is job 1012 after 1011\n")
	out, stderr := l.run(0, "submit")
	if out != "" || strings.Count(stderr, "is in the queue as job") != 12 {
		t.Fatalf("submitted again:\n%s%s", out, stderr)
	}
	out, stderr = l.run(0, "submit", "--json")
	if stderr != "" || strings.Count(out, `"state":"queued"`) != 12 ||
		!strings.HasPrefix(out, `{"stage":"s1","state":"queued","job":"1001"}`+"\n") {
		t.Fatalf("submitted again, with --json:\n%s%s", out, stderr)
	}
	if err := runFakeJobs(func(id, run int) time.Duration {
		if id%3 == 0 && run == 1 {
			l.waitEpoch(1)
			return time.Duration(1+id%7) * time.Millisecond
		}
		return 0
	}); err != nil {
		t.Fatal(err)
	}
	checkChain(l, 3)
	for id := firstFakeJob; id < firstFakeJob+12; id++ {
		if j, _ := readFakeJob(id); j.State != "COMPLETED" {
			t.Errorf("job %d: %+v", id, j)
		}
	}
	for _, s := range l.starts("s1") {
		if want := "21001"; s.Port != want {
			t.Errorf("port %q, want %s", s.Port, want)
		}
		wants(t, strings.Join(s.Argv, " "), "--launcher slurm")
	}
	text, _ := os.ReadFile(l.events)
	wants(t, string(text), `"--nodes=1","--ntasks=3","--ntasks-per-node=3","--kill-on-bad-exit=1","--cpus-per-task=4"`)
	_, stderr = l.run(0, "submit")
	if strings.Count(stderr, "is done") != 12 {
		t.Errorf("submitted what is done:\n%s", stderr)
	}
}

// TestTrainRequeue stops a long training by Slurm's signal, a few times.
func TestTrainRequeue(t *testing.T) {
	configs := plain()
	configs["a.py"] = "epochs=6 us=15000 scores=0.1,0.4,0.2,0.3"
	l := newLab(t, "mmdet2", two, configs, onSlurm)
	t.Setenv("FAKE_SLURM", filepath.Join(l.dir, "slurm"))
	t.Setenv("FAKE_EVENTS", l.events)
	l.run(0, "submit")
	if err := runFakeJobs(func(id, run int) time.Duration {
		if id == firstFakeJob && run <= 2 {
			l.waitEpoch(2)
			return time.Millisecond
		}
		return 0
	}); err != nil {
		t.Fatal(err)
	}
	j, _ := readFakeJob(firstFakeJob)
	starts := l.starts("s1")
	if j.State != "COMPLETED" || j.Runs != 3 || len(starts) != j.Runs || starts[len(starts)-1].Resume == 0 {
		t.Errorf("job %+v, starts %+v", j, starts)
	}
	if st := l.state("s2"); st.Status != "done" || l.starts("s2")[0].Weight != "https://example.org/coco.pth>s1@2" {
		t.Errorf("s2: %+v", st)
	}
	text, _ := os.ReadFile(filepath.Join(l.dir, "work", ".hubdata", "s1-1001.out"))
	wants(t, string(text), "hubdata: interrupted: time limit reached: stage s1 was stopped, and job 1001 was requeued")
}

// waitEpoch waits until n more epochs have been trained.
func (l *lab) waitEpoch(n int) {
	count := func() int {
		text, _ := os.ReadFile(l.events)
		return strings.Count(string(text), `"event":"epoch"`)
	}
	before := count()
	for range 6000 {
		if count() >= before+n {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	l.t.Error("no epoch is trained")
}

// TestTrainNoProgress: a job whose time is shorter than an epoch is not requeued for ever.
func TestTrainNoProgress(t *testing.T) {
	configs := plain()
	configs["a.py"] = "epochs=6 us=15000 scores=0.1,0.4,0.2,0.3 slow=3"
	l := newLab(t, "mmdet2", two, configs, onSlurm)
	t.Setenv("FAKE_SLURM", filepath.Join(l.dir, "slurm"))
	t.Setenv("FAKE_EVENTS", l.events)
	l.run(0, "submit")
	if err := runFakeJobs(func(id, run int) time.Duration {
		if id != firstFakeJob {
			return 0
		}
		if run == 1 {
			l.waitEpoch(2)
		}
		return 30 * time.Millisecond
	}); err != nil {
		t.Fatal(err)
	}
	j, _ := readFakeJob(firstFakeJob)
	next, _ := readFakeJob(firstFakeJob + 1)
	if j.State != "FAILED" || j.Runs != 2 || next.State != "CANCELLED" {
		t.Errorf("jobs %+v %+v", j, next)
	}
	text, _ := os.ReadFile(filepath.Join(l.dir, "work", ".hubdata", "s1-1001.out"))
	wants(t, string(text), "time limit reached: stage s1 was stopped: no new checkpoint since its last start, so it was not requeued", "hint: give its jobs more time")
	out, _ := l.run(0, "status")
	wants(t, out, "resumable", "no new checkpoint since its last start")

	// The second job was removed by Slurm; it is submitted again, after the new first one.
	out, _ = l.run(0, "submit")
	if out != "stage s1 is job 1003\nstage s2 is job 1004 after 1003\n" {
		t.Errorf("submitted again:\n%s", out)
	}
}

// TestTrainQueue asks for the status, and for a log, while jobs wait.
func TestTrainQueue(t *testing.T) {
	l := newLab(t, "mmdet2", two, plain(), onSlurm)
	t.Setenv("FAKE_SLURM", filepath.Join(l.dir, "slurm"))
	t.Setenv("FAKE_EVENTS", l.events)
	l.run(0, "submit")
	out, _ := l.run(0, "status")
	wants(t, out, "queued", "job 1001 is pending: Priority", "job 1002 is pending")
	_, stderr := l.logs(ui.ExitBadData, "logs")
	wants(t, stderr, "stage s1 has printed nothing: there is no ", "; job 1001 is pending: Priority")

	var watched, followed bytes.Buffer
	watch := l.command("status", "--watch", "--every", "100ms")
	watch.Stdout = &watched
	follow := l.command("logs", "--follow")
	follow.Args = append(follow.Args, "s2")
	follow.Stdout = &followed
	for _, cmd := range []*exec.Cmd{watch, follow} {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(300 * time.Millisecond)
	if err := runFakeJobs(nil); err != nil {
		t.Fatal(err)
	}
	for _, cmd := range []*exec.Cmd{watch, follow} {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	last := watched.String()[strings.LastIndex(watched.String(), "\nstage "):]
	if strings.Count(last, "done") != 2 {
		t.Errorf("status --watch ends with\n%s", last)
	}
	wants(t, followed.String(), "Epoch [3][3/3]")
}

// logs runs logs for the first stage, and expects an exit code.
func (l *lab) logs(code int, args ...string) (stdout, stderr string) {
	l.t.Helper()
	cmd := l.command(args...)
	cmd.Args = append(cmd.Args, "s1")
	var out, errw bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errw
	_ = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != code {
		l.t.Fatalf("exit code %d, expected %d\n%s%s", got, code, &out, &errw)
	}
	return out.String(), errw.String()
}

// TestTrainSubmitData submits nothing if the data of a training is wrong.
func TestTrainSubmitData(t *testing.T) {
	l := newLab(t, "mmdet2", two, plain(), onSlurm)
	l.write("data/t.json", strings.ReplaceAll(clitest.TinyCOCO, "blood_vessel", "vessel"))
	_, stderr := l.run(ui.ExitBadData, "submit")
	wants(t, stderr, "class-missing", "stage s1 was not started", "hint: hubdata train check")
	if _, err := os.Stat(filepath.Join(l.dir, "slurm", "1001")); err == nil {
		t.Error("a job was submitted")
	}
}

func TestTrainSubmitBad(t *testing.T) {
	l := newLab(t, "mmdet2", two, plain(), onSlurm)
	_, stderr := l.run(ui.ExitUsage, "submit", "--stage", "s2")
	wants(t, stderr, "stage s2 needs s1, which is fresh and not in a queue", "hint: --until s2")
	env := l.env
	l.env = append(env, "FAKE_SBATCH_ERROR=sbatch: error: invalid partition specified: gpu")
	_, stderr = l.run(traincmd.ExitInfrastructure, "submit")
	wants(t, stderr, "stage s1: sbatch rejected the job: sbatch: error: invalid partition specified: gpu",
		"hint: launch.slurm")

	// A PATH with hubdata alone.
	path := ""
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if _, err := os.Stat(filepath.Join(dir, "hubdata")); err == nil {
			path = filepath.Join(t.TempDir(), "hubdata")
			if err := os.Link(filepath.Join(dir, "hubdata"), path); err != nil {
				t.Skip(err)
			}
			break
		}
	}
	cmd := l.command("submit")
	cmd.Path, cmd.Env = path, append(env, "PATH="+filepath.Dir(path))
	text, _ := cmd.CombinedOutput()
	if cmd.ProcessState.ExitCode() != traincmd.ExitInfrastructure {
		t.Errorf("exit code %d", cmd.ProcessState.ExitCode())
	}
	wants(t, string(text), "sbatch: executable file not found", "hint: it is part of Slurm")
}

// TestTrainSignals interrupts a training, and one that is deaf to it.
func TestTrainSignals(t *testing.T) {
	for _, c := range []struct {
		name, config string
		signals      []os.Signal
		grace        string
	}{
		{"interrupt", "", []os.Signal{os.Interrupt}, "30s"},
		{"term", "stopcode=0", []os.Signal{syscall.SIGTERM}, "30s"},
		{"hangup", "", []os.Signal{syscall.SIGHUP}, "30s"},
		{"deaf", "deaf=1", []os.Signal{syscall.SIGTERM}, "100ms"},
		{"twice", "deaf=1", []os.Signal{os.Interrupt, os.Interrupt}, "30s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			configs := plain()
			configs["a.py"] = "epochs=200 us=10000 scores=0.1,0.4,0.2 " + c.config
			l := newLab(t, "mmdet2", two, configs)
			cmd := l.command("run", "--grace", c.grace)
			var out strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			for i := 0; ; i++ { // until it trains
				if text, _ := os.ReadFile(l.events); strings.Contains(string(text), `"epoch":1,`) {
					break
				}
				if i == 1500 {
					t.Fatal("no epoch is trained")
				}
				time.Sleep(20 * time.Millisecond)
			}
			for _, s := range c.signals {
				_ = cmd.Process.Signal(s)
				time.Sleep(150 * time.Millisecond)
			}
			begun := time.Now()
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != ui.ExitInterrupted || time.Since(begun) > 10*time.Second {
				t.Errorf("exit code %d after %v\n%s", code, time.Since(begun), &out)
			}
			wants(t, out.String(), "hubdata: interrupted: stage s1 was stopped in epoch ", "hint: run again to continue")
			if st := l.state("s1"); st.Status != "interrupted" {
				t.Errorf("state %+v", st)
			}
			status, _ := l.run(0, "status")
			wants(t, status, "resumable", "it was interrupted")
			if killTrainer(l.dir) {
				t.Error("the training goes on")
			}
		})
	}
}
