package masks_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster"
	"github.com/hubdata/hubdata/formats/internal/raster/rastertest"
	"github.com/hubdata/hubdata/formats/masks"
	"github.com/hubdata/hubdata/rle"
)

// TestFates checks on drawn tiles that the fates say what a reader sees: an instance whose
// IoU is 1 comes back with the same pixels and class, one with another IoU has no closer
// twin, and the pixels of each class are the same.
func TestFates(t *testing.T) {
	n := 2400
	if testing.Short() {
		n = 240
	}
	rng := rand.New(rand.NewPCG(5, 6))
	set := &formats.Set{Categories: rastertest.Categories(3)}
	seen := map[string]int{}
	for i := range n {
		values := formats.Values{"kind": []string{"index", "binary"}[i%2], "connectivity": []string{"8", "4", "none"}[i/2%3]}
		img := rastertest.Tile(rng, "a.png", 1+rng.IntN(40), 1+rng.IntN(40), rng.IntN(7), 3, i%4 > 1)
		files, fates := rastertest.Export(t, masks.Format, set, []formats.Image{img}, values)
		images, err := rastertest.Import(masks.Format, rastertest.Source(files, values))
		if err != nil {
			t.Fatal(err)
		}
		got := images[0]
		if len(images) != 1 || got.Height != img.Height || got.Width != img.Width {
			t.Fatalf("tile %d: %d images, %+v", i, len(images), got)
		}
		exact := 0
		for k := range img.Instances {
			m, _ := img.Instances[k].Segmentation.Mask(img.Height, img.Width)
			class := set.Categories[img.Instances[k].CategoryID-1].Name
			best := 0.0
			for j := range got.Instances {
				if got.Instances[j].Class == class {
					g, err := got.Instances[j].Segmentation.Mask(img.Height, img.Width)
					if err != nil {
						t.Fatal(err)
					}
					best = max(best, rle.IoU(m, g))
				}
			}
			f := fates[0][k]
			seen[f.Dropped+f.Changed]++
			if f.Dropped == "" && f.IoU != best || f.IoU < 1 && f.Changed == "" || f.Dropped != "" && best != 0 &&
				values["kind"] == "binary" {
				t.Fatalf("tile %d: instance %d: %+v, IoU %v", i, k, f, best)
			}
			if f.IoU == 1 {
				exact++
			}
		}
		if values["kind"] == "index" {
			continue
		}
		for c, category := range set.Categories {
			var want, have []rle.Mask
			for k := range img.Instances {
				if img.Instances[k].CategoryID == int64(c+1) {
					m, _ := img.Instances[k].Segmentation.Mask(img.Height, img.Width)
					want = append(want, m)
				}
			}
			for j := range got.Instances {
				if got.Instances[j].Class == category.Name {
					m, _ := got.Instances[j].Segmentation.Mask(img.Height, img.Width)
					have = append(have, m)
				}
			}
			a, _ := rle.Union(want...)
			b, _ := rle.Union(have...)
			if a.Area() != b.Area() || a.Area() > 0 && !a.Equal(b) {
				t.Fatalf("tile %d: class %d has other pixels", i, c)
			}
		}
	}
	if len(seen) < 6 {
		t.Errorf("the tiles test too little: %v", seen)
	}
}

func greyOf(t *testing.T, w, h int, values ...byte) *fstest.MapFile {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, w, h))
	copy(m.Pix, values)
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: b.Bytes()}
}

func TestImport(t *testing.T) {
	text := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	mask := greyOf(t, 5, 1, 1, 0, 1, 2, 0)
	for _, tt := range []struct {
		name    string
		files   fstest.MapFS
		values  formats.Values
		classes []string
		expect  string // instances, or the error
	}{
		{"given", fstest.MapFS{"masks/a.png": mask}, nil, []string{"x", "y"}, "masks/a.png 5x1: x 1, x 1, y 1"},
		{"given background", fstest.MapFS{"masks/a.png": mask}, nil, []string{"background", "x", "y"},
			"masks/a.png 5x1: x 1, x 1, y 1"},
		{"all of a class", fstest.MapFS{"masks/a.png": mask, "images/a.png": mask}, formats.Values{"connectivity": "none"},
			[]string{"x", "y"}, "images/a.png 5x1: x 2, y 1"},
		{"nnunet", fstest.MapFS{"labelsTr/a.png": mask, "imagesTr/a_0000.png": mask, "labelsTs/b.png": mask,
			"dataset.json": text(`{"labels":{"background":0,"x":1,"y":2}}`)}, nil, nil,
			"imagesTr/a_0000.png 5x1 train: x 1, x 1, y 1 | labelsTs/b.png 5x1 test: x 1, x 1, y 1"},
		{"nnunet ignore", fstest.MapFS{"labelsTr/a.png": mask,
			"dataset.json": text(`{"labels":{"background":0,"x":1,"ignore":2}}`)}, nil, nil,
			"labelsTr/a.png 5x1 train: x 1, x 1; skipped labelsTr/a.png: pixels that nnU-Net ignores"},
		{"nnunet 1", fstest.MapFS{"labelsTr/a.png": mask,
			"dataset.json": text(`{"labels":{"0":"background","1":"x","2":"y"}}`)}, nil, nil,
			"labelsTr/a.png 5x1 train: x 1, x 1, y 1"},
		{"binary", fstest.MapFS{"masks/x/val/a.png": greyOf(t, 2, 1, 255, 255), "masks/y/val/a.png": greyOf(t, 2, 1, 0, 1)},
			formats.Values{"kind": "binary"}, nil, "masks/x/val/a.png 2x1 val: x 2, y 1"},
		{"no masks", fstest.MapFS{"a.png": mask}, nil, nil,
			"found no masks in the source, expected images in a folder masks"},
		{"no binary masks", fstest.MapFS{"masks/a.png": mask}, formats.Values{"kind": "binary"}, nil,
			"found no masks in the source, expected images in the folders masks/CLASS"},
		{"no names", fstest.MapFS{"masks/a.png": mask}, nil, nil,
			"masks/a.png: number 1: found no names of classes, expected dataset.json, classes.csv"},
		{"no name", fstest.MapFS{"masks/a.png": mask}, nil, []string{"x"},
			"masks/a.png: number 2: found no class of this number, expected one of the 1 of the classes given"},
		{"smooth", fstest.MapFS{"masks/x/a.png": greyOf(t, 3, 1, 12, 128, 255)}, formats.Values{"kind": "binary"}, nil,
			"masks/x/a.png: found 3 values besides 0, such as 12 and 255, expected one"},
		{"two", fstest.MapFS{"masks/a.png": mask, "masks/a.tif": mask, "images/a.png": mask}, nil, []string{"x"},
			"masks/a.png and masks/a.tif: found two masks of images/a.png"},
		{"size", fstest.MapFS{"masks/a.png": mask, "images/a.png": greyOf(t, 1, 1, 1)}, nil, []string{"x", "y"},
			"masks/a.png: found 5 x 1 pixels (width x height), expected 1 x 1 as images/a.png has"},
		{"regions", fstest.MapFS{"labelsTr/a.png": mask, "dataset.json": text(`{"labels":{"background":0,"x":[1,2]}}`)}, nil,
			nil, `dataset.json: labels: "x": found "[1,2]", expected the number of a class`},
		{"twice", fstest.MapFS{"labelsTr/a.png": mask, "dataset.json": text(`{"labels":{"y":1,"x":1}}`)}, nil, nil,
			`dataset.json: labels: found "x" and "y" for the number 1, expected one`},
		{"not JSON", fstest.MapFS{"labelsTr/a.png": mask, "dataset.json": text(`{"labels":[[[[`)}, nil, nil,
			"dataset.json: found no valid JSON"},
		{"table", fstest.MapFS{"masks/a.png": mask, "classes.csv": text("id,class\nx,1\n")}, nil, nil,
			`classes.csv: row 1 (line 2), column "id": found "x", expected the number of a class`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			images, err := rastertest.Import(masks.Format, rastertest.Source(tt.files, tt.values, tt.classes...))
			if err != nil {
				if !strings.Contains(err.Error(), tt.expect) {
					t.Errorf("error %v, expected %q", err, tt.expect)
				}
				return
			}
			if got := describe(images); got != tt.expect {
				t.Errorf("found %s, expected %s", got, tt.expect)
			}
		})
	}
}

func describe(images []*formats.Read) string {
	var list []string
	for _, r := range images {
		var in []string
		for i := range r.Instances {
			in = append(in, fmt.Sprintf("%s %v", r.Instances[i].Class, r.Instances[i].Area))
		}
		text := fmt.Sprintf("%s %dx%d", r.FileName, r.Width, r.Height)
		if r.Split != "" {
			text += " " + r.Split
		}
		text += ": " + strings.Join(in, ", ")
		for _, s := range r.Skipped {
			text += "; skipped " + s.Where + ": " + s.What
		}
		list = append(list, text)
	}
	return strings.Join(list, " | ")
}

// TestNNUNet checks the files of an export for nnU-Net, and that they are read back.
func TestNNUNet(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	set := &formats.Set{Categories: rastertest.Categories(2), Splits: []string{"train", "val", "test"}}
	var images []formats.Image
	for i, split := range []string{"train", "train", "val", "test"} {
		img := rastertest.Tile(rng, fmt.Sprintf("t%d.png", i), 20, 30, 3, 2, false)
		img.Split = split
		images = append(images, img)
	}
	files, _ := rastertest.Export(t, masks.Format, set, images, formats.Values{"layout": "nnunet"})
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	if got, expect := strings.Join(names,
		" "), "dataset.json labelsTr/t0.png labelsTr/t1.png labelsTr/t2.png labelsTs/t3.png splits_final.json"; got != expect {
		t.Errorf("files %s, expected %s", got, expect)
	}
	dataset := `{"channel_names": {"0": "R", "1": "G", "2": "B"}, "labels": {"background": 0, "class a": 1, "class b": 2}, "numTraining": 3, "file_ending": ".png"}` + "\n"
	if got := string(files["dataset.json"].Data); got != dataset {
		t.Errorf("dataset.json: %s", got)
	}
	if got := string(files["splits_final.json"].Data); got != `[{"train":["t0","t1"],"val":["t2"]}]`+"\n" {
		t.Errorf("splits_final.json: %s", got)
	}
	back, err := rastertest.Import(masks.Format, rastertest.Source(files, nil))
	if err != nil || len(back) != 4 {
		t.Fatalf("%d images, %v", len(back), err)
	}
	for i, split := range []string{"train", "train", "val", "test"} {
		if back[i].Split != split {
			t.Errorf("%s is of split %q, expected %q", back[i].FileName, back[i].Split, split)
		}
	}
	files["splits_final.json"].Data = []byte(`[{"train":["t0"],"val":["t1","t2"]},{"train":["t1","t2"],"val":["t0"]}]`)
	back, err = rastertest.Import(masks.Format, rastertest.Source(files, nil))
	if err != nil || back[2].Split != "train" || len(back[0].Skipped) != 1 ||
		back[0].Skipped[0].What != "2 folds, which are no split" {
		t.Errorf("two folds: %+v, %v", back, err)
	}
	again := []formats.Image{images[0]}
	again[0].FileName = "t0_0000.png"
	if files, _ := rastertest.Export(t, masks.Format, set, again,
		formats.Values{"layout": "nnunet"}); files["labelsTr/t0.png"] == nil {
		t.Error("the channel in the name of an image is part of the case")
	}
	images[1].FileName = "t1.tif"
	_, _, err = rastertest.TryExport(masks.Format, set, images, formats.Values{"layout": "nnunet"})
	if err == nil || !strings.Contains(err.Error(), "found images with the suffixes .png and .tif, expected one") {
		t.Error(err)
	}
	images[1].FileName = "t0.png"
	_, _, err = rastertest.TryExport(masks.Format, set, images, formats.Values{"layout": "nnunet"})
	if err == nil || !strings.Contains(err.Error(),
		`images "t0.png" and "t0.png" would both be labelsTr/t0.png: rename one`) {
		t.Error(err)
	}
}

// TestSplits checks that splits of any name come back from all layouts, and that kind=binary need
// not be said again.
func TestSplits(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	set := &formats.Set{Categories: rastertest.Categories(2),
		Splits: []string{"patient 1", "été", "train", "valid", "a,b"}}
	set.Categories[0].Name = "class: a"
	var images []formats.Image
	for i, split := range set.Splits {
		img := rastertest.Tile(rng, fmt.Sprintf("t%d.png", i), 20, 30, 3, 2, false)
		img.Split = split
		images = append(images, img)
	}
	for _, values := range []formats.Values{{}, {"kind": "binary"}, {"layout": "nnunet"}} {
		files, _ := rastertest.Export(t, masks.Format, set, images, values)
		back, err := rastertest.Import(masks.Format, rastertest.Source(files, nil))
		if err != nil || len(back) != len(images) {
			t.Fatalf("%v: %d images, %v", values, len(back), err)
		}
		for _, r := range back {
			stem := raster.Stem(r.FileName)
			i := slices.IndexFunc(images, func(img formats.Image) bool { return raster.Stem(img.FileName) == stem })
			if i < 0 || r.Split != images[i].Split {
				t.Errorf("%v: %s is of split %q", values, r.FileName, r.Split)
			}
			for _, in := range r.Instances {
				if in.Class != "class: a" && in.Class != "class b" {
					t.Errorf("%v: %s: class %q", values, r.FileName, in.Class)
				}
			}
		}
	}
	files, _ := rastertest.Export(t, masks.Format, set, images, formats.Values{"layout": "nnunet"})
	expect := "image,split\nimagesTr/t0_0000.png,patient 1\nimagesTr/t1_0000.png,été\nimagesTr/t3_0000.png,valid\nimagesTr/t4_0000.png,\"a,b\"\n"
	if got := string(files["splits.csv"].Data); got != expect {
		t.Errorf("splits.csv: %s", got)
	}
	files["splits.csv"].Data = []byte("image,split\nimagesTr/t0_0000.png,a\nimagesTr/t0_0000.tif,b\n")
	if _, err := rastertest.Import(masks.Format, rastertest.Source(files, nil)); err == nil ||
		!strings.Contains(err.Error(),
			`splits.csv: row 2 (line 3), column "split": found "a" and "b" for "imagesTr/t0_0000.tif", expected one`) {
		t.Errorf("two splits of an image: %v", err)
	}
	files["splits.csv"].Data = []byte("case,fold\n1,2\n")
	if _, err := rastertest.Import(masks.Format, rastertest.Source(files, nil)); err == nil ||
		!strings.HasPrefix(err.Error(), "splits.csv: ") ||
		!strings.HasSuffix(err.Error(), ": rename the file if it is about something else") {
		t.Errorf("a table of somebody else: %v", err)
	}
}
