package importcmd

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

func TestRecognise(t *testing.T) {
	format := func(name string, is bool) *formats.Format {
		return &formats.Format{Name: name, Recognise: func(*formats.Source) bool { return is }}
	}
	for _, tt := range []struct {
		list []*formats.Format
		want string
	}{
		{[]*formats.Format{format("a", false), format("b", true), {Name: "c"}}, "b"},
		{[]*formats.Format{format("a", true), format("b", true)}, "x: it may be of the formats a, b"},
		{[]*formats.Format{format("a", false)}, "x: its format is not recognised"},
	} {
		f, err := recognise(tt.list, "x", nil)
		if err != nil {
			var failed *ui.Failure
			if err.Error() != tt.want || !errors.As(err, &failed) || failed.Code != ui.ExitBadData {
				t.Errorf("error %v, expected %q", err, tt.want)
			}
		} else if f.Name != tt.want {
			t.Errorf("recognised %s, expected %s", f.Name, tt.want)
		}
	}
}

// TestCategories: ids that differ and begin at 1 stay, others are numbered; classes without a number follow by name.
func TestCategories(t *testing.T) {
	type list = []coco.Category
	for name, tt := range map[string]struct {
		declared []list
		classes  []string
		opts     options
		want     string
	}{
		"no numbers":      {nil, []string{"b", "a", "b"}, options{start: 1}, "1 a, 2 b"},
		"an order":        {[]list{{{Name: "b"}, {Name: "a"}}}, []string{"c", "a"}, options{start: 1}, "1 b, 2 a, 3 c"},
		"from 0":          {[]list{{{Name: "b"}, {Name: "a"}}}, nil, options{start: 0}, "0 b, 1 a"},
		"ids":             {[]list{{{ID: 7, Name: "b"}, {ID: 3, Name: "a"}}}, nil, options{start: 1}, "7 b, 3 a"},
		"an id 0":         {[]list{{{ID: 0, Name: "b"}, {ID: 1, Name: "a"}}}, nil, options{start: 1}, "1 b, 2 a"},
		"equal in two":    {[]list{{{ID: 7, Name: "b"}}, {{ID: 7, Name: "b"}}}, nil, options{start: 1}, "7 b"},
		"other names":     {[]list{{{ID: 7, Name: "b"}}, {{ID: 7, Name: "a"}}}, nil, options{start: 1}, "1 b, 2 a"},
		"other ids":       {[]list{{{ID: 7, Name: "b"}}, {{ID: 8, Name: "b"}}}, nil, options{start: 1}, "1 b"},
		"one undeclared":  {[]list{{{ID: 7, Name: "b"}}}, []string{"x"}, options{start: 1}, "1 b, 2 x"},
		"sorted":          {[]list{{{Name: "b"}, {Name: "a"}}}, nil, options{start: 1, byName: true}, "1 a, 2 b"},
		"new numbers":     {[]list{{{ID: 7, Name: "b"}}}, nil, options{start: 3, renumber: true}, "3 b"},
		"named by a flag": {nil, []string{"a"}, options{start: 1, classes: []string{"z", "a"}}, "1 z, 2 a"},
	} {
		s := newSet()
		for _, l := range tt.declared {
			s.declare(l)
		}
		s.classes = tt.classes
		var got []string
		for _, c := range s.categories(ui.NewConsole(nil, io.Discard, io.Discard), &tt.opts) {
			got = append(got, string(coco.IntID(c.ID).AppendJSON(nil))+" "+c.Name)
		}
		if strings.Join(got, ", ") != tt.want {
			t.Errorf("%s: %q, expected %q", name, got, tt.want)
		}
	}
}

// TestInstances: areas and boxes are filled in, and what is nothing is skipped and counted.
func TestInstances(t *testing.T) {
	mask, err := rle.FromBox(8, 10, rle.Box{X: 2, Y: 1, W: 3, H: 2})
	if err != nil {
		t.Fatal(err)
	}
	empty, _ := rle.Empty(8, 10)
	other, _ := rle.Empty(4, 4)
	s := newSet()
	src := &formats.Source{Size: func(string) (int, int, error) { return 8, 10, nil }}
	read := &formats.Read{Image: coco.Image{FileName: "a.png"}, Split: "val", Instances: []formats.Instance{
		{Class: "v", Annotation: coco.Annotation{Segmentation: coco.RLE(mask)}},
		{Class: "v", Annotation: coco.Annotation{BBox: rle.Box{X: 1, Y: 1, W: 2, H: 2.5}, Missing: coco.FieldArea | coco.FieldSegmentation | coco.FieldIsCrowd}},
		{Class: "v", Annotation: coco.Annotation{Segmentation: coco.RLE(mask), Area: 99, BBox: rle.Box{W: 1, H: 1}}},
		{Class: "v", Annotation: coco.Annotation{Segmentation: coco.RLE(empty)}},
		{Class: "v", Annotation: coco.Annotation{BBox: rle.Box{X: 1, W: 2}}},
		{Class: "v"},
	}}
	if err := s.add(&formats.Format{}, read, src); err != nil {
		t.Fatal(err)
	}
	d := s.dataset(ui.NewConsole(nil, io.Discard, io.Discard), &options{start: 1})
	var areas []float64
	for _, a := range d.Annotations {
		areas = append(areas, a.Area)
		if a.Missing&^coco.FieldSegmentation != 0 || a.CategoryID != 1 {
			t.Errorf("annotation %s lacks %b, its category is %d", a.ID, a.Missing, a.CategoryID)
		}
	}
	if !slices.Equal(areas, []float64{6, 5, 99}) || d.Annotations[0].BBox != (rle.Box{X: 2, Y: 1, W: 3, H: 2}) {
		t.Errorf("areas %v, first box %v", areas, d.Annotations[0].BBox)
	}
	if s.skipped[noPixel].Count != 2 || s.skipped[noOutline].Count != 1 {
		t.Errorf("skipped %v and %v", s.skipped[noPixel], s.skipped[noOutline])
	}
	if got, _ := d.Images[0].Text("split"); got != "val" || d.Images[0].Width != 10 {
		t.Errorf("image %+v", d.Images[0])
	}
	for name, r := range map[string]*formats.Read{
		"two images are called":       {Image: coco.Image{FileName: "a.png"}},
		`image "b.png": instance 1: `: {Image: coco.Image{FileName: "b.png"}, Instances: []formats.Instance{{Annotation: coco.Annotation{Segmentation: coco.RLE(other)}}}},
		`image "c.png": `:             {Image: coco.Image{FileName: "c.png", Height: 1 << 30, Width: 1 << 30}},
	} {
		if err := s.add(&formats.Format{}, r, src); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("error %v, expected %q", err, name)
		}
	}
}

// TestSource: names lead to regular files of the folder alone, and what was read is summed.
func TestSource(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in")
	for _, name := range []string{"in/b.txt", "in/sub/a.txt", "out.txt"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("abc"), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	o := &files.Outputs{}
	from, src, err := openSource(ui.NewConsole(nil, io.Discard, io.Discard), o, in, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../out.txt", "/etc/passwd", "sub/../../out.txt", "", "sub//a.txt", "a\x00"} {
		if f, err := src.FS.Open(name); err == nil {
			_ = f.Close()
			t.Errorf("%q was opened", name)
		}
		if _, err := fs.Stat(src.FS, name); err == nil {
			t.Errorf("%q was looked at", name)
		}
	}
	if _, _, err := src.Size("../out.txt"); err == nil {
		t.Error("the size of a file out of the folder was read")
	}
	found, err := fs.Glob(src.FS, "*/*.txt")
	if err != nil || !slices.Equal(found, []string{"sub/a.txt"}) {
		t.Errorf("found %q: %v", found, err)
	}
	from.sums = map[string]files.FileInfo{}
	for _, name := range []string{"sub/a.txt", "b.txt"} {
		f, err := src.FS.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got := from.info(in); from.sums["b.txt"].SHA256 != abc || got.Bytes != 6 || got.Name != "in" || got.SHA256 == abc || len(o.Inputs) != 2 {
		t.Errorf("summed %v as %v", from.sums, got)
	}
}
