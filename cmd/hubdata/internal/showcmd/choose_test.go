package showcmd

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/imagenames"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/urfave/cli/v2"
)

// parsed are the options of a command line.
func parsed(t *testing.T, args ...string) (*options, error) {
	t.Helper()
	command := Command(ui.NewConsole(nil, nil, nil))
	var o *options
	command.Action = func(ctx *cli.Context) (err error) {
		o, err = parse(ctx)
		return err
	}
	app := &cli.App{Commands: []*cli.Command{command}, ExitErrHandler: func(*cli.Context, error) {}}
	err := app.Run(append([]string{"hubdata", "show"}, args...))
	return o, err
}

func TestParse(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		args string
		want func(o *options) bool
	}{
		{"d.json", func(o *options) bool {
			return o.in == "d.json" && o.crop == -1 && o.minScore < 0 && !o.isMap && o.style.Labels == nil
		}},
		{"d.json p.json", func(o *options) bool { return o.predictions == "p.json" && o.minScore == surePrediction }},
		{"--min-score 0 d.json p.json", func(o *options) bool { return o.minScore == 0 }},
		{"--grid 4x3 --crop 0 --label none d.json", func(o *options) bool {
			return o.grid == [2]int{4, 3} && o.crop == 0 && o.style.Labels != nil && len(o.style.Labels) == 0
		}},
		{"--label id,class d.json", func(o *options) bool { return slices.Equal(o.style.Labels, []string{"id", "class"}) }},
		{"--check mask-near,mask-tiny --check mask-empty d.json", func(o *options) bool {
			return slices.Equal(o.pick.codes, []coco.Code{"mask-near", "mask-tiny", "mask-empty"})
		}},
		{"--wsi 2 d.json", func(o *options) bool { return o.isMap }},
		{"--wsi 2 --all d.json", func(o *options) bool { return !o.isMap }},
		{"--wsi 2 --crop 3 d.json", func(o *options) bool { return !o.isMap }},
		{"--color vessels d.json", func(o *options) bool { return o.isMap }},
		{"--color score d.json", func(o *options) bool { return !o.isMap }},
		{"--color score --map d.json", func(o *options) bool { return o.isMap }},
		{dir, func(o *options) bool { return o.in == dir }},
	} {
		o, err := parsed(t, strings.Fields(tt.args)...)
		if err != nil || !tt.want(o) {
			t.Errorf("%s: %+v, %v", tt.args, o, err)
		}
	}
	for _, args := range []string{"--worst -1 d.json p.json", "--all --random 2 d.json", "--worst 2 d.json",
		"--beside d.json", "--images i.json d.json", "--check mask-near -",
		"--terminal kitty -o x.png d.json", "--json d.json", "--map --all -o x.png d.json", "--folds f.csv d.json",
		"--color fold d.json", "--grid 0x2 d.json", "--grid 101x2 d.json", "--zoom 0 d.json",
		"--alpha 2 d.json", "--line-width 0 d.json", "--min-score NaN d.json", "--worst-by ap50 d.json p.json", "- -",
		"a b c"} {
		if _, err := parsed(t, strings.Fields(args)...); err == nil {
			t.Errorf("%s: no error", args)
		}
	}
}

func TestLayout(t *testing.T) {
	for _, tt := range []struct {
		n                  int
		grid               [2]int
		beside, intoFolder bool
		want               layout
	}{
		{n: 1, want: layout{columns: 1, rows: 1, side: 1024}},
		{n: 1, beside: true, want: layout{columns: 1, rows: 1, side: 682}},
		{n: 3, want: layout{columns: 3, rows: 1, side: 512}},
		{n: 12, want: layout{columns: 4, rows: 3, side: 400}},
		{n: 12, beside: true, want: layout{columns: 2, rows: 6, side: 400}},
		{n: 100, want: layout{columns: 10, rows: 10, side: 160}},
		{n: 1000, want: layout{columns: 10, rows: 10, side: 160}},
		{n: 7, grid: [2]int{20, 1}, want: layout{columns: 20, rows: 1, side: 128}},
		{n: 7, intoFolder: true, want: layout{columns: 1, rows: 1, single: true, side: 512}},
		{n: 7, grid: [2]int{2, 2}, intoFolder: true, want: layout{columns: 2, rows: 2, side: 512}},
	} {
		if got := newLayout(tt.n, tt.grid, tt.beside, tt.intoFolder); got != tt.want {
			t.Errorf("%+v: %+v", tt, got)
		}
	}
}

// scene has n images with an annotation on each.
func scene(t *testing.T, n int) *paint.Scene {
	t.Helper()
	var images, annotations []string
	for i := range n {
		images = append(images, fmt.Sprintf(`{"id":%d,"file_name":"t%d.png","height":8,"width":8}`, 10+i, i))
		annotations = append(annotations,
			fmt.Sprintf(`{"id":%d,"image_id":%d,"category_id":1,"segmentation":[[1,1,4,1,4,4]],"bbox":[1,1,3,3],"area":4,"iscrowd":0}`, i+1, 10+n-1-i))
	}
	d, err := coco.Decode(strings.NewReader(`{"images":[` + strings.Join(images, ",") + `],"annotations":[` +
		strings.Join(annotations, ",") + `],"categories":[{"id":1,"name":"v"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	return paint.NewScene(paint.Labels{Dataset: d, File: "d.json", Names: imagenames.Of(d.Images)}, paint.Filter{})
}

func TestInOrderOfNames(t *testing.T) {
	tiles := []int{0, 1, 2, 3}
	inOrderOfNames(scene(t, 4), tiles, []string{"t2", "10", "t2", "nothing"})
	if !slices.Equal(tiles, []int{2, 0, 1, 3}) {
		t.Error(tiles)
	}
}

func TestFindImages(t *testing.T) {
	s := scene(t, 2)
	data := filepath.Join(t.TempDir(), "data")
	for _, path := range []string{"train/other.png", "coco_data/train/t9.png", "pictures/x.png"} {
		path = filepath.Join(data, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HUBDATA_DATA", "")
	in := filepath.Join(data, "coco_data", "d.json")
	if f, err := findImages(&options{in: in}, s, []int{0, 1}); err != nil || f.Dir != "" {
		t.Errorf("nowhere: %q, %v", f.Dir, err)
	}
	if err := os.WriteFile(filepath.Join(data, "train", "t1.png"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if f, err := findImages(&options{in: in}, s, []int{0, 1}); err != nil ||
		filepath.Clean(f.Dir) != filepath.Join(data, "train") {
		t.Errorf("one folder up: %q, %v", f.Dir, err)
	}
	if f, err := findImages(&options{in: in}, s, []int{0}); err != nil || f.Dir != "" {
		t.Errorf("a folder without the tile that is drawn: %q, %v", f.Dir, err)
	}
	if _, err := findImages(&options{in: in, images: filepath.Join(data, "none")}, s, []int{0}); err == nil {
		t.Error("--image-dir names no folder, and no error")
	}
}

// TestMarks: findings are marked on their images, of a file by place, of a folder by
// name and by the place on the tile.
func TestMarks(t *testing.T) {
	s := scene(t, 3) // annotation 0 is on image 2
	at := func(section coco.Section, i int) coco.Place { return coco.Place{Section: section, Index: i} }
	file := &found{list: []coco.Finding{
		{Code: "a", Image: "t2", Place: at(coco.SectionAnnotations, 0)},
		{Code: "a", Image: "t2", Place: at(coco.SectionAnnotations, 0)},
		{Code: "b", Image: "t1", Place: at(coco.SectionImages, 1)},
		{Code: "c", Image: "t1", Place: at(coco.SectionImages, 1)},
		{Code: "a"},
	}}
	m, elsewhere := file.marks(s, []coco.Code{"a", "b"})
	if fmt.Sprint(m.Places) != "map[2:map[0:true]]" || fmt.Sprint(m.Codes) != "map[1:[b] 2:[a]]" || m.Text != "a or b" ||
		elsewhere != 1 {
		t.Errorf("file: %+v, %d", m, elsewhere)
	}
	folder := &found{isFolder: true, list: []coco.Finding{
		{Code: "a", Image: "t0", Place: at(coco.SectionAnnotations, 0)},
		{Code: "a", Image: "t1", Place: at(coco.SectionAnnotations, 5)},
		{Code: "a", Image: "unknown", Place: at(coco.SectionAnnotations, 0)},
	}}
	m, elsewhere = folder.marks(s, []coco.Code{"a"})
	if fmt.Sprint(m.Places) != "map[0:map[2:true]]" || fmt.Sprint(m.Codes) != "map[0:[a] 1:[a]]" || elsewhere != 0 {
		t.Errorf("folder: %+v, %d", m, elsewhere)
	}
}

// TestSummary: the first files are listed, the others counted.
func TestSummary(t *testing.T) {
	d := newDrawn(&paint.ImageFolder{})
	for i := range 5 {
		d.addFile(fmt.Sprintf("%d.png", i))
	}
	d.addFile("")
	var text strings.Builder
	d.WriteText(&text)
	if got := text.String(); got != "wrote 0.png\nwrote 1.png\nwrote 2.png\n... and 2 more\n" {
		t.Errorf("%q", got)
	}
}
