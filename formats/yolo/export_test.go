package yolo

import (
	"context"
	"io/fs"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v3"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/rle"
)

// export returns the files of an export, with empty image files, the sizes of the images and
// the fates by the names of the images.
func export(t testing.TB, f *formats.Format, set *formats.Set, options formats.Values, images []formats.Image) (
	fstest.MapFS, map[string][2]int, map[string][]formats.Fate) {
	t.Helper()
	e, err := f.Export(set, options)
	if err != nil {
		t.Fatal(err)
	}
	files, sizes, fates := fstest.MapFS{}, map[string][2]int{}, map[string][]formats.Fate{}
	for i := range images {
		out, err := e.Image(&images[i])
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range out.Parts {
			if frame := e.Frame(p.File); !reflect.DeepEqual(frame, formats.Frame{}) {
				t.Errorf("%s: frame %v, expected none", p.File, frame)
			}
			files[p.File] = &fstest.MapFile{Data: p.Text}
		}
		files[out.ImageFile] = &fstest.MapFile{}
		sizes[out.ImageFile] = [2]int{images[i].Height, images[i].Width}
		fates[images[i].FileName] = out.Fates
	}
	parts, err := e.Finish()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		files[p.File] = &fstest.MapFile{Data: p.Text}
	}
	return files, sizes, fates
}

// source is a source of files.
func source(files fs.FS, sizes map[string][2]int, options formats.Values) *formats.Source {
	return &formats.Source{FS: files, Options: options, Size: func(name string) (height, width int, err error) {
		if size, ok := sizes[name]; ok {
			return size[0], size[1], nil
		}
		return 100, 200, nil
	}}
}

func importAll(src *formats.Source) ([]*formats.Read, error) {
	var images []*formats.Read
	err := Seg.Import(context.Background(), src, func(img *formats.Read) error {
		images = append(images, img)
		return nil
	})
	return images, err
}

// TestRoundTrip exports masks and imports them: the pixels are those that ultralytics sees.
func TestRoundTrip(t *testing.T) {
	images := shapes(t)
	set := &formats.Set{Categories: tileClasses, Splits: []string{"train", "val"}}
	files, sizes, fates := export(t, &Seg, set, nil, images)
	read, err := importAll(source(files, sizes, nil))
	if err != nil {
		t.Fatal(err)
	}
	if len(read) != len(images) {
		t.Fatalf("%d images, expected %d", len(read), len(images))
	}
	for _, img := range images {
		i := slices.IndexFunc(read, func(r *formats.Read) bool { return strings.HasSuffix(r.FileName, "/"+img.FileName) })
		if i < 0 {
			t.Fatalf("no image %q", img.FileName)
		}
		got := read[i]
		if got.FileName != "images/"+img.Split+"/"+img.FileName || got.Split != img.Split || got.Height != img.Height ||
			len(got.Instances) != len(img.Instances) {
			t.Fatalf("image %q of %q, %d instances, expected %q of %q, %d", got.FileName, got.Split, len(got.Instances),
				img.FileName, img.Split, len(img.Instances))
		}
		for k, in := range got.Instances {
			expected, _ := img.Instances[k].Segmentation.Mask(img.Height, img.Width)
			m, err := in.Segmentation.Mask(img.Height, img.Width)
			if err != nil || in.Class != "blood_vessel" || in.Area != float64(m.Area()) || in.BBox != m.Bounds() {
				t.Errorf("%q, instance %d: %+v, %v", img.FileName, k, in, err)
			}
			if iou := rle.IoU(m, expected); iou != fates[img.FileName][k].IoU {
				t.Errorf("%q, instance %d: IoU %v, expected %v", img.FileName, k, iou, fates[img.FileName][k].IoU)
			}
		}
	}
	// Exported again, the images keep their places.
	again, _, _ := export(t, &Seg, set, nil, []formats.Image{{Image: read[0].Image, Split: read[0].Split}})
	if _, ok := again[read[0].FileName]; !ok {
		t.Errorf("exported again, %q is not there", read[0].FileName)
	}
}

// TestFates lists what becomes of instances.
func TestFates(t *testing.T) {
	box := func(x, y, w, h float64) rle.Box { return rle.Box{X: x, Y: y, W: w, H: h} }
	mask := func(boxes ...rle.Box) coco.Segmentation {
		var masks []rle.Mask
		for _, b := range boxes {
			m, err := rle.FromBox(50, 100, b)
			if err != nil {
				t.Fatal(err)
			}
			masks = append(masks, m)
		}
		m, err := rle.Union(masks...)
		if err != nil {
			t.Fatal(err)
		}
		return coco.RLE(m)
	}
	empty, err := rle.Empty(50, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name        string
		a           coco.Annotation
		seg, boxes  string // what is dropped or changed
		iou         float64
		segRow, row string
	}{
		{"a rectangle", coco.Annotation{Segmentation: mask(box(10, 10, 20, 10)), Missing: coco.FieldBBox}, "", changedMask, 1,
			"0 0.100156 0.20031 0.299844 0.20031 0.299844 0.39969 0.100156 0.39969", "0 0.2 0.3 0.2 0.2"},
		{"two that touch at a corner", coco.Annotation{Segmentation: mask(box(0, 0, 5, 5), box(5, 5, 5, 5)),
			BBox: box(0, 0, 10, 10)}, "", changedMask, 1, "*", "0 0.05 0.1 0.1 0.2"},
		{"two a pixel apart", coco.Annotation{Segmentation: mask(box(0, 0, 5, 5), box(6, 0, 5, 5)), BBox: box(0, 0, 11, 5)},
			changedJoined, changedMask, 50. / 51, "*", "0 0.055 0.05 0.11 0.1"},
		{"one and a pixel far away", coco.Annotation{Segmentation: mask(box(0, 0, 5, 5), box(40, 0, 1, 1)),
			BBox: box(0, 0, 41, 5)}, changedLeft, changedMask, 25. / 26, "*", "0 0.205 0.05 0.41 0.1"},
		{"both", coco.Annotation{Segmentation: mask(box(0, 0, 5, 5), box(6, 0, 5, 5), box(40, 0, 1, 1)),
			BBox: box(0, 0, 41, 5)}, changedBoth, changedMask, 50. / 52, "*", "0 0.205 0.05 0.41 0.1"},
		{"a crowd", coco.Annotation{Segmentation: mask(box(0, 0, 5, 5)), IsCrowd: true}, droppedCrowd, droppedCrowd,
			math.NaN(), "", ""},
		{"a category of another set", coco.Annotation{Segmentation: mask(box(0, 0, 5, 5)), CategoryID: 7}, droppedClass,
			droppedClass, math.NaN(), "", ""},
		{"no pixels", coco.Annotation{Segmentation: coco.RLE(empty), Missing: coco.FieldBBox}, droppedEmpty, droppedEmpty,
			math.NaN(), "", ""},
		{"a box alone", coco.Annotation{BBox: box(10, 10, 20, 10)}, changedBox, "", math.NaN(),
			"0 0.1 0.2 0.3 0.2 0.3 0.4 0.1 0.4", "0 0.2 0.3 0.2 0.2"},
		{"a box beyond the image", coco.Annotation{BBox: box(90, 40, 20, 20)}, changedClipped, changedClipped, math.NaN(),
			"0 0.9 0.8 1 0.8 1 1 0.9 1", "0 0.95 0.9 0.1 0.2"},
		{"a box outside", coco.Annotation{BBox: box(100, 40, 20, 20)}, droppedEmpty, droppedEmpty, math.NaN(), "", ""},
		{"a box of NaN", coco.Annotation{BBox: box(math.NaN(), 40, 20, 20)}, droppedEmpty, droppedEmpty, math.NaN(), "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			img := []formats.Image{{Image: coco.Image{FileName: "a.png", Height: 50, Width: 100},
				Instances: []coco.Annotation{tt.a}}}
			set := &formats.Set{Categories: []coco.Category{{Name: "x"}}}
			files, _, fates := export(t, &Seg, set, nil, img)
			got := fates["a.png"][0]
			if got.Dropped+got.Changed != tt.seg || got.IoU != tt.iou && !(math.IsNaN(got.IoU) && math.IsNaN(tt.iou)) {
				t.Errorf("polygon: %+v, expected %q, IoU %v", got, tt.seg, tt.iou)
			}
			if row := strings.TrimSpace(string(files["labels/train/a.txt"].Data)); tt.segRow != "*" && row != tt.segRow {
				t.Errorf("polygon: row %q, expected %q", row, tt.segRow)
			}
			files, _, fates = export(t, &Boxes, set, nil, img)
			if got := fates["a.png"][0]; got.Dropped+got.Changed != tt.boxes {
				t.Errorf("box: %+v, expected %q", got, tt.boxes)
			}
			if row := strings.TrimSpace(string(files["labels/train/a.txt"].Data)); row != tt.row {
				t.Errorf("box: row %q, expected %q", row, tt.row)
			}
		})
	}
}

// TestTwins checks that equal rows are reported, since ultralytics drops the second.
func TestTwins(t *testing.T) {
	a := coco.Annotation{BBox: rle.Box{X: 1, Y: 1, W: 5, H: 5}}
	_, _, fates := export(t, &Boxes, &formats.Set{Categories: []coco.Category{{Name: "x"}}}, nil,
		[]formats.Image{{Image: coco.Image{FileName: "a.png", Height: 50, Width: 100}, Instances: []coco.Annotation{a, a}}})
	if f := fates["a.png"]; f[0].Changed != "" || f[1].Changed != changedTwin {
		t.Errorf("fates %v, expected the second to be a twin", f)
	}
}

// TestImageFiles lists where images and labels belong.
func TestImageFiles(t *testing.T) {
	for _, tt := range []struct{ name, split, image, label string }{
		{"a.png", "", "images/train/a.png", "labels/train/a.txt"},
		{"a.png", "val", "images/val/a.png", "labels/val/a.txt"},
		{"site A/ü b.c.tif", "val", "images/val/site A/ü b.c.tif", "labels/val/site A/ü b.c.txt"},
		{`run0\a.png`, "", "images/train/run0/a.png", "labels/train/run0/a.txt"},
		{"/data/a.png", "", "images/train/data/a.png", "labels/train/data/a.txt"},
		{"../../a.png", "", "images/train/a.png", "labels/train/a.txt"},
		{"images/val/a.png", "val", "images/val/a.png", "labels/val/a.txt"},
		// ultralytics replaces the last folder images.
		{"images/a.png", "", "images/train/images/a.png", "images/train/labels/a.txt"},
	} {
		e := &exporter{}
		image := e.imageFile(&formats.Image{Image: coco.Image{FileName: tt.name}, Split: tt.split})
		if label := labelFile(image); image != tt.image || label != tt.label {
			t.Errorf("%q of %q: %q and %q, expected %q and %q", tt.name, tt.split, image, label, tt.image, tt.label)
		}
	}
}

// TestSharedLabels checks that no two images get one label file.
func TestSharedLabels(t *testing.T) {
	for _, tt := range []struct {
		names   []string
		options formats.Values
		err     string
	}{
		{[]string{"run0/a.png", "run1/a.png"}, nil, ""},
		{[]string{"b.png", "a.png", "a.jpg"}, nil,
			`images "a.jpg" and "a.png" would have the same labels, labels/train/a.txt: use the option names=id`},
		{[]string{"a.png", "a.png"}, nil,
			`images "a.png" and "a.png" would have the same labels, labels/train/a.txt: use the option names=id`},
		{[]string{"a.png", "a.jpg"}, formats.Values{"names": "id"}, ""},
	} {
		e, err := Boxes.Export(&formats.Set{Categories: []coco.Category{{Name: "x"}}}, tt.options)
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range tt.names {
			if _, err := e.Image(&formats.Image{Image: coco.Image{ID: coco.IntID(int64(i)), FileName: name, Height: 20,
				Width: 20}}); err != nil {
				t.Fatal(err)
			}
		}
		got := ""
		if _, err := e.Finish(); err != nil {
			got = err.Error()
		}
		if got != tt.err {
			t.Errorf("%q: error %q, expected %q", tt.names, got, tt.err)
		}
	}
}

// TestExportRefused lists what is not exported.
func TestExportRefused(t *testing.T) {
	x := []coco.Category{{ID: 1, Name: "x"}}
	for _, tt := range []struct {
		set formats.Set
		img formats.Image
		err string
	}{
		{formats.Set{}, formats.Image{}, "found no categories: a YOLO dataset needs at least one class"},
		{formats.Set{Categories: []coco.Category{{ID: 4}}}, formats.Image{},
			"category 4: found no name, expected the name of a class"},
		{formats.Set{Categories: []coco.Category{{ID: 4, Name: "a"}, {ID: 5, Name: "a"}}}, formats.Image{},
			`categories 4 and 5 are both named "a": rename or merge them`},
		{formats.Set{Categories: []coco.Category{{ID: 4, Name: "a"}, {ID: 4, Name: "b"}}}, formats.Image{},
			`two categories have id 4`},
		{formats.Set{Categories: []coco.Category{{ID: 4, Name: "\xed\xb3\xa9"}}}, formats.Image{},
			`category 4: found name "\xed\xb3\xa9", expected Unicode`},
		{formats.Set{Categories: x, Splits: []string{"train", "names"}}, formats.Image{},
			`split "names": expected a name such as train, val or test`},
		{formats.Set{Categories: x, Splits: []string{".."}}, formats.Image{},
			`split "..": expected a name such as train, val or test`},
		{formats.Set{Categories: x, Splits: []string{"val", "valid"}}, formats.Image{},
			`splits "val" and "valid" are both val in data.yaml: rename or merge them`},
		{formats.Set{Categories: x}, formats.Image{Image: coco.Image{ID: coco.IntID(3)}}, "image 3 has no file name"},
		{formats.Set{Categories: x}, formats.Image{Image: coco.Image{FileName: "a.png"}},
			`image "a.png": found 0 x 0 pixels, expected a width and a height`},
		{formats.Set{Categories: x}, formats.Image{Image: coco.Image{FileName: "a/.b/c.png", Width: 9, Height: 9}},
			`image "a/.b/c.png": ultralytics does not see files and folders that begin with a dot: use the option names=id`},
		{formats.Set{Categories: x}, formats.Image{Image: coco.Image{FileName: "a.png", Width: 9, Height: 9}, Split: "val"},
			`image "a.png": found split "val", expected none, as the set is not divided`},
		{formats.Set{Categories: x, Splits: []string{"train", "val"}},
			formats.Image{Image: coco.Image{FileName: "a.png", Width: 9, Height: 9}},
			`image "a.png": found split "", expected one of ["train" "val"]`},
		{formats.Set{Categories: x}, formats.Image{Image: coco.Image{FileName: "a.gif", Width: 9, Height: 9}},
			`image "a.gif": expected a suffix that ultralytics reads, such as .png, .jpg or .tif`},
	} {
		e, err := Seg.Export(&tt.set, nil)
		if err == nil {
			_, err = e.Image(&tt.img)
		}
		if err == nil || err.Error() != tt.err {
			t.Errorf("%+v: error %v, expected %q", tt.set, err, tt.err)
		}
	}
}

// TestDataFile reads data.yaml with YAML's types: names that look like something else are
// texts.
func TestDataFile(t *testing.T) {
	classes := []string{"no", "1", "null", "~", "12:30", "a: b # c", `q"\`, "naïve ", "new\nline", "\u2028", "1e3", "- x",
		"😀", "\ufeff"}
	for _, tt := range []struct {
		splits           []string
		train, val, test any
		comments         int
	}{
		{nil, "images/train", "images/train", nil, 2},
		{[]string{"train", "val"}, "images/train", "images/val", nil, 1},
		{[]string{"train", "valid", "test"}, "images/train", "images/valid", "images/test", 1},
		{[]string{"fold 0", "val"}, "images/fold 0", "images/val", nil, 2},
		{[]string{"val"}, "images/val", "images/val", nil, 2},
	} {
		text := appendData(nil, tt.splits, classes)
		var got map[string]any
		if err := yaml.Unmarshal(text, &got); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		names := got["names"].(map[any]any)
		for i, name := range classes {
			if names[i] != name {
				t.Errorf("class %d: %q, expected %q", i, names[i], name)
			}
		}
		if got["train"] != tt.train || got["val"] != tt.val || got["test"] != tt.test || got["nc"] != len(classes) ||
			got["path"] != nil {
			t.Errorf("%q: %v", tt.splits, got)
		}
		if n := strings.Count(string(text), "# There") + 1; n != tt.comments {
			t.Errorf("%q: %d comments, expected %d", tt.splits, n, tt.comments)
		}
	}
}
