package convertcmd_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
)

// TestSetsAreValid holds what convert writes against the rules of pycocotools
// and MMDetection, in every form of segmentation and id.
func TestSetsAreValid(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "demo", "--predictions", "0", "--no-convert", "--quiet", dir); code != 0 {
		t.Fatalf("demo: exit code %d: %s", code, stderr)
	}
	for _, flags := range [][]string{
		nil,
		{"--class", "all", "--segmentation", "counts", "--image-id", "tile"},
		{"--class", "all", "--drop-duplicates", "--tile-size", "image"},
		{"--segmentation", "polygon", "--fill", "coco"},
		{"--dataset", "3"},
	} {
		out := t.TempDir()
		if code, _, stderr := clitest.Hubdata(t, t.Context(), append([]string{"convert", dir, "--quiet", "-o", out}, flags...)...); code != 0 {
			t.Fatalf("%q: exit code %d: %s", flags, code, stderr)
		}
		files, _ := filepath.Glob(filepath.Join(out, "*.json"))
		if len(files) < 2 {
			t.Fatalf("%q: files %q", flags, files)
		}
		for _, path := range files {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			ds, err := coco.Decode(f)
			_ = f.Close()
			if err != nil {
				t.Fatalf("%q: %s: %v", flags, path, err)
			}
			if len(ds.Images) == 0 {
				t.Errorf("%q: %s has no images", flags, path)
			}
			for _, p := range check.Validate(ds) {
				t.Errorf("%q: %s: %s at %s: %s", flags, filepath.Base(path), p.Code, p.Place, p.Reason)
			}
		}
	}
}
