package evalcmd

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/folder"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// scored scores files of two tiles: dt.json finds the instance of the first alone, none.json nothing.
func scored(t *testing.T, o options) *result {
	t.Helper()
	t.Chdir(t.TempDir())
	const square = `"segmentation":[[2,2,10,2,10,10,2,10]],"bbox":[2,2,8,8]`
	for name, text := range map[string]string{
		"truth.json": `{"images":[{"id":1,"file_name":"t1.png","height":32,"width":32},
			{"id":2,"file_name":"t2.png","height":32,"width":32}],
			"annotations":[{"id":1,"image_id":1,"category_id":1,"area":64,"iscrowd":0,` + square + `},
			{"id":2,"image_id":2,"category_id":1,"area":64,"iscrowd":0,` + square + `}],
			"categories":[{"id":1,"name":"blood_vessel"}]}`,
		"dt.json":   `[{"image_id":1,"category_id":1,"score":0.9,` + square + `}]`,
		"none.json": `[]`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o.truth = preds.TruthSource{Path: "truth.json", Content: folder.DefaultSetOptions()}
	o.Scoring = scoring.Scoring{Ious: []float64{0.6}, Metric: "coco"}
	r, err := run(t.Context(), ui.NewConsole(nil, io.Discard, io.Discard), &o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestCompare compares a file with one without detections, and prints both.
func TestCompare(t *testing.T) {
	r := scored(t, options{results: []string{"dt.json", "none.json"}, compare: true, samples: 50, seed: 1})
	r.notes = append(r.notes, "of the run")
	if c := r.compared[0]; c.With != "none.json" || c.B != 0 || c.Difference != c.A || c.WinsA != 1 || c.WinsB != 0 || c.Neither != 1 || c.Seed != 1 || c.Samples != 50 {
		t.Errorf("compared: %+v", c)
	}
	print := func(json bool) (stdout, stderr string) {
		t.Helper()
		var out, errw bytes.Buffer
		c := ui.NewConsole(nil, &out, &errw)
		c.JSON = json
		if err := r.print(c, 0); err != nil {
			t.Fatal(err)
		}
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
		return out.String(), errw.String()
	}
	text, remarks := print(false)
	if first, second := strings.Index(text, "dt.json\n"), strings.Index(text, "none.json\n"); first != 0 || second < first || !strings.Contains(text, "dt.json against none.json") {
		t.Errorf("printed %q", text)
	}
	if !strings.Contains(remarks, "hubdata: of the run\n") || !strings.Contains(remarks, "hubdata: none.json: ") {
		t.Errorf("remarks %q", remarks)
	}
	text, remarks = print(true)
	var got struct {
		File    string
		Compare []struct{ With string }
		Notes   []string
		More    []struct{ File string }
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if got.File != "dt.json" || got.Compare[0].With != "none.json" || got.More[0].File != "none.json" || got.Notes[len(got.Notes)-1] != "of the run" || remarks != "" {
		t.Errorf("JSON %q, remarks %q", text, remarks)
	}
}

// TestCurves writes the curves of one file in every form.
func TestCurves(t *testing.T) {
	reports := scored(t, options{results: []string{"dt.json"}}).reports
	for name, magic := range map[string]string{"c.svg": "<svg", "c.png": "\x89PNG", "c.csv": "file,iou,recall,precision\n"} {
		path := filepath.Join(t.TempDir(), name)
		c := ui.NewConsole(nil, io.Discard, io.Discard)
		out := &output{curve: path}
		if err := out.check(c); err != nil {
			t.Fatal(err)
		}
		if err := out.write(c, reports); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(text), magic) {
			t.Errorf("%s: %.20q (%v)", name, text, err)
		}
		if name != "c.csv" {
			continue
		}
		if rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll(); err != nil || len(rows) < 4 || rows[1][0] != "dt.json" {
			t.Errorf("%s: %q (%v)", name, rows, err)
		}
		if err := out.check(c); err == nil {
			t.Error("a table that others wrote is overwritten without --force")
		}
	}
}
