package app_test

import (
	"bytes"
	encodingcsv "encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/clitest"
	"github.com/hubdata/hubdata/internal/longtest"
	"github.com/hubdata/hubdata/internal/printable"
	"github.com/hubdata/hubdata/mmdet"
)

// TestHostileNames gives hostile names wherever an input has one, and sees that nothing is written but in the output
// folder, that nothing is printed but what is visible, and that all files are of their form. With HUBDATA_LONG every command line
// gets every name; else each gets a sixth of them.
func TestHostileNames(t *testing.T) {
	if testing.Short() {
		t.Skip("runs more than a thousand commands")
	}
	quote := func(s string) string { text, _ := json.Marshal(s); return string(text) }
	csv := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
	dataset := func(name string) string {
		id := quote(name)
		return fmt.Sprintf(`{"info":{"description":%[1]s,%[1]s:1},"images":[{"id":%[1]s,"file_name":%[1]s,"path":%[1]s,"height":9,"width":9,"patient":%[1]s},`+
			`{"id":"b","file_name":"b.png","height":9,"width":9,"patient":"b"}],"categories":[{"id":1,"name":"blood_vessel","supercategory":%[1]s}],`+
			`"annotations":[{"id":%[1]s,"image_id":%[1]s,"category_id":1,"bbox":[1,1,4,4],"area":9,"iscrowd":0,"segmentation":[[1,1,5,1,5,5]],%[1]s:%[1]s}]}`, id)
	}
	faulty := func(name string) string {
		return strings.NewReplacer(`"categories":[`, `"categories":[{"id":2,"name":`+quote(name)+`},{"id":3,"name":`+quote(name)+`},`,
			`"annotations":[`, `"annotations":[{"id":9,"image_id":`+quote(name+"-")+`,"category_id":2,"bbox":[1,1,4,4],"area":9,"iscrowd":0,"segmentation":[[1,1,5,1,5,5]]},`).Replace(dataset(name))
	}
	sound := func(name string) string { // without faults
		return fmt.Sprintf(`{"info":{"description":%[1]s},"licenses":[],"images":[{"id":1,"file_name":%[1]s,"height":9,"width":9,"patient":%[1]s},`+
			`{"id":2,"file_name":"b.png","height":9,"width":9,"patient":"b"}],"categories":[{"id":1,"name":"blood_vessel"},{"id":2,"name":%[1]s}],`+
			`"annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,1,4,4],"area":8,"iscrowd":0,"segmentation":[[1,1,5,1,5,5]]},`+
			`{"id":2,"image_id":1,"category_id":2,"bbox":[1,1,4,4],"area":8,"iscrowd":0,"segmentation":[[1,1,5,1,5,5]]},`+
			`{"id":3,"image_id":2,"category_id":2,"bbox":[1,1,4,4],"area":8,"iscrowd":0,"segmentation":[[1,1,5,1,5,5]]}]}`, quote(name))
	}
	found := func(string) string {
		return `[{"image_id":1,"category_id":1,"score":0.9,"bbox":[1,1,4,4],"segmentation":{"size":[9,9],"counts":[10,4,67]}},` +
			`{"image_id":2,"category_id":2,"score":0.8,"bbox":[1,1,4,4],"segmentation":{"size":[9,9],"counts":[10,4,67]}}]`
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
	training := func(name string) string { // that a run could begin
		return fmt.Sprintf(`{"version":1,"name":%[1]s,"dialect":"mmdet3","classes":["blood_vessel",%[1]s],"tool":{"root":"mm"},`+
			`"roots":{"work":"work_dirs","data":".","configs":".","images":"."},"datasets":{"t":{"coco":"t.json"}},`+
			`"stages":[{"id":"s1","kind":"train","config":"c.py","train":"t","val":"t","epochs":1,"batch_per_gpu":1},`+
			`{"id":"s2","kind":"train","config":"c.py","train":"t","val":"t","set":{"env":%[1]s},"epochs":1,"batch_per_gpu":1}]}`, quote(name))
	}
	told := func(name string) string { // a record of a file that is gone
		n := quote(name)
		return fmt.Sprintf(`{"info":{"description":%[1]s,"hubdata":{"version":%[1]s,"command":"filter","options":{"class":[%[1]s],"min_area":%[1]s},`+
			`"inputs":[{"name":%[1]s,"bytes":1,"sha256":"%064d"},{"name":%[1]s,"bytes":1,"sha256":"","flag":%[1]s}]},"source":{"hubdata":{"version":"1","command":%[1]s,"options":{},"inputs":[]}}}}`, n, 1)
	}
	text := func(text string) func(string) string { return func(string) string { return text } }
	trainingFiles := map[string]func(string) string{"recipe.yaml": training, "t.json": sound, "c.py": text("model = dict()\n"), "mm/tools/train.py": text("")}
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 9, 9))); err != nil {
		t.Fatal(err)
	}
	pixels := picture.String()
	evalFiles := map[string]func(string) string{"a.json": sound, "d.json": found, "e.json": found}
	submission := map[string]func(string) string{"a.json": sound, "s.csv": func(n string) string { return "id,height,width,prediction_string\n" + csv(n) + ",9,9,x\n" + "b,9,9,\n" }, "good.csv": func(n string) string { return "id,height,width,prediction_string\n" + csv(n) + ",9,9,\nb,9,9,\n" }}
	runs := []struct {
		name  string
		files map[string]func(name string) string // NAME in a path is the name
		args  []string                            // NAME in a word is the name
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
		{"export to coco", map[string]func(string) string{"a.json": dataset}, []string{"export", "--to", "coco", "-o", "out/x.json", "a.json"}},
		{"export to a layout", map[string]func(string) string{"a.json": dataset}, []string{"export", "--to", "coco", "--option", "layout=roboflow", "--bad-images", "keep", "-o", "out/x", "a.json"}},
		{"export to hf", map[string]func(string) string{"a.json": dataset}, []string{"export", "--to", "hf", "--renumber", "--copy", "none", "-o", "out/x", "a.json"}},
		{"export to csv", map[string]func(string) string{"a.json": dataset}, []string{"export", "--to", "csv", "-o", "out/x.csv", "a.json"}},
		{"export with images", map[string]func(string) string{"a.json": sound, "NAME": text(pixels), "b.png": text(pixels)}, []string{"export", "--to", "coco", "--option", "layout=datumaro", "--image-dir", ".", "-o", "out/x", "a.json"}},
		{"no such split", map[string]func(string) string{"a.json": dataset}, []string{"export", "--to", "coco", "--option", "layout=torchvision", "--split-by", "patient", "--copy", "none", "-o", "out/x", "a.json"}},
		{"export by class", map[string]func(string) string{"a.json": sound}, []string{"export", "--to", "csv", "--class", "blood_vessel=NAME", "-o", "out/x.csv", "a.json"}},
		{"stitch by a hostile member", map[string]func(string) string{"a.json": sound, "t.csv": func(name string) string {
			return "file_name,slide,x,y\n" + csv(name) + "," + csv(name) + ",0,0\nb.png,7,0,0\n"
		}}, []string{"stitch", "--table", "t.csv", "-o", "out/x", "a.json"}},
		{"stitch results", map[string]func(string) string{"a.json": dataset, "r.json": results, "t.csv": func(name string) string {
			return "file_name,slide,x,y\n" + csv(name) + "," + csv(name) + ",0,0\nb.png,7,0,0\n"
		}}, []string{"stitch", "--images", "a.json", "--table", "t.csv", "--keep-tiles", "-o", "out/x.json", "r.json"}},
		{"export to a named folder", map[string]func(string) string{"NAME": text(""), "a.json": sound}, []string{"export", "--to", "hf", "--copy", "none", "-o", "out/NAME", "a.json"}},
		{"import", map[string]func(string) string{"a.json": sound}, []string{"import", "-o", "out/x.json", "a.json"}},
		{"import as JSON", map[string]func(string) string{"a.json": sound}, []string{"import", "--json", "-o", "out/x.json", "a.json"}},
		{"import of a named file", map[string]func(string) string{"NAME": sound}, []string{"import", "-o", "out/x.json", "./NAME"}},
		{"import of a folder", map[string]func(string) string{"in/annotations/instances_train.json": sound}, []string{"import", "-o", "out/x.json", "in"}},
		{"tile", map[string]func(string) string{"a.json": dataset}, []string{"tile", "--size", "5", "-o", "out/x", "a.json"}},
		{"tile with images", map[string]func(string) string{"a.json": sound, "NAME": text(pixels), "b.png": text(pixels)}, []string{"tile", "--size", "5", "--image-dir", ".", "-o", "out/x", "a.json"}},
		{"tile of a table", map[string]func(string) string{"a.json": sound, "t.csv": func(n string) string { return "slide,x,y,width,height,file\n" + csv(n) + ",0,0,5,5," + csv(n) + "\n" }},
			[]string{"tile", "--tiles", "t.csv", "-o", "out/x", "a.json"}},
		{"tile of a folder", map[string]func(string) string{"in/a.json": sound}, []string{"tile", "--json", "-o", "out/x", "in"}},
		{"check --fix", map[string]func(string) string{"a.json": faulty}, []string{"check", "--fix", "--image-dir", ".", "-o", "out/x.json", "--changes", "out/y.json", "--sarif", "out/z.sarif", "a.json"}},
		{"verify", map[string]func(string) string{"NAME": told, "b.json": told}, []string{"verify", "--rederive", "."}},
		{"verify --graph", map[string]func(string) string{"a.json": told}, []string{"verify", "--graph", "-o", "out/g.svg", "a.json"}},
		{"verify as JSON", map[string]func(string) string{"a.json": told}, []string{"verify", "--json", "a.json"}},
		{"submission with a record", map[string]func(string) string{"a.json": sound, "d.json": found}, []string{"submission", "encode", "--images", "a.json", "--tiles", "a.json", "--record", "out/r.json", "-o", "out/s.csv", "d.json"}},
		{"eval", map[string]func(string) string{"a.json": dataset, "d.json": results}, []string{"eval", "--by", "tile", "--pr-curve", "out/pr.svg", "a.json", "d.json"}},
		{"eval of a part", map[string]func(string) string{"a.json": dataset, "d.json": results}, []string{"eval", "--partial-out", "out/x.part", "a.json", "d.json"}},
		{"show", map[string]func(string) string{"a.json": dataset, "d.json": results}, []string{"show", "--all", "-o", "out/", "a.json", "d.json"}},
		{"view", map[string]func(string) string{"a.json": sound, "d.json": found, "p.csv": func(n string) string { return "id,fold\n" + csv(n) + ",0\nb,1\n" }},
			[]string{"view", "--no-open", "--decisions", "out/log.jsonl", "--reviewer", "NAME", "--folds", "p.csv", "a.json", "d.json"}},
		{"view of a named file", map[string]func(string) string{"NAME": dataset}, []string{"view", "--no-open", "./NAME"}},
		{"stats", map[string]func(string) string{"a.json": dataset, "d.json": results}, []string{"stats", "--csv", "--images", "a.json", "a.json", "d.json"}},
		{"stats by all", evalFiles, []string{"stats", "--by", "class", "a.json"}},
		{"stats of two", map[string]func(string) string{"a.json": sound, "b.json": func(n string) string { return strings.Replace(sound(n), "[[1,1,5,1,5,5]]", "[[1,1,3,1,3,3]]", 2) }},
			[]string{"stats", "--by", "class", "a.json", "b.json"}},
		{"stats as JSON", evalFiles, []string{"stats", "--json", "--by", "class", "a.json"}},
		{"stats of a named file", map[string]func(string) string{"NAME": sound}, []string{"stats", "./NAME"}},
		{"eval by all", evalFiles, []string{"eval", "--by", "tile,category", "--errors", "--sweep", "--compare", "--samples", "9", "a.json", "d.json", "e.json"}},
		{"eval as JSON", evalFiles, []string{"eval", "--json", "--by", "tile,category", "--errors", "a.json", "d.json"}},
		{"eval of a named file", map[string]func(string) string{"NAME": found, "a.json": sound}, []string{"eval", "a.json", "./NAME"}},
		{"check", map[string]func(string) string{"a.json": faulty}, []string{"check", "--all", "a.json"}},
		{"check for", map[string]func(string) string{"a.json": faulty}, []string{"check", "--for", "mmdet3", "a.json"}},
		{"check as JSON", map[string]func(string) string{"a.json": faulty}, []string{"check", "--json", "a.json"}},
		{"check of a folder", map[string]func(string) string{"tile_meta.csv": tiles, "polygons.jsonl": line}, []string{"check", "."}},
		{"check of no file", nil, []string{"check", "none/NAME"}},
		{"a named output", map[string]func(string) string{"NAME": text(""), "a.json": sound}, []string{"filter", "--class", "blood_vessel", "-o", "out/NAME", "a.json"}},
		{"no such class", evalFiles, []string{"filter", "--class", "none", "-o", "out/x.json", "a.json"}},
		{"no such image", evalFiles, []string{"show", "--image", "NAME-", "-o", "out/x.png", "a.json"}},
		{"no such flag", nil, []string{"check", "--none-NAME"}},
		{"no such value", nil, []string{"folds", "-k", "NAMEx"}},
		{"no such command", nil, []string{"none-NAME"}},
		{"show by class", evalFiles, []string{"show", "--all", "-o", "out/", "--label", "class,id", "a.json", "d.json"}},
		{"merge by name", map[string]func(string) string{"a.json": sound, "b.json": func(n string) string { return sound(n) + "\n" }}, []string{"merge", "-o", "out/x.json", "--name", "NAME=a.json", "a.json", "b.json"}},
		{"train stages", trainingFiles, []string{"train", "plan", "recipe.yaml"}},
		{"train stages as JSON", trainingFiles, []string{"train", "plan", "--json", "recipe.yaml"}},
		{"train check stages", trainingFiles, []string{"train", "check", "--no-tool", "recipe.yaml"}},
		{"train status", trainingFiles, []string{"train", "status", "recipe.yaml"}},
		{"train status as JSON", trainingFiles, []string{"train", "status", "--json", "recipe.yaml"}},
		{"train graph", trainingFiles, []string{"train", "graph", "recipe.yaml"}},
		{"train picture", trainingFiles, []string{"train", "graph", "--svg", "recipe.yaml"}},
		{"train dry run", trainingFiles, []string{"train", "run", "--dry-run", "recipe.yaml"}},
		{"train logs", trainingFiles, []string{"train", "logs", "recipe.yaml", "NAME"}},
		{"submission check", submission, []string{"submission", "check", "s.csv"}},
		{"submission check as JSON", submission, []string{"submission", "check", "--json", "s.csv"}},
		{"submission score", submission, []string{"submission", "score", "good.csv", "a.json"}},
		{"report", map[string]func(string) string{"tile_meta.csv": tiles, "polygons.jsonl": line, "coco_data/coco/ds1.json": dataset, "predictions/a.segm.json": results},
			[]string{"report", "-o", "out/r.html", "."}},
		{"submission encode", map[string]func(string) string{"a.json": dataset, "d.json": results}, []string{"submission", "encode", "--tiles", "a.json", "--images", "a.json", "-o", "out/s.csv", "d.json"}},
		{"submission decode", map[string]func(string) string{"s.csv": func(n string) string { return "id,height,width,prediction_string\n" + csv(n) + ",9,9,\n" }},
			[]string{"submission", "decode", "-o", "out/d.json", "s.csv"}},
		{"train plan", map[string]func(string) string{"recipe.yaml": recipe}, []string{"train", "plan", "recipe.yaml"}},
		{"train check", map[string]func(string) string{"recipe.yaml": recipe}, []string{"train", "check", "--no-tool", "recipe.yaml"}},
		{"train run", map[string]func(string) string{"recipe.yaml": recipe}, []string{"train", "run", "recipe.yaml"}},
		{"train submit", map[string]func(string) string{"recipe.yaml": recipe}, []string{"train", "submit", "recipe.yaml"}},
	}
	all := longtest.All()
	for k, r := range runs {
		t.Run(r.name, func(t *testing.T) {
			done, last := 0, ""
			for i, name := range clitest.HostileNames(t.TempDir()) {
				if !all && (i+k)%6 != 0 {
					continue
				}
				root := t.TempDir()
				work := filepath.Join(root, "deep", "work")
				for _, dir := range []string{"out", "work_dirs"} {
					if err := os.MkdirAll(filepath.Join(work, dir), 0o777); err != nil {
						t.Fatal(err)
					}
				}
				t.Chdir(work)
				possible := true
				for file, text := range r.files {
					if file == "NAME" {
						if possible = isFileName(name); !possible {
							break
						}
						file = name
					}
					if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(file, []byte(text(name)), 0o666); err != nil {
						t.Fatal(err)
					}
				}
				if !possible {
					continue
				}
				before := clitest.Tree(t, root)
				var args []string
				for _, word := range r.args {
					args = append(args, strings.ReplaceAll(word, "NAME", name))
				}
				code, stdout, stderr := clitest.Hubdata(t, t.Context(), args...)
				printed := map[string]string{"standard error": stderr, "standard output": stdout}
				if slices.Contains(args, "--csv") {
					delete(printed, "standard output")
				}
				for stream, text := range printed {
					if fault := hiddenIn(text); fault != "" {
						t.Errorf("%q: %s has %s:\n%q", name, stream, fault, text)
					}
				}
				if slices.Contains(args, "--json") && stdout != "" && !json.Valid([]byte(stdout)) {
					t.Errorf("%q: no JSON: %q", name, stdout)
				}
				for file, text := range clitest.Files(t, "out") {
					if fault := misformed(file, text); fault != "" && text != pixels { // an image keeps its name
						t.Errorf("%q: out/%s: %s:\n%q", name, file, fault, text)
					}
				}
				if code == 0 || code == 4 { // 4: done, but faults are left
					done++
				}
				last = stderr
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
			if may := !all || strings.HasPrefix(r.name, "train") || strings.HasPrefix(r.name, "no ") || strings.HasPrefix(r.name, "check") || strings.HasPrefix(r.name, "submission check"); done == 0 && !may {
				t.Errorf("no name went through: the test tells nothing: %s", last)
			}
		})
	}
}

// isFileName reports whether a file may have a name on the system of the test.
func isFileName(name string) bool {
	return name != "" && name != "." && name != ".." && len(name) < 200 && !strings.ContainsAny(name, "/\x00") && runtime.GOOS == "linux"
}

// hiddenIn says what a text has that its reader does not see, or that a name made a line of it.
func hiddenIn(text string) string {
	if !utf8.ValidString(text) {
		return "bytes that are not UTF-8"
	}
	for _, r := range text {
		if r != '\n' && printable.IsHidden(r) {
			return fmt.Sprintf("%U", r)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, clitest.Forged) {
			return "a forged line"
		}
	}
	return ""
}

// misformed says why a file is not of the form that its suffix names.
func misformed(file, text string) string {
	var err error
	switch filepath.Ext(file) {
	case ".json", ".sarif":
		if !json.Valid([]byte(text)) {
			return "no JSON"
		}
	case ".csv":
		_, err = encodingcsv.NewReader(strings.NewReader(text)).ReadAll()
	case ".svg":
		for d := xml.NewDecoder(strings.NewReader(text)); err == nil; {
			_, err = d.Token()
		}
		if err == io.EOF {
			return hiddenIn(text)
		}
	case ".html":
		if strings.Contains(text, `alert("evil")`) {
			return "a name became markup"
		}
		return hiddenIn(strings.ReplaceAll(text, "\t", ""))
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func TestNamesOfStages(t *testing.T) {
	root := t.TempDir()
	for _, name := range clitest.HostileNames(root) {
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
