package eval

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/golden"
)

// realFile opens a file of the real data, or skips the test if it is absent.
func realFile(t *testing.T, name string) (path string, text []byte) {
	t.Helper()
	path = golden.Real(t, filepath.Join("hubmap", name))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, text
}

// TestReal scores real detections. If $HUBDATA_PYTHON names a Python that has
// pycocotools, it compares the scores with those of pycocotools.
func TestReal(t *testing.T) {
	truthPath, text := realFile(t, "fold0_val_gt.json")
	truth, err := coco.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"maskrcnn_2e03d558", "maskrcnn_d998067d"} {
		path, text := realFile(t, filepath.Join("predictions", name+".segm.json"))
		results, err := coco.DecodeResults(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []Type{Segm, BBox, Boundary} {
			var first *Result
			for _, workers := range []int{1, 2, 5} {
				r, err := Evaluate(context.Background(), truth, results, &Params{Type: kind, StrictPycocotools: true, Workers: workers})
				if err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first = r
				} else if !sameArrays(r, first) {
					t.Errorf("%s, %v: %d workers give other numbers", name, kind, workers)
				}
			}
			stats := first.Stats()
			t.Logf("%s, %v: %.4f", name, kind, stats)
			if stats[0] <= 0 || stats[1] < stats[0] || stats[8] < stats[7] {
				t.Errorf("%s, %v: unlikely numbers %v", name, kind, stats)
			}
			checkCells(t, first)
			python := os.Getenv("HUBDATA_PYTHON")
			if python == "" {
				continue
			}
			out, err := exec.Command(python, filepath.Join("..", "..", "reference", "eval.py"), "--truth", truthPath, "--results", path, "--type", kind.String()).Output()
			if err != nil {
				t.Fatal(err)
			}
			var want goldenAnswer
			if err := json.Unmarshal(out, &want); err != nil {
				t.Fatal(err)
			}
			if err := want.check(first); err != nil {
				t.Errorf("%s, %v: %v", name, kind, err)
			}
		}
	}
}
