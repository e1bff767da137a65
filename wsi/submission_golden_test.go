package wsi

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/internal/golden"
)

// rewrite reads a submission and writes it again, without masks that have no
// pixels.
func rewrite(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewSubmissionWriter(&b)
	for row, err := range ReadSubmission(bytes.NewReader(text)) {
		if err != nil {
			t.Fatal(err)
		}
		var instances []SubmissionInstance
		for in, err := range row.Instances() {
			if err != nil {
				t.Fatal(err)
			}
			if in.Mask.Area() > 0 {
				instances = append(instances, in)
			}
		}
		if err := w.Write(row.ID, row.Height, row.Width, instances); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// askPython compares two submissions with pycocotools, if it is installed.
func askPython(t *testing.T, original, written []byte) {
	t.Helper()
	python := os.Getenv("HUBDATA_PYTHON")
	if python == "" {
		t.Log("not compared by pycocotools itself: that wants HUBDATA_PYTHON")
		return
	}
	dir := t.TempDir()
	a, b := filepath.Join(dir, "original.csv"), filepath.Join(dir, "written.csv")
	for path, text := range map[string][]byte{a: original, b: written} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	said, err := exec.Command(python, filepath.Join("..", "reference", "submission.py"), "--check", a, b).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	t.Logf("pycocotools: %s", bytes.TrimSpace(said))
}

// TestGoldenSubmission reads rows that Python has encoded at all levels of
// zlib.
func TestGoldenSubmission(t *testing.T) {
	text := golden.File(t, "submission.csv.gz")
	var answers [][][2]any // by row
	for _, masks := range golden.Cases[[][2]any](t, "submission_masks.jsonl.gz") {
		answers = append(answers, *masks)
	}
	rows, masks := 0, 0
	for row, err := range ReadSubmission(bytes.NewReader(text)) {
		if err != nil {
			t.Fatal(err)
		}
		if rows++; rows > len(answers) {
			t.Fatalf("row %d is one too much", rows)
		}
		want := answers[rows-1]
		k := 0
		for in, err := range row.Instances() {
			if err != nil {
				t.Fatal(err)
			}
			counts, _ := in.Mask.AppendText(nil)
			if k == len(want) || in.Score != want[k][0] || string(counts) != want[k][1] {
				t.Fatalf("row %d, instance %d: score %v, counts %s, want %v", rows, k, in.Score, counts, want[k])
			}
			k++
		}
		if k != len(want) {
			t.Fatalf("row %d: %d instances, want %d", rows, k, len(want))
		}
		masks += k
	}
	if rows < len(answers) || rows < 100 || masks < 100 {
		t.Fatalf("%d rows, %d masks", rows, masks)
	}
	if _, err := CheckSubmission(bytes.NewReader(text), nil, func(f SubmissionFault) { t.Error(f) }); err != nil {
		t.Fatal(err)
	}
	askPython(t, text, rewrite(t, text))
}
