package traincmd_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/traincmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/process"
	mmrun "github.com/hubdata/hubdata/mmdet/run"
)

const two = "  - {id: s1, kind: train, config: a.py, train: t, val: v, init: {url: 'https://example.org/coco.pth'}}\n" +
	"  - {id: s2, kind: train, config: b.py, train: t, val: v, init: {stage: s1}}\n"

func plain() map[string]string {
	return map[string]string{"a.py": "scores=0.1,0.3,0.2", "b.py": "scores=0.1,0.3,0.2"}
}

// wants looks for texts in what was printed.
func wants(t *testing.T, printed string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(printed, text) {
			t.Errorf("%q is not in\n%s", text, printed)
		}
	}
}

// TestTrainMishaps lets trainings go wrong in all ways: each has its exit code and
// advice, and what can go on does.
func TestTrainMishaps(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the fake trainings are made for Unix")
	}
	for _, c := range []struct {
		name   string
		old    string // in the config of the first stage
		code   int
		texts  []string
		again  int // exit code of a second run; -1: none
		starts int // after it, of the first stage
	}{
		{"crash", "crash=3", traincmd.ExitTrainer,
			[]string{"stage s1: fakepython ended with exit status 1", "| RuntimeError: CUDA error", "hint: hubdata train logs",
				"run again to continue"}, 0, 2},
		{"crash before a checkpoint", "crash=1", traincmd.ExitTrainer, []string{"ended with exit status 1"}, 0, 2},
		{"full disk", "full=2", traincmd.ExitTrainer,
			[]string{"No space left on device", "hint: the disk is full: free some space; keep_checkpoints"}, 0, 2},
		{"no checkpoint", "nockpt=1", traincmd.ExitTrainer, []string{"the trainer returned 0 and left no checkpoint in",
			"hint: see its output"}, -1, 1},
		{"stopped early", "stopat=2", traincmd.ExitTrainer,
			[]string{"the trainer returned 0 after epoch 2 of 3", "hint: see its output; run the stage again"}, 0, 2},
		{"two best files", "twobest=1", traincmd.ExitCheckpoint,
			[]string{"found best_segm_mAP_epoch_1.pth, best_segm_mAP_epoch_2.pth", "expected one best file (ambiguous)",
				"hint: two trainings may have written"}, -1, 1},
		{"only zero", "zero", traincmd.ExitCheckpoint, []string{"every segm_mAP in the log is 0", "hint: check the data"}, -1,
			1},
		{"no validation", "noval=1", traincmd.ExitCheckpoint, []string{"found no best file and no validation"}, -1, 1},
		{"NaN", "nan=2", 0, []string{"stage s1: warning: the loss was NaN in epoch 2 (", "lower the learning rate"}, 0, 1},
		{"weights that do not fit", "mismatch=7", 0,
			[]string{"warning: the initial weights fit only partly: 7 have another shape"}, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			configs := plain()
			configs["a.py"] = "scores=0.1,0.3,0.2 " + c.old
			if c.old == "zero" {
				configs["a.py"] = "scores=0,0,0"
			}
			l := newLab(t, "mmdet2", two, configs)
			_, stderr := l.run(c.code, "run")
			wants(t, stderr, c.texts...)
			if c.code != 0 {
				if st := l.state("s1"); st.Status != "failed" || st.Reason == "" {
					t.Errorf("state %+v", st)
				}
				if len(l.starts("s2")) != 0 {
					t.Error("the next stage was started")
				}
				out, _ := l.run(0, "status")
				wants(t, out, "waits for s1, which is ")
			}
			if c.again >= 0 {
				l.run(c.again, "run")
				if l.state("s2").Status != "done" {
					t.Errorf("state %+v", l.state("s2"))
				}
			}
			starts := l.starts("s1")
			if len(starts) != c.starts {
				t.Errorf("%d starts, want %d", len(starts), c.starts)
			}
			if c.name == "full disk" && starts[1].Resume != 1 || c.name == "crash" && starts[1].Resume != 2 ||
				c.name == "crash before a checkpoint" && starts[1].Resume != 0 {
				t.Errorf("resumes from epoch %d", starts[1].Resume)
			}
		})
	}
}

func TestTrainBadInput(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the fake trainings are made for Unix")
	}
	lock := func(l *lab, o mmrun.Owner) {
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		l.write("work/.hubdata/s1.lock", string(text))
	}
	host, _ := os.Hostname()
	for _, c := range []struct {
		name  string
		spoil func(l *lab)
		args  []string
		code  int
		texts []string
	}{
		{"no stage", nil, []string{"run", "--stage", "s9"}, ui.ExitUsage,
			[]string{`--stage: no stage "s9"`, "hint: the stages are s1, s2"}},
		{"no stage to end", nil, []string{"run", "--until", "x"}, ui.ExitUsage, []string{`--until: no stage "x"`}},
		{"no stage left", nil, []string{"run", "--until", "s1", "--from", "s2"}, ui.ExitUsage, []string{"leave no stage"}},
		{"needs another", nil, []string{"run", "--stage", "s2"}, ui.ExitUsage,
			[]string{"stage s2 waits for s1, which is fresh", "hint: --until s2"}},
		{"no config", func(l *lab) { os.Remove(filepath.Join(l.dir, "configs", "a.py")) }, []string{"run"}, ui.ExitBadData,
			[]string{"a.py: no such file, but it is the config of stage s1"}},
		{"no base", func(l *lab) { l.write("configs/a.py", "_base_ = ['../base/x.py']\n") }, []string{"run"}, ui.ExitBadData,
			[]string{"x.py: no such file, but ", "inherits from it by _base_"}},
		{"no data", func(l *lab) { os.Remove(filepath.Join(l.dir, "data", "t.json")) }, []string{"run"}, ui.ExitBadData,
			[]string{"t.json: no such file, but it is the file of dataset t"}},
		{"no image", func(l *lab) { os.Remove(filepath.Join(l.dir, "images", "a.png")) }, []string{"run"}, ui.ExitBadData,
			[]string{"a.png", "stage s1 was not started", "hint: hubdata train check"}},
		{"wrong class", func(l *lab) {
			l.write("data/t.json", strings.ReplaceAll(clitest.TinyCOCO, "blood_vessel", "vessel"))
		}, []string{"run"}, ui.ExitBadData, []string{"class-missing", "stage s1 was not started"}},
		{"no python", func(l *lab) {
			text, _ := os.ReadFile(l.recipe)
			l.write("recipe.yaml", strings.Replace(string(text), "python: fakepython", "python: no-such-python", 1))
		}, []string{"run"}, traincmd.ExitInfrastructure,
			[]string{"no-such-python: executable file not found",
				"hint: install it, add its folder to PATH, or name it in the recipe"}},
		{"no MMDetection", func(l *lab) { os.RemoveAll(filepath.Join(l.dir, "tool")) }, []string{"run"},
			traincmd.ExitInfrastructure, []string{"no such folder", "hint: set tool.root"}},
		{"folder of another training", func(l *lab) { l.write("work/s1/20230101_000000.log.json", "{}\n") }, []string{"run"},
			ui.ExitBadData, []string{"the folder contains a training that hubdata did not start", "hint: --rerun"}},
		{"broken state", func(l *lab) { l.write("work/s1/hubdata/stage.json", "{") }, []string{"run"}, ui.ExitBadData,
			[]string{"stage.json: unexpected end of JSON input, expected a file that hubdata wrote", "move the folder away"}},
		{"state of a later version", func(l *lab) { l.write("work/s1/hubdata/stage.json", `{"version": 2}`) },
			[]string{"status"}, ui.ExitBadData, []string{"found version 2, expected 1"}},
		{"broken log", func(l *lab) { l.write("work/s1/20230101_000000.log.json", "{}\noops\n") }, []string{"run"},
			ui.ExitBadData, []string{`log.json:2: found "oops"`, "if the disk was full, delete the line"}},
		{"broken lock", func(l *lab) { l.write("work/.hubdata/s1.lock", "x") }, []string{"run"}, ui.ExitBadData,
			[]string{`s1.lock: found "x", expected a lock of hubdata`, "delete the file"}},
		{"held here", func(l *lab) { lock(l, mmrun.Owner{ID: process.Self(), Host: host}) }, []string{"run"}, ui.ExitFailure,
			[]string{"held by process ", "hint: wait until it ends; hubdata train status"}},
		{"held elsewhere", func(l *lab) { lock(l, mmrun.Owner{ID: process.ID{PID: 7}, Host: "far"}) }, []string{"run"},
			ui.ExitFailure, []string{"held by process 7 on far", "hint: if that run has ended, hubdata train run --unlock"}},
		{"held elsewhere, unlocked", func(l *lab) { lock(l, mmrun.Owner{ID: process.ID{PID: 7}, Host: "far"}) },
			[]string{"run", "--unlock"}, 0, []string{"stage s2 is done"}},
		{"held by a job that is gone", func(l *lab) { lock(l, mmrun.Owner{ID: process.ID{PID: 7}, Host: "far", Job: "77"}) },
			[]string{"run"}, 0, []string{"stage s2 is done"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t, "mmdet2", two, plain())
			if c.spoil != nil {
				c.spoil(l)
			}
			_, stderr := l.run(c.code, c.args...)
			wants(t, stderr, c.texts...)
			if c.code != 0 && len(l.starts("")) != 0 {
				t.Errorf("a training was started:\n%s", stderr)
			}
		})
	}
}

// TestTrainKeepGoing: branches that do not need the failed stage go on.
func TestTrainKeepGoing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the fake trainings are made for Unix")
	}
	stages := two + "  - {id: other, kind: train, config: b.py, train: t, val: v}\n"
	configs := plain()
	configs["a.py"] += " nockpt=1"
	l := newLab(t, "mmdet2", stages, configs)
	l.run(traincmd.ExitTrainer, "run")
	if len(l.starts("other")) != 0 {
		t.Error("a stage was started after a failure")
	}
	_, stderr := l.run(traincmd.ExitTrainer, "run", "--keep-going")
	wants(t, stderr, "stage s2 skipped: needs s1, which failed", "stage other is done", "left no checkpoint")
}

// TestTrainOddPaths: folders with spaces, commas, braces, quotes and letters of all kinds.
func TestTrainOddPaths(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the fake trainings are made for Unix")
	}
	for _, name := range []string{"a b, c", "it's {x} [1]", "Gefäße 血管", "100%j $HOME"} {
		for _, dialect := range []string{"mmdet2", "mmdet3"} {
			l := labIn(t, filepath.Join(t.TempDir(), name), dialect, two, plain())
			l.run(0, "run")
			if st := l.state("s2"); st.Status != "done" {
				t.Errorf("%s: %+v", name, st)
			}
			if s := l.starts("s2"); len(s) != 1 || s[0].Weight != "https://example.org/coco.pth>s1@2" {
				t.Errorf("%s: starts %+v", name, s)
			}
		}
	}
	l := labIn(t, filepath.Join(t.TempDir(), "x{{ fileDirname }}"), "mmdet3", two, plain())
	_, stderr := l.run(ui.ExitUsage, "run")
	wants(t, stderr, "{{ fileDirname }}")
}

func TestTrainPickCommand(t *testing.T) {
	l := newLab(t, "mmdet3", two, plain())
	if runtime.GOOS == "windows" {
		t.Skip("the fake trainings are made for Unix")
	}
	l.run(0, "run", "--quiet")
	dir := filepath.Join(l.dir, "work", "s1")
	pick := func(code int, args ...string) (string, string) {
		t.Helper()
		got, out, stderr := clitest.Hubdata(t, t.Context(), append([]string{"train", "pick"}, args...)...)
		if got != code {
			t.Fatalf("exit code %d, want %d: %s", got, code, stderr)
		}
		return out, stderr
	}
	out, stderr := pick(0, dir)
	wants(t, out, filepath.Join(dir, "best_coco_segm_mAP_epoch_2.pth"))
	wants(t, stderr, "epoch 2, segm_mAP 0.3: the only best file, and the log's best epoch")
	out, _ = pick(0, "--json", "--pick", "last", dir)
	var choice struct {
		Path  string
		Epoch int
	}
	if err := json.Unmarshal([]byte(out), &choice); err != nil || choice.Epoch != 3 ||
		filepath.Base(choice.Path) != "epoch_3.pth" {
		t.Errorf("%+v %v", choice, err)
	}
	_, stderr = pick(traincmd.ExitCheckpoint, "--pick", "epoch:1", dir)
	wants(t, stderr, "expected one of epoch 1 (missing)", "hint: the training keeps only its last checkpoints")
	_, stderr = pick(traincmd.ExitCheckpoint, "--metric", "bbox_mAP", dir)
	wants(t, stderr, "the log has no bbox_mAP", "hint: the log has coco/segm_mAP, coco/segm_mAP_50")
	pick(ui.ExitUsage, "--pick", "newest", dir)
	pick(ui.ExitUsage, "--dialect", "mmdet4", dir)
	pick(ui.ExitUsage)
	pick(ui.ExitBadData, filepath.Join(dir, "none"))
	_, stderr = pick(ui.ExitBadData, t.TempDir())
	wants(t, stderr, "found no log of MMDetection", "hint: if there is none, name the dialect")

	cmd := l.command("logs", "-n", "1")
	cmd.Args = append(cmd.Args, "s1")
	text, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	wants(t, string(text), "Epoch(train)  [3][3/3]")
}
