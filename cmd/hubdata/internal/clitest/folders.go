package clitest

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/internal/demo"
)

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

// ShowFolder makes a small demo folder with the images of a few tiles.
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

// DemoFolder makes a folder that convert needs some time for, to be disturbed.
func DemoFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "demo")
	if code, _, stderr := Hubdata(t, t.Context(), "demo", "--scale", "full", "--predictions", "0", "--no-convert", "--quiet", dir); code != 0 {
		t.Fatalf("demo: exit code %d: %s", code, stderr)
	}
	return dir
}
