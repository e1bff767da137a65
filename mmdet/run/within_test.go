//go:build unix

package run

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/hubdata/hubdata/mmdet"
)

// TestWithin: what hubdata writes into a work_dir stays there, whatever links are in it. The work_dir may be a link.
func TestWithin(t *testing.T) {
	const stage = "\n  - {id: s1, kind: train, config: a.py, train: t, val: v}\n"
	for _, name := range []string{"console.log", "stage.json", "overlay.py"} {
		for _, there := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				l := newLab(t, stage, "")
				far, path := filepath.Join(l.dir, "far"), filepath.Join(l.dir, "work", "s1", "hubdata", name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.Symlink(far, path)); err != nil {
					t.Skip(err)
				}
				text := `{"version": 1, "status": "done"}`
				if there {
					if err := os.WriteFile(far, []byte(text), 0o666); err != nil {
						t.Fatal(err)
					}
				}
				l.o.Rerun = RerunStale
				err := l.runner().Run(t.Context())
				var bad *StateError
				if there && name == "stage.json" { // the folder is moved away first
					if err != nil {
						t.Error(err)
					}
				} else if !errors.As(err, &bad) || bad.File != path {
					t.Errorf("error %v", err)
				}
				if now, err := os.ReadFile(far); there && (err != nil || string(now) != text) || !there && err == nil {
					t.Errorf("the file elsewhere: %q, %v", now, err)
				}
			})
		}
	}
	t.Run("pipe", func(t *testing.T) {
		l := newLab(t, stage, "")
		path := consolePath(filepath.Join(l.dir, "work", "s1"))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), syscall.Mkfifo(path, 0o666)); err != nil {
			t.Skip(err)
		}
		if err := l.runner().Run(t.Context()); err == nil ||
			!strings.Contains(err.Error(), "console.log: found a named pipe, expected a regular file") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("linked work_dir", func(t *testing.T) {
		l := newLab(t, stage, "")
		if err := errors.Join(os.MkdirAll(filepath.Join(l.dir, "disk"), 0o777),
			os.MkdirAll(filepath.Join(l.dir, "work"), 0o777),
			os.Symlink("../disk", filepath.Join(l.dir, "work", "s1"))); err != nil {
			t.Skip(err)
		}
		if err := l.runner().Run(t.Context()); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(filepath.Join(l.dir, "disk", "hubdata", "console.log")); err != nil {
			t.Error(err)
		}
	})
}

const ownStages = `
  - {id: infer, kind: infer, config: a.py, from: {file: w.pth}, on: v}
  - {id: fuse, kind: fuse, inputs: [infer]}
`

// TestNotUTF8: in a folder whose name is not UTF-8, a stage that is done is done, and what has changed is called by its
// name.
func TestNotUTF8(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "caf\xe9 \xff")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Skip(err)
	}
	l := newLabIn(t, dir, chain, "")
	text := "version: 1\nname: lab\ndialect: mmdet2\nclasses: [blood_vessel]\ntool: {python: bin/python, root: tool}\nroots: {work: work, data: data}\ndatasets:\n  t: {coco: t.json}\n" +
		"  d: {coco: d.json, build: {command: [filter, --results, '{out}', '{id:t}']}}\nstages:\n  - {id: s1, kind: train, config: a.py, train: d, val: t}\n"
	var err error
	if l.recipe, err = mmdet.ReadRecipe(strings.NewReader(text), filepath.Join(dir, "recipe.yaml")); err != nil {
		t.Fatal(err)
	}
	order, err := l.recipe.Order()
	if err != nil {
		t.Fatal(err)
	}
	id := order[0].ID
	l.o.Select.Only = []string{id}
	if err := l.run(id+" begins", id+" is done"); err != nil {
		t.Fatal(err)
	}
	if s := l.runner().Status()[0]; s.Condition != IsDone {
		t.Errorf("%s is %s: %q", s.ID, s.Condition, s.Why)
	}
	if err := os.Remove(filepath.Join(dir, "data", "d.json")); err != nil {
		t.Fatal(err)
	}
	if s := l.runner().Status()[0]; s.Condition != IsStale || s.Why[0] != filepath.Join(dir, "data", "d.json")+
		" no longer exists" {
		t.Errorf("%s is %s: %q", s.ID, s.Condition, s.Why)
	}
	before := &state{Step: "s", Status: done, Inputs: []input{{"config " + dir, "1"}, {"b", "2"}}, Resumed: "e\xe9.pth",
		Outputs: []output{{File: dir}},
		Reason:  dir + " is full", Warnings: []string{"see " + dir},
		Choice: &mmdet.Choice{File: "best_\xff_epoch_1.pth", How: "\xff"}}
	if err := before.write(dir); err != nil {
		t.Fatal(err)
	}
	if after, err := readState(dir); err != nil || !reflect.DeepEqual(after, before) {
		t.Errorf("read %+v, wrote %+v, %v", after, before, err)
	}
}

// TestForeignOutput: a state that names a file which its stage does not write is not that of a stage that is done.
func TestForeignOutput(t *testing.T) {
	l := newLab(t, ownStages, "")
	write(t, l.dir, map[string]string{"w.pth": "weights", "tool/tools/test.py": "", "secret": "text"})
	if err := l.run("infer begins", "infer is done", "fuse begins", "fuse is done"); err != nil {
		t.Fatal(err)
	}
	work := filepath.Join(l.dir, "work", "fuse")
	st, err := readState(work)
	if err != nil {
		t.Fatal(err)
	}
	st.Outputs[0].File = filepath.Join(l.dir, "secret")
	if err := st.write(work); err != nil {
		t.Fatal(err)
	}
	if s := l.runner().Status()[1]; s.Condition != IsStale ||
		!strings.HasSuffix(s.Why[0], "secret is not a file that the stage writes") {
		t.Errorf("%s: %q", s.Condition, s.Why)
	}
}
