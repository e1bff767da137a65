package labels_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster"
	"github.com/hubdata/hubdata/formats/internal/raster/rastertest"
	"github.com/hubdata/hubdata/formats/labels"
	"github.com/hubdata/hubdata/rle"
)

// TestRoundTrip checks that thousands of drawn tiles come back with the same pixels,
// classes and scores.
func TestRoundTrip(t *testing.T) {
	n := 3000
	if testing.Short() {
		n = 300
	}
	rng := rand.New(rand.NewPCG(1, 2))
	set := &formats.Set{Categories: rastertest.Categories(3), Splits: []string{"train", "val"}}
	for _, file := range []string{"tif", "png"} {
		var images []formats.Image
		for i := range n / 2 {
			img := rastertest.Tile(rng, fmt.Sprintf("tile_%05d.png", i), 1+rng.IntN(60), 1+rng.IntN(60), rng.IntN(9), 3, false)
			img.Split = set.Splits[i%2]
			images = append(images, img)
		}
		files, fates := rastertest.Export(t, labels.Format, set, images, formats.Values{"file": file})
		got, err := rastertest.Import(labels.Format, rastertest.Source(files, nil))
		if err != nil {
			t.Fatal(err)
		}
		byName := map[string]*formats.Read{}
		for _, r := range got {
			byName[raster.Stem(r.FileName)] = r
		}
		for i, img := range images {
			r := byName[raster.Stem(img.FileName)]
			if r == nil || r.Height != img.Height || r.Width != img.Width || len(r.Instances) != len(img.Instances) ||
				r.Split != img.Split || len(r.Skipped) != 0 {
				t.Fatalf("%s: found %+v, expected %d instances", img.FileName, r, len(img.Instances))
			}
			for k := range img.Instances {
				if f := fates[i][k]; f != (formats.Fate{IoU: 1}) {
					t.Fatalf("%s: instance %d: %+v", img.FileName, k, f)
				}
				compare(t, &img, k, &r.Instances[k], set.Categories)
			}
		}
	}
}

func compare(t *testing.T, img *formats.Image, k int, got *formats.Instance, categories []coco.Category) {
	t.Helper()
	a := &img.Instances[k]
	m, _ := a.Segmentation.Mask(img.Height, img.Width)
	g, err := got.Segmentation.Mask(img.Height, img.Width)
	if err != nil || !g.Equal(m) {
		t.Fatalf("%s: instance %d has other pixels (%v)", img.FileName, k, err)
	}
	if got.BBox != m.Bounds() || got.Area != float64(m.Area()) || got.Class != categories[a.CategoryID-1].Name {
		t.Fatalf("%s: instance %d: found %+v", img.FileName, k, got)
	}
	s1, ok1, _ := a.Score()
	s2, ok2, _ := got.Score()
	if s1 != s2 || ok1 != ok2 {
		t.Fatalf("%s: instance %d: score %v, expected %v", img.FileName, k, s2, s1)
	}
}

// TestOverlaps checks on drawn tiles that the fates say what comes back: the IoU of each
// instance, and which are dropped.
func TestOverlaps(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	set := &formats.Set{Categories: rastertest.Categories(2)}
	lost := 0
	for i := range 900 {
		rule := labels.Format.Options[1].Choices[i%3]
		img := rastertest.Tile(rng, "a.png", 1+rng.IntN(40), 1+rng.IntN(40), rng.IntN(9), 2, true)
		files, fates := rastertest.Export(t, labels.Format, set, []formats.Image{img}, formats.Values{"overlap": rule})
		got, err := rastertest.Import(labels.Format, rastertest.Source(files, nil))
		if err != nil {
			t.Fatal(err)
		}
		next := 0
		for k, f := range fates[0] {
			m, _ := img.Instances[k].Segmentation.Mask(img.Height, img.Width)
			if f.Dropped != "" {
				lost++
				continue
			}
			g, err := got[0].Instances[next].Segmentation.Mask(img.Height, img.Width)
			next++
			if err != nil || rle.IoU(m, g) != f.IoU || (f.IoU == 1) != (f.Changed == "") {
				t.Fatalf("tile %d: instance %d: fate %+v, IoU %v (%v)", i, k, f, rle.IoU(m, g), err)
			}
			// No pixel was lost to a weaker one.
			gone, _ := rle.Difference(m, g)
			if gone.Area() == 0 {
				continue
			}
			for x := range img.Width {
				for y := range img.Height {
					if gone.At(x, y) && winner(t, &img, rule, x, y) == k {
						t.Fatalf("tile %d, %s: instance %d lost pixel %d, %d", i, rule, k, x, y)
					}
				}
			}
		}
		if next != len(got[0].Instances) {
			t.Fatalf("tile %d: %d instances, expected %d", i, len(got[0].Instances), next)
		}
	}
	if lost < 20 {
		t.Errorf("only %d instances vanished: the tiles test too little", lost)
	}
}

// winner is the instance that gets a pixel, by the plain reading of the rule.
func winner(t *testing.T, img *formats.Image, rule string, x, y int) int {
	best := -1
	value := func(k int) float64 {
		m, _ := img.Instances[k].Segmentation.Mask(img.Height, img.Width)
		switch rule {
		case raster.Smaller:
			return -float64(m.Area())
		case raster.Score:
			if s, ok, err := img.Instances[k].Score(); err != nil {
				t.Fatal(err)
			} else if ok {
				return s
			}
			return -1
		}
		return 0
	}
	for k := range img.Instances {
		m, _ := img.Instances[k].Segmentation.Mask(img.Height, img.Width)
		if m.At(x, y) && (best < 0 || value(k) >= value(best)) {
			best = k
		}
	}
	return best
}

// TestManyInstances draws 70,000 instances in one image: 32 bits, which PNG lacks.
func TestManyInstances(t *testing.T) {
	img := many()
	set := &formats.Set{Categories: rastertest.Categories(1)}
	files, _ := rastertest.Export(t, labels.Format, set, []formats.Image{img}, nil)
	got, err := rastertest.Import(labels.Format, rastertest.Source(files, nil))
	if err != nil || len(got[0].Instances) != 70000 {
		t.Fatal(err)
	}
	for k := range img.Instances {
		a, b := img.Instances[k].Segmentation.AppendJSON(nil), got[0].Instances[k].Segmentation.AppendJSON(nil)
		if !bytes.Equal(a, b) {
			t.Fatalf("instance %d: %s, expected %s", k, b, a)
		}
	}
	_, _, err = rastertest.TryExport(labels.Format, set, []formats.Image{img}, formats.Values{"file": "png"})
	expect(t, err, "at most 65535 in a PNG: use the option file=tif")
}

// many is an image of 70,000 instances of two pixels.
func many() formats.Image {
	img := formats.Image{Image: coco.Image{FileName: "many.png", Height: 400, Width: 400}}
	for i := range 70000 {
		m, err := rle.FromRuns(400, 400, []uint32{uint32(2 * i), 2, uint32(160000 - 2*i - 2)})
		if err != nil {
			panic(err)
		}
		img.Instances = append(img.Instances, coco.Annotation{CategoryID: 1, Segmentation: coco.RLE(m)})
	}
	return img
}

func TestFates(t *testing.T) {
	full, _ := rle.FromRuns(2, 2, []uint32{0, 4})
	empty, _ := rle.Empty(2, 2)
	img := formats.Image{Image: coco.Image{FileName: "a.png", Height: 2, Width: 2}, Instances: []coco.Annotation{
		{CategoryID: 1, Segmentation: coco.RLE(full)},
		{CategoryID: 1, Segmentation: coco.RLE(full), IsCrowd: true},
		{CategoryID: 1, BBox: rle.Box{W: 1, H: 1}},
		{CategoryID: 1, Segmentation: coco.RLE(empty)},
		{CategoryID: 1, Segmentation: coco.RLE(full)},
	}}
	_, fates := rastertest.Export(t, labels.Format, &formats.Set{Categories: rastertest.Categories(1)},
		[]formats.Image{img}, nil)
	for i, text := range []string{"cover all", "crowd", "without a mask", "without a pixel", ""} {
		if f := fates[0][i]; (text == "") != (f.Dropped == "") || !strings.Contains(f.Dropped, text) {
			t.Errorf("instance %d: %+v, expected %q", i, f, text)
		}
	}
}

func expect(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error %v, expected %q", err, part)
		}
	}
}

func pngOf(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func greyOf(t *testing.T, w, h int, values ...byte) []byte {
	m := image.NewGray(image.Rect(0, 0, w, h))
	copy(m.Pix, values)
	return pngOf(t, m)
}

func TestImport(t *testing.T) {
	rgb := image.NewRGBA(image.Rect(0, 0, 2, 1))
	rgb.Set(0, 0, color.RGBA{200, 10, 10, 255})
	picture := pngOf(t, rgb)
	file := func(data []byte) *fstest.MapFile { return &fstest.MapFile{Data: data} }
	two := file(greyOf(t, 2, 1, 7, 7))
	parts := file(greyOf(t, 5, 1, 3, 0, 3, 3, 9))
	for _, tt := range []struct {
		name    string
		files   fstest.MapFS
		file    string
		values  formats.Values
		classes []string
		expect  string // instances, or the error
	}{
		{"class", fstest.MapFS{"masks/a.png": parts}, "", formats.Values{"class": "cell"}, nil,
			"masks/a.png 5x1: cell 3, cell 1"},
		{"only class", fstest.MapFS{"a.png": parts}, "", nil, []string{"cell"}, "a.png 5x1: cell 3, cell 1"},
		{"parts", fstest.MapFS{"a.png": parts}, "", formats.Values{"class": "cell", "instances": "parts4"}, nil,
			"a.png 5x1: cell 1, cell 2, cell 1"},
		{"cellpose names", fstest.MapFS{"a.png": file(picture), "a_cp_masks.png": two}, "", formats.Values{"class": "cell"},
			nil, "a.png 2x1: cell 2"},
		{"folders", fstest.MapFS{"images/a.png": file(picture), "masks/x/a.png": two, "masks/y/a.png": two}, "",
			formats.Values{"class-from": "folder"}, nil, "images/a.png 2x1: x 2, y 2"},
		{"one file", fstest.MapFS{"a.png": two, "b.png": parts}, "a.png", formats.Values{"class": "cell"}, nil,
			"a.png 2x1: cell 2"},
		{"two of an image", fstest.MapFS{"images/a.png": file(picture), "masks/a.png": two, "labels/a.png": two}, "",
			formats.Values{"class": "c"}, nil, "labels/a.png and masks/a.png: found two label images of images/a.png"},
		{"no class", fstest.MapFS{"a.png": two}, "", nil, nil,
			"a.png: number 7: found no class, expected one: add a row to labels.csv"},
		{"no labels", fstest.MapFS{"a.txt": two}, "", nil, nil, "found no label images"},
		{"colours", fstest.MapFS{"labels/a.png": file(picture)}, "", formats.Values{"class": "c"}, nil,
			"labels/a.png: wsi: unsupported kind of image: found a PNG of colours, expected one number per pixel"},
		{"size", fstest.MapFS{"images/a.png": file(picture), "labels/a.png": parts}, "", formats.Values{"class": "c"}, nil,
			"labels/a.png: found 5 x 1 pixels (width x height), expected 2 x 1 as images/a.png has"},
		{"cut", fstest.MapFS{"labels/a.png": file(picture[:40])}, "", formats.Values{"class": "c"}, nil,
			"labels/a.png: wsi: corrupt image"},
		{"choice", fstest.MapFS{"a.png": two}, "", formats.Values{"class-from": "x"}, nil,
			`option class-from: found "x", expected one of`},
		{"table id", fstest.MapFS{"a.png": two, "labels.csv": file([]byte("label_image,id,class,score\na.png,0,c,\n"))}, "",
			nil, nil, `labels.csv: row 1 (line 2), column "id": found "0", expected a number from 1`},
		{"table twice", fstest.MapFS{"a.png": two,
			"labels.csv": file([]byte("label_image,id,class,score\na.png,7,c,\na.png,7,c,\n"))}, "", nil, nil,
			"found 7 of \"a.png\" again, which line 2 has"},
		{"table score", fstest.MapFS{"a.png": two, "labels.csv": file([]byte("label_image,id,class,score\na.png,7,c,inf\n"))},
			"", nil, nil, `found "inf", expected a finite number`},
		{"table more", fstest.MapFS{"a.png": two,
			"labels.csv": file([]byte("label_image,id,class,score\na.png,7,c,\na.png,8,c,\n"))}, "", nil, nil,
			"a.png 2x1: c 2; skipped labels.csv: line 3: a row of a number that its label image lacks"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := rastertest.Source(tt.files, tt.values, tt.classes...)
			src.File = tt.file
			images, err := rastertest.Import(labels.Format, src)
			if err != nil {
				expect(t, err, tt.expect)
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
		text := fmt.Sprintf("%s %dx%d: %s", r.FileName, r.Width, r.Height, strings.Join(in, ", "))
		for _, s := range r.Skipped {
			text += "; skipped " + s.Where + ": " + s.What
		}
		list = append(list, text)
	}
	return strings.Join(list, " | ")
}

// TestSplits checks that splits of any name come back.
func TestSplits(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	set := &formats.Set{Categories: rastertest.Categories(2), Splits: []string{"patient 1", "été", "train", "valid"}}
	var images []formats.Image
	for i, split := range set.Splits {
		img := rastertest.Tile(rng, fmt.Sprintf("t%d.png", i), 20, 30, i%3, 2, false) // some without instances
		img.Split = split
		images = append(images, img)
	}
	files, _ := rastertest.Export(t, labels.Format, set, images, formats.Values{})
	if got, expect := string(
		files["splits.csv"].Data), "image,split\nimages/patient 1/t0.png,patient 1\nimages/été/t1.png,été\n"; got != expect {
		t.Errorf("splits.csv: %s", got)
	}
	back, err := rastertest.Import(labels.Format, rastertest.Source(files, nil))
	if err != nil || len(back) != len(images) {
		t.Fatalf("%d images, %v", len(back), err)
	}
	for _, r := range back {
		i := slices.IndexFunc(images, func(img formats.Image) bool {
			return raster.Stem(img.FileName) == raster.Stem(r.FileName)
		})
		if r.Split != images[i].Split {
			t.Errorf("%s is of split %q, expected %q", r.FileName, r.Split, images[i].Split)
		}
	}
}

// TestScoreThatIsNoNumber checks that such a score is left out, and reported.
func TestScoreThatIsNoNumber(t *testing.T) {
	set := &formats.Set{Categories: rastertest.Categories(1)}
	img := rastertest.Tile(rand.New(rand.NewPCG(5, 6)), "a.png", 20, 30, 1, 1, false)
	img.Instances[0].Extra = coco.Fields{{Key: "score", Value: []byte("NaN")}}
	files, fates := rastertest.Export(t, labels.Format, set, []formats.Image{img}, formats.Values{})
	if fates[0][0] != (formats.Fate{Changed: "a score that is not a finite number is left out", IoU: 1}) {
		t.Errorf("fate %+v", fates[0][0])
	}
	if _, err := rastertest.Import(labels.Format, rastertest.Source(files, nil)); err != nil {
		t.Error(err)
	}
}
