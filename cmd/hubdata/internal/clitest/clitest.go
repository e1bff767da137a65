// Package clitest has what tests of the whole program share: running a command line, folders of small files, and
// datasets. Only tests import it.
package clitest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/app"
	"github.com/hubdata/hubdata/coco"
	"github.com/hubdata/hubdata/internal/demo"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Hubdata runs a command line.
func Hubdata(t *testing.T, ctx context.Context, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errw bytes.Buffer
	code = app.Run(ctx, append([]string{"hubdata"}, args...), strings.NewReader(""), &out, &errw)
	return code, out.String(), errw.String()
}

// Folder makes a folder of files, which are named by their paths in it.
func Folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		Write(t, filepath.Join(dir, filepath.FromSlash(name)), []byte(text))
	}
	return dir
}

// Tree lists the files below dir.
func Tree(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, path)
		out = append(out, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Files reads all files below a folder.
func Files(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range Tree(t, dir) {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err == nil {
			out[name] = string(data)
		}
	}
	return out
}

// Write writes a file, and makes its folder.
func Write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// CopyFile copies a file.
func CopyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	Write(t, to, text)
}

// Gzip compresses a text with gzip.
func Gzip(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
}

// Zstd compresses a text with Zstandard.
func Zstd(text string) string {
	w, _ := zstd.NewWriter(nil)
	return string(w.EncodeAll([]byte(text), nil))
}

// DecodeFile reads a dataset.
func DecodeFile(t *testing.T, path string) *coco.Dataset {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := coco.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Body is a set without its info.
func Body(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := bytes.Cut(text, []byte("\"licenses\""))
	if !ok {
		t.Fatalf("%s: no licenses", path)
	}
	return string(rest)
}

// Ask runs a command that prints JSON, and reads it.
func Ask(t *testing.T, into any, args ...string) {
	t.Helper()
	code, out, stderr := Hubdata(t, t.Context(), args...)
	if code != 0 {
		t.Fatalf("%q: %s", args, stderr)
	}
	if err := json.Unmarshal([]byte(out), into); err != nil {
		t.Fatal(err)
	}
}

// GoodTiles is a table of two tiles of dataset 1.
const GoodTiles = "id,source_wsi,dataset,i,j\naaaaaaaaaaa1,1,1,0,512\naaaaaaaaaaa2,2,1,512,512\n"

// Square is a ring.
const Square = "[[10, 10], [14, 10], [14, 14], [10, 14]]"

// OutlineLine is a line of outlines: one outline of a ring.
func OutlineLine(id, class, ring string) string {
	return fmt.Sprintf(`{"id": %q, "annotations": [{"type": %q, "coordinates": [%s]}]}`+"\n", id, class, ring)
}

// GoodLine is an outline of the first of GoodTiles.
var GoodLine = OutlineLine("aaaaaaaaaaa1", "blood_vessel", Square)

// TinyCOCO is a dataset of one image with one instance.
const TinyCOCO = `{"images": [{"id": 1, "file_name": "a.png", "height": 64, "width": 64}], "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 8, 8], "area": 64, "iscrowd": 0, "segmentation": [[1, 1, 9, 1, 9, 9, 1, 9]]}], "categories": [{"id": 1, "name": "blood_vessel"}], "info": {}, "licenses": []}`

// PseudoTiles is a table of two tiles of dataset 3 and a labelled one; GoodMask is of
// four pixels.
const (
	PseudoTiles = "id,source_wsi,dataset,i,j\nt1,6,3,0,0\nt2,9,3,512,0\nt3,1,1,0,512\n"
	GoodMask    = `{"size":[512,512],"counts":[1026,4,261114]}`
)

// Prediction is a record of a results file; more replaces or adds members.
func Prediction(more string) string {
	record := map[string]json.RawMessage{
		"image_id": json.RawMessage("1"), "category_id": json.RawMessage("1"), "bbox": json.RawMessage("[2,2,1,4]"),
		"score": json.RawMessage("0.9"), "segmentation": json.RawMessage(GoodMask),
	}
	var change map[string]json.RawMessage
	if err := json.Unmarshal([]byte("{"+more+"}"), &change); err != nil {
		panic(err)
	}
	for k, v := range change {
		if string(v) == `"-"` {
			delete(record, k)
		} else {
			record[k] = v
		}
	}
	text, _ := json.Marshal(record)
	return string(text)
}

// FoldsFolder is a dataset folder of eight tiles of dataset 1 on two slides, and
// two of dataset 2.
func FoldsFolder(t *testing.T) string {
	t.Helper()
	var tiles, lines strings.Builder
	tiles.WriteString("id,source_wsi,dataset,i,j,stain\n")
	for i := range 10 {
		id := "t" + string(rune('0'+i))
		tiles.WriteString(id + "," + string(rune('1'+i%2)) + "," + string(rune('1'+i/8)) + "," + string(rune('0'+i)) + "000,0,s" + string(rune('0'+i%3)) + "\n")
		lines.WriteString(OutlineLine(id, "blood_vessel", Square))
	}
	return Folder(t, map[string]string{"tile_meta.csv": tiles.String(), "polygons.jsonl": lines.String(),
		"doubled.csv": "id,fold\nt0,1\nt0,2\n", "unknown.csv": "id,fold\nt0,1\nzz,2\n", "gap.csv": "id,fold\nt0,1\nt1,3\n", "some.csv": "id,fold\nt0,1\nt1,2\n",
		"plain.json": `{"images":[{"id":1,"file_name":"a.png","height":9,"width":9},{"id":2,"file_name":"b.png","height":9,"width":9}],"annotations":[],"categories":[]}`,
		"twice.json": `{"images":[{"id":1,"file_name":"a.png"},{"id":1,"file_name":"b.png"}],"annotations":[],"categories":[]}`,
		"none.json":  `{"images":[],"annotations":[],"categories":[]}`})
}

// FaultFolder is a folder with an input of every kind.
func FaultFolder(t *testing.T) string {
	t.Helper()
	dir := Folder(t, map[string]string{
		"tile_meta.csv":   GoodTiles,
		"polygons.jsonl":  GoodLine + OutlineLine("aaaaaaaaaaa2", "blood_vessel", Square),
		"results.json":    `[{"image_id":1,"category_id":1,"bbox":[1,1,4,4],"score":0.9,"segmentation":{"size":[512,512],"counts":"a0b0"}}]`,
		"submission.csv":  "id,height,width,prediction_string\naaaaaaaaaaa1,512,512,\naaaaaaaaaaa2,512,512,\n",
		"coco.json":       TinyCOCO,
		"coco2.json":      strings.NewReplacer("a.png", "b.png", `"id": 1, "file_name"`, `"id": 2, "file_name"`, `"image_id": 1`, `"image_id": 2`).Replace(TinyCOCO),
		"images.txt":      "a.png\n",
		"plan.csv":        "id,fold\na,0\nb,1\n",
		"recipe.yaml":     "version: 1\n",
		"predictions.txt": "",
	})
	return dir
}

// ShowFolder makes a small demo folder in which images of a few tiles lie.
func ShowFolder(t testing.TB, images int) string {
	t.Helper()
	dir := t.TempDir()
	set := demo.New(&demo.Options{Seed: 1, Predictions: 12})
	files := map[string]func(io.Writer) error{
		"tile_meta.csv": set.WriteTileMeta, "wsi_meta.csv": set.WriteSlideMeta, "sample_submission.csv": set.WriteSampleSubmission,
		"polygons.jsonl": set.WritePolygons, "ds3_truth.json": set.WriteTruth,
	}
	for _, model := range demo.Models() {
		files["predictions/"+model+".segm.json"] = func(w io.Writer) error { return set.WritePredictions(w, model) }
	}
	for _, tile := range set.Tiles() {
		if images > 0 && tile.Dataset == 3 {
			images--
			files["train/"+tile.ID+".tif"] = func(w io.Writer) error { return demo.EncodeTIFF(w, set.Image(tile)) }
		}
	}
	for name, encode := range files {
		var b bytes.Buffer
		if err := encode(&b); err != nil {
			t.Fatal(err)
		}
		Write(t, filepath.Join(dir, filepath.FromSlash(name)), b.Bytes())
	}
	return dir
}

// PseudoDemo is a small demo folder, and its predictions.
func PseudoDemo(t *testing.T) (dir string, models map[string][]json.RawMessage) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "demo")
	if code, _, stderr := Hubdata(t, t.Context(), "demo", "--no-convert", "--quiet", dir); code != 0 {
		t.Fatalf("demo: exit code %d: %s", code, stderr)
	}
	models = map[string][]json.RawMessage{}
	for _, name := range []string{"cascade", "detectors", "vit"} {
		text, err := os.ReadFile(filepath.Join(dir, "predictions", name+".segm.json"))
		if err != nil {
			t.Fatal(err)
		}
		var list []json.RawMessage
		if err := json.Unmarshal(text, &list); err != nil {
			t.Fatal(err)
		}
		models[name] = list
	}
	return dir, models
}

// ReportFolder is a demo with folds and pseudo-labels.
func ReportFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, args := range [][]string{{"demo", "--quiet", dir}, {"folds", "-k", "5", "--quiet", dir}, {"pseudo", "--thr", "0.5,0.6", "--quiet", dir}} {
		if code, _, stderr := Hubdata(t, t.Context(), args...); code != 0 {
			t.Fatalf("%q: %s", args, stderr)
		}
	}
	return dir
}

// DemoFolder makes a folder that takes convert long enough to be disturbed.
func DemoFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "demo")
	if code, _, stderr := Hubdata(t, t.Context(), "demo", "--scale", "full", "--predictions", "0", "--no-convert", "--quiet", dir); code != 0 {
		t.Fatalf("demo: exit code %d: %s", code, stderr)
	}
	return dir
}
