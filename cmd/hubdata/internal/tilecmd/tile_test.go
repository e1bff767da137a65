package tilecmd

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/flagtest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/rle"
	"github.com/hubdata/hubdata/slide"
)

// tile runs a command line.
func tile(t *testing.T, args ...string) error {
	t.Helper()
	opts, err := flagtest.Parse(t, Command(nil), parse, args...)
	if err != nil {
		return err
	}
	return run(t.Context(), ui.NewConsole(nil, io.Discard, io.Discard), opts)
}

// write writes a file into a folder.
func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// readSet reads the tiles of a folder.
func readSet(t *testing.T, dir string) *coco.Dataset {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, setName))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	d, err := coco.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// drawn makes a set of slides with random outlines, and the regions of its instances.
func drawn(t *testing.T, r *rand.Rand) (*coco.Dataset, []slide.Region) {
	d := &coco.Dataset{Categories: []coco.Category{{ID: 1, Name: "v"}}}
	var regions []slide.Region
	for k := range 1 + r.IntN(3) {
		img := coco.Image{ID: coco.IntID(int64(k)), FileName: fmt.Sprintf("s%d.svs", k), Width: 1 + r.IntN(700),
			Height: 1 + r.IntN(700)}
		d.Images = append(d.Images, img)
		for range r.IntN(6) {
			x, y, size := r.Float64()*float64(img.Width), r.Float64()*float64(img.Height), 5+r.Float64()*200
			var ring rle.Ring
			for range 3 + r.IntN(9) {
				ring = append(ring, rle.Point{float64(int(10*(x+(r.Float64()-.5)*size))) / 10,
					float64(int(10*(y+(r.Float64()-.5)*size))) / 10})
			}
			a := coco.Annotation{ID: coco.IntID(int64(len(regions) + 1)), ImageID: img.ID, CategoryID: 1,
				Segmentation: coco.Polygons([]rle.Ring{ring})}
			region, err := slide.RegionOf(a.Segmentation, img.Height, img.Width)
			if err != nil {
				t.Fatal(err)
			}
			d.Annotations, regions = append(d.Annotations, a), append(regions, region)
		}
	}
	return d, regions
}

// TestNoPixelIsLost cuts hundreds of sets with any grid, and puts the parts together by their numbers: each instance
// has
// the pixels that it had, on its slide, at its place.
func TestNoPixelIsLost(t *testing.T) {
	r := rand.New(rand.NewPCG(19, 20))
	dir := t.TempDir()
	for n := range 300 {
		d, regions := drawn(t, r)
		var text bytes.Buffer
		if err := d.Encode(&text); err != nil {
			t.Fatal(err)
		}
		in := write(t, dir, "in.json", text.Bytes())
		w, h := 20+r.IntN(500), 20+r.IntN(500)
		args := []string{"-o", filepath.Join(dir, fmt.Sprint("out", n)), "--size", fmt.Sprintf("%dx%d", w, h), "--overlap",
			fmt.Sprint(r.IntN(min(w, h)) / 2),
			"--edge", []string{"pad", "shift", "crop"}[n%3], "--segmentation", []string{"rle", "counts", "polygon"}[n/3%3], "-j",
			fmt.Sprint(1 + n%4), in}
		err := tile(t, args...)
		var failed *ui.Failure
		if err != nil && (!errors.As(err, &failed) || failed.Code != ui.ExitSkipped) { // an outline between the pixels
			t.Fatalf("%q: %v", args, err)
		}
		set := readSet(t, args[1])
		index := set.Index()
		back := map[string][]slide.Region{}
		for i := range set.Annotations {
			a := &set.Annotations[i]
			img := index.Image(a.ImageID)
			part, err := slide.RegionOf(a.Segmentation, img.Height, img.Width)
			if err != nil {
				t.Fatal(err)
			}
			if int(a.Area) != part.Area() || a.BBox != part.Bounds() {
				t.Fatalf("%q: annotation %v has the area %v and the box %v", args, a.ID, a.Area, a.BBox)
			}
			place, err := placeOf(img)
			if err != nil {
				t.Fatal(err)
			}
			whole, _ := a.Extra.Text("whole")
			key := place.Slide + " " + whole
			back[key] = append(back[key], part.Moved(place.X, place.Y))
		}
		for i, want := range regions {
			img := d.Index().Image(d.Annotations[i].ImageID)
			got, err := slide.Unite(back[fmt.Sprintf("%s %d", strings.TrimSuffix(img.FileName, ".svs"), i+1)]...)
			if err != nil || got.Area() != want.Area() || slide.Shared(got, want) != want.Area() {
				t.Fatalf("%q: instance %d has %d pixels, expected %d: %v", args, i, got.Area(), want.Area(), err)
			}
		}
	}
}

// TestBadInput: errors say where, what was found and what to do, and nothing is written.
func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	set := func(image, annotations string) []byte {
		return fmt.Appendf(nil, `{"images":[{"id":1,"file_name":"S.svs",%s}],"annotations":[%s],"categories":[{"id":1,"name":"v"}]}`, image, annotations)
	}
	annotation := func(segmentation string) string {
		return `{"id":1,"image_id":1,"category_id":1,"segmentation":` + segmentation + `}`
	}
	const large, small = `"width":100000,"height":100000`, `"width":200,"height":100`
	for _, tt := range []struct {
		name  string
		data  []byte
		args  string
		err   string
		files map[string]string
	}{
		{"too many tiles", set(`"width":1000000000,"height":1000000000`, ""), "",
			"in.json: images[0]: bad grid: found more than 4194304 tiles", nil},
		{"no size", set(`"width":5`, ""), "", "in.json: images[0]: found no width and height", nil},
		{"a negative size", set(`"width":-5,"height":7`, ""), "",
			"images[0]: bad input: found -5 x 7 pixels, expected sides from 1 to 2^30", nil},
		{"runs on a slide", set(large, annotation(`{"size":[100000,100000],"counts":[5]}`)), "",
			"annotations[0].segmentation: rle: bad mask size: height 100000, width 100000: more than 1073741824 pixels", nil},
		{"an instance of half the slide", set(large, annotation(`[[0,0,90000,0,90000,90000,0,90000]]`)), "",
			"annotations[0].segmentation: rle: bad mask size", nil},
		{"a box as a ring", set(small, annotation(`[[1,2,3,4]]`)), "",
			"annotations[0].segmentation: coco: segmentation[0]: found 4 numbers", nil},
		{"far out", set(`"width":1000000000,"height":1000000000`,
			annotation(`[[9e8,9e8,900000010,9e8,900000010,900000010]]`)), "--size 32768 --stride 1000000",
			"ring 0 point 0 is (9e+08, 9e+08): expected from -1e8 to 1e8", nil},
		{"a negative place", set(small+`,"source_wsi":1,"i":-3,"j":5`, ""), "",
			"images[0]: bad input: bad place: found -3, 5", nil},
		{"a place as text", set(small+`,"source_wsi":1,"i":"x","j":5`, ""), "",
			`images[0]: bad input: i: found "x", expected a whole number of slide pixels`, nil},
		{"half a place", set(small+`,"source_wsi":1,"i":3`, ""), "", "images[0]: bad input: j: found none", nil},
		{"a scale of 0", set(small+`,"source_wsi":1,"i":3,"j":4,"scale":0`, ""), "", `images[0]: bad input: scale: found "0"`,
			nil},
		{"no image", []byte(`{"images":[],"annotations":[` + annotation(`[[1,1,5,1,5,5]]`) + `]}`), "",
			"in.json: found no image", nil},
		{"a list", []byte(`[]`), "", "expected an object with images, annotations and categories", nil},
		{"cut off", set(small, annotation(`[[1,1,5,1,5,5]]`))[:120], "", "in.json: ", nil},
		{"no tile fits", set(small, ""), "--edge drop", "no tile of 512 x 512 pixels fits on a slide", nil},
		{"one id twice", []byte(
			`{"images":[{"id":1,"file_name":"a","width":9,"height":9},{"id":1,"file_name":"b","width":9,"height":9}]}`), "",
			"images[1]: bad input: another image has the id 1 too", nil},
		{"one place twice", []byte(
			`{"images":[{"id":1,"source_wsi":7,"i":0,"j":0,"width":9,"height":9},{"id":2,"source_wsi":7,"i":5,"j":5,"width":9,"height":9}]}`), "", `both show a part of the slide "7"`, nil},
		{"no slide", set(small, ""), "--image-dir DIR/slides", `images[0]: found no file of the slide "S.svs"`,
			map[string]string{"slides/T.svs": ""}},
		{"an empty slide", set(small, ""), "--image-dir DIR/slides", "S.svs: wsi: unknown image format",
			map[string]string{"slides/S.svs": ""}},
		{"a broken page", set(small, ""), "--image-dir DIR/slides", "S.svs: wsi: corrupt image: TIFF: page 0: ",
			map[string]string{"slides/S.svs": "II*\x00\xff\xff\x00\x00"}},
		{"a file that leads out", []byte(`{"images":[{"id":1,"file_name":"../in.json","width":9,"height":9}]}`),
			"--image-dir DIR/slides", `found no file of the slide "../in.json"`, map[string]string{"slides/S.svs": ""}},
		{"an empty table", set(small, ""), "--tiles DIR/t.csv", "t.csv: bad input: found no tile",
			map[string]string{"t.csv": "slide,x,y,width,height,file\n"}},
		{"a table without a column", set(small, ""), "--tiles DIR/t.csv", "height",
			map[string]string{"t.csv": "slide,x,y,width,file\nS,0,0,5,a.png\n"}},
		{"a table with a place as text", set(small, ""), "--tiles DIR/t.csv", `t.csv: row 1 (line 2), column "x": `,
			map[string]string{"t.csv": "slide,x,y,width,height,file\nS,zero,0,5,5,a.png\n"}},
		{"a table with a negative place", set(small, ""), "--tiles DIR/t.csv", "found a tile at -1, 0",
			map[string]string{"t.csv": "slide,x,y,width,height,file\nS,-1,0,5,5,a.png\n"}},
		{"a table with one file twice", set(small, ""), "--tiles DIR/t.csv", `column "file": found "a.png" in row 1 too`,
			map[string]string{"t.csv": "slide,x,y,width,height,file\nS,0,0,5,5,a.png\nS,5,0,5,5,a.png\n"}},
		{"a table with one place twice", set(small, ""), "--tiles DIR/t.csv", `column "x": found a tile at 0, 0 in row 1 too`,
			map[string]string{"t.csv": "slide,x,y,width,height,file\nS,0,0,5,5,a.png\nS,0,0,5,5,b.png\n"}},
		{"a table with a scale and more", set(small, ""), "--tiles DIR/t.csv", `column "scale": found "4abc"`,
			map[string]string{"t.csv": "slide,x,y,width,height,file,scale\nS,0,0,5,5,a.png,4abc\n"}},
		{"a COCO file with one image id twice", set(small, ""), "--tiles DIR/t.json",
			`t.json: images[1].id: bad input: found 1, but images[0] also has this id`,
			map[string]string{"t.json": `{"images":[{"id":1,"file_name":"S_x0_y0.png","width":5,"height":5},{"id":1,"file_name":"S_x5_y0.png","width":5,"height":5}],"annotations":[],"categories":[]}`}},
		{"a COCO file with one name twice", set(small, ""), "--tiles DIR/t.json",
			`t.json: images[1].file_name: bad input: found "S_x0_y0.png" in images[0] too`,
			map[string]string{"t.json": `{"images":[{"id":1,"file_name":"S_x0_y0.png","width":5,"height":5},{"id":2,"file_name":"S_x0_y0.png","width":5,"height":5}],"annotations":[],"categories":[]}`}},
		{"a table with a fraction of a pixel", set(small, ""), "--tiles DIR/t.csv", `column "downsample": found "2.5"`,
			map[string]string{"t.csv": "slide,x,y,width,height,file,downsample\nS,0,0,5,5,a.png,2.5\n"}},
		{"a table off its scale", set(small, ""), "--tiles DIR/t.csv", "expected multiples of its scale 4",
			map[string]string{"t.csv": "slide,x,y,width,height,file,downsample\nS,6,0,5,5,a.png,4.0001\n"}},
	} {
		for name, text := range tt.files {
			write(t, dir, name, []byte(text))
		}
		in, out := write(t, dir, "in.json", tt.data), filepath.Join(dir, "out")
		args := append(strings.Fields(strings.ReplaceAll(tt.args, "DIR", dir)), "-o", out, in)
		err := tile(t, args...)
		if err == nil || !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: error %v, expected %q", tt.name, err, tt.err)
		}
		if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: something was written: %v", tt.name, err)
		}
		for name := range tt.files {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestUsage: flags that exclude each other, and values out of range.
func TestUsage(t *testing.T) {
	for line, want := range map[string]string{
		"in.json":                                 "-o DIR",
		"-o x":                                    "name the COCO files",
		"-o x --size 0 in.json":                   `--size: found "0"`,
		"-o x --size 5x in.json":                  `--size: found "5x"`,
		"-o x --size 99999 in.json":               "--size",
		"-o x --stride 0 in.json":                 "--stride: found 0, expected 1 to 2^30 pixels",
		"-o x --stride 5 --overlap 2 in.json":     "exclude each other",
		"-o x --overlap 512 in.json":              "--overlap: found 512, expected 0 to 511",
		"-o x --overlap -1 in.json":               "--overlap",
		"-o x --edge cut in.json":                 "--edge",
		"-o x --downsample 0 in.json":             "--downsample",
		"-o x --min-part 1.5 in.json":             "--min-part: found 1.5, expected a share from 0 to 1",
		"-o x --min-part NaN in.json":             "--min-part",
		"-o x --min-area -1 in.json":              "--min-area",
		"-o x --min-tissue 0.1 in.json":           "--image-dir",
		"-o x --pad-with black in.json":           "no effect without --image-dir",
		"-o x --pad-with red --image-dir . a":     "--pad-with",
		"-o x --size 9000 --image-dir . in.json":  "at most 16777216 with images",
		"-o x --tiles t.csv --size 5 in.json":     "--size has no effect with --tiles",
		"-o x --tiles - -":                        "standard input",
		"-o x --segmentation box in.json":         "--segmentation",
		"-o x --workers -1 in.json":               "--workers",
		"-o x --tiles t.csv --edge shift in.json": "--edge has no effect with --tiles",
	} {
		_, err := flagtest.Parse(t, Command(nil), parse, strings.Fields(line)...)
		var f *ui.Failure
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &f) || f.Code != ui.ExitUsage {
			t.Errorf("%s: error %v, expected %q", line, err, want)
		}
	}
}

// TestPixels: tiles of a picture have its pixels, padded, at full and at lower resolution, with any number of workers;
// a
// tile of background is left out unless it has an annotation.
func TestPixels(t *testing.T) {
	dir := t.TempDir()
	const w, h = 61, 47
	src := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{uint8(3 * x), uint8(5 * y), uint8(x * y), 255}
			if x >= 32 && y >= 32 {
				c = color.RGBA{240, 240, 250, 255} // background
			}
			src.SetRGBA(x, y, c)
		}
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, src); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "slides/S.png", picture.Bytes())
	in := write(t, dir, "in.json",
		[]byte(`{"images":[{"id":1,"file_name":"S.svs"}],"annotations":[{"id":1,"image_id":1,"category_id":1,"segmentation":[[34,34,39,34,39,39,34,39]]}],"categories":[{"id":1,"name":"v"}]}`))
	for n, args := range []string{"--size 16", "--size 16 --edge crop -j 3", "--size 16 --edge shift --overlap 5",
		"--size 16 --pad-with black", "--size 16 --min-tissue 0.1", "--downsample 3 --size 5"} {
		out := filepath.Join(dir, fmt.Sprint("out", n))
		if err := tile(t, append(strings.Fields(args), "-o", out, "--image-dir", filepath.Join(dir, "slides"),
			in)...); err != nil {
			t.Fatalf("%s: %v", args, err)
		}
		set := readSet(t, out)
		backgrounds := 0
		for i := range set.Images {
			img := &set.Images[i]
			f, err := os.Open(filepath.Join(out, img.FileName))
			if err != nil {
				t.Fatal(err)
			}
			got, err := png.Decode(f)
			_ = f.Close()
			if err != nil || got.Bounds() != image.Rect(0, 0, img.Width, img.Height) {
				t.Fatalf("%s: %s: %v, %v", args, img.FileName, got, err)
			}
			place, err := placeOf(img)
			if err != nil {
				t.Fatal(err)
			}
			if place.X >= 32 && place.Y >= 32 {
				backgrounds++
			}
			beyond := color.RGBA{255, 255, 255, 255}
			if strings.Contains(args, "black") {
				beyond = color.RGBA{0, 0, 0, 255}
			}
			scale := int(max(place.Scale, 1))
			for y := range img.Height {
				for x := range img.Width {
					want := mean(src, place.X+x*scale, place.Y+y*scale, scale, beyond)
					if c := color.RGBAModel.Convert(got.At(x, y)); c != want {
						t.Fatalf("%s: %s: pixel %d, %d is %v, expected %v", args, img.FileName, x, y, c, want)
					}
				}
			}
		}
		if want := map[bool]int{true: 1, false: 2}[n == 4]; n != 2 && n != 5 && backgrounds != want {
			t.Errorf("%s: %d tiles of background, expected %d", args, backgrounds, want)
		}
	}
}

// mean returns the mean colour of a square of the picture; beyond: it has no pixel there.
func mean(src *image.RGBA, x, y, n int, beyond color.RGBA) color.RGBA {
	var sum [3]int
	count := 0
	for _, p := range rectPoints(image.Rect(x, y, x+n, y+n).Intersect(src.Rect)) {
		c := src.RGBAAt(p.X, p.Y)
		sum[0], sum[1], sum[2] = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B)
		count++
	}
	if count == 0 {
		return beyond
	}
	round := func(v int) uint8 { return uint8((2*v + count) / (2 * count)) }
	return color.RGBA{round(sum[0]), round(sum[1]), round(sum[2]), 255}
}

func rectPoints(r image.Rectangle) []image.Point {
	var out []image.Point
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			out = append(out, image.Pt(x, y))
		}
	}
	return out
}
