package planfile_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/planfile"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
)

func console() *ui.Console { return ui.NewConsole(nil, io.Discard, io.Discard) }

func TestOutputsFor(t *testing.T) {
	for out, want := range map[string]planfile.Outputs{
		"-":          {CSV: "-", Only: true},
		"a.csv":      {CSV: "a.csv", Only: true},
		"a.csv.gz":   {CSV: "a.csv.gz", Only: true},
		"a.json.zst": {JSON: "a.json.zst", Only: true},
		"dir":        {CSV: filepath.Join("dir", "folds5.csv"), JSON: filepath.Join("dir", "folds5.json")},
	} {
		if got := planfile.OutputsFor(out, "folds5"); got != want {
			t.Errorf("%s: %+v, expected %+v", out, got, want)
		}
	}
}

// write writes a plan into the folder, without --force.
func write(t *testing.T, dir string, fold []int) error {
	t.Helper()
	plan, err := folds.NewPlan("kfold", []string{"a", "b"}, fold, 2)
	if err != nil {
		t.Fatal(err)
	}
	outs := &files.Outputs{Console: console()}
	defer outs.Abort()
	p := planfile.OutputsFor(dir, "folds2")
	if err := p.Check(outs); err != nil {
		return err
	}
	if err := p.Write(outs, plan, "tiles", files.Provenance{Version: "1", Command: "folds"}); err != nil {
		t.Fatal(err)
	}
	if err := outs.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := p.Files(); len(got) != 2 || got[0].Path != filepath.ToSlash(p.CSV) || got[1].Path != filepath.ToSlash(p.JSON) {
		t.Errorf("files: %+v", got)
	}
	return nil
}

// TestWrite: what was written is read back, the plan's own CSV is replaced, and an edited one is not.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	for _, fold := range [][]int{{0, 1}, {1, 0}} {
		if err := write(t, dir, fold); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"folds2.csv", "folds2.json"} {
			plan, in, err := planfile.Open(console(), filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if len(plan.Entries) != 2 || plan.Entries[0].Fold != fold[0]+1 || in.FileInfo().SHA256 == "" {
				t.Errorf("%s: read back %+v from %+v", name, plan.Entries, in.FileInfo())
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "folds2.json"))
	if err != nil {
		t.Fatal(err)
	}
	var plan struct{ Info json.RawMessage }
	if err := json.Unmarshal(text, &plan); err != nil {
		t.Fatal(err)
	}
	if from, ok := files.ProvenanceIn(plan.Info); !ok || from.CSV == nil || from.CSV.Name != "folds2.csv" {
		t.Errorf("info %s", plan.Info)
	}
	if err := os.WriteFile(filepath.Join(dir, "folds2.csv"), []byte("id,fold\na,1\nb,2\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := write(t, dir, []int{1, 0}); err == nil {
		t.Error("an edited CSV is replaced without --force")
	}
}

// TestOpenBad: a plan that is opened is valid, and what is wrong with one is a fault of the data.
func TestOpenBad(t *testing.T) {
	for name, text := range map[string]string{
		"gap.csv": "id,fold\na,1\nb,3\n", "twice.csv": "id,fold\na,1\na,2\n", "one.csv": "id,fold\na,1\n", "other.csv": "a,b\n1,2\n", "empty.csv": "",
		"bad.json": "{", "none.json": "{}",
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		plan, _, err := planfile.Open(console(), path)
		if err == nil {
			t.Errorf("%s: read as %+v", name, plan)
			continue
		}
		if code := console().Report(t.Context(), err); code != ui.ExitBadData {
			t.Errorf("%s: exit code %d: %v", name, code, err)
		}
	}
	if _, _, err := planfile.Open(console(), filepath.Join(t.TempDir(), "none.csv")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestResolve(t *testing.T) {
	names := &coco.Names{}
	for _, name := range []string{"x/a", "x/b", "y/b"} {
		names.Add(&coco.Image{FileName: name + ".png"})
	}
	plan, err := folds.NewPlan("kfold", []string{"a", "c"}, []int{0, 1}, 2)
	if err != nil {
		t.Fatal(err)
	}
	r, err := planfile.Resolve(plan, "p.csv", names)
	if err != nil || r.Matched != 1 || r.Plan.Entries[0].ID != "x/a" {
		t.Errorf("%+v, %v", r, err)
	}
	var stderr strings.Builder
	c := ui.NewConsole(nil, nil, &stderr)
	applied, err := planfile.Apply(c, plan, "p.csv", names, "d.json")
	if err != nil || applied.Entries[0].ID != "x/a" || stderr.String() != "hubdata: p.csv: 1 of 2 entries name no image of d.json, the first is \"c\"\n" {
		t.Errorf("%+v, %v, %q", applied, err, stderr.String())
	}
	other, err := folds.NewPlan("kfold", []string{"q", "r"}, []int{0, 1}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := planfile.Apply(c, other, "p.csv", names, "d.json"); err == nil || err.Error() != "p.csv names no image of d.json" {
		t.Errorf("a plan of another dataset: %v", err)
	}
	plan.Entries[1].ID = "b"
	if _, err := planfile.Resolve(plan, "p.csv", names); !errors.Is(err, ui.ErrInput) {
		t.Errorf("a name of two images: %v", err)
	}
}
