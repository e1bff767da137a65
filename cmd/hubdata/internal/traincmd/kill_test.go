//go:build unix

package traincmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/traincmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/longtest"
	"github.com/hubdata/hubdata/internal/process"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
)

// TestTrainKilled kills and interrupts hubdata, and kills trainings, at random moments
// of a chain of twelve. However often, the chain comes to the same end: each training
// begins with the weights that it is to begin with, no two train in one folder,
// and no epoch that was saved and validated is trained again.
func TestTrainKilled(t *testing.T) {
	kills, workers := longtest.Share(200, 12), longtest.Share(8, 2)
	seed := uint64(7)
	if text := os.Getenv("HUBDATA_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	done := make([]atomic.Int64, workers)
	t.Run("all", func(t *testing.T) {
		for i := range workers {
			dialect := []string{"mmdet2", "mmdet3"}[i%2]
			t.Run(fmt.Sprintf("%s-%d", dialect, i), func(t *testing.T) {
				t.Parallel()
				rng := rand.New(rand.NewPCG(seed, uint64(i)))
				for chain := 0; done[i].Load() < int64(kills/workers); chain++ {
					done[i].Add(int64(killChain(t, dialect, rng)))
				}
			})
		}
	})
	total := int64(0)
	for i := range done {
		total += done[i].Load()
	}
	t.Logf("%d kills", total)
}

// killChain runs a chain to its end, and returns how often something was killed.
func killChain(t *testing.T, dialect string, rng *rand.Rand) (kills int) {
	t.Helper()
	const epochs = 4
	stages, configs := twelve(epochs)
	// Two checkpoints are kept, as by default; the best epoch of a stage is still there
	// under its best name.
	stages = strings.ReplaceAll(strings.ReplaceAll(stages, ", keep_checkpoints: -1", ""), "'epoch:2'", "best")
	l := newLab(t, dialect, stages, configs)
	for run := 0; ; run++ {
		if run > 500 {
			t.Fatal("the chain does not come to its end")
		}
		cmd := l.command("run", "--grace", "300ms")
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		what := rng.IntN(4)
		after := time.Duration(10+rng.IntN(120)) * time.Millisecond
		killed := false
		select {
		case <-ended:
		case <-time.After(after):
			switch what {
			case 0, 1:
				killed = cmd.Process.Signal([]os.Signal{os.Kill, syscall.SIGTERM}[what]) == nil
			default:
				killed = killTrainer(l.dir)
			}
			<-ended
		}
		if killed {
			kills++
		}
		code := cmd.ProcessState.ExitCode()
		// A signal that comes before Go's handler is set up just kills.
		if code != 0 && code != -1 && code != ui.ExitInterrupted && code != traincmd.ExitTrainer || code == traincmd.ExitTrainer && !killed {
			t.Fatalf("run %d: exit code %d\n%s", run, code, &out)
		}
		if code == 0 {
			break
		}
	}
	checkChain(l, epochs)
	l.checkEvents(epochs)
	for _, name := range clitest.Tree(t, filepath.Join(l.dir, "work")) {
		if strings.HasSuffix(name, ".hubdata-tmp") || strings.HasPrefix(name, ".hubdata/") && !strings.HasSuffix(name, ".life") {
			t.Fatalf("%s was left behind", name)
		}
	}
	return kills
}

// TestTrainOrphans kills hubdata, and the process that it started, but not the workers of
// that one, which are in sessions of their own: no other training begins until they have
// ended. Interrupted twice, hubdata leaves none of them.
func TestTrainOrphans(t *testing.T) {
	for _, config := range []string{"", "nostdin=1"} { // without it, they hold the lock's file as standard input
		if config != "" && runtime.GOOS != "linux" {
			continue
		}
		t.Run("killed "+config, func(t *testing.T) {
			t.Parallel()
			configs := plain()
			configs["a.py"] += " workers=2 " + config
			l := newLab(t, "mmdet2", two, configs)
			cmd := l.command("run")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			workers := l.workers(2)
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			if !killTrainer(l.dir) {
				t.Fatal("nothing was started")
			}
			expected := "running without hubdata: "
			if runtime.GOOS == "linux" {
				expected += fmt.Sprintf("2 processes: %d, %d", min(workers[0], workers[1]), max(workers[0], workers[1]))
			}
			for range 1000 { // the process that was killed takes a moment to end
				if out, _ := l.run(0, "status"); strings.Contains(out, expected) {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			out, _ := l.run(0, "status")
			wants(t, out, "running", expected)

			again := l.command("run")
			file, err := os.Create(filepath.Join(l.dir, "again"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			again.Stdout, again.Stderr = file, file
			printed := func() string {
				text, _ := os.ReadFile(file.Name())
				return string(text)
			}
			if err := again.Start(); err != nil {
				t.Fatal(err)
			}
			for i := 0; !strings.Contains(printed(), "waiting for it"); i++ {
				if i > 500 {
					t.Fatalf("it does not wait:\n%s", printed())
				}
				time.Sleep(10 * time.Millisecond)
			}
			time.Sleep(200 * time.Millisecond)
			if n := len(l.starts("s1")); n != 1 {
				t.Fatalf("%d trainings were started in one folder", n)
			}
			l.write("work/s1/release", "")
			if err := again.Wait(); err != nil {
				t.Errorf("%v\n%s", err, printed())
			}
			if st := l.state("s2"); st.Status != "done" {
				t.Errorf("state %+v", st)
			}
		})
	}
	t.Run("interrupted twice", func(t *testing.T) {
		t.Parallel()
		configs := plain()
		configs["a.py"] += " workers=2 nostdin=1"
		l := newLab(t, "mmdet2", two, configs)
		cmd := l.command("run")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		workers := l.workers(2)
		for range 2 {
			_ = cmd.Process.Signal(os.Interrupt)
			time.Sleep(200 * time.Millisecond)
		}
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code != ui.ExitInterrupted {
			t.Errorf("exit code %d", code)
		}
		for _, pid := range workers {
			if runtime.GOOS == "linux" && (process.ID{PID: pid}).Alive() {
				t.Errorf("process %d is still running", pid)
			}
		}
		l.write("work/s1/release", "")
	})
}

// workers returns the numbers of the workers of a training, as soon as there are n.
func (l *lab) workers(n int) []int {
	l.t.Helper()
	for range 3000 {
		var pids []int
		text, _ := os.ReadFile(l.events)
		for line := range strings.Lines(string(text)) {
			var e struct {
				Event string
				PID   int
			}
			if json.Unmarshal([]byte(line), &e) == nil && e.Event == "worker" {
				pids = append(pids, e.PID)
			}
		}
		if len(pids) == n {
			return pids
		}
		time.Sleep(10 * time.Millisecond)
	}
	l.t.Fatal("the workers do not begin")
	return nil
}

// killTrainer kills the group of the training that runs.
func killTrainer(dir string) bool {
	locks, _ := filepath.Glob(filepath.Join(dir, "work", ".hubdata", "*.lock"))
	for _, path := range locks {
		text, err := os.ReadFile(path)
		var o mmrun.Owner
		if err == nil && json.Unmarshal(text, &o) == nil && o.Trainer.Alive() {
			return syscall.Kill(-o.Trainer.PID, syscall.SIGKILL) == nil
		}
	}
	return false
}

// checkEvents holds all that was started in a chain against what may be.
func (l *lab) checkEvents(epochs int) {
	l.t.Helper()
	text, err := os.ReadFile(l.events)
	if err != nil {
		l.t.Fatal(err)
	}
	safe := map[string]int{} // last epoch of a stage that is saved and validated
	latest := 0              // stage
	for line := range strings.Lines(string(text)) {
		var s fakeStart
		var e fakeEpoch
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			l.t.Fatal(err)
		}
		var number int
		if _, err := fmt.Sscanf(e.Stage, "s%d", &number); err != nil {
			l.t.Fatal(err)
		}
		if e.Event == "epoch" {
			safe[e.Stage] = e.Epoch
			continue
		}
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			l.t.Fatal(err)
		}
		init := "https://example.org/coco.pth"
		if number > 1 {
			init = wantInit(number, epochs)
		}
		switch {
		case s.Twice:
			l.t.Fatalf("two trainings in one folder: %s", line)
		case s.Weight != init:
			l.t.Fatalf("begins with %s, expected %s: %s", s.Weight, init, line)
		case s.Resume < safe[s.Stage]:
			l.t.Fatalf("trains again from epoch %d, though %d was safe: %s", s.Resume, safe[s.Stage], line)
		case s.Resume > 0 && s.Trace != wantTrace(number, s.Resume, epochs):
			l.t.Fatalf("resumes from %s: %s", s.Trace, line)
		case number < latest:
			l.t.Fatalf("stage s%d had begun: %s", latest, line)
		}
		latest = number
	}
}
