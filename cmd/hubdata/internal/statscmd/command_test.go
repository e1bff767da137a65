package statscmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/golden"
)

// TestStatsOrder: however the records of a file stand, whatever the number of
// workers, the same is told; and of the folder that it was made of, but for the
// vertices, which runs do not have.
func TestStatsOrder(t *testing.T) {
	dir := clitest.ShowFolder(t, 0)
	tell := func(args ...string) string {
		t.Helper()
		code, out, stderr := clitest.Hubdata(t, t.Context(), append([]string{"stats", "--csv"}, args...)...)
		if code != 0 {
			t.Fatalf("%q: exit %d: %s", args, code, stderr)
		}
		return out
	}
	file := filepath.Join(dir, "all.json")
	if code, _, stderr := clitest.Hubdata(t, t.Context(), "convert", "--class", "all", "--per", "none", "--quiet", "-o",
		file, dir); code != 0 {
		t.Fatal(stderr)
	}
	want := tell("-j", "1", file)
	if strings.Count(want, "\n") < 50 {
		t.Fatalf("tells little:\n%s", want)
	}
	for _, workers := range []string{"2", "7"} {
		if tell("-j", workers, file) != want {
			t.Errorf("%s workers: another result", workers)
		}
		if tell("-j", workers, dir) != tell("-j", "1", dir) {
			t.Errorf("%s workers: another result of the folder", workers)
		}
	}
	rows := func(text string) string {
		lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool {
			return strings.Contains(l, ",vertices,")
		})
		return strings.Join(lines, "\n")
	}
	if rows(tell(dir)) != rows(want) {
		t.Error("the folder and the file made of it differ")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d, err := coco.Decode(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	rng.Shuffle(len(d.Annotations), func(i, j int) {
		d.Annotations[i], d.Annotations[j] = d.Annotations[j], d.Annotations[i]
	})
	var mixed bytes.Buffer
	if err := d.Encode(&mixed); err != nil {
		t.Fatal(err)
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"shuffled": mixed.String(),
		"annotations first": fmt.Sprintf(`{"annotations": %s, "categories": %s, "images": %s}`,
			members["annotations"], members["categories"], members["images"]),
		"categories first": fmt.Sprintf(`{"categories": %s, "images": %s, "annotations": %s}`,
			members["categories"], members["images"], members["annotations"]),
	} {
		path := filepath.Join(t.TempDir(), "x.json")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if tell(path) != want {
			t.Errorf("%s: another result", name)
		}
	}
}

// TestStatsBad: what is wrong is named by its place.
func TestStatsBad(t *testing.T) {
	image := `{"id": 1, "file_name": "a.png", "height": 20, "width": 20}`
	square := `[[1, 1, 9, 1, 9, 9, 1, 9]]`
	set := func(images, annotations string) string {
		return fmt.Sprintf(`{"images": [%s], "annotations": [%s], "categories": [{"id": 1, "name": "a"}]}`, images,
			annotations)
	}
	ann := func(id int, rest string) string {
		return fmt.Sprintf(`{"id": %d, "image_id": 1, "category_id": 1, %s}`, id, rest)
	}
	good := ann(1, `"segmentation": `+square)
	for _, c := range []struct {
		name, text string
		code       int
		want       string
	}{
		{"not JSON", "x", 3, "x.json: "},
		{"cut", set(image, good)[:90], 3, "x.json: "},
		{"nothing", "", 3, "x.json: "},
		{"no such image", set(image, good+`, {"id": 2, "image_id": 5, "category_id": 1}`), 3,
			"x.json: annotations[1].image_id: found 5, but no image has this id"},
		{"no images", set("", good), 3, "x.json: annotations[0].image_id: found 1, but no image has this id"},
		{"an id twice", set(image+", "+image, good), 3, "x.json: images[1].id: found 1, but images[0] also has this id"},
		{"an id twice, at the end", set(image+", "+image, ""), 3,
			"x.json: images[1].id: found 1, but images[0] also has this id"},
		{"a mask of another size", set(image, good+", "+ann(2, `"segmentation": {"size": [9, 9], "counts": [81]}`)), 3,
			"x.json: annotations[1].segmentation: "},
		{"runs that do not sum", set(image, ann(1, `"segmentation": {"size": [20, 20], "counts": [7]}`)), 3,
			"annotations[0].segmentation: "},
		{"a huge image", set(`{"id": 1, "height": 100000, "width": 100000}`, good), 3, "annotations[0].segmentation: "},
		{"a negative image", set(`{"id": 1, "height": -5, "width": 100000}`, good), 3, "annotations[0].segmentation: "},
		{"no size", set(`{"id": 1, "file_name": "a.png", "height": 20}`, good), 3,
			"x.json: images[0].width: found none, expected the image's size in pixels"},
		{"a score that is none", set(image, ann(1, `"score": "x", "segmentation": `+square)), 3,
			`annotations[0].score: found "x", expected a number`},
		{"results without tiles", "[]", 3, "is a list of results"},
		{"boxes without masks", set(image, ann(1, `"bbox": [1, 2, 3, 4]`)), 0, ""},
		{"nothing on the tile", set(image, ""), 0, ""},
		{"a tile without pixels", set(`{"id": 1, "height": 0, "width": 0}`, ""), 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := clitest.Folder(t, map[string]string{"x.json": c.text})
			code, out, stderr := clitest.Hubdata(t, t.Context(), "stats", filepath.Join(dir, "x.json"))
			if code != c.code || !strings.Contains(stderr, c.want) || code != 0 && out != "" {
				t.Errorf("exit %d, want %d with %q:\n%s%s", code, c.code, c.want, out, stderr)
			}
		})
	}
	folders := map[string]map[string]string{
		"bad line":    {"tile_meta.csv": clitest.GoodTiles, "polygons.jsonl": clitest.GoodLine + "x\n"},
		"no outlines": {"tile_meta.csv": clitest.GoodTiles},
		"no line":     {"tile_meta.csv": clitest.GoodTiles, "polygons.jsonl": ""},
		"unknown tile": {"tile_meta.csv": clitest.GoodTiles,
			"polygons.jsonl": clitest.OutlineLine("bbbbbbbbbbbb", "blood_vessel", square)},
	}
	for name, files := range folders {
		code, out, stderr := clitest.Hubdata(t, t.Context(), "stats", clitest.Folder(t, files))
		if code == 0 || out != "" || !strings.HasPrefix(stderr, "hubdata: ") {
			t.Errorf("%s: exit %d:\n%s%s", name, code, out, stderr)
		}
	}
}

// TestStatsReal measures the real outlines: what is known of them, and the points
// that are in the file.
func TestStatsReal(t *testing.T) {
	dir := golden.Real(t, "hubmap")
	text, err := os.ReadFile(filepath.Join(dir, "polygons.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	points := 0
	for line := range bytes.Lines(text) {
		var tile struct {
			Annotations []struct{ Coordinates [][][2]float64 }
		}
		if err := json.Unmarshal(line, &tile); err != nil {
			t.Fatal(err)
		}
		for _, a := range tile.Annotations {
			for _, ring := range a.Coordinates {
				points += len(ring)
			}
		}
	}
	code, out, stderr := clitest.Hubdata(t, t.Context(), "stats", "--json", "--by", "none", dir)
	var report struct {
		Sets []struct {
			Groups []struct {
				Tiles, Instances int
				Measures         []struct {
					Measure string
					N       int
					Mean    float64
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 0 {
		t.Fatalf("exit %d, %v: %s", code, err, stderr)
	}
	g := report.Sets[0].Groups[0]
	if g.Tiles != 96 || g.Instances != 776 {
		t.Errorf("%d tiles, %d instances, want 96 and 776", g.Tiles, g.Instances)
	}
	for _, m := range g.Measures {
		if m.Measure == "vertices" && math.Round(m.Mean*float64(m.N)) != float64(points) {
			t.Errorf("%v points, want %d", m.Mean*float64(m.N), points)
		}
	}
}

// TestStatsControlCharacters: names cannot command the terminal, nor break a table.
func TestStatsControlCharacters(t *testing.T) {
	t.Chdir(clitest.Folder(t,
		map[string]string{"a.json": strings.Replace(clitest.TinyCOCO, "blood_vessel", `x\u001b[31m\ny`, 1)}))
	for _, args := range [][]string{{"a.json"}, {"--measure", "area", "a.json"},
		{"--measure", "area", "a.json", "a.json"}} {
		code, stdout, stderr := clitest.Hubdata(t, t.Context(), append([]string{"stats", "--by", "class"}, args...)...)
		if code != 0 || !strings.Contains(stdout, `x\x1b[31m\ny`) || strings.Contains(stdout, "\x1b") {
			t.Errorf("%q: exit code %d, found %q %q", args, code, stdout, stderr)
		}
	}
}
