package reportcmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flagtest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/reportcmd/sources"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/folds"
	"github.com/hubdata/hubdata/internal/htmlreport"
	"github.com/hubdata/hubdata/wsi"
)

// tree writes files below a new folder.
func tree(t *testing.T, list map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range list {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestParse(t *testing.T) {
	dir := tree(t, map[string]string{"d.json": "{}"})
	o, err := flagtest.Parse(t, Command(nil), parse, "--without", "maps,tiles", "--without", "folds", "--pictures", "0",
		dir)
	if err != nil || o.Dir != dir || o.File != "" || o.out != filepath.Join(dir, "report.html") ||
		!slices.Equal(o.without, []string{"maps", "tiles", "folds"}) || o.seed != defaultSeed {
		t.Errorf("%+v, %v", o, err)
	}
	o, err = flagtest.Parse(t, Command(nil), parse, "-o", "-", filepath.Join(dir, "d.json"))
	if err != nil || o.Dir != dir || o.File != filepath.Join(dir, "d.json") || o.out != "-" {
		t.Errorf("%+v, %v", o, err)
	}
	for _, args := range [][]string{{dir, dir}, {"--without", "nothing", dir}, {"--pictures", "101", dir},
		{"--iou", "1.1", dir}, {"--folds", "-", dir}, {"--polygons", "-", dir}, {filepath.Join(dir, "none")}} {
		if _, err := flagtest.Parse(t, Command(nil), parse, args...); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}

// TestBuild: a section is there, absent or failed, and never prints anything.
func TestBuild(t *testing.T) {
	dir := tree(t, map[string]string{"tile_meta.csv": "id,source_wsi,dataset,i,j\na,1,1,0,0\n",
		"polygons.jsonl":        `{"id":"a","annotations":[{"type":"blood_vessel","coordinates":[[[5,5],[50,5],[50,50],[5,50]]]}]}` + "\n",
		"coco_data/folds2.json": "{", "a_truth.json": "{}"})
	var stdout, stderr strings.Builder
	c := ui.NewConsole(strings.NewReader(""), &stdout, &stderr)
	o := &options{Options: sources.Options{Dir: dir}, without: []string{"maps"}, pictures: 1, iou: 0.6, workers: 1}
	from, err := sources.Find(o.Options)
	if err != nil {
		t.Fatal(err)
	}
	p, err := build(t.Context(), c, o, from)
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{}
	for _, s := range newSummary(p, "out.html", 1).Sections {
		states[s.Section] = s.State
	}
	want := map[string]string{"check": "there", "distributions": "there", "folds": "failed", "pseudo": "absent",
		"evaluation": "absent", "tiles": "there", "files": "there"}
	if fmt.Sprint(states) != fmt.Sprint(want) {
		t.Errorf("%v, expected %v", states, want)
	}
	if len(p.problems) != 1 || !strings.Contains(p.problems[0], "folds2.json") {
		t.Errorf("problems %q", p.problems)
	}
	if !slices.ContainsFunc(p.Glance, func(r htmlreport.Remark) bool {
		return r.Level == htmlreport.Bad && r.About == "folds"
	}) {
		t.Errorf("the overview does not say that folds failed: %+v", p.Glance)
	}
	if text := stdout.String() + stderr.String(); text != "" || c.Out.Buffered() > 0 {
		t.Errorf("printed %q", text)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := build(ctx, c, o, from); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestInTable: of a COCO file its images count, not the tiles of the table next to it.
func TestInTable(t *testing.T) {
	table, err := wsi.ReadTable(strings.NewReader("id,source_wsi,dataset,i,j\na,1,1,0,0\nb,2,1,0,0\nc,3,2,0,0\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ files, want string }{
		{"a.png b.png c.png", "in 2 datasets, on 3 slides"},
		{"x/a.png", "in 1 dataset, on 1 slide; 2 tiles of the table without an image"},
		{"a.png b.png c.png d.png", "in 2 datasets, on 3 slides; 1 not in the table of tiles"},
		{"d.png", "1 not in the table of tiles; 3 tiles of the table without an image"},
	} {
		var images []coco.Image
		for i, name := range strings.Fields(test.files) {
			images = append(images, coco.Image{ID: coco.IntID(int64(i)), FileName: name})
		}
		if got := strings.Join(inTable(table, coco.NewNames(images)), "; "); got != test.want {
			t.Errorf("%s: %q, expected %q", test.files, got, test.want)
		}
	}
}

func TestSummary(t *testing.T) {
	sum := &summary{Files: []ui.SummaryFile{{Path: "r.html"}}, Bytes: 12345,
		Sections: []sectionSummary{{Section: "a", State: "there"}, {Section: "b", State: "absent"},
			{Section: "c", State: "failed"}, {Section: "d", State: "absent"}}}
	var text strings.Builder
	sum.WriteText(&text)
	if first, second, _ := strings.Cut(text.String(), "\n"); first != "wrote r.html (1 section, 12,345 bytes)" ||
		!strings.HasPrefix(second, "nothing to show: b, d; ") {
		t.Errorf("%q", text.String())
	}
}

func TestSentence(t *testing.T) {
	for text, want := range map[string]string{"no tile": "No tile", "a.json: bad": "a.json: bad", "3 tiles": "3 tiles",
		"": "", "É": "É", "HuBMAP": "HuBMAP"} {
		if got := sentence(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestFindingLevel(t *testing.T) {
	audit := func(off float64) *folds.Audit { return &folds.Audit{Balance: []folds.Deviation{{Relative: off}}} }
	for _, tt := range []struct {
		kind string
		off  float64
		want htmlreport.Level
	}{{folds.KindDuplicate, 0, htmlreport.Bad}, {folds.KindTouch, 0, htmlreport.Warning},
		{"not_audited", 0, htmlreport.Note}, {"balance", 0.05, htmlreport.Good}, {"balance", -0.2, htmlreport.Warning}} {
		if got := findingLevel(folds.Finding{Kind: tt.kind}, audit(tt.off)); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}
