package yolo

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats"
)

// TestSplitNames reads data.yaml with splits of other names, and with several of one folder.
func TestSplitNames(t *testing.T) {
	for _, c := range []struct{ yaml, files, splits string }{
		{"train: images/p0\nval: images/p0\np0: images/p0\np1: images/p1\nnc: 1\n", "images/p0/a images/p1/b", "p0 p1"},
		{"train: images/test\nval: images/test\ntest: images/test\n", "images/test/a", "test"},
		{"train: images/train\nval: images/train\n", "images/train/a", ""},
		{"train: images/train\nval: images/val\ndownload: images/other\n", "images/train/a images/val/b images/other/c", "train val"},
		{"train: images/train\nval: images/val\nauthor: nobody\nlist: [1, 2]\n", "images/train/a images/val/b", "train val"},
	} {
		files := fstest.MapFS{"data.yaml": &fstest.MapFile{Data: []byte(c.yaml + "names: [v]\n")}}
		for name := range strings.FieldsSeq(c.files) {
			files[name+".png"] = &fstest.MapFile{}
		}
		src := &formats.Source{FS: files, Size: func(string) (int, int, error) { return 8, 8, nil }}
		var splits []string
		err := Boxes.Import(context.Background(), src, func(img *formats.Read) error {
			if splits = append(splits, img.Split); len(img.Skipped) > 0 {
				t.Errorf("%q: skipped %v", c.yaml, img.Skipped)
			}
			return nil
		})
		if got := strings.Join(splits, " "); err != nil || got != c.splits {
			t.Errorf("%q: splits %q, expected %q (%v)", c.yaml, got, c.splits, err)
		}
	}
}

// TestBadRowIsRecognised checks that a bad row does not hide the format: its error names it.
func TestBadRowIsRecognised(t *testing.T) {
	src := &formats.Source{FS: fstest.MapFS{
		"data.yaml":       &fstest.MapFile{Data: []byte("train: images\nval: images\nnames: [v]\n")},
		"images/a.png":    &fstest.MapFile{},
		"labels/a.txt":    &fstest.MapFile{Data: []byte("0 -0.2 0.5 0.1 0.1\n")},
		"labels/note.txt": &fstest.MapFile{Data: []byte("no labels")},
	}}
	if !Boxes.Recognise(src) || Seg.Recognise(src) {
		t.Error("a dataset with a bad row is not taken for yolo")
	}
}
