package traincmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/traincmd"
	"github.com/hubdata/hubdata/mmdet"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
)

// A lab is a folder with a recipe whose MMDetection is a fake.
type lab struct {
	t      *testing.T
	dir    string
	recipe string
	events string
	env    []string
}

// newLab makes a recipe of stages, lines of its list, and configs, lines of "# fake:".
func newLab(t *testing.T, dialect, stages string, configs map[string]string, head ...string) *lab {
	t.Helper()
	return labIn(t, t.TempDir(), dialect, stages, configs, head...)
}

func labIn(t *testing.T, dir, dialect, stages string, configs map[string]string, head ...string) *lab {
	t.Helper()
	l := &lab{t: t, dir: dir, recipe: filepath.Join(dir, "recipe.yaml"), events: filepath.Join(dir, "events")}
	l.env = append(os.Environ(), "FAKE_EVENTS="+l.events, "FAKE_SLURM="+filepath.Join(dir, "slurm"))
	text := "version: 1\nname: lab\ndialect: " + dialect +
		"\nclasses: [blood_vessel]\ntool: {python: fakepython, root: tool}\n" +
		"roots: {images: images, configs: configs, work: work, data: data}\n" + strings.Join(head, "\n") + "\n" +
		"datasets:\n  t: {coco: t.json}\n  v: {coco: v.json}\nstages:\n" + stages
	l.write("recipe.yaml", text)
	l.write("data/t.json", clitest.TinyCOCO)
	l.write("data/v.json", strings.ReplaceAll(clitest.TinyCOCO, "a.png", "b.png"))
	l.write("tool/tools/train.py", "")
	l.write("tool/tools/test.py", "")
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 64, 64))); err != nil {
		t.Fatal(err)
	}
	l.write("images/a.png", picture.String())
	l.write("images/b.png", picture.String())
	l.write("slurm/x", "")
	for name, line := range configs {
		l.write("configs/"+name, "# fake: dialect="+strings.TrimPrefix(dialect, "mmdet")+" "+line+"\n")
	}
	return l
}

func (l *lab) write(name, text string) {
	l.t.Helper()
	path := filepath.Join(l.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		l.t.Fatal(err)
	}
}

// command is hubdata train with the recipe as last argument.
func (l *lab) command(args ...string) *exec.Cmd {
	cmd := exec.Command("hubdata", append(append([]string{"train"}, args...), l.recipe)...)
	cmd.Env = l.env
	return cmd
}

// run runs it, and wants an exit code.
func (l *lab) run(code int, args ...string) (stdout, stderr string) {
	l.t.Helper()
	cmd := l.command(args...)
	var out, errw bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errw
	_ = cmd.Run()
	if got := cmd.ProcessState.ExitCode(); got != code {
		l.t.Fatalf("hubdata train %s: exit code %d, expected %d\n%s%s", strings.Join(args, " "), got, code, &out, &errw)
	}
	return out.String(), errw.String()
}

// starts are the events of starts, of all stages or of one.
func (l *lab) starts(stage string) []fakeStart {
	l.t.Helper()
	var out []fakeStart
	text, _ := os.ReadFile(l.events)
	for line := range strings.Lines(string(text)) {
		var s fakeStart
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			l.t.Fatalf("event %q: %v", line, err)
		}
		if (s.Event == "start" || s.Event == "test") && (stage == "" || s.Stage == stage) {
			out = append(out, s)
		}
	}
	return out
}

// labState is what hubdata has noted of a stage.
type labState struct {
	Status string
	Reason string
	Choice *mmdet.Choice
}

// state reads the state of a stage.
func (l *lab) state(stage string) labState {
	l.t.Helper()
	var s labState
	text, err := os.ReadFile(filepath.Join(l.dir, "work", stage, "hubdata", "stage.json"))
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		l.t.Fatalf("state of %s: %v", stage, err)
	}
	return s
}

// twelve is a chain of twelve trainings in which each begins with a checkpoint of the one
// before it. scores makes the second epoch the best.
func twelve(epochs int) (stages string, configs map[string]string) {
	picks := []string{"best", "last", "epoch:2"}
	for i := 1; i <= 12; i++ {
		init := fmt.Sprintf("{stage: s%d, pick: '%s'}", i-1, picks[i%3])
		if i == 1 {
			init = "{url: 'https://example.org/coco.pth'}"
		}
		stages += fmt.Sprintf("  - {id: s%d, kind: train, config: c.py, train: t, val: v, init: %s, keep_checkpoints: -1}\n",
			i, init)
	}
	return stages, map[string]string{"c.py": fmt.Sprintf("epochs=%d iters=3 us=300 scores=0.1,0.4,0.3,0.35", epochs)}
}

// wantTrace is what the weights of an epoch of the chain came from.
func wantTrace(stage, epoch, epochs int) string {
	trace := "https://example.org/coco.pth"
	for i := 1; i < stage; i++ {
		e := 2
		if (i+1)%3 == 1 { // last
			e = epochs
		}
		trace += fmt.Sprintf(">s%d@%d", i, e)
	}
	return trace + fmt.Sprintf(">s%d@%d", stage, epoch)
}

// wantInit is what a stage of the chain begins with.
func wantInit(stage, epochs int) string {
	trace := wantTrace(stage, 0, epochs)
	return trace[:strings.LastIndexByte(trace, '>')]
}

func TestTrainChain(t *testing.T) {
	for _, dialect := range []string{"mmdet2", "mmdet3"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			stages, configs := twelve(3)
			l := newLab(t, dialect, stages, configs)
			out, _ := l.run(0, "run", "--dry-run")
			if !strings.Contains(out, "s12") || !strings.Contains(out, "run after those") ||
				!strings.Contains(out, "fakepython") {
				t.Errorf("dry run:\n%s", out)
			}
			if clitest.Tree(t, filepath.Join(l.dir, "tool")); len(l.starts("")) != 0 {
				t.Fatal("a dry run started something")
			}
			_, stderr := l.run(0, "run")
			if !strings.Contains(stderr, "stage s12 is done: best_") {
				t.Errorf("run:\n%s", stderr)
			}
			checkChain(l, 3)
			if n := len(l.starts("")); n != 12 {
				t.Errorf("%d starts, want 12", n)
			}
			_, stderr = l.run(0, "run")
			if n := len(l.starts("")); n != 12 || strings.Count(stderr, "is done") != 12 {
				t.Errorf("a second run started %d more:\n%s", n-12, stderr)
			}
			out, _ = l.run(0, "status", "--json")
			var st traincmd.StatusReport
			if err := json.Unmarshal([]byte(out), &st); err != nil {
				t.Fatal(err)
			}
			for _, s := range st.Stages {
				if s.Condition != mmrun.IsDone || s.Epoch != 3 || s.Epochs != 3 || s.BestEpoch != 2 || s.Best == nil ||
					*s.Best != 0.4 || s.Choice.Epoch != 2 {
					t.Errorf("status %+v", s)
				}
			}
			out, _ = l.run(0, "status")
			if !strings.Contains(out, "0.4000 (2)") || strings.Count(out, "done") != 12 {
				t.Errorf("status:\n%s", out)
			}

			// A changed config makes all stale that has it; a changed pick what follows.
			l.write("configs/c.py", "# fake: dialect="+dialect[5:]+" epochs=3 iters=3 us=300 scores=0.1,0.2,0.3\n")
			_, stderr = l.run(3, "run")
			if !strings.Contains(stderr, "stage s1 is stale: config ") || !strings.Contains(stderr, "c.py has changed") ||
				!strings.Contains(stderr, "hint: --rerun") {
				t.Errorf("stale:\n%s", stderr)
			}
			_, stderr = l.run(0, "run", "--rerun", "--until", "s2")
			if n := len(l.starts("")); n != 14 || !strings.Contains(stderr, "s1.old-1") {
				t.Errorf("%d starts, want 14:\n%s", n, stderr)
			}
			if l.state("s1").Choice.Epoch != 3 {
				t.Errorf("choice %+v, want epoch 3", l.state("s1").Choice)
			}
			out, _ = l.run(0, "status")
			if strings.Count(out, "stale") < 1 || !strings.Contains(out, "weights of s2 has changed") {
				t.Errorf("status:\n%s", out)
			}
		})
	}
}

// checkChain holds the end of the chain against what it must be.
func checkChain(l *lab, epochs int) {
	l.t.Helper()
	for i := 1; i <= 12; i++ {
		id := fmt.Sprintf("s%d", i)
		st := l.state(id)
		if st.Status != "done" || st.Choice == nil || st.Choice.Epoch != 2 {
			l.t.Fatalf("%s: %+v", id, st)
		}
		dir := filepath.Join(l.dir, "work", id)
		for _, file := range []string{fmt.Sprintf("epoch_%d.pth", epochs), st.Choice.File} {
			w, err := readFake(filepath.Join(dir, file))
			if err != nil {
				l.t.Fatal(err)
			}
			if want := wantTrace(i, w.Epoch, epochs); w.Trace != want || (w.Epoch == 2) != (file == st.Choice.File) {
				l.t.Fatalf("%s: %s is made by %s, expected %s", id, file, w.Trace, want)
			}
		}
	}
}

// TestTrainWeights begins with weights that no stage wrote: PyTorch takes them only if
// the user says so.
func TestTrainWeights(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"mmdet2", "mmdet3"} {
		l := newLab(t, dialect, "  - {id: s, kind: train, config: c.py, train: t, val: v, init: {file: w.pth}}\n",
			map[string]string{"c.py": "epochs=2"})
		if err := writeFake(filepath.Join(l.dir, "w.pth"), fakeWeights{Trace: "w"}, 0); err != nil {
			t.Fatal(err)
		}
		_, stderr := l.run(traincmd.ExitTrainer, "run")
		if !strings.Contains(stderr, "hint: PyTorch 2.6 and later do not read Python objects") {
			t.Errorf("%s:\n%s", dialect, stderr)
		}
		l.env = append(l.env, "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1")
		l.run(0, "run")
		if s := l.starts("s"); len(s) != 2 || s[1].Weight != "w" {
			t.Errorf("%s: starts %+v", dialect, s)
		}
	}
}

// TestTrainModule trains with an augmentation that needs a module beside the config.
func TestTrainModule(t *testing.T) {
	t.Parallel()
	l := newLab(t, "mmdet3", "  - {id: s, kind: train, config: c.py, train: t, val: v, augment: light, size: 512}\n",
		map[string]string{"c.py": "epochs=2"})
	out, _ := l.run(0, "plan", "--json")
	var plan struct {
		Stages []struct {
			Module     string `json:"module"`
			ModulePath string `json:"module_path"`
		} `json:"stages"`
	}
	if err := json.Unmarshal([]byte(out), &plan); err != nil || len(plan.Stages) != 1 {
		t.Fatalf("plan: %v\n%s", err, out)
	}
	l.run(0, "run")
	got, err := os.ReadFile(plan.Stages[0].ModulePath)
	if err != nil || string(got) != plan.Stages[0].Module || !strings.Contains(string(got), "class Albu") {
		t.Errorf("module %v:\n%s", err, got)
	}
}
