package yolo

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
)

// folder returns files given as name and text in turn.
func folder(namesAndTexts ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i := 0; i < len(namesAndTexts); i += 2 {
		files[namesAndTexts[i]] = &fstest.MapFile{Data: []byte(namesAndTexts[i+1])}
	}
	return files
}

// summary describes images that were read, one a line.
func summary(images []*formats.Read) string {
	var b strings.Builder
	for _, img := range images {
		fmt.Fprintf(&b, "%s %q %dx%d", img.FileName, img.Split, img.Width, img.Height)
		for _, in := range img.Instances {
			fmt.Fprintf(&b, "; %s %v area %v %v", in.Class, in.BBox, in.Area, in.Segmentation.Kind())
			if score, ok, err := in.Score(); ok || err != nil {
				fmt.Fprintf(&b, " score %v", score)
			}
		}
		for _, s := range img.Skipped {
			fmt.Fprintf(&b, "; skipped %s: %s", s.Where, s.What)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestImport lists datasets and what is read of them, on images of 200 x 100 pixels.
func TestImport(t *testing.T) {
	const box, triangle = "0 0.5 0.5 0.2 0.4\n", "1 0.1 0.1 0.3 0.1 0.1 0.5\n"
	for _, tt := range []struct {
		name     string
		files    fstest.MapFS
		file     string
		classes  []string
		options  formats.Values
		expected string
	}{
		{name: "splits of data.yaml, a file without rows, one that is not there, rows of both kinds",
			files: folder("data.yaml", "train: images/train\nval: [images/val]\nnames: [no, vessel]\n",
				"images/train/a.png", "", "labels/train/a.txt", box+"\n"+triangle, "images/train/e.png", "", "labels/train/e.txt",
				" \n",
				"images/val/b c.jpg", "", "labels/val/b c.txt", "\xef\xbb\xbf1.0 0.5 0.5 1 1\r\n", "images/val/ü.png", ""),
			expected: `images/train/a.png "train" 200x100; no {80 30 40 40} area 1600 none; vessel {20 10 41 41} area 824 rle
images/train/e.png "train" 200x100
images/val/b c.jpg "val" 200x100; vessel {0 0 200 100} area 20000 none
images/val/ü.png "val" 200x100
`},
		{name: "a set that is not divided",
			files: folder("data.yaml", "train: images/train\nval: images/train\nnames:\n  1: b\n  0: a\n",
				"images/train/a.png", "", "labels/train/a.txt", triangle),
			expected: "images/train/a.png \"\" 200x100; b {20 10 41 41} area 824 rle\n"},
		{name: "Roboflow's paths, a test split that was not exported, an image in two splits",
			files: folder("data.yaml",
				"train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnc: 1\nnames: ['1']\n",
				"train/images/a.png", "", "train/labels/a.txt", box, "valid/images/b.png", "", "valid/labels/b.txt", ""),
			expected: "train/images/a.png \"train\" 200x100; 1 {80 30 40 40} area 1600 none; skipped data.yaml: line 3: a split whose images are not there\nvalid/images/b.png \"val\" 200x100\n"},
		{name: "a list of files, an image in two splits",
			files: folder("data.yaml", "path: sets\ntrain: train.txt\nval: val.txt\nnames: [a]\n", "sets/train.txt",
				"./images/a.png\nimages/b.png\n", "sets/val.txt", "./images/b.png\n./images/c.png",
				"sets/images/a.png", "", "sets/images/b.png", "", "sets/images/c.png", ""),
			expected: "sets/images/a.png \"train\" 200x100; skipped data.yaml: line 3: an image that is in an earlier split too\nsets/images/b.png \"train\" 200x100\nsets/images/c.png \"val\" 200x100\n"},
		{name: "classes.txt, labels without an image, next to the images",
			files: folder("labels/classes.txt", "a\n\nb\n", "labels/x.txt", box, "images/y.png", "", "dark/z.png", "",
				"dark/z.txt", box),
			expected: "dark/z.png \"\" 200x100; a {80 30 40 40} area 1600 none; skipped labels/x.txt: a label file without an image\nimages/y.png \"\" 200x100\n"},
		{name: "classes of the user before those of the file, data.yaml by name",
			files: folder("set/my.yaml", "train: images\nval: images\nnames: [x]\n", "set/images/a.png", "", "set/labels/a.txt",
				triangle), file: "set/my.yaml", classes: []string{"p", "q"},
			expected: "set/images/a.png \"\" 200x100; q {20 10 41 41} area 824 rle\n"},
		{name: "scores, of a box and of a polygon", options: formats.Values{"score": "all"},
			files: folder("classes.txt", "a\nb", "images/a.png", "", "labels/a.txt",
				"0 .5 .5 .2 .4 0.25\n1 0.1 0.1 0.3 0.1 0.1 0.5 1e-1\n"),
			expected: "images/a.png \"\" 200x100; a {80 30 40 40} area 1600 none score 0.25; b {20 10 41 41} area 824 rle score 0.1\n"},
		{name: "outlines of pixel numbers", options: formats.Values{"vertices": "round"},
			files: folder("classes.txt", "a\nb", "images/a.png", "", "labels/a.txt",
				"1 0.145 0.29 0.195 0.29 0.195 0.39 0.145 0.39\n"),
			expected: "images/a.png \"\" 200x100; b {29 29 11 11} area 121 rle\n"},
		{name: "points of the plane", options: formats.Values{"vertices": "plane"},
			files: folder("classes.txt", "a\nb", "images/a.png", "", "labels/a.txt",
				"1 0.145 0.29 0.195 0.29 0.195 0.39 0.145 0.39\n"),
			expected: "images/a.png \"\" 200x100; b {29 29 10 10} area 100 polygon\n"},
		{name: "a polygon outside of the image, and a box without an area",
			files: folder("classes.txt", "a", "images/a.png", "", "labels/a.txt",
				"0 1.008 0.1 1.009 0.1 1.009 0.5\n0 .5 .5 0 .1\n"),
			expected: "images/a.png \"\" 200x100; skipped labels/a.txt: line 1: a polygon or box without pixels in the image; skipped labels/a.txt: line 2: a polygon or box without pixels in the image\n"},
		{name: "predictions of masks, by stems and numbers", file: "predictions.json",
			files: folder("data.yaml", "names: [a, b]\n", "val/0012.png", "", "val/b c.png", "",
				"predictions.json", `[{"image_id":"b c","category_id":2,"bbox":[1,2,3,4],"score":0.5,"segmentation":{"size":[100,200],"counts":"0P]R6"}},
				{"image_id":12,"file_name":"0012.png","category_id":1,"bbox":[1,2,3,4],"score":0.25},{"image_id":12,"category_id":1,"bbox":[1,2,3,4],"score":1},
				{"image_id":77,"category_id":1,"bbox":[1,2,3,4],"score":1,"segmentation":{"size":[40,20],"counts":[800]}}]`),
			expected: "val/b c.png \"val\" 200x100; b {1 2 3 4} area 0 rle score 0.5\nval/0012.png \"val\" 200x100; a {1 2 3 4} area 12 none score 0.25; a {1 2 3 4} area 12 none score 1\n77 \"\" 20x40; a {1 2 3 4} area 0 counts score 1\n"},
		{name: "predictions from 0", file: "runs/predictions.json", options: formats.Values{"first-class": "0"},
			classes: []string{"a"},
			files: folder("runs/predictions.json", `[{"image_id":"x","category_id":0,"bbox":[1,2,3,4],"score":0.5}]`,
				"images/x.png", ""),
			expected: "images/x.png \"\" 200x100; a {1 2 3 4} area 12 none score 0.5\n"},
		{name: "predictions of a split", file: "predictions.json", options: formats.Values{"split": "val"},
			classes: []string{"a"},
			files: folder("data.yaml", "train: images/train\nval: images/val\nnames: [a]\n", "images/train/1.png", "",
				"images/val/1.png", "",
				"predictions.json", `[{"image_id":1,"category_id":1,"bbox":[1,2,3,4],"score":0.5}]`),
			expected: "images/val/1.png \"val\" 200x100; a {1 2 3 4} area 12 none score 0.5\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := source(tt.files, nil, tt.options)
			src.File, src.Classes = tt.file, tt.classes
			images, err := importAll(src)
			if got := summary(images); err != nil || got != tt.expected {
				t.Errorf("error %v, read:\n%sexpected:\n%s", err, got, tt.expected)
			}
		})
	}
}

// TestImportRefused lists faults, with the place that the error names.
func TestImportRefused(t *testing.T) {
	label := func(rows string) fstest.MapFS {
		return folder("data.yaml", "train: images\nval: images\nnames: [a, b]\n", "images/a.png", "", "labels/a.txt", rows)
	}
	predictions := func(text string) fstest.MapFS {
		return folder("data.yaml", "names: [a, b]\n", "predictions.json", text, "x/1.png", "", "y/01.png", "")
	}
	for _, tt := range []struct {
		files fstest.MapFS
		file  string
		err   string
	}{
		{label("0 .5 .5 .1 .1\n2 .5 .5 .1 .1\n"), "",
			`labels/a.txt: line 2: found class "2", expected a number below 2, as there are 2 names`},
		{label("-1 .5 .5 .1 .1\n"), "", `labels/a.txt: line 1: found class "-1", expected its number`},
		{label("\n\n0.5 .5 .5 .1 .1\n"), "", `labels/a.txt: line 3: found class "0.5", expected its number`},
		{label("vessel .5 .5 .1 .1\n"), "", `labels/a.txt: line 1: found class "vessel", expected its number`},
		{label("NaN .5 .5 .1 .1\n"), "", `labels/a.txt: line 1: found class "NaN", expected its number`},
		{label("1e30 .5 .5 .1 .1\n"), "",
			`labels/a.txt: line 1: found class "1e30", expected a number below 2, as there are 2 names`},
		{label("0 .5 nan .1 .1\n"), "", `labels/a.txt: line 1: number 3: found "nan", expected a finite number`},
		{label("0 .5 1e999 .1 .1\n"), "", `labels/a.txt: line 1: number 3: found "1e999", expected a finite number`},
		{label("0 .5 .5 .1 x\n"), "", `labels/a.txt: line 1: number 5: found "x", expected a finite number`},
		{label("0 120 50 20 20\n"), "",
			`labels/a.txt: line 1: number 2: found 120, expected a fraction of the image, from 0 to 1`},
		{label("0 .5 .5 -0.001 .1\n"), "", `labels/a.txt: line 1: found a box of -0.001 x 0.1, expected no negative sizes`},
		{label("0 .5 .5 .1 .1 7\n"), "", `labels/a.txt: line 1: found score 7, expected 0 to 1`},
		{label("0\n"), "", `labels/a.txt: line 1: found 0 numbers after the class, expected 4 of a box, or those of a polygon of 3 points or more`},
		{label("0 .1 .1 .1\n"), "",
			`labels/a.txt: line 1: found 3 numbers after the class, expected 4 of a box, or those of a polygon of 3 points or more`},
		{label("0 .1 .1 .1 .2 .2 .2 .5\n"), "",
			`labels/a.txt: line 1: found 7 numbers after the class, expected an even number for a polygon: if the last one is a score, use the option score=all`},
		{folder("images/a.png", ""), "",
			"found no data.yaml with names and no classes.txt, expected the names of the classes: give them"},
		{folder("classes.txt", "a"), "", "found no images, expected image files of the labels: labels say no sizes"},
		{folder("data.yaml", "names: {0: a, 2: b}\n"), "",
			`data.yaml: line 1: names: found "2": "b", expected each number from 0 to 1 once, with a name`},
		{folder("data.yaml", "kpt_shape: [17, 3]\nnames: [a]\n"), "",
			"data.yaml: line 1: found kpt_shape, expected labels of polygons or boxes: keypoints are not read"},
		{folder("data.yaml", "names: [a]\ntrain: {a: b}\n"), "",
			"data.yaml: line 2: train: expected a path, or a list of paths"},
		{folder("data.yaml", "train: t.txt\nnames: [a]\n", "t.txt", "\nb.png\n"), "",
			`t.txt: line 2: found "b.png", expected an image file of the dataset`},
		{folder("one.yaml", "names: [a]\n", "two.yml", "names: [b]\n"), "",
			"found one.yaml and two.yml, expected one file with classes: name it"},
		{folder("a.csv", ""), "a.csv", "a.csv: expected a folder, a data.yaml or a predictions.json"},
		{predictions(`[{"image_id":9,"category_id":1,"bbox":[1,2,3,4],"score":1}]`), "predictions.json",
			`predictions.json: [0].image_id: found no image file of "9" and no mask, expected either to know the image's size: put the images next to the file`},
		{folder("classes.txt", "a", "predictions.json", `[{"image_id":"1","category_id":1,"bbox":[1,2,3,4],"score":1}]`,
			"train/1.png", "", "val/1.png", ""), "predictions.json",
			`predictions.json: [0].image_id: found "1", expected the name of one image, but "train/1" and "val/1" have it: use the option split`},
		{predictions(`[{"image_id":1,"category_id":1,"bbox":[1,2,3,4],"score":1}]`), "predictions.json",
			`predictions.json: [0].image_id: found "1", expected the name of one image, but "x/1.png" and "y/01.png" have it: use the option split`},
		{predictions(`[{"image_id":"1","category_id":3,"bbox":[1,2,3,4],"score":1}]`), "predictions.json",
			"predictions.json: [0].category_id: found 3, expected 1 to 2, as there are 2 names and the first is 1 (option first-class)"},
		{predictions(`[{"image_id":"1","category_id":0,"bbox":[1,2,3,4],"score":1}]`), "predictions.json",
			"predictions.json: [0].category_id: found 0, expected 1 to 2, as there are 2 names and the first is 1 (option first-class)"},
	} {
		src := source(tt.files, nil, nil)
		src.File = tt.file
		_, err := importAll(src)
		if err == nil || err.Error() != tt.err {
			t.Errorf("error %v, expected %q", err, tt.err)
		}
	}
	// An image that cannot be read, and a caller that stops.
	src := source(label("0 .5 .5 .1 .1\n"), nil, nil)
	src.Size = func(string) (int, int, error) { return 0, 0, fs.ErrInvalid }
	if _, err := importAll(src); !errors.Is(err, fs.ErrInvalid) || !strings.HasPrefix(err.Error(), "images/a.png: ") {
		t.Errorf("error %v, expected that of the image", err)
	}
	stop := errors.New("stop")
	if err := Boxes.Import(t.Context(), source(label(""), nil, nil), func(*formats.Read) error {
		return stop
	}); !errors.Is(err, stop) {
		t.Errorf("error %v, expected the caller's", err)
	}
}

// TestRecognise lists sources and the formats that they are taken for.
func TestRecognise(t *testing.T) {
	for _, tt := range []struct {
		files      fstest.MapFS
		file       string
		seg, boxes bool
	}{
		{folder("data.yaml", "names: [a]\n", "labels/a.txt", "", "labels/b.txt", "0 .1 .1 .3 .1 .1 .5\n"), "", true, false},
		{folder("data.yaml", "names: [a]\n", "labels/a.txt", "0 .1 .1 .1 .1\n"), "", false, true},
		{folder("labels/train/a.txt", "0 .1 .1 .1 .1\n"), "", false, true},
		{folder("labels/a.txt", "12 px\n"), "", false, false},
		{folder("a.txt", "0 .1 .1 .1 .1\n"), "", false, false},
		{folder("a.yaml", "x: 1\n", "a.json", "{}"), "", false, false},
		{folder("a.json", "[]"), "a.json", false, false},
		{folder("predictions.json", `[{"image_id":"a","score":1,"segmentation":{}}]`), "predictions.json", true, false},
		{folder("predictions.json", `[{"image_id":"a","score":1}]`), "predictions.json", false, true},
		{folder("predictions.json", `{"images":[]}`), "predictions.json", false, false},
	} {
		src := source(tt.files, nil, nil)
		src.File = tt.file
		if seg, boxes := Seg.Recognise(src), Boxes.Recognise(src); seg != tt.seg || boxes != tt.boxes {
			t.Errorf("%v: polygons %v, boxes %v, expected %v, %v", tt.files, seg, boxes, tt.seg, tt.boxes)
		}
	}
}

// FuzzRows reads label files: no text makes it panic, and what is read has pixels.
func FuzzRows(f *testing.F) {
	for _, seed := range []string{
		"0 .5 .5 .2 .4\n1 .1 .1 .3 .1 .1 .5\n", "0 0 0 1 0 1 1 0 1 .5", "1 -.01 1.01 .5 .5 0 0\n", "0 .5 .5 .1 .1 1\n\n",
		"\xef\xbb\xbf0 1 1 1 1", "0 1e-9 1e-9 1 1",
		"0 .1 .1 .1 .1 .1 .1 .1 .1", "0 0x1p-2 .1_0 .2 .3", "0\x0b.1\u00a0.1 .2 .2",
	} {
		f.Add([]byte(seed), uint16(100), uint16(200))
	}
	f.Fuzz(func(t *testing.T, text []byte, h, w uint16) {
		rows, err := parseRows(text, 2, true)
		if err != nil {
			return
		}
		for _, vertices := range verticesOption.Choices {
			img := &formats.Read{Image: coco.Image{Height: 1 + int(h)%500, Width: 1 + int(w)%500}}
			if err := instances("x.txt", rows, img, []string{"a", "b"}, vertices); err != nil {
				t.Fatalf("%s: %v", vertices, err)
			}
			if len(img.Instances)+len(img.Skipped) != len(rows) {
				t.Errorf("%s: %d instances and %d skipped of %d rows", vertices, len(img.Instances), len(img.Skipped), len(rows))
			}
			for _, in := range img.Instances {
				if !(in.Area > 0) || !(in.BBox.W > 0) {
					t.Errorf("%s: area %v, box %v", vertices, in.Area, in.BBox)
				}
			}
		}
	})
}
