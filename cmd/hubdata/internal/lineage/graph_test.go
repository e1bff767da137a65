package lineage

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hubdata/hubdata/cmd/hubdata/internal/files"
	"github.com/hubdata/hubdata/cmd/hubdata/internal/ui"
	"github.com/hubdata/hubdata/mmdet"
)

// folder writes files into a new folder.
func folder(t *testing.T, texts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
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

func sumOf(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// of names a text as an input.
func of(name, text string) string {
	return fmt.Sprintf(`{"name":%q,"bytes":%d,"sha256":%q}`, name, len(text), sumOf(text))
}

// trace traces a file of a folder, or all of it, and lists each file with its inputs.
func trace(t *testing.T, dir, file string) (*Graph, []string) {
	t.Helper()
	c := ui.NewConsole(strings.NewReader(""), io.Discard, io.Discard)
	d, err := NewDisk(t.Context(), c, dir)
	if err != nil {
		t.Fatal(err)
	}
	var only []string
	if file != "" {
		only = []string{filepath.Join(dir, filepath.FromSlash(file))}
	}
	g, err := d.Trace(only...)
	if err != nil {
		t.Fatal(err)
	}
	show := func(path string) string {
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.ToSlash(rel)
	}
	var lines []string
	for _, n := range g.Nodes {
		line := n.Name + ":"
		for _, l := range slices.Concat(n.Inputs, n.Others) {
			line += fmt.Sprintf(" %s %s", l.String(), l.State)
			for _, path := range l.Found {
				line += " " + show(path)
			}
			if l.Loop {
				line += " LOOP"
			}
			line += ";"
		}
		lines = append(lines, line)
	}
	return g, lines
}

func set(description, command, more string, inputs ...string) string {
	return `{"info":` + info(description, command, strings.Join(inputs, ","), more) + `,"images":[]}`
}

// TestTrace: inputs are found by their sums, whatever their names and folders are, and what is not found is said.
func TestTrace(t *testing.T) {
	const outlines, table = "outlines", "table"
	first := set("first", "convert", "", of("tile_meta.csv", table), of("polygons.jsonl", outlines))
	kept := info("first", "convert", of("tile_meta.csv", table)+","+of("polygons.jsonl", outlines), "")
	part := set("part of first.json", "filter", `,"source":`+kept, of("first.json", first))
	last := set("part of part.json", "filter", "", of("part.json", part))
	for _, tt := range []struct {
		name     string
		files    map[string]string
		file     string
		expected []string
	}{
		{"all there", map[string]string{"tile_meta.csv": table, "polygons.jsonl": outlines, "a/first.json": first, "part.json": part, "last.json": last}, "last.json", []string{
			"tile_meta.csv:", "polygons.jsonl:", "first.json: tile_meta.csv unchanged tile_meta.csv; polygons.jsonl unchanged polygons.jsonl;",
			"part.json: first.json unchanged a/first.json;", "last.json: part.json unchanged part.json;"}},
		{"moved and renamed", map[string]string{"x/t.csv": table, "y/.hidden/polygons.jsonl": outlines, "z/p": outlines, "first.json": first}, "", []string{
			"tile_meta.csv:", "polygons.jsonl:", "first.json: tile_meta.csv renamed x/t.csv; polygons.jsonl renamed z/p;"}},
		{"changed", map[string]string{"tile_meta.csv": "other", "b/tile_meta.csv": "Table", "polygons.jsonl": outlines, "first.json": first}, "", []string{
			"tile_meta.csv:", "polygons.jsonl:", "first.json: tile_meta.csv changed b/tile_meta.csv tile_meta.csv; polygons.jsonl unchanged polygons.jsonl;"}},
		{"one of two is the same", map[string]string{"tile_meta.csv": "other", "b/tile_meta.csv": table, "polygons.jsonl": outlines, "first.json": first}, "", []string{
			"tile_meta.csv:", "polygons.jsonl:", "first.json: tile_meta.csv unchanged b/tile_meta.csv; polygons.jsonl unchanged polygons.jsonl;"}},
		{"gone, with what is kept of it", map[string]string{"tile_meta.csv": table, "part.json": part}, "", []string{
			"tile_meta.csv:", "polygons.jsonl:", "first.json: tile_meta.csv unchanged tile_meta.csv; polygons.jsonl gone;", "part.json: first.json gone;"}},
		{"overwritten by what was made of it", map[string]string{"first.json": set("part of part.json", "filter", "", of("part.json", part)), "part.json": part}, "first.json", []string{
			"tile_meta.csv:", "polygons.jsonl:", "first.json: tile_meta.csv gone; polygons.jsonl gone;", "part.json: first.json changed first.json LOOP;", "first.json: part.json unchanged part.json;"}},
		{"plan and its table", map[string]string{"f.json": `{"info":{"hubdata":{"version":"1","command":"folds","options":{},"inputs":[` + of("tile_meta.csv", table) + `],"csv":` + of("f.csv", "id,fold\n") + `}}}`, "f.csv": "id,fold\n", "tile_meta.csv": table}, "f.csv", []string{
			"tile_meta.csv:", "f.csv: tile_meta.csv unchanged tile_meta.csv;"}},
		{"a table that was edited", map[string]string{"f.json": `{"info":{"hubdata":{"version":"1","command":"folds","options":{},"inputs":[],"csv":` + of("f.csv", "id,fold\n") + `}}}`, "f.csv": "id,fold\r"}, "", []string{
			"f.json: f.csv changed f.csv;"}},
		{"no sum", map[string]string{"a.json": set("x", "filter", "", `{"name":"b.json","bytes":3,"sha256":"12"}`), "b.json": "abc"}, "", []string{"b.json:", "a.json: b.json not checked;"}},
		{"a folder", map[string]string{"a.json": set("x", "import", "", `{"name":"voc","bytes":3,"sha256":"`+sumA+`"}`), "voc/b": "abc"}, "", []string{"voc:", "a.json: voc not checked voc;"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, got := trace(t, folder(t, tt.files), tt.file)
			if !slices.Equal(got, tt.expected) {
				t.Errorf("traced\n%s\nexpected\n%s", strings.Join(got, "\n"), strings.Join(tt.expected, "\n"))
			}
		})
	}
}

// TestForgedLoop: states of stages that name each other's files do not go round for ever.
func TestForgedLoop(t *testing.T) {
	stage := func(id, in, out string) string {
		return fmt.Sprintf(`{"version":1,"step":%q,"status":"done","inputs":[{"name":"result x of %s","sum":%q}],"outputs":[{"file":%q,"sum":{"size":1,"sha256":%q}}]}`, id, id, in, id+".json", out)
	}
	g, got := trace(t, folder(t, map[string]string{"s/hubdata/stage.json": stage("s", sumA, sumB), "t/hubdata/stage.json": stage("t", sumB, sumA)}), "")
	loops := 0
	for _, n := range g.Nodes {
		for _, l := range n.Inputs {
			if l.Loop {
				loops++
			}
		}
	}
	if loops == 0 || len(g.Roots) != 2 {
		t.Errorf("found %d loops in %q", loops, got)
	}
}

// TestStageChain: the result of a stage leads to its weights, which are those that another stage chose.
func TestStageChain(t *testing.T) {
	weights, results, annotations, preset := "weights", "[]", `{"images":[]}`, `{"preset":1}`
	dir := folder(t, map[string]string{
		"train/hubdata/stage.json": fmt.Sprintf(`{"version":1,"step":"train","status":"done","inputs":[{"name":"dataset d","sum":%q}],"choice":{"file":"best.pth","sum":{"size":7,"sha256":%q}}}`, sumOf(annotations), sumOf(weights)),
		"infer/hubdata/stage.json": fmt.Sprintf(`{"version":1,"step":"infer","status":"done","inputs":[{"name":"weights of train","sum":%q},{"name":"overlay","sum":%q},{"name":"file /elsewhere/tuned.json","sum":%q}],"outputs":[{"file":"/elsewhere/r.segm.json","sum":{"size":2,"sha256":%q}}]}`, sumOf(weights), sumA, sumOf(preset), sumOf(results)),
		"train/best.pth":           weights, "infer/r.segm.json": results, "d.json": annotations, "tuned.json": preset,
	})
	g, got := trace(t, dir, "infer/r.segm.json")
	expected := []string{"dataset d:", "weights of train: dataset d unchanged d.json;", "tuned.json:", "r.segm.json: weights of train unchanged train/best.pth; tuned.json unchanged tuned.json;"}
	if !slices.Equal(got, expected) {
		t.Errorf("traced %q, expected %q", got, expected)
	}
	if len(g.Silent) > 0 || !strings.HasSuffix(g.Roots[0].By, "stage.json") {
		t.Errorf("silent %v, root %+v", g.Silent, g.Roots[0])
	}
}

// TestStageFolders: folders that trainers read are compared as a whole, by the sum that a stage has of them.
func TestStageFolders(t *testing.T) {
	mark, label := `{"info":{"hubdata":{"version":"1","command":"export","options":{},"inputs":[]}}}`, "0 0.1 0.1 0.2 0.2 0.1 0.2\n"
	whole, err := mmdet.SumFolder(fstest.MapFS{files.MarkName: {Data: []byte(mark)}, "labels/a.txt": {Data: []byte(label)}})
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{
		"w/build/hubdata/stage.json": fmt.Sprintf(`{"version":1,"step":"build-d","status":"done","inputs":[],"outputs":[{"file":"/elsewhere/d","sum":{"size":%d,"sha256":%q}}]}`, whole.Size, whole.SHA256),
		"w/train/hubdata/stage.json": fmt.Sprintf(`{"version":1,"step":"train","status":"done","inputs":[{"name":"dataset d","sum":%q},{"name":"weights https://x/w.pth","sum":"of a URL"}]}`, whole.SHA256),
	}
	for _, tt := range []struct {
		name, folder, label string
		first, then         string // of the stage that wrote it, and of the training
	}{
		{"the same", "d", label, "d unchanged d;", "dataset d unchanged d;"},
		{"moved", "x/d", label, "d unchanged x/d;", "dataset d unchanged x/d;"},
		{"renamed", "e", label, "d renamed e;", "dataset d unchanged e;"},
		{"another label", "d", label + "\n", "d changed d;", "dataset d changed d;"},
		{"gone", "", "", "d gone;", "dataset d gone;"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			texts := maps.Clone(states)
			if tt.folder != "" {
				texts[tt.folder+"/"+files.MarkName], texts[tt.folder+"/labels/a.txt"] = mark, tt.label
			}
			_, got := trace(t, folder(t, texts), "")
			if !slices.Contains(got, "stage.json: "+tt.first) || !slices.Contains(got, "stage.json: "+tt.then+" weights https://x/w.pth not checked;") {
				t.Errorf("traced %q, expected %q and %q", got, tt.first, tt.then)
			}
		})
	}
}

// TestSilent: what nothing says how it was made is told apart, and a run that ends stops.
func TestSilent(t *testing.T) {
	dir := folder(t, map[string]string{"a.csv": "a"})
	if g, _ := trace(t, dir, "a.csv"); len(g.Silent) != 1 {
		t.Errorf("silent %v", g.Silent)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewDisk(ctx, ui.NewConsole(strings.NewReader(""), io.Discard, io.Discard), dir); err == nil {
		t.Error("no error of a run that ended")
	}
}
