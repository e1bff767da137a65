package hovernet_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/formats"
	"github.com/hubdata/hubdata/formats/hovernet"
	"github.com/hubdata/hubdata/formats/internal/raster/rastertest"
	"github.com/hubdata/hubdata/rle"
)

func blank(t *testing.T, w, h int) *fstest.MapFile {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: b.Bytes()}
}

func text(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }

// TestContours checks on drawn nuclei that a contour comes back as the pixels it is of, also
// far from the origin.
func TestContours(t *testing.T) {
	n := 2000
	if testing.Short() {
		n = 200
	}
	rng := rand.New(rand.NewPCG(9, 10))
	for i := range n {
		h, w := 1+rng.IntN(60), 1+rng.IntN(60)
		tile := rastertest.Tile(rng, "a.png", h, w, 1, 1, false)
		if len(tile.Instances) == 0 {
			continue
		}
		m, _ := tile.Instances[0].Segmentation.Mask(h, w)
		m = m.FillHoles(rle.Conn4).Largest(rle.Conn8)
		dx, dy := rng.IntN(3)*rng.IntN(90000), rng.IntN(3)*rng.IntN(90000)
		var points []string
		for _, p := range rle.Rings(m.Contours())[0] {
			points = append(points, fmt.Sprintf("[%v, %v]", p[0]+float64(dx), p[1]+float64(dy)))
		}
		source := rastertest.Source(
			fstest.MapFS{"x.json": text(`{"nuc": {"1": {"contour": [` + strings.Join(points, ",") + `]}}}`)},
			formats.Values{"size": fmt.Sprintf("%dx%d", w+dx, h+dy)})
		images, err := rastertest.Import(hovernet.Format, source)
		if err != nil {
			t.Fatal(err)
		}
		if len(images[0].Instances) != 1 || len(images[0].Skipped) != 0 {
			t.Fatalf("nucleus %d: %+v", i, images[0])
		}
		a := images[0].Instances[0]
		box := m.Bounds()
		box.X += float64(dx)
		box.Y += float64(dy)
		if a.Area != float64(m.Area()) || a.BBox != box {
			t.Fatalf("nucleus %d: area %v, box %v, expected %v, %v", i, a.Area, a.BBox, m.Area(), box)
		}
		rings, err := a.Segmentation.Rings()
		if err != nil {
			t.Fatal(err)
		}
		for _, ring := range rings {
			for k := range ring {
				ring[k][0] -= float64(dx)
				ring[k][1] -= float64(dy)
			}
		}
		if got, err := rle.FromPolygon(h, w, rle.FillCOCO, rings...); err != nil || !got.Equal(m) {
			t.Fatalf("nucleus %d: other pixels (%v)", i, err)
		}
	}
}

func TestImport(t *testing.T) {
	const square = `"contour": [[1,1],[1,2],[2,2],[2,1]]`
	picture := blank(t, 4, 4)
	typed := text(`{"mag": 40, "nuc": {"1": {"bbox": [[1,1],[3,3]], "centroid": [1.5,1.5], ` + square +
		`, "type_prob": 0.75, "type": 1}}}`)
	for _, tt := range []struct {
		name    string
		files   fstest.MapFS
		values  formats.Values
		classes []string
		expect  string // instances, or the error
	}{
		{"plain", fstest.MapFS{"json/a.json": typed, "images/a.png": picture}, nil, nil,
			"images/a.png 4x4: type 1 4 type_prob 0.75"},
		{"score", fstest.MapFS{"a.json": typed, "a.png": picture}, formats.Values{"score": "type_prob"}, nil,
			"a.png 4x4: type 1 4 score 0.75"},
		{"overlay", fstest.MapFS{"json/a.json": typed, "overlay/a.png": picture}, nil, nil,
			"a.png 4x4: type 1 4 type_prob 0.75"},
		{"type_info", fstest.MapFS{"a.json": typed, "a.png": picture,
			"type_info.json": text(`{"0":["nolabe",[0,0,0]],"1":["neopla",[255,0,0]]}`)}, nil, nil,
			"a.png 4x4: neopla 4 type_prob 0.75"},
		{"given", fstest.MapFS{"a.json": typed, "a.png": picture}, nil, []string{"x", "y"}, "a.png 4x4: y 4 type_prob 0.75"},
		{"no type", fstest.MapFS{"a.json": text(`{"nuc":{"1":{` + square + `,"type":null,"type_prob":null}}}`),
			"a.png": picture}, nil, nil, "a.png 4x4: nucleus 4"},
		{"cellvit", fstest.MapFS{
			"slide/cell_detection/cells.json": text(
				`{"wsi_metadata":{"x":[{}]},"type_map":{"1":"Neoplastic"},"cells":[{"offset_global":[0,0],` + square +
					`,"type":1}]}`),
			"slide/cell_detection/cell_detection.json": text(`{}`)}, formats.Values{"size": "100000x90000"}, nil,
			"slide.png 100000x90000: Neoplastic 4"},
		{"outside", fstest.MapFS{
			"a.json": text(`{"nuc":{"7":{"contour":[[9,9],[12,9],[12,12]]},"8":{"contour":[[3,3],[3,6],[6,6],[6,3]]},"9":{"contour":[]},"10":{"centroid":[1,1]}}}`), "a.png": picture}, nil, nil,
			`a.png 4x4: nucleus 1; skipped a.json: nuc["7"]: a nucleus outside of the image; skipped a.json: nuc["8"]: a part of a contour outside of the image; skipped a.json: nuc["9"]: a nucleus without a contour; skipped a.json: nuc["10"]: a nucleus without a contour`},
		{"points", fstest.MapFS{"a.json": text(`{"nuc":{"1":{"contour":[[1,1]]},"2":{"contour":[[1,1],[3,1]]}}}`),
			"a.png": picture}, nil, nil, "a.png 4x4: nucleus 1, nucleus 3"},
		{"no image", fstest.MapFS{"a.json": typed}, nil, nil,
			"a.json: found no image a, expected one next to the file or in a folder images, for its size: add it, or give the option size"},
		{"size", fstest.MapFS{"a.json": typed}, formats.Values{"size": "3"}, nil,
			`option size: found "3", expected WIDTHxHEIGHT`},
		{"no files", fstest.MapFS{"a.png": picture}, nil, nil, "found no .json files"},
		{"other JSON", fstest.MapFS{"a.json": text(`{"images":[]}`), "a.png": picture}, nil, nil,
			"a.json: found no member nuc or cells, expected the JSON of HoVer-Net or CellViT"},
		{"cut", fstest.MapFS{"a.json": text(`{"nuc":{"1":{"contour":[[1,1],[2`), "a.png": picture}, nil, nil,
			`a.json: nuc["1"]: contour: [1]: byte 32: found the end of the text`},
		{"three numbers", fstest.MapFS{"a.json": text(`{"nuc":{"1":{"contour":[[1,1],[2,2,2]]}}}`), "a.png": picture}, nil,
			nil, `nuc["1"]: contour: [1]: found 3 numbers, expected x and y`},
		{"nested garbage", fstest.MapFS{"a.json": text(`{"nuc":{"1":{"contour":[[[[[[1]]]]]]}}}`), "a.png": picture}, nil,
			nil, `nuc["1"]: contour: [0]: byte 25: found a list, expected a number`},
		{"text", fstest.MapFS{"a.json": text(`{"nuc":{"1":{"contour":[["1","2"]]}}}`), "a.png": picture}, nil, nil,
			`nuc["1"]: contour: [0]: byte 25: found a string`},
		{"deep", fstest.MapFS{"a.json": text(`{"x":` + strings.Repeat("[", 200000) + `}`), "a.png": picture}, nil, nil,
			"a.json: "},
		{"type text", fstest.MapFS{"a.json": text(`{"nuc":{"1":{` + square + `,"type":"x"}}}`), "a.png": picture}, nil, nil,
			`nuc["1"]: type: byte `},
		{"type", fstest.MapFS{"a.json": typed, "a.png": picture}, nil, []string{"x"},
			`nuc["1"]: type: found 1, expected 0 to 0, the numbers of the classes given`},
		{"no such type", fstest.MapFS{"a.json": typed, "a.png": picture, "type_info.json": text(`{"0":["nolabe",[0,0,0]]}`)},
			nil, nil, `nuc["1"]: type: found 1, expected one of the 1 types`},
		{"type_info.json", fstest.MapFS{"a.json": typed, "a.png": picture, "type_info.json": text(`{"0":"x"}`)}, nil, nil,
			"type_info.json: found no list of types"},
		{"probability", fstest.MapFS{"a.json": text(`{"nuc":{"1":{` + square + `,"type_prob":7}}}`), "a.png": picture}, nil,
			nil, `nuc["1"]: type_prob: found 7, expected a probability`},
		{"far", fstest.MapFS{"a.json": text(`{"nuc":{"1":{"contour":[[1e300,1],[0,0],[1,1]]}}}`), "a.png": picture}, nil, nil,
			`nuc["1"]: contour: rle: bad coordinate`},
		{"huge", fstest.MapFS{"a.json": text(`{"nuc":{"1":{"contour":[[0,0],[90000,0],[90000,90000]]}}}`)},
			formats.Values{"size": "100000x100000"}, nil, `nuc["1"]: contour: found a contour of 90002 x 90002 pixels`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			images, err := rastertest.Import(hovernet.Format, rastertest.Source(tt.files, tt.values, tt.classes...))
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
			s := fmt.Sprintf("%s %v", r.Instances[i].Class, r.Instances[i].Area)
			for _, f := range r.Instances[i].Extra {
				s += fmt.Sprintf(" %s %s", f.Key, f.Value)
			}
			in = append(in, s)
		}
		text := fmt.Sprintf("%s %dx%d: %s", r.FileName, r.Width, r.Height, strings.Join(in, ", "))
		for _, s := range r.Skipped {
			text += "; skipped " + s.Where + ": " + s.What
		}
		list = append(list, text)
	}
	return strings.Join(list, " | ")
}
