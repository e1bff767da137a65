package app_test

import (
	"github.com/hubdata/hubdata/internal/golden"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// TestBadFiles gives the files of testdata/bad to a command that reads their kind: each is
// refused by name, and nothing is written.
func TestBadFiles(t *testing.T) {
	data := filepath.Join(golden.Repository(t), "testdata")
	hubmap := filepath.Join(data, "hubmap")
	tests := map[string]string{ // by kind; FILE is the bad one, OUT is not there yet
		"outlines":   "convert DIR --polygons FILE -o OUT",
		"packed":     "convert DIR --polygons FILE -o OUT",
		"tiles":      "convert DIR --tile-meta FILE -o OUT",
		"coco":       "check --strict FILE",
		"results":    "eval DIR/ds3_truth.json FILE --pr-curve OUT.csv",
		"submission": "submission check FILE",
		"plan":       "folds DIR --from FILE -o OUT",
		"recipe":     "train plan FILE",
		"image":      "", // a command finds images by the names of tiles: TestShowImages
		"slides":     "", // no command reads the donors
	}
	entries, err := os.ReadDir(filepath.Join(data, "bad"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		kind, _, _ := strings.Cut(e.Name(), "-")
		line, ok := tests[kind]
		if !ok {
			t.Errorf("%s: no command reads %s", e.Name(), kind)
		}
		if line == "" {
			continue
		}
		t.Run(e.Name(), func(t *testing.T) {
			dir := t.TempDir()
			out := filepath.Join(dir, "out")
			file := filepath.Join(data, "bad", e.Name())
			var args []string
			for _, a := range strings.Fields(line) {
				args = append(args, strings.NewReplacer("DIR", hubmap, "FILE", file, "OUT", out).Replace(a))
			}
			code, _, stderr := clitest.Hubdata(t, t.Context(), args...)
			want := ui.ExitBadData
			if kind == "recipe" {
				want = ui.ExitUsage // a recipe says what to do, as a command line does
			}
			if code != want || !strings.Contains(stderr, e.Name()) {
				t.Errorf("%q: exit code %d, want %d, and the file's name: %s", args, code, want, stderr)
			}
			if left := clitest.Tree(t, dir); len(left) > 1 {
				t.Errorf("%q wrote %q", args, left)
			}
		})
	}
}
