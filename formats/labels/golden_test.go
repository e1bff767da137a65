package labels_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/internal/raster"
	"github.com/hubdata/hubdata/formats/internal/raster/rastertest"
	"github.com/hubdata/hubdata/formats/labels"
	"github.com/hubdata/hubdata/formats/masks"
	"github.com/hubdata/hubdata/internal/golden"
)

// TestGolden reads label images of tifffile, scikit-image, OpenCV and Pillow, and compares
// with the regions and connected parts that scikit-image and OpenCV find.
func TestGolden(t *testing.T) {
	n := 0
	for _, c := range golden.Cases[rastertest.Answer](t, "labels.jsonl.gz") {
		name := "x" + c.Suffix
		for option, expect := range map[string][][6]int{"number": c.Number, "parts4": c.Parts4, "parts8": c.Parts8} {
			source := rastertest.Source(fstest.MapFS{name: {Data: c.File}}, formats.Values{"class": "cell", "instances": option})
			images, err := rastertest.Import(labels.Format, source)
			if err != nil {
				t.Fatalf("%s: %v", c.About, err)
			}
			rastertest.CheckRegions(t, c.About+" "+option, images[0].Instances, expect)
			if option == "number" {
				rastertest.CheckPixels(t, c, images[0])
			}
			n++
		}
	}
	if n < 300 {
		t.Errorf("only %d answers were compared", n)
	}
}

// TestGoldenReaders lets the tools themselves read what is written, if there is a Python
// with them.
func TestGoldenReaders(t *testing.T) {
	python := os.Getenv("HUBDATA_PYTHON")
	if python == "" {
		t.Skip("not compared by the tools themselves: that needs HUBDATA_PYTHON")
	}
	folder := t.TempDir()
	var expected bytes.Buffer
	rng := rand.New(rand.NewPCG(11, 12))
	set := &formats.Set{Categories: rastertest.Categories(300)}
	add := func(format formats.Format, values formats.Values, images []formats.Image) {
		files, _ := rastertest.Export(t, format, set, images, values)
		for name, file := range files {
			if path.Ext(name) == ".csv" || path.Ext(name) == ".json" {
				continue
			}
			c, err := raster.Read(bytes.NewReader(file.Data))
			if err != nil {
				t.Fatal(err)
			}
			// Not what was read, but what was drawn, where nothing overlaps.
			if format.Name == labels.Format.Name {
				for i := range images {
					if raster.Stem(images[i].FileName) == raster.Stem(name) {
						c = drawn(t, &images[i])
					}
				}
			}
			line, err := json.Marshal(map[string]any{"file": name, "height": c.Height, "width": c.Width, "labels": compressed(c.Rows())})
			if err != nil {
				t.Fatal(err)
			}
			expected.Write(append(line, '\n'))
			at := filepath.Join(folder, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(at), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(at, file.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	tiles := func(name string, n, most int) []formats.Image {
		var images []formats.Image
		for i := range n {
			images = append(images, rastertest.Tile(rng, fmt.Sprintf("%s%d.png", name, i), 1+rng.IntN(50), 1+rng.IntN(50), rng.IntN(most), 300, false))
		}
		return images
	}
	add(labels.Format, nil, tiles("a", 60, 20))
	add(labels.Format, formats.Values{"file": "png"}, tiles("b", 60, 20))
	add(labels.Format, nil, []formats.Image{many()})
	add(masks.Format, nil, tiles("c", 60, 20))
	add(masks.Format, formats.Values{"layout": "nnunet"}, tiles("d", 30, 20))
	if err := os.WriteFile(filepath.Join(folder, "expected.jsonl"), expected.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(golden.Repository(t), "reference", "rasters.py")
	out, err := exec.Command(python, script, "--check", folder).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}

// drawn is an image without overlaps as its labels.
func drawn(t *testing.T, img *formats.Image) *raster.Canvas {
	t.Helper()
	rows := make([]uint32, img.Height*img.Width)
	for i := range img.Instances {
		m, err := img.Instances[i].Segmentation.Mask(img.Height, img.Width)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range m.Bitmap() {
			if v != 0 {
				rows[k] = uint32(i + 1)
			}
		}
	}
	c, err := raster.FromRows(img.Height, img.Width, rows)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func compressed(rows []uint32) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	for _, v := range rows {
		_ = binary.Write(z, binary.LittleEndian, v)
	}
	_ = z.Close()
	return b.Bytes()
}
