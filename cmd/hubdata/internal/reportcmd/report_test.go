package reportcmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/checkcmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/foldscmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/pseudocmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/scoring"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
)

// reportOf writes a report and returns its text.
func reportOf(t *testing.T, want int, args ...string) (text, stderr string) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "report.html")
	code, _, stderr := clitest.Hubdata(t, t.Context(), append([]string{"report", "-o", out}, args...)...)
	if code != want {
		t.Fatalf("%q: exit %d, want %d: %s", args, code, want, stderr)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), stderr
}

var tag = regexp.MustCompile(`<[^>]*>`)

// rowsOf are the rows of the table with a caption, the head first.
func rowsOf(t *testing.T, text, caption string) [][]string {
	t.Helper()
	_, table, ok := strings.Cut(text, "<caption>"+html.EscapeString(caption)+"<")
	if !ok {
		t.Fatalf("no table %q", caption)
	}
	table, _, _ = strings.Cut(table, "</table>")
	var rows [][]string
	for _, row := range strings.Split(table, "<tr")[1:] {
		var cells []string
		for _, cell := range regexp.MustCompile(`(?s)<t[hd][ >].*?</t[hd]>`).FindAllString(row, -1) {
			cells = append(cells, html.UnescapeString(strings.TrimSpace(tag.ReplaceAllString(cell, ""))))
		}
		rows = append(rows, cells)
	}
	return rows
}

// TestReportNumbers: the report says what the commands say.
func TestReportNumbers(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many commands in addition to the report; TestReportSame makes reports too")
	}
	dir := clitest.ReportFolder(t)
	text, _ := reportOf(t, 0, dir)
	is := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}

	var check checkcmd.Report
	clitest.Ask(t, &check, "check", "--json", dir)
	rows := rowsOf(t, text, "Findings, worst first")
	if len(rows) != len(check.Counts)+1 || len(rows) < 3 {
		t.Fatalf("%d rows of codes, %d codes", len(rows)-1, len(check.Counts))
	}
	for i, c := range check.Counts {
		is("check", strings.Join(rows[i+1][:3], " "), fmt.Sprintf("%s %s %s", c.Severity, c.Code, ui.Thousands(c.Count)))
	}

	var audit foldscmd.Summary
	clitest.Ask(t, &audit, "folds", "--audit", filepath.Join(dir, "coco_data", "folds5.json"), "--json", dir)
	rows = rowsOf(t, text, "Folds of coco_data/folds5.json")
	for i, f := range audit.Audit.Folds {
		is("folds", strings.Join(rows[i+1][:6], " "), fmt.Sprint(f.Fold, f.Train, f.Valid, f.Apart, f.TrainInstances,
			f.ValidInstances))
	}

	var stats struct {
		Sets []struct {
			Groups []struct {
				Tiles, Instances int
				Empty            int `json:"empty_tiles"`
			}
		}
	}
	clitest.Ask(t, &stats, "stats", "--json", dir)
	rows = rowsOf(t, text, "By dataset, slide and class")
	groups := append(stats.Sets[0].Groups[1:], stats.Sets[0].Groups[0])
	if len(rows) != len(groups)+1 {
		t.Fatalf("%d groups, want %d", len(rows)-1, len(groups))
	}
	for i, g := range groups {
		is("stats", strings.Join(rows[i+1][1:4], " "), fmt.Sprint(g.Tiles, g.Empty, g.Instances))
	}

	truth, pseudo := filepath.Join(dir, "ds3_truth.json"), filepath.Join(dir, "coco_data", "pseudo_coco",
		"pseudo_ds3_thr60.json")
	rows = rowsOf(t, text, "Scores of the models")
	for i, name := range []string{"cascade", "detectors", "vit"} {
		var r scoring.Report
		clitest.Ask(t, &r, "eval", "--json", "--sweep", "--by", "tile", truth,
			filepath.Join(dir, "predictions", name+".segm.json"))
		is("eval", strings.Join(rows[i+1], " "),
			fmt.Sprintf("%s %s %s %s %s %s %s %s %.4f %s", name, ui.Thousands(r.Detections), scoring.Score3(r.Stats[0]),
				scoring.Score3(r.Stats[1]), scoring.Score3(r.Stats[2]),
				scoring.Score3(r.At[0].AP), scoring.Score3(*r.HuBMAP), scoring.Score3(r.Sweep.Best.F1), r.Sweep.Best.Score,
				scoring.Score3(r.Sweep.Calibration)))
		worst := rowsOf(t, text, "Worst tiles of "+name)
		for k, p := range r.By[0].Parts[:min(len(r.By[0].Parts), len(worst)-1)] {
			is("worst tiles", worst[k+1][0]+" "+worst[k+1][5], p.Part+" "+scoring.Score3(p.APAt))
		}
	}

	from, ok := files.MadeFrom(ui.NewConsole(nil, nil, nil), pseudo)
	if !ok || from.Accounting == nil {
		t.Fatal("no account in the pseudo-labels")
	}
	var sum pseudocmd.Summary
	clitest.Ask(t, &sum, "pseudo", "--thr", "0.5,0.6", "--json", "-o", t.TempDir(), dir)
	a, err := json.Marshal(from.Accounting)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(&sum.Account)
	if err != nil || !bytes.Equal(a, b) {
		t.Errorf("the file's account is\n%s\nthe command's\n%s", a, b)
	}
	for k, thr := range []int{10, 12} { // of twenty
		if p := sum.Sweep[thr]; p.Kept != sum.Sets[k].Kept || p.Empty != sum.Sets[k].Empty ||
			p.Threshold != sum.Sets[k].Threshold {
			t.Errorf("the sweep keeps %+v, the set %+v", p, sum.Sets[k])
		}
	}
	rows = rowsOf(t, text, "Predictions of each model")
	for i, m := range sum.Models {
		is("pseudo", strings.Join(rows[i+1], " "), fmt.Sprint(m.Name, " ", m.Weight, " ", m.Predictions, " ", m.OtherTiles,
			" ", m.OtherClass, " ", m.Skipped, " ", m.NoPixels+m.ZeroBox, " ", m.Suppressed, " ", m.Used, " ", m.Kept[0], " ",
			m.Kept[1]))
	}

	info, err := files.SumFile(truth)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, row := range rowsOf(t, text, "Files read for this report") {
		found = found || row[0] == "ds3_truth.json" && row[3] == info.SHA256
	}
	if !found {
		t.Errorf("the truth's sum %s is not told", info.SHA256)
	}
	if !strings.Contains(text, "their inputs are the present files") {
		t.Error("the files that hubdata wrote are not up to date")
	}
	if n := strings.Count(text, `<img src="data:image/`); n != 6*3+3*6 {
		t.Errorf("%d pictures", n)
	}
}

// TestReportSame: the same files give the same bytes, with any number of workers and
// wherever the folder is; a changed file is reported.
func TestReportSame(t *testing.T) {
	dir := clitest.ReportFolder(t)
	one, _ := reportOf(t, 0, "--title", "t", "-j", "1", dir)
	other := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.CopyFS(other, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if two, _ := reportOf(t, 0, "--title", "t", "-j", "5", other); one != two {
		t.Error("two reports differ")
	}
	if strings.Contains(one, dir) {
		t.Error("the report has the path of the folder")
	}
	lines, err := os.ReadFile(filepath.Join(other, "polygons.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(lines, []byte("\n"))
	if err := os.WriteFile(filepath.Join(other, "polygons.jsonl"), rest, 0o666); err != nil {
		t.Fatal(err)
	}
	if three, _ := reportOf(t, 0, "--without", "evaluation", other); !strings.Contains(three,
		"made from another version of polygons.jsonl") || strings.Contains(three, `id="evaluation"`) {
		t.Error("the changed outlines are not reported, or a section is not left out")
	}
}

// TestReportFile: a COCO file has a report too.
func TestReportFile(t *testing.T) {
	dir := clitest.ReportFolder(t)
	file := filepath.Join(dir, "coco_data", "coco", "ds1.json")
	text, _ := reportOf(t, 0, "--folds", filepath.Join(dir, "coco_data", "folds5.csv"), "--image-dir",
		filepath.Join(dir, "train"), file)
	for _, want := range []string{`<h1>ds1.json</h1>`, "By dataset, slide and class", "Folds of ", "data:image/jpeg"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
}

// TestReportBad: what cannot be read is reported, in the report and on the console, and
// the rest is written; a file of another program is not overwritten.
func TestReportBad(t *testing.T) {
	const table, line = "id,source_wsi,dataset,i,j\na,1,1,0,0\nb,1,1,512,0\n", `{"id":"a","annotations":[{"type":"blood_vessel","coordinates":[[[5,5],[50,5],[50,50],[5,50]]]}]}` + "\n"
	truth := `{"images":[{"id":1,"file_name":"a.tif","height":512,"width":512}],"categories":[{"id":1,"name":"blood_vessel"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[5,5,46,46],"area":2116,"iscrowd":0,"segmentation":[[5,5,50,5,50,50,5,50]]}]}`
	for _, c := range []struct {
		name  string
		files map[string]string
		args  []string
		want  int
		said  []string // in the report
		told  []string // on the console
	}{
		{"broken predictions", map[string]string{"tile_meta.csv": table, "polygons.jsonl": line, "a_truth.json": truth,
			"predictions/m.segm.json": `[{"image_id":1,`}, nil, ui.ExitSkipped,
			[]string{`class="missing failed"`, "predictions/m.segm.json", "Findings, worst first"},
			[]string{"predictions/m.segm.json", "the report was written anyway"}},
		{"one model broken, one not", map[string]string{"a_truth.json": truth, "predictions/a.segm.json": `[]`,
			"predictions/b.segm.json": `{`}, nil, ui.ExitSkipped,
			[]string{`class="missing failed"`, "Scores of the models", "No detections: all scores are 0"},
			[]string{"predictions/b.segm.json"}},
		{"broken table", map[string]string{"tile_meta.csv": "id\n", "polygons.jsonl": line}, nil, ui.ExitSkipped,
			[]string{"table-invalid", "tile_meta.csv"}, []string{"source_wsi"}},
		{"broken line", map[string]string{"tile_meta.csv": table, "polygons.jsonl": line + "{\n"}, nil, 0,
			[]string{"outline-invalid", "polygons.jsonl:2", "1 error"}, nil},
		{"broken plan", map[string]string{"tile_meta.csv": table, "polygons.jsonl": line,
			"coco_data/folds2.csv": "id,fold\nz,1\na,2\n"}, nil, ui.ExitSkipped,
			[]string{`class="missing failed"`, "tile &#34;z&#34; is not in"}, []string{"folds2.csv"}},
		{"pseudo-labels of another", map[string]string{"tile_meta.csv": table, "polygons.jsonl": line,
			"coco_data/pseudo_coco/pseudo_x.json": truth}, nil, ui.ExitSkipped, []string{"not written by hubdata"},
			[]string{"pseudo_x.json"}},
		{"several truths", map[string]string{"tile_meta.csv": table, "polygons.jsonl": line, "a_truth.json": truth,
			"b_gt.json": truth, "predictions/m.segm.json": `[]`}, nil, 0,
			[]string{"several files of ground truth (a_truth.json, b_gt.json)"}, nil},
		{"no outlines", map[string]string{"tile_meta.csv": table}, nil, 0,
			[]string{"polygons.jsonl is not in the folder", "WSI 1, 2 tiles"}, nil},
		{"empty", map[string]string{"tile_meta.csv": "id,source_wsi,dataset,i,j\n", "polygons.jsonl": ""}, nil, 0,
			[]string{"The dataset is empty", "nothing to measure"}, nil},
		{"broken image", map[string]string{"tile_meta.csv": table, "polygons.jsonl": line, "train/a.tif": "no image"}, nil,
			ui.ExitSkipped, []string{"Sample tiles", "data:image/",
				"1 image cannot be read; the first: image of tile &#34;a&#34;: "}, []string{`image of tile "a"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := clitest.Folder(t, nil)
			for name, text := range c.files {
				path := filepath.Join(dir, filepath.FromSlash(name))
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			text, stderr := reportOf(t, c.want, append(c.args, dir)...)
			for _, want := range c.said {
				if !strings.Contains(text, want) {
					t.Errorf("the report does not say %q", want)
				}
			}
			for _, want := range c.told {
				if !strings.Contains(stderr, want) {
					t.Errorf("the console does not say %q: %s", want, stderr)
				}
			}
			if strings.Contains(text, dir) {
				t.Error("the report has the path of the folder")
			}
		})
	}
	for _, c := range []struct {
		args []string
		want int
		told string
	}{
		{[]string{t.TempDir()}, ui.ExitFailure, "has nothing to report on"},
		{[]string{filepath.Join(t.TempDir(), "none")}, ui.ExitFailure, "no folder"},
		{[]string{"--without", "all", t.TempDir()}, ui.ExitUsage, "is not one of check, "},
		{[]string{"--truth", "-", t.TempDir()}, ui.ExitUsage, "none can be standard input"},
		{[]string{"--truth", filepath.Join(t.TempDir(), "none.json"), t.TempDir()}, ui.ExitFailure, "none.json"},
		{[]string{"--pictures", "-1", t.TempDir()}, ui.ExitUsage, "--pictures: -1"},
		{[]string{"--iou", "0", t.TempDir()}, ui.ExitUsage, "--iou: 0"},
	} {
		if code, _, stderr := clitest.Hubdata(t, t.Context(), append([]string{"report"}, c.args...)...); code != c.want ||
			!strings.Contains(stderr, c.told) {
			t.Errorf("%q: exit %d, want %d: %s", c.args, code, c.want, stderr)
		}
	}
	dir := clitest.Folder(t, map[string]string{"tile_meta.csv": table, "report.html": "<p>mine"})
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "report", dir); code != ui.ExitFailure ||
		!strings.Contains(stderr, "report.html exists") {
		t.Errorf("a stranger's file: exit %d: %s", code, stderr)
	}
	for _, args := range [][]string{{"report", "--force", dir}, {"report", dir}} { // its own it overwrites
		if code, _, stderr := clitest.Hubdata(t, t.Context(), args...); code != 0 {
			t.Errorf("%q: exit %d: %s", args, code, stderr)
		}
	}
}
