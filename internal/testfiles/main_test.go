package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/coco/check"
	"github.com/hubdata/hubdata/coco/eval"
	"github.com/hubdata/hubdata/wsi"
)

const root = "../../testdata"

// TestFiles checks that the committed files are exactly those that the command
// generates.
func TestFiles(t *testing.T) {
	made, err := files()
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	err = fs.WalkDir(os.DirFS(root), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || name == readme {
			return err
		}
		got, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		want, ok := made[name]
		delete(made, name)
		if !ok || !bytes.Equal(got, want) {
			t.Errorf("%s: not what the command makes (%v, %d bytes): go run ./internal/testfiles", name, ok, len(want))
		}
		if total += len(got); len(got) > 300_000 {
			t.Errorf("%s has %d bytes, at most 300,000 are wanted", name, len(got))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range made {
		t.Errorf("%s is missing: go run ./internal/testfiles", name)
	}
	if total > 1_500_000 {
		t.Errorf("%d bytes in all, at most 1,500,000 are wanted", total)
	}
}

// TestPatients checks that the datasets are valid and agree, that they have
// every form of mask and every class, and that their images exist.
func TestPatients(t *testing.T) {
	decode := func(name string) *coco.Dataset {
		f, err := os.Open(filepath.Join(root, "patients", name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		d, err := coco.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range check.Dataset(d, nil) {
			if p.Severity == coco.SeverityError {
				t.Errorf("%s: %s", name, p)
			}
		}
		return d
	}
	numbers, texts := decode("dataset.json"), decode("strings.json")
	seen := map[any]int{}
	for i, a := range numbers.Annotations {
		b := texts.Annotations[i]
		if a.ImageID.IsString() || !b.ImageID.IsString() || a.ID != b.ID || a.CategoryID != b.CategoryID || a.BBox != b.BBox {
			t.Errorf("annotation %d: %+v and %+v", i, a, b)
		}
		seen[a.Segmentation.Kind()]++
		seen[a.CategoryID]++
		seen[a.IsCrowd]++
	}
	for _, want := range []any{coco.KindPolygons, coco.KindCounts, coco.KindRLE, int64(artery), int64(vein), int64(capillary), true, false} {
		if seen[want] == 0 {
			t.Errorf("nothing of %v: %v", want, seen)
		}
	}
	for _, img := range numbers.Images {
		f, err := os.Open(filepath.Join(root, "patients", "images", filepath.FromSlash(img.FileName)))
		if err != nil {
			t.Fatal(err)
		}
		picture, err := wsi.DecodeImage(f)
		if err != nil || picture.Bounds().Dx() != img.Width || picture.Bounds().Dy() != img.Height {
			t.Errorf("%s: %v, %v", img.FileName, picture.Bounds(), err)
		}
		_ = f.Close()
	}
	f, err := os.Open(filepath.Join(root, "patients", "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	results, err := coco.DecodeResults(f)
	if err != nil {
		t.Fatal(err)
	}
	score, err := eval.Evaluate(t.Context(), numbers, results, nil)
	if err != nil {
		t.Fatal(err)
	}
	if ap := score.Stats()[0]; ap < 0.2 || ap > 0.9 {
		t.Errorf("AP %v, want neither good nor bad detections", ap)
	}
}

// TestWrite checks that write replaces the contents of a folder, but only of
// the right one.
func TestWrite(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir); err == nil {
		t.Error("no error in a folder without README")
	}
	for _, name := range []string{readme, "old/x.json", "stale.json"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte("mine"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := write(dir); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if text, err := os.ReadFile(filepath.Join(dir, readme)); len(names) != 4 || string(text) != "mine" || err != nil {
		t.Errorf("%q, %q, %v", names, text, err)
	}
}
