package coco

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/rle"
)

func TestGoldenMasks(t *testing.T) {
	type goldenCase struct {
		H, W         int
		Segmentation json.RawMessage
		Error        string
		Counts       string
		Area         int
		BBox         [4]float64
	}
	n, c, errors := 0, new(goldenCase), 0
	for n, c = range golden.Cases[goldenCase](t, "coco_masks.jsonl.gz") {
		s, err := SegmentationFromJSON(c.Segmentation)
		if err != nil {
			t.Fatalf("case %d, %s: %v", n, c.Segmentation, err)
		}
		m, err := s.Mask(c.H, c.W)
		if (err != nil) != (c.Error != "") {
			t.Fatalf("case %d, %s: error %v, pycocotools' %q", n, c.Segmentation, err, c.Error)
		}
		if err != nil {
			errors++
			continue
		}
		text, _ := m.AppendText(nil)
		if string(text) != c.Counts {
			t.Fatalf("case %d, %d x %d, %s: counts %q, want %q", n, c.H, c.W, c.Segmentation, text, c.Counts)
		}
		if b := m.Bounds(); m.Area() != c.Area || b != (rle.Box{X: c.BBox[0], Y: c.BBox[1], W: c.BBox[2], H: c.BBox[3]}) {
			t.Fatalf("case %d: area %d, box %v, want %d, %v", n, m.Area(), b, c.Area, c.BBox)
		}
		// Every form of the mask can be read again.
		for _, made := range []Segmentation{RLE(m), Counts(m)} {
			read, err := SegmentationFromJSON(made.AppendJSON(nil))
			if err != nil {
				t.Fatal(err)
			}
			if again, err := read.Mask(c.H, c.W); err != nil || !again.Equal(m) || read.Kind() != made.Kind() {
				t.Fatalf("case %d: %s reads back differently (%v)", n, made.AppendJSON(nil), err)
			}
		}
	}
	if n < 100 || errors == 0 || errors == n {
		t.Fatalf("%d cases, %d of them errors", n, errors)
	}
}

func TestGoldenSet(t *testing.T) {
	text := golden.File(t, "coco_set.json.gz")
	d, err := Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := d.Encode(&out); err != nil {
		t.Fatal(err)
	}
	if !sameJSON(t, text, out.Bytes()) {
		t.Error("the dataset changed by being read and written")
	}
	// If pycocotools is available, let it read both files.
	python := cmp.Or(os.Getenv("HUBDATA_PYTHON"), filepath.Join("..", ".ci", "tools", "venv", "bin", "python"))
	if _, err := exec.LookPath(python); !golden.Fresh() || err != nil {
		t.Log("not compared by pycocotools itself: that wants HUBDATA_GOLDEN and HUBDATA_PYTHON")
		return
	}
	original, written := filepath.Join(t.TempDir(), "original.json"), filepath.Join(t.TempDir(), "written.json")
	for name, data := range map[string][]byte{original: text, written: out.Bytes()} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	said, err := exec.Command(python, filepath.Join("..", "reference", "coco.py"), "--check", original, written).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	t.Logf("pycocotools: %s", bytes.TrimSpace(said))
}
