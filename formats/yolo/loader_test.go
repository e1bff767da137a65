package yolo

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/internal/demo"
	"github.com/hubdata/hubdata/internal/golden"
	"github.com/hubdata/hubdata/rle"
)

// TestLoaderGolden compares loaderRing with ultralytics' loader.
func TestLoaderGolden(t *testing.T) {
	type goldenCase struct {
		H, W   int
		Labels string
		Masks  []string
	}
	polygons := 0
	for n, c := range golden.Cases[goldenCase](t, "yolo_loader.jsonl.gz") {
		rows, err := parseRows([]byte(c.Labels), 2, false)
		if err != nil {
			t.Fatalf("case %d: %v", n, err)
		}
		img := &formats.Read{Image: coco.Image{Height: c.H, Width: c.W}}
		if err := instances("x.txt", rows, img, []string{"a", "b"}, verticesCut); err != nil {
			t.Fatal(err)
		}
		next := 0
		for i, text := range c.Masks {
			polygons++
			expected, err := rle.ParseText(c.H, c.W, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if expected.Area() == 0 {
				continue
			}
			got, err := img.Instances[next].Segmentation.Mask(c.H, c.W)
			if next++; err != nil || !got.Equal(expected) {
				t.Errorf("case %d, row %d of %d points: IoU %v, expected 1 (%v)", n, i, len(rows[i].points)/2,
					rle.IoU(got, expected), err)
			}
		}
		if next != len(img.Instances) {
			t.Errorf("case %d: %d instances, expected %d", n, len(img.Instances), next)
		}
	}
	if polygons < 200 {
		t.Errorf("%d polygons: expected more", polygons)
	}
}

// TestUltralytics lets ultralytics load what is exported, of the demo's outlines and of the
// real ones, and compares each instance with its mask.
func TestUltralytics(t *testing.T) {
	python := os.Getenv("HUBDATA_ULTRALYTICS")
	if python == "" {
		t.Skip("set HUBDATA_ULTRALYTICS to a Python with ultralytics and pycocotools")
	}
	t.Run("demo", func(t *testing.T) {
		var outlines bytes.Buffer
		if err := demo.New(&demo.Options{Seed: 1}).WritePolygons(&outlines); err != nil {
			t.Fatal(err)
		}
		askUltralytics(t, python, tiles(t, outlines.Bytes()))
	})
	t.Run("shapes", func(t *testing.T) { askUltralytics(t, python, shapes(t)) })
	t.Run("real", func(t *testing.T) {
		text, err := os.ReadFile(golden.Real(t, "hubmap/polygons.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		askUltralytics(t, python, tiles(t, text))
	})
}

var tileClasses = []coco.Category{{ID: 3, Name: "blood_vessel"}, {ID: 1, Name: "no"}, {ID: 7, Name: "glomerulus: α"}}

// tiles are the images of outlines in the form of polygons.jsonl.
func tiles(t testing.TB, text []byte) []formats.Image {
	t.Helper()
	var images []formats.Image
	ids := map[string]int64{"blood_vessel": 3, "unsure": 1, "glomerulus": 7}
	for line := range bytes.Lines(text) {
		var tile struct {
			ID          string
			Annotations []struct {
				Type        string
				Coordinates []rle.Ring
			}
		}
		if err := json.Unmarshal(line, &tile); err != nil {
			t.Fatal(err)
		}
		n := len(images)
		img := formats.Image{
			Image: coco.Image{ID: coco.IntID(int64(n)), FileName: tile.ID + ".png", Height: 512, Width: 512},
			Split: []string{"train", "val"}[n%2], Fold: -1,
		}
		for i, a := range tile.Annotations {
			m, err := rle.FromPolygon(512, 512, rle.FillCOCO, a.Coordinates...)
			if err != nil {
				t.Fatal(err)
			}
			img.Instances = append(img.Instances, coco.Annotation{ID: coco.IntID(int64(i)), CategoryID: ids[a.Type],
				Segmentation: coco.RLE(m)})
		}
		images = append(images, img)
	}
	return images
}

// askUltralytics exports images and fails if ultralytics sees an instance otherwise than its
// fate says, or connected pixels other than they are.
func askUltralytics(t *testing.T, python string, images []formats.Image) {
	dir := t.TempDir()
	set := &formats.Set{Categories: tileClasses, Splits: []string{"train", "val"}}
	e, err := Seg.Export(set, nil)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, text []byte) {
		t.Helper()
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	names := map[int64]string{}
	for _, c := range tileClasses {
		names[c.ID] = c.Name
	}
	var truth bytes.Buffer
	fates := map[string]int{}
	sum, least, other, written := 0., 1., 0, 0
	for i := range images {
		img := &images[i]
		dropTwins(t, set, img)
		out, err := e.Image(img)
		if err != nil {
			t.Fatal(err)
		}
		write(out.Parts[0].File, out.Parts[0].Text)
		var picture bytes.Buffer
		if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, img.Width, img.Height))); err != nil {
			t.Fatal(err)
		}
		write(out.ImageFile, picture.Bytes())
		masks, classes := []string{}, []string{}
		for k, fate := range out.Fates {
			fates[fate.Dropped+fate.Changed]++
			if fate.Dropped != "" {
				continue
			}
			m, err := img.Instances[k].Segmentation.Mask(img.Height, img.Width)
			if err != nil {
				t.Fatal(err)
			}
			if fate.IoU < 1 && len(m.Components(rle.Conn8)) == 1 {
				t.Errorf("%s: instance %d of connected pixels: IoU %v, expected 1", img.FileName, k, fate.IoU)
			}
			sum, least = sum+fate.IoU, min(least, fate.IoU)
			written++
			if fate.IoU < 1 {
				other++
			}
			text, _ := m.AppendText(nil)
			masks, classes = append(masks, string(text)), append(classes, names[img.Instances[k].CategoryID])
		}
		line, err := json.Marshal(map[string]any{"image": out.ImageFile, "masks": masks, "classes": classes})
		if err != nil {
			t.Fatal(err)
		}
		truth.Write(append(line, '\n'))
	}
	parts, err := e.Finish()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		write(p.File, p.Text)
	}
	write("truth.jsonl", truth.Bytes())
	cmd := exec.Command(python, filepath.Join(golden.Repository(t), "reference", "yolo.py"), "--check",
		filepath.Join(dir, dataFile), filepath.Join(dir, "truth.jsonl"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	answer, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s%s", err, answer, stderr.Bytes())
	}
	lines := bytes.Split(bytes.TrimSpace(answer), []byte("\n"))
	t.Logf("%s; fates %v", lines[len(lines)-1], fates)
	var got struct {
		Instances, Other   int
		Mean, Least, Boxes float64
	}
	if err := json.Unmarshal(lines[len(lines)-1], &got); err != nil {
		t.Fatal(err)
	}
	round := func(v float64) string { return strconv.FormatFloat(v, 'f', 9, 64) }
	if got.Instances != written || got.Other != other || round(got.Mean) != round(sum/float64(written)) ||
		round(got.Least) != round(least) {
		t.Errorf("ultralytics sees %+v, expected %d instances, of which %d are changed, IoU %v on average, at least %v", got,
			written, other, sum/float64(written), least)
	}
}

// dropTwins removes the instances of an image that ultralytics drops.
func dropTwins(t *testing.T, set *formats.Set, img *formats.Image) {
	t.Helper()
	e, err := Seg.Export(set, nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Image(img)
	if err != nil {
		t.Fatal(err)
	}
	var kept []coco.Annotation
	for i, fate := range out.Fates {
		if fate.Changed != changedTwin {
			kept = append(kept, img.Instances[i])
		}
	}
	img.Instances = kept
}

// shapes are images of masks with holes, of several parts and of diagonals.
func shapes(t testing.TB) []formats.Image {
	t.Helper()
	rng := newRand(7)
	var images []formats.Image
	for n, size := range [][2]int{{512, 512}, {64, 64}, {40, 100}, {100, 31}, {480, 640}, {640, 640}, {900, 1200}} {
		for k := range 6 {
			h, w := size[0], size[1]
			img := formats.Image{
				Image: coco.Image{ID: coco.IntID(int64(len(images))), FileName: fmt.Sprintf("a b/ü %d %d.png", n, k), Height: h,
					Width: w},
				Split: []string{"train", "val"}[k%2], Fold: -1,
			}
			for i := range 12 {
				m, err := blob(t, rng, min(h, 90), min(w, 90)).Pad(0, h-min(h, 90), 0, w-min(w, 90))
				if err != nil {
					t.Fatal(err)
				}
				m = m.Translate(rng.IntN(w-min(w, 90)+1), rng.IntN(h-min(h, 90)+1))
				img.Instances = append(img.Instances,
					coco.Annotation{ID: coco.IntID(int64(i)), CategoryID: 3, Segmentation: coco.RLE(m)})
			}
			images = append(images, img)
		}
	}
	return images
}
