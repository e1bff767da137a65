package statscmd_test

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/statscmd"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco/stats"
)

// TestMeasure measures a folder and a COCO file without the program and its flags.
func TestMeasure(t *testing.T) {
	dir := clitest.FoldsFolder(t)
	c := ui.NewConsole(nil, io.Discard, io.Discard)
	r, err := statscmd.Measure(t.Context(), c, &statscmd.Scope{TileSize: 512}, dir)
	if err != nil {
		t.Fatal(err)
	}
	if whole := r.Groups[0]; whole.Title() != "all" || whole.Tiles != 10 || whole.Instances != 10 || whole.Empty != 0 {
		t.Errorf("the whole: %+v", whole)
	}
	var titles []string
	for _, g := range append(r.GroupsBy("dataset"), r.GroupsBy("wsi")...) {
		titles = append(titles, g.Title())
	}
	if want := []string{"dataset 1", "dataset 2", "WSI 1", "WSI 2"}; len(titles) != 4 || titles[0] != want[0] || titles[3] != want[3] {
		t.Errorf("groups %q, expected %q", titles, want)
	}
	if got := r.Groups[0].FigureOf(stats.Instances, statscmd.MeanFigure); got != "1.0" {
		t.Errorf("%s instances per tile", got)
	}
	if got := r.Groups[0].FigureOf(stats.Score, statscmd.MedianFigure); got != "-" {
		t.Errorf("median score %s of none", got)
	}
	path := filepath.Join(clitest.Folder(t, map[string]string{"a.json": clitest.TinyCOCO}), "a.json")
	if r, err = statscmd.Measure(t.Context(), c, &statscmd.Scope{}, path); err != nil || r.Groups[0].Instances != 1 || r.Name != path {
		t.Errorf("a COCO file: %+v, %v", r, err)
	}
	if _, err = statscmd.Measure(t.Context(), c, &statscmd.Scope{Files: statscmd.Files{TileMeta: "none.csv"}}, path); err == nil {
		t.Error("a table that is not there is read")
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 3: "3", -3: "-3", 1234.5: "1,235", 123.4: "123", 12.34: "12.3", 1.234: "1.23", 0.1234: "0.123", 0.00012: "0.00012"} {
		if got := statscmd.Figure(v); got != want {
			t.Errorf("%v: %s, expected %s", v, got, want)
		}
	}
}
