package preds_test

import (
	"bufio"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/preds"
	"github.com/hubdata/hubdata/coco"
)

// TestFindModels takes each file of predictions for a model, and refuses two of one name.
func TestFindModels(t *testing.T) {
	dir := clitest.Folder(t, map[string]string{"b.segm.json": "[]", "b.bbox.json": "[]", "a.json.gz": "", ".c.json": "",
		"notes.txt": "", "d/e.json": ""})
	models, err := preds.FindModels(dir)
	if err != nil || !slices.Equal(models.Names(), []string{"a", "b"}) || models.Place("b") != 1 ||
		models.Place("c") != -1 {
		t.Fatalf("%+v, %v", models, err)
	}
	var paths []string
	for i, path := range models.Paths() {
		paths = append(paths, models[i].Name+" "+filepath.Base(path))
	}
	if !slices.Equal(paths, []string{"a a.json.gz", "b b.segm.json"}) {
		t.Errorf("files %q", paths)
	}
	for _, files := range []map[string]string{{"a.json": "", "a.segm.json.zst": ""}, {"a.bbox.json": ""}, {}} {
		if models, err := preds.FindModels(clitest.Folder(t, files)); err == nil {
			t.Errorf("%v: %+v", files, models)
		}
	}
}

func TestFirstByte(t *testing.T) {
	for text, want := range map[string]byte{"": 0, " \n\t{": '{', "\xef\xbb\xbf[": '[', "id,fold": 'i',
		strings.Repeat(" ", 600) + "[": '[', strings.Repeat(" ", 5000) + "[": 0} {
		if got := preds.FirstByte(bufio.NewReader(strings.NewReader(text))); got != want {
			t.Errorf("%.20q: %q, expected %q", text, got, want)
		}
	}
}

// TestImageIDs finds ids of a table's rows, of names, and of a file's images in another list.
func TestImageIDs(t *testing.T) {
	list := coco.NewNames([]coco.Image{{FileName: "t1.png"}, {FileName: "t2.png"}})
	rows := preds.NewImageIDs(1)
	tiles := &coco.Names{}
	tiles.AddName("t2")
	tiles.AddName("t9")
	rows.TakeRows("table", tiles)
	file := preds.NewImageIDs(1)
	if err := file.TakeDataset("file",
		&coco.Dataset{Images: []coco.Image{{ID: coco.IntID(7), FileName: "x/t1.png"},
			{ID: coco.StringID("s"), FileName: "x/t9.png"}}}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what string
		ids  *preds.ImageIDs
		id   coco.ID
		want int // -1: not in the list; -2: an error
	}{
		{"row 1", rows, coco.IntID(1), 1}, {"row 2", rows, coco.IntID(2), -1}, {"row 3", rows, coco.IntID(3), -2},
		{"a name beside rows", rows, coco.StringID("t1"), 0},
		{"id 7", file, coco.IntID(7), 0}, {"id s", file, coco.StringID("s"), -1}, {"id 8", file, coco.IntID(8), -2},
		{"a name of the file", file, coco.StringID("t1"), 0}, {"another name", file, coco.StringID("t2"), -2},
		{"a name", preds.NewImageIDs(1), coco.StringID("t2"), 1},
		{"a name of no image", preds.NewImageIDs(1), coco.StringID("t3"), -1},
		{"a number for a name", preds.NewImageIDs(1), coco.IntID(1), -2},
	} {
		i, _, err := test.ids.In(list).Find(test.id)
		if err != nil {
			i = -2
		}
		if i != test.want {
			t.Errorf("%s: %d (%v), expected %d", test.what, i, err, test.want)
		}
	}
	if err := file.TakeDataset("file",
		&coco.Dataset{Images: []coco.Image{{ID: coco.IntID(7), FileName: "a.png"},
			{ID: coco.IntID(7), FileName: "b.png"}}}); err == nil {
		t.Error("one id of two images")
	}
	if class, err := preds.NewImageIDs(3).Class(3); class != "blood_vessel" || err != nil {
		t.Errorf("category 3: %q, %v", class, err)
	}
	if _, err := preds.NewImageIDs(3).Class(2); err == nil {
		t.Error("category 2 has a class")
	}
}
