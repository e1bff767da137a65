package folder

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flagtest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/wsi"
	"github.com/urfave/cli/v2"
)

// TestParseSetOptions: without flags the options are the default ones, and each flag shows in the provenance.
func TestParseSetOptions(t *testing.T) {
	cmd := func() *cli.Command { return &cli.Command{Name: "x", Flags: SetFlags("1,2", "take tiles")} }
	plain, err := flagtest.Parse(t, cmd(), ParseSetOptions)
	if want := DefaultSetOptions(); err != nil || !reflect.DeepEqual(plain, want) {
		t.Fatalf("without flags: %+v (%v), want %+v", plain, err, want)
	}
	for _, tt := range []struct {
		args  string
		key   string
		value any // nil: the error is of the flag
	}{
		{"--class glomerulus", "class", []string{"glomerulus"}},
		{"--class cat", "--class", nil},
		{"--fill coco", "fill", "coco"},
		{"--fill all", "--fill", nil},
		{"--rings first", "rings", "first"},
		{"--segmentation polygon", "segmentation", "polygon"},
		{"--segmentation mask", "--segmentation", nil},
		{"--image-id tile", "image_id", "tile"},
		{"--category-start 0", "category_start", int64(0)},
		{"--drop-duplicates", "drop_duplicates", true},
		{"--min-area 7", "min_area", 7},
		{"--min-area -7", "--min-area", nil},
		{"--tile-size 256", "tile_size", 256},
		{"--tile-size image", "tile_size", "image"},
		{"--tile-size 0", "--tile-size", nil},
		{"--wsi 9-6", "--wsi", nil},
	} {
		o, err := flagtest.Parse(t, cmd(), ParseSetOptions, strings.Fields(tt.args)...)
		if tt.value == nil {
			if err == nil || !strings.HasPrefix(err.Error(), tt.key+": ") {
				t.Errorf("%s: error %v", tt.args, err)
			}
			continue
		}
		want := plain.Provenance()
		want[tt.key] = tt.value
		if got := o.Provenance(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v (%v), want %v", tt.args, got, err, want)
		}
	}
}

func TestSelected(t *testing.T) {
	o, err := flagtest.Parse(t, &cli.Command{Name: "x", Flags: TileFlags("1", "take tiles")}, ParseTiles, "--wsi", "<3")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		dataset, wsi int
		want         bool
	}{{1, 2, true}, {1, 3, false}, {2, 2, false}} {
		if got := o.Selected(wsi.Tile{Dataset: tt.dataset, WSI: tt.wsi}); got != tt.want {
			t.Errorf("dataset %d, WSI %d: %v", tt.dataset, tt.wsi, got)
		}
	}
	table, err := wsi.ReadTable(strings.NewReader("id,source_wsi,dataset,i,j\na,1,2,0,0\nb,3,1,0,0\nc,3,1,0,512\n"))
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	code := ui.NewConsole(nil, io.Discard, &stderr).Report(t.Context(), o.NothingSelected("tile_meta.csv", table))
	if want := "hubdata: no tile of tile_meta.csv is in dataset 1 and WSI <3\nhint: it has these tiles: dataset 1 WSI 3 (2), dataset 2 WSI 1 (1)\n"; code != ui.ExitUsage || stderr.String() != want {
		t.Errorf("exit code %d, %q", code, stderr.String())
	}
}

// TestParseLocation: the folder is the argument, else that of HUBDATA_DATA, else the current one.
func TestParseLocation(t *testing.T) {
	dir, named := t.TempDir(), t.TempDir()
	t.Chdir(dir)
	cmd := func() *cli.Command { return &cli.Command{Name: "x", Flags: LocationFlags()} }
	for _, tt := range []struct {
		args []string
		env  string
		want Location
		err  string
	}{
		{args: nil, want: Location{Dir: ".", MaxLine: wsi.DefaultMaxLine}},
		{args: nil, env: named, want: Location{Dir: named, MaxLine: wsi.DefaultMaxLine}},
		{args: []string{"--polygons", "-", "--tile-meta", "t.csv", "--keep-going", "--force", "-j", "2", "--max-line", "9", named}, env: "none",
			want: Location{Dir: named, Polygons: "-", Tiles: "t.csv", KeepGoing: true, Force: true, Workers: 2, MaxLine: 9}},
		{args: []string{"none"}, err: "no folder none"},
		{args: []string{"a", "b"}, err: "x takes one folder"},
		{args: []string{"--max-line", "0"}, err: "--max-line: 0 is not from 1"},
		{args: []string{"--polygons", "-", "--tile-meta", "-"}, err: "only one input can be standard input"},
	} {
		t.Setenv("HUBDATA_DATA", tt.env)
		got, err := flagtest.Parse(t, cmd(), ParseLocation, tt.args...)
		if tt.err != "" {
			if err == nil || !strings.HasPrefix(err.Error(), tt.err) {
				t.Errorf("%q: error %v, want %s", tt.args, err, tt.err)
			}
		} else if err != nil || got != tt.want {
			t.Errorf("%q: %+v (%v), want %+v", tt.args, got, err, tt.want)
		}
	}
}

// TestImages finds images by their tile, and follows no name out of the folder.
func TestImages(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a.png", "a.tif", "b.jpeg", "c.gif"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]string{"a": "a.tif", "b": "b.jpeg", "c": "", "d": ""} {
		got, err := FindImage(dir, id)
		if want != "" {
			want = filepath.Join(dir, want)
		}
		if err != nil || got != want {
			t.Errorf("%s: %q (%v), want %q", id, got, err, want)
		}
	}
	for _, name := range []string{"", "../a.tif", "/a.tif", "b/../../a.tif"} {
		if path, err := imagePath(dir, name); err == nil {
			t.Errorf("%q is %q", name, path)
		}
	}
	for name, want := range map[string]string{"a.png": "a.png", "./a.png": "a.png", `x\..\b.jpeg`: "b.jpeg", "x//../a.tif": "a.tif", "c.png": "missing", ".": "bad", "": "bad", "../a.tif": "bad", `..\a.tif`: "bad"} {
		path, err := NamedImage(dir, name)
		got := "bad"
		switch {
		case err == nil:
			got = filepath.Base(path)
		case errors.Is(err, fs.ErrNotExist):
			got = "missing"
		}
		if got != want {
			t.Errorf("%q: %s, expected %s (%v)", name, got, want, err)
		}
	}
	if _, err := OpenImage(dir); !errors.Is(err, errImageNoFile) {
		t.Errorf("a folder is taken for an image: %v", err)
	}
	if runtime.GOOS == "linux" { // a name of bytes that are not UTF-8, as Python writes it in JSON
		bytes := filepath.Join(dir, "caf\xe9.png")
		if err := os.WriteFile(bytes, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		d, err := coco.Decode(strings.NewReader(`{"images":[{"id":1,"file_name":"caf\udce9.png"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		name := d.Images[0].FileName
		if path, err := imagePath(dir, name); err != nil || path != bytes {
			t.Errorf("%q is %q (%v), want %q", name, path, err, bytes)
		}
		if path, err := FindImage(dir, coco.ImageName(&d.Images[0])); err != nil || path != bytes {
			t.Errorf("%q is found at %q (%v), want %q", name, path, err, bytes)
		}
	}
}

// TestReportSkipped lists the first lines.
func TestReportSkipped(t *testing.T) {
	var stderr strings.Builder
	c := ui.NewConsole(nil, io.Discard, &stderr)
	sum := &Summary{outlines: "p.jsonl"}
	if err := sum.ReportSkipped(c); err != nil {
		t.Error(err)
	}
	var skipped skippedLines
	for range keptSkipped + 5 {
		skipped.add(&wsi.LineError{Line: 3, Err: errors.New("bad")})
	}
	sum = newSummary(nil, 0, &skipped)
	sum.outlines = "p.jsonl"
	if len(sum.Skipped) != keptSkipped || sum.AllSkipped != keptSkipped+5 {
		t.Errorf("%d lines of %d", len(sum.Skipped), sum.AllSkipped)
	}
	code := c.Report(t.Context(), sum.ReportSkipped(c))
	lines := strings.Split(stderr.String(), "\n")
	if code != ui.ExitSkipped || len(lines) != listedSkipped+3 || lines[0] != "hubdata: p.jsonl: line 3: bad" || lines[listedSkipped] != "hubdata: ... and 985 more" ||
		lines[listedSkipped+1] != "hubdata: skipped 1,005 bad lines of p.jsonl; their tiles are not in any set" {
		t.Errorf("exit code %d, %q", code, lines)
	}
}
