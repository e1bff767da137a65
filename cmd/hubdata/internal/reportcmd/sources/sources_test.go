package sources

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree writes files below a new folder.
func tree(t *testing.T, list map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range list {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFind(t *testing.T) {
	dir := tree(t, map[string]string{"tile_meta.csv": "", "polygons.jsonl.gz": "", "a_truth.json": "",
		"predictions/vit.segm.json": "", "predictions/vit.bbox.json": "",
		"coco_data/folds5.json": "", "coco_data/folds5.csv": "", "coco_data/folds3.csv.gz": "", "coco_data/other.json": "",
		"coco_data/pseudo_coco/pseudo_1.json": ""})
	f, err := Find(Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	shown := func(paths ...string) string {
		var out []string
		for _, p := range paths {
			out = append(out, f.Show(p))
		}
		return strings.Join(out, " ")
	}
	for what, pair := range map[string][2]string{
		"dataset":     {shown(f.Table, f.Polygons), "tile_meta.csv polygons.jsonl.gz"},
		"truth":       {shown(f.Truth), "a_truth.json"},
		"plans":       {shown(f.Plans...), "coco_data/folds5.json coco_data/folds3.csv.gz"}, // a plan as JSON says more than as CSV
		"pseudo":      {shown(f.Pseudo...), "coco_data/pseudo_coco/pseudo_1.json"},
		"predictions": {fmt.Sprintln(len(f.Predictions), f.Predictions[0].Name), "1 vit\n"},
		"lacking":     {f.Lacking(), ""},
		"elsewhere":   {shown(filepath.Join(t.TempDir(), "x.json")), "x.json"},
		"words":       {f.Words(fmt.Errorf("%s: bad", filepath.Join(dir, "a_truth.json"))), "a_truth.json: bad"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, expected %q", what, pair[0], pair[1])
		}
	}
	var roles []string
	for _, r := range f.Roles() {
		roles = append(roles, r.Role)
	}
	if got := strings.Join(roles,
		", "); got != "tiles, outlines, ground truth, predictions of vit, folds, folds, pseudo-labels" {
		t.Errorf("roles: %s", got)
	}
	if f, err := Find(Options{Dir: dir, Truth: f.Table, File: filepath.Join(dir, "a_truth.json")}); err != nil ||
		len(f.Plans) > 0 || f.Polygons != "" {
		t.Errorf("next to a COCO File: %+v, %v", f, err)
	}
	two := tree(t, map[string]string{"a_truth.json": "", "b_gt.json": ""})
	if f, err := Find(Options{Dir: two}); err != nil || f.Truth != "" || len(f.Truths) != 2 {
		t.Errorf("two: %+v, %v", f, err)
	}
	for _, o := range []Options{{Dir: t.TempDir()}, {Dir: dir, Plans: []string{filepath.Join(dir, "none.csv")}},
		{Dir: dir, Images: filepath.Join(dir, "none")}} {
		if _, err := Find(o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}
