package convertcmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flagtest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

func TestParse(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("HUBDATA_DATA", dir)
	for _, tt := range []struct {
		args string
		want string // Out, perTier, perWSI; or of the error
	}{
		{"", filepath.Join(dir, "coco_data", "coco") + " true true"},
		{"--per wsi,tier -o x", "x true true"},
		{"--per tier", filepath.Join(dir, "coco_data", "coco") + " true false"},
		{"--per wsi -o x", "x false true"},
		{"--per none -o -", "- false false"},
		{"--per none", "--per none writes one set"},
		{"--per tile", `--per: "tile" is not one of`},
		{"-o -", "-o - needs one set"},
	} {
		o, err := flagtest.Parse(t, Command(nil), parse, strings.Fields(tt.args)...)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(o.Out, " ", o.perTier, " ", o.perWSI)
		}
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%q: %s, want %s", tt.args, got, tt.want)
		}
	}
	o, err := flagtest.Parse(t, Command(nil), parse)
	if want := DefaultOptions(dir); err != nil || fmt.Sprint(o) != fmt.Sprint(want) {
		t.Errorf("without flags: %+v (%v), want %+v", o, err, want)
	}
}

// TestRun makes the sets of a folder without the program around it.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	const outline = `{"id": %q, "annotations": [{"type": "blood_vessel", "coordinates": [[[10, 10], [14, 10], [14, 14], [10, 14]]]}]}` + "\n"
	for name, text := range map[string]string{
		"tile_meta.csv":  "id,source_wsi,dataset,i,j\na,1,1,0,0\nb,2,1,0,0\nc,2,2,0,0\nd,2,2,0,512\n",
		"polygons.jsonl": fmt.Sprintf(outline, "a") + fmt.Sprintf(outline, "b") + "{broken\n" + fmt.Sprintf(outline, "c"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	o := DefaultOptions(dir)
	var stdout, stderr strings.Builder
	c := ui.NewConsole(nil, &stdout, &stderr)
	if _, err := Run(t.Context(), c, o); err == nil || !strings.Contains(err.Error(), "polygons.jsonl: line 3") {
		t.Errorf("a broken line: %v", err)
	}
	o.KeepGoing = true
	sum, err := Run(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	var sets []string
	for _, f := range sum.Files {
		sets = append(sets, fmt.Sprintf("%s %d %d", filepath.Base(f.Path), f.Images, f.Annotations))
	}
	if got := strings.Join(sets, ", "); got != "ds1.json 2 2, ds1_wsi1.json 1 1, ds1_wsi2.json 1 1, ds2.json 1 1, ds2_wsi2.json 1 1" {
		t.Errorf("sets %s", got)
	}
	if sum.Unlabelled != 1 || len(sum.Skipped) != 1 || sum.Skipped[0].Line != 3 || stdout.String()+stderr.String() != "" {
		t.Errorf("%+v; printed %q, %q", sum, stdout.String(), stderr.String())
	}
	if code := ui.NewConsole(nil, io.Discard, io.Discard).Report(t.Context(), sum.ReportSkipped(c)); code != ui.ExitSkipped {
		t.Errorf("exit code %d", code)
	}
}
