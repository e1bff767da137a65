package cocofiles

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
)

const one = `{"images":[{"id":1,"file_name":"a.png","height":8,"width":8}],"categories":[{"id":1,"name":"v"}],` +
	`"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[0,0,2,2],"area":4,"iscrowd":0}]}`

func folder(files ...string) fstest.MapFS {
	m := fstest.MapFS{}
	for _, f := range files {
		name, text, ok := strings.Cut(f, "=")
		if !ok {
			text = one
		}
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return m
}

func TestRecognise(t *testing.T) {
	for _, tt := range []struct {
		from fs.FS
		file string
		want bool
	}{
		{folder("train/_annotations.coco.json"), "", true},
		{folder("_annotations.coco.json"), "", true},
		{folder("annotations/instances_train.json"), "", true},
		{folder("annotations/a.json"), "", true},
		{folder("a.json"), "a.json", true},
		{folder(`a.json={"info":{},"annotations":[],"images":[]}`), "a.json", true},
		{folder(`a.json={"images":[` + strings.Repeat(" ", sniffed)), "a.json", true}, // longer than what is read
		{folder("a.json"), "", false},                                                 // of a folder, any file may be anything
		{folder("a/b.json"), "", false},
		{folder(`a.json={"images":{}}`), "a.json", false},
		{folder(`a.json={"shapes":[],"imagePath":"x"}`), "a.json", false},
		{folder(`a.json=[]`), "a.json", false},
		{folder(`a.json=`), "a.json", false},
		{folder(), "a.json", false},
	} {
		if got := recognise(&formats.Source{FS: tt.from, File: tt.file}); got != tt.want {
			t.Errorf("%v %q: recognised %v, expected %v", tt.from, tt.file, got, tt.want)
		}
	}
}

// readAll reads a source, and returns its images as split and name.
func readAll(from fs.FS, file string) (images []string, skipped []formats.Skip, err error) {
	err = read(context.Background(), &formats.Source{FS: from, File: file}, func(r *formats.Read) error {
		images, skipped = append(images, r.Split+":"+r.FileName), append(skipped, r.Skipped...)
		return nil
	})
	return images, skipped, err
}

func TestReadLayouts(t *testing.T) {
	for _, tt := range []struct {
		from fs.FS
		want []string
	}{
		{folder("train/_annotations.coco.json", "valid/_annotations.coco.json", "valid/a.png=x"), []string{"train:a.png", "val:valid/a.png"}},
		{folder("annotations/instances_train.json", "annotations/instances_val.json", "images/train/a.png=x", "val/a.png=x"), []string{"train:images/train/a.png", "val:val/a.png"}},
		{folder("annotations/instances_default.json", "images/default/a.png=x"), []string{":images/default/a.png"}},
		{folder("annotations/captions_train.json", "annotations/instances_train.json"), []string{"train:a.png"}},
		{folder("annotations/mine.json", "images/a.png=x"), []string{"mine:images/a.png"}},
	} {
		got, _, err := readAll(tt.from, "")
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("%v: read %q, expected %q: %v", tt.from, got, tt.want, err)
		}
	}
}

func TestReadErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{"images":[{"id":1,"height":"x"}]}`: "images[0].height",
		`{"images":[`:                        "found the end of the text",
		`[]`:                                 "a.json",
		`{"images":[{"id":1},{"id":1}],"annotations":[],"categories":[]}`: "images[1].id",
	} {
		_, _, err := readAll(folder("a.json="+text), "a.json")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "a.json: ") {
			t.Errorf("%s: error %v, expected %q", text, err, want)
		}
	}
	if _, _, err := readAll(folder("b.json"), ""); !errors.Is(err, errNone) {
		t.Errorf("a folder without a file: %v", err)
	}
	_, skipped, err := readAll(folder(`a.json={"images":[{"id":1}],"categories":[],"annotations":[{"id":1,"image_id":1,"category_id":2},{"id":2,"image_id":3,"category_id":2}]}`), "a.json")
	if err != nil || len(skipped) != 2 || skipped[1].Where != "a.json: annotations[1]" {
		t.Errorf("skipped %v: %v", skipped, err)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(one))
	f.Add([]byte(`{"images":[{"id":"x"}],"annotations":[{"id":1,"image_id":"y"}],"categories":[{}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		from := fstest.MapFS{"annotations/instances_a.json": &fstest.MapFile{Data: text}}
		known := recognise(&formats.Source{FS: from})
		_, _, err := readAll(from, "")
		if d, derr := coco.Decode(strings.NewReader(string(text))); err == nil && derr == nil && len(d.Images) > 0 && !known {
			t.Errorf("read, but not recognised")
		}
	})
}
