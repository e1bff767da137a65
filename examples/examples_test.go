// Package examples contains programs that use hubdata as a library. This test builds
// and runs them.
package examples

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/hubdata/hubdata/coco"
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

// data is the folder that the programs read.
var data = filepath.Join("..", "testdata", "hubmap")

// execute runs a program and returns its standard output and standard error.
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
	program := build(t, "convert")
	out, told := execute(t, program, data)
	const want = `4 tiles, 36 of 36 outlines kept
blood_vessel: 85645 pixels
glomerulus: 16156 pixels
unsure: 5557 pixels
`
	if told != want {
		t.Errorf("got\n%swant\n%s", told, want)
	}
	d, err := coco.Decode(bytes.NewReader(out))
	if err != nil || len(d.Images) != 4 || len(d.Annotations) != 36 {
		t.Errorf("%v: got %d images and %d annotations, want 4 and 36", err, len(d.Images), len(d.Annotations))
	}
	if err := exec.CommandContext(t.Context(), program, filepath.Join(data, "none")).Run(); err == nil {
		t.Error("no error without a folder")
	}
}

func TestFuse(t *testing.T) {
	models, err := filepath.Glob(filepath.Join(data, "predictions", "*"))
	if err != nil {
		t.Fatal(err)
	}
	out, _ := execute(t, build(t, "fuse"), append([]string{filepath.Join(data, "ds3_truth.json")}, models...)...)
	const want = `COCO AP  at 0.6  model
  0.547   0.840  cascade.segm.json
  0.583   0.817  detectors.segm.json
  0.575   0.844  vit.segm.json
  0.633   0.974  fused
`
	if string(out) != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}
