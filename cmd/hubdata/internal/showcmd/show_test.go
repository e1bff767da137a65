package showcmd_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/paint"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/internal/golden"
	"golang.org/x/image/tiff"
)

// show runs hubdata show and expects exit code 0.
func show(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	code, stdout, stderr := clitest.Hubdata(t, t.Context(), append([]string{"show"}, args...)...)
	if code != 0 {
		t.Fatalf("show %q: exit code %d\n%s", args, code, stderr)
	}
	return stdout, stderr
}

// TestShowWorkers: the same bytes with any number of workers, on any run.
func TestShowWorkers(t *testing.T) {
	dir := clitest.ShowFolder(t, 6)
	truth, dt := filepath.Join(dir, "ds3_truth.json"), filepath.Join(dir, "predictions", "vit.segm.json")
	for name, args := range map[string][]string{
		"sheet":  {truth, dt, "--random", "6", "--style", "both", "--zoom", "0.4"},
		"single": {truth, dt, "--random", "8", "--zoom", "0.3"},
		"beside": {truth, dt, "--worst", "3", "--beside", "--color", "score", "--zoom", "0.3"},
		"map":    {dir, "--wsi", "6-9", "--map", "--color", "vessels"},
	} {
		var first map[string]string
		for _, workers := range []string{"1", "4", "3"} {
			out := filepath.Join(t.TempDir(), "out")
			target := filepath.Join(out, "x.png")
			if name == "single" {
				target = out + string(filepath.Separator)
			}
			show(t, append(args, "-j", workers, "-o", target, "--quiet")...)
			got := clitest.Files(t, out)
			if len(got) == 0 {
				t.Fatalf("%s: no file", name)
			}
			if first == nil {
				first = got
			}
			if fmt.Sprint(got) != fmt.Sprint(first) {
				t.Errorf("%s: other bytes with %s workers", name, workers)
			}
		}
	}
}

// TestShowGolden compares a whole sheet. Sums of another processor may be rounded
// otherwise; internal/draw's goldens leave room for that.
func TestShowGolden(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("golden bytes are amd64's")
	}
	dir := clitest.ShowFolder(t, 24)
	truth, dt := filepath.Join(dir, "ds3_truth.json"), filepath.Join(dir, "predictions", "vit.segm.json")
	for name, args := range map[string][]string{
		"show_match.png": {truth, dt, "--worst", "4", "--zoom", "0.2"},
		"show_map.png":   {dir, "--wsi", "2"},
	} {
		out, _ := show(t, append(args, "-o", "-")...)
		golden.Equal(t, filepath.Join("testdata", name), []byte(out))
	}
}

// TestShowEval: the caption of a tile has the scores of eval, and the worst
// tiles are eval's.
func TestShowEval(t *testing.T) {
	dir := clitest.ShowFolder(t, 0)
	truth, dt := filepath.Join(dir, "ds3_truth.json"), filepath.Join(dir, "predictions", "vit.segm.json")
	_, text, _ := clitest.Hubdata(t, t.Context(), "eval", "--by", "tile", "--worst", "0", "--json", truth, dt)
	var scores struct {
		By []struct {
			Parts []struct {
				Part       string
				Instances  int
				Detections int
				AP         float64 `json:"ap_at_iou"`
				Recall     float64 `json:"recall_at_iou"`
				Precision  float64 `json:"precision_at_iou"`
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &scores); err != nil {
		t.Fatal(err)
	}
	out, _ := show(t, truth, dt, "--worst", "1000", "--min-score", "0", "--zoom", "0.05", "--grid", "10x10", "--json",
		"-o", filepath.Join(t.TempDir(), "x.png"))
	type scored struct {
		Tile string
		paint.Score
	}
	var got struct{ Tiles []scored }
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	parts := scores.By[0].Parts
	if len(parts) != len(got.Tiles) || len(parts) < 10 {
		t.Fatalf("%d tiles, %d parts", len(got.Tiles), len(parts))
	}
	for i, p := range parts {
		g := got.Tiles[i]
		if g.Tile != p.Part || g.AP != p.AP || g.Found+g.Missed != p.Instances || g.Found+g.False != p.Detections ||
			p.Instances > 0 && float64(g.Found)/float64(p.Instances) != p.Recall {
			t.Errorf("%d: %+v %+v, eval %+v", i, g, g.Score, p)
		}
	}
	// By F1, at a threshold: by its definition.
	out, _ = show(t, truth, dt, "--worst", "1000", "--worst-by", "f1", "--zoom", "0.05", "--grid", "10x10", "--json", "-o",
		filepath.Join(t.TempDir(), "x.png"))
	got.Tiles = nil
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	last := -1.0
	for _, g := range got.Tiles {
		if f := float64(2*g.Found) / float64(2*g.Found+g.Missed+g.False); g.F1 >= 0 && (f != g.F1 || f < last) {
			t.Errorf("%s: F1 %v, of %+v, behind %v", g.Tile, g.F1, g.Score, last)
		}
		last = g.F1
	}
}

// oneTile is a dataset of one image with annotations.
func oneTile(image, annotations string) string {
	return `{"images":[{"id":1,` + image + `}],"annotations":[` + annotations +
		`],"categories":[{"id":1,"name":"blood_vessel"}]}`
}

const showSquare = `{"id":1,"image_id":1,"category_id":1,"segmentation":[[4,4,12,4,12,12,4,12]],"bbox":[4,4,8,8],"area":64,"iscrowd":0}`

func encodedImages(t *testing.T) map[string]string {
	t.Helper()
	rect := image.Rect(0, 0, 16, 16)
	out := map[string]string{}
	add := func(name string, img image.Image) {
		var p, tf bytes.Buffer
		if err := png.Encode(&p, img); err != nil {
			t.Fatal(err)
		}
		if err := tiff.Encode(&tf, img, &tiff.Options{Compression: tiff.Deflate}); err != nil {
			t.Fatal(err)
		}
		out[name+".png"], out[name+".tif"] = p.String(), tf.String()
	}
	add("rgb", image.NewRGBA(rect))
	add("grey", image.NewGray(rect))
	add("grey16", image.NewGray16(rect))
	add("rgb16", image.NewRGBA64(rect))
	add("alpha", image.NewNRGBA(rect))
	add("palette", image.NewPaletted(rect, color.Palette{color.Black, color.White}))
	var j bytes.Buffer
	if err := jpeg.Encode(&j, image.NewRGBA(rect), nil); err != nil {
		t.Fatal(err)
	}
	out["rgb.jpg"] = j.String()
	return out
}

// encoded is a PNG of a picture.
func encoded(t *testing.T, img image.Image) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// sizedPNG is a PNG whose header says another size.
func sizedPNG(text string, w, h uint32) string {
	b := []byte(text)
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return string(b)
}

// TestShowImages: every kind of image is drawn, or refused with its reason.
func TestShowImages(t *testing.T) {
	good := encodedImages(t)
	for name, data := range good {
		dir := clitest.Folder(t,
			map[string]string{"d.json": oneTile(fmt.Sprintf(`"file_name":%q,"height":16,"width":16`, name), showSquare),
				name: data})
		if _, stderr := show(t, filepath.Join(dir, "d.json"), "-o", filepath.Join(dir, "out.png")); stderr != "" {
			t.Errorf("%s: %s", name, stderr)
		}
	}
	for _, tt := range []struct{ name, data, want string }{
		{"BigTIFF of a header alone", "II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00",
			"corrupt image: TIFF: unexpected EOF"},
		{"AVIF", "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00", "unsupported kind of image: not measured: AVIF"},
		{"JPEG 2000", "\x00\x00\x00\x0cjP  \r\n\x87\n....ihdr\x00\x00\x00\x10\x00\x00\x00\x10",
			"measured, not decoded: JPEG 2000"},
		{"a text", "<html>", "unknown image format"},
		{"nothing", "", "unknown image format"},
		{"cut", good["rgb.png"][:60], "corrupt image: PNG"},
		{"100,000 x 100,000", sizedPNG(good["rgb.png"], 100000, 100000), "PNG of 100000 x 100000 pixels: expected 1 to"},
		{"20,000 x 20,000", sizedPNG(good["rgb.png"], 20000, 20000), "the image has 20000 x 20000 pixels, "},
		{"more than it has", sizedPNG(good["rgb.png"], 16, 17), "the image has 16 x 17 pixels, "},
		{"another picture than its header says", sizedPNG(encoded(t, image.NewGray(image.Rect(0, 0, 16, 17))), 16, 16),
			"corrupt image: PNG"},
	} {
		dir := clitest.Folder(t,
			map[string]string{"d.json": oneTile(`"file_name":"a.png","height":16,"width":16`, showSquare), "a.png": tt.data})
		out := filepath.Join(dir, "out.png")
		code, _, stderr := clitest.Hubdata(t, t.Context(), "show", filepath.Join(dir, "d.json"), "-o", out)
		if code != ui.ExitSkipped || !strings.Contains(stderr, `image of tile "a": `) || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: exit code %d, %s", tt.name, code, stderr)
		}
		if st, err := os.Stat(out); err != nil || st.Size() == 0 {
			t.Errorf("%s: no picture", tt.name)
		}
	}
	dir := clitest.Folder(t, map[string]string{"d.json": oneTile(`"file_name":"a.png","height":20,"width":16`, showSquare),
		"a.png": good["rgb.png"]})
	code, _, stderr := clitest.Hubdata(t, t.Context(), "show", filepath.Join(dir, "d.json"), "-o",
		filepath.Join(dir, "x.png"))
	if code != ui.ExitSkipped || !strings.Contains(stderr, "the image has 16 x 16 pixels") ||
		!strings.Contains(stderr, "says 16 x 20") {
		t.Errorf("another size: exit code %d, %s", code, stderr)
	}
}

// TestShowData: what is wrong in the data is reported, and the rest drawn.
func TestShowData(t *testing.T) {
	const size = `"file_name":"a.png","height":16,"width":16`
	square := func(segmentation string) string {
		return strings.Replace(showSquare, "[[4,4,12,4,12,12,4,12]]", segmentation, 1)
	}
	for _, tt := range []struct {
		name, data string
		args       []string
		code       int
		want       string // in stderr
	}{
		{"outside", oneTile(size, square("[[-90,-90,900,-90,900,900]]")), nil, 0, "1 of 1 tile without an image"},
		{"wholly outside", oneTile(size, square("[[90,90,99,90,99,99]]")), nil, 0, ""},
		{"corrupt runs", oneTile(size, showSquare+","+strings.Replace(square(`{"size":[16,16],"counts":"Q"}`), `"id":1`,
			`"id":2`, 1)), nil, ui.ExitSkipped, "annotations[1].segmentation: "},
		{"runs of another size", oneTile(size, square(`{"size":[32,32],"counts":[1024]}`)), nil, ui.ExitSkipped,
			"annotations[0].segmentation: "},
		{"a coordinate too far", oneTile(size, square("[[1e300,0,4,4,5,5]]")), nil, ui.ExitSkipped,
			"annotations[0].segmentation: "},
		{"no mask and no box", oneTile(size, strings.Replace(square("[]"), `"bbox":[4,4,8,8]`, `"bbox":[4,4,0,8]`, 1)), nil,
			0, "1 instance has no mask and no box: not drawn"},
		{"no annotation", oneTile(size, ""), nil, 0, ""},
		{"of no image", oneTile(size, strings.Replace(showSquare, `"image_id":1`, `"image_id":7`, 1)), nil, 0,
			"1 annotation belongs to no image"},
		{"no size", oneTile(`"file_name":"a.png"`, showSquare), nil, ui.ExitSkipped, "says 0 x 0 pixels"},
		{"hostile size", oneTile(`"file_name":"a.png","height":1000000000,"width":1000000000`, showSquare), nil,
			ui.ExitSkipped, "says 1000000000 x 1000000000 pixels"},
		{"large size", oneTile(`"file_name":"a.png","height":30000,"width":30000`, showSquare), nil, 0, ""},
		{"large size, zoomed", oneTile(`"file_name":"a.png","height":30000,"width":30000`, showSquare),
			[]string{"--zoom", "1"}, ui.ExitUsage, "a picture of 30000 x 30000 pixels"},
		{"no images", `{"images":[],"annotations":[],"categories":[]}`, nil, ui.ExitBadData,
			"has no images: there is nothing to draw"},
		{"no JSON", "x", nil, ui.ExitBadData, "d.json"},
		{"a list", "[]", nil, ui.ExitUsage, "is a list of results"},
		{"empty", "", nil, ui.ExitBadData, "empty"},
		{"an unknown image", oneTile(size, showSquare), []string{"--image", "b"}, ui.ExitUsage, `has no image "b"`},
		{"an unknown class", oneTile(size, showSquare), []string{"--class", "b"}, ui.ExitUsage, `has no class "b"`},
		{"no slide", oneTile(size, showSquare), []string{"--map"}, ui.ExitBadData,
			"images[0].source_wsi: found none, but a map needs it"},
		{"a slide far away", oneTile(size+`,"source_wsi":1,"dataset":1,"i":9999999999,"j":0`, showSquare), []string{"--map"},
			ui.ExitBadData, `images[0].i: bad input: found "9999999999"`},
		{"no finding", oneTile(size, showSquare), []string{"--check", "mask-equal"}, ui.ExitFailure,
			"check found no tile with mask-equal"},
		{"a finding", oneTile(size, showSquare), []string{"--check", "mask-tiny", "--check", "image-small", "--crop", "2"}, 0,
			""},
	} {
		dir := clitest.Folder(t, map[string]string{"d.json": tt.data})
		out := filepath.Join(dir, "out.png")
		code, _, stderr := clitest.Hubdata(t, t.Context(), append([]string{"show", filepath.Join(dir, "d.json"), "-o", out},
			tt.args...)...)
		if code != tt.code || !strings.Contains(stderr, tt.want) {
			t.Errorf("%s: exit code %d, want %d, %q in\n%s", tt.name, code, tt.code, tt.want, stderr)
		}
		if _, err := os.Stat(out); (err == nil) != (code == 0 || code == ui.ExitSkipped) {
			t.Errorf("%s: exit code %d, picture: %v", tt.name, code, err)
		}
		if slices.ContainsFunc(clitest.Tree(t, dir), func(name string) bool {
			return strings.Contains(name, "hubdata-tmp")
		}) {
			t.Errorf("%s: left %v", tt.name, clitest.Tree(t, dir))
		}
	}
}

// hostile are names of tiles that would lead elsewhere, or are no names of files.
var hostile = []string{"../../up", "/etc/passwd", `..\..\up`, "C:\\x", "", ".", "..", "a/b", "a\x00b",
	"<img src=x onerror=alert(1)>", "con", "CON", "nul.png",
	".hidden", "-o", "a", "A", "ä", strings.Repeat("long", 100), "\x1b[31mred", "new\nline"}

// TestShowNames: nothing is written outside of the folder, nothing is read outside
// of that of the images, and nothing that a terminal obeys is printed.
func TestShowNames(t *testing.T) {
	var images []string
	for i, name := range hostile {
		text, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, fmt.Sprintf(`{"id":%d,"file_name":%s,"height":16,"width":16,"tile":%s}`, i+1, text, text))
	}
	dir := t.TempDir()
	clitest.Write(t, filepath.Join(dir, "data", "d.json"),
		[]byte(`{"images":[`+strings.Join(images, ",")+`],"annotations":[],"categories":[]}`))
	clitest.Write(t, filepath.Join(dir, "up.png"), []byte("not to be read"))
	clitest.Write(t, filepath.Join(dir, "data", "images", "a.png"), []byte("no image"))
	before := clitest.Tree(t, dir)
	out := filepath.Join(dir, "data", "out")
	code, _, stderr := clitest.Hubdata(t, t.Context(), "show", filepath.Join(dir, "data", "d.json"), "--image-dir",
		filepath.Join(dir, "data", "images"), "--all", "-o", out+string(filepath.Separator))
	if code != ui.ExitSkipped || strings.Count(stderr, "image of tile") != 1 ||
		!strings.Contains(stderr, `image of tile "a": `) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if strings.ContainsAny(stderr, "\x1b\x00") {
		t.Errorf("a terminal would obey %q", stderr)
	}
	n := 0
	for _, name := range clitest.Tree(t, dir) {
		switch {
		case slices.Contains(before, name) || name == "data/out":
		case strings.HasPrefix(name, "data/out/") && strings.HasSuffix(name, ".png"):
			n++
		default:
			t.Errorf("wrote %s", name)
		}
	}
	if n != len(hostile) {
		t.Errorf("%d pictures of %d tiles: %v", n, len(hostile), clitest.Tree(t, out))
	}
}

// TestShowOverwrite: only pictures that hubdata wrote are overwritten.
func TestShowOverwrite(t *testing.T) {
	dir := clitest.Folder(t, map[string]string{"d.json": oneTile(`"file_name":"a.png","height":16,"width":16`, showSquare),
		"other.png": encodedImages(t)["rgb.png"]})
	own, other := filepath.Join(dir, "own.png"), filepath.Join(dir, "other.png")
	d := filepath.Join(dir, "d.json")
	show(t, d, "-o", own)
	show(t, d, "-o", own)
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "show", d, "-o", other); code != ui.ExitFailure ||
		!strings.Contains(stderr, "hubdata did not write it") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	show(t, d, "-o", other, "--force")
}

// TestShowReal draws the competition's tiles.
func TestShowReal(t *testing.T) {
	dir := filepath.Dir(filepath.Dir(golden.Real(t, "hubmap/train/0a5be90855e3.tif")))
	out := filepath.Join(t.TempDir(), "x.png")
	stdout, stderr := show(t, dir, "--image", "0a5be90855e3", "--image", "5ac25a1e40dd", "--json", "-o", out)
	if stderr != "" || strings.Count(stdout, `"image": "drawn"`) != 2 {
		t.Errorf("%s%s", stdout, stderr)
	}
	img, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer img.Close()
	if c, err := png.DecodeConfig(img); err != nil || c.Width != 2*512+36 {
		t.Errorf("%d x %d, %v", c.Width, c.Height, err)
	}
	stdout, _ = show(t, filepath.Join(dir, "fold0_val_gt.json"),
		filepath.Join(dir, "predictions", "maskrcnn_d998067d.segm.json"), "--worst", "5", "--json", "-o", out)
	if strings.Count(stdout, `"tile": `) != 5 {
		t.Error(stdout)
	}
}

func TestShowTerminal(t *testing.T) {
	dir := clitest.Folder(t,
		map[string]string{"d.json": oneTile(`"file_name":"a.png","height":16,"width":16`, showSquare)})
	d := filepath.Join(dir, "d.json")
	for way, want := range map[string]string{"blocks": "\x1b[38;2;", "blocks256": "\x1b[38;5;", "kitty": "\x1b_Ga=T",
		"sixel": "\x1bP0;1q"} {
		if out, _ := show(t, d, "--terminal", way); !strings.HasPrefix(out, want) {
			t.Errorf("%s: %q", way, out[:min(len(out), 20)])
		}
	}
	code, stdout, stderr := clitest.Hubdata(t, t.Context(), "show", d)
	if code != ui.ExitUsage || stdout != "" || !strings.Contains(stderr, "standard output is not a terminal") {
		t.Errorf("no terminal: exit code %d, %s", code, stderr)
	}
}

// TestShowByBaseName: an image that was found by its base name alone is noted, in the report too.
func TestShowByBaseName(t *testing.T) {
	dir := clitest.Folder(t,
		map[string]string{"d.json": oneTile(`"file_name":"far/a.png","height":16,"width":16`, showSquare),
			"train/a.png": encodedImages(t)["rgb.png"]})
	d := filepath.Join(dir, "d.json")
	const want = "1 image was found by base name only"
	if _, _, stderr := clitest.Hubdata(t, t.Context(), "show", d, "-o", filepath.Join(dir, "x.png")); !strings.Contains(
		stderr, "hubdata: "+want+"\n") {
		t.Errorf("show: found %q, expected %q", stderr, want)
	}
	_, stdout, stderr := clitest.Hubdata(t, t.Context(), "report", "--image-dir", filepath.Join(dir, "train"), "-o",
		filepath.Join(dir, "x.html"), "--json", d)
	if !strings.Contains(stdout, want) {
		t.Errorf("report: found %s %s, expected %q", stdout, stderr, want)
	}
}
