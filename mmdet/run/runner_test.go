//go:build unix

package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/mmdet"
)

const tinyCOCO = `{"images": [{"id": 1, "file_name": "%s.png", "height": 64, "width": 64}], "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 8, 8], "area": 64, "iscrowd": 0, "segmentation": [[1, 1, 9, 1, 9, 9, 1, 9]]}], "categories": [{"id": 1, "name": "blood_vessel"}], "info": {}, "licenses": []}`

const chain = `
  - {id: s1, kind: train, config: a.py, train: t, val: v, init: {url: 'https://example.org/coco.pth'}}
  - {id: s2, kind: train, config: b.py, train: t, val: v, init: {stage: s1}}
  - {id: other, kind: train, config: b.py, train: t, val: v}
`

// A lab is a folder with a recipe in which all programs are this test binary.
type lab struct {
	t      *testing.T
	dir    string
	recipe *mmdet.Recipe
	events []string // stage and text of each event
	o      Options
}

func newLab(t *testing.T, stages, head string) *lab {
	t.Helper()
	return newLabIn(t, t.TempDir(), stages, head)
}

func newLabIn(t *testing.T, dir, stages, head string) *lab {
	t.Helper()
	t.Parallel()
	return makeLab(t, dir, stages, head)
}

func makeLab(t *testing.T, dir, stages, head string) *lab {
	t.Helper()
	l := &lab{t: t, dir: dir}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"python", "hubdata"} {
		if err := os.MkdirAll(filepath.Join(l.dir, "bin"), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(self, filepath.Join(l.dir, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	write(t, l.dir, map[string]string{"data/t.json": fmt.Sprintf(tinyCOCO, "t"), "data/v.json": fmt.Sprintf(tinyCOCO, "v"),
		"configs/a.py": "", "configs/b.py": "", "tool/tools/train.py": ""})
	l.recipe = makeLabRecipe(t, dir, stages, head)
	l.o = Options{Env: append(os.Environ(), "RUN_FAKE=programs"), Hubdata: filepath.Join(l.dir, "bin", "hubdata"), Grace: 5 * time.Second}
	l.o.Events = func(e Event) {
		l.events = append(l.events, reflect.ValueOf(e).FieldByName("Stage").String()+" "+e.String())
	}
	return l
}

// labRecipe is a recipe of a lab. There is a dataset to build, d, if the head mentions it.
func labRecipe(stages, head string) string {
	build := ""
	if strings.Contains(head, "#d") {
		build = "  d: {coco: d.json, build: {command: [filter, -o, '{out}', '{id:t}']}}\n"
	}
	return "version: 1\nname: lab\ndialect: mmdet2\nclasses: [blood_vessel]\ntool: {python: bin/python, root: tool}\n" +
		"roots: {configs: configs, work: work, data: data}\n" + head + "datasets:\n  t: {coco: t.json}\n  v: {coco: v.json}\n  f: {folder: f}\n" + build + "stages:" + stages
}

func makeLabRecipe(t *testing.T, dir, stages, head string) *mmdet.Recipe {
	t.Helper()
	recipe, err := mmdet.ReadRecipe(strings.NewReader(labRecipe(stages, head)), filepath.Join(dir, "recipe.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return recipe
}

func (l *lab) runner() *Runner {
	l.t.Helper()
	r, err := New(l.recipe, l.o)
	if err != nil {
		l.t.Fatal(err)
	}
	return r
}

// run runs the recipe and compares the events.
func (l *lab) run(want ...string) error {
	l.t.Helper()
	l.events = nil
	err := l.runner().Run(l.t.Context())
	// On a busy machine the processes of the run before may take their time to end.
	l.events = slices.DeleteFunc(l.events, func(e string) bool {
		return strings.HasSuffix(e, "a process that an earlier run started is still running: waiting for it")
	})
	if !reflect.DeepEqual(l.events, want) {
		l.t.Fatalf("events\n%s\nwant\n%s\nerror %v", strings.Join(l.events, "\n"), strings.Join(want, "\n"), err)
	}
	return err
}

func (l *lab) console(stage string) string {
	l.t.Helper()
	r := l.runner()
	var text bytes.Buffer
	if err := r.Log(l.t.Context(), l.recipe.Stage(stage), &text, LogOptions{}); err != nil {
		l.t.Fatal(err)
	}
	return text.String()
}

func TestRun(t *testing.T) {
	l := newLab(t, chain, "")
	const best = ": best_segm_mAP_epoch_2.pth, segm_mAP 0.3"
	plan, err := l.runner().Plan()
	if err != nil {
		t.Fatal(err)
	}
	if len(plan) != 3 || plan[0].Action.Verb != Begin || plan[1].Action.Verb != After || plan[1].Condition != IsBlocked || len(plan[0].Commands) != 1 || plan[1].Commands != nil {
		t.Errorf("plan %+v", plan)
	}
	if err := l.run("s1 begins", "s1 is done"+best, "s2 begins", "s2 is done"+best, "other begins", "other is done"+best); err != nil {
		t.Fatal(err)
	}
	if got, want := l.console("s2"), "begins with "+filepath.Join(l.dir, "work", "s1", "best_segm_mAP_epoch_2.pth")+"\n"; got != want {
		t.Errorf("s2 printed %q, want %q", got, want)
	}
	if err := l.run("s1 is done"+best, "s2 is done"+best, "other is done"+best); err != nil {
		t.Fatal(err)
	}
	states := l.runner().Status()
	for _, s := range states {
		if s.Condition != IsDone || s.Epoch != 3 || s.BestEpoch != 2 || *s.Best != 0.3 || *s.Score != 0.2 || s.Choice.Epoch != 2 || s.Starts != 1 {
			t.Errorf("status %+v", s)
		}
	}

	// A changed config makes the stages that use it stale.
	write(t, l.dir, map[string]string{"configs/b.py": "x = 1"})
	err = l.run("s1 is done"+best, "s2 failed: stage s2 is stale: config "+filepath.Join(l.dir, "configs", "b.py")+" has changed")
	var stale *StaleError
	if !errors.As(err, &stale) || stale.Stage != "s2" || stale.WorkDir != filepath.Join(l.dir, "work", "s2") {
		t.Errorf("error %v", err)
	}
	l.o.Rerun, l.o.Select.Only = RerunStale, []string{"s2"}
	old := filepath.Join(l.dir, "work", "s2.old-1")
	if err := l.run("s2 its previous output is now in "+old, "s2 begins", "s2 is done"+best); err != nil {
		t.Fatal(err)
	}
	if !exists(filepath.Join(old, "epoch_3.pth")) {
		t.Error("what was there no longer exists")
	}
	if err := l.run("s2 is done" + best); err != nil {
		t.Fatal(err)
	}
	l.o.Rerun = RerunAll
	if err := l.run("s2 its previous output is now in "+filepath.Join(l.dir, "work", "s2.old-2"), "s2 begins", "s2 is done"+best); err != nil {
		t.Fatal(err)
	}
}

// TestLost removes files of finished stages.
func TestLost(t *testing.T) {
	l := newLab(t, chain, "")
	l.o.Select.Until = "s2"
	if err := l.runner().Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	best := filepath.Join(l.dir, "work", "s1", "best_segm_mAP_epoch_2.pth")
	text, err := os.ReadFile(best)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(best); err != nil {
		t.Fatal(err)
	}
	_ = l.run("s1 failed: stage s1 is stale: " + best + " no longer exists")
	write(t, filepath.Dir(best), map[string]string{filepath.Base(best): string(text) + "x"})
	_ = l.run("s1 failed: stage s1 is stale: " + best + " has changed since it was written")
	write(t, filepath.Dir(best), map[string]string{filepath.Base(best): string(text)})
	const is = " is done: best_segm_mAP_epoch_2.pth, segm_mAP 0.3"
	if err := l.run("s1"+is, "s2"+is); err != nil {
		t.Error(err)
	}
}

func TestFailures(t *testing.T) {
	t.Run("crash", func(t *testing.T) {
		l := newLab(t, chain, "")
		write(t, l.dir, map[string]string{"configs/a.py": "crash"})
		err := l.run("s1 begins", "s1 failed: stage s1: python ended with exit status 1")
		var failed *ProcessError
		if !errors.As(err, &failed) || failed.Code != 1 || failed.Hubdata || !strings.Contains(failed.Advice, "batch_per_gpu") ||
			len(failed.Tail) != 2 || failed.Tail[1] != "RuntimeError: CUDA out of memory" {
			t.Errorf("error %+v", failed)
		}
		l.o.Select.Only = []string{"s1"}
		if err := l.run("s1 resumes from epoch_2.pth", "s1 is done: best_segm_mAP_epoch_2.pth, segm_mAP 0.3"); err != nil {
			t.Error(err)
		}
	})
	t.Run("keep going", func(t *testing.T) {
		l := newLab(t, chain, "")
		l.o.KeepGoing = true
		write(t, l.dir, map[string]string{"configs/a.py": "nothing"})
		reason := "the trainer returned 0 and left no checkpoint in " + filepath.Join(l.dir, "work", "s1")
		err := l.run("s1 begins", "s1 failed: stage s1: "+reason, "s2 skipped: needs s1, which failed", "other begins", "other is done: best_segm_mAP_epoch_2.pth, segm_mAP 0.3")
		var training *mmdet.TrainingError
		if !errors.As(err, &training) || training.Reason != reason {
			t.Errorf("error %v", err)
		}
	})
	for _, c := range []struct {
		name   string
		spoil  func(l *lab)
		is     func(err error) bool
		begins bool
	}{
		{"blocked by a stage", func(l *lab) { l.o.Select.Only = []string{"s2"} }, func(err error) bool {
			var e *BlockedError
			return errors.As(err, &e) && e.Err == nil && e.Error() == "stage s2 waits for s1, which is fresh"
		}, false},
		{"no config", func(l *lab) { _ = os.Remove(filepath.Join(l.dir, "configs", "a.py")) }, func(err error) bool {
			var e *BlockedError
			var input *InputError
			return errors.As(err, &e) && errors.As(err, &input) && filepath.Base(input.File) == "a.py"
		}, false},
		{"wrong data", func(l *lab) {
			write(l.t, l.dir, map[string]string{"data/t.json": strings.ReplaceAll(tinyCOCO, "blood_vessel", "vessel")})
		}, func(err error) bool {
			var e *DataError
			return errors.As(err, &e) && e.Report.Findings[0].Code == mmdet.ClassMissing
		}, false},
		{"another size of the image", func(l *lab) { l.o.ImageSize = func(string) (int, int, error) { return 64, 65, nil } }, func(err error) bool {
			var e *DataError
			return errors.As(err, &e) && e.Report.Findings[0].Code == check.ImageFileSize
		}, false},
		{"broken state", func(l *lab) { write(l.t, l.dir, map[string]string{"work/s1/hubdata/stage.json": "{"}) }, func(err error) bool {
			var e *StateError
			return errors.As(err, &e)
		}, false},
		{"no python", func(l *lab) { _ = os.Remove(filepath.Join(l.dir, "bin", "python")) }, func(err error) bool {
			var e *exec.Error
			return errors.As(err, &e)
		}, true},
		{"no MMDetection", func(l *lab) { _ = os.RemoveAll(filepath.Join(l.dir, "tool")) }, func(err error) bool {
			var e *InfrastructureError
			return errors.As(err, &e) && e.Advice != ""
		}, true},
		{"held", func(l *lab) {
			if _, err := takeLock(filepath.Join(l.dir, "work", "s1"), self(""), false, nil); err != nil {
				l.t.Fatal(err)
			}
		}, func(err error) bool {
			var e *LockedError
			return errors.As(err, &e)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, chain, "")
			c.spoil(l)
			if err := l.runner().Run(t.Context()); !c.is(err) {
				t.Errorf("error %T: %v", err, err)
			}
			if begins := strings.Contains(strings.Join(l.events, "\n"), "begins"); begins != c.begins {
				t.Errorf("events %q", l.events)
			}
		})
	}
}

// TestRepaired repairs what a stage failed on before anything was trained: that makes it not stale. What a training has
// left does.
func TestRepaired(t *testing.T) {
	for _, c := range []struct {
		name, config string
		python       string // where it is when the stage is tried first
		stale        string // why it is after the repair
	}{
		{"no python", "", "moved", ""},
		{"it ended before it trained", "nothing at all", "python", ""},
		{"it trained an epoch", "crash", "python", "config DIR/configs/a.py has changed; command line has changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLab(t, chain, "")
			l.o.Select.Only = []string{"s1"}
			write(t, l.dir, map[string]string{"configs/a.py": c.config})
			if err := os.Rename(filepath.Join(l.dir, "bin", "python"), filepath.Join(l.dir, "bin", c.python)); err != nil {
				t.Fatal(err)
			}
			if err := l.runner().Run(t.Context()); err == nil {
				t.Fatal("it did not fail")
			}
			_ = os.Rename(filepath.Join(l.dir, "bin", c.python), filepath.Join(l.dir, "bin", "another"))
			write(t, l.dir, map[string]string{"configs/a.py": "x = 1"})
			text := strings.Replace(labRecipe(chain, ""), "bin/python", "bin/another", 1)
			var err error
			if l.recipe, err = mmdet.ReadRecipe(strings.NewReader(text), filepath.Join(l.dir, "recipe.yaml")); err != nil {
				t.Fatal(err)
			}
			st := l.runner().Status()[0]
			got := ""
			if st.Condition == IsStale {
				got = strings.ReplaceAll(strings.Join(st.Why, "; "), l.dir, "DIR")
			}
			if got != c.stale {
				t.Fatalf("it is %s: %q, expected %q", st.Condition, got, c.stale)
			}
			err = l.runner().Run(t.Context())
			if stale := (*StaleError)(nil); errors.As(err, &stale) != (c.stale != "") || c.stale == "" && err != nil {
				t.Errorf("error %v", err)
			}
		})
	}
}

// TestInterrupted stops a training by a context and by signals.
func TestInterrupted(t *testing.T) {
	for name, stop := range map[string]func(cancel func(), signals chan<- os.Signal){
		"context":   func(cancel func(), _ chan<- os.Signal) { cancel() },
		"interrupt": func(_ func(), signals chan<- os.Signal) { signals <- os.Interrupt },
		"time over": func(_ func(), signals chan<- os.Signal) { signals <- syscall.SIGUSR1 },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, chain, "")
			write(t, l.dir, map[string]string{"configs/a.py": "hangs"})
			signals := make(chan os.Signal, 1)
			l.o.Signals = signals
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error)
			r := l.runner()
			go func() { ended <- r.Run(ctx) }()
			for i := 0; !strings.Contains(readAll(filepath.Join(l.dir, "work", "s1"), "*.json"), "segm_mAP"); i++ {
				if i > 1000 {
					t.Fatal("the training does not begin")
				}
				time.Sleep(10 * time.Millisecond)
			}
			stop(cancel, signals)
			err := <-ended
			var stopped *InterruptedError
			if !errors.As(err, &stopped) || stopped.Error() != "interrupted: stage s1 was stopped in epoch 1, segm_mAP 0.1" {
				t.Errorf("error %T: %v", err, err)
			}
			states := l.runner().Status()
			if states[0].Why[0] != "it was interrupted" || states[1].Condition != IsBlocked {
				t.Errorf("states %+v", states)
			}
		})
	}
}

// readAll returns the content of the files that match a pattern.
func readAll(dir, pattern string) string {
	var all []byte
	paths, _ := filepath.Glob(filepath.Join(dir, pattern))
	for _, path := range paths {
		text, _ := os.ReadFile(path)
		all = append(all, text...)
	}
	return string(all)
}

// TestOwnStages runs stages of hubdata itself and one that predicts.
func TestOwnStages(t *testing.T) {
	l := newLab(t, `
  - {id: infer, kind: infer, config: a.py, from: {file: w.pth}, on: v}
  - {id: fuse, kind: fuse, inputs: [infer], preset: tuned.json}
  - {id: eval, kind: eval, inputs: [fuse], truth: v}
`, "")
	write(t, l.dir, map[string]string{"w.pth": "weights", "tool/tools/test.py": "", "tuned.json": "{}"})
	var scores bytes.Buffer
	l.o.Scores = &scores
	if err := l.run("infer begins", "infer is done", "fuse begins", "fuse is done", "eval begins", "eval is done"); err != nil {
		t.Fatal(err)
	}
	if scores.String() != "scores of eval\n" {
		t.Errorf("scores %q", &scores)
	}
	var lines bytes.Buffer
	if err := l.runner().Log(t.Context(), l.recipe.Stage("fuse"), &lines, LogOptions{Lines: 1, Follow: true}); err != nil || lines.String() != "scores of pseudo\n" {
		t.Errorf("log %q, %v", &lines, err)
	}
	// A preset that has changed makes its stage stale, as does a missing result.
	write(t, l.dir, map[string]string{"tuned.json": "{ }"})
	var changed *StaleError
	if err := l.runner().Run(t.Context()); !errors.As(err, &changed) || changed.Stage != "fuse" || !strings.Contains(err.Error(), "tuned.json has changed") {
		t.Errorf("error %v", err)
	}
	write(t, l.dir, map[string]string{"tuned.json": "{}"})
	if err := os.Remove(filepath.Join(l.dir, "work", "fuse", "fused.segm.json")); err != nil {
		t.Fatal(err)
	}
	var stale *StaleError
	if err := l.runner().Run(t.Context()); !errors.As(err, &stale) || stale.Stage != "fuse" {
		t.Errorf("error %v", err)
	}
	l.o.Select.Only = []string{"infer"}
	if err := l.runner().Log(t.Context(), &mmdet.Stage{ID: "none"}, &lines, LogOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

func TestSelection(t *testing.T) {
	l := newLab(t, chain, "")
	for _, c := range []struct {
		sel  Selection
		want string
	}{
		{Selection{}, "s1 s2 other"},
		{Selection{Only: []string{"other", "s1"}}, "s1 other"},
		{Selection{Until: "s2"}, "s1 s2"},
		{Selection{From: "s1"}, "s1 s2"},
		{Selection{From: "s2", Until: "s2"}, "s2"},
		{Selection{Only: []string{"s1", "x"}}, `Only: no stage "x"`},
		{Selection{Until: "x"}, `Until: no stage "x"`},
		{Selection{From: "x"}, `From: no stage "x"`},
		{Selection{From: "s2", Until: "s1"}, "the selection has no stages"},
	} {
		r, err := New(l.recipe, Options{Select: c.sel})
		var got []string
		var bad *SelectError
		if errors.As(err, &bad) {
			got = append(got, bad.Error())
			if len(bad.Known) != 3 {
				t.Errorf("known %q", bad.Known)
			}
		} else if err != nil {
			t.Fatal(err)
		} else {
			for _, s := range r.Stages() {
				got = append(got, s.ID)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%+v: %q, want %q", c.sel, got, c.want)
		}
	}
}
