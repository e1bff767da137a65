// Package examples holds programs that use hubdata as a library; this test builds and
// runs them.
package examples

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/demo"
)

// build compiles a program.
func build(t *testing.T, name string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), name)
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./"+name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// folder draws the files of a dataset that the programs read.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	set := demo.New(&demo.Options{Seed: 1, Scale: demo.Small, Predictions: 20})
	files := map[string]func(io.Writer) error{"tile_meta.csv": set.WriteTileMeta, "polygons.jsonl": set.WritePolygons, "truth.json": set.WriteTruth}
	for _, model := range demo.Models() {
		files[model+".json"] = func(w io.Writer) error { return set.WritePredictions(w, model) }
	}
	for name, write := range files {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(write(f), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// execute runs a program and gives its standard output and standard error.
func execute(t *testing.T, program string, args ...string) (stdout []byte, stderr string) {
	t.Helper()
	var errs bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, errs.String())
	}
	return out, errs.String()
}

func TestConvert(t *testing.T) {
	program, dir := build(t, "convert"), folder(t)
	out, told := execute(t, program, dir)
	const want = `25 tiles, 265 of 265 outlines kept
blood_vessel: 588521 pixels
glomerulus: 97163 pixels
unsure: 48706 pixels
`
	if told != want {
		t.Errorf("got\n%swant\n%s", told, want)
	}
	d, err := coco.Decode(bytes.NewReader(out))
	if err != nil || len(d.Images) != 25 || len(d.Annotations) != 265 {
		t.Errorf("%v: got %d images and %d annotations, want 25 and 265", err, len(d.Images), len(d.Annotations))
	}
	if err := exec.CommandContext(t.Context(), program, filepath.Join(dir, "none")).Run(); err == nil {
		t.Error("no error without a folder")
	}
}

func TestFuse(t *testing.T) {
	dir := folder(t)
	args := []string{filepath.Join(dir, "truth.json")}
	for _, model := range demo.Models() {
		args = append(args, filepath.Join(dir, model+".json"))
	}
	out, _ := execute(t, build(t, "fuse"), args...)
	const want = `COCO AP  at 0.6  model
  0.515   0.785  cascade.json
  0.521   0.765  detectors.json
  0.484   0.726  vit.json
  0.597   0.939  fused
`
	if string(out) != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}
