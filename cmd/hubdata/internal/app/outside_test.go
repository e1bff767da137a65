package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/mmdet"
)

// hostileNames are what an input may give for a name; root is a folder that holds
// the one in which the run works.
func hostileNames(root string) []string {
	return []string{
		"../evil", "../../evil", `..\evil`, root + "/evil", `C:\evil`, "~/evil", "a/../../evil", "sub/evil", "evil/", ".", "..", "",
		"a\x00evil", "a\nevil", "evil\r", "NUL", "con", "aux.json", "COM1", "evil.", "evil ", "-o evil", "--out=evil",
		"$(touch evil)", "`touch evil`", "a;touch evil", "%s%n", strings.Repeat("e", 300), "ev\u202eli", "\xff\xfe",
	}
}

// TestNothingOutside gives hostile names wherever an input has one, and sees that
// nothing is written but in the output folder.
func TestNothingOutside(t *testing.T) {
	if testing.Short() {
		t.Skip("runs some four hundred commands")
	}
	quote := func(s string) string { text, _ := json.Marshal(s); return string(text) }
	csv := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	dataset := func(name string) string {
		id := quote(name)
		return fmt.Sprintf(`{"info":{"description":%[1]s,%[1]s:1},"images":[{"id":%[1]s,"file_name":%[1]s,"path":%[1]s,"height":9,"width":9,"patient":%[1]s},`+
			`{"id":"b","file_name":"b.png","height":9,"width":9,"patient":"b"}],"categories":[{"id":1,"name":"blood_vessel","supercategory":%[1]s}],`+
			`"annotations":[{"id":%[1]s,"image_id":%[1]s,"category_id":1,"bbox":[1,1,4,4],"area":9,"iscrowd":0,"segmentation":[[1,1,5,1,5,5]],%[1]s:%[1]s}]}`, id)
	}
	results := func(name string) string {
		return fmt.Sprintf(`[{"image_id":%[1]s,"category_id":1,"score":0.9,"bbox":[1,1,4,4],"segmentation":{"size":[9,9],"counts":[10,4,67]},"model":%[1]s}]`, quote(name))
	}
	tiles := func(name string) string {
		return "id,source_wsi,dataset,i,j\n" + csv(name) + ",1,1,0,0\n" + "bbbbbbbbbbbb,1,1,0,512\ncccccccccccc,1,3,0,0\n"
	}
	line := func(name string) string {
		return fmt.Sprintf(`{"id": %s, "annotations": [{"type": "blood_vessel", "coordinates": [%s]}]}`+"\n", quote(name), clitest.Square)
	}
	recipe := func(name string) string {
		n := quote(name)
		return fmt.Sprintf(`{"version":1,"name":%[1]s,"dialect":"mmdet3","classes":[%[1]s],"tool":{"root":"mm"},"datasets":{"t":{"coco":"t.json"}},`+
			`"stages":[{"id":%[1]s,"kind":"train","config":"c.py","train":"t"}]}`, n)
	}
	runs := []struct {
		name  string
		files map[string]func(name string) string
		args  []string
	}{
		{"convert", map[string]func(string) string{"tile_meta.csv": tiles, "polygons.jsonl": line}, []string{"convert", "-o", "out", "--image-id", "tile", "."}},
		{"folds", map[string]func(string) string{"tile_meta.csv": tiles, "polygons.jsonl": line}, []string{"folds", "-k", "2", "-o", "out", "."}},
		{"folds of COCO", map[string]func(string) string{"a.json": dataset}, []string{"folds", "-k", "2", "--coco", "a.json", "--group-by", "patient", "-o", "out"}},
		{"plan", map[string]func(string) string{"a.json": dataset, "plan.csv": func(n string) string { return "id,fold\n" + csv(n) + ",0\nb,1\n" }},
			[]string{"filter", "--folds", "plan.csv", "--fold", "0", "--part", "val", "-o", "out/x.json", "a.json"}},
		{"pseudo", map[string]func(string) string{"tile_meta.csv": func(string) string { return tiles("aaaaaaaaaaaa") }, "a.segm.json": func(string) string { return results("cccccccccccc") }},
			[]string{"pseudo", "--thr", "0.1", "--tile-size", "9", "--model", "NAME=a.segm.json", "-o", "out", "."}},
		{"merge", map[string]func(string) string{"a.json": dataset, "b.json": func(string) string { return dataset("b2") }}, []string{"merge", "-o", "out/x.json", "--id-map", "out/map.json", "--renumber-images", "--renumber-categories", "a.json", "b.json"}},
		{"filter", map[string]func(string) string{"a.json": dataset}, []string{"filter", "--min-area", "1", "-o", "out/x.json", "a.json"}},
		{"check --fix", map[string]func(string) string{"a.json": dataset}, []string{"check", "--fix", "--image-dir", ".", "-o", "out/x.json", "--changes", "out/y.json", "--sarif", "out/z.sarif", "a.json"}},
		{"eval", map[string]func(string) string{"a.json": dataset, "d.json": results}, []string{"eval", "--by", "tile", "--pr-curve", "out/pr.svg", "a.json", "d.json"}},
		{"show", map[string]func(string) string{"a.json": dataset, "d.json": results}, []string{"show", "--all", "-o", "out/", "a.json", "d.json"}},
		{"stats", map[string]func(string) string{"a.json": dataset, "d.json": results}, []string{"stats", "--csv", "--images", "a.json", "a.json", "d.json"}},
		{"report", map[string]func(string) string{"tile_meta.csv": tiles, "polygons.jsonl": line, "coco_data/coco/ds1.json": dataset, "predictions/a.segm.json": results},
			[]string{"report", "-o", "out/r.html", "."}},
		{"submission encode", map[string]func(string) string{"a.json": dataset, "d.json": results}, []string{"submission", "encode", "--tiles", "a.json", "--images", "a.json", "-o", "out/s.csv", "d.json"}},
		{"submission decode", map[string]func(string) string{"s.csv": func(n string) string { return "id,height,width,prediction_string\n" + csv(n) + ",9,9,\n" }},
			[]string{"submission", "decode", "-o", "out/d.json", "s.csv"}},
		{"train plan", map[string]func(string) string{"recipe.yaml": recipe}, []string{"train", "plan", "recipe.yaml"}},
		{"train check", map[string]func(string) string{"recipe.yaml": recipe}, []string{"train", "check", "recipe.yaml"}},
		{"train run", map[string]func(string) string{"recipe.yaml": recipe}, []string{"train", "run", "recipe.yaml"}},
		{"train submit", map[string]func(string) string{"recipe.yaml": recipe}, []string{"train", "submit", "recipe.yaml"}},
	}
	for _, r := range runs {
		t.Run(r.name, func(t *testing.T) {
			done := 0
			for _, name := range hostileNames(t.TempDir()) {
				root := t.TempDir()
				work := filepath.Join(root, "deep", "work")
				for _, dir := range []string{"out", "work_dirs"} {
					if err := os.MkdirAll(filepath.Join(work, dir), 0o777); err != nil {
						t.Fatal(err)
					}
				}
				t.Chdir(work)
				for file, text := range r.files {
					if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(file, []byte(text(name)), 0o666); err != nil {
						t.Fatal(err)
					}
				}
				before := clitest.Tree(t, root)
				var args []string
				for _, word := range r.args {
					args = append(args, strings.ReplaceAll(word, "NAME", name))
				}
				code, _, stderr := clitest.Hubdata(t, t.Context(), args...)
				if code == 0 || code == 4 { // 4: done, but faults are left
					done++
				}
				if code == 1 && strings.HasPrefix(r.name, "train") {
					t.Errorf("%q: exit code 1: %s", name, stderr)
				}
				for _, path := range clitest.Tree(t, root) {
					inside := strings.HasPrefix(path, "deep/work/out/") || strings.HasPrefix(path, "deep/work/work_dirs/")
					if !inside && !slices.Contains(before, path) {
						t.Errorf("%q: %s was written\n%s", name, path, stderr)
					}
				}
			}
			if train := strings.HasPrefix(r.name, "train"); done == 0 && !train {
				t.Error("no name went through: the test tells nothing")
			}
		})
	}
}

func TestNamesOfStages(t *testing.T) {
	root := t.TempDir()
	for _, name := range hostileNames(root) {
		text := `{"version":1,"name":"n","dialect":"mmdet3","classes":["a"],"tool":{"root":"mm"},"datasets":{"t":{"coco":"t.json"}},"stages":[{"id":` +
			strings.ToValidUTF8(string(must(json.Marshal(name))), "") + `,"kind":"train","config":"c.py","train":"t"}]}`
		r, err := mmdet.ReadRecipe(bytes.NewReader([]byte(text)), filepath.Join(root, "recipe.yaml"))
		if err != nil {
			continue
		}
		s := &r.Stages[0]
		if dir := r.WorkDir(s); filepath.Dir(dir) != filepath.Join(root, "work_dirs") {
			t.Errorf("stage %q works in %s", name, dir)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
